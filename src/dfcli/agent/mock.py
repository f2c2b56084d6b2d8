"""A recipe on the offline model: whether it runs from end to end, also when rows are odd and replies are bad.

What the offline model writes means nothing, so nothing here says that a recipe does what is wanted of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import polars as pl

from dfcli.agent.trial import Trial, attempt, first, moved
from dfcli.agent.verdict import Issue
from dfcli.ops.base import Whole
from dfcli.recipes.model import ModelSpec, Recipe
from dfcli.recipes.roles import overridden
from dfcli.runtime.engine import Options
from dfcli.runtime.events import RunDone
from dfcli.runtime.transports import ECHO, Completion, Request, Transport, TransportError
from dfcli.runtime.transports.echo import Echo


class Unreliable(Echo):
    """The offline model on a bad day: to some prompts, always the same ones, it answers with no JSON, or refuses."""

    async def complete(self, request: Request) -> Completion:
        said = "\0".join(each.content for each in request.messages)
        match blake2b(said.encode("utf-8", "replace"), digest_size=1).digest()[0] % 6:
            case 0:
                return Completion('{"answer": ', "stop")
            case 1:
                return Completion("", "stop")
            case 2:
                raise TransportError("content_filter", "refused, to see what comes of it")
        return await super().complete(request)


def mock(recipe: Recipe, rows: pl.DataFrame | None, scratch: Path, *, real: bool) -> tuple[Trial, list[Issue]]:
    """Return what comes of a recipe on the offline model, and what is wrong with that.

    `rows` are those to work on, None for what the recipe's source makes; `real` says that rows of the data are among
    them, so that it counts when none is left.
    """
    offline = replace(_offline(recipe), budget=None)
    steady = moved(offline, rows, scratch / "mock")
    trial = attempt(steady, Options(runs=scratch / "mock"))
    if issue := trial.stopped():
        return trial, [replace(issue, sentence=f"on the offline model {issue.sentence}")]
    issues = [*_lost(trial), *_columns(trial), *_nulls(trial), *(_none_left(trial) if real else ())]
    issues += _again(trial, attempt(steady, Options(runs=scratch / "mock")))
    if any(step.asks for step in recipe.flat()):
        issues += _shaken(moved(offline, rows, scratch / "faults"), scratch / "faults")
    return trial, issues


def _offline(recipe: Recipe) -> Recipe:
    return replace(recipe, models=overridden(recipe.models, dict.fromkeys(recipe.models, ECHO)))


def _lost(trial: Trial) -> Iterator[Issue]:
    """Yield the steps that do not account for all their rows."""
    for each in trial.reports:
        came = each.rows_in + each.expanded
        went = each.rows_out + sum(each.dropped.values()) + sum(each.failed.values())
        if came != went:
            yield Issue(
                "rows_lost",
                f"{each.label}: {came} rows came in or were made, and {went} are accounted for",
                _id(each.label),
            )


def _columns(trial: Trial) -> Iterator[Issue]:
    """Yield the columns that the output is to have and the result has not."""
    output = trial.recipe.output
    there = trial.rows().columns
    for name in (output.columns or ()) if output else ():
        if name not in there:
            yield Issue("missing_column", f"the result has no column {name!r}, which the output names", column=name)


def _nulls(trial: Trial) -> Iterator[Issue]:
    """Yield the columns that a model step leaves null in rows that did not fail."""
    for step in trial.recipe.flat():
        if not step.asks or step.when or step.loop or step.on_error == "keep":
            continue
        frame = trial.after(step)
        for name in step.operator.writes():
            if name in frame.columns and (number := frame[name].null_count()):
                rows = first(frame.filter(pl.col(name).is_null()), 2)
                sentence = f"{step.id}: {name} is null in {number} of {frame.height} rows that did not fail"
                yield Issue("null_output", sentence, step.id, name, rows=rows)


def _none_left(trial: Trial) -> Iterator[Issue]:
    """Yield the step that lets no row go on, where no made-up value of a model can be the reason."""
    excused = by_model(trial.recipe)
    for each in trial.reports:
        came = each.rows_in + each.expanded
        if each.label in excused and (each.dropped or each.failed):
            return
        if came and not each.rows_out:
            reason = next(iter({**each.dropped, **each.failed}), "")
            severity = "error" if any(step.asks for step in trial.recipe.flat()) else "warning"
            sentence = f"{each.label} lets none of the {came} rows tried go on: {reason}"
            yield Issue("no_rows", sentence, _id(each.label), severity=severity)  # type: ignore[arg-type]
            return


def by_model(recipe: Recipe) -> frozenset[str]:
    """Return the labels of the steps in which the fate of rows may depend on what a model wrote."""
    written: set[str] = set()
    vague = False
    found = set()
    for step in recipe.flat():
        reads = set(step.operator.reads())
        if not reads and isinstance(step.operator, Whole):
            reads = set(written)
        some = step.asks or vague or bool((reads | _named(step.when)) & written)
        if some or _named(step.keep, step.loop.until if step.loop else None) & written:
            found.add(step.label)
        if some:
            written |= set(step.operator.writes())
            vague = vague or step.operator.columns_vary
        elif step.when is None:
            written -= set(step.operator.writes())
    return frozenset(found)


def _named(*conditions: str | None) -> set[str]:
    """Return the columns that conditions name."""
    return {name for each in conditions if each for name in pl.sql_expr(each).meta.root_names()}


def _again(trial: Trial, again: Trial) -> Iterator[Issue]:
    """Yield what a second run did anew or otherwise, though nothing had changed."""
    if issue := again.stopped():
        yield replace(issue, code="not_repeatable", sentence=f"run again, {issue.sentence}")
        return
    for each in again.reports:
        if each.parts > each.parts_reused and each.rows_in:
            yield Issue("not_repeatable", f"{each.label} runs again, though nothing has changed", _id(each.label))
    if trial.done and again.done and not _same(trial.done, again.done):
        yield Issue("not_repeatable", "running it twice on the same rows gives two results")


def _same(one: RunDone, other: RunDone) -> bool:
    if one.parts != other.parts and [each.read_bytes() for each in one.parts] != [
        each.read_bytes() for each in other.parts
    ]:
        return False
    return one.rows == other.rows


def _shaken(recipe: Recipe, folder: Path) -> Iterator[Issue]:
    """Yield what goes wrong when some replies cannot be read, are empty, or are refused."""

    def transport(spec: ModelSpec) -> Transport:
        return Unreliable()

    trial = attempt(recipe, Options(runs=folder, transport=transport))
    strict = any(step.on_error == "fail" for step in recipe.flat())
    issue = trial.stopped()
    if issue is not None and not (strict and issue.code == "stopped"):
        yield replace(issue, sentence=f"when a model gives bad replies {issue.sentence}")
    yield from _lost(trial)


def _id(label: str) -> str:
    """Return a step's id from its label, which names the round of a loop too."""
    return label.partition("#")[0]
