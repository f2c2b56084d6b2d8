"""The few rows that a report shows: cut to a size, and no more of them than there is room for."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.ops.base import HIDDEN, ROW_ID
from dfcli.runtime import wording
from dfcli.runtime.left import ROW, WHY

_COLUMNS = 16
_VALUE, _NAME = 320, 60
"""Characters shown of a value, and of a column's name."""

_ROOM = 48_000
"""Bytes of the page that all rows may take together."""

_AROUND = 60
"""Bytes of markup around a value, about."""


@dataclass(frozen=True)
class Example:
    """A row as it is shown: its id, why it left, its first columns (None is null), and how many more it has."""

    row: str
    why: str
    values: Mapping[str, str | None]
    more: int

    @property
    def bytes(self) -> int:
        """Bytes of the page that it takes, about."""
        written = (html.escape(f"{name}{value}") for name, value in self.values.items())
        return sum(len(each.encode(errors="replace")) + _AROUND for each in written) + len(self.why)


@dataclass
class Room:
    """What the rows of a page may still take; `full` once one of them did not fit."""

    left: int = _ROOM
    full: bool = field(default=False, init=False)

    def take(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Example, ...]:
        """Return the first of some rows, as many as fit; they have their ids under `(row)`."""
        return tuple(self._fitting(rows))

    def _fitting(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Example]:
        for example in map(_example, rows):
            self.full = self.full or example.bytes > self.left
            if self.full:
                return
            self.left -= example.bytes
            yield example


def first(files: Sequence[Path], number: int, columns: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the first rows of a run's result, of all its columns or some, with their ids under `(row)`."""
    if not files:
        return []
    data = pl.all().exclude(HIDDEN, ROW) if columns is None else pl.col(*columns)
    return pl.scan_parquet(list(files)).head(number).select(pl.col(ROW_ID).alias(ROW), data).collect().to_dicts()


def _example(row: Mapping[str, Any]) -> Example:
    data = {name: value for name, value in row.items() if name not in (ROW, WHY)}
    shown = {
        wording.cut(name, _NAME): None if value is None else wording.shown(value, _VALUE)
        for name, value in islice(data.items(), _COLUMNS)
    }
    return Example(str(row[ROW]), wording.cut(str(row.get(WHY, "")), _VALUE), shown, max(0, len(data) - _COLUMNS))
