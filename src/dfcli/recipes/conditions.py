"""Conditions on a row (`when`, `keep`, `until`) and other SQL expressions as Polars reads them, checked beforehand.

Types are found by evaluating on a frame without rows, eagerly: a lazy query's schema does not find a text compared
with a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl
from polars.exceptions import ColumnNotFoundError, PanicException, PolarsError

from dfcli.errors import Code, first_line
from dfcli.ops.base import is_hidden
from dfcli.ops.expressions import Gives
from dfcli.ops.types import name_of
from dfcli.recipes.columns import Columns
from dfcli.recipes.slips import near_function, never_meant, slip

_UNREADABLE = (
    (r"unsupported function '(.+)'", r"there is no SQL function \1"),
    (r"found '?(.+?)'? clause", r"\1 is a word of SQL itself; a column of that name stands in double quotes"),
    (r"unexpected token '(.+)'", r"\1 is not expected there"),
    (r"relation|subplan", "it cannot select from tables"),
    (r"requires an OVER clause", "a condition looks at one row at a time"),
    (r"[Uu]nterminated|EOF", "a quote or comment is not closed"),
    (r"PGOverlap", "and is written and, not &&"),
    (r"Placeholder", "a placeholder such as ? or :name stands for nothing here"),
    (r"invalid (DATE|TIMESTAMP) literal '(.*)'", r"'\2' is no \1"),
)
_MISFITS = (
    (r"column '(.+)' is duplicate", r"would give two columns the name '\1'"),
    (r"(column .+ is .+, which cannot be cast to \w+)", r"does not fit: \1"),
    (r"expected `?List`? data type", "needs a list"),
    (r"compare string with numeric", "compares a number with text"),
    (r"date/datetime/time", "compares a date with text (a date is written date '2025-01-31')"),
    (r"cannot check for .* values in", "looks for a value among values of another type"),
    (r"regex", "has a pattern that is no regular expression"),
    (r"not allowed in this context", "selects from tables, which a condition cannot"),
    (r"cannot cast List|could not evaluate comparison", "compares a list or object with something else"),
)
_FOR_ANY_VALUE = re.compile(r"casting from .* not supported|cannot cast|could not evaluate comparison")
"""What Polars says when no value of a column's type would do, in contrast to a value that happens not to."""


class Flaws(NamedTuple):
    """What is wrong with an expression, a sentence each; the columns it misses, in the same order; the kind of it."""

    sentences: Sequence[str] = []
    missing: Sequence[str] = []
    code: Code = "bad_condition"


_WANTED: dict[Gives, str] = {"condition": "true or false", "number": "a number", "value": "a value"}


def wrong_with(condition: str, columns: Columns, gives: Gives = "condition") -> Flaws:
    """Return what is wrong with a condition or other expression."""
    if never := never_meant(condition):
        return Flaws([f"{_quoted(condition)} {never}"])
    try:
        expression = pl.sql_expr(condition)
        names = list(dict.fromkeys(expression.meta.root_names()))
        shape = _shape(expression, "a condition" if gives == "condition" else "an expression")
    except (PolarsError, PanicException) as error:
        reason = f": {hint}" if (hint := slip(condition)) else _reason(error)
        return Flaws([f"{_quoted(condition)} is no SQL condition{reason}"])
    if shape:
        return Flaws([f"{_quoted(condition)} {shape}"])
    if hidden := [name for name in names if is_hidden(name)]:
        return Flaws([f"{hidden[0]} is the engine's own column"])
    missing = columns.missing(names)
    if missing:
        sentences = [f"{columns.no_column(name)}{_single_quotes(name, condition)}" for name in missing]
        return Flaws(sentences, missing, "unknown_column")
    return Flaws(_misfit(condition, expression, columns, gives) if columns.knows(names) else [], [], "type_mismatch")


def _quoted(condition: str) -> str:
    text = " ".join(condition.split())
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'


def _reason(error: BaseException) -> str:
    message = first_line(error)
    for pattern, sentence in _UNREADABLE:
        if found := re.search(pattern, message):
            near = near_function(found[1]) if "function" in pattern else ""
            return f": {found.expand(sentence)}{near}"
    return (
        "" if "unable to parse" in message or "Span" in message else f": {message.removeprefix('sql parser error: ')}"
    )


