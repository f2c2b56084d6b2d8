"""Rows to try a recipe on that nobody has: made up where there is no data, and odd ones to see it cope."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl

_ODD = "e\u0301 \U0001f469\u200d\U0001f52c \u202eright to left\u202c \u200b\ufeff 𠮷野家 {{ 7 * 7 }} \"}' <b> \\n %s"
"""Combining and direction marks, joined emoji, invisible characters, rare Chinese, and what templates may trip on."""

PLACEHOLDERS = 6


def made_up(schema: pl.Schema) -> pl.DataFrame:
    """Return rows that a table of such columns may have, the texts marked as placeholders."""
    rows = [{name: _value(name, kind, number) for name, kind in schema.items()} for number in range(PLACEHOLDERS)]
    return pl.DataFrame(rows, schema=schema, strict=False)


def with_odd(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with further ones: all null, all empty, every other column null, odd characters, the first again."""
    schema = rows.schema
    nulls = dict.fromkeys(schema)
    empty = {name: _empty(kind) for name, kind in schema.items()}
    usual = rows.row(0, named=True) if rows.height else made_up(schema).row(0, named=True)
    gaps = {name: None if place % 2 else value for place, (name, value) in enumerate(usual.items())}
    odd = {name: _odd(kind, usual[name]) for name, kind in schema.items()}
    more = pl.DataFrame([nulls, empty, gaps, odd, usual, usual], schema=schema, strict=False)
    return pl.concat([rows, more])


def _value(name: str, kind: pl.DataType, number: int) -> Any:
    if kind == pl.String:
        return f"placeholder {name} number {number + 1}, with a few words"
    if kind == pl.Boolean:
        return number % 2 == 0
    if kind.is_numeric():
        return number + 1
    if isinstance(kind, pl.List):
        return [_value(name, _instance(kind.inner), each) for each in range(2)]
    if isinstance(kind, pl.Struct):
        return {each.name: _value(each.name, _instance(each.dtype), number) for each in kind.fields}
    day = datetime.datetime(2025, 1, 1 + number)
    return day.date() if kind == pl.Date else day if kind.is_temporal() else None


def _empty(kind: pl.DataType) -> Any:
    if kind == pl.String:
        return ""
    if isinstance(kind, pl.List):
        return []
    if isinstance(kind, pl.Struct):
        return {each.name: _empty(_instance(each.dtype)) for each in kind.fields}
    return 0 if kind.is_numeric() else False if kind == pl.Boolean else None


def _odd(kind: pl.DataType, usual: Any) -> Any:
    if kind == pl.String:
        return _ODD
    if kind.is_numeric() and not kind.is_unsigned_integer():
        return -1
    if isinstance(kind, pl.List) and kind.inner == pl.String:
        return [_ODD, ""]
    return usual


def _instance(kind: Any) -> pl.DataType:
    instance: pl.DataType = kind() if isinstance(kind, type) else kind
    return instance
