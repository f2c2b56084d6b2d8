"""What a rule for personal data is: a pattern that Polars and Python read alike, and what must hold around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

Pii = Literal[
    "private_key",
    "secret",
    "url_credentials",
    "email",
    "iban",
    "national_id",
    "credit_card",
    "crypto_address",
    "mac",
    "ip",
    "birth_date",
    "phone",
    "user_name",
    "domain",
]
"""Kinds of personal data; where two are found at one place, the one named first counts."""

KINDS: tuple[Pii, ...] = get_args(Pii)
USUAL: tuple[Pii, ...] = tuple(each for each in KINDS if each != "domain")


class Span(NamedTuple):
    """A piece of personal data: its kind, and where it stands, in characters."""

    kind: Pii
    start: int
    end: int


@dataclass(frozen=True)
class Rule:
    """What a kind looks like; the group `value` of its `core`, where there is one, is the piece itself.

    `hint` and `core` are patterns that Rust and Python read alike: without a hint in it no text is looked at again,
    without a core there is no piece in it. `before` and `after` are what Rust has no words for: the characters that
    must not stand before the core, and an assertion about what follows. `cue` must stand in the 40 characters before,
    `never` must not stand in the 20 before; `holds` checks the piece.
    """

    kind: Pii
    hint: str
    core: str
    holds: Callable[[str], bool] = bool
    before: str = r"\w"
    after: str = r"(?!\w)"
    cue: re.Pattern[str] | None = None
    never: re.Pattern[str] | None = None
    any_case: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole pattern, for Python."""
        flags = re.ASCII | (re.IGNORECASE if self.any_case else 0)
        return re.compile(rf"(?<![{self.before}])(?:{self.core}){self.after}", flags)

    @property
    def plain(self) -> str:
        """The core, for Polars: it is in every text in which the whole pattern is."""
        return f"(?i){self.core}" if self.any_case else self.core

    def found(self, text: str) -> Iterator[Span]:
        """Yield the pieces of this kind."""
        group = "value" if "value" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            if self.fits(text, match.start()) and self.holds(match[group]):
                yield Span(self.kind, *match.span(group))

    def fits(self, text: str, start: int) -> bool:
        """Tell whether what stands before a place is as the rule asks."""
        before = text[max(start - 40, 0) : start]
        named = self.cue is None or self.cue.search(before)
        return bool(named and not (self.never and self.never.search(before[-20:])))


def cued(*words: str) -> re.Pattern[str]:
    """Return a pattern for one of some words, followed by anything but other words up to what it announces."""
    latin = "|".join(each for each in words if each.isascii())
    others = "|".join(each for each in words if not each.isascii()) or r"(?!)"
    between = r"\W|\b(?:is|are|at|on|me|my|the|no|nr|number|id)\b|是|为|號|号|码"
    return re.compile(rf"(?:\b(?:{latin})\b|(?:{others}))(?:{between})*$", re.I)
