"""The names of column types in recipes and templates, and what they are in Polars and in Python.

`str`, `int`, `float`, `bool`, `date`, `datetime`, `list[<type>]`, and a mapping of names to types for an object.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import polars as pl
from polars.datatypes import DataTypeClass
from pydantic import BaseModel, Field, create_model

Typename = str | Mapping[str, Any]

PLAIN: dict[str, tuple[type, pl.DataType]] = {
    "str": (str, pl.String()),
    "int": (int, pl.Int64()),
    "float": (float, pl.Float64()),
    "bool": (bool, pl.Boolean()),
    "date": (datetime.date, pl.Date()),
    "datetime": (datetime.datetime, pl.Datetime("us")),
}


def dtype(name: Typename) -> pl.DataType:
    """Return the Polars type of a type's name; ValueError says which name is not one."""
    if isinstance(name, Mapping):
        return pl.Struct({field: dtype(each) for field, each in name.items()})
    if inner := inside_list(name):
        return pl.List(dtype(inner))
    return _plain(name)[1]


def python_type(name: Typename) -> Any:
    """Return the Python type that Pydantic checks a value of this type with."""
    if isinstance(name, Mapping):
        return object_type("Object", {field: python_type(each) for field, each in name.items()})
    if inner := inside_list(name):
        return list[python_type(inner)]  # type: ignore[misc]  # a type made at run time
    return _plain(name)[0]


def object_type(title: str, fields: Mapping[str, Any]) -> type[BaseModel]:
    """Return a Pydantic model of an object; its fields may have any name, for they are known by their aliases."""
    aliased: dict[str, Any] = {
        f"field_{number}": (each, Field(alias=name)) for number, (name, each) in enumerate(fields.items())
    }
    return create_model(title, **aliased)


def name_of(given: pl.DataType | DataTypeClass) -> str:
    """Return a Polars type as users write it; Polars' own name where the recipe language has none."""
    if isinstance(given, pl.List):
        return f"list[{name_of(given.inner)}]"
    if given.is_integer():
        return "int"
    if given.is_float():
        return "float"
    for name, (_, each) in PLAIN.items():
        if given == each:
            return name
    return str(given).lower()


def inside_list(name: str) -> str | None:
    """Return the type of a list's entries; None when it is no list."""
    return name[5:-1] if str(name).startswith("list[") and name.endswith("]") else None


def _plain(name: str) -> tuple[type, pl.DataType]:
    try:
        return PLAIN[name]
    except (KeyError, TypeError):
        raise ValueError(
            f"unknown type {name!r}: a type is {', '.join(PLAIN)}, list[<type>], or a mapping of names to types"
        ) from None
