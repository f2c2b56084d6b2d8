"""A few rows of what a recipe works on, and the recipe on those alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from dfcli.ops.base import Source
from dfcli.recipes.model import Input, Recipe, Step
from dfcli.runtime import frames
from dfcli.runtime.context import CheckContext
from dfcli.runtime.inputs import BadLines


def first_rows(recipe: Recipe, number: int) -> pl.DataFrame:
    """Return the first rows that a recipe has: of its input, or of what its source makes."""
    if recipe.input is not None:
        given = recipe.input.model_copy(update={"limit": number})
        bad = BadLines(given)
        found = list(frames.batches(given, recipe.folder, number, bad))
        bad.fail()
        return pl.concat(found) if found else pl.DataFrame(schema=frames.schema(given, recipe.folder))
    source = recipe.steps[0]
    assert isinstance(source, Step)
    assert isinstance(source.operator, Source)
    with CheckContext(recipe, source) as ctx:
        rows = pl.DataFrame(schema=source.operator.schema_after(pl.Schema(), ctx))
        for frame in source.operator.frames(ctx):
            rows = pl.concat([rows, frame.select(rows.columns).cast(rows.schema)])
            rows = rows.filter(pl.sql_expr(source.keep)) if source.keep else rows
            if rows.height >= number:
                break
    return rows.head(number)


def on(recipe: Recipe, file: Path) -> Recipe:
    """Return a recipe that takes a Parquet file instead of its own input or source, and writes and checks nothing."""
    steps = recipe.steps if recipe.input is not None else recipe.steps[1:]
    return replace(recipe, input=Input(path=str(file.absolute())), steps=steps, output=None, checks=())
