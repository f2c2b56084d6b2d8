"""Some rows of an input, spread over all of it; of a large file not all is read.

The same input gives the same rows. Of a file of up to LARGE bytes every row is seen. Of a larger one in lines of text
the rows come from its first block and from 64 places in it; of a larger table of cells, one of JSON, or one that is
packed, from its beginning alone; of Parquet from as many places as there are rows to find.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dfcli.errors import InputError
from dfcli.recipes.model import Input
from dfcli.runtime import frames
from dfcli.runtime.formats import blocks, delimited, tables
from dfcli.runtime.formats.columns import refitted
from dfcli.runtime.formats.source import BadLine, Report, Source, format_of, is_url, packing_of

LARGE = 64 << 20
"""Bytes of a file above which it is not read whole; an eighth of that when it is packed."""

MOST_ROWS = 20_000
"""Rows that are looked at of a query, or of what is at an address."""


def _pass_over(line: BadLine) -> None:
    return


class Drawn(NamedTuple):
    """Rows in the order of the input, and how many it has in all where every row was seen."""

    frame: pl.DataFrame
    rows: int | None

    @property
    def all(self) -> bool:
        """Whether these are all rows of the input."""
        return self.rows is not None and self.frame.height == self.rows


def draw(given: Input, folder: Path, rows: int, bad: Report = _pass_over) -> Drawn:
    """Return so many rows of an input, or all when there are not as many; InputError when it cannot be read.

    Lines that cannot be read are left out, and told to `bad` where all rows are seen.
    """
    local = [] if given.database is not None else frames.files(given, folder)
    if any(_is_large(each) for each in local):
        return Drawn(_glimpsed(given, local, rows), None)
    far = given.database is not None or any(map(is_url, local))
    taken = min(given.limit or MOST_ROWS, MOST_ROWS) if far else given.limit
    bounded = given if taken is None else given.model_copy(update={"limit": taken})
    seen, frame = _thinned(frames.batches(bounded, folder, 10_000, bad), rows)
    if frame is None:
        return Drawn(pl.DataFrame(schema=frames.schema(given, folder)), 0)
    return Drawn(frame, None if far and seen == taken else seen)


def evenly(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Return so many rows of a frame at even distances, the first among them; all when there are not as many."""
    if frame.height <= rows:
        return frame
    return frame[[place * frame.height // rows for place in range(rows)]]


def _thinned(found: Iterable[pl.DataFrame], rows: int) -> tuple[int, pl.DataFrame | None]:
    """Return how many rows there are, and some of them at even distances, without keeping more than a few times that.

    Every `step`-th row is kept, and each time there are too many every other of them is let go.
    """
    kept: pl.DataFrame | None = None
    seen, step = 0, 1
    for frame in found:
        some = frame.gather_every(step, -seen % step) if -seen % step < frame.height else frame.clear()
        kept = some if kept is None else pl.concat([kept, some], how="vertical")
        seen += frame.height
        while kept.height > 4 * rows:
            kept, step = kept.gather_every(2), step * 2
    return seen, None if kept is None else evenly(kept, rows)


def _is_large(path: str) -> bool:
    return not is_url(path) and os.path.getsize(path) > (LARGE // 8 if packing_of(path) else LARGE)


def _glimpsed(given: Input, paths: list[str], rows: int) -> pl.DataFrame:
    """Return rows of each of some files, of which at least one is large."""
    each = max(1, -(-rows // len(paths)))
    found = [frame for path in paths if not (frame := _of_file(path, given, each)).is_empty()]
    return evenly(pl.concat(found, how="diagonal_relaxed"), rows) if found else pl.DataFrame()


def _of_file(path: str, given: Input, rows: int) -> pl.DataFrame:
    kind = format_of(path, given.format)
    if kind in ("parquet", "arrow"):
        return _of_table(tables.scan(Source(path, kind)), rows)
    whole = given.model_copy(update={"path": path})
    if kind == "json" or not _is_large(path):
        return _first_batches(whole, 1 if _is_large(path) else None, rows)
    with tempfile.TemporaryDirectory(prefix="dfcli-") as folder:
        file = Path(folder) / f"some.{kind if kind != 'text' else 'txt'}"
        file.write_bytes(b"".join(_pieces(path, kind)))
        return _first_batches(Input(path=str(file), format=kind, columns=given.columns), None, rows)


def _first_batches(given: Input, number: int | None, rows: int) -> pl.DataFrame:
    """Return rows of an input with absolute paths, from so many batches of it, or from all."""
    _, frame = _thinned(islice(frames.batches(given, Path(), 10_000, _pass_over), number), rows)
    return pl.DataFrame() if frame is None else frame


def _pieces(path: str, kind: str) -> Iterator[bytes]:
    if kind in ("csv", "tsv"):
        yield from (each.data for each in islice(blocks.blocks(path, delimited.after_last_record), 1))
    else:
        yield from blocks.sample(path)


def _of_table(rows_of: pl.LazyFrame, rows: int) -> pl.DataFrame:
    height = rows_of.select(pl.len()).collect().item()
    if height <= rows:
        return rows_of.collect()
    places = min(rows, 64)
    each = -(-rows // places)
    return pl.concat([rows_of.slice(place * height // places, each).collect() for place in range(places)]).head(rows)


def fitted(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return drawn rows with the columns and types that the whole input has; InputError when they do not fit."""
    try:
        return refitted(frame, schema)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"input: rows of it do not fit its columns: {error}") from error
