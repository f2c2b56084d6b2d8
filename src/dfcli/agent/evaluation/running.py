"""The finished recipe, run as a user would run it, with the simulated model in the place of each model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dfcli.agent.evaluation.judging import read_rows
from dfcli.agent.evaluation.simulated import simulated
from dfcli.agent.evaluation.tasks import Rule
from dfcli.errors import DfcliError
from dfcli.recipes.load import load
from dfcli.recipes.model import ModelSpec, Recipe
from dfcli.runtime.engine import Options
from dfcli.runtime.transports import ECHO
from dfcli.runtime.world import Here

if TYPE_CHECKING:
    import polars as pl


def rows_of(recipe: Recipe, rules: Sequence[Rule], runs: Path) -> pl.DataFrame:
    """Run a recipe in the present folder and return the rows it wrote; DfcliError says why it stopped."""
    from dfcli.api import Run

    run = Run(with_offline_models(recipe), Options(runs=runs, fresh=True, threads=2, transport=simulated(rules)))
    frame = run.frame()
    if recipe.output is None:
        return frame
    written = read_rows(recipe.output.path, Path())
    return written if written.width else frame.clear()


def static(path: Path) -> Recipe | list[str]:
    """Return the recipe of a file, or what is wrong with it."""
    try:
        return load(path, world=Here(), environ={})
    except DfcliError as error:
        return str(error).splitlines()


def with_offline_models(recipe: Recipe) -> Recipe:
    """Return a recipe whose models cost nothing and need no key; how they are asked stays as it is."""
    models = {role: ModelSpec(model=ECHO, temperature=spec.temperature) for role, spec in recipe.models.items()}
    return replace(recipe, models=models)
