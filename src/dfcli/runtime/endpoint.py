"""One model at one address: its calls, its retries, and what it turned out to be able to do.

dfcli alone retries; transports send once. A refusal for too many calls pauses the whole endpoint and uses up no
attempt. When most calls fail for good, the run stops with the reason rather than fail row after row.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import orjson

from dfcli.errors import DfcliError, EnvironmentLacks, StepError
from dfcli.recipes.model import ModelSpec, Price
from dfcli.runtime.asking import Asking
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Halt
from dfcli.runtime.ladder import Ladder
from dfcli.runtime.pacing import Gate
from dfcli.runtime.prices import price_of
from dfcli.runtime.replies import Facts, Stored
from dfcli.runtime.spending import Spending, cost
from dfcli.runtime.transports import Completion, Embedding, Mode, Request, Transport, TransportError
from dfcli.runtime.transports.keys import key_variable

Answer = TypeVar("Answer", Completion, Embedding)
Count = Callable[[Usage], None]
Keep = Callable[[Completion], Awaitable[None]]

BACKSTOP = 1.25
"""A call is given up after this multiple of its timeout, should its transport not notice."""

PATIENCE = 900.0
"""Seconds that one call may be kept waiting by refusals for too many calls."""

WINDOW, ENOUGH = 40, 20
"""How many of the latest calls are looked at for a systematic failure, and how many there must be."""

USUAL_REPLY = 500
"""Tokens reserved for a reply before any has come, where the model has no max_tokens."""

BYTES_PER_TOKEN = 4


class SchemaRefused(Exception):
    """The model does not take a JSON Schema in the way it was given; ask again in the next."""


class Endpoint:
    """Everything dfcli knows about one model at one address; it lives on the loop."""

    def __init__(self, spec: ModelSpec, transport: Transport, halt: Halt, spending: Spending, facts: Facts) -> None:
        self.transport = transport
        self.concurrency = spec.concurrency
        self.takes_n = transport.takes_n(spec)
        self.ladder = Ladder(facts.mode, expected=transport.takes_schema(spec), listed=spec.base_url is None)
        self._gate = Gate(spec, halt, facts.level, facts.ceiling)
        self._listed = price_of(spec.model_copy(update={"price": None, "batch": False}))
        self._halt = halt
        self.spending = spending
        self.longest_reply = 0
        self._failures: deque[bool] = deque(maxlen=WINDOW)

    @property
    def facts(self) -> Facts:
        """What a later run may begin with."""
        return Facts(self.ladder.found, self._gate.level.found, self._gate.level.ceiling)

    def price(self, spec: ModelSpec) -> Price | None:
        """Return what a model's calls cost one by one, if anybody knows."""
        return spec.price or self._listed

    def tried(self, asking: Asking) -> AbstractAsyncContextManager[None]:
        """Hold all other prompts back while one finds out in which way the model takes a JSON Schema."""
        return self.ladder.tried(asking.spec)

    def mode(self, asking: Asking) -> Mode:
        """Return the way in which a prompt is asked now."""
        return self.ladder.mode(asking.spec) if asking.structured else "text"

    def doubts(self, asking: Asking) -> bool:
        """Tell whether it is not known yet that a prompt's way of asking works."""
        return asking.structured and self.ladder.doubts(asking.spec, self.mode(asking))

    def passes_over(self, asking: Asking, mode: Mode, stored: Stored) -> bool:
        """Tell whether an answer shows that the model does not do what it was asked in this way.

        That takes an answer that cannot be read even after a correction, before any in this way could be. The next
        prompts are then asked in the next way.
        """
        if not asking.structured or stored.failed is not None or not self.ladder.doubts(asking.spec, mode):
            return False
        if asking.can_read(stored) or _is_object(stored.text or ""):
            self.ladder.works(mode)
        elif asking.begun:
            self.ladder.fails(mode)
            return True
        return False

    async def complete(self, request: Request, count: Count, keep: Keep, again: bool = False) -> None:
        """Have a request answered and `keep` its answer; SchemaRefused, or TransportError when the row gets none.

        The call counts as in flight until its answer is kept, so that a process that is killed loses no more of them.
        """
        tokens_in, tokens_out = self.expected(request.spec, "".join(each.content for each in request.messages))
        tokens = tokens_in, request.n * tokens_out
        try:
            await self._send(request.spec, lambda: self.transport.complete(request), count, keep, again, tokens)
        except TransportError as error:
            if request.schema is not None and self.ladder.refused(request.spec, request.mode, error):
                raise SchemaRefused from error
            self._judge(request.spec, error)
            raise

    async def embed(self, spec: ModelSpec, texts: list[str], count: Count) -> Embedding:
        """Return a vector per text; TransportError when there are none."""
        tokens = self.expected(spec, "".join(texts))[0], 0
        found: list[Embedding] = []
        try:
            await self._send(spec, lambda: self.transport.embed(spec, texts), count, _into(found), False, tokens)
        except TransportError as error:
            self._judge(spec, error)
            raise
        return found[0]

    def expected(self, spec: ModelSpec, text: str) -> tuple[int, int]:
        """Return the tokens that a call will take in and, at most, give; (0, 0) where nobody needs to know."""
        if not (self.spending.limited or self._gate.counts_tokens):
            return 0, 0
        return len(text.encode()) // BYTES_PER_TOKEN + 1, spec.max_tokens or self.longest_reply or USUAL_REPLY

    async def _send(
        self,
        spec: ModelSpec,
        call: Callable[[], Awaitable[Answer]],
        count: Count,
        keep: Callable[[Answer], Awaitable[None]],
        again: bool,
        tokens: tuple[int, int],
    ) -> None:
        failures, waited = 0, 0.0
        while True:
            try:
                burst = await self._gate.enter(sum(tokens))
                try:
                    answer = await self._once(spec, call, count, again, tokens)
                    self._failures.append(False)
                    await keep(answer)
                finally:
                    self._gate.leave()
            except TransportError as error:
                if error.kind == "rate_limit" and waited < PATIENCE:
                    waited += self._gate.refused(burst, error.retry_after)
                elif error.kind == "transient" and failures + 1 < spec.attempts:
                    failures += 1
                    await self._halt.rest(max(self._gate.backoff(failures), error.retry_after or 0.0))
                else:
                    raise
                again = True
            else:
                return

    async def _once(
        self, spec: ModelSpec, call: Callable[[], Awaitable[Answer]], count: Count, again: bool, tokens: tuple[int, int]
    ) -> Answer:
        self._halt.check()
        price = self.price(spec)
        try:
            reserved = await self.spending.reserve(spec.model, price, *tokens)
        except DfcliError as error:
            raise self._halt.because(error) from None
        usage = Usage(calls=1, retries=int(again))
        try:
            if self.transport.keeps_time:
                answer = await call()
            else:
                async with asyncio.timeout(spec.timeout * BACKSTOP):
                    answer = await call()
            measure(usage, answer, price)
        except TimeoutError:
            raise TransportError("transient", f"no answer within {spec.timeout:g} s") from None
        else:
            self._landed(usage, sum(tokens), answer)
            return answer
        finally:
            self.spending.settle(reserved, usage)
            count(usage)

    def _landed(self, usage: Usage, expected: int, answer: Completion | Embedding) -> None:
        self.longest_reply = max(self.longest_reply, usage.tokens_out)
        limits = answer.limits if isinstance(answer, Completion) else None
        self._gate.answered(expected, usage.tokens_in + usage.tokens_out, limits)

    def _judge(self, spec: ModelSpec, error: TransportError) -> None:
        """Take note of a call that failed for good; raise when that must stop the run."""
        if error.kind == "fatal":
            raise self._halt.because(fatal(spec, error)) from None
        if error.kind in ("content_filter", "context_length"):
            return
        self._failures.append(True)
        calls, failed = len(self._failures), sum(self._failures)
        if calls >= ENOUGH and failed * 2 > calls:
            why = f"{spec.model}: {failed} of the last {calls} calls failed, the last because: {error}"
            raise self._halt.because(StepError(f"{why}; what is finished is kept, run again to go on")) from None


def _into(found: list[Embedding]) -> Callable[[Embedding], Awaitable[None]]:
    async def keep(answer: Embedding) -> None:
        found.append(answer)

    return keep


def _is_object(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def measure(usage: Usage, answer: Completion | Embedding, price: Price | None) -> None:
    """Add to a call's usage what its answer took."""
    usage.tokens_in = answer.tokens_in
    usage.tokens_out = answer.tokens_out if isinstance(answer, Completion) else 0
    usage.tokens_cached = answer.tokens_cached if isinstance(answer, Completion) else 0
    if price is None:
        usage.unpriced = 1
    else:
        usage.usd = cost(price, usage.tokens_in, usage.tokens_out, usage.tokens_cached)


def fatal(spec: ModelSpec, error: TransportError) -> DfcliError:
    """Return what stops a run that no later call to this model can go on with."""
    where = f" at {spec.base_url}" if spec.base_url else ""
    if error.status in (401, 403):
        named = f" in {name}" if (name := key_variable(spec)) else ""
        return EnvironmentLacks(f"{spec.model}{where} refuses the key{named} ({error.status}): {error}")
    return StepError(f"{spec.model}{where} cannot be asked: {error}; what is finished is kept")
