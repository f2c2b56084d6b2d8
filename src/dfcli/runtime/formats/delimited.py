"""CSV and TSV: a header, then rows; a quoted cell may hold separators, line breaks and doubled quotes.

An empty cell is null, a quoted empty one is empty text. A column is int or float when every one of its cells in the
whole file is a number written as dfcli would write it, so that no text is lost: `007`, `+1`, `1e5` and `1.50` stay
text, and so do dates. A short row's missing cells are null; a row with too many cells is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import polars as pl
from polars.exceptions import PolarsError

from dfcli.errors import InputError
from dfcli.ops.types import name_of
from dfcli.runtime.formats.blocks import Block, Line, blocks, readable
from dfcli.runtime.formats.columns import from_text
from dfcli.runtime.formats.source import Bad, Report, Source

_INTEGER = r"^(?:0|-?[1-9][0-9]{0,17})$"
_SHORT_INTEGER = r"^(?:0|-?[1-9][0-9]{0,14})$"
_DECIMAL = r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"
_SEPARATORS = {"csv": ",", "tsv": "\t"}


def schema(source: Source) -> pl.Schema:
    """Return the header's columns; InputError when there is none, or it names a column twice."""
    names, rows = _opened(source)
    kinds: dict[str, pl.DataType] = {name: pl.Null() for name in names if name not in source.columns}
    for block in rows:
        if not kinds:
            break
        texts, _ = _read(block, names, _separator(source), lambda number, why: None)
        kinds = {name: kind for name, each in kinds.items() if (kind := _kind(texts[name], each)) is not None}
    types = kinds | dict(source.columns)
    return pl.Schema({name: types.get(name, pl.String()) for name in names})


def frames(source: Source, schema: pl.Schema, report: Report) -> Iterator[pl.DataFrame]:
    """Yield the rows; those of records that cannot be read are left out."""
    names, rows = _opened(source)
    for name in names:
        if schema[name].is_nested():
            kind = name_of(schema[name])
            raise InputError(f"{source.path}: a cell of {name} is text, which is no {kind}; read it as str")
    for block in rows:
        texts, lines = _read(block, names, _separator(source), source.bad(report))
        numbers = partial(_numbers, block, lines, _separator(source))
        yield from_text(texts, schema, source.path, numbers, report)


def _separator(source: Source) -> str:
    return _SEPARATORS[source.format]


def _numbers(block: Block, lines: list[Line] | None, separator: str) -> list[int]:
    return [number for number, _ in (_records(block, separator) if lines is None else lines)]


def _kind(cells: pl.Series, so_far: pl.DataType) -> pl.DataType | None:
    """Return the type of number that all cells are, with those before them; Null when there are none, None if text."""
    held = cells.drop_nulls()
    if held.is_empty():
        return so_far
    if so_far != pl.Float64 and held.str.contains(_INTEGER).all():
        return pl.Int64()
    same = held.cast(pl.Float64, strict=False).cast(pl.String) == held
    plain = held.str.contains(_DECIMAL) & same.fill_null(value=False)
    return pl.Float64() if (plain | held.str.contains(_SHORT_INTEGER)).all() else None


def _opened(source: Source) -> tuple[list[str], Iterator[Block]]:
    """Return the names in the header, and the blocks of rows below it."""
    rest = blocks(source.path, after_last_record)
    for block in rest:
        for number, record in _each_record(block, _separator(source)):
            if record.strip():
                below = block.data[block.data.index(record) + len(record) + 1 :]
                first = number + record.count(b"\n") + 1 - block.numbers[0]
                return _names(source, number, record), _below(Block(below, block.numbers[first:]), rest)
    raise InputError(f"{source.path} is empty: its first line has to name the columns")


