"""The `checks` of a recipe: short phrases about the result, and the verdict on each after a run.

`rows: at least 100` (at most, exactly, between A and B) counts the rows. `each: score > 2` is an SQL condition that
every row must meet. Any other key is a column: `unique`, `not null`, `at least X`, `at most X`, `between A and B`,
`one of a, b, c`, `matches REGEX`; of these only `not null` minds a null.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
from polars.exceptions import PanicException, PolarsError

from dfcli.errors import first_line
from dfcli.ops.types import name_of
from dfcli.recipes.columns import Columns
from dfcli.recipes.conditions import wrong_with as wrong_condition
from dfcli.recipes.model import Check

_ROWS = "at least N, at most N, exactly N, or between A and B"
_COLUMN = "unique, not null, at least X, at most X, between A and B, one of a, b, c, or matches REGEX"
_RANGE = re.compile(r"at least (?P<low>\S+)|at most (?P<high>\S+)|between (?P<from>\S+) and (?P<to>\S+)")
PHRASES = f"rows is {_ROWS}; a column is {_COLUMN}"
_LIST = re.compile(r"(one of|matches) \S")
_READERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": {"true": True, "false": False}.__getitem__,
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
}


@dataclass(frozen=True)
class _Rule:
    """What a phrase forbids in a column: the number of values that break it, and what one and many are called."""

    broken: pl.Expr
    one: str
    many: str


def verdict(check: Check, result: pl.LazyFrame) -> tuple[bool, str]:
    """Return whether the result meets a check, and what was found: `12 rows`, `3 repeated values`."""
    schema = result.collect_schema()
    if wrong := wrong_with(check, Columns(schema)):
        return False, wrong[0].removeprefix(f"{check}: ")
    if check.subject == "rows":
        rows = _number(result, pl.len())
        low, high = _bounds(check.phrase)
        return low <= rows <= high, _counted(rows, "row", "rows")
    if check.subject == "each":
        unmet = result.filter(~pl.sql_expr(check.phrase).fill_null(value=False))
        try:
            broken = _number(unmet, pl.len())
        except (PolarsError, PanicException) as error:  # a value that a function or cast in it does not take
            return False, f"it cannot be computed: {first_line(error)}"
        return not broken, _counted(broken, "row does not meet it", "rows do not meet it")
    rule = _rule(check.subject, check.phrase, schema[check.subject])
    broken = _number(result, rule.broken)
    return not broken, _counted(broken, rule.one, rule.many)


def wrong_with(check: Check, columns: Columns) -> list[str]:
    """Return what is wrong with a check, a sentence each, given the columns of the result."""
    if check.subject == "each":
        return [f"each: {sentence}" for sentence in wrong_condition(check.phrase, columns).sentences]
    try:
        wrong = _wrong(check, columns)
    except ValueError as error:
        wrong = str(error)
    except PolarsError as error:
        message = first_line(error)
        wrong = "not a regular expression" if "regex" in message else message
    return [f"{check}: {wrong}"] if wrong else []


def _wrong(check: Check, columns: Columns) -> str:
    if check.subject == "rows":
        _bounds(check.phrase)
    elif not (check.phrase in {"unique", "not null"} or _RANGE.fullmatch(check.phrase) or _LIST.match(check.phrase)):
        return f"a column's check is {_COLUMN}"
    elif columns.missing([check.subject]):
        return columns.no_column(check.subject)
    elif columns.knows([check.subject]):
        rule = _rule(check.subject, check.phrase, columns.known[check.subject])
        pl.DataFrame(schema=columns.known).select(rule.broken)
    return ""


def _bounds(phrase: str) -> tuple[float, float]:
    """Return the lowest and highest number of rows a phrase allows; ValueError when it is no such phrase."""
    exactly = re.fullmatch(r"exactly (\d+)", phrase)
    found = _RANGE.fullmatch(f"between {exactly[1]} and {exactly[1]}" if exactly else phrase)
    low, high = _range(found) if found else ("x", None)
    if not all(each is None or each.isdecimal() for each in (low, high)):
        raise ValueError(f"a check of the number of rows is {_ROWS}")
    bounds = int(low or 0), int(high) if high else float("inf")
    if bounds[0] > bounds[1]:
        raise ValueError("no number of rows is both")
    return bounds


def _range(found: re.Match[str]) -> tuple[str | None, str | None]:
    return found["low"] or found["from"], found["high"] or found["to"]


def _rule(name: str, phrase: str, kind: pl.DataType) -> _Rule:
    """Return what a phrase forbids in a column of some type; ValueError says why it cannot be asked of it."""
    column = pl.col(name)
    if phrase == "unique":
        repeated = column.count() - column.drop_nulls().n_unique()
        return _Rule(repeated, "repeated value", "repeated values")
    if phrase == "not null":
        return _Rule(column.null_count(), "null", "nulls")
    if phrase.startswith("one of "):
        allowed = [_value(each.strip(), kind) for each in phrase.removeprefix("one of ").split(",")]
        listed = pl.lit(pl.Series(allowed, dtype=kind, strict=False)).implode()
        return _Rule((~column.is_in(listed)).sum(), "other value", "other values")
    if phrase.startswith("matches "):
        if kind != pl.String():
            raise ValueError(f"{name} is {name_of(kind)}, and only text matches a pattern")
        unlike = ~column.str.contains(phrase.removeprefix("matches "))
        return _Rule(unlike.sum(), "value that does not match", "values that do not match")
    return _Rule(_outside(name, phrase, kind).sum(), "value out of range", "values out of range")


def _outside(name: str, phrase: str, kind: pl.DataType) -> pl.Expr:
    found = _RANGE.fullmatch(phrase)
    assert found is not None
    if not (kind.is_numeric() or kind.is_temporal()):
        raise ValueError(f"{name} is {name_of(kind)}, and only numbers and dates have a range")
    low, high = _range(found)
    like = pl.Float64() if kind.is_numeric() else kind
    below = pl.col(name) < _value(low, like) if low else pl.lit(value=False)
    above = pl.col(name) > _value(high, like) if high else pl.lit(value=False)
    return below | above


def _value(text: str, kind: pl.DataType) -> Any:
    """Return what a text says as a value of a type; ValueError when it says none."""
    quoted = len(text) > 1 and text[0] == text[-1] == "'"
    try:
        return _READERS[name_of(kind)](text[1:-1] if quoted else text)
    except (KeyError, ValueError):
        wanted = "number" if kind.is_numeric() else f"value of a column of type {name_of(kind)}"
        raise ValueError(f"{text} is no {wanted}") from None


def _number(frame: pl.LazyFrame, count: pl.Expr) -> int:
    return int(frame.select(count).collect(engine="streaming").item())


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
