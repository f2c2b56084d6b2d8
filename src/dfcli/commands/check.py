"""`dfcli check`: find every mistake in a recipe without running it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from dfcli.commands._parameters import AsJson, Models, RecipeFile, Sets, pairs

if TYPE_CHECKING:
    from dfcli.recipes.model import Recipe


def check(recipe: RecipeFile, sets: Sets = None, models: Models = None, as_json: AsJson = False) -> None:
    """Find every mistake in a recipe without running it.

    Options, columns and their types are followed through all steps; the input, databases and keys are looked at.

    \b
    Example:
      dfcli check recipe.yaml
    """
    from dfcli.errors import RecipeError
    from dfcli.runtime.wording import plural, printable
    from dfcli.runtime.world import cautions

    try:
        given = _checked(recipe, pairs(sets, "--set"), pairs(models, "--model", "default"))
    except RecipeError as error:
        if not as_json:
            raise
        typer.echo(json.dumps([vars(each) for each in error.problems], ensure_ascii=False, indent=1))
        raise typer.Exit(error.exit_code) from None
    for sentence in cautions(given):
        typer.echo(printable(f"warning: {sentence}"), err=True)
    typer.echo("[]" if as_json else f"{recipe} is right: {plural(len(given.steps), 'step')}")


def _checked(recipe: str, sets: dict[str, str], models: dict[str, str]) -> Recipe:
    """Return a recipe that has all it needs here, the keys of its models included."""
    from dfcli.commands._recipe import loaded
    from dfcli.errors import Problem, RecipeError
    from dfcli.runtime.world import keys_missing

    given = loaded(recipe, sets, models)
    if missing := keys_missing(given):
        raise RecipeError([Problem(recipe, 0, sentence, lacking=True, code="missing_key") for sentence in missing])
    return given
