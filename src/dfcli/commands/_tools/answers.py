"""Answers that other agents read: plain data in pages, none longer than about 3,000 tokens, and errors that lead on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

MOST_TOKENS = 2800
"""Tokens of an answer, by a cautious estimate: its limit is 3,000."""

_PER_TOKEN = 3
"""ASCII characters of JSON that make a token, at the least; other characters make one each."""

_ITEM = 1200
"""Tokens of one item of a list: what is longer is cut."""

_HEAD = 1400
"""Tokens of what stands before the items."""

_ENDS = 40
"""Tokens that the name of the list and of the next page take."""


class Refused(Exception):
    """A call that cannot be served: why, which values there are, and what to call next."""

    def __init__(self, sentence: str, *, valid: Sequence[str] = (), then: str = "") -> None:
        super().__init__(sentence)
        self.valid = tuple(valid)
        self.then = then

    def answer(self) -> dict[str, Any]:
        """Return it as data, the values cut where there are many."""
        found: dict[str, Any] = {"error": cut(str(self), 800)}
        if self.valid:
            found["valid"] = fitting([cut(each, 100) for each in self.valid], 800)
        return {**found, "then": cut(self.then, 200)} if self.then else found


def tokens(value: Any) -> int:
    """Return how many tokens a value takes as JSON, by a cautious estimate."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    ascii_only = sum(each.isascii() for each in text)
    return -(-ascii_only // _PER_TOKEN) + len(text) - ascii_only


def fitting(items: Sequence[Any], most: int) -> list[Any]:
    """Return the first items that take so many tokens together."""
    found: list[Any] = []
    left = most
    for each in items:
        left -= tokens(each) + 1
        if left < 0:
            break
        found.append(each)
    return found


def paged(head: Mapping[str, Any], name: str, items: Sequence[Any], start: int = 0) -> dict[str, Any]:
    """Return an answer with as many items as fit, from one on; `next` is the `start` of the next page, if there is one.

    Pages joined are all items, long texts in them cut; each page holds at least one.
    """
    if start < 0 or (start and start >= len(items)):
        raise Refused(f"start is {start}, and there are {len(items)} {name}", then="call it again with start: 0")
    small = {key: value for key, value in head.items() if value not in (None, "", [], {}, ())}
    small = {key: cut(value, _HEAD // len(small)) for key, value in small.items()} if tokens(small) > _HEAD else small
    shown = [cut(each) for each in items[start:]]
    page = fitting(shown, MOST_TOKENS - tokens(small) - _ENDS) or shown[:1]
    answer = {**small, name: page}
    end = start + len(page)
    return {**answer, "next": end, "of": len(items)} if end < len(items) else answer


def cut(value: Any, most: int = _ITEM) -> Any:
    """Return a value that takes at most so many tokens: texts are cut and end with …, lists end sooner."""
    if isinstance(value, str):
        return value if tokens(value) <= most else _begun(value, most)
    if isinstance(value, Mapping):
        return _smaller({str(key): cut(each, most // 2) for key, each in value.items()}, most)
    if isinstance(value, list | tuple):
        return fitting([cut(each, most // 2) for each in value], most - 1)
    return value


def _begun(text: str, most: int) -> str:
    size = min(len(text), most * _PER_TOKEN)
    while size and tokens(text[:size]) >= most:
        size = size * 3 // 4
    return f"{text[:size]}…"


def _smaller(given: dict[str, Any], most: int) -> dict[str, Any]:
    """Return the first keys of a mapping that take so many tokens together, and how many were left out."""
    kept: dict[str, Any] = {}
    left = most - 10
    for key, value in given.items():
        left -= tokens(key) + tokens(value) + 1
        if left < 0:
            return {**kept, "…": f"{len(given) - len(kept)} more"}
        kept[key] = value
    return kept
