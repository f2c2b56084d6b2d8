"""The few cards that are shown for a request: to a planner, and to a person for what was not understood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Protocol

from dfcli.agent.retrieval.cards import Card
from dfcli.agent.retrieval.index import Hit, index
from dfcli.agent.retrieval.words import parts

MOST = 12
"""Cards that a planner is shown."""

SUGGESTED = 5
"""Cards that a person is shown."""


class Searched(Protocol):
    """What can be searched: an index, or one with embeddings beside it."""

    def search(self, text: str, limit: int = 8) -> list[Hit]:
        """Return the cards that fit a wish, the best first; none when nothing is near enough."""

    def ranked(self, text: str) -> list[Hit]:
        """Return the cards that have anything of a wish, the best first, near or not."""


def shortlist(texts: Sequence[str], searched: Searched | None = None) -> list[Card]:
    """Return the cards that a planner is shown for some texts and their parts, near or not: it can choose none."""
    by = searched or index()
    wishes = [wish for text in texts for wish in (text, *parts(text))]
    return _in_turns([by.ranked(wish)[:MOST] for wish in dict.fromkeys(wishes)])[:MOST]


def serving(unread: Sequence[str], searched: Searched | None = None) -> list[Card]:
    """Return the cards that may serve what was not understood; none for a part that nothing is near."""
    by = searched or index()
    return _in_turns([by.search(part, SUGGESTED) for part in dict.fromkeys(unread)])[:SUGGESTED]


def _in_turns(found: Iterable[Sequence[Hit]]) -> list[Card]:
    """Return the best of each, then the second best of each, and so on."""
    turns = (hit for turn in zip_longest(*found) for hit in turn if hit is not None)
    return list(dict.fromkeys(hit.card for hit in turns))
