"""What a rule for personal data is: a pattern that Polars and Python read alike, and what must hold around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
    must not stand before the core, and an assertion about what follows. `cue` is a pattern that must end where the core
    begins, within 40 characters, `never` one that must not, within 20; `holds` checks the piece.
    """

    kind: Pii
    hint: str
    core: str
    holds: Callable[[str], bool] = bool
    before: str = r"\w"
    after: str = r"(?!\w)"
    cue: str = ""
    never: str = ""
    any_case: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole pattern, for Python."""
        flags = re.ASCII | (re.IGNORECASE if self.any_case else 0)
        return re.compile(rf"(?<![{self.before}])(?:{self.core}){self.after}", flags)

    @property
    def plain(self) -> str:
        """The cue and the core, for Polars: they are in every text in which the whole pattern is."""
        cue = self.cue.replace(r"\b", r"(?-u:\b)")
        return f"(?i:{cue})(?{'i' if self.any_case else ''}:{self.core})"

    def found(self, text: str) -> Iterator[Span]:
        """Yield the pieces of this kind."""
        group = "value" if "value" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            if self.fits(text, match.start()) and self.holds(match[group]):
                yield Span(self.kind, *match.span(group))

    def fits(self, text: str, start: int) -> bool:
        """Tell whether what stands before a place is as the rule asks."""
        return all(
            _ends(pattern, text[max(start - most, 0) : start]) is wanted
            for pattern, most, wanted in ((self.cue, 40, True), (self.never, 20, False))
            if pattern
        )


def cued(*words: str) -> str:
    """Return a pattern for one of some words, followed by anything but other words up to what it announces."""
    latin = "|".join(each for each in words if each.isascii())
    others = "".join(f"|{each}" for each in words if not each.isascii())
    between = r"[^A-Za-z0-9]|\b(?:is|are|at|on|me|my|the|no|nr|number|id)\b"
    return rf"(?:\b(?:{latin})\b{others})(?:{between})*"


def _ends(pattern: str, text: str) -> bool:
    return _at_end(pattern).search(text) is not None


@lru_cache
def _at_end(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{pattern})$", re.IGNORECASE | re.ASCII)
