"""Lexical diversity by McCarthy & Jarvis (2010), Behavior Research Methods 42(2), 381-392."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

_SAMPLE = 42
"""Words in a sample of HD-D: the middle of the 35 to 50 that vocd-D draws."""


def mtld(words: Sequence[Hashable], threshold: float, least: int = 1) -> float:
    """Return the mean length of the runs of words that keep their type-token ratio above a threshold, of both ways.

    No run is shorter than `least` words.
    """
    return (_one_way(words, threshold, least) + _one_way(words[::-1], threshold, least)) / 2


def hdd(words: Sequence[Hashable]) -> float | None:
    """Return the mean type-token ratio of all samples of 42 words; None when there are not as many."""
    total = len(words)
    if total < _SAMPLE:
        return None
    by_times = Counter(Counter(words).values())
    return math.fsum(types * _found(times, total) for times, types in sorted(by_times.items())) / _SAMPLE


def _one_way(words: Sequence[Hashable], threshold: float, least: int) -> float:
    runs, seen, size = 0.0, set[Hashable](), 0
    for word in words:
        seen.add(word)
        size += 1
        if len(seen) <= threshold * size and size >= least:
            runs += 1
            seen, size = set(), 0
    if size:
        runs += (1 - len(seen) / size) / (1 - threshold)
    return len(words) / runs if runs else float(len(words))


def _found(times: int, total: int) -> float:
    """Return the chance that a word that comes so many times is in a sample: one minus the hypergeometric of none."""
    if total - times < _SAMPLE:
        return 1.0
    return 1.0 - math.exp(_log_choose(total - times) - _log_choose(total))


def _log_choose(total: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(total - _SAMPLE + 1)
