"""Two tables of cells: whether some order of the columns, and of the rows, makes one of them the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dfcli.ops._cells import Cell, Cells, Clusters, is_rounded, near

TURNS = 1_000
"""Wrong turns after which the search for an order of the columns ends."""

MATCHED = 300
"""Rows alike but for chains of near numbers that are paired by trying; more are paired in sorted order only."""

Keys = tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Two tables with as many rows and columns. In `gold` and `other` numbers stand for cells, near ones for the same.

    `gold_cells` and `other_cells` are the cells themselves. For keys in `wide` equality does not follow from that of
    the key: there the cells are looked at.
    """

    gold: Sequence[Keys]
    other: Sequence[Keys]
    gold_cells: Sequence[Cells]
    other_cells: Sequence[Cells]
    wide: frozenset[int]
    tolerance: float

    @classmethod
    def of(cls, gold: Sequence[Cells], other: Sequence[Cells], tolerance: float) -> Pair:
        """Make a pair of two tables; without a tolerance only equal cells are near."""
        clusters = Clusters.of((*gold, *other), tolerance) if tolerance else Clusters({}, frozenset())
        numbers: dict[Cell, int] = {}
        first, second = (_keyed(rows, clusters, numbers) for rows in (gold, other))
        wide = frozenset(numbers[key] for key in clusters.wide)
        return cls(first, second, gold, other, wide, tolerance)

    def in_order(self) -> bool:
        """Tell whether some order of the columns makes the tables equal row by row."""
        columns, others = _columns(self.gold), _columns(self.other)
        if not self.wide:
            return Counter(columns) == Counter(others)
        cells, other_cells = _columns(self.gold_cells), _columns(self.other_cells)
        return matched(
            len(columns),
            lambda one, other: columns[one] == others[other] and self._near(cells[one], other_cells[other]),
        )

    def in_any_order(self) -> bool:
        """Tell whether some order of the columns makes the tables hold the same rows, each as often.

        A search that ended at its bound is done once more the other way round: which table is which must not matter.
        """
        return self._found() or self._swapped()._found()

    def stray(self) -> int | None:
        """Return the place of the first row of gold without a row of its own whose cells are the same in any order."""
        left = Counter(tuple(sorted(row)) for row in self.other)
        for place, row in enumerate(self.gold):
            cells = tuple(sorted(row))
            if not left[cells]:
                return place
            left[cells] -= 1
        return None

    def _swapped(self) -> Pair:
        return Pair(self.other, self.gold, self.other_cells, self.gold_cells, self.wide, self.tolerance)

    def _found(self) -> bool:
        return any(self._rows_pair(order) for order in self._orders())

    def _orders(self) -> Iterator[Sequence[int]]:
        """Yield orders of the other's columns in which its rows have the keys of gold's rows, each as often."""
        if Counter(self.gold) == Counter(self.other):
            yield range(len(self.gold[0]) if self.gold else 0)
        row_kinds: dict[Hashable, int] = {}
        kinds, other_kinds = (
            [row_kinds.setdefault(tuple(sorted(row)), len(row_kinds)) for row in rows]
            for rows in (self.gold, self.other)
        )
        if Counter(kinds) == Counter(other_kinds):
            start = Step(kinds, other_kinds)
            yield from Search.of(self, start).orders(start)

    def _rows_pair(self, order: Sequence[int]) -> bool:
        """Tell whether rows with the same keys can be paired so that their cells are near as well."""
        if not self.wide:
            return True
        groups: dict[Keys, tuple[list[Cells], list[Cells]]] = defaultdict(lambda: ([], []))
        for keys, cells in zip(self.gold, self.gold_cells, strict=True):
            groups[keys][0].append(self._unsure(keys, cells))
        for keys, cells in zip(self.other, self.other_cells, strict=True):
            ordered = tuple(keys[at] for at in order)
            groups[ordered][1].append(self._unsure(ordered, [cells[at] for at in order]))
        return all(self._group_pairs(ones, others) for ones, others in groups.values())

    def _unsure(self, keys: Keys, cells: Sequence[Cell]) -> Cells:
        return tuple(cell for key, cell in zip(keys, cells, strict=True) if key in self.wide)

    def _group_pairs(self, ones: list[Cells], others: list[Cells]) -> bool:
        if all(map(self._near, sorted(ones, key=_place), sorted(others, key=_place))):
            return True
        return len(ones) <= MATCHED and matched(len(ones), lambda one, other: self._near(ones[one], others[other]))

    def _near(self, one: Cells, other: Cells) -> bool:
        return all(near(left, right, self.tolerance) for left, right in zip(one, other, strict=True))


