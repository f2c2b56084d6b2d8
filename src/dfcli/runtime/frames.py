"""Data files and queries as Polars frames, and frames as files.

Text stays text, types are settled before the first row is handed out, memory does not grow with the file, and
nothing is lost without a word: what each format does is said in `formats`, what the output looks like in `outputs`.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path, PurePath

import polars as pl
import xxhash
from polars.io.plugins import register_io_source

from dfcli.errors import InputError
from dfcli.ops.base import is_hidden
from dfcli.ops.types import dtype, name_of
from dfcli.recipes.model import Input, Output
from dfcli.runtime.formats import delimited, jsonl, queries, tables, text
from dfcli.runtime.formats.blocks import chunks, unreadable
from dfcli.runtime.formats.columns import refitted, settled, wider
from dfcli.runtime.formats.pieces import pieces
from dfcli.runtime.formats.source import BadLine, Format, Reader, Source, format_of, is_url
from dfcli.runtime.outputs import write

__all__ = ["BadLine", "batches", "content", "digest", "files", "same_file", "scan", "schema", "write"]

_READERS: dict[Format, Reader] = {
    "jsonl": jsonl,
    "json": jsonl,
    "csv": delimited,
    "tsv": delimited,
    "text": text,
    "parquet": tables,
    "arrow": tables,
}
_ROWS = 10_000


def files(given: Input, folder: Path) -> list[str]:
    """Return the paths and URLs that an input names, patterns expanded in order; none for a query.

    A pattern leaves out what is named before it. InputError when there is no such file.
    """
    found: list[str] = []
    for path in _named(given):
        found += [path] if is_url(path) else _expanded(path, folder, found)
    return found


def schema(given: Input, folder: Path) -> pl.Schema:
    """Return an input's columns; InputError when it cannot be read."""
    columns = _types(given)
    if given.database is not None:
        found = queries.schema(given.database, given.query or "", folder)
        _refuse_unknown(columns, found)
        united = dict(found) | columns
    else:
        united = _united([(source, _reader(source).schema(source)) for source in _sources(given, folder)])
    for name in united:
        if is_hidden(name):
            raise InputError(f"input: column {name!r}: names that begin and end with __ are dfcli's own; rename it")
    return pl.Schema({name: settled(each) for name, each in united.items()})


def batches(given: Input, folder: Path, rows: int, on_bad: Callable[[BadLine], None]) -> Iterator[pl.DataFrame]:
    """Yield an input's rows in order, in frames of `rows` rows (fewer when those would be larger than 64 MB).

    All have exactly the columns of `schema`. A line that cannot be read is handed to `on_bad` and left out.
    """
    wanted = schema(given, folder)
    cut = pieces((refitted(frame, wanted) for frame in _frames(given, folder, wanted, on_bad)), rows)
    return cut if given.limit is None else _first(cut, given.limit)


