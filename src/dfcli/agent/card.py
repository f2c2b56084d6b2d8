"""The plan card: what each step of a recipe does and why, how many rows go through it, and what a run would cost."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfcli.agent.outline import Entry, outline
from dfcli.agent.spans import EditError, compose, lead, line_start, spots, start
from dfcli.agent.verdict import Verdict
from dfcli.agent.verify import FILE
from dfcli.errors import DfcliError
from dfcli.ops.registry import installed

if TYPE_CHECKING:
    from dfcli.runtime.estimate import Estimate

LARGE = 20_000
"""Rows that an estimate looks at, at most; of larger data it is one of their beginning."""


@dataclass(frozen=True)
class PlannedStep:
    """A step as it is shown: what its operator does, the reason that stands above it in the recipe, its options.

    `rows_in` and `rows_out` are those of the verdict's last run; `expected` is about how many rows of the whole data
    leave it, None where the sample was all of them, or tells nothing.
    """

    id: str
    op: str
    does: str = ""
    why: str = ""
    options: Mapping[str, Any] | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    expected: int | None = None


def planned_steps(text: str, verdict: Verdict, rows: int | None = None) -> tuple[PlannedStep, ...]:
    """Return the steps of a recipe's text, those of loops too; `rows` is how many rows the whole data have."""
    found = outline(text)
    if found is None:
        return ()
    why = dict(_reasons(text))
    steps = [
        _with_flow(PlannedStep(each.id, each.op, _does(each), why.get(each.id, ""), each.keys), verdict)
        for each in found.steps
    ]
    if rows is None or verdict.level != "sample" or not 0 < verdict.rows_in < rows:
        return tuple(steps)
    return tuple(_expected(steps, rows))


def estimated(text: str, home: Path, runs: Path) -> tuple[Estimate, bool] | None:
    """Return what a run would take from models, and whether that is for all rows; None where it asks none.

    No model is asked. None also where the recipe cannot be run as far as that.
    """
    from dfcli.recipes.load import read
    from dfcli.runtime.engine import Options
    from dfcli.runtime.estimate import estimate
    from dfcli.runtime.world import Here

    try:
        recipe = read(text, home / FILE, world=Here())
        if not any(step.asks for step in recipe.flat()):
            return None
        if recipe.input is not None:
            recipe = replace(recipe, input=recipe.input.model_copy(update={"limit": recipe.input.limit or LARGE}))
        found = estimate(recipe, Options(runs=runs))
    except DfcliError:
        return None
    return found, found.rows < LARGE


def _reasons(text: str) -> Iterator[tuple[str, str]]:
    """Yield the comment above each step, by the step's id."""
    try:
        root = compose(text)
    except EditError:
        return
    for spot in spots(root, text):
        at = start(spot.node)
        lines = text[lead(text, at) : line_start(text, at)].splitlines()
        yield spot.id, " ".join(line.strip().lstrip("# ") for line in lines)


def _does(step: Entry) -> str:
    """Return the sentence that a step's operator is documented with, what a loop or another recipe is instead."""
    if step.op == "repeat":
        return f"Repeats the steps below until {step.keys['until']}." if "until" in step.keys else "Repeats steps."
    if step.op == "recipe":
        return "The steps of another recipe."
    cls = installed().operators().get(step.op)
    return (inspect.getdoc(cls) or "").partition("\n")[0] if cls else ""


def _with_flow(step: PlannedStep, verdict: Verdict) -> PlannedStep:
    rounds = [each for each in verdict.flow if each.step.partition("#")[0] == step.id]
    return replace(step, rows_in=rounds[0].rows_in, rows_out=rounds[-1].rows_out) if rounds else step


def _expected(steps: list[PlannedStep], rows: int) -> Iterator[PlannedStep]:
    """Yield the steps with the rows expected after each: as many of them as of the sample, or the number it keeps."""
    left = float(rows)
    for each in steps:
        if each.rows_in and each.rows_out is not None:
            left *= each.rows_out / each.rows_in
        number = (each.options or {}).get("n")
        if isinstance(number, int) and not isinstance(number, bool):
            left = min(left, number)
        yield replace(each, expected=round(left))
