"""Rows of data in a terminal: a table where its columns fit side by side, else one row beneath the other."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dfcli.runtime.wording import printable, shown

if TYPE_CHECKING:
    import polars as pl

LONGEST = 300
"""Characters of a value that are shown."""

_NARROWEST = 14
"""Columns of the terminal that a column of the table needs at least."""


def rows(frame: pl.DataFrame, width: int, new: Container[str] = ()) -> RenderableType:
    """Return a frame's rows to print; the names of `new` columns stand out."""
    names = [Text(printable(name), "bold green" if name in new else "bold") for name in frame.columns]
    if not frame.height:
        return Text("no rows", "dim")
    if len(names) * _NARROWEST > width:
        return Group(*(_record(number, names, row) for number, row in enumerate(frame.iter_rows(), 1)))
    cells = [[_value(value) for value in row] for row in frame.iter_rows()]
    wraps = any(sum(len(cell) + 2 for cell in row) > width for row in cells)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), leading=int(wraps))
    for name, kind in zip(names, frame.dtypes, strict=True):
        table.add_column(name, justify="right" if kind.is_numeric() else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    return table


def _record(number: int, names: list[Text], row: tuple[Any, ...]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, max_width=30, overflow="ellipsis")
    table.add_column(overflow="fold")
    for name, value in zip(names, row, strict=True):
        table.add_row(name, _value(value))
    return Group(Text(f"row {number}", "dim"), table, Text())


def _value(value: Any) -> Text:
    if value is None:
        return Text("null", "dim italic")
    return Text(shown(value, LONGEST))
