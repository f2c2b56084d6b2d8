"""The few cards that a planner is shown for a request: the best of each of its parts in turn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Protocol

from dfcli.agent.retrieval.cards import Card
from dfcli.agent.retrieval.index import Hit, index

MOST = 12
"""Cards that a planner is shown."""


class Searched(Protocol):
    """What can be searched: an index, or one with embeddings beside it."""

    def search(self, text: str, limit: int = 8) -> list[Hit]:
        """Return the cards that fit a wish, the best first."""


def shortlist(texts: Sequence[str], limit: int = MOST, searched: Searched | None = None) -> list[Card]:
    """Return the cards that fit some texts: the best of each, then the second best of each, and so on."""
    by = searched or index()
    found = [by.search(text, limit) for text in dict.fromkeys(texts)]
    turns = (hit for turn in zip_longest(*found) for hit in turn if hit is not None)
    return list(dict.fromkeys(hit.card for hit in turns))[:limit]
