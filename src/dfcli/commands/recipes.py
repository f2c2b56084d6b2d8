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
      dfcli recipes show text/pretrain_filter
    """
    from dfcli.recipes.zoo import find

    typer.echo(find(name).read_text(encoding="utf-8").rstrip())


@app.command()
def copy(
    name: Name,
    target: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to: a file, or a folder.", show_default=False)
    ] = None,
) -> None:
    """Copy a recipe to start from.

    The files that it works on come with it. A file that is there already is never overwritten.

    \b
    Example:
      dfcli recipes copy text/pretrain_filter my_clean.yaml
    """
    from dfcli.errors import UsageError
    from dfcli.recipes.zoo import find, with_files

    source = find(name)
    path = target / source.name if target and target.is_dir() else target or Path(source.name)
    beside = {path.parent / each.relative_to(source.parent): each for each in with_files(source)[1:]}
    copies = {path: source, **beside}
    for copied, each in copies.items():
        if copied.exists() and (each == source or copied.is_dir() or copied.read_bytes() != each.read_bytes()):
            raise UsageError(
                f"{copied} exists already, and nothing was written; name another file: dfcli recipes copy {name} FILE"
            )
    for copied, each in copies.items():
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(each.read_bytes())
        typer.echo(f"wrote {copied}")
    typer.echo(f"Run it: dfcli run {path}")
