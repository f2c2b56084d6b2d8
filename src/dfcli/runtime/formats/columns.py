"""Column types: made sure of, united over several files, and read from text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
from polars.datatypes import DataTypeClass

from dfcli.ops.types import name_of
from dfcli.runtime.formats.source import BadLine, Report, Source

_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_DATE = "%Y-%m-%d"
_MINUTE = "%Y-%m-%dT%H:%M"
_TIME = "%Y-%m-%dT%H:%M:%S%.f"


def settled(given: pl.DataType) -> pl.DataType:
    """Return a type that a column can have: one of nulls, or of objects without fields, is text."""
    if given == pl.Null or given == pl.Struct([]):
        return pl.String()
    if isinstance(given, pl.List):
        return pl.List(settled(instance(given.inner)))
    if isinstance(given, pl.Struct):
        return pl.Struct({each.name: settled(instance(each.dtype)) for each in given.fields})
    return given


def wider(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """Return the type that values of both fit, or None: numbers widen, objects take in each other's fields."""
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if one.is_numeric() and other.is_numeric():
        return _wider_number(one, other)
    if isinstance(one, _TEXTS) and isinstance(other, _TEXTS):
        return pl.String()
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        inner = wider(instance(one.inner), instance(other.inner))
        return None if inner is None else pl.List(inner)
    if isinstance(one, pl.Struct) and isinstance(other, pl.Struct):
        return _wider_struct(one, other)
    return None


def refitted(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return a frame with exactly the schema's columns; those it lacks are null."""
    if frame.schema == schema:
        return frame
    have = frame.schema
    return frame.select(
        _refit(pl.col(name), have[name], want).alias(name) if name in have else pl.lit(None, dtype=want).alias(name)
        for name, want in schema.items()
    )


def from_text(
    texts: pl.DataFrame, schema: pl.Schema, path: str, numbers: Callable[[], Sequence[int]], report: Report
) -> pl.DataFrame:
    """Return a frame whose text columns have become the schema's types.

    Rows with a text that says no such value are reported and left out; `numbers` gives the line of each row.
    """
    changed = [name for name, want in schema.items() if name in texts.columns and texts.schema[name] != want]
    frame = texts.with_columns(_parsed(name, schema[name]) for name in changed)
    wrong = [name for name in changed if frame[name].null_count() > texts[name].null_count()]
    if not wrong:
        return frame
    lines = numbers()
    bad = pl.Series([False] * frame.height)
    for name in wrong:
        fails = frame[name].is_null() & texts[name].is_not_null()
        for row in (fails & ~bad).arg_true():
            report(BadLine(path, lines[row], f"{name} is {texts[name][row]!r}, which is no {name_of(schema[name])}"))
        bad = bad | fails
    return frame.filter(~bad)


def left_as_text(schema: pl.Schema, source: Source) -> pl.Schema:
    """Return the schema in which dates are text still, as `from_text` takes them."""
    dates = {name for name, each in schema.items() if name in source.columns and each.is_temporal()}
    return pl.Schema({name: pl.String() if name in dates else each for name, each in schema.items()})


def _parsed(name: str, want: pl.DataType) -> pl.Expr:
    text = pl.col(name)
    if want == pl.Boolean:
        lower = text.str.to_lowercase()
        return pl.when(lower.is_in(["true", "false"])).then(lower == "true").alias(name)
    if want == pl.Date:
        return text.str.to_date(_DATE, strict=False)
    return _moment(text) if want == pl.Datetime else text.cast(want, strict=False)


def _moment(text: pl.Expr) -> pl.Expr:
    """Read ISO dates and times; those with an offset become UTC."""
    iso = text.str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
    return pl.coalesce(
        iso.str.to_datetime(_TIME, strict=False, time_unit="us"),
        iso.str.to_datetime(_TIME + "%:z", strict=False, time_unit="us").dt.replace_time_zone(None),
        iso.str.to_datetime(_MINUTE, strict=False, time_unit="us"),
        iso.str.to_datetime(_DATE, strict=False, time_unit="us"),
    )


def _refit(value: pl.Expr, have: pl.DataType, want: pl.DataType) -> pl.Expr:
    if have == want:
        return value
    if isinstance(have, pl.Struct) and isinstance(want, pl.Struct):
        inner = {each.name: instance(each.dtype) for each in have.fields}
        fields = [
            _refit(value.struct.field(each.name), inner[each.name], instance(each.dtype)).alias(each.name)
            if each.name in inner
            else pl.lit(None, dtype=each.dtype).alias(each.name)
            for each in want.fields
        ]
        return pl.when(value.is_not_null()).then(pl.struct(fields))
    if isinstance(have, pl.List) and isinstance(want, pl.List):
        return value.list.eval(_refit(pl.element(), instance(have.inner), instance(want.inner)))
    return value.cast(want)


def _wider_number(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    both = pl.concat([pl.DataFrame(schema={"": one}), pl.DataFrame(schema={"": other})], how="vertical_relaxed")
    return both.schema[""]


def _wider_struct(one: pl.Struct, other: pl.Struct) -> pl.DataType | None:
    fields = {each.name: instance(each.dtype) for each in one.fields}
    for each in other.fields:
        both = wider(fields.get(each.name, pl.Null()), instance(each.dtype))
        if both is None:
            return None
        fields[each.name] = both
    return pl.Struct(fields)


def instance(given: pl.DataType | DataTypeClass) -> pl.DataType:
    """Return a type as an instance, as Polars declares that it may be a class."""
    return given if isinstance(given, pl.DataType) else given()
