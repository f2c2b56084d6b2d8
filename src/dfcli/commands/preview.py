"""`dfcli preview`: a recipe's first rows, before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfcli.commands._parameters import Models, RecipeFile, Sets, pairs

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from dfcli.commands._once import Once


def preview(
    recipe: RecipeFile,
    number: Annotated[int, typer.Option("-n", metavar="NUMBER", help="How many rows to take.", min=1)] = 5,
    sets: Sets = None,
    models: Models = None,
) -> None:
    """Show the first rows before and after a recipe.

    Nothing is kept.
    A recipe that asks models asks them here too, about these rows.

    \b
    Example:
      dfcli preview recipe.yaml -n 3
    """
    import tempfile

    from dfcli.commands._once import once
    from dfcli.commands._recipe import loaded
    from dfcli.commands._text import console
    from dfcli.runtime.few import first_rows, on

    given, screen = loaded(recipe, pairs(sets, "--set"), pairs(models, "--model", "default")), console()
    before = first_rows(given, number)
    with tempfile.TemporaryDirectory(prefix="dfcli-") as folder:
        file = Path(folder) / "first.parquet"
        before.write_parquet(file)
        after = once(on(given, file), screen, number)
    _print(before, after, screen)


def _print(before: pl.DataFrame, after: Once, screen: Console) -> None:
    """Print what came in, what came out, and what left, rows being named by their place in the input."""
    from rich.text import Text

    from dfcli.commands._rows import rows
    from dfcli.runtime.left import ROW
    from dfcli.runtime.wording import plural, printable

    numbered = before.with_row_index(ROW, offset=1)
    tables = [(f"before, {plural(before.height, 'row')}", numbered)]
    tables += [(f"after, {plural(after.rows.height, 'row')}", after.rows)]
    for fate, left in (("dropped", after.dropped), ("failed", after.failed)):
        tables += [(f"{fate} at {each.step}, {plural(each.count, 'row')}", each.first) for each in left]
    for title, frame in tables:
        screen.print(Text(printable(title), "bold underline"))
        screen.print(rows(frame, screen.width, new=set(frame.columns) - {*before.columns, ROW}))
        screen.print()
