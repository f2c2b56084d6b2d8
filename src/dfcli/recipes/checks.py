"""The `checks` of a recipe: short phrases about the result, and the verdict on each after a run.

`rows: at least 100` (at most, exactly, between A and B) counts the rows. `each: score > 2` is an SQL condition that
every row must meet. Any other key is a column: `unique`, `not null`, `at least X`, `at most X`, `between A and B`,
`one of a, b, c`, `matches REGEX`. Nulls count for `not null` and `each` only.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from dfcli.ops.types import name_of
from dfcli.recipes.columns import Columns
from dfcli.recipes.conditions import wrong_with as wrong_condition
from dfcli.recipes.model import Check

Count = Callable[[pl.LazyFrame], pl.LazyFrame]

_ROWS = "at least N, at most N, exactly N, or between A and B"
_COLUMN = "unique, not null, at least X, at most X, between A and B, one of a, b, c, or matches REGEX"
_RANGE = re.compile(r"at least (?P<low>\S.*)|at most (?P<high>\S.*)|exactly (?P<same>\S.*)|between (?P<a>\S.*?) and (?P<b>\S.*)")


@dataclass(frozen=True)
class _Rule:
    """What a phrase forbids: `bad` marks such values of a column, and `what` names them."""

    bad: pl.Expr
    what: str


def verdict(check: Check, result: pl.LazyFrame) -> tuple[bool, str]:
    """Return whether the result meets a check, and what was found: `12 rows`, `3 repeated values`."""
    if check.subject == "rows":
        rows = _count(result)
        low, high = _bounds(check.phrase)
        return low <= rows <= high, _counted(rows, "row")
    if check.subject == "each":
        bad = _count(result.filter(~pl.sql_expr(check.phrase).fill_null(value=False)))
        return not bad, f"{_counted(bad, 'row')} {'does' if bad == 1 else 'do'} not meet it"
    rule = _rule(check.subject, check.phrase, result.collect_schema()[check.subject])
    bad = int(result.select(rule.bad.sum()).collect(engine="streaming").item() or 0)
    return not bad, _counted(bad, rule.what)


def wrong_with(check: Check, columns: Columns) -> list[str]:
    """Return what is wrong with a check, a sentence each, given the columns of the result."""
    if check.subject == "each":
        return [f"each: {sentence}" for sentence in wrong_condition(check.phrase, columns)[0]]
    if check.subject == "rows":
        return _wrong_rows(check)
    if not _understood(check.phrase):
        return [f"{check}: not a check of a column; say {_COLUMN}"]
    if columns.missing([check.subject]):
        return [f"{check}: {columns.no_column(check.subject)}"]
    if not columns.knows([check.subject]):
        return []
    try:
        rule = _rule(check.subject, check.phrase, columns.known[check.subject])
        pl.DataFrame(schema=columns.known).select(rule.bad.sum())
    except ValueError as error:
        return [f"{check}: {error}"]
    except PolarsError as error:
        return [f"{check}: {str(error).splitlines()[0]}"]
    return []


def _wrong_rows(check: Check) -> list[str]:
    try:
        low, high = _bounds(check.phrase)
    except ValueError:
        return [f"{check}: not a check of the number of rows; say {_ROWS}"]
    return [f"{check}: no number is both"] if low > high else []


def _bounds(phrase: str) -> tuple[float, float]:
    """Return the lowest and highest number of rows a phrase allows; ValueError when it is no such phrase."""
    found = _RANGE.fullmatch(phrase)
    if found is None:
        raise ValueError(phrase)
    low, high = found["low"] or found["same"] or found["a"], found["high"] or found["same"] or found["b"]
    return int(low or 0), int(high) if high else float("inf")


def _understood(phrase: str) -> bool:
    return phrase in {"unique", "not null"} or bool(
        re.match(r"(one of|matches) \S", phrase) or ((found := _RANGE.fullmatch(phrase)) and not found["same"])
    )


def _rule(name: str, phrase: str, kind: pl.DataType) -> _Rule:
    """Return what a phrase forbids in a column of some type; ValueError says why it cannot be asked of it."""
    column = pl.col(name)
    if phrase == "unique":
        return _Rule(column.is_not_null() & ~column.is_first_distinct(), "repeated value")
    if phrase == "not null":
        return _Rule(column.is_null(), "null")
    if phrase.startswith("one of "):
        allowed = [_value(each, kind) for each in _entries(phrase.removeprefix("one of "))]
        return _Rule(~column.is_in(pl.Series(allowed, dtype=kind).implode()), "other value")
    if phrase.startswith("matches "):
        if kind != pl.String():
            raise ValueError(f"{name} is {name_of(kind)}, and only text matches a pattern")
        return _Rule(~column.str.contains(phrase.removeprefix("matches ")), "value that does not match")
    return _Rule(_outside(column, phrase, kind), "value outside")


def _outside(column: pl.Expr, phrase: str, kind: pl.DataType) -> pl.Expr:
    found = _RANGE.fullmatch(phrase)
    assert found is not None
    if not (kind.is_numeric() or kind.is_temporal()):
        raise ValueError(f"only numbers and dates can be compared so, and this column is {name_of(kind)}")
    low, high = found["low"] or found["a"], found["high"] or found["b"]
    bad = pl.lit(value=False)
    if low:
        bad = bad | (column < _value(low, pl.Float64() if kind.is_numeric() else kind))
    return bad | (column > _value(high, pl.Float64() if kind.is_numeric() else kind)) if high else bad


def _entries(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _value(text: str, kind: pl.DataType) -> Any:
    """Return what a text says as a value of a type; ValueError when it says none."""
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
    readers: dict[str, Callable[[str], Any]] = {
        "str": str,
        "int": int,
        "float": float,
        "bool": lambda given: {"true": True, "false": False}[given.lower()],
        "date": datetime.date.fromisoformat,
        "datetime": datetime.datetime.fromisoformat,
    }
    try:
        return readers[name_of(kind)](bare)
    except (KeyError, ValueError):
        raise ValueError(f"{text!r} is no value of a column of type {name_of(kind)}") from None


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect(engine="streaming").item())


def _counted(number: int, what: str) -> str:
    first, _, rest = what.partition(" ")
    if number == 1:
        return f"1 {what}"
    return f"{number} {what}s" if not rest else f"{number} {_plural(what)}"


def _plural(what: str) -> str:
    """Return a noun with its qualifiers in the plural."""
    return what.replace("value that does", "values that do").replace("value", "values", 1) if "that" not in what else what.replace("value that does", "values that do")
