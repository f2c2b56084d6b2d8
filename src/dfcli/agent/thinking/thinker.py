"""The model that plans, asked within bounds; each reply is in the store of replies before anybody reads it.

What was used is noted in the session's folder after each question, so that a session which goes on after an
interruption has the rest of its bounds, and asks nothing twice.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from dfcli.agent.places import replaced_in
from dfcli.agent.thinking.bounds import Bounds, Thought
from dfcli.agent.thinking.names import Names
from dfcli.errors import BudgetReached, EnvironmentLacks, Interrupted, StepError, first_line
from dfcli.ops.base import Message, Prompt, Reply
from dfcli.recipes.model import Budget, ModelSpec
from dfcli.recipes.secrets import holds_key
from dfcli.runtime.events import Usage
from dfcli.runtime.models import Models
from dfcli.runtime.prices import price_of
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import ECHO, Transport, transport_for
from dfcli.runtime.transports.keys import missing_key

_EXACT, _PLAIN = "exact", "plain"
"""How the model is asked: with a temperature of 0 and a seed, or as it wants to be, where it refuses these."""

_REFUSED = re.compile(r"bad_request\b.*\b(?:temperature|seed)\b", re.S)

LONGEST_REPLY = 4000
"""Tokens of one reply at most."""

_SLOWEST = 60.0
"""Seconds that one call may take."""


@dataclass
class Thinker:
    """Answers the agent's own questions; `__call__` is what the makers of missing operators take as well.

    `store` is the file of replies, `note` the file of what was used. `elsewhere` are US dollars of the same budget that
    samples have taken. `samples` says whether rows may be told at all.
    """

    model: str
    bounds: Bounds
    names: Names
    store: Path
    note: Path
    transport: Callable[[ModelSpec], Transport] = transport_for
    samples: bool = True
    elsewhere: float = 0.0
    stopped: str = ""
    _role: str = _EXACT
    _used: Usage = field(default_factory=Usage)
    _seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.note.is_file():
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            self._used, self._seconds, self._role = Usage(**noted["used"]), noted["seconds"], noted["asked"]

    @property
    def thought(self) -> Thought:
        """What was used so far."""
        used = self._used
        return Thought(
            self.model,
            used.calls,
            used.reused,
            used.tokens_in + used.tokens_out,
            None if used.unpriced else round(used.usd, 6),
            round(self._seconds, 2),
            self.stopped,
        )

    @property
    def spent(self) -> float:
        """US dollars used so far."""
        return self._used.usd

    def __call__(self, prompt: Prompt) -> Reply:
        """Return the reply to a prompt; BudgetReached at a bound, StepError where the model cannot be asked."""
        if self.stopped:
            raise BudgetReached(self.stopped)
        try:
            return self._asked(replace(prompt, messages=tuple(map(self._told, prompt.messages))))
        except EnvironmentLacks as error:
            self.stopped = first_line(error)
            raise StepError(self.stopped) from error
        except StepError as error:
            self.stopped = self.stopped or first_line(error)
            raise

    def _told(self, message: Message) -> Message:
        """Return a message as it may leave: without places of files, and not at all with a key in it."""
        content = self.names.hidden(message.content)
        if holds_key(content):
            raise StepError("what would be told to the model holds what looks like a key, so it was not asked")
        return replace(message, content=content)

    def _asked(self, prompt: Prompt) -> Reply:
        left = self.bounds.seconds - self._seconds
        if left <= 0:
            raise BudgetReached(f"the {self.bounds.seconds:g} seconds for planning are used up")
        plain = ModelSpec(model=self.model, max_tokens=LONGEST_REPLY, timeout=min(_SLOWEST, left), concurrency=1)
        specs = {_PLAIN: plain, _EXACT: plain.model_copy(update={"temperature": 0.0, "seed": 0})}
        budget, began = self._budget(plain), time.monotonic()
        with closing(Replies(self.store)) as replies:
            models = Models(specs, replies, budget=budget, spent=self._used, transport=self.transport)
            clock = threading.Timer(left, models.interrupt)
            clock.daemon = True
            clock.start()
            try:
                with models:
                    return self._answered(models, prompt)
            except Interrupted:
                raise BudgetReached(f"the {self.bounds.seconds:g} seconds for planning are used up") from None
            finally:
                clock.cancel()
                self._used = replace(models.usage, reused=self._used.reused)
                self._seconds += time.monotonic() - began
                self._write()

    def _answered(self, models: Models, prompt: Prompt) -> Reply:
        reply = models.ask(self._role, [prompt], self._reused)[0]
        if self._role == _EXACT and _REFUSED.match(reply.failed or ""):
            self._role = _PLAIN
            reply = models.ask(self._role, [prompt], self._reused)[0]
        return reply

    def _reused(self, usage: Usage) -> None:
        self._used.reused += usage.reused

    def _budget(self, spec: ModelSpec) -> Budget:
        """Return the bounds as a budget; of money only where a price is known."""
        usd = self.bounds.usd
        if usd is None or price_of(spec) is None:
            return Budget(calls=self.bounds.calls, tokens=self.bounds.tokens)
        if usd - self.elsewhere <= 0:
            raise BudgetReached(f"the budget of ${usd:g} is used up")
        return Budget(calls=self.bounds.calls, tokens=self.bounds.tokens, usd=usd - self.elsewhere)

    def _write(self) -> None:
        self.note.parent.mkdir(parents=True, exist_ok=True)
        noted = {"used": asdict(self._used), "seconds": self._seconds, "asked": self._role}
        replaced_in(self.note, json.dumps(noted))


def unable(model: str | None, transport: Callable[[ModelSpec], Transport]) -> str | None:
    """Return why no model plans: a sentence where one was named that cannot be asked, nothing where one can."""
    if model is None:
        return ""
    if transport is not transport_for:
        return None
    if model == ECHO:
        return ""
    if variable := missing_key(ModelSpec(model=model)):
        return f"rules alone planned: {model} needs a key, set {variable} in the environment"
    return None
