"""JSON Lines, and JSON files that hold a list of objects.

A string stays the text it is. A column with integers and floats is float; one whose values differ otherwise is text,
in which a number is written in its shortest form and a list or object as JSON. Types are told from the first block of
a file and from samples of a large one; a line that does not fit them is reported, and so is one with a field that they
lack.
"""

from __future__ import annotations

import json
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
from dfcli.runtime.formats.columns import from_text, instance, left_as_text
from dfcli.runtime.formats.source import Bad, Report, Source

_MOST_COLUMNS = 10_000
_HUGE = 2.0**63
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
        yield from_text(frame, schema, source.path, partial(_numbers, block, lines), report)


def _sample(source: Source) -> Iterator[bytes]:
    if source.format == "json":
        return (block.data for block in islice(_blocks(source), 1))
    return sample(source.path)


def _blocks(source: Source) -> Iterator[Block]:
    return array_blocks(source.path) if source.format == "json" else blocks(source.path)


def _learn(line: bytes, known: dict[str, shapes.Shape], source: Source) -> None:
    try:
        row = _loaded(line)
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
    if schema and not _HALF_PAIR.search(block.data):
        try:
            if _holds_all(frame := read(block.data), block.data):
                return frame, None
        except PolarsError:
            pass  # one of the lines; found below
    good = []
    for number, line in block.lines():
        if why := _wrong(line, shape):
            bad(number, why)
        else:
            good.append((number, line))
    return readable(good, read, bad)


def _holds_all(frame: pl.DataFrame, data: bytes) -> bool:
    """Tell whether a frame surely has a value for each name in its lines: Polars passes unknown fields over.

    Outside of strings, only a name is followed by a colon.
    """
    held = sum(each.len() - each.null_count() + _held(each) for each in frame)
    names = data.count(b'":')
    if names == held:
        return True
    names -= data.count(b'\\":')
    nulls = sum(data.count(b'":%snull' % blank) - data.count(b'\\":%snull' % blank) for blank in (b"", b" "))
    return names - nulls == held


def _held(values: pl.Series) -> int:
    """Return how many fields of the objects in a column have a value."""
    if isinstance(values.dtype, pl.List):
        return _held(values.drop_nulls().explode()) if _has_objects(values.dtype) else 0
    if not isinstance(values.dtype, pl.Struct):
        return 0
    inner = values.struct.unnest()
    return sum(each.len() - each.null_count() + _held(each) for each in inner)


def _has_objects(given: pl.DataType) -> bool:
    return _has_objects(instance(given.inner)) if isinstance(given, pl.List) else isinstance(given, pl.Struct)


def _loaded(line: bytes) -> Any:
    """Return what a line says; an integer beyond 64 bits, which orjson takes for a float, stays one."""
    row = orjson.loads(line)
    return json.loads(line) if _has_huge(row, shapes.DEEPEST) else row


def _has_huge(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind is dict and depth:
        return any(_has_huge(each, depth - 1) for each in value.values())
    if kind is list and depth:
        return any(_has_huge(each, depth - 1) for each in value)
    return kind is float and abs(value) >= _HUGE


def _wrong(line: bytes, shape: dict[str, shapes.Shape]) -> str | None:
    """Return why a line is no row of these columns, or None when it is one."""
    try:
        row = _loaded(line)
    except orjson.JSONDecodeError as error:
        return _not_json(line, error)
    if type(row) is not dict:
        return f"is {_said(row)}, not an object"
    if not shape:
        return "has no fields, and no other line has any"
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
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= 40 else f"{text[:40]}…"
