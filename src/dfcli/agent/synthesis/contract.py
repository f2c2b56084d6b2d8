"""What is asked of every function, whatever it is for: odd cells, its type, no memory, no chance, and speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dfcli.agent.synthesis.model import Function, Result, Run
from dfcli.agent.synthesis.values import is_of, same, shown
from dfcli.ops.base import Row
from dfcli.ops.cases import ODD_TEXTS
from dfcli.ops.types import Typename

MANY = 1000
"""Rows that a function gets through within its limits."""

_ODD: Mapping[str, Sequence[Any]] = {
    "str": ODD_TEXTS,
    "int": (None, 0, -1, 2**53),
    "float": (None, 0.0, -0.5, 1e300),
    "bool": (None, True, False),
}


def broken(function: Function, source: str, rows: Sequence[Row], run: Run) -> list[str]:
    """Return what a function breaks of the contract, in sentences; `rows` are usual ones."""
    given = [*rows, *odd_rows(function, rows)]
    got = run(source, function.name, given)
    if found := list(_wrong(function, given, got)):
        return found
    return [*_remembers(function, source, given, got, run), *_is_slow(function, source, given, run)]


def odd_rows(function: Function, rows: Sequence[Row]) -> list[Row]:
    """Return rows with one odd cell each, beside usual ones, and one with nothing in it at all."""
    usual = dict(rows[0]) if rows else dict.fromkeys(function.inputs)
    found = [{**usual, name: cell} for name, kind in function.inputs.items() for cell in odd_cells(kind)]
    return [*found, dict.fromkeys(function.inputs)]


def odd_cells(kind: Typename) -> list[Any]:
    """Return odd values of a type, nothing among them."""
    if str(kind).startswith("list["):
        return [None, [], [None], *([each] for each in odd_cells(str(kind)[5:-1])[1:])]
    return list(_ODD.get(str(kind), (None,)))


def _wrong(function: Function, given: Sequence[Row], got: Sequence[Result]) -> Iterator[str]:
    for row, result in zip(given, got, strict=True):
        if result.error is not None:
            yield f"it stops on {shown(dict(row))}: {result.error}"
        elif not is_of(result.value, function.type):
            yield f"for {shown(dict(row))} it gives {shown(result.value)}, which is no {function.type} and not null"


def _remembers(function: Function, source: str, given: Sequence[Row], got: Sequence[Result], run: Run) -> Iterator[str]:
    """Yield what shows that a result hangs on other rows, on chance, or on columns that are not its own."""
    again = run(source, function.name, [{**row, "__other__": "x"} for row in reversed(given)])
    for row, first, second in zip(given, got, reversed(again), strict=True):
        if second.error is not None or not same(first.value, second.value):
            yield (
                f"for {shown(dict(row))} it gives {shown(first.value)}, and {second.error or shown(second.value)} when "
                "the rows come in another order: a result may hang on nothing but its own row"
            )
            return


def _is_slow(function: Function, source: str, given: Sequence[Row], run: Run) -> Iterator[str]:
    many = [given[at % len(given)] for at in range(MANY)]
    if slow := next((each.error for each in run(source, function.name, many) if each.error is not None), None):
        yield f"it does not get through {MANY} rows: {slow}"
