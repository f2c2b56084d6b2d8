"""The expressions that turn one column type into another; a value that has no counterpart becomes null.

Nothing is guessed from neighbouring rows, so a slice of a frame is cast as the whole is.
"""

from __future__ import annotations

from typing import Literal

import polars as pl
from polars.exceptions import InvalidOperationError

from dfcli.ops.types import dtype, name_of

PlainType = Literal["str", "int", "float", "bool", "date", "datetime"]

_NUMBERS = {"str", "int", "float", "bool"}
_SOURCES: dict[PlainType, set[str]] = {
    "str": {*_NUMBERS, "date", "datetime"},
    "int": _NUMBERS,
    "float": _NUMBERS,
    "bool": {"str", "int", "bool"},
    "date": {"str", "date", "datetime"},
    "datetime": {"str", "date", "datetime"},
}
_DATETIMES = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_WITH_OFFSET = "%Y-%m-%dT%H:%M:%S%.f%#z"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def cast_to(kind: PlainType, column: str, source: pl.DataType) -> pl.Expr:
    """Return the expression of a column as another type; InvalidOperationError where no value could be cast."""
    value, given = pl.col(column), "datetime" if isinstance(source, pl.Datetime) else name_of(source)
    if source == pl.Null or (given == kind and given != "datetime"):
        return value.cast(dtype(kind))
    if given not in _SOURCES[kind]:
        raise InvalidOperationError(f"column {column!r} is {given}, which cannot be cast to {kind}")
    if kind == "bool":
        return value.cast(pl.String).str.to_lowercase().replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
    if given == "str" and kind in ("date", "datetime"):
        return _date(value) if kind == "date" else _datetime(value)
    if given == "float" and kind == "int":
        value = pl.when(value == value.round()).then(value)
    return value.cast(dtype(kind), strict=False)


def _date(text: pl.Expr) -> pl.Expr:
    return text.str.to_date("%Y-%m-%d", strict=False)


def _datetime(text: pl.Expr) -> pl.Expr:
    text = text.str.replace(" ", "T", literal=True)
    naive = [text.str.to_datetime(each, time_unit="us", strict=False) for each in _DATETIMES]
    utc = text.str.to_datetime(_WITH_OFFSET, time_unit="us", strict=False).dt.replace_time_zone(None)
    return pl.coalesce(*naive, utc)
