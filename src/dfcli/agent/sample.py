"""A recipe on real rows with its real models: what the gates say of it, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from dfcli.agent.asked import Asked
from dfcli.agent.flows import flows, held
from dfcli.agent.gates import gates
from dfcli.agent.trial import Trial, attempt, moved
from dfcli.agent.verdict import Held, Issue
from dfcli.agent.written import written
from dfcli.recipes.model import Budget, ModelSpec, Recipe
from dfcli.runtime.engine import Options
from dfcli.runtime.prices import price_of
from dfcli.runtime.transports import ECHO, Transport, transport_for
from dfcli.runtime.world import keys_missing

FREE_ROWS = 2000
"""Rows of a sample that asks no model."""

_CALLS = 8
"""Calls per row and asking step that a sample may make where nobody knows what one costs."""


@dataclass(frozen=True)
class Sampling:
    """How a recipe is tried on real rows.

    `rows` are the rows that models are asked about, `usd` what they may cost (all samples in one scratch folder
    together). `runs` is the folder of runs whose store of replies is used, so that the real run asks nothing again;
    nothing else is written there. `transport` makes the client of a model: tests hand in their own.
    """

    rows: int = 20
    usd: float | None = None
    runs: Path | None = None
    transport: Callable[[ModelSpec], Transport] = transport_for


@dataclass(frozen=True)
class Rows:
    """Rows of a recipe's data: `whole` when they are all there are, `source` when the recipe itself makes them."""

    frame: pl.DataFrame
    whole: bool
    source: bool = False

    @property
    def given(self) -> pl.DataFrame | None:
        """What to put in the place of the recipe's input, None to let its source make them all."""
        return None if self.source and self.whole else self.frame


@dataclass(frozen=True)
class Sampled:
    """What a sample run found."""

    trial: Trial
    issues: tuple[Issue, ...]
    checks: tuple[Held, ...] = ()


def hindrance(recipe: Recipe, sampling: Sampling) -> Issue | None:
    """Return why the recipe's models cannot be asked here, None when they can, or when there are none."""
    specs = {step.model: recipe.models[step.model] for step in recipe.flat() if step.asks}
    if sampling.transport is not transport_for:
        return None
    if missing := keys_missing(recipe):
        return Issue("missing_key", f"not tried with its models: {'; '.join(missing)}", severity="warning")
    offline = sorted(role for role, spec in specs.items() if spec.model == ECHO)
    if offline:
        sentence = f"not tried with a real model: {ECHO} serves {', '.join(offline)}, and its answers mean nothing"
        return Issue("offline_model", sentence, severity="warning")
    return None


def sample(recipe: Recipe, rows: Rows, scratch: Path, sampling: Sampling, asked: Asked) -> Sampled:
    """Return what comes of a recipe on rows of its data."""
    bounded, warnings = _bounded(recipe, rows.frame.height, sampling)
    folder = scratch / "sample"
    replies = sampling.runs / "replies.sqlite" if sampling.runs and _asks(recipe) else None
    options = Options(runs=folder, replies=replies, transport=sampling.transport)
    trial = attempt(moved(bounded, rows.given, folder), options)
    if issue := trial.stopped():
        return Sampled(trial, (*warnings, replace(issue, sentence=f"on real rows {issue.sentence}")))
    said = [*flows(trial, rows.frame.height, asked), *gates(written(trial, rows.frame), asked)]
    once = {(each.code, each.step, each.column): each for each in said}
    return Sampled(trial, (*warnings, *once.values()), held(trial, whole=rows.whole))


def _asks(recipe: Recipe) -> bool:
    return any(step.asks for step in recipe.flat())


def _bounded(recipe: Recipe, rows: int, sampling: Sampling) -> tuple[Recipe, list[Issue]]:
    """Return the recipe with the sample's budget, and what is to be known of it: in calls where no price is known."""
    alone = {role: spec.model_copy(update={"batch": False}) for role, spec in recipe.models.items()}
    recipe = replace(recipe, models=alone, budget=None)
    asking = [step for step in recipe.flat() if step.asks]
    if not asking or sampling.usd is None:
        return recipe, []
    unpriced = sorted({spec.model for step in asking if price_of(spec := recipe.models[step.model]) is None})
    if not unpriced:
        return replace(recipe, budget=Budget(usd=sampling.usd)), []
    calls = _CALLS * max(rows, 1) * len(asking)
    sentence = f"nobody knows the price of {', '.join(unpriced)}: the sample is bounded to {calls} calls instead"
    return replace(recipe, budget=Budget(calls=calls)), [Issue("unpriced", sentence, severity="warning")]
