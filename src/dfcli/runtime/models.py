"""The models of a run: roles → endpoints, and every reply through the store.

`ask` and `embed` are called from any thread and wait; one asyncio loop in one thread makes all calls. A stored reply
is read without the loop, so a run that needs no call loads no client.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from dfcli.errors import StepError, UsageError, did_you_mean
from dfcli.ops.base import Prompt, Reply
from dfcli.recipes.model import Budget, ModelSpec
from dfcli.runtime.asking import Asking
from dfcli.runtime.batches import Batches
from dfcli.runtime.calls import Calls
from dfcli.runtime.endpoint import Count, Endpoint
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Halt, Pace
from dfcli.runtime.loop import Loop
from dfcli.runtime.replies import Known, Recording, Replies, Stored
from dfcli.runtime.spending import Spending
from dfcli.runtime.transports import Transport, in_process, transport_for
from dfcli.runtime.vectors import Wanted, vector, wanted


@dataclass
class Models:
    """Answers prompts by role; a context manager, because clients must be closed on the loop that used them.

    With `replay`, replies come from that recording alone. `spent` is what earlier runs used of the budget. `used` are
    the keys of all replies that this run used, `notes` sentences for whoever watches it. A callback for usage may be
    called from another thread than `ask`.
    """

    specs: Mapping[str, ModelSpec]
    replies: Replies
    replay: Path | None = None
    budget: Budget | None = None
    spent: Usage | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    transport: Callable[[ModelSpec], Transport] = transport_for
    pace: Pace = field(default_factory=Pace)
    used: set[str] = field(default_factory=set, init=False)
    notes: SimpleQueue[str] = field(default_factory=SimpleQueue, init=False)

    def __post_init__(self) -> None:
        self._known: Known = self.replies if self.replay is None else Recording(self.replay)
        self._halt = Halt(self.stop, self.pace)
        self._spending = Spending(self.budget, self.spent)
        self._calls = Calls(self.replies, self._halt, self.used)
        self._batches = Batches(self.replies, self._halt, self.used, self._calls.commits, self.notes.put)
        self._loop = Loop(self._close_transports)
        self._endpoints: dict[tuple[str, str | None], Endpoint] = {}
        self._lock = threading.Lock()

    @property
    def usage(self) -> Usage:
        """What was used in all, earlier runs included: the next run's `spent`."""
        return replace(self._spending.spent)

    @property
    def in_batches(self) -> int:
        """How many prompts are in batches whose answers have not been fetched."""
        return self._batches.in_flight

    def ask(self, role: str, prompts: Sequence[Prompt], on_usage: Count) -> list[Reply]:
        """Return one reply per prompt, in order.

        Interrupted, BudgetReached, EnvironmentLacks or StepError when prompts are left unanswered; every reply that
        came is in the store by then.
        """
        spec = self._spec(role)
        identity = spec.identity()
        askings = [Asking(spec, identity, prompt) for prompt in prompts]
        left = self._look_up(askings, on_usage)
        if left and self.replay is not None:
            _give_up(left, role, self.replay)
        elif left:
            answer = self._batches.answer if spec.batch else self._calls.answer
            self._loop.run(answer(self._endpoint(spec), left, on_usage))
        replies = [each.reply for each in askings if each.reply is not None]
        if repaired := sum(each.repaired for each in replies):
            on_usage(Usage(repaired=repaired))
        return replies

    def embed(self, role: str, texts: Sequence[str], on_usage: Count = lambda usage: None) -> list[list[float]]:
        """Return one vector per text, in order; errors as for `ask`. What is computed in this process is not stored."""
        spec, vectors = self._spec(role), wanted(self._spec(role), texts)
        stored = {} if in_process(spec) else self._known.get([each.key for each in vectors])
        left = [each for each in vectors if each.key not in stored]
        if stored:
            on_usage(Usage(reused=len(stored)))
        if left and self.replay is not None and not in_process(spec):
            raise StepError(_unembedded(left, role, self.replay))
        if left:
            found = self._loop.run(self._calls.embed(self._endpoint(spec), spec, left, on_usage))
            stored |= {each.key: each for each in found}
        if not in_process(spec):
            self.used.update(stored)
        known = {each.text: vector(stored[each.key]) for each in vectors}
        return [known[text] for text in texts]

    def interrupt(self) -> None:
        """Send nothing more; what is in flight lands, then every `ask` raises Interrupted."""
        self.stop.set()
        self._loop.soon(self._halt.wake)

    def close(self) -> None:
        """Close all clients; whatever is still in flight is given up."""
        self._loop.close()
        self._calls.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _spec(self, role: str) -> ModelSpec:
        if role not in self.specs:
            raise UsageError(f"no model for the role {role!r}{did_you_mean(role, self.specs)}")
        return self.specs[role]

    def _endpoint(self, spec: ModelSpec) -> Endpoint:
        """Return a model's endpoint; made in the calling thread, since a client may take seconds to load."""
        place = (spec.model, spec.base_url)
        with self._lock:
            if place not in self._endpoints:
                here = [each for each in self.specs.values() if (each.model, each.base_url) == place]
                most, batch = max(each.concurrency for each in here), any(each.batch for each in here)
                shared = spec.model_copy(update={"concurrency": most, "batch": batch})
                facts = self.replies.facts(json.dumps(place))
                self._endpoints[place] = Endpoint(shared, self.transport(shared), self._halt, self._spending, facts)
            return self._endpoints[place]

    def _look_up(self, askings: Sequence[Asking], on_usage: Count) -> list[Asking]:
        """Take known replies as far as they lead; return what is left to be asked."""
        left: list[Asking] = []
        reading = list(askings)
        while reading:
            keys = [each.key() for each in reading]
            known = self._known.get(keys)
            found = [(each, self._usable(each, known.get(key))) for each, key in zip(reading, keys, strict=True)]
            left += [each for each, stored in found if stored is None]
            reading = [each for each, stored in found if stored is not None and self._land(each, stored) is None]
            if reused := sum(stored is not None for _, stored in found):
                on_usage(Usage(reused=reused))
        return left

    def _usable(self, asking: Asking, stored: Stored | None) -> Stored | None:
        """Return a stored reply if it is one to go by; in a recording a failure is final."""
        usable = stored is not None and (self.replay is not None or asking.spared_by(stored))
        return stored if usable else None

    def _land(self, asking: Asking, stored: Stored) -> Reply | None:
        self.used.add(stored.key)
        asking.land(stored)
        return asking.reply

    async def _close_transports(self) -> None:
        for place, endpoint in self._endpoints.items():
            self.replies.remember(json.dumps(place), endpoint.facts)
            await endpoint.transport.close()


def _unembedded(left: Sequence[Wanted], role: str, recording: Path) -> str:
    opening = " ".join(left[0].text.split())[:80]
    return (
        f"{recording}: no embedding of {len(left)} text(s) for the model role {role!r}; the first of them is"
        f' "{opening}…": the recipe or the data changed since the recording'
    )


def _give_up(left: Sequence[Asking], role: str, recording: Path) -> None:
    """Fail the rows whose second question was not recorded; StepError when a first one was not."""
    missing = [each for each in left if not each.begun]
    if missing:
        raise StepError(
            f"{recording}: no reply to {len(missing)} prompt(s) for the model role {role!r}; the first of them ends in"
            f' "{missing[0].opening}…": the recipe, a template or the data changed since the recording'
        )
    for each in left:
        each.give_up()
