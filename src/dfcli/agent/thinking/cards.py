"""The operators that a model is told of: a few, each in a few lines, never the whole catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dfcli.agent.retrieval.shortlist import shortlist
from dfcli.agent.synthesis.making import listed
from dfcli.ops.base import Operator
from dfcli.ops.registry import installed

LIMIT = 12
"""Operators that a model is told of at most."""

_PHRASES = 2
_GENERAL = ("where", "ask", "compute", "judge")
"""What serves many wishes, and so is told of wherever there is room."""


@dataclass(frozen=True)
class Card:
    """An operator as a model is told of it."""

    op: str
    text: str
    cls: type[Operator]


def cards(queries: Sequence[str], first: Sequence[str] = (), limit: int = LIMIT) -> tuple[Card, ...]:
    """Return the cards for some wishes: the operators that are named `first`, general ones, and the best for each."""
    operators = installed().operators()
    best = [each.name for each in shortlist(queries)]
    head = [op for op in dict.fromkeys(first) if op in operators][: 2 * limit // 3]
    names = [each for each in dict.fromkeys([*head, *_GENERAL, *best]) if each in operators]
    return tuple(Card(op, _text(op, operators[op]), operators[op]) for op in names[:limit])


def card(op: str) -> Card | None:
    """Return the card of one operator, None where there is none of that name."""
    cls = installed().operators().get(op)
    return Card(op, _text(op, cls), cls) if cls else None


def _text(op: str, cls: type[Operator]) -> str:
    return " ".join(_lines(op, cls))


def _lines(op: str, cls: type[Operator]) -> Iterator[str]:
    yield listed(op, cls)
    if cls.use_for:
        yield f"For: {'; '.join(cls.use_for[:_PHRASES])}."
    if cls.not_for:
        yield f"Not for: {cls.not_for[0]}."
