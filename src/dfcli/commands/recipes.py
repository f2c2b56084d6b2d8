"""`dfcli recipes`: the recipes that come with dfcli and its extensions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dfcli.commands import _complete
from dfcli.commands._parameters import AsJson

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Find recipes to run, read or start from.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A recipe's name.", autocompletion=_complete.shipped, show_default=False)
]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all recipes, one line each.

    \b
    Example:
      dfcli recipes list
    """
    from dfcli.commands._text import console, print_line
    from dfcli.recipes.zoo import doc, recipes

    found = {name: (doc(path), path) for name, path in recipes().items()}
    if as_json:
        listed = [{"name": name, "doc": doc, "file": str(path)} for name, (doc, path) in found.items()]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    screen, width = console(), max(map(len, found), default=0) + 2
    for name, (sentence, _) in found.items():
        print_line(f"{name:<{width}}{sentence}", screen)


@app.command()
def show(name: Name) -> None:
    """Print a recipe.

    \b
    Example:
      dfcli recipes show text/clean_web
    """
    from dfcli.recipes.zoo import find

    typer.echo(find(name).read_text(encoding="utf-8").rstrip())


@app.command()
def copy(
    name: Name,
    target: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to.", show_default=False)] = None,
) -> None:
    """Copy a recipe to start from; a file that is there already is never overwritten.

    \b
    Example:
      dfcli recipes copy text/clean_web my_clean.yaml
    """
    from dfcli.errors import UsageError
    from dfcli.recipes.zoo import find

    source = find(name)
    path = target or Path(source.name)
    if path.exists():
        raise UsageError(
            f"{path} exists already, and is left as it is; name another file: dfcli recipes copy {name} FILE"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source.read_bytes())
    typer.echo(f"wrote {path}\nRun it: dfcli run {path}")
