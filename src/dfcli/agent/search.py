"""From the columns that are wanted back to those that are there: which operators, in which order, make what is missing.

A* over sets of columns that are still needed. A path costs its model calls first, then its steps and their risk; of two
that cost the same, the one whose operators come first in the alphabet is taken, so that the answer is always the same.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

CALL = 100.0
"""What one call of a model for each row costs, where one step without a model costs 1."""

_DEPTH = 12
_RISKS = {"generate": 0.5, "evaluate": 0.2}


@dataclass(frozen=True, order=True)
class Maker:
    """An operator as the search knows it: the columns it needs and gives, in their usual names, and what it costs."""

    op: str
    needs: frozenset[str]
    gives: frozenset[str]
    cost: float = 1.0


def search(wanted: Collection[str], there: Collection[str], makers: Iterable[Maker]) -> tuple[Maker, ...] | None:
    """Return operators, in the order of their steps, that give the wanted columns; None when no few can."""
    known = frozenset(there)
    useful = sorted(each for each in makers if not each.gives & known)
    start = frozenset(wanted) - known
    waiting: list[tuple[float, tuple[str, ...], frozenset[str], tuple[Maker, ...]]] = [(0.0, (), start, ())]
    seen: set[frozenset[str]] = set()
    while waiting:
        _, names, needed, path = heapq.heappop(waiting)
        if not needed:
            return path
        if needed in seen or len(path) == _DEPTH:
            continue
        seen.add(needed)
        for maker in _makers_of(min(needed), useful, path):
            rest = (needed - maker.gives) | (maker.needs - known)
            made = (maker, *path)
            heapq.heappush(waiting, (_cost(made, rest), (maker.op, *names), rest, made))
    return None


def _makers_of(column: str, makers: Iterable[Maker], path: tuple[Maker, ...]) -> Iterator[Maker]:
    """Yield what gives a column; not what is in the path already, nor what gives again what a later step gives."""
    later = frozenset(name for each in path for name in each.gives)
    yield from (each for each in makers if column in each.gives and not each.gives & later)


def _cost(path: tuple[Maker, ...], rest: frozenset[str]) -> float:
    """Return what a path costs, and the least that its missing columns will."""
    return sum(each.cost for each in path) + (1.0 if rest else 0.0)


@cache
def installed_makers(resources: frozenset[str]) -> tuple[Maker, ...]:
    """Return the operators that add columns to each row and need no other options than some `resources`."""
    from dfcli.ops.registry import installed

    registry = installed()
    found = []
    for name, cls in sorted(registry.operators().items()):
        required = {option for option, info in cls.model_fields.items() if info.is_required()}
        if cls.rows != "same" or cls.kind == "filter" or not required <= resources:
            continue
        try:
            operator = cls(**dict.fromkeys(required, "?"))
        except ValueError:  # it wants one of several options, and which is not for a search to say
            continue
        needs = frozenset(operator.reads()) - frozenset(operator.can_lack())
        gives = frozenset(operator.writes()) - needs
        if gives and not frozenset(operator.reads()) & frozenset(operator.writes()):
            asks = CALL if name in registry.templates else 0.0
            found.append(Maker(name, needs, gives, asks + 1.0 + _RISKS.get(cls.kind, 0.1)))
    return tuple(found)
