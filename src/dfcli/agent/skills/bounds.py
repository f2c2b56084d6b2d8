"""Comparisons in words: at least 20, under 5k, between 10 and 50, 不少于20, 500字以内."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dfcli.agent.numbers import NUMBER, number

_WORDS = {
    ">=": (
        r"at least|no (?:less|fewer|lower|shorter) than|not (?:less|fewer|lower|shorter) than|>=|≥"
        r"|minimum(?: (?:of|is))?|min(?:imal)?\.?|from|至少|不少于|不低于|不小于|不短于|大于等于"
        r"|大于或等于|最少|最低"
    ),
    "<=": (
        r"at most|no (?:more|longer|greater|higher) than|not (?:more|longer|greater|higher) than"
        r"|up to|<=|≤|maximum(?: (?:of|is))?|max\.?|within|至多|最多|不超过|不多于|不高于|不大于"
        r"|不长于|小于等于|小于或等于"
    ),
    ">": (
        r"(?:more|longer|greater|higher|larger|bigger|newer|older|later) than|over|above"
        r"|exceed(?:ing|s)?|beyond|>|超过|多于|大于|长于|高于|超出"
    ),
    "<": r"(?:less|fewer|shorter|lower|smaller|earlier) than|under|below|<|少于|不足|低于|短于|小于|不到|不够|未满",
}
_AFTER = {
    ">=": (
        r"or (?:more|above|higher|longer|better|greater|over|up)|and (?:above|up|higher|over)|\+"
        r"|minimum|at least|及?以上|或以上|起"
    ),
    "<=": (
        r"or (?:less|fewer|below|lower|shorter|under)|and (?:below|under|lower)|maximum|at most"
        r"|tops|max|及?以下|以内|之内|或以下|内"
    ),
}
COMPARED = "|".join(
    f"(?P<{name}>{_WORDS[sign]})" for name, sign in (("ge", ">="), ("le", "<="), ("gt", ">"), ("lt", "<"))
)
BETWEEN = (
    rf"(?:(?:between|from|in the range(?: of)?|在|介于) )?(?P<low>{NUMBER})\s*(?:and|to|-|–|~"
    rf"|～|到|至|与|和)\s*(?P<high>{NUMBER})(?:\s*(?:之间))?"
)
ONE = rf"(?:{COMPARED})\s*(?:of )?(?P<n>{NUMBER})"
ENDED = rf"(?:(?P<ge2>{_AFTER['>=']})|(?P<le2>{_AFTER['<=']}))"
SUFFIXED = rf"(?P<m>{NUMBER})\s*(?:分|points?)?\s*{ENDED}"
"""Patterns of a range, of a comparison before a number, and of one after it; the names of groups are `bound`'s."""


@dataclass(frozen=True)
class Bounds:
    """What values may be: from `low` to `high`, either left out, without the end itself where it is `open`."""

    low: float | None = None
    high: float | None = None
    open: bool = False

    def condition(self, name: str) -> str:
        """Return the bounds as an SQL condition on a column."""
        if self.low is not None and self.high is not None:
            return f"{name} between {_said(self.low)} and {_said(self.high)}"
        if self.low is not None:
            return f"{name} {'>' if self.open else '>='} {_said(self.low)}"
        return f"{name} {'<' if self.open else '<='} {_said(self.high)}"

    def phrase(self) -> str:
        """Return the bounds as a recipe's check of a column says them; an open end as the closed one."""
        if self.low is not None and self.high is not None:
            return f"between {_said(self.low)} and {_said(self.high)}"
        return f"at least {_said(self.low)}" if self.low is not None else f"at most {_said(self.high)}"

    def outside(self) -> Bounds | None:
        """Return what is not within; None for a range, whose outside is no range."""
        if self.low is not None and self.high is not None:
            return None
        return Bounds(self.high, self.low, open=not self.open)


def bound(found: re.Match[str]) -> Bounds:
    """Return the bounds that a match of BETWEEN, ONE or SUFFIXED says."""
    said = found.groupdict()
    if said.get("low"):
        low, high = sorted((number(said["low"]), number(said["high"])))
        return Bounds(low, high)
    value = number(said.get("n") or said["m"])
    if said.get("ge") or said.get("ge2"):
        return Bounds(low=value)
    if said.get("le") or said.get("le2"):
        return Bounds(high=value)
    return Bounds(low=value, open=True) if said.get("gt") else Bounds(high=value, open=True)


def demanded(found: re.Match[str]) -> bool:
    """Tell whether a bound is said as what must be (`at least 10`), and not as what may leave as well (`under 10`)."""
    said = found.groupdict()
    return any(said.get(name) for name in ("ge", "le", "ge2", "le2", "low"))


def kept(bounds: Bounds, *, drop: bool) -> Bounds:
    """Return what values may be when those within some bounds are kept, or leave: `drop under 20` keeps from 20 on.

    A range whose values are to leave cannot be told from one that is to be kept; it is kept.
    """
    return (bounds.outside() or bounds) if drop else bounds


def _said(value: float | None) -> str:
    return str(int(value)) if value is not None and value == int(value) else str(value)