def _below(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    if first.data:
        yield first
    yield from rest


def _names(source: Source, number: int, record: bytes) -> list[str]:
    """Return the columns that a header names; one without a name is called after its place."""
    where = f"{source.path}:{number}"
    try:
        cells = [_unquoted(cell) for cell in _cells(record, _separator(source))]
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: the header is not UTF-8") from error
    if any("\r" in cell for cell in map(bytes.decode, _cells(record, _separator(source))) if cell[:1] != '"'):
        raise InputError(f"{where}: lines end in a carriage return alone; save it with line feeds")
    names = [name or f"column_{place}" for place, name in enumerate(cells, start=1)]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise InputError(f"{where}: the header names column {twice!r} twice; rename one")
    return names


def _unquoted(cell: bytes) -> str:
    text = cell.decode()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _read(block: Block, names: list[str], separator: str, bad: Bad) -> tuple[pl.DataFrame, list[Line] | None]:
    """Return a block's rows as text, and the records that became them when these are not all that are not blank."""
    read = partial(_parsed, names=names, separator=separator)
    try:
        texts = read(block.data)
        if not texts.select(pl.all_horizontal(pl.all().is_null()).any()).item():
            return texts, None
    except PolarsError:
        pass  # one of the records; found below
    good = []
    for number, record in _records(block, separator):
        if why := _wrong(record, len(names), separator):
            bad(number, why)
        else:
            good.append((number, record))
    return readable(good, read, bad)


def _parsed(data: bytes, names: list[str], separator: str) -> pl.DataFrame:
    return pl.read_csv(
        data,
        has_header=False,
        separator=separator,
        schema=dict.fromkeys(names, pl.String),
        missing_columns="insert",
        raise_if_empty=False,
    )


def _wrong(record: bytes, width: int, separator: str) -> str | None:
    """Return why a record is no row of so many cells, or None when it is one."""
    try:
        record.decode()
    except UnicodeDecodeError as error:
        return f"byte 0x{record[error.start]:02x} at {error.start + 1} is not UTF-8"
    cells = _cells(record, separator)
    if len(cells) > width:
        return f"has {len(cells)} cells, more than the {width} of the header"
    if any(map(_odd, cells)):
        return "has a quote that is not doubled inside a quoted cell, or one that nothing closes"
    return None


def _odd(cell: bytes) -> bool:
    if cell.startswith(b'"'):
        return len(cell) == 1 or not cell.endswith(b'"') or cell[1:-1].count(b'"') != 2 * cell[1:-1].count(b'""')
    return cell.count(b'"') % 2 == 1


def after_last_record(rest: bytes, chunk: bytes) -> int:
    """Return where in a chunk its last whole record ends, which is never inside quotes; 0 when none does."""
    quotes = rest.count(b'"') + chunk.count(b'"')
    end = len(chunk)
    while (start := chunk.rfind(b"\n", 0, end)) >= 0:
        quotes -= chunk.count(b'"', start, end)
        if quotes % 2 == 0:
            return start + 1
        end = start
    return 0


def _records(block: Block, separator: str) -> list[Line]:
    """Return the records that are not blank, each with the number of its first line."""
    return [(number, record) for number, record in _each_record(block, separator) if record.strip(b"\r")]


def _each_record(block: Block, separator: str) -> Iterator[Line]:
    line = 0
    for match in _PATTERNS[separator][0].finditer(block.data):
        if match.group():
            yield block.numbers[line], match.group().removesuffix(b"\n")
        line += match.group().count(b"\n")


def _cells(record: bytes, separator: str) -> list[bytes]:
    """Return a record's cells as they stand, quotes and all."""
    return [match.group(1) for match in _PATTERNS[separator][1].finditer(record.removesuffix(b"\r"))]


def _patterns(separator: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return what a record matches, and what a cell and what stands before it."""
    plain = rf"[^{separator}\n]*+"
    cell = rf'(?:"[^"]*+(?:""[^"]*+)*+"{plain}|{plain})'
    record = rf"{cell}(?:{separator}{cell})*+(?:\n|\Z)"
    return re.compile(record.encode()), re.compile(rf"(?:^|{separator})({cell})".encode(), re.DOTALL)


_PATTERNS = {each: _patterns(each) for each in _SEPARATORS.values()}
