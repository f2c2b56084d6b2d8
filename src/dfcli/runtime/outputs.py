"""Writing the result: one file, whole or not at all, the same bytes for the same rows.

JSON has no NaN and no infinities: they are written as null. CSV cells that are lists or objects are JSON text; an
empty cell is null, a quoted empty one empty text (in a file of one column, where an empty line would be no row, null
is written as empty text too). Parquet is compressed with zstd; Arrow is not, so that it can be mapped into memory.
Text formats are packed when the name ends in .gz or .zst.
"""

from __future__ import annotations

import errno
import gzip
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

import polars as pl
import zstandard
from polars.exceptions import PanicException, PolarsError
from polars.io.plugins import register_io_source

from dfcli.errors import InputError, did_you_mean
from dfcli.ops.base import is_hidden
from dfcli.recipes.chat import chat_format, shaped
from dfcli.recipes.model import Output
from dfcli.runtime.formats.columns import refitted
from dfcli.runtime.formats.pieces import pieces
from dfcli.runtime.formats.source import Format, format_of, is_url, packing_of

_ROWS = 20_000
"""Rows of a row group, fewer when they are large."""

_PACKINGS: dict[str, Any] = {".gz": "gzip", ".zst": "zstd", "": "uncompressed"}


def write(parts: Sequence[Path], schema: pl.Schema, output: Output, folder: Path) -> int:
    """Write the rows of Parquet files, in order, as one file or URL, and return how many there are.

    The engine's own columns are left out. A path is relative to `folder`, whose missing folders are made. InputError
    when it cannot be written; what stood there before is then untouched.
    """
    kind = _kind(output)
    made = _made(schema, output)
    columns = pl.LazyFrame(schema=schema).select(made).collect_schema()
    if kind not in ("parquet", "arrow"):
        _refuse_bytes(columns, output)
    opened = _explained(output.path) if is_url(output.path) else _replacing(output.path, folder)
    with opened as place:
        _sink(_rows(parts, schema, made, kind), columns, kind, place or output.path, packing_of(output.path))
    return _count(parts)


def check_writable(output: Output, folder: Path) -> None:
    """Raise InputError, as `write` would, for what can be told before there are any rows; nothing is made."""
    _kind(output)
    if is_url(output.path):
        return
    with _explained(output.path):
        target = _target(output.path, folder)
        nearest = next(each for each in (target, *target.parents) if each.exists())
        if nearest != target and not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"{nearest} is no folder")
        place = target.parent if target.exists() else nearest
        if not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"the folder {place} may not be written to")


def _kind(output: Output) -> Format:
    """Return the file format of an output; InputError when a result cannot be written in it."""
    kind = format_of(output.path, None if chat_format(output) else output.format)
    if kind == "text":
        raise InputError(f"output {output.path}: a result cannot be written as text; say format: jsonl")
    if kind == "json" and is_url(output.path):
        raise InputError(f"output {output.path}: a JSON list cannot be written to an address; say format: jsonl")
    return kind


def _target(path: str, folder: Path) -> Path:
    target = (folder / path).expanduser().resolve()
    if target.exists() and not target.is_file():
        raise InputError(f"output {path} is {'a folder' if target.is_dir() else 'no file'}; name a file")
    return target


def _made(schema: pl.Schema, output: Output) -> list[pl.Expr]:
    """Return the columns that are written; InputError when there is no such column."""
    shown = [name for name in schema if not is_hidden(name)]
    for name in (*(output.columns or ()), *output.without):
        if name not in shown:
            raise InputError(f"output: there is no column {name!r}{did_you_mean(name, shown)}")
    if chat_format(output) is None:
        return [pl.col(name) for name in output.columns or shown if name not in output.without]
    try:
        return shaped(output, schema)
    except ValueError as error:
        raise InputError(f"output: {error}") from error


def _refuse_bytes(columns: pl.Schema, output: Output) -> None:
    for name, kind in columns.items():
        if "Binary" in repr(kind):
            raise InputError(
                f"output {output.path}: {name} holds bytes, which is no text; leave it out, or use parquet"
            )


