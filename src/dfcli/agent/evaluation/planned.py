"""The arm of the suite in which a model plans: its replies stand in the tasks, good ones and those that need mending.

A task of this arm is one that rules alone do not do, and that good replies do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dfcli.agent import nodes
from dfcli.agent.evaluation.runner import Result, Work, run_task
from dfcli.agent.evaluation.simulated import Simulated
from dfcli.agent.evaluation.tasks import Task
from dfcli.agent.session import Outcome, Request, work
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Transport
from dfcli.runtime.transports import Request as Call

SET = "planned"
"""The set of tasks of this arm."""

MODEL = "scripted/planner"
"""What the model is called in requests and recipes."""

KINDS: Mapping[str, str] = {
    "meanings": "Say each of these parts again",
    "plan": "You plan recipes",
    "edits": "You mend recipes",
}
"""What tells the kinds of questions apart: words of their system messages. All others are put by steps of recipes."""


class Scripted(Transport):
    """Answers the agent's questions with a task's replies in turn, the last one for ever, and rows by its rules."""

    def __init__(self, task: Task) -> None:
        self._rows = Simulated(task.model)
        self._replies = {str(kind): list(each) for kind, each in task.replies.items()}
        self.asked: list[str] = []

    def __call__(self, spec: ModelSpec) -> Transport:
        """Serve any model, so that it can be handed in where clients are made."""
        return self

    async def complete(self, request: Call) -> Completion:
        """Return the next reply of the question's kind; nothing of use where the task has none."""
        kind = kind_of(request)
        if kind is None:
            return await self._rows.complete(request)
        self.asked.append(kind)
        waiting = self._replies.get(kind) or [{}]
        return Completion(_text(waiting.pop(0) if len(waiting) > 1 else waiting[0]), "stop", 1000, 100)


def kind_of(request: Call) -> str | None:
    """Return the kind of a question of the agent's own, None for one that a step of a recipe puts."""
    said = "\n".join(each.content for each in request.messages)
    return next((kind for kind, words in KINDS.items() if words in said), None)


def planner(task: Task) -> Work:
    """Return an agent that has a task's scripted model to plan with."""

    def worked(request: Request, folder: Path) -> Outcome:
        asked = replace(request, model=MODEL)
        desk = nodes.desk(asked, folder, lambda card: "accept")
        return work(asked, folder, replace(desk, transport=Scripted(task)))

    return worked


def evaluate(tasks: Sequence[Task], folder: Path, *, twice: bool = False) -> Iterator[tuple[Result, Result]]:
    """Yield what came of each task by rules alone, and with its scripted model; `folder` is for files in passing."""
    for task in tasks:
        alone = run_task(task, work, folder / task.id / "rules")
        yield alone, run_task(task, planner(task), folder / task.id / "model", twice=twice)


def _text(reply: Any) -> str:
    return reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