def scan(path: str, folder: Path) -> pl.LazyFrame:
    """Return the rows of a data file, URL or pattern as a query; lines that cannot be read are an InputError."""
    given = Input(path=path)
    wanted = schema(given, folder)
    sources = _sources(given, folder)
    if len(sources) == 1 and _reader(sources[0]) is tables and tables.scan(sources[0]).collect_schema() == wanted:
        return tables.scan(sources[0])

    def rows(
        columns: list[str] | None, condition: pl.Expr | None, limit: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        taken = given.model_copy(update={"limit": limit})
        for frame in batches(taken, folder, size or _ROWS, _refuse):
            some = frame if columns is None else frame.select(columns)
            yield some if condition is None else some.filter(condition)

    return register_io_source(rows, schema=wanted)


def content(path: str, folder: Path) -> str:
    """Return a hash (xxh3, 128 bits) of a data file's bytes; of the files' hashes for a pattern.

    What is at a URL is hashed by its rows.
    """
    hashes = [_content(each, folder) for each in files(Input(path=path), folder)]
    return hashes[0] if len(hashes) == 1 else xxhash.xxh3_128_hexdigest("".join(hashes).encode())


def digest(frame: pl.DataFrame) -> str:
    """Return a hash (xxh3, 128 bits) of a frame's columns, types and values, whatever its chunks."""
    plain = frame.cast({name: kind for name, each in frame.schema.items() if (kind := _plain(each)) != each})
    shape = repr((frame.height, [(name, str(each)) for name, each in frame.schema.items()]))
    hashed = xxhash.xxh3_128(shape.encode())
    hashed.update(plain.write_ndjson().encode())
    return hashed.hexdigest()


def same_file(output: Output, given: Input, folder: Path, into: Path | None = None) -> bool:
    """Tell whether an output is one of the input's files, or would be the next time: its pattern takes it in.

    `folder` is what the input's paths are relative to, `into` what the output's is (the working folder).
    """
    if is_url(output.path):
        return output.path in _named(given)
    target = (into or Path()) / os.path.expanduser(output.path)
    for path in _named(given):
        pattern = _joined(path, folder)
        if not is_url(path) and (_is_same(target, pattern) or _takes_in(pattern, target)):
            return True
    return any(_is_same(target, each) for each in files(given, folder) if not is_url(each))


def _named(given: Input) -> tuple[str, ...]:
    if given.path is None:
        return ()
    return (given.path,) if isinstance(given.path, str) else given.path


def _joined(path: str, folder: Path) -> str:
    return os.path.join(folder, os.path.expanduser(path))


def _expanded(path: str, folder: Path, before: Iterable[str]) -> list[str]:
    whole = _joined(path, folder)
    if os.path.exists(whole) or not glob.has_magic(path):
        return [_checked(whole)]
    found = [each for each in sorted(glob.glob(whole, recursive=True)) if os.path.isfile(each)]
    if not found:
        raise InputError(f"{path} matches no file in {folder.absolute()}")
    return [each for each in found if each not in before]


def _checked(path: str) -> str:
    """Return a path that can be read; what is not a file (a folder, a pipe) cannot be read twice."""
    try:
        os.stat(path)
        if os.path.isdir(path):
            raise IsADirectoryError(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not os.path.isfile(path):
        raise InputError(f"{path} is no file; write what it gives into one")
    return path


def _types(given: Input) -> dict[str, pl.DataType]:
    try:
        return {name: dtype(each) for name, each in given.columns.items()}
    except ValueError as error:
        raise InputError(f"input: columns: {error}") from error


def _refuse_unknown(columns: Mapping[str, pl.DataType], found: pl.Schema) -> None:
    for name in columns:
        if name not in found:
            raise InputError(f"input: columns: the query gives no column {name!r}")


def _sources(given: Input, folder: Path) -> list[Source]:
    columns = _types(given)
    return [Source(path, format_of(path, given.format), columns) for path in files(given, folder)]


def _reader(source: Source) -> Reader:
    return tables if is_url(source.path) else _READERS[source.format]


def _united(found: list[tuple[Source, pl.Schema]]) -> dict[str, pl.DataType]:
    """Return the columns of several files; InputError names two that disagree."""
    united: dict[str, tuple[pl.DataType, Source]] = {}
    for source, columns in found:
        for name, kind in columns.items():
            before = united.setdefault(name, (kind, source))
            both = wider(before[0], kind) or _both_text(before[1], source)
            if both is None:
                raise InputError(
                    f"input: {name} is {name_of(before[0])} in {before[1].path} and {name_of(kind)} in {source.path}; "
                    f"say which: input: {{columns: {{{name}: str}}}}"
                )
            united[name] = (both, source if before[0] == pl.Null else before[1])
    return {name: kind for name, (kind, _) in united.items()}


def _both_text(one: Source, other: Source) -> pl.DataType | None:
    """Return text for a column of CSV files only: numbers in one of them are text as well."""
    return pl.String() if one.format in ("csv", "tsv") and other.format in ("csv", "tsv") else None


def _frames(
    given: Input, folder: Path, wanted: pl.Schema, on_bad: Callable[[BadLine], None]
) -> Iterator[pl.DataFrame]:
    if given.database is not None:
        yield from queries.frames(given.database, given.query or "", folder, wanted, on_bad)
        return
    for source in _sources(given, folder):
        yield from _reader(source).frames(source, wanted, on_bad)


def _first(cut: Iterable[pl.DataFrame], limit: int) -> Iterator[pl.DataFrame]:
    for frame in cut:
        if limit <= 0:
            return
        yield frame.head(limit)
        limit -= frame.height


def _refuse(line: BadLine) -> None:
    raise InputError(f"{line.file}:{line.line}: {line.why}")


def _content(path: str, folder: Path) -> str:
    hashed = xxhash.xxh3_128()
    if is_url(path):
        reduce(lambda _, frame: hashed.update(digest(frame)), batches(Input(path=path), folder, _ROWS, _refuse), None)
    else:
        for chunk in chunks(path):
            hashed.update(chunk)
    return hashed.hexdigest()


def _plain(given: pl.DataType) -> pl.DataType:
    """Return the type in which JSON tells all values apart: it has no NaN, no infinities and no bytes."""
    if isinstance(given, pl.List):
        return pl.List(_plain(given.inner))  # type: ignore[arg-type]  # an instance here
    if isinstance(given, pl.Array):
        return pl.Array(_plain(given.inner), given.size)  # type: ignore[arg-type]
    if isinstance(given, pl.Struct):
        return pl.Struct({each.name: _plain(each.dtype) for each in given.fields})  # type: ignore[arg-type]
    if given.is_float() or given.is_decimal():
        return pl.String()
    if given == pl.Duration:
        return pl.Int64()
    return pl.List(pl.UInt8()) if given == pl.Binary else given


def _is_same(target: Path, other: str) -> bool:
    try:
        return os.path.samefile(target, other)
    except OSError:
        return False


def _takes_in(pattern: str, target: Path) -> bool:
    """Tell whether a pattern would match a file that need not exist yet."""
    if not glob.has_magic(pattern):
        return False
    whole = PurePath(os.path.realpath(target.parent), target.name)
    folders = re.split(r"(?:^|(?<=/))\*\*/", os.path.abspath(pattern))
    return whole.match(folders[0]) if len(folders) == 1 else whole.match(folders[-1]) and whole.is_relative_to(folders[0])