def _count(parts: Sequence[Path]) -> int:
    return int(sum(pl.scan_parquet(part).select(pl.len()).collect().item() for part in parts))


def _rows(parts: Sequence[Path], schema: pl.Schema, made: list[pl.Expr], kind: Format) -> Iterator[pl.DataFrame]:
    """Yield the rows in frames whose cuts (and buffers, for Arrow) depend on the rows alone, as the bytes then do."""
    read = (
        refitted(frame, schema).select(made)
        for part in parts
        for frame in pl.scan_parquet(part).collect_batches(chunk_size=_ROWS, maintain_order=True)
    )
    for piece in pieces(read, _ROWS):
        whole = _rebuilt(piece) if kind == "arrow" else piece.rechunk()
        yield _flat(whole) if kind in ("csv", "tsv") else whole


def _rebuilt(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of new buffers: in the old ones is also what once stood where a null is, and Arrow writes that."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="uncompressed")
    return pl.read_parquet(buffer.getvalue())


def _sink(frames: Iterator[pl.DataFrame], columns: pl.Schema, kind: Format, path: str, packing: str) -> None:
    if kind == "json":
        _sink_json(frames, path, packing)
        return
    if kind in ("csv", "tsv"):
        columns = _flat(pl.DataFrame(schema=columns)).schema
    first = next(frames, pl.DataFrame(schema=columns))
    rows = register_io_source(lambda *_: chain([first], frames), schema=columns)
    packed: Any = {"compression": _PACKINGS[packing], "check_extension": False}
    if kind == "parquet":
        rows.sink_parquet(path, row_group_size=max(first.height, 1))
    elif kind == "arrow":
        rows.sink_ipc(path, record_batch_size=max(first.height, 1), compat_level=pl.CompatLevel.oldest())
    elif kind == "jsonl":
        rows.sink_ndjson(path, **packed)
    else:
        null = '""' if len(columns) == 1 else ""
        rows.sink_csv(path, separator="," if kind == "csv" else "\t", null_value=null, **packed)


def _sink_json(frames: Iterator[pl.DataFrame], path: str, packing: str) -> None:
    with _opened(path, packing) as file:
        before = b"[\n"
        for frame in frames:
            lines = frame.write_ndjson().encode().removesuffix(b"\n")
            file.write(before + lines.replace(b"\n", b",\n"))
            before = b",\n"
        file.write(b"\n]\n" if before != b"[\n" else b"[]\n")


@contextmanager
def _opened(path: str, packing: str) -> Iterator[BinaryIO]:
    with open(path, "wb") as file:
        if packing == ".gz":
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                yield cast(BinaryIO, packed)
        elif packing == ".zst":
            with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as packed:
                yield cast(BinaryIO, packed)
        else:
            yield file


@contextmanager
def _replacing(path: str, folder: Path) -> Iterator[str]:
    """Give the name of a file beside the target that takes its place once it is written, or goes if it is not."""
    with _explained(path):
        target = _target(path, folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.tmp")
        try:
            yield str(temporary)
            _settle(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def _settle(temporary: Path, target: Path) -> None:
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(temporary, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what the system or Polars says about an output into a sentence that names it."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error).partition("\n")[0]
        raise InputError(f"output {path} cannot be written: {why}") from error
    except (PolarsError, PanicException) as error:
        raise InputError(f"output {path} cannot be written: {str(error).partition(chr(10))[0]}") from error


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame whose lists and objects are JSON text, as CSV takes them."""
    return frame.with_columns(
        _as_json(name) if kind.is_nested() else pl.col(name).dt.to_string("iso")
        for name, kind in frame.schema.items()
        if kind.is_nested() or kind == pl.Duration
    )


def _as_json(name: str) -> pl.Expr:
    """Return a column's values as JSON: Polars writes objects only, so each goes into one and comes out again."""
    inside = pl.struct(pl.col(name).alias("v")).struct.json_encode().str.slice(len('{"v":')).str.head(-1)
    return pl.when(pl.col(name).is_not_null()).then(inside).alias(name)
