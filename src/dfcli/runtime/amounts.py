"""Amounts that are not known but for their bounds, and what models take of calls, tokens and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Range(NamedTuple):
    """The least and the most that something is expected to be."""

    low: float
    high: float

    @classmethod
    def of(cls, number: float) -> Range:
        """Return the range of a number that is known."""
        return cls(number, number)

    def times(self, part: Range, factor: float) -> Range:
        """Return the product with a part and a number."""
        return Range(self.low * part.low * factor, self.high * part.high * factor)

    def plus(self, other: Range) -> Range:
        """Return the sum."""
        return Range(self.low + other.low, self.high + other.high)


NONE = Range(0, 0)


@dataclass(frozen=True)
class Part:
    """What one step, model or run takes; `usd` counts what has a price, `unpriced` names models that have none."""

    calls: Range = NONE
    stored: Range = NONE
    tokens_in: Range = NONE
    tokens_out: Range = NONE
    usd: Range = NONE
    unpriced: tuple[str, ...] = ()

    def tokens(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the tokens in and out at the low end, and those at the high end."""
        return (self.tokens_in.low, self.tokens_out.low), (self.tokens_in.high, self.tokens_out.high)

    def plus(self, other: Part) -> Part:
        """Return both together."""
        sums = {name: getattr(self, name).plus(getattr(other, name)) for name in RANGES}
        return Part(**sums, unpriced=tuple(dict.fromkeys((*self.unpriced, *other.unpriced))))


RANGES = ("calls", "stored", "tokens_in", "tokens_out", "usd")
