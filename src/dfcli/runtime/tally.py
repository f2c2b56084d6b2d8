"""What a run has done so far: counts by step, and the keys of the parts after each stage. Shared by all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from dfcli.recipes.model import Recipe, Step
from dfcli.runtime.checkpoint import chain
from dfcli.runtime.events import ModelUsage, StepReport, Usage
from dfcli.runtime.plan import Planned
from dfcli.runtime.rundir import Manifest, StageKeys


class Tally:
    """Counts of one run; `before` is the manifest whose first steps a `--resume` builds on."""

    def __init__(self, recipe: Recipe, planned: Iterable[Planned], before: Manifest | None, spent: Usage) -> None:
        self._lock = threading.Lock()
        self._recipe = recipe
        self._planned = {each.step.label: each for each in planned}
        self._steps = {step.label: step for step in recipe.flat()}
        self._before = before
        self._kept = {} if before is None else {each["label"]: each for each in before.steps}
        old = {} if before is None else {each.label: each for each in before.reports}
        self._reports = {label: self._empty(step, old.get(label)) for label, step in self._steps.items()}
        self._stages: dict[str, dict[int, str]] = {}
        self._complete: set[str] = set()
        self._left: dict[str, None] = {}
        self._spent = spent
        self._started = time.monotonic()

    def reports(self) -> tuple[StepReport, ...]:
        """Return the reports as they stand, in order."""
        with self._lock:
            return tuple(deepcopy(each) for each in self._reports.values())

    def report(self, planned: Planned) -> StepReport:
        """Return one step's report as it stands."""
        with self._lock:
            return deepcopy(self._reports[planned.step.label])

    def expect(self, rows: int) -> None:
        """Say how many rows come in, for the time left."""
        with self._lock:
            for each in self._reports.values():
                each.rows_total = rows

    def usage(self, planned: Planned, own: Usage) -> Callable[[Usage], None]:
        """Return what counts a step's model calls, here and in the part's own count."""

        def count(usage: Usage) -> None:
            with self._lock:
                own.add(usage)
                self._reports[planned.step.label].usage.add(usage)

        return count

    def add(self, report: StepReport, *, reused: bool) -> None:
        """Add what a step did to one part; its usage was counted as it arose."""
        with self._lock:
            total = self._reports.get(report.label)
            if total is None:
                return
            for name in ("rows_in", "expanded", "rows_out", "parts"):
                setattr(total, name, getattr(total, name) + getattr(report, name))
            for fate in ("dropped", "failed"):
                _add_counts(getattr(total, fate), getattr(report, fate))
            total.parts_reused += report.parts if reused else 0
            total.seconds += 0.0 if reused else report.seconds

    def models(self) -> tuple[ModelUsage, ...]:
        """Return what the models took that this run used, by role, in the order of the steps."""
        with self._lock:
            found: dict[str, Usage] = {}
            for step in self._steps.values():
                if (usage := self._reports[step.label].usage) != Usage():
                    found.setdefault(step.model, Usage()).add(usage)
        return tuple(ModelUsage(role, self._recipe.models[role].model, usage) for role, usage in found.items())

    def stage(self, step: Step, number: int, key: str, left: Iterable[str]) -> None:
        """Remember the key of a part after a stage, and the files of the rows that left in it."""
        with self._lock:
            self._stages.setdefault(step.label, {})[number] = key
            self._left |= dict.fromkeys(left)

    def complete(self, label: str) -> None:
        """Say that a step has seen all its rows."""
        with self._lock:
            self._complete.add(label)

    def left(self) -> list[str]:
        """Return the files of the rows that left."""
        return sorted(self._left)

    def manifest(self, status: str, more: Mapping[str, Any]) -> Manifest:
        """Return what this run has done, for its folder."""
        spent = deepcopy(self._spent)
        for each in self.reports():
            spent.add(each.usage)
        return Manifest(
            recipe=self._recipe.name,
            status=status,
            steps=tuple(self._described(step) for step in self._steps.values()),
            stages=(*self._earlier_stages(), *self._own_stages()),
            reports=self.reports(),
            models=self.models(),
            spent=spent,
            seconds=round(time.monotonic() - self._started, 3),
            version=version("dfcli"),
            **more,
        )

    def _empty(self, step: Step, old: StepReport | None) -> StepReport:
        if step.label in self._planned or old is None:
            return StepReport(step.number, step.label, step.operator.op(), asks=step.asks)
        return replace(old, parts_reused=old.parts, seconds=0.0, usage=Usage())

    def _described(self, step: Step) -> Mapping[str, Any]:
        planned = self._planned.get(step.label)
        if planned is None:
            return self._kept.get(step.label) or _description(step, ())
        return _description(step, planned.identity)

    def _own_stages(self) -> list[StageKeys]:
        with self._lock:
            return [
                StageKeys(label, tuple(keys[n] for n in sorted(keys)), label in self._complete)
                for label, keys in self._stages.items()
            ]

    def _earlier_stages(self) -> list[StageKeys]:
        stages = self._before.stages if self._before else ()
        return [each for each in stages if each.label not in self._stages and each.label not in self._planned]


def _description(step: Step, identity: tuple[Any, ...]) -> Mapping[str, Any]:
    return {
        "number": step.number,
        "id": step.id,
        "label": step.label,
        "op": step.operator.op(),
        "options": step.operator.model_dump(mode="json"),
        "when": step.when,
        "keep": step.keep,
        "model": step.model,
        "on_error": step.on_error,
        "identity": chain("step", identity),
    }


def _add_counts(total: dict[str, int], more: Mapping[str, int]) -> None:
    for reason, count in more.items():
        total[reason] = total.get(reason, 0) + count
