"""Parquet and Arrow files, and every format at an address (`s3://`, `hf://`, `https://`): Polars' own scanners.

An Arrow file in the stream layout is read whole. At an address unreadable lines have no number, so they are not
reported one by one: the first ends the reading.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import polars as pl
from polars.exceptions import PanicException, PolarsError

from dfcli.errors import InputError
from dfcli.ops.types import name_of
from dfcli.runtime.formats.blocks import unreadable
from dfcli.runtime.formats.columns import settled, wider
from dfcli.runtime.formats.source import Report, Source, is_url

_ROWS = 10_000
_LOOKED_AT = 10_000
_END = b"\xff\xff\xff\xff\0\0\0\0"
"""What a stream of Arrow ends in; without it, batches may be missing."""


def schema(source: Source) -> pl.Schema:
    """Return the file's columns; InputError when it is not what its format says."""
    with _explained(source):
        found = _scan(source).collect_schema()
    if source.format == "jsonl":
        return pl.Schema(dict(found) | dict(source.columns))
    for name, kind in source.columns.items():
        if name in found and wider(found[name], kind) != kind:
            raise InputError(
                f"{source.path}: column {name} is {name_of(found[name])}, which is not read as {name_of(kind)}"
            )
    return pl.Schema({name: source.columns.get(name, each) for name, each in found.items()})


def frames(source: Source, schema: pl.Schema, report: Report) -> Iterator[pl.DataFrame]:
    """Yield the rows in order."""
    with _explained(source):
        yield from _scan(source, schema).collect_batches(chunk_size=_ROWS, maintain_order=True)


def scan(source: Source) -> pl.LazyFrame:
    """Return the rows as a query; InputError when the file is not what its format says."""
    schema(source)
    return _scan(source)


def _scan(source: Source, schema: pl.Schema | None = None) -> pl.LazyFrame:
    if source.format == "parquet":
        return pl.scan_parquet(source.path, glob=is_url(source.path))
    if source.format == "arrow":
        return _scan_arrow(source.path)
    return _TEXTS[source.format](source, schema)


def _scan_arrow(path: str) -> pl.LazyFrame:
    if not is_url(path) and _is_stream(path):
        return _read_stream(path)
    return pl.scan_ipc(path, glob=is_url(path))


def _read_stream(path: str) -> pl.LazyFrame:
    with open(path, "rb") as file:
        file.seek(-len(_END), os.SEEK_END)
        if file.read() != _END:
            raise InputError(f"{path} was cut short: the stream in it has no end")
    return pl.read_ipc_stream(path).lazy()


def _is_stream(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"\xff\xff\xff\xff"


def _scan_jsonl(source: Source, schema: pl.Schema | None) -> pl.LazyFrame:
    if schema is not None:
        return pl.scan_ndjson(source.path, schema=schema)
    found = pl.scan_ndjson(source.path, infer_schema_length=_LOOKED_AT).collect_schema()
    return pl.LazyFrame(schema={name: settled(each) for name, each in found.items()})


def _scan_csv(source: Source, schema: pl.Schema | None) -> pl.LazyFrame:
    separator = "," if source.format == "csv" else "\t"
    return pl.scan_csv(source.path, separator=separator, infer_schema=False, schema_overrides=dict(source.columns))


def _scan_text(source: Source, schema: pl.Schema | None) -> pl.LazyFrame:
    return pl.scan_lines(source.path, name="text")


def _scan_json(source: Source, schema: pl.Schema | None) -> pl.LazyFrame:
    raise InputError(f"{source.path}: a JSON list cannot be read at an address; fetch it, or use JSON Lines")


_TEXTS: dict[str, Callable[[Source, pl.Schema | None], pl.LazyFrame]] = {
    "jsonl": _scan_jsonl,
    "csv": _scan_csv,
    "tsv": _scan_csv,
    "text": _scan_text,
    "json": _scan_json,
}


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Turn what Polars says about a file into a sentence that names it."""
    try:
        if not is_url(source.path) and os.path.getsize(source.path) == 0:
            raise InputError(f"{source.path} is empty: 0 bytes are no {source.format} file")
        yield
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise unreadable(source.path, error) from error
    except (OSError, PolarsError, PanicException) as error:
        first = str(error).partition("\n")[0]
        raise InputError(f"{source.path} cannot be read as {source.format}; is it cut short? ({first})") from error
