"""Parquet and Arrow (IPC) files, read and written by Polars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from dfcli.errors import InputError
from dfcli.runtime.formats.source import Format, Report, Source

_ROWS = 10_000
GROUP = 50_000
"""Rows per row group: fixed, so that the bytes do not depend on how the rows were cut before."""


def schema(source: Source) -> pl.Schema:
    """Return the file's columns."""
    try:
        return _scan(source).collect_schema()
    except (PolarsError, OSError) as error:
        raise _unreadable(source, error) from error


def frames(source: Source, schema: pl.Schema, report: Report) -> Iterator[pl.DataFrame]:
    """Yield the rows; a damaged file is an InputError."""
    try:
        yield from _scan(source).collect_batches(chunk_size=_ROWS, maintain_order=True)
    except (PolarsError, OSError) as error:
        raise _unreadable(source, error) from error


def write(parts: Sequence[Path], empty: pl.DataFrame, path: Path, kind: Format) -> int:
    """Write the rows of some Parquet files as one file, with the columns of `empty`; return how many rows."""
    lazy = pl.scan_parquet(list(parts)).select(empty.columns) if parts else empty.lazy()
    if kind == "parquet":
        lazy.sink_parquet(path, compression="zstd", row_group_size=GROUP)
    else:
        lazy.sink_ipc(path, compression="zstd", record_batch_size=GROUP)
    rows: int = lazy.select(pl.len()).collect().item()
    return rows


def _scan(source: Source) -> pl.LazyFrame:
    return pl.scan_parquet(source.path) if source.format == "parquet" else pl.scan_ipc(source.path)


def _unreadable(source: Source, error: Exception) -> InputError:
    name = "Parquet" if source.format == "parquet" else "Arrow"
    why = str(error).split("\n")[0]
    return InputError(f"{source.path}: cannot be read as {name}: {why}")
