"""Loading the recipe that a command names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dfcli import api
from dfcli.errors import RecipeError
from dfcli.recipes.model import Output, Recipe


def loaded(
    recipe: str,
    sets: Mapping[str, str] | None = None,
    models: Mapping[str, str] | None = None,
    output: str | None = None,
) -> Recipe:
    """Return a recipe that is ready to run here, by its file or its name; RecipeError with every mistake in it."""
    found = api.load(recipe, sets=sets, models=models)
    if output is None:
        return found
    written = found.output or Output(path=output)
    found = replace(found, output=Output(path=output, columns=written.columns, without=written.without))
    if problems := found.check():
        raise RecipeError(problems)
    return found
