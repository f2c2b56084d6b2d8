"""A provider of batches that answers what a test tells it to, and outlives the models that ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from scripted_model import Answer, Scripted, last

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Progress, Request, TransportError


@dataclass
class Sent:
    """A batch as the provider has it."""

    number: str
    mark: str
    requests: Mapping[str, Request]
    looks: int = 0

    def texts(self) -> list[str]:
        return [last(each) for each in self.requests.values()]


@dataclass
class Provider:
    """Takes batches, and answers them when they are looked at for the third time.

    `answer` is asked for each request; None leaves it without a line. `ends` is how each batch ends, by its number
    from 0; `on` is called with the name of what it is asked to do, and may raise.
    """

    answer: Callable[[Request], Answer | None]
    ends: Mapping[int, Progress] = field(default_factory=dict)
    on: Callable[[str], None] = lambda what: None
    most_requests: int = 50_000
    most_bytes: int = 1_000_000
    lists: bool = True
    looks: int = 3
    sent: list[Sent] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def size(self, key: str, request: Request) -> int:
        return len(last(request))

    async def submit(self, requests: Mapping[str, Request], mark: str) -> str:
        self._called("submit")
        self.sent.append(Sent(f"batch_{len(self.sent)}", mark, dict(requests)))
        self._called("submitted")
        return self.sent[-1].number

    async def find(self, mark: str, since: float) -> str | None:
        self._called("find")
        return next((each.number for each in self.sent if self.lists and each.mark == mark), None)

    async def poll(self, batch: str) -> Progress:
        self._called("poll")
        sent = self._batch(batch)
        sent.looks += 1
        if sent.looks < self.looks:
            return Progress(False, "in_progress")
        return self.ends.get(self.sent.index(sent), Progress(True, "completed"))

    async def results(self, batch: str) -> AsyncIterator[tuple[str, Completion | TransportError]]:
        for key, answer in self._answers(self._batch(batch)):
            self._called("result")
            yield key, answer

    def _answers(self, sent: Sent) -> Iterator[tuple[str, Completion | TransportError]]:
        for key, request in reversed(list(sent.requests.items())):
            match self.answer(replace(request)):
                case None:
                    pass
                case str() as text:
                    yield key, Completion(text, "stop", 10, 4, "scripted-1")
                case Completion() | TransportError() as answer:
                    yield key, answer
                case error:
                    raise error

    def _batch(self, number: str) -> Sent:
        found = next((each for each in self.sent if each.number == number), None)
        if found is None:
            raise TransportError("fatal", "no such batch", status=404)
        return found

    def _called(self, what: str) -> None:
        self.calls.append(what)
        self.on(what)

    def texts(self) -> list[str]:
        """The last message of each request of all batches, in order."""
        return [text for sent in self.sent for text in sent.texts()]


class Batching(Scripted):
    """A model that is asked in batches; it answers no single call."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(lambda request: AssertionError("a single call was made"))
        self.provider = provider

    def by_batch(self, spec: ModelSpec) -> Provider:
        return self.provider
