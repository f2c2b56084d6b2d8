"""How well what serves a wish is found: queries with what they should find, and the figures over them.

The queries are in `retrieval.csv`. Under `gold`, `+` stands between what must all be there, and `|` between what is
equally right; what nothing in the catalogue serves has none. One half of them calibrates: phrases, vocabulary and
thresholds may be chosen by it. The other is only measured.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from dfcli.agent.retrieval.shortlist import MOST, Searched, shortlist

FILE = Path(__file__).parent / "retrieval.csv"
KINDS = ("exact", "paraphrase", "symptom", "hard_negative", "out_of_catalogue")


@dataclass(frozen=True)
class Query:
    """What somebody asks for; `gold` are sets of names, of each of which one must be found."""

    text: str
    kind: str
    language: str
    gold: tuple[frozenset[str], ...]

    @property
    def calibrates(self) -> bool:
        """Whether it is in the half that things may be chosen by."""
        return hashlib.blake2b(self.text.encode(), digest_size=1).digest()[0] % 2 == 0

    @property
    def names(self) -> frozenset[str]:
        """All names that are right."""
        return frozenset().union(*self.gold)


@dataclass(frozen=True)
class Answer:
    """What came of a query: the names that were found, the best first, those of the shortlist, and the time it took."""

    query: Query
    found: tuple[str, ...]
    planned: Collection[str]
    seconds: float

    @property
    def rank(self) -> int | None:
        """The place of the first name that is right, from 1; None where none was found."""
        return next((place for place, name in enumerate(self.found, 1) if name in self.query.names), None)

    @property
    def plannable(self) -> bool:
        """Whether a planner is shown all it needs."""
        return all(not names.isdisjoint(self.planned) for names in self.query.gold)


class Figures(NamedTuple):
    """Shares from 0 to 1 over some queries, NaN where there is none; times in seconds.

    Abstention is finding nothing: right for what nothing serves.
    """

    queries: int
    hit1: float
    hit3: float
    hit5: float
    mrr: float
    recall12: float
    abstention_f1: float
    p50: float
    p95: float


def queries() -> list[Query]:
    """Return all queries."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [Query(row["query"], row["kind"], row["lang"], _gold(row["gold"])) for row in csv.DictReader(lines)]


def answered(asked: Iterable[Query], searched: Searched) -> list[Answer]:
    """Search for each query, alone and as a request of several parts."""
    return [_answer(each, searched) for each in asked]


def figures(answers: Sequence[Answer]) -> Figures:
    """Return the figures over some answers."""
    served = [each for each in answers if each.query.gold]
    ranks = [each.rank for each in served]
    times = sorted(each.seconds for each in answers)
    return Figures(
        queries=len(answers),
        hit1=_share([rank is not None and rank <= 1 for rank in ranks]),
        hit3=_share([rank is not None and rank <= 3 for rank in ranks]),
        hit5=_share([rank is not None and rank <= 5 for rank in ranks]),
        mrr=sum(1 / rank for rank in ranks if rank) / len(ranks) if ranks else math.nan,
        recall12=_share([each.plannable for each in served]),
        abstention_f1=_abstention(answers),
        p50=times[len(times) // 2] if times else math.nan,
        p95=times[int(len(times) * 0.95)] if times else math.nan,
    )


def _gold(text: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(each.split("|")) for each in text.split("+")) if text else ()


def _answer(query: Query, searched: Searched) -> Answer:
    start = perf_counter()
    found = searched.search(query.text, MOST)
    seconds = perf_counter() - start
    planned = shortlist([query.text], searched)
    return Answer(query, tuple(each.card.name for each in found), {each.name for each in planned}, seconds)


def _share(said: Sequence[bool]) -> float:
    return sum(said) / len(said) if said else math.nan


def _abstention(answers: Sequence[Answer]) -> float:
    right = sum(not each.found and not each.query.gold for each in answers)
    wrong = sum(bool(each.found) != bool(each.query.gold) for each in answers)
    return 2 * right / (2 * right + wrong) if right or wrong else math.nan
