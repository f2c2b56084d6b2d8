"""Data files in and out: every format becomes frames of one schema, a part at a time; `formats/` has the readers."""

from __future__ import annotations

import glob
import gzip
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import polars as pl
import xxhash
import zstandard

from dfcli.errors import InputError
from dfcli.ops.base import is_hidden
from dfcli.ops.types import dtype, name_of
from dfcli.recipes.model import Input, Output
from dfcli.runtime.formats import delimited, jsonl, queries, tables, text
from dfcli.runtime.formats.columns import refitted, settled, wider
from dfcli.runtime.formats.source import BadLine, Format, Reader, Report, Source, format_of, is_url

__all__ = ["BadLine", "batches", "content", "digest", "files", "same_file", "scan", "schema", "write"]

MOST_BYTES = 64 << 20
"""A frame is cut before it holds more than this, however few its rows."""
GROUP = 50_000
"""Rows per row group of an output: fixed, so that the bytes do not depend on how the run was cut into parts."""

_READERS: dict[Format, Reader] = {
    "jsonl": jsonl,
    "json": jsonl,
    "csv": delimited,
    "tsv": delimited,
    "text": text,
    "parquet": tables,
    "arrow": tables,
}


def files(given: Input, folder: Path) -> list[str]:
    """Return the files an input names, globs expanded and sorted; InputError when there are none."""
    if given.path is None:
        return []
    named = (given.path,) if isinstance(given.path, str) else given.path
    return [file for each in named for file in _expanded(each, folder)]


def schema(given: Input, folder: Path) -> pl.Schema:
    """Return the input's columns and types; several files are united, integers and floats become floats."""
    united: dict[str, pl.DataType] = {}
    for source, each in _schemas(given, folder):
        for name, kind in each.items():
            both = wider(united.get(name, pl.Null()), kind)
            if both is None:
                clash = f"{name_of(united[name])} in an earlier file, {name_of(kind)} here"
                raise InputError(f"{source}: column {name!r} is {clash}; give its type under the input's columns")
            united[name] = both
    for name in united:
        if is_hidden(name):
            raise InputError(f"column {name!r}: names between double underscores are dfcli's own; rename it")
    return pl.Schema({name: settled(kind) for name, kind in united.items()})


def batches(given: Input, folder: Path, rows: int, on_bad: Report) -> Iterator[pl.DataFrame]:
    """Yield the input's rows in order, in frames of at most `rows` rows and about 64 MB, all of one schema."""
    columns = schema(given, folder)
    frames = (refitted(frame, columns) for frame in _frames(given, folder, columns, on_bad))
    yield from _cut(_limited(frames, given.limit), rows)


def scan(path: str, folder: Path) -> pl.LazyFrame:
    """Return the rows of a data file that an option names; InputError when it, or a line of it, cannot be read."""
    given = Input.model_validate({"path": path})
    bad: list[BadLine] = []
    frames = list(batches(given, folder, GROUP, bad.append))
    if bad:
        raise InputError(f"{bad[0].file}:{bad[0].line}: {bad[0].why}")
    return pl.concat([pl.DataFrame(schema=schema(given, folder)), *frames]).lazy()


def content(path: str, folder: Path) -> str:
    """Return a hash of the bytes of a data file, or of several for a glob; of a URL, its address."""
    hashed = xxhash.xxh3_128()
    for each in _expanded(path, folder):
        hashed.update(each.encode() if is_url(each) else b"")
        if not is_url(each):
            with Path(each).open("rb") as file:
                while chunk := file.read(1 << 20):
                    hashed.update(chunk)
    return hashed.hexdigest()


def digest(frame: pl.DataFrame) -> str:
    """Return a hash of a frame's content, whatever chunks or files it came in."""
    # JSON writes NaN and null alike, so the nulls are counted too.
    about = [(name, str(kind), count) for (name, kind), count in zip(frame.schema.items(), _nulls(frame), strict=True)]
    hashed = xxhash.xxh3_128(repr((frame.height, about)).encode())
    buffer = io.BytesIO()
    odd = [name for name, kind in frame.schema.items() if kind in (pl.Binary, pl.Duration, pl.Time)]
    frame.with_columns(
        pl.col(name).bin.encode("hex") if frame.schema[name] == pl.Binary else pl.col(name).cast(pl.Int64)
        for name in odd
    ).write_ndjson(buffer)
    hashed.update(buffer.getbuffer())
    return hashed.hexdigest()


def same_file(output: Output, given: Input, folder: Path) -> bool:
    """Tell whether an output is one of the inputs."""
    target = Path(output.path)
    inputs = [Path(each) for each in files(given, folder) if not is_url(each)]
    return any(each.resolve() == target.resolve() or (target.exists() and each.samefile(target)) for each in inputs)


def write(parts: Sequence[Path], schema: pl.Schema, output: Output, folder: Path) -> int:
    """Write the rows of some Parquet files as one file, whole or not at all; return how many.

    The same rows give the same bytes, however they were cut into parts. InputError when it cannot be written.
    """
    names = [name for name in schema if not is_hidden(name)]
    columns = list(output.columns or names)
    target = folder / output.path
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    empty = pl.DataFrame(schema={name: schema[name] for name in columns})
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = _write(parts, empty, temporary, target.name, output.format)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{output.path}: cannot be written: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return rows


