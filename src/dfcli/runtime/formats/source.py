"""One place that rows come from, and what a reader of a format offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal, Protocol, cast, get_args

import polars as pl

from dfcli.errors import InputError

Format = Literal["jsonl", "json", "csv", "tsv", "parquet", "arrow", "text"]

ENDINGS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".feather": "arrow",
    ".txt": "text",
}
PACKED = (".gz", ".zst")
_NEVER_PACKED = ("parquet", "arrow")


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read: `line` counts from 1 as editors do (a query's rows count from 1 too)."""

    file: str
    line: int
    why: str


Report = Callable[[BadLine], None]
Bad = Callable[[int, str], None]
"""What a line's number and what is wrong with it are told to."""


@dataclass(frozen=True)
class Source:
    """One file or URL, its format, and the types that the recipe gives to columns."""

    path: str
    format: Format
    columns: Mapping[str, pl.DataType] = field(default_factory=dict)

    def bad(self, report: Report) -> Bad:
        """Return what reports this source's lines."""
        return lambda number, why: report(BadLine(self.path, number, why))


class Reader(Protocol):
    """What the module of a format offers."""

    def schema(self, source: Source) -> pl.Schema:
        """Return the columns; Null is the type of those that hold nothing yet."""

    def frames(self, source: Source, schema: pl.Schema, report: Report) -> Iterator[pl.DataFrame]:
        """Yield all rows in order, in frames of any size, with as many of the schema's columns as there are."""


def is_url(path: str) -> bool:
    """Tell whether a path is an address that Polars reads by itself."""
    return "://" in path


def format_of(path: str, named: str | None = None) -> Format:
    """Return the format a recipe names, or the one of the path's ending; InputError when neither says."""
    bare = path.partition("?")[0].lower()
    packing = packing_of(path)
    found = named or ENDINGS.get(PurePath(bare.removesuffix(packing)).suffix)
    if packing and found in _NEVER_PACKED:
        raise InputError(f"{path}: {found} files are never packed; name one without {packing}")
    if found is not None:
        return cast(Format, found)
    raise InputError(f"{path}: its ending names no format; say format: {', '.join(get_args(Format))}")


def packing_of(path: str) -> str:
    """Return the ending that says how a file is packed, or nothing."""
    bare = path.partition("?")[0].lower()
    return next((each for each in PACKED if bare.endswith(each)), "")
