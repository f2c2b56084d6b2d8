"""Data files and queries as Polars frames, and frames as files.

Text stays text, types are settled before the first row is handed out, memory does not grow with the file, and
nothing is lost without a word: what each format does is said in `formats`, what the output looks like in `outputs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from dfcli.errors import InputError, did_you_mean
from dfcli.ops.base import is_hidden
from dfcli.ops.types import dtype, name_of
from dfcli.recipes.model import Input
from dfcli.runtime.formats import delimited, jsonl, queries, tables, text
from dfcli.runtime.formats.columns import refitted, settled, wider
from dfcli.runtime.formats.hashes import digest, file_hash, joined
from dfcli.runtime.formats.paths import files, same_file
from dfcli.runtime.formats.pieces import pieces
from dfcli.runtime.formats.source import BadLine, Format, Reader, Report, Source, format_of, is_url
from dfcli.runtime.outputs import check_writable, write

__all__ = ["BadLine", "batches", "check_writable", "content", "digest", "files", "same_file", "scan", "schema", "write"]

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


def schema(given: Input, folder: Path) -> pl.Schema:
    """Return an input's columns; InputError when it cannot be read."""
    columns = _types(given)
    if given.database is not None:
        found = queries.schema(given.database, given.query or "", folder)
        united = {name: columns.get(name, each) for name, each in found.items()}
    else:
        united = _united([(source, _reader(source).schema(source)) for source in _sources(given, folder)])
    for name in columns:
        if name not in united:
            raise InputError(f"input: columns: there is no column {name!r}{did_you_mean(name, united)}")
    for name in united:
        if is_hidden(name):
            raise InputError(f"input: column {name!r}: names that begin and end with __ are dfcli's own; rename it")
    return pl.Schema({name: settled(each) for name, each in united.items()})


def batches(given: Input, folder: Path, rows: int, on_bad: Report) -> Iterator[pl.DataFrame]:
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
    if [each.format for each in sources] in (["parquet"], ["arrow"]) and tables.schema(sources[0]) == wanted:
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
    given = Input(path=path)
    if is_url(path):
        return joined([digest(frame) for frame in batches(given, folder, _ROWS, _refuse)])
    return joined([file_hash(each) for each in files(given, folder)])


def _types(given: Input) -> dict[str, pl.DataType]:
    try:
        return {name: dtype(each) for name, each in given.columns.items()}
    except ValueError as error:
        raise InputError(f"input: columns: {error}") from error


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
                both_said = f"{name_of(before[0])} in {before[1].path} and {name_of(kind)} in {source.path}"
                raise InputError(f"input: {name} is {both_said}; give it one type, or say it: columns: {{{name}: str}}")
            united[name] = (both, source if before[0] == pl.Null else before[1])
    return {name: kind for name, (kind, _) in united.items()}


def _both_text(one: Source, other: Source) -> pl.DataType | None:
    """Return text for a column of CSV files only: numbers in one of them are text as well."""
    return pl.String() if one.format in ("csv", "tsv") and other.format in ("csv", "tsv") else None


def _frames(given: Input, folder: Path, wanted: pl.Schema, on_bad: Report) -> Iterator[pl.DataFrame]:
    if given.database is not None:
        yield from queries.frames(given.database, given.query or "", folder, wanted, on_bad)
        return
    for source in _sources(given, folder):
        yield from _reader(source).frames(source, wanted, on_bad)


def _first(cut: Iterator[pl.DataFrame], limit: int) -> Iterator[pl.DataFrame]:
    while limit > 0 and (frame := next(cut, None)) is not None:
        yield frame.head(limit)
        limit -= frame.height


def _refuse(line: BadLine) -> None:
    raise InputError(f"{line.file}:{line.line}: {line.why}")