def _expanded(path: str, folder: Path) -> list[str]:
    if is_url(path):
        return [path]
    whole = str(folder / path)
    if Path(whole).is_file():
        return [whole]
    if Path(whole).is_dir():
        raise InputError(f"{path}: this is a folder; name its files, such as {path.rstrip('/')}/*.jsonl")
    found = sorted(each for each in glob.glob(whole, recursive=True) if Path(each).is_file())
    if not found:
        matches = "no file matches" if glob.has_magic(path) else "there is no such file"
        raise InputError(f"{path}: {matches} in {folder.resolve()}")
    return found


def _schemas(given: Input, folder: Path) -> Iterator[tuple[str, pl.Schema]]:
    if given.database is not None:
        yield given.database, queries.schema(given.database, given.query or "", folder)
        return
    for source in _sources(given, folder):
        yield source.path, _READERS[source.format].schema(source)


def _frames(given: Input, folder: Path, columns: pl.Schema, on_bad: Report) -> Iterator[pl.DataFrame]:
    if given.database is not None:
        yield from queries.frames(given.database, given.query or "", folder, columns)
        return
    for source in _sources(given, folder):
        reader = _READERS[source.format]
        own = reader.schema(source)
        yield from reader.frames(source, pl.Schema({name: columns[name] for name in own}), on_bad)


def _sources(given: Input, folder: Path) -> Iterator[Source]:
    try:
        types = {name: dtype(kind) for name, kind in given.columns.items()}
    except ValueError as error:
        raise InputError(f"input columns: {error}") from error
    for each in files(given, folder):
        yield Source(each, format_of(each, given.format), types)


def _limited(frames: Iterable[pl.DataFrame], limit: int | None) -> Iterator[pl.DataFrame]:
    for frame in frames:
        if limit is None:
            yield frame
            continue
        yield frame.head(limit)
        limit -= min(limit, frame.height)
        if not limit:
            return


def _cut(frames: Iterable[pl.DataFrame], rows: int, *, exact: bool = False) -> Iterator[pl.DataFrame]:
    """Yield the same rows in frames of `rows` rows; of fewer where they would grow too large, unless `exact`."""
    held: list[pl.DataFrame] = []
    count = 0
    for frame in frames:
        for piece in frame.iter_slices(rows if exact else _few_enough(frame, rows)):
            rest = piece
            while count + rest.height >= rows:
                take = rows - count
                yield pl.concat([*held, rest[:take]], rechunk=True)
                held, count, rest = [], 0, rest[take:]
            held, count = [*held, rest], count + rest.height
            if not exact and sum(each.estimated_size() for each in held) > MOST_BYTES:
                yield pl.concat(held, rechunk=True)
                held, count = [], 0
    if count:
        yield pl.concat(held, rechunk=True)


def _few_enough(frame: pl.DataFrame, rows: int) -> int:
    size = frame.estimated_size()
    return rows if size <= MOST_BYTES else max(1, min(rows, int(frame.height * MOST_BYTES // size)))


def _nulls(frame: pl.DataFrame) -> list[int]:
    return list(frame.null_count().row(0)) if frame.width else []


def _write(parts: Sequence[Path], empty: pl.DataFrame, temporary: Path, name: str, named: Format | None) -> int:
    kind = format_of(name, named)
    if kind in ("parquet", "arrow"):
        return tables.write(parts, empty, temporary, kind)
    frames = (pl.read_parquet(part, columns=empty.columns) for part in parts)
    with temporary.open("wb") as raw, closing(_packed(raw, name)) as file:
        return _TEXTS[kind](_cut(frames, GROUP, exact=True), empty, file)


def _packed(raw: IO[bytes], name: str) -> Any:
    if name.endswith(".gz"):
        return gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
    if name.endswith(".zst"):
        return zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
    return raw


def _write_jsonl(frames: Iterator[pl.DataFrame], empty: pl.DataFrame, file: IO[bytes]) -> int:
    rows = 0
    for frame in frames:
        frame.write_ndjson(file)
        rows += frame.height
    return rows


def _write_json(frames: Iterator[pl.DataFrame], empty: pl.DataFrame, file: IO[bytes]) -> int:
    rows = 0
    file.write(b"[")
    for frame in frames:
        lines = frame.write_ndjson().rstrip("\n").replace("\n", ",\n")
        file.write((",\n" if rows else "\n").encode() + lines.encode())
        rows += frame.height
    file.write(b"\n]\n")
    return rows


def _delimited(separator: str) -> Callable[[Iterator[pl.DataFrame], pl.DataFrame, IO[bytes]], int]:
    def write(frames: Iterator[pl.DataFrame], empty: pl.DataFrame, file: IO[bytes]) -> int:
        empty.write_csv(file, separator=separator)
        rows = 0
        for frame in frames:
            _flat(frame).write_csv(file, include_header=False, separator=separator)
            rows += frame.height
        return rows

    return write


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame whose lists and objects are JSON text, as CSV needs."""
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    texts: dict[str, Any] = {name: _as_json(frame[name]) for name in nested}
    return frame.with_columns(**texts)


def _as_json(values: pl.Series) -> pl.Series:
    encoded = values.to_frame("v").select(pl.struct("v").struct.json_encode())["v"]
    return encoded.str.slice(5, encoded.str.len_chars() - 6).replace("null", None).alias(values.name)


_TEXTS: dict[str, Callable[[Iterator[pl.DataFrame], pl.DataFrame, IO[bytes]], int]] = {
    "jsonl": _write_jsonl,
    "json": _write_json,
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
}
