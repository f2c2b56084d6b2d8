"""`dfcli init`: working files to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Write an operator, template, recipe or extension.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name, in lower_snake.", show_default=False)]
Folder = Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where to write it.")]


@app.command()
def operator(name: Name, folder: Folder = Path()) -> None:
    """Write an operator in Python that a recipe beside it can name.

    \b
    Example:
      dfcli init operator digit_share
    """
    _write("operator", name, folder)
    typer.echo(f"A recipe in the same folder uses it like this:\n\noperators: [{name}.py]\nsteps:\n  - {name}")


@app.command()
def template(name: Name, folder: Folder = Path()) -> None:
    """Write a prompt template that a recipe beside it can name.

    \b
    Example:
      dfcli init template summary
    """
    _write("template", name, folder)
    typer.echo(f"A recipe in the same folder uses it like this:\n\nsteps:\n  - op: ask\n    template: {name}.j2")


@app.command()
def recipe(name: Name, folder: Folder = Path()) -> None:
    """Write a recipe, and a small data file for it.

    \b
    Example:
      dfcli init recipe clean_questions
    """
    _write("recipe", name, folder)
    typer.echo(f"Run it: dfcli run {folder / name}.yaml")


@app.command()
def extension(name: Name, folder: Folder = Path()) -> None:
    """Write an installable package of your own.

    It has an operator, a template, a recipe, and tests.

    \b
    Example:
      dfcli init extension finance
    """
    root = folder / f"dfcli-{name.replace('_', '-')}"
    _write("extension", name, root)
    typer.echo(f"Install and test it: cd {root} && pip install -e '.[dev]' && pytest")


def _write(scaffold: str, name: str, folder: Path) -> None:
    from dfcli.commands._scaffold import write

    for path in write(scaffold, name, folder):
        typer.echo(f"wrote {path}")
