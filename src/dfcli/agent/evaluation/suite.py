"""The whole suite, or a part of it, against an agent."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dfcli.agent.evaluation.edits import Edit, EditCase, load_edits, run_edit
from dfcli.agent.evaluation.runner import Result, Work, run_task
from dfcli.agent.evaluation.tasks import Task, load_set
from dfcli.errors import UsageError, did_you_mean


@dataclass(frozen=True)
class Part:
    """A part of the suite: those of a family, a level and an id; each None for all. The family `edit` has the edits."""

    set: str = "core"
    family: str | None = None
    level: str | None = None
    task: str | None = None

    def tasks(self) -> list[Task]:
        """Return its tasks; UsageError where there is no such task."""
        return [each for each in load_set(self.set) if self._has(each.family, each.level, each.id)]

    def edits(self) -> list[EditCase]:
        """Return its edit cases, which belong to the set `core`."""
        return [each for each in load_edits() if self.set == "core" and self._has("edit", each.level, each.id)]

    def _has(self, family: str, level: str, name: str) -> bool:
        return self.family in (None, family) and self.level in (None, level) and self.task in (None, name)


def evaluate(part: Part, work: Work, edit: Edit | None = None, *, twice: bool = False) -> Iterator[Result]:
    """Yield the result of each task of a part, in order; with `twice` each request is given again and compared.

    UsageError where the part has no task.
    """
    tasks, edits = part.tasks(), part.edits() if edit is not None else []
    if not tasks and not edits:
        known = [each.id for each in load_set(part.set)]
        raise UsageError(f"no task is like that{did_you_mean(part.task, known) if part.task else ''}")
    everything = load_set(part.set)
    for task in tasks:
        with tempfile.TemporaryDirectory() as folder:
            yield run_task(task, work, Path(folder), others=everything, twice=twice)
    for case in edits:
        assert edit is not None
        with tempfile.TemporaryDirectory() as folder:
            yield run_edit(case, edit, Path(folder))
