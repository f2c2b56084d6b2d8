"""CIDEr-D by Vedantam, Zitnick & Parikh (2015), CVPR, section 5 and equation 8, for one reference per text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import polars as pl

Gram = tuple[str, ...]
Weigh = Callable[[Counter[Gram]], Mapping[Gram, float]]


def scores(pairs: pl.DataFrame, n: int, sigma: float) -> list[float | None]:
    """Return the score of each row's `text` against its `reference`, both lists of words; None where one is null."""
    rows = list(zip(pairs["text"].to_list(), pairs["reference"].to_list(), strict=True))
    weigh = _weights([reference for _, reference in rows if reference is not None], n)
    return [None if None in pair else _score(*pair, n, sigma, weigh) for pair in rows]


def _weights(references: Sequence[Sequence[str]], n: int) -> Weigh:
    """Return what gives n-grams their tf-idf: their number times the logarithm of all texts by those that hold it."""
    held = Counter(gram for each in references for size in range(1, n + 1) for gram in set(_grams(each, size)))
    total = math.log(max(len(references), 1))

    def weigh(grams: Counter[Gram]) -> Mapping[Gram, float]:
        return {gram: times * (total - math.log(max(held[gram], 1))) for gram, times in grams.items()}

    return weigh


def _score(text: Sequence[str], reference: Sequence[str], n: int, sigma: float, weigh: Weigh) -> float:
    near = math.exp(-((len(text) - len(reference)) ** 2) / (2 * sigma**2))
    found = [_cosine(weigh(_grams(text, size)), weigh(_grams(reference, size))) for size in range(1, n + 1)]
    return 10 * near * math.fsum(found) / n


def _cosine(first: Mapping[Gram, float], second: Mapping[Gram, float]) -> float:
    """Return the cosine of two texts' weights, those of the first clipped to the second's; 0.0 of nothing."""
    shared = math.fsum(min(weight, second[gram]) * second[gram] for gram, weight in first.items() if gram in second)
    length = math.hypot(*first.values()) * math.hypot(*second.values())
    return shared / length if length else 0.0


def _grams(words: Sequence[str], size: int) -> Counter[Gram]:
    return Counter(zip(*(words[start:] for start in range(size)), strict=False))
