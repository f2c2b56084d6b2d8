"""Cells of query results: the form a value is compared in, and which numbers are near one another."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

Cell = Hashable
Cells = tuple[Cell, ...]

NAN = ("nan",)
"""Stands for every NaN; a tuple, so that no value of a database equals it."""

ABSOLUTE = 1e-3
"""The part of the tolerance within which numbers are near however small they are."""

_CLOCK = r"([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
_TIME = re.compile(_CLOCK)
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.([0-9]+))?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


def plain(value: Any) -> Cell:
    """Return a value as Python compares it; only that NaN equals NaN, so that a result equals itself."""
    nan = value.is_nan() if isinstance(value, Decimal) else isinstance(value, float) and math.isnan(value)
    return NAN if nan else value


def canonical(value: Any) -> Cell:
    """Return a value in the form in which equal ones are equal, numbers of all types as Python has it already."""
    form = _FORMS.get(type(value))
    return form(value) if form else value


def near(one: Cell, other: Cell, tolerance: float) -> bool:
    """Tell whether two canonical cells are equal, or numbers that are within the tolerance of one another.

    Numbers that are both exact, such as counts and ids, are never near without being equal.
    """
    if one == other:
        return True
    return (
        is_finite(one) and is_finite(other) and (is_rounded(one) or is_rounded(other)) and _close(one, other, tolerance)
    )


def is_rounded(cell: Cell) -> bool:
    """Tell whether a cell is a number that may have been rounded: a finite float, or a Decimal with a fraction."""
    if isinstance(cell, float):
        return math.isfinite(cell)
    return isinstance(cell, Decimal) and cell.is_finite() and cell != cell.to_integral_value()


def is_finite(cell: Cell) -> bool:
    """Tell whether a cell is a number that a float can be near to."""
    if not isinstance(cell, int | float | Decimal):
        return False
    try:
        return math.isfinite(float(cell))
    except OverflowError:
        return False


class Clusters(NamedTuple):
    """Numbers by the cluster they are in: those of different clusters are not near, and others stand for themselves.

    Numbers of one cluster are all near one another, unless the cluster is one of the `wide`: those hold chains in which
    each number is near the next and the first is not near the last, or exact numbers that a rounded one joins.
    """

    keys: Mapping[Cell, Cell]
    wide: frozenset[Cell]

    @classmethod
    def of(cls, rows: Iterable[Cells], tolerance: float) -> Clusters:
        """Cluster the numbers of canonical rows."""
        # Exact and rounded numbers of one value are kept apart, as a set would keep only the first of them.
        rounded: set[Cell] = set()
        exact: set[Cell] = set()
        for row in rows:
            for cell in row:
                (rounded if is_rounded(cell) else exact).add(cell)
        keys: dict[Cell, Cell] = {}
        wide = set()
        for members in _chains(_sorted(rounded), exact, tolerance):
            key = ("near", float(members[0]))
            keys |= dict.fromkeys(members, key)
            several = len({member for member in members if member in exact}) > 1
            if several or not _close(members[0], members[-1], tolerance):
                wide.add(key)
        return cls(keys, frozenset(wide))


def _chains(rounded: Sequence[Any], exact: Iterable[Cell], tolerance: float) -> Iterator[list[Any]]:
    """Yield the numbers that hang together: rounded ones, and exact ones that are near a rounded one."""
    if not rounded:
        return
    floats = [float(each) for each in rounded]
    joining = {each for each in exact if is_finite(each) and _touches(each, floats, tolerance)}
    numbers = _sorted([*rounded, *joining])
    chain = numbers[:1]
    for before, number in pairwise(numbers):
        if not _close(before, number, tolerance):
            yield chain
            chain = []
        chain.append(number)
    yield chain


def _touches(number: Any, floats: Sequence[float], tolerance: float) -> bool:
    at = bisect_left(floats, float(number))
    return any(_close(number, each, tolerance) for each in floats[max(at - 1, 0) : at + 1])


def _sorted(numbers: Iterable[Any]) -> list[Any]:
    return sorted(numbers, key=float)


def _close(one: Any, other: Any, tolerance: float) -> bool:
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance * ABSOLUTE)


def _text(value: str) -> str:
    """Return text as it is; but moments without trailing zeros, a moment at midnight as its date."""
    if value[4:5] == "-" and (found := _MOMENT.fullmatch(value)):
        day, minutes, seconds, fraction, zone = found.groups()
        if zone:
            return _aware(value)
        clock = _clock(minutes + (seconds or ":00"), fraction)
        return day if clock == "00:00:00" else f"{day} {clock}"
    if value[2:3] == ":" and (found := _TIME.fullmatch(value)):
        return _clock(*found.groups())
    return value


def _clock(seconds: str, fraction: str | None) -> str:
    return f"{seconds}.{fraction}".rstrip("0").removesuffix(".") if fraction else seconds


def _aware(text: str) -> str:
    try:
        return _moment(datetime.fromisoformat(text))
    except ValueError:
        return text


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        return _text(value.isoformat(" "))
    try:
        return value.astimezone(UTC).isoformat(" ")
    except OverflowError:  # at the ends of the calendar
        return value.isoformat(" ")


def _length(value: timedelta) -> str:
    """Return a length of time as hours, minutes and seconds: MySQL gives times of the day as such lengths."""
    size = abs(value)
    minutes, seconds = divmod(size.days * 86_400 + size.seconds, 60)
    clock = _clock(f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}", f"{size.microseconds:06}")
    return f"-{clock}" if value < timedelta(0) else clock


_FORMS: Mapping[type, Callable[[Any], Cell]] = {
    float: plain,
    Decimal: plain,
    str: _text,
    date: date.isoformat,
    datetime: _moment,
    time: lambda value: _text(value.isoformat()),
    timedelta: _length,
}
