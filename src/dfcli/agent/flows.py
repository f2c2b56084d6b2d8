"""The gates of a sample run that look at the rows' way through the steps, and at the recipe's own checks."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from dfcli.agent.asked import Asked
from dfcli.agent.trial import ROW, Trial, cut, first
from dfcli.agent.verdict import Held, Issue
from dfcli.ops.base import Filter, Source, Whole
from dfcli.recipes.model import Check, Recipe
from dfcli.runtime.checkpoint import folder_name
from dfcli.runtime.left import left
from dfcli.runtime.report import FATES

VALID = 0.9
FEWEST_KEPT, MOST_KEPT = 0.02, 0.98
EXECUTED = 0.9
_ERROR = "sql_error"


def flows(trial: Trial, given: int, asked: Asked) -> Iterator[Issue]:
    """Yield the gates that the rows' way does not pass; `given` is the number of rows that the trial began with."""
    yield from _valid(trial)
    rows = trial.rows()
    yield from _kept(trial, rows, given, asked)
    yield from _executes(trial, rows)


def held(trial: Trial, *, whole: bool) -> tuple[Held, ...]:
    """Return what became of the recipe's checks; of a part of the rows some can only be told to be broken."""
    assert trial.done is not None
    checks = trial.done.checks
    return tuple(_held(each, checks[str(each)], trial.found[str(each)], whole) for each in trial.recipe.checks)


def unmeasured(recipe: Recipe) -> tuple[Held, ...]:
    """Return the recipe's checks as they stand before a sample."""
    return tuple(Held(str(each), None) for each in recipe.checks)


def _held(check: Check, passed: bool, found: str, whole: bool) -> Held:
    if whole:
        return Held(str(check), passed, found)
    if check.subject == "rows":
        return Held(str(check), None, f"{found} of a sample")
    if check.phrase == "unique" and passed:
        return Held(str(check), None, "no repeated value in a sample")
    return Held(str(check), passed, found)


def _valid(trial: Trial) -> Iterator[Issue]:
    """Yield the steps in which more than a tenth of the rows fail."""
    shown = {each.step: each.first for each in left(trial.folder, "failed", 2)}
    for report in trial.reports:
        failed = sum(report.failed.values())
        if failed <= (1 - VALID) * (report.rows_in + report.expanded):
            continue
        reason = max(report.failed, key=lambda each: report.failed[each])
        sentence = f"{report.label}: {failed} of {report.rows_in} rows fail, most of them with {reason}"
        rows = first(shown.get(folder_name(report.number, report.label), pl.DataFrame()), 2)
        yield Issue("failed_rows", sentence, report.label.partition("#")[0], rows=rows)


def _kept(trial: Trial, rows: pl.DataFrame, given: int, asked: Asked) -> Iterator[Issue]:
    """Yield that next to no row of the input is left, or that nothing is dropped where something should be."""
    if not given or asked.any_share:
        return
    kept = rows[ROW].str.extract_all(r"(?:^|\+)[^.+]+").explode().n_unique() if rows.height else 0
    if not kept or kept < FEWEST_KEPT * (given - _by_number(trial)):
        worst = max(trial.reports, key=lambda each: sum(each.dropped.values()) + sum(each.failed.values()))
        reason = next(iter({**worst.dropped, **worst.failed}), "")
        gone = sum(worst.dropped.values()) + sum(worst.failed.values())
        sentence = f"{kept} of {given} rows are kept; {worst.label} lets {gone} go: {reason}"
        yield Issue("drops_all", sentence, worst.label.partition("#")[0], rows=_gone(trial))
    elif kept > MOST_KEPT * given and _may_drop(trial.recipe):
        sentence = f"{kept} of {given} rows are kept, though steps are there to drop some"
        yield Issue("drops_none", sentence, severity="warning")


def _by_number(trial: Trial) -> int:
    """Return how many rows went because a step keeps a number of rows that the recipe names."""
    steps = {step.label: step.operator for step in trial.recipe.flat() if isinstance(step.operator, Whole)}
    numbered = {label for label, each in steps.items() if getattr(each, "n", None) is not None}
    return sum(sum(each.dropped.values()) for each in trial.reports if each.label in numbered)


def _may_drop(recipe: Recipe) -> bool:
    steps = [step for step in recipe.flat() if not isinstance(step.operator, Source)]
    return any(step.keep or isinstance(step.operator, Filter) or step.operator.effect() == "fewer" for step in steps)


def _gone(trial: Trial) -> tuple[dict[str, object], ...]:
    """Return the first rows that were dropped, or that failed where none was."""
    found = [each.first for fate in FATES for each in left(trial.folder, fate, 2)]
    return tuple(map(cut, found[0].to_dicts())) if found else ()


def _executes(trial: Trial, rows: pl.DataFrame) -> Iterator[Issue]:
    """Yield that SQL in the result does not run, as far as a step has run it."""
    steps = {name: step.id for step in trial.recipe.flat() for name in step.operator.writes() if name.endswith(_ERROR)}
    for name, step in steps.items():
        if name not in rows.columns or not rows.height:
            continue
        broken = rows.filter(pl.col(name).is_not_null())
        if broken.height > (1 - EXECUTED) * rows.height:
            sentence = f"{step}: {broken.height} of {rows.height} queries of the result do not run ({name})"
            yield Issue("sql_fails", sentence, step, name, rows=first(broken, 2))
