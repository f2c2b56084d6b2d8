"""Numbers, times and strangers' text, as people read them in a terminal or a report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dfcli.runtime.events import Usage

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return text from data, models or files with everything a terminal would obey made visible."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def plural(number: int, noun: str) -> str:
    """Return `1 row`, `20 rows`, `3 replies`."""
    nouns = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else nouns}"


def short(number: float) -> str:
    """Return a large number in few characters: `950`, `12.4k`, `3.1M`."""
    return _scaled(number, ((1e9, "G"), (1e6, "M"), (1e3, "k"))) or f"{number:.0f}"


def duration(seconds: float) -> str:
    """Return a time span: `0.3s`, `3m 05s`, `2h 07m`."""
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02d}m"


def size(number: float) -> str:
    """Return a number of bytes: `512 B`, `1.4 MB`."""
    return _scaled(number, ((1e9, " GB"), (1e6, " MB"), (1e3, " kB"))) or f"{number:.0f} B"


def money(usd: float) -> str:
    """Return US dollars, small sums with as many digits as they need: `$12.35`, `$0.0021`, `$0.000034`."""
    digits = 2 if usd == 0 or usd >= 0.01 else 4 if usd >= 0.0002 else 6
    return f"${usd:.{digits}f}" if usd == 0 or usd >= 0.000001 else "under $0.000001"


def cost(usage: Usage) -> str:
    """Return what calls cost; where nobody knows a price that is said, and never taken for nothing."""
    known = money(usage.usd)
    if not usage.unpriced:
        return known
    return "cost unknown" if usage.usd == 0 else f"{known} + unknown for {plural(usage.unpriced, 'call')}"


def asked(usage: Usage) -> str:
    """Return what model calls took, in one phrase; nothing when no model was asked."""
    parts = []
    if usage.calls:
        cached = f", {short(usage.tokens_cached)} of them cached" if usage.tokens_cached else ""
        tokens = f"{short(usage.tokens_in + usage.tokens_out)} tokens{cached}"
        parts += [plural(usage.calls, "call"), tokens, cost(usage)]
    if usage.retries:
        parts.insert(1, plural(usage.retries, "retry"))
    if usage.reused:
        parts.append(f"{plural(usage.reused, 'reply')} reused")
    if usage.repaired:
        parts.append(f"{plural(usage.repaired, 'reply')} repaired")
    return ", ".join(parts)


def per_row(spent: Usage, rows: int) -> str:
    """Return what each kept row cost: `$0.0021 per kept row`; nothing where that is nothing, or wholly unknown."""
    if not rows or not spent.usd:
        return ""
    return f"{money(spent.usd / rows)}{' + unknown' if spent.unpriced else ''} per kept row"


def cut(text: str, longest: int) -> str:
    """Return text without what a terminal would obey; where it is too long, its beginning and how long it is."""
    text = printable(text)
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def shown(content: Any, longest: int) -> str:
    """Return a value of a row: text as it is, anything else as JSON, cut off when it is too long."""
    return cut(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, default=str), longest)


def ranked(reasons: Mapping[str, int], most: int) -> Iterator[tuple[str, int]]:
    """Yield the commonest reasons with their counts, and all others as one."""
    order = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    yield from order[:most]
    if rest := order[most:]:
        yield plural(len(rest), "more reason"), sum(number for _, number in rest)


def _scaled(number: float, units: Sequence[tuple[float, str]]) -> str:
    """Return a number in the largest unit that it reaches when rounded; nothing when it reaches none."""
    return next((f"{number / factor:.1f}{unit}" for factor, unit in units if number >= factor * 0.99995), "")