class Step(NamedTuple):
    """How far a search is: the columns taken, and numbers for the rows that tell apart what those columns do."""

    kinds: Sequence[int]
    other_kinds: Sequence[int]
    taken: tuple[int, ...] = ()


@dataclass
class Search:
    """A search for an order of the other's columns, column by column of gold, that turns back when rows part."""

    columns: Sequence[Keys]
    others: Sequence[Keys]
    candidates: Sequence[Sequence[int]]
    """For each column of gold the other's columns that hold the same in rows of the same kind."""
    twins: Sequence[int]
    """For each of the other's columns the first one equal to it in every cell: trying one of them is enough."""
    turns: int = TURNS

    @classmethod
    def of(cls, pair: Pair, start: Step) -> Search:
        """Begin a search among the columns that can take each other's place."""
        columns, others = _columns(pair.gold), _columns(pair.other)
        places: dict[Hashable, list[int]] = defaultdict(list)
        for at, column in enumerate(others):
            places[_hue(column, start.other_kinds)].append(at)
        candidates = [places[_hue(column, start.kinds)] for column in columns]
        first: dict[Hashable, int] = {}
        cells = _columns([[(cell, is_rounded(cell)) for cell in row] for row in pair.other_cells])
        return cls(columns, others, candidates, [first.setdefault(column, at) for at, column in enumerate(cells)])

    def orders(self, start: Step) -> Iterator[tuple[int, ...]]:
        """Yield the orders that make the rows the same, each as often, until too many turns were wrong."""
        levels = [iter([start])]
        while levels and self.turns > 0:
            step = next(levels[-1], None)
            if step is not None and len(step.taken) < len(self.columns):
                levels.append(self._steps(step))
                continue
            if step is None:
                levels.pop()
            else:
                yield step.taken
            self.turns -= 1

    def _steps(self, step: Step) -> Iterator[Step]:
        tried = set[int]()
        for at in self.candidates[len(step.taken)]:
            if at in step.taken or self.twins[at] in tried:
                continue
            tried.add(self.twins[at])
            names: dict[tuple[int, int], int] = {}
            kinds = _refined(step.kinds, self.columns[len(step.taken)], names)
            other_kinds = _refined(step.other_kinds, self.others[at], names)
            if Counter(kinds) == Counter(other_kinds):
                yield Step(kinds, other_kinds, (*step.taken, at))
            else:
                self.turns -= 1
            if self.turns <= 0:
                return


def matched(size: int, fits: Callable[[int, int], bool]) -> bool:
    """Tell whether so many things can be paired with as many others that fit, by augmenting paths."""
    fitting = [[other for other in range(size) if fits(one, other)] for one in range(size)]
    holders: dict[int, int] = {}
    return all(_placed(one, fitting, holders) for one in range(size))


def _placed(one: int, fitting: Sequence[Sequence[int]], holders: dict[int, int]) -> bool:
    """Find a partner for one more, where others may have to change theirs."""
    held = {holder: other for other, holder in holders.items()}
    asking: dict[int, int] = {}
    queue = [one]
    for each in queue:
        for other in fitting[each]:
            if other in asking:
                continue
            asking[other] = each
            if other not in holders:
                _pass_on(other, asking, held, holders)
                return True
            queue.append(holders[other])
    return False


def _pass_on(free: int | None, asking: dict[int, int], held: dict[int, int], holders: dict[int, int]) -> None:
    while free is not None:
        holder = asking[free]
        holders[free] = holder
        free = held.get(holder)


def _keyed(rows: Iterable[Cells], clusters: Clusters, numbers: dict[Cell, int]) -> list[Keys]:
    keys = clusters.keys
    return [tuple(numbers.setdefault(keys.get(cell, cell), len(numbers)) for cell in row) for row in rows]


def _columns(rows: Iterable[Iterable[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))


def _hue(column: Keys, kinds: Sequence[int]) -> Hashable:
    return frozenset(Counter(zip(column, kinds, strict=True)).items())


def _refined(kinds: Sequence[int], column: Keys, names: dict[tuple[int, int], int]) -> list[int]:
    return [names.setdefault(each, len(names)) for each in zip(kinds, column, strict=True)]


def _place(cells: Cells) -> list[tuple[float, bool]]:
    return [(float(cell), is_rounded(cell)) for cell in cells]  # type: ignore[arg-type]
