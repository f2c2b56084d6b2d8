"""How a model is reached: one protocol, and which transport serves which model.

A transport sends one request once. It never retries, waits for its turn, or counts money: `runtime/endpoint.py` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

from dfcli.ops.base import Message
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports.addresses import address, is_local

ECHO = "dfcli/echo"
"""The offline model that answers any prompt from its schema."""

Fault = Literal["rate_limit", "transient", "fatal", "content_filter", "context_length", "bad_request"]

Mode = Literal["json_schema", "tool", "json", "text"]
"""How a JSON Schema reaches a model: natively, as the one tool it must call, or as the last lines of the prompt (with
`json`, the provider is told besides that the answer is a JSON object)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the messages as sent, and the JSON Schema where `mode` is `json_schema` or `tool`."""

    spec: ModelSpec
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    sample: int = 0
    mode: Mode = "json_schema"
    n: int = 1


class Limits(NamedTuple):
    """What a provider's headers say is left of its limits, and in how many seconds they are full again."""

    requests_left: int | None = None
    requests_reset: float | None = None
    tokens_left: int | None = None
    tokens_reset: float | None = None


class Choice(NamedTuple):
    """One of several answers to the same request."""

    text: str
    finish: str | None = "stop"


class Completion(NamedTuple):
    """What a model answered; `finish` is the provider's reason to stop, in OpenAI's words.

    `estimated` marks tokens counted from the texts because the provider did not report them. `tokens_in` includes
    `tokens_cached`, which the provider charges less for, and `tokens_out` includes `tokens_reasoning`. `further` are
    the other answers to a request for `n`.
    """

    text: str
    finish: str | None = "stop"
    tokens_in: int = 0
    tokens_out: int = 0
    model: str | None = None
    estimated: bool = False
    tokens_cached: int = 0
    tokens_reasoning: int = 0
    limits: Limits | None = None
    further: tuple[Choice, ...] = ()


class Embedding(NamedTuple):
    """One vector per text, in order."""

    vectors: list[list[float]]
    tokens_in: int = 0


class TransportError(Exception):
    """A call that gave no answer: what kind of failure, in the provider's words, and how long to wait if it said."""

    def __init__(
        self, kind: Fault, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.kind: Fault = kind
        self.status = status
        self.retry_after = retry_after


class Progress(NamedTuple):
    """How far a provider is with a batch: whether it is over, in its own word, and why if something went wrong."""

    over: bool
    state: str
    answered: int = 0
    why: str = ""


class BatchTransport(Protocol):
    """A provider's way to answer many requests for half the price, later. Every method sends once, or TransportError.

    `most_requests` and `most_bytes` are what one batch may hold; `size` tells what a request takes of the latter.
    """

    most_requests: int
    most_bytes: int

    def size(self, key: str, request: Request) -> int:
        """Return the bytes of one request."""
        ...

    async def submit(self, requests: Mapping[str, Request], mark: str) -> str:
        """Have requests answered, each under its key; return the batch's id. The provider keeps `mark` with it."""
        ...

    async def find(self, mark: str, since: float) -> str | None:
        """Return the id of the batch with this mark, made since then (seconds of the epoch), if there is one."""
        ...

    async def poll(self, batch: str) -> Progress:
        """Tell how far a batch is."""
        ...

    def results(self, batch: str) -> AsyncIterator[tuple[str, Completion | TransportError]]:
        """Yield what came to the keys of a batch that is over, in any order; what cannot be read is left out."""
        ...


class Transport(Protocol):
    """A way to reach a model. Everything but `complete` has a default for those that subclass it."""

    keeps_time: ClassVar[bool] = False
    """Whether it can be trusted to give up after a model's `timeout` by itself."""

    async def complete(self, request: Request) -> Completion:
        """Return the answer to one request, sent once; TransportError when there is none."""
        ...

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        """Return a vector per text, asked for once; TransportError when there are none."""
        raise TransportError("fatal", "this model makes no embeddings")

    def takes_schema(self, spec: ModelSpec) -> bool:
        """Tell whether a model is expected to take a JSON Schema natively."""
        return True

    def takes_n(self, spec: ModelSpec) -> bool:
        """Tell whether a model gives several answers to one request."""
        return False

    def by_batch(self, spec: ModelSpec) -> BatchTransport | None:
        """Return how a model is asked in batches, if it can be."""
        return None

    async def close(self) -> None:
        """Close what is open; called on the loop that made the calls."""
        return


def in_process(spec: ModelSpec) -> bool:
    """Tell whether a model runs in this process: asking it costs nothing, however often."""
    return spec.model == ECHO or is_local(spec)


def transport_for(spec: ModelSpec) -> Transport:
    """Return the transport that serves a model: the direct one where it can and is let; litellm for batches.

    EnvironmentLacks when its key or its extra is missing, UsageError when the one asked for cannot serve it.
    """
    if spec.model == ECHO:
        from dfcli.runtime.transports.echo import Echo

        return Echo()
    if is_local(spec):
        from dfcli.runtime.transports.local import Local

        return Local(spec)
    direct = spec.transport == "direct" or (spec.transport == "auto" and address(spec) is not None)
    if direct and not spec.batch:
        from dfcli.runtime.transports.direct import Direct

        return Direct(spec)
    from dfcli.runtime.transports.litellm import LiteLLM

    return LiteLLM(spec)