def _shape(expression: pl.Expr, what: str) -> str | None:
    if expression.meta.has_multiple_outputs():
        return f"gives several answers, and {what} is one"
    if any(map(_over_rows, _parts(expression))):
        return f"goes over many rows; {what} looks at one row at a time"
    return None


def _parts(expression: pl.Expr) -> Iterator[pl.Expr]:
    yield expression
    for each in expression.meta.pop():
        yield from _parts(each)


def _over_rows(part: pl.Expr) -> bool:
    """Tell whether a part of an expression mixes rows: an aggregate, a window, a count, an unnested list."""
    meta = part.meta
    if meta.is_literal() or not (meta.root_names() or meta.eq(pl.len())):
        return False
    try:
        return not meta.is_row_separable() or not (meta.is_length_preserving() or meta.is_scalar())
    except ColumnNotFoundError:  # Polars needs a schema for a few operators of SQL, such as `in`; these mix no rows
        return False


def _single_quotes(name: str, condition: str) -> str:
    if f'"{name}"' not in condition:
        return ""
    return (
        f"; a number stands without quotes: {name}" if name.isdecimal() else f"; text stands in single quotes: '{name}'"
    )


def _misfit(condition: str, expression: pl.Expr, columns: Columns, gives: Gives) -> list[str]:
    names = list(dict.fromkeys(expression.meta.root_names()))
    types = f"; {columns.types(names)}" if names else ""
    try:
        result = pl.DataFrame(schema=columns.known).select(expression)
        given = result.dtypes[0]
        what = "" if _does(given, gives) else f"is {name_of(given)}, not {_WANTED[gives]}"
        what = what or _never(expression, pl.Schema({name: columns.known[name] for name in names}))
    except (PolarsError, PanicException) as error:
        what = misfit(error)
    return [f"{_quoted(condition)} {what}{types}"] if what else []


def _does(given: pl.DataType, gives: Gives) -> bool:
    """Tell whether a type will do; true or false does for a number, as 1 or 0, and a column of nulls for anything."""
    return (
        given == pl.Boolean() or gives == "value" or (gives == "number" and (given.is_numeric() or given == pl.Null()))
    )


def _never(expression: pl.Expr, schema: pl.Schema) -> str:
    """Return what is wrong with types that only show on a row: a list compared with text, a bool with text."""
    try:
        _row(schema).select(expression)
    except (PolarsError, PanicException) as error:
        if _FOR_ANY_VALUE.search(str(error)):
            return misfit(error)
    mixed = any(_kinds(each, schema) == {pl.Boolean(), pl.String()} for each in _parts(expression))
    return "compares true or false with text" if mixed else ""


def _row(schema: pl.Schema) -> pl.DataFrame:
    """Return a row of values that are not null, where a type has a simple one."""
    return pl.DataFrame([pl.Series(name, [_value(kind)], dtype=kind) for name, kind in schema.items()])


def _value(kind: pl.DataType) -> object:
    if isinstance(kind, pl.List):
        return []
    if isinstance(kind, pl.Struct):
        return {field.name: None for field in kind.fields}
    if kind == pl.String():
        return ""
    return 0 if kind.is_numeric() else False if kind == pl.Boolean() else None


def _kinds(part: pl.Expr, schema: pl.Schema) -> set[pl.DataType]:
    """Return the types of a part's two operands, when both are columns or literals."""
    operands = part.meta.pop()
    if len(operands) != 2 or not all(each.meta.is_column() or each.meta.is_literal() for each in operands):
        return set()
    return {pl.DataFrame(schema=schema).select(each).dtypes[0] for each in operands}


def misfit(error: BaseException) -> str:
    """Return what Polars' error says about an expression and its columns, in words that follow `this`."""
    message = first_line(error).replace("Utf8View", "str").rstrip(".")
    known = ((re.search(pattern, message), sentence) for pattern, sentence in _MISFITS)
    return next(
        (found.expand(sentence) for found, sentence in known if found), f"does not fit the columns' types: {message}"
    )
