"""Batches on their way to a provider, whoever sent them: this run, or one that was killed.

A batch is written down before it is sent, and its id as soon as that is known. Where it is not (the process was killed,
or the connection lost, while the batch was sent), the provider's list of batches is looked through for its mark before
anything is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import time

from dfcli.errors import DfcliError
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.asking import Question
from dfcli.runtime.endpoint import fatal
from dfcli.runtime.events import Usage
from dfcli.runtime.landings import NOWHERE, PASSING, Landed, Landings, pause
from dfcli.runtime.pending import Batch, Pending
from dfcli.runtime.spending import Reserved, Spending
from dfcli.runtime.transports import BatchTransport, TransportError
from dfcli.runtime.wording import plural

PATIENCE = 100
"""Times that a batch is sent in vain, for want of room or for other reasons."""

GRACE = 30.0
"""Seconds after which a batch that the provider took is in its list."""


@dataclass(frozen=True)
class Flights:
    """Sends batches to one model and follows them to their landings."""

    landings: Landings

    async def send(self, mark: str, place: str, questions: Mapping[str, Question]) -> Landed:
        """Send questions as a batch and return what came; those in another open batch by now are left out."""
        here = self.landings
        texts = ("".join(each.content for each in question.request.messages) for question in questions.values())
        tokens = self._expected(texts)
        here.halt.check()
        try:
            reserved = await self._spending.reserve(self._spec.model, here.price, *tokens, len(questions))
        except DfcliError as error:
            raise here.halt.because(error) from None
        with self._settled(reserved) as landed:
            here.halt.check()
            bodies = {key: each.body.decode() for key, each in questions.items()}
            if taken := await asyncio.to_thread(self._pending.take, mark, place, bodies):
                batch = await self._submit(mark, {key: questions[key] for key in questions if key in taken})
                await here.fetch(mark, batch, landed)
        return landed

    async def pick_up(self, mark: str) -> Landed:
        """Return what a batch brings that is open already; nothing if it is over, or turns out not to be sent."""
        batch = await asyncio.to_thread(self._pending.batch, mark)
        while batch is not None and batch.id is None and not batch.ours:
            await self.landings.rest(GRACE)
            batch = await asyncio.to_thread(self._pending.batch, mark)
        if batch is None:
            return Landed({}, {})
        known = batch.id or await self._look_for(batch)
        if known is None:
            await asyncio.to_thread(self._pending.over, mark, "unsent")
            return Landed({}, {})
        return await self._follow(mark, known)

    async def _follow(self, mark: str, batch: str) -> Landed:
        here = self.landings
        questions = await asyncio.to_thread(self._pending.questions, mark)
        self._tell(mark, batch, len(questions), ", which was sent before, is waited for")
        tokens = self._expected(questions.values())
        with self._settled(self._spending.hold(here.price, *tokens, len(questions))) as landed:
            await here.fetch(mark, batch, landed)
        return landed

    @property
    def _spec(self) -> ModelSpec:
        return self.landings.spec

    @property
    def _pending(self) -> Pending:
        return self.landings.pending

    @property
    def _transport(self) -> BatchTransport:
        return self.landings.transport

    @property
    def _spending(self) -> Spending:
        return self.landings.endpoint.spending

    def _tell(self, mark: str, batch: str, prompts: int, more: str) -> None:
        self.landings.open[mark] = prompts
        self.landings.tell(f"{self._spec.model}: batch {batch} of {plural(prompts, 'prompt')}{more}")

    def _expected(self, texts: Iterable[str]) -> tuple[int, int]:
        each = [self.landings.endpoint.expected(self._spec, text) for text in texts]
        return sum(tokens for tokens, _ in each), sum(tokens for _, tokens in each)

    @contextmanager
    def _settled(self, reserved: Reserved) -> Iterator[Landed]:
        """Give what a batch is to bring; count what it took at the end."""
        landed = Landed({}, {})
        try:
            yield landed
        finally:
            total = Usage()
            for each in landed.usage.values():
                total.add(each)
            self._spending.settle(reserved, total)

    async def _submit(self, mark: str, questions: Mapping[str, Question]) -> str:
        """Have the provider take a batch, once; return its id."""
        since, tries, failures = time(), 0, 0
        batch: str | None = None
        while batch is None:
            self.landings.halt.check()
            try:
                batch = await self._transport.submit({key: each.request for key, each in questions.items()}, mark)
            except TransportError as error:
                tries += 1
                failures += error.kind == "transient"
                hopeless = failures >= self._spec.attempts or tries >= PATIENCE
                await self._refused(error, mark, None if hopeless else pause(tries))
                batch = await self._find(mark, since)  # it may have been taken all the same
        await asyncio.to_thread(self._pending.accepted, mark, batch)
        later = "answers come within a day, and if this run ends before, running again collects them"
        self._tell(mark, batch, len(questions), f" is in flight; {later}")
        return batch

    async def _refused(self, error: TransportError, mark: str, wait: float | None) -> None:
        """Wait after a batch could not be sent; raise when it is not to be tried again."""
        if error.kind in PASSING and wait is not None:
            await self.landings.rest(max(wait, error.retry_after or 0.0))
            return
        if error.kind not in PASSING:
            await asyncio.to_thread(self._pending.over, mark, "refused")
        again = TransportError(error.kind, f"a batch was not taken: {error}", status=error.status)
        raise self.landings.halt.because(fatal(self._spec, again)) from None

    async def _look_for(self, batch: Batch) -> str | None:
        """Return the id of a batch that may have been sent, by a process that did not come to write it down."""
        await asyncio.to_thread(self._pending.claim, batch.mark)
        found = await self._find(batch.mark, batch.created)
        if found is None:
            await self.landings.rest(GRACE)
            found = await self._find(batch.mark, batch.created)
        if found is not None:
            await asyncio.to_thread(self._pending.accepted, batch.mark, found)
        return found

    async def _find(self, mark: str, since: float) -> str | None:
        try:
            return await self.landings.patiently(lambda: self._transport.find(mark, since))
        except TransportError as error:
            if error.status in NOWHERE:  # a server that keeps no list
                return None
            raise self.landings.halt.because(fatal(self._spec, error)) from None
