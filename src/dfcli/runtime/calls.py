"""Prompts being answered on the loop: each question is asked once, however many prompts put it.

A good reply is committed to the store before it is read, so a process killed at any moment has lost only what was in
flight, and a mended reader costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby, islice

from dfcli.errors import DfcliError, StepError
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.asking import Asking, Question
from dfcli.runtime.commits import Commits
from dfcli.runtime.endpoint import Count, Endpoint, SchemaRefused
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Halt
from dfcli.runtime.replies import Replies, Stored
from dfcli.runtime.transports import Completion, TransportError, in_process
from dfcli.runtime.vectors import Wanted

EMBED_BATCH = 64
PASSED_OVER = "bad_reply"
"""How a reply is stored that shows that the model does not do what it was asked: as a failure, to be asked again."""


class Calls:
    """All calls of a run; it lives on the loop. `used` are the keys of the replies used so far, shared with others."""

    def __init__(self, replies: Replies, halt: Halt, used: set[str]) -> None:
        self._replies = replies
        self._halt = halt
        self._used = used
        self.commits = Commits(replies)
        self._flying: dict[str, asyncio.Future[Stored]] = {}

    async def answer(self, endpoint: Endpoint, askings: Sequence[Asking], count: Count) -> None:
        """Answer prompts with a bounded number of workers; the first error, once what is in flight has landed."""
        groups = _siblings(askings) if endpoint.takes_n else [[each] for each in askings]
        queue = iter(groups)
        # Twice as many workers as calls in flight: half of them may be storing and reading.
        workers = [self._work(endpoint, queue, count) for _ in islice(groups, 2 * endpoint.concurrency)]
        for outcome in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def embed(self, endpoint: Endpoint, spec: ModelSpec, texts: Sequence[Wanted], count: Count) -> list[Stored]:
        """Return one vector per text, in order; the first error, once what is in flight has landed."""
        batches = [texts[start : start + EMBED_BATCH] for start in range(0, len(texts), EMBED_BATCH)]
        work = (self._embed(endpoint, spec, batch, count) for batch in batches)
        parts = await asyncio.gather(*work, return_exceptions=True)
        for each in parts:
            if isinstance(each, TransportError):
                raise StepError(f"{spec.model}: texts cannot be embedded: {each}") from each
            if isinstance(each, BaseException):
                raise each
        return [stored for part in parts if not isinstance(part, BaseException) for stored in part]

    async def _embed(self, endpoint: Endpoint, spec: ModelSpec, texts: Sequence[Wanted], count: Count) -> list[Stored]:
        """Return the vectors of a batch; those that cost something are stored, on the account of the first."""
        answer = await endpoint.embed(spec, [each.text for each in texts], count)
        tokens = [answer.tokens_in, *[0] * (len(texts) - 1)]
        found = [
            each.found(*given) for each, given in zip(texts, zip(answer.vectors, tokens, strict=True), strict=True)
        ]
        return found if in_process(spec) else await self._stored(found)

    def close(self) -> None:
        """End the thread that stores replies."""
        self.commits.close()

    async def _work(self, endpoint: Endpoint, queue: Iterator[Sequence[Asking]], count: Count) -> None:
        try:
            for group in queue:
                if endpoint.doubts(group[0]):
                    async with endpoint.tried(group[0]):
                        await self._answer(endpoint, group, count)
                else:
                    await self._answer(endpoint, group, count)
        except BaseException:
            for _ in queue:  # empty it, so that the other workers end after what they have in hand
                pass
            raise

    async def _answer(self, endpoint: Endpoint, group: Sequence[Asking], count: Count) -> None:
        if len(group) > 1:
            await self._together(endpoint, group, count)
        for asking in group:
            while asking.reply is None:
                await self._step(endpoint, asking, count)

    async def _together(self, endpoint: Endpoint, group: Sequence[Asking], count: Count) -> None:
        """Ask for the samples of one row in one request, which costs its prompt once; who gets none asks alone."""
        alone = [each for each in group if each.key() not in self._flying and each.key() not in self._used]
        if len(alone) < 2 or endpoint.doubts(alone[0]):
            return
        questions = [each.question(endpoint.mode(each)) for each in alone]
        flying = {each.key: asyncio.get_running_loop().create_future() for each in questions}
        self._flying |= flying
        try:
            found = await self._several(endpoint, questions, count)
        finally:
            for key, waiting in flying.items():
                del self._flying[key]
                waiting.cancel()
        for asking, stored in zip(alone, found, strict=False):
            self._used.add(stored.key)
            asking.land(stored)

    async def _several(self, endpoint: Endpoint, questions: Sequence[Question], count: Count) -> list[Stored]:
        """Return what came for some of the questions, which are the same but for the sample's number."""
        found: list[Stored] = []

        async def keep(completion: Completion) -> None:
            found.extend(await self._stored(_shared_out(completion, questions)))

        try:
            await endpoint.complete(replace(questions[0].request, n=len(questions)), count, keep)
        except SchemaRefused:
            return []
        except TransportError as error:
            if error.kind != "bad_request":
                return await self._stored([each.unanswered(error) for each in questions])
            endpoint.takes_n = False
        return found

    async def _stored(self, found: Sequence[Stored]) -> list[Stored]:
        try:
            if len(found) == 1:
                return [await self.commits.add(found[0])]
            return await asyncio.gather(*map(self.commits.add, found))
        except DfcliError as error:
            raise self._halt.because(error) from None

    async def _step(self, endpoint: Endpoint, asking: Asking, count: Count) -> None:
        stored = await self._at_hand(asking.key())
        if stored is not None:
            count(Usage(reused=1))
            asking.land(stored)
            return
        try:
            stored = await self._fly(endpoint, asking.question(endpoint.mode(asking)), asking, count)
        except SchemaRefused:
            return
        asking.land(stored)

    async def _at_hand(self, key: str) -> Stored | None:
        """Return the answer to a question that another prompt has put, or is putting right now."""
        if key in self._flying:
            with suppress(asyncio.CancelledError):
                return await asyncio.shield(self._flying[key])
        if key in self._used:
            stored = self._replies.get([key]).get(key)
            return stored if stored is not None and stored.failed is None else None
        return None

    async def _fly(self, endpoint: Endpoint, question: Question, asking: Asking, count: Count) -> Stored:
        flying = self._flying[question.key] = asyncio.get_running_loop().create_future()
        try:
            stored = await self._send(endpoint, asking, question, count)
        except BaseException as error:
            flying.set_exception(error)
            flying.exception()  # whether or not another prompt waits for it
            raise
        finally:
            del self._flying[question.key]
        self._used.add(question.key)
        flying.set_result(stored)
        return stored

    async def _send(self, endpoint: Endpoint, asking: Asking, question: Question, count: Count) -> Stored:
        found: list[Stored] = []

        async def keep(completion: Completion) -> None:
            stored = question.answered(completion)
            if endpoint.passes_over(asking, question.request.mode, stored):
                stored = stored._replace(failed=PASSED_OVER, why="the model passes over the JSON Schema it is given")
            found.extend(await self._stored([stored]))

        try:
            await endpoint.complete(question.request, count, keep, asking.begun)
        except TransportError as error:
            found = await self._stored([question.unanswered(error)])
        if found[0].failed == PASSED_OVER:
            raise SchemaRefused
        return found[0]


def _shared_out(completion: Completion, questions: Sequence[Question]) -> list[Stored]:
    """Return an answer and its further ones as the answers to questions; what it took counts for the first."""
    none = completion._replace(tokens_in=0, tokens_out=0)
    answers = [completion, *(none._replace(text=each.text, finish=each.finish) for each in completion.further)]
    return [question.answered(each) for question, each in zip(questions, answers, strict=False)]


def _siblings(askings: Sequence[Asking]) -> list[list[Asking]]:
    """Return the prompts, those together that follow each other and differ in the sample's number alone."""
    return [list(group) for _, group in groupby(askings, key=lambda each: each.family)]
