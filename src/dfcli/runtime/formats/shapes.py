"""What JSON values look like: a type for plain ones, `[shape]` for lists, `{field: shape}` for objects.

Shapes widen: null gives way to anything, int to float, an object takes in another's fields; everything else that
differs becomes text. An object with more than `MAP` different fields is taken for a map and becomes text too, and so
does what is nested deeper than `DEEPEST`.
"""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl

from dfcli.ops.types import PLAIN

Shape = Any
"""A type, a list of one shape, or a dict of shapes: `Any`, as mypy cannot narrow a recursive union by `type(x) is`."""

NOTHING = type(None)
MAP = 200
DEEPEST = 40
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

_PLAIN: dict[type, pl.DataType] = dict(PLAIN.values()) | {NOTHING: pl.Null()}


def fits(value: Any, shape: Shape) -> bool:
    """Tell whether a value can be read as this shape without loss; text takes in anything."""
    kind = type(value)
    if kind is int:
        return shape is str or ((shape is int and _SMALLEST <= value <= _LARGEST) or shape is float)
    if kind is shape or value is None or shape is str:
        return True
    if kind is dict:
        return type(shape) is dict and all(name in shape and fits(each, shape[name]) for name, each in value.items())
    if kind is list:
        return type(shape) is list and all(fits(each, shape[0]) for each in value)
    return kind is str and shape in (datetime.date, datetime.datetime)


def widen(shape: Shape, value: Any) -> Shape:
    """Return the narrowest shape that a value and everything of the given shape fit."""
    return shape if fits(value, shape) else _merged(shape, shape_of(value))


def shape_of(value: Any, depth: int = 0) -> Shape:
    """Return a value's own shape."""
    kind = type(value)
    if kind in (dict, list) and depth == DEEPEST:
        return str
    if kind is dict:
        return str if len(value) > MAP else {name: shape_of(each, depth + 1) for name, each in value.items()}
    if kind is list:
        inner: Shape = NOTHING
        for each in value:
            if not fits(each, inner):
                inner = _merged(inner, shape_of(each, depth + 1))
        return [inner]
    return kind if kind is not int or _SMALLEST <= value <= _LARGEST else str


def dtype(shape: Shape) -> pl.DataType:
    """Return the Polars type of a shape."""
    if type(shape) is dict:
        return pl.Struct({name: dtype(each) for name, each in shape.items()})
    return pl.List(dtype(shape[0])) if type(shape) is list else _PLAIN[shape]


def of_dtype(given: pl.DataType) -> Shape:
    """Return the shape of the JSON values that a column of this type is read from."""
    if isinstance(given, pl.Struct):
        return {each.name: of_dtype(each.dtype) for each in given.fields}  # type: ignore[arg-type]  # an instance here
    if isinstance(given, pl.List):
        return [of_dtype(given.inner)]  # type: ignore[arg-type]
    return next((python for python, polars in _PLAIN.items() if polars == given), str)


def _merged(one: Shape, other: Shape) -> Shape:
    if one == other or other is NOTHING:
        return one
    if one is NOTHING:
        return other
    if type(one) is list and type(other) is list:
        return [_merged(one[0], other[0])]
    if type(one) is dict and type(other) is dict:
        fields = one | {name: _merged(one.get(name, NOTHING), each) for name, each in other.items()}
        return str if len(fields) > MAP else fields
    return float if one in (int, float) and other in (int, float) else str
