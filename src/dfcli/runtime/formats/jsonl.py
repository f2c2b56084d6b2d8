"""JSON Lines, and JSON files that hold a list of objects.

A string stays the text it is. A column with integers and floats is float; one whose values differ otherwise is text,
in which a number is written in its shortest form and a list or object as JSON. Types are told from the first block of
a file and from samples of a large one; a line that does not fit them is reported. So is one with a field that they
lack, except that only the first lines of each block are looked at for that: Polars passes unknown fields over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import orjson
import polars as pl
from polars.exceptions import PolarsError

from dfcli.errors import InputError
from dfcli.ops.types import name_of
from dfcli.runtime.formats import shapes
from dfcli.runtime.formats.arrays import array_blocks
from dfcli.runtime.formats.blocks import Block, Line, blocks, readable, sample
from dfcli.runtime.formats.columns import from_text, left_as_text
from dfcli.runtime.formats.source import Bad, Report, Source

_LOOKED_AT = 100
_MOST_COLUMNS = 10_000
_HALF_PAIR = re.compile(
    rb"\\u[dD](?:[89abAB]..(?!\\u[dD][c-fC-F])|[c-fC-F](?<!\\u[dD][89abAB]..\\u[dD][c-fC-F]))", re.DOTALL
)
"""Half a surrogate pair, which Polars would read as a null character and what follows it."""


def schema(source: Source) -> pl.Schema:
    """Return the columns in the order in which they first appear, then those that only the recipe names."""
    known: dict[str, shapes.Shape] = {}
    for data in _sample(source):
        for line in data.split(b"\n"):
            _learn(line, known, source)
    return pl.Schema({name: shapes.dtype(each) for name, each in known.items()} | dict(source.columns))


def frames(source: Source, schema: pl.Schema, report: Report) -> Iterator[pl.DataFrame]:
    """Yield the rows; those of lines that cannot be read are left out."""
    raw = left_as_text(schema, source)
    shape = {name: shapes.of_dtype(each) for name, each in raw.items()}
    for block in _blocks(source):
        frame, lines = _read(block, raw, shape, source.bad(report))
        if frame.width:
            yield from_text(frame, schema, source.path, partial(_numbers, block, lines), report)


def _sample(source: Source) -> Iterator[bytes]:
    if source.format == "json":
        return (block.data for block in islice(_blocks(source), 1))
    return sample(source.path)


def _blocks(source: Source) -> Iterator[Block]:
    return array_blocks(source.path) if source.format == "json" else blocks(source.path)


def _learn(line: bytes, known: dict[str, shapes.Shape], source: Source) -> None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return
    if type(row) is not dict or shapes.fits(row, known):
        return
    for name, value in row.items():
        known[name] = shapes.widen(known.get(name, shapes.NOTHING), value)
    if len(known) > _MOST_COLUMNS:
        raise InputError(f"{source.path} has more than {_MOST_COLUMNS} different fields; are they data, not names?")


def _numbers(block: Block, lines: list[Line] | None) -> list[int]:
    return [number for number, _ in (block.lines() if lines is None else lines)]


def _read(
    block: Block, schema: pl.Schema, shape: dict[str, shapes.Shape], bad: Bad
) -> tuple[pl.DataFrame, list[Line] | None]:
    """Return a block's rows, and the lines that became them when these are not all that are not blank."""
    read = partial(pl.read_ndjson, schema=schema)
    if schema and not _suspicious(block, shape):
        try:
            return read(block.data), None
        except PolarsError:
            pass  # one of the lines; found below
    good = []
    for number, line in block.lines():
        if why := _wrong(line, shape):
            bad(number, why)
        else:
            good.append((number, line))
    return readable(good, read, bad)


def _suspicious(block: Block, shape: dict[str, shapes.Shape]) -> bool:
    """Tell whether a block may hold what Polars reads without a word, and wrongly."""
    if _HALF_PAIR.search(block.data):
        return True
    end = 0
    for _ in range(_LOOKED_AT):
        start, end = end, block.data.find(b"\n", end) + 1
        line = block.data[start : end or None]
        if line.strip() and _wrong(line, shape):
            return True
        if not end:
            break
    return False


def _wrong(line: bytes, shape: dict[str, shapes.Shape]) -> str | None:
    """Return why a line is no row of these columns, or None when it is one."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _not_json(line, error)
    if type(row) is not dict:
        return f"is {_said(row)}, not an object"
    if shapes.fits(row, shape):
        return None
    return next(_misfit(name, value, shape) for name, value in row.items() if not shapes.fits({name: value}, shape))


def _not_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as wrong:
        return f"byte 0x{line[wrong.start]:02x} at {wrong.start + 1} is not UTF-8"
    if "surrogate" in error.msg:
        return f"half a surrogate pair at character {error.colno} is no text"
    return f"is not JSON: {error.msg} at character {error.colno}"


def _misfit(name: str, value: Any, shape: dict[str, shapes.Shape]) -> str:
    own = shapes.shape_of(value)
    if name not in shape:
        kind = name_of(shapes.dtype(own)) if own in (str, int, float, bool) else "str"
        return (
            f"has a field {name!r} that the rows looked at first lack; name it: input: {{columns: {{{name}: {kind}}}}}"
        )
    kind = "float" if own in (int, float) and shape[name] in (int, float) else "str"
    return f"{name} is {_said(value)}, unlike the rows looked at first; name its type: {_hint(name, kind)}"


def _hint(name: str, kind: str) -> str:
    return f"input: {{columns: {{{name}: {kind}}}}}"


def _said(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 40 else f"{text[:40]}…"
