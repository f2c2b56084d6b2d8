"""A model that plans by a script: its replies to each kind of question in turn, the last one for ever."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dfcli.agent import nodes, session
from dfcli.agent.evaluation.planned import kind_of
from dfcli.agent.review import Card
from dfcli.agent.session import Outcome, Request
from dfcli.agent.synthesis.model import Missing
from dfcli.agent.synthesis.model import Outcome as Made
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Transport, TransportError
from dfcli.runtime.transports import Request as Asked

CTRL_C = object()
"""A reply during which Ctrl-C is pressed."""


class Planner(Transport):
    """Answers as it is told for each kind, and `rows` for what recipes ask; it keeps all that it was sent."""

    def __init__(self, rows: Callable[[str], str] = lambda text: "fine", **replies: Any) -> None:
        self.rows = rows
        self.replies = {kind: list(each) if isinstance(each, list) else [each] for kind, each in replies.items()}
        self.sent: list[tuple[str, str]] = []
        self.specs: list[ModelSpec] = []

    def __call__(self, spec: ModelSpec) -> Transport:
        return self

    async def complete(self, request: Asked) -> Completion:
        said = "\n".join(each.content for each in request.messages)
        kind = kind_of(request) or "rows"
        self.sent.append((kind, said))
        self.specs.append(request.spec)
        if kind == "rows":
            return Completion(self.rows(said), "stop", 10, 5)
        waiting = self.replies.get(kind) or [{}]
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(found, TransportError):
            raise found
        if found is CTRL_C:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            await asyncio.sleep(60)
        return Completion(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False), "stop", 900, 100)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the agent's own questions, in order."""
        return [kind for kind, _ in self.sent if kind != "rows"]

    def sent_as(self, kind: str) -> str:
        """Return the first question of a kind."""
        return next(said for each, said in self.sent if each == kind)

    @property
    def told(self) -> str:
        """All that the agent's own questions said."""
        return "\n".join(said for kind, said in self.sent if kind != "rows")


@dataclass
class Session:
    """One session with a scripted model: what came of it, the cards that were shown, and the recipe's steps."""

    outcome: Outcome
    cards: list[Card] = field(default_factory=list)

    @property
    def steps(self) -> list[Any]:
        """The steps of the recipe, as they stand there."""
        from ruamel.yaml import YAML

        return list(YAML(typ="safe", pure=True).load(self.outcome.recipe or "steps: []")["steps"])

    @property
    def unread(self) -> tuple[str, ...]:
        """What was not understood, without the reasons why nothing was made for it."""
        return tuple(each.partition(" (no step: ")[0] for each in self.outcome.unread)

    @property
    def ops(self) -> list[str]:
        """The operators of the recipe."""
        return [each if isinstance(each, str) else each["op"] for each in self.steps]


def plan(*steps: dict[str, Any]) -> dict[str, Any]:
    """Return the reply that plans some steps."""
    return {"steps": [{"options": {}, "keep": None, "why": "as asked", "parts": []} | each for each in steps]}


def means(*words: str | None) -> dict[str, Any]:
    """Return the reply that says what the parts of a request mean."""
    return {"parts": [{"part": number, "means": each} for number, each in enumerate(words, 1)]}


def nothing(missing: Missing) -> Made:
    """Make nothing."""
    return Made("refused", "nothing was proposed")


def work(
    folder: Path,
    text: str,
    planner: Planner,
    data: str = "notes.jsonl",
    watch: Callable[[str], None] = lambda node: None,
    **request: Any,
) -> Session:
    """Return what becomes of a request with a scripted model, which makes nothing that is missing."""
    cards: list[Card] = []

    def review(card: Card) -> str:
        cards.append(card)
        return "accept"

    asked = Request(text, (data,) if data else (), **{"model": "openai/some-model", **request})
    desk = replace(nodes.desk(asked, folder, review), transport=planner, watch=watch, make=nothing)
    return Session(session.work(asked, folder, desk), cards)
