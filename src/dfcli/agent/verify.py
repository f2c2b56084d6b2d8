"""The verification ladder: static, on the offline model, on real rows; a verdict never claims more than was measured.

Nothing is written outside the scratch folder, but for the replies of models that a sample has paid for.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from dfcli.agent.asked import Asked
from dfcli.agent.flows import unmeasured
from dfcli.agent.mock import mock
from dfcli.agent.pairing import pairs
from dfcli.agent.placeholders import made_up, with_odd
from dfcli.agent.sample import FREE_ROWS, Rows, Sampling, hindrance, sample
from dfcli.agent.trial import ROW, Trial, first
from dfcli.agent.verdict import Issue, Level, Verdict
from dfcli.errors import DfcliError, Problem, RecipeError
from dfcli.recipes.load import read
from dfcli.recipes.model import Recipe
from dfcli.runtime import frames
from dfcli.runtime.few import first_rows
from dfcli.runtime.inputs import BadLines
from dfcli.runtime.spread import draw, evenly, fitted
from dfcli.runtime.world import Here

FILE = "recipe.yaml"
"""What problems call a recipe that is only a text so far."""

_MOCK_ROWS = 12
"""Real rows that the offline model is tried on, besides the odd ones."""

_SHOWN = 3

SAMPLING, ASKED = Sampling(), Asked()
"""How a recipe is tried, and what a request says, where nobody says otherwise."""


def verify(
    text: str,
    folder: Path,
    scratch: Path,
    *,
    upto: Level = "sample",
    sampling: Sampling = SAMPLING,
    asked: Asked = ASKED,
) -> Verdict:
    """Return the level that a recipe reaches, at most `upto`, and what stands in the way of the next.

    `text` is read as if it stood in a file in `folder`. `scratch` is for files in passing: kept between two calls, it
    spares what has not changed. Interrupted on Ctrl-C.
    """
    began = time.monotonic()
    verdict = _verified(text, folder, scratch, upto, sampling, asked)
    return replace(verdict, seconds=time.monotonic() - began)


def issue_of(problem: Problem) -> Issue:
    """Return what the check found as an issue."""
    return Issue(problem.code, problem.sentence, problem.step, problem.column, option=problem.option)


def _verified(text: str, folder: Path, scratch: Path, upto: Level, sampling: Sampling, asked: Asked) -> Verdict:
    if upto == "draft":
        return Verdict("draft")
    try:
        recipe = read(text, folder / FILE, world=Here())
    except RecipeError as error:
        return Verdict("draft", tuple(map(issue_of, error.problems)))
    static = Verdict("static", checks=unmeasured(recipe))
    if upto == "static":
        return static
    asks = any(step.asks for step in recipe.flat())
    try:
        rows = _drawn(recipe, sampling.rows if asks else FREE_ROWS)
    except DfcliError as error:
        return replace(static, issues=(Issue("input_unreadable", f"input: {error}", option="input"),))
    tried = _mocked(static, recipe, rows, scratch)
    if tried.level != "mock" or upto == "mock":
        return tried
    if rows.frame.is_empty() and not (rows.source and rows.whole):
        return _with(
            tried, Issue("no_data", "the input has no rows, so nothing was tried on real ones", severity="warning")
        )
    if asks and (reason := hindrance(recipe, sampling)):
        return _with(tried, reason)
    return _sampled(tried, recipe, rows, scratch, sampling, asked)


def _with(verdict: Verdict, issue: Issue) -> Verdict:
    return replace(verdict, issues=(*verdict.issues, issue))


def _drawn(recipe: Recipe, number: int) -> Rows:
    """Return rows spread over the recipe's input, or the first that its source makes."""
    if recipe.input is None:
        frame = first_rows(recipe, number + 1)
        return Rows(frame.head(number), frame.height <= number, source=True)
    bad = BadLines(recipe.input)
    drawn = draw(recipe.input, recipe.folder, number, bad)
    bad.fail()
    return Rows(fitted(drawn.frame, frames.schema(recipe.input, recipe.folder)), drawn.all, source=False)


def _mocked(static: Verdict, recipe: Recipe, rows: Rows, scratch: Path) -> Verdict:
    """Return the verdict after the offline model: the level `mock`, or what keeps the recipe from it."""
    real = evenly(rows.frame, _MOCK_ROWS)
    usual = real if real.height else made_up(real.schema)
    given = with_odd(usual) if usual.columns else usual
    trial, issues = mock(recipe, given, scratch, real=bool(real.height))
    left = trial.rows()
    shown = first(left.drop(ROW, strict=False), _SHOWN)
    found = replace(_seen(static, trial, given, left), issues=tuple(issues), after=shown)
    return replace(found, level="static" if found.errors else "mock")


def _sampled(tried: Verdict, recipe: Recipe, rows: Rows, scratch: Path, sampling: Sampling, asked: Asked) -> Verdict:
    """Return the verdict after real rows: the level `sample`, or what keeps the recipe from it."""
    found = sample(recipe, rows, scratch, sampling, asked)
    usage = found.trial.usage
    left = found.trial.rows()
    before, after = pairs(rows.frame, left, _SHOWN)
    verdict = replace(
        _seen(tried, found.trial, rows.frame, left),
        issues=(*(each for each in tried.issues if each.code != "no_rows"), *found.issues),
        checks=found.checks or tried.checks,
        before=before,
        after=after,
        calls=usage.calls,
        tokens=usage.tokens_in + usage.tokens_out,
        usd=None if usage.unpriced else usage.usd,
    )
    return replace(verdict, level="mock" if verdict.errors else "sample")


def _seen(verdict: Verdict, trial: Trial, given: pl.DataFrame, left: pl.DataFrame) -> Verdict:
    """Return a verdict with what a trial did to the rows that were given."""
    return replace(verdict, flow=trial.flow, rows_in=given.height, rows_out=left.height)
