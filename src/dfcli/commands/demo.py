"""`dfcli demo`: the Text-to-SQL recipe from end to end, on a real database, offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dfcli.runtime.events import RunDone

_SHOWN = 10
"""Rows of the result that are printed."""


def demo(
    folder: Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where to put its files.")] = Path(
        "dfcli-demo"
    ),
) -> None:
    """Make Text-to-SQL pairs from a small database, offline.

    The replies of the models were recorded beforehand.

    Its files are put into a folder to look at and change; a file that is there already is left as it is.

    \b
    Example:
      dfcli demo
    """
    from dfcli.commands import _progress
    from dfcli.commands._recipe import loaded
    from dfcli.commands._text import console
    from dfcli.runtime import engine

    for path in _copied(folder):
        typer.echo(f"{path} is not the shipped one; it is left as it is")
    recipe, replies, output = folder / "demo.yaml", folder / "demo" / "replies.jsonl", folder / "result.parquet"
    typer.echo(f"$ dfcli run {recipe} --replay {replies} --runs {folder / 'runs'} -o {output}\n")
    options = engine.Options(runs=folder / "runs", replay=replies)
    screen = console()
    done = _progress.watch(engine.run(loaded(str(recipe), output=str(output)), options), screen)
    _print_result(output)
    _print_next(done, recipe)
    raise typer.Exit(done.exit_code)


def _copied(folder: Path) -> Iterator[Path]:
    """Copy the shipped files, and yield those that were there with another content."""
    from dfcli.recipes.zoo import find, with_files

    recipe = find("text2sql/demo")
    for source in with_files(recipe):
        target, content = folder / source.relative_to(recipe.parent), source.read_bytes()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        elif target.read_bytes() != content:
            yield target


def _print_result(output: Path) -> None:
    import polars as pl
    from rich.text import Text

    from dfcli.commands._rows import rows
    from dfcli.commands._text import console

    screen = console()
    frame = pl.read_parquet(output)
    shown = [name for name in ("question", "sql") if name in frame.columns] or frame.columns
    screen.print()
    screen.print(rows(frame.select(shown).head(_SHOWN), screen.width))
    if frame.height > _SHOWN:
        screen.print(Text(f"… {frame.height - _SHOWN} more rows in {output}", "dim"))


def _print_next(done: RunDone, recipe: Path) -> None:
    typer.echo(
        f"\nHow the first row came about:       dfcli trace {done.folder} @1"
        f"\nWhat could not be used, and why:    dfcli runs show {done.folder} --failed --dropped"
        f"\nThe same with models of your own:   dfcli run {recipe} --model NAME --model judge=NAME"
    )
