"""When two query results are the same: dfcli's definition, and those of Spider and BIRD.

`dfcli`: the same rows, each as often. Names of columns never matter. Their order is free: some order of the other's
columns must make the results equal. The order of rows matters only if `ordered`, that is, if the gold query orders its
result; then it must be exactly gold's, even of rows that tie under ORDER BY, since results do not tell which do. An
empty result equals an empty one with as many columns. Cells are equal as follows:

* NULL to NULL only, NaN to NaN only.
* int, float, Decimal and bool as numbers: 1 = 1.0 = Decimal("1.00") = true. Where one of the two is a float, or a
  Decimal with a fraction, they may differ by `tolerance` of the larger, or by a thousandth of `tolerance` near zero
  (1e-6, 1e-9). Two integers must be equal. The tolerance is too wide for large floats that count, such as Julian days.
* Text exactly: upper and lower case, accents and every blank count, those at the end too. Text never equals a number,
  so '1' is not 1, nor bytes.
* A date or moment to its ISO text, with T or a blank between; a moment at midnight to its date; zeros at the end of a
  fraction do not count; moments with an offset are compared in UTC, and never equal one without.
* A time of the day, or a length of time, to its text HH:MM:SS. Bytes exactly.

A tolerance is not transitive (a near b, b near c, a not near c). Rows are the same when they can be paired so that
every pair is near. That is decided exactly, with two bounds beyond which equal results may be called different, and
different ones never equal: of rows that are alike but for chains of near numbers, more than 300 are paired in sorted
order only; and the search for an order of the columns ends after 1 000 wrong turns, which only tables of many columns
with the same values in other rows need.

`spider`: test-suite execution match (Zhong, Yu, Klein: Semantic Evaluation for Text-to-SQL with Distilled Test Suites,
EMNLP 2020). Rows as a multiset, in order if `ordered` (there: if the gold query has the words ORDER BY anywhere);
columns in any order; values as Python compares them; two empty results are equal however many columns they have. It is
the definition, and leaves out that the published program first sorts a row's cells by their text, and so may refuse
results in which one has 1 and the other 1.0. That program also takes DISTINCT out of both queries unless told not to;
here queries run as they are.

`bird`: execution accuracy (Li et al.: Can LLM Already Serve as a Database Interface?, NeurIPS 2023). The sets of rows
are equal as Python compares them: duplicates and the order of rows do not matter, that of columns does.

In both NaN equals NaN; the SQLite that they were made for has none. A result that is an error is never the same as
another, in any convention.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal

from dfcli.ops._cells import Cell, Cells, canonical, plain
from dfcli.ops._pairing import Pair
from dfcli.ops.database import Dialect, Result

Convention = Literal["dfcli", "spider", "bird"]

TOLERANCE = 1e-6
SHOWN = 80
"""Characters of a row that a reason shows."""


def same(
    gold: Result, other: Result, *, ordered: bool, convention: Convention = "dfcli", tolerance: float = TOLERANCE
) -> bool:
    """Tell whether two results are the same under a convention; the module says what that means.

    `tolerance` is from 0, for equal numbers only, to less than 1, and counts in dfcli's convention alone.
    """
    return difference(gold, other, ordered=ordered, convention=convention, tolerance=tolerance) is None


def difference(
    gold: Result, other: Result, *, ordered: bool, convention: Convention = "dfcli", tolerance: float = TOLERANCE
) -> str | None:
    """Return why two results are not the same, or None: `error`, `columns`, `rows`, `values` or `order`, a sentence."""
    if gold.error or other.error:
        return f"error: {'gold' if gold.error else 'the other'} is no result, but {gold.error or other.error}"
    if convention == "bird":
        return _difference_of_sets(gold, other)
    if convention == "spider" and not gold.rows and not other.rows:
        return None
    if len(gold.columns) != len(other.columns):
        return _columns_differ(gold, other)
    if len(gold.rows) != len(other.rows):
        return f"rows: {len(other.rows)} instead of {len(gold.rows)}"
    cells = (_cells(gold, convention), _cells(other, convention))
    if cells[0] == cells[1]:
        return None
    return _difference_of_pair(Pair.of(*cells, tolerance if convention == "dfcli" else 0), gold, ordered)


def signature(result: Result, *, ordered: bool) -> str | None:
    """Return a short hash that results which are the same in dfcli's convention share; None for an error.

    Samples vote by it. Whole numbers go in as they are, others with six significant digits, and at most nine decimals:
    so two that are near, but on both sides of where the rounding turns, give different ones. The order of columns, and
    that of rows unless `ordered`, do not go in. Results that are not the same share one when only digits beyond those
    differ, or in tables contrived so that each row and each column has a counterpart, and only all together have not.
    """
    if result.error:
        return None
    rows = [[_written(canonical(value)) for value in row] for row in result.rows]
    marks = sorted(map(_hash, zip(*rows, strict=True))) if ordered else _marks(rows)
    return _hash([f"{len(result.columns)} {len(result.rows)}", *marks])


def is_ordered(sql: str, dialect: Dialect) -> bool:
    """Tell whether the outermost query of a statement has an ORDER BY; False for what is not one readable statement.

    That of a subquery, of a common table expression, or of one side of a UNION does not count.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = sqlglot.parse(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return False
    statements = [each for each in parsed if each is not None and not isinstance(each, exp.Semicolon)]
    query = statements[0] if len(statements) == 1 else None
    while isinstance(query, exp.Subquery | exp.Paren) and not query.args.get("order"):
        query = query.this
    return query is not None and bool(query.args.get("order"))


def _difference_of_sets(gold: Result, other: Result) -> str | None:
    rows, others = (dict.fromkeys(_cells(each, "bird")) for each in (gold, other))
    if rows.keys() == others.keys():
        return None
    if rows and others and len(gold.columns) != len(other.columns):
        return _columns_differ(gold, other)
    lacking = next((row for row in rows if row not in others), None)
    if lacking is not None:
        return f"values: {_shown(lacking)} is missing"
    return f"values: {_shown(next(row for row in others if row not in rows))} is not in gold"


def _difference_of_pair(pair: Pair, gold: Result, ordered: bool) -> str | None:
    if ordered and pair.in_order():
        return None
    stray = pair.stray()
    if stray is not None:
        return f"values: row {stray + 1} of gold, {_shown(gold.rows[stray])}, has no partner"
    if not pair.in_any_order():
        return "values: each row has a partner by itself, but no order of the columns gives all of them one"
    return "order: the same rows in another order" if ordered else None


def _columns_differ(gold: Result, other: Result) -> str:
    return f"columns: {len(other.columns)} instead of {len(gold.columns)}"


def _cells(result: Result, convention: Convention) -> list[Cells]:
    form = canonical if convention == "dfcli" else plain
    return [tuple(map(form, row)) for row in result.rows]


def _shown(row: Sequence[Any]) -> str:
    text = repr(tuple(row))
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _marks(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return marks of rows and columns that no order of either changes: each is told by those that it crosses."""
    row_marks = [_hash(sorted(row)) for row in rows]
    column_marks = [
        _hash(sorted(cell + mark for cell, mark in zip(column, row_marks, strict=True)))
        for column in zip(*rows, strict=True)
    ]
    crossed = [_hash(sorted(cell + mark for cell, mark in zip(row, column_marks, strict=True))) for row in rows]
    return sorted(column_marks) + sorted(crossed)


def _written(cell: Cell) -> str:
    """Return a canonical cell as text that tells its kind."""
    if isinstance(cell, int | float | Decimal):
        return f"number {_rounded(cell)}"
    return f"{type(cell).__name__} {cell!r}"


def _rounded(number: int | float | Decimal) -> str:
    """Return a number's digits: all of a whole one, or one that is but for the last of twelve; else six."""
    if number in (float("inf"), float("-inf")):
        return str(float(number))
    if isinstance(number, Decimal):
        number = int(number) if number == number.to_integral_value() else float(number)
    if isinstance(number, float):
        number = number if number.is_integer() else float(f"{number:.12g}")
    return str(int(number)) if number == int(number) else f"{round(number, 9) + 0.0:.6g}"


def _hash(parts: Iterable[str]) -> str:
    whole = "".join(f"{len(part)} {part}" for part in parts)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
