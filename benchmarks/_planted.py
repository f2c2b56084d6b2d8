"""Right and wrong queries for questions about the demo's bookshop, each labelled by who wrote it.

They stand in `planted/*.yaml`. A base is a question with a gold query, other right ways to write it, and wrong ones,
all of them formats over the same parameters. The labels come from reading; `same_result` then looks at the data, in a
way of its own, to find the wrong ones that nothing can tell there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

SHOP = Path(__file__).parents[1] / "recipes" / "text2sql" / "demo" / "shop.sqlite"

Label = Literal["right", "wrong", "tied"]
"""`tied`: right, but in another order among rows that the question leaves tied."""

STOPPED = {"syntax", "unknown table", "unknown column", "write", "stacked", "endless", "too many rows"}
"""Kinds of wrong queries that give no result at all."""

Ways = Sequence[Mapping[str, str]]
"""Queries, each by its kind."""


@dataclass(frozen=True)
class Base:
    """A question over parameters, and queries for it, each by its kind; `values` are the parameters' values."""

    question: str
    gold: str
    values: Sequence[Mapping[str, Any]]
    right: Ways = ()
    wrong: Ways = ()
    tied: Ways = ()
    evidence: str = ""


@dataclass(frozen=True)
class Case:
    """A question and what a model may write for it; `wrong` are queries that run."""

    question: str
    evidence: str
    gold: str
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plant:
    """A question with a query that is right or wrong for it."""

    case: Case
    label: Label
    kind: str
    sql: str

    @cached_property
    def as_seed(self) -> dict[str, str]:
        """The row that a recipe is given."""
        asked = {"db": "shop", "question": self.case.question, "evidence": self.case.evidence, "sql": self.sql}
        return asked | {"label": self.label, "plant": self.kind}


def bases() -> list[Base]:
    """Return all bases, as their files have them."""
    yaml = YAML(typ="safe", pure=True)
    files = sorted(Path(__file__).with_name("planted").glob("*.yaml"))
    return [Base(**each) for file in files for each in yaml.load(file)]


def plants(given: Sequence[Base]) -> list[Plant]:
    """Return the plants of all bases, each query once, as the recipe takes a query once."""
    found: dict[str, Plant] = {}
    for base in given:
        for values in base.values:
            for each in _planted(base, values):
                found.setdefault(each.sql, each)
    return list(found.values())


def cases(given: Sequence[Base]) -> list[Case]:
    """Return the questions of all bases."""
    return [_case(base, values) for base in given for values in base.values]


def _case(base: Base, values: Mapping[str, Any]) -> Case:
    def written(ways: Ways) -> tuple[str, ...]:
        return tuple(sql.format(**values) for kind, sql in _pairs(ways) if kind not in STOPPED)

    question, evidence, gold = (text.format(**values) for text in (base.question, base.evidence, base.gold))
    return Case(question, evidence, gold, written(base.right), written(base.wrong))


def _planted(base: Base, values: Mapping[str, Any]) -> Iterator[Plant]:
    case = _case(base, values)
    yield Plant(case, "right", "gold", case.gold)
    labelled: tuple[tuple[Label, Ways], ...] = (("right", base.right), ("wrong", base.wrong), ("tied", base.tied))
    for label, ways in labelled:
        for kind, sql in _pairs(ways):
            yield Plant(case, label, kind, sql.format(**values))


def _pairs(ways: Ways) -> Iterator[tuple[str, str]]:
    for way in ways:
        yield from way.items()


def same_result(plant: Plant) -> bool:
    """Tell whether a query gives gold's rows: in gold's order if that sorts, columns in any order, floats rounded."""
    if plant.kind in STOPPED:
        return False
    with closing(sqlite3.connect(f"file:{SHOP}?mode=ro", uri=True)) as shop:
        gold, other = (_rows(shop, sql) for sql in (plant.case.gold, plant.sql))
    if not gold or not other or len(gold[0]) != len(other[0]):
        return gold == other
    if "ORDER BY" not in plant.case.gold:
        return any(sorted(gold, key=repr) == sorted(each, key=repr) for each in _reordered(other))
    return any(gold == each for each in _reordered(other))


def _rows(shop: sqlite3.Connection, sql: str) -> list[tuple[Any, ...]]:
    return [
        tuple(float(f"{cell:.9g}") if isinstance(cell, int | float) else cell for cell in row)
        for row in shop.execute(sql).fetchall()
    ]


def _reordered(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    for places in permutations(range(len(rows[0]))):
        yield [tuple(row[place] for place in places) for row in rows]
