"""One model at one address: its calls in flight, its waiting and retrying, and what it turned out to be able to do.

dfcli alone retries; transports send once. A refusal for too many calls pauses the whole endpoint and uses up no
attempt. When most calls fail for good, the run stops with the reason rather than fail row after row.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from dfcli.errors import DfcliError, EnvironmentLacks, StepError
from dfcli.recipes.model import ModelSpec, Price
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Halt
from dfcli.runtime.spending import Spending, cost
from dfcli.runtime.transports import Completion, Embedding, Mode, Request, Transport, TransportError
from dfcli.runtime.transports.faults import refuses_schema
from dfcli.runtime.transports.keys import key_variable

Answer = TypeVar("Answer", Completion, Embedding)
Count = Callable[[Usage], None]

BACKSTOP = 1.25
"""A call is given up after this multiple of its timeout, should its transport not notice."""

FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0
PATIENCE = 900.0
"""Seconds that one call may be kept waiting by refusals for too many calls."""

WINDOW, ENOUGH = 40, 20
"""How many of the latest calls are looked at for a systematic failure, and how many there must be."""


class SchemaRefused(Exception):
    """The model does not take a JSON Schema natively after all; ask again in text."""


class Endpoint:
    """Everything dfcli knows about one model at one address; it lives on the loop."""

    def __init__(self, spec: ModelSpec, transport: Transport, halt: Halt, spending: Spending) -> None:
        self.transport = transport
        self.concurrency = spec.concurrency
        self._slot = asyncio.Semaphore(spec.concurrency)
        self._native = transport.takes_schema(spec)
        self._listed = transport.price(spec)
        self._halt = halt
        self._pace = halt.pace
        self._spending = spending
        self._paused_until = -1.0
        self._refusals = 0
        self._failures: deque[bool] = deque(maxlen=WINDOW)

    def mode(self, spec: ModelSpec) -> Mode:
        """Return how this model is asked for structured output."""
        if spec.schema_mode != "auto":
            return spec.schema_mode
        return "json_schema" if self._native else "text"

    async def complete(self, request: Request, count: Count, again: bool) -> Completion:
        """Return the answer to a request; SchemaRefused, or TransportError when the row gets none."""
        try:
            return await self._send(request.spec, lambda: self.transport.complete(request), count, again)
        except TransportError as error:
            if request.schema is not None and request.spec.schema_mode == "auto" and refuses_schema(error):
                self._native = False
                raise SchemaRefused from error
            self._judge(request.spec, error)
            raise

    async def embed(self, spec: ModelSpec, texts: list[str], count: Count) -> Embedding:
        """Return a vector per text; TransportError when there are none."""
        try:
            return await self._send(spec, lambda: self.transport.embed(spec, texts), count, False)
        except TransportError as error:
            self._judge(spec, error)
            raise

    async def _send(self, spec: ModelSpec, call: Callable[[], Awaitable[Answer]], count: Count, again: bool) -> Answer:
        failures, waited = 0, 0.0
        while True:
            try:
                async with self._slot:
                    await self._cool()
                    answer = await self._once(spec, call, count, again)
            except TransportError as error:
                if error.kind == "rate_limit" and waited < PATIENCE:
                    waited += self._pause(error.retry_after)
                elif error.kind == "transient" and failures + 1 < spec.attempts:
                    failures += 1
                    await self._halt.rest(max(self._backoff(failures), error.retry_after or 0.0))
                else:
                    raise
                again = True
            else:
                self._refusals = 0
                self._failures.append(False)
                return answer

    async def _once(self, spec: ModelSpec, call: Callable[[], Awaitable[Answer]], count: Count, again: bool) -> Answer:
        self._halt.check()
        price = spec.price or self._listed
        try:
            self._spending.reserve(spec.model, price)
        except DfcliError as error:
            raise self._halt.because(error) from None
        usage = Usage(calls=1, retries=int(again))
        try:
            async with asyncio.timeout(spec.timeout * BACKSTOP):
                answer = await call()
            _measure(usage, answer, price)
        except TimeoutError:
            raise TransportError("transient", f"no answer within {spec.timeout:g} s") from None
        else:
            return answer
        finally:
            self._spending.settle(usage)
            count(usage)

    async def _cool(self) -> None:
        while (left := self._paused_until - self._pace.now()) > 0:
            await self._halt.rest(left)
            self._halt.check()

    def _pause(self, asked_for: float | None) -> float:
        """Keep all calls from being sent for a while; return how long from now."""
        now = self._pace.now()
        if now >= self._paused_until:
            self._refusals += 1
            wait = self._backoff(self._refusals) if asked_for is None else asked_for * (1 + self._pace.chance() / 10)
            self._paused_until = now + wait
        elif asked_for is not None:
            self._paused_until = max(self._paused_until, now + asked_for)
        return self._paused_until - now

    def _backoff(self, number: int) -> float:
        longest: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (number - 1))
        return longest * (0.5 + self._pace.chance() / 2)

    def _judge(self, spec: ModelSpec, error: TransportError) -> None:
        """Take note of a call that failed for good; raise when that must stop the run."""
        if error.kind == "fatal":
            raise self._halt.because(_fatal(spec, error)) from None
        if error.kind in ("content_filter", "context_length"):
            return
        self._failures.append(True)
        calls, failed = len(self._failures), sum(self._failures)
        if calls >= ENOUGH and failed * 2 > calls:
            why = f"{spec.model}: {failed} of the last {calls} calls failed, the last because: {error}"
            raise self._halt.because(StepError(f"{why}; what is finished is kept, run again to go on")) from None


def _measure(usage: Usage, answer: Completion | Embedding, price: Price | None) -> None:
    usage.tokens_in = answer.tokens_in
    usage.tokens_out = answer.tokens_out if isinstance(answer, Completion) else 0
    if price is None:
        usage.unpriced = 1
    else:
        usage.usd = cost(price, usage.tokens_in, usage.tokens_out)


def _fatal(spec: ModelSpec, error: TransportError) -> DfcliError:
    where = f" at {spec.base_url}" if spec.base_url else ""
    if error.status in (401, 403):
        named = f" in {name}" if (name := key_variable(spec)) else ""
        return EnvironmentLacks(f"{spec.model}{where} refuses the key{named} ({error.status}): {error}")
    return StepError(f"{spec.model}{where} cannot be asked: {error}; what is finished is kept")
