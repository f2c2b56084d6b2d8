"""Running a recipe on a few rows in a folder that is gone afterwards: for `dfcli preview` and `dfcli ops run`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from dfcli import api
from dfcli.commands._progress import follow
from dfcli.errors import Problem, RecipeError, UsageError
from dfcli.ops.base import HIDDEN, ROW_ID, Operator, Source
from dfcli.recipes.model import Recipe
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import RunDone
from dfcli.runtime.left import ROW, Left, left


@dataclass(frozen=True)
class Once:
    """What one run in passing gave: its rows with their ids, and the first of those that left."""

    done: RunDone
    rows: pl.DataFrame
    dropped: tuple[Left, ...]
    failed: tuple[Left, ...]


def once(recipe: Recipe, console: Console, shown: int) -> Once:
    """Run a recipe, keeping nothing but its output; show how far it is in a terminal only.

    Nobody wants to wait a day for a few rows, so models are asked in no batches.
    """
    alone = {role: spec.model_copy(update={"batch": False}) for role, spec in recipe.models.items()}
    recipe = replace(recipe, models=alone)
    with tempfile.TemporaryDirectory(prefix="dfcli-") as folder:
        done = follow(run(recipe, Options(runs=Path(folder))), console)
        rows = pl.scan_parquet(list(done.parts)).select(pl.col(ROW_ID).alias(ROW), pl.all().exclude(HIDDEN, ROW))
        dropped, failed = (tuple(left(done.folder, fate, shown)) for fate in ("dropped", "failed"))
        return Once(done, rows.collect(), dropped, failed)


def of_step(cls: type[Operator], given: str | None, sets: Mapping[str, str], **keys: Any) -> Recipe:
    """Return a recipe of one step; `keys` are the recipe's and, as `keep`, the step's that are not None.

    UsageError when a file is missing, RecipeError says which option or column does not fit.
    """
    if given is None and not issubclass(cls, Source):
        raise UsageError(f"{cls.op()} works on rows: name a data file after it")
    step = {"op": cls.op(), **{name: _value(cls, name, text) for name, text in sets.items()}, "keep": keys.pop("keep")}
    data = {"name": cls.op(), "input": given, **keys, "steps": [_given(step)]}
    try:
        return api.recipe(_given(data))
    except RecipeError as error:
        raise RecipeError([_of_operator(each, cls.op()) for each in error.problems]) from None


def _of_operator(problem: Problem, name: str) -> Problem:
    """Return a problem of a step as one of its operator: nobody has seen the recipe that it stands in."""
    if not problem.file.startswith("steps[0]"):
        return problem
    return replace(problem, file=name, sentence=problem.sentence.removeprefix(f"{name}: "))


def _given(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in (None, {})}


def _value(cls: type[Operator], name: str, text: str) -> Any:
    """Return an option's value as a recipe would hold it: text where the option is text, else what YAML reads."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    info = cls.model_fields.get(name)
    if info is None or info.annotation is str:
        return text
    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        return text
