"""Arguments and options that several commands share, with one wording each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dfcli.commands import _complete
from dfcli.errors import UsageError

RecipeFile = Annotated[
    str,
    typer.Argument(
        metavar="RECIPE",
        help="A recipe file, or the name of a shipped recipe.",
        autocompletion=_complete.recipes,
        show_default=False,
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Give one of the recipe's vars a value; may be repeated.",
        show_default=False,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="[ROLE=]MODEL",
        help="Let this model serve a role, the role `default` when none is named; may be repeated.",
        show_default=False,
    ),
]
Runs = Annotated[Path, typer.Option("--runs", metavar="FOLDER", help="Where runs are kept.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
OperatorName = Annotated[
    str, typer.Argument(metavar="NAME", help="An operator.", autocompletion=_complete.operators, show_default=False)
]

RUNS = Path("runs")


def pairs(given: Sequence[str] | None, option: str, default: str | None = None) -> dict[str, str]:
    """Return `NAME=VALUE` options by name; one without a name belongs to `default`, where there is one."""
    found = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals and default is not None:
            name, value = default, each
        elif not (name and equals):
            raise UsageError(f"{option} {each}: write it as {option} name=value")
        found[name.strip()] = value
    return found
