"""`dfcli doctor`: what dfcli finds on this machine, and what a recipe lacks here."""

from __future__ import annotations

from typing import Annotated

import typer

from dfcli.commands import _complete
from dfcli.commands._parameters import RUNS, Models, Runs, Sets, pairs

_TITLE = 11


def doctor(
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE",
            help="Also say what this recipe lacks here.",
            autocompletion=_complete.recipes,
            show_default=False,
        ),
    ] = None,
    sets: Sets = None,
    models: Models = None,
    runs: Runs = RUNS,
) -> None:
    """Say what is installed here, and what a recipe lacks.

    Broken plugins are named with their place, keys by the name of their variable, never by their value.

    The exit code is 3 when the recipe lacks something.

    \b
    Examples:
      dfcli doctor
      dfcli doctor recipe.yaml
    """
    from dfcli.commands._machine import machine

    for title, lines in machine(runs):
        _print_section(title, lines)
    if recipe is None:
        return
    lacks, warnings = _findings(recipe, pairs(sets, "--set"), pairs(models, "--model", "default"))
    _print_section("recipe", [*(lacks or [f"{recipe} has all it needs"]), *warnings])
    raise typer.Exit(3 if lacks else 0)


def _print_section(title: str, lines: list[str]) -> None:
    from dfcli.runtime.wording import printable

    for number, line in enumerate(lines):
        typer.echo(printable(f"{'' if number else title:<{_TITLE}}{line}"))


def _findings(recipe: str, sets: dict[str, str], models: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return what is missing here, and the warnings; RecipeError when the recipe itself is wrong."""
    from dfcli.commands._recipe import loaded
    from dfcli.errors import RecipeError
    from dfcli.runtime.world import cautions, keys_missing

    try:
        given = loaded(recipe, sets, models)
    except RecipeError as error:
        if not all(each.lacking for each in error.problems):
            raise
        return list(map(str, error.problems)), []
    return keys_missing(given), [f"warning: {each}" for each in cautions(given)]
