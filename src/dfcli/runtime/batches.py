"""Prompts answered in a provider's batches: for half the price, and within a day instead of seconds.

All prompts that are to be answered are sent together. What an answer leads to (a correction, more room) goes into the
next batch, and so does what a batch left without an answer. No question is in two batches at once.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from dfcli.errors import StepError, UsageError
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.asking import Asking, Question
from dfcli.runtime.commits import Commits
from dfcli.runtime.endpoint import ENOUGH, Count, Endpoint, fatal
from dfcli.runtime.events import Usage
from dfcli.runtime.flights import Flights
from dfcli.runtime.halt import Halt
from dfcli.runtime.landings import LONGEST_WAIT, Landed, Landings
from dfcli.runtime.pending import Pending
from dfcli.runtime.replies import Replies, Stored
from dfcli.runtime.transports import BatchTransport, TransportError
from dfcli.runtime.transports.addresses import unbatched

ATTEMPTS = {"transient": 3, "rate_limit": 300}
"""Times that a question is sent before its row fails, by what became of it: no answer, or no room for the batch."""

HARMLESS = ("content_filter", "context_length", "truncated")
"""Failures that say nothing about the model."""


class Batches:
    """All batches of a run; it lives on the loop. `tell` takes sentences for people, `used` keys of replies used."""

    def __init__(
        self, replies: Replies, halt: Halt, used: set[str], commits: Commits, tell: Callable[[str], None]
    ) -> None:
        self._replies = replies
        self._halt = halt
        self._used = used
        self._commits = commits
        self._tell = tell
        self._pending: Pending | None = None
        self._flying: dict[str, asyncio.Task[Landed]] = {}
        self._open: dict[str, int] = {}

    @property
    def in_flight(self) -> int:
        """How many prompts are in batches whose answers have not been fetched."""
        return sum(list(self._open.values()))

    async def answer(self, endpoint: Endpoint, askings: Sequence[Asking], count: Count) -> None:
        """Answer prompts of one model, batch after batch."""
        landings = self._landings(endpoint, askings[0].spec)
        tries: Counter[str] = Counter()
        left = await self._known(askings, count)
        while left:
            self._halt.check()
            questions = {each.key(): each.question(endpoint.mode(each)) for each in left}
            landed = await self._asked(landings, questions)
            _put_off(endpoint, questions, landed, tries)
            self._judge(landings.spec, landed, len(questions))
            for asking in sorted(left, key=lambda each: each.begun):
                self._land(endpoint, asking, questions[asking.key()], landed, count)
            left = await self._known([each for each in left if each.reply is None], count)
            if any(tries[each.key()] for each in left):
                await self._halt.rest(LONGEST_WAIT)

    def _landings(self, endpoint: Endpoint, spec: ModelSpec) -> Landings:
        transport = endpoint.transport.by_batch(spec)
        if transport is None:
            raise UsageError(unbatched(spec) or f"{spec.model} has no batch API: leave `batch` out")
        self._pending = self._pending or Pending(self._replies)
        return Landings(endpoint, transport, spec, self._pending, self._commits, self._halt, self._tell, self._open)

    async def _known(self, askings: Sequence[Asking], count: Count) -> list[Asking]:
        """Land what the store answers, as far as that leads; return what is left to be asked."""
        left: list[Asking] = []
        reading = list(askings)
        while reading:
            known = await asyncio.to_thread(self._replies.get, [each.key() for each in reading])
            found = [(each, known.get(each.key())) for each in reading]
            left += [each for each, stored in found if stored is None or not each.spared_by(stored)]
            spared = [(each, stored) for each, stored in found if stored is not None and each.spared_by(stored)]
            for asking, stored in spared:
                count(Usage(reused=1))
                self._used.add(stored.key)
                asking.land(stored)
            reading = [each for each, _ in spared if each.reply is None]
        return left

    async def _asked(self, landings: Landings, questions: Mapping[str, Question]) -> Landed:
        """Return what came of questions, from batches that are in flight already and from new ones."""
        flights, spec = Flights(landings), landings.spec
        marks = await asyncio.to_thread(landings.pending.marks, list(questions))
        tasks = [self._fly(mark, flights.pick_up(mark)) for mark in dict.fromkeys(marks.values())]
        new = {key: question for key, question in questions.items() if key not in marks}
        for batch in _split(new, landings.transport):
            mark = uuid4().hex
            tasks.append(self._fly(mark, flights.send(mark, json.dumps([spec.model, spec.base_url]), batch)))
        return _merged(await asyncio.gather(*tasks, return_exceptions=True), questions)

    def _fly(self, mark: str, flight: Coroutine[Any, Any, Landed]) -> asyncio.Task[Landed]:
        """Follow a batch, together with whoever else waits for it."""
        if mark in self._flying:
            flight.close()
        else:
            task = self._flying[mark] = asyncio.create_task(flight)
            task.add_done_callback(lambda _: self._flying.pop(mark))
        return self._flying[mark]

    def _judge(self, spec: ModelSpec, landed: Landed, asked: int) -> None:
        """Stop the run when most calls failed for good, or one for a reason that no later call can escape."""
        failed = [each for each in landed.stored.values() if each.failed not in (None, *HARMLESS)]
        if hopeless := next((each for each in failed if each.failed == "fatal"), None):
            raise self._halt.because(fatal(spec, TransportError("fatal", hopeless.why)))
        if asked >= ENOUGH and 2 * len(failed) > asked:
            why = f"{len(failed):,} of {asked:,} calls in batches failed, the last because: {failed[-1].why}"
            raise self._halt.because(StepError(f"{spec.model}: {why}; what is finished is kept, run again to go on"))

    def _land(self, endpoint: Endpoint, asking: Asking, question: Question, landed: Landed, count: Count) -> None:
        """Give a prompt what came for it, if anything did; who comes first counts what it took."""
        usage, stored = landed.usage.pop(question.key, None), landed.stored.get(question.key)
        if usage is not None:
            usage.retries = max(usage.retries, int(asking.begun))
            count(usage)
        if stored is None:
            return
        if usage is None:
            count(Usage(reused=1))
        self._used.add(stored.key)
        endpoint.passes_over(asking, question.request.mode, stored)  # for what that tells of the model
        asking.land(stored)


def _merged(outcomes: Sequence[Landed | BaseException], keys: Collection[str]) -> Landed:
    """Return what several batches brought to some keys; the first error, if there was one."""
    merged = Landed({}, {})
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        merged.stored.update({key: outcome.stored[key] for key in keys if key in outcome.stored})
        merged.usage.update({key: outcome.usage.pop(key) for key in keys if key in outcome.usage})
    return merged


def _put_off(endpoint: Endpoint, questions: Mapping[str, Question], landed: Landed, tries: Counter[str]) -> None:
    """Take out what is to be asked again: no answer for a reason that passes, or another way to ask is left."""
    for key, question in questions.items():
        stored = landed.stored.get(key)
        if stored is None:
            continue
        if tries[key]:
            landed.usage.get(key, Usage()).retries = 1
        if stored.failed in ATTEMPTS:
            tries[key] += 1
            if tries[key] < ATTEMPTS[stored.failed]:
                del landed.stored[key]
        elif stored.failed == "bad_request" and _in_another_way(endpoint, question, stored):
            del landed.stored[key]


def _in_another_way(endpoint: Endpoint, question: Question, stored: Stored) -> bool:
    request = question.request
    refused = TransportError("bad_request", stored.why)
    return request.schema is not None and endpoint.ladder.refused(request.spec, request.mode, refused)


def _split(questions: Mapping[str, Question], transport: BatchTransport) -> Iterator[dict[str, Question]]:
    """Yield questions in batches as large as the provider takes them."""
    batch: dict[str, Question] = {}
    size = 0
    for key, question in questions.items():
        more = transport.size(key, question.request)
        if batch and (len(batch) == transport.most_requests or size + more > transport.most_bytes):
            yield batch
            batch, size = {}, 0
        batch[key] = question
        size += more
    if batch:
        yield batch
