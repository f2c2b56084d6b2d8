"""From a batch that the provider has taken to its answers in the store, committed as they arrive."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple, TypeVar

from dfcli.errors import DfcliError, Interrupted, StepError
from dfcli.recipes.model import ModelSpec, Price
from dfcli.runtime.asking import answered, unanswered
from dfcli.runtime.commits import Commits
from dfcli.runtime.endpoint import BYTES_PER_TOKEN, Endpoint, fatal, measure
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Halt
from dfcli.runtime.pending import Pending
from dfcli.runtime.prices import in_batches
from dfcli.runtime.replies import Stored
from dfcli.runtime.transports import BatchTransport, Completion, Progress, TransportError
from dfcli.runtime.transports.faults import fault
from dfcli.runtime.wording import plural

Found = TypeVar("Found")

FIRST_WAIT, LONGEST_WAIT, GROWTH = 5.0, 300.0, 1.5
"""Seconds between two looks at a batch, or two tries of a call: the first, the longest, and how they grow."""

TRIES = 20
"""Times that a look at a batch may fail in a row."""

PASSING = ("transient", "rate_limit")
NOWHERE = (404, 405, 501)
"""The status of what a server does not have: a batch, a file of results, or a list of batches."""

_NO_ROOM = re.compile(r"enqueued|token[_ ]limit|too many batches", re.IGNORECASE)
_CHUNK = 500


class Landed(NamedTuple):
    """What a batch brought, by key: replies, and what each took, to be counted by the first who takes it."""

    stored: dict[str, Stored]
    usage: dict[str, Usage]


@dataclass(frozen=True)
class Landings:
    """Fetches the answers of batches of one model; `tell` takes a sentence for people, `open` the prompts by mark."""

    endpoint: Endpoint
    transport: BatchTransport
    spec: ModelSpec
    pending: Pending
    commits: Commits
    halt: Halt
    tell: Callable[[str], None]
    open: dict[str, int]

    @property
    def price(self) -> Price | None:
        """What calls in a batch cost."""
        alone = self.endpoint.price(self.spec)
        return None if alone is None else in_batches(alone)

    async def fetch(self, mark: str, batch: str, landed: Landed) -> None:
        """Wait until a batch is over, and store what it brought; questions without an answer failed."""
        questions = await asyncio.to_thread(self.pending.questions, mark)
        progress = await self._over(batch, len(questions))
        try:
            await self.patiently(lambda: self._read(batch, questions, landed))
        except TransportError as error:
            if error.status not in NOWHERE:
                raise self.halt.because(self._unseen(batch, error)) from None
        without = _no_answer(progress)
        await self._keep({key: without for key in questions if key not in landed.stored}, questions, landed)
        await asyncio.to_thread(self.pending.over, mark, progress.state)
        self.open.pop(mark, None)
        good = sum(each.failed is None for each in landed.stored.values())
        self.tell(f"{self.spec.model}: batch {batch} is over: {good:,} of {plural(len(questions), 'prompt')} answered")

    async def patiently(self, call: Callable[[], Awaitable[Found]]) -> Found:
        """Make a call that may be made again until it succeeds; TransportError when it fails for good."""
        for number in count():
            self.halt.check()
            try:
                return await call()
            except TransportError as error:
                if error.kind not in PASSING or number >= TRIES:
                    raise
                await self.rest(max(pause(number), error.retry_after or 0.0))
        raise AssertionError

    async def rest(self, seconds: float) -> None:
        """Wait, unless nothing more may be sent."""
        await self.halt.rest(seconds)
        self.halt.check()

    async def _over(self, batch: str, prompts: int) -> Progress:
        try:
            for number in count():
                progress = await self.patiently(lambda: self.transport.poll(batch))
                if progress.over:
                    return progress
                await self.rest(pause(number))
        except TransportError as error:
            if error.status in NOWHERE:
                return Progress(True, "lost", why=str(error))
            raise self.halt.because(self._unseen(batch, error)) from None
        except Interrupted:
            where = f"batch {batch} of {self.spec.model} is in flight with {plural(prompts, 'prompt')}"
            raise Interrupted(f"interrupted; {where}, and running again collects the answers") from None
        raise AssertionError

    async def _read(self, batch: str, questions: Mapping[str, str], landed: Landed) -> None:
        chunk: dict[str, Completion | TransportError] = {}
        async for key, answer in self.transport.results(batch):
            if key in questions and key not in landed.stored:
                chunk.setdefault(key, answer)
            if len(chunk) == _CHUNK:
                await self._keep(chunk, questions, landed)
                chunk = {}
        await self._keep(chunk, questions, landed)

    async def _keep(
        self, answers: Mapping[str, Completion | TransportError], questions: Mapping[str, str], landed: Landed
    ) -> None:
        """Commit answers to the store, and count what they took."""
        stored = [_stored(key, questions[key], answer) for key, answer in answers.items()]
        try:
            kept = await asyncio.gather(*map(self.commits.add, stored))
        except DfcliError as error:
            raise self.halt.because(error) from None
        for each, (key, answer) in zip(kept, answers.items(), strict=True):
            landed.stored[key], landed.usage[key] = each, Usage(calls=1)
            if isinstance(answer, Completion):
                measure(landed.usage[key], _counted(answer, questions[key]), self.price)
                self.endpoint.longest_reply = max(self.endpoint.longest_reply, answer.tokens_out)

    def _unseen(self, batch: str, error: TransportError) -> DfcliError:
        if error.kind == "fatal":
            return fatal(self.spec, error)
        why = f"{self.spec.model}: batch {batch} cannot be looked at: {error}"
        return StepError(f"{why}; it stays in flight, and running again collects it")


def pause(number: int) -> float:
    """Return the seconds to wait for the number-th time."""
    longest: float = min(LONGEST_WAIT, FIRST_WAIT * GROWTH ** min(number, 40))
    return longest


def _stored(key: str, question: str, answer: Completion | TransportError) -> Stored:
    if isinstance(answer, TransportError):
        return unanswered(key, question, answer)
    return answered(key, question, _counted(answer, question))


def _counted(answer: Completion, question: str) -> Completion:
    """Return an answer with its tokens; where the server counted none, those of the question are estimated."""
    return answer._replace(tokens_in=len(question) // BYTES_PER_TOKEN + 1) if answer.estimated else answer


def _no_answer(progress: Progress) -> TransportError:
    """Return why a question of a batch that is over has no answer."""
    if progress.state == "completed":
        return TransportError("transient", "the batch has no answer to it")
    why = f"the batch is {progress.state}{': ' if progress.why else ''}{progress.why}"
    return TransportError("rate_limit", why) if _NO_ROOM.search(progress.why) else fault(why)
