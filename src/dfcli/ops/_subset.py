"""Greedy choice of vectors that are far apart, or that stand for all others; memory is linear in their number."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]

_ROOM = 1 << 23
"""How many similarities are held at once."""

_MISS = 0.1
"""What a random choice of candidates may lose of the greedy gain: epsilon of stochastic greedy."""


def k_center(vectors: Vectors, size: int, rng: Random) -> Places:
    """Return so many vectors of length 1, each the farthest from all before it; the first is random."""
    count = len(vectors)
    if size >= count:
        return np.arange(count)
    chosen = [rng.randrange(count)] if size else []
    nearest = np.full(count, -np.inf, np.float32)
    for _ in range(size - 1):
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
        nearest[chosen[-1]] = np.inf
        chosen.append(int(nearest.argmin()))
    return np.array(sorted(chosen), np.int64)


def facility_location(vectors: Vectors, size: int, represented: int, rng: Random) -> Places:
    """Return so many vectors that together are most similar to all, or to a random sample of `represented` ones.

    What is raised is the sum, over those, of the greatest cosine with a chosen one, negative ones being nothing.
    """
    count = len(vectors)
    if size >= count:
        return np.arange(count)
    ground = vectors[sorted(rng.sample(range(count), min(count, represented)))]
    best = np.zeros(len(ground), np.float32)
    waiting = np.arange(count)
    chosen = []
    few = int(np.ceil(count / max(size, 1) * np.log(1 / _MISS)))
    for _ in range(size):
        places = np.array(sorted(rng.sample(range(len(waiting)), min(few, len(waiting)))))
        at = places[_most_useful(vectors[waiting[places]], ground, best)]
        chosen.append(int(waiting[at]))
        best = np.maximum(best, ground @ vectors[chosen[-1]])
        waiting = np.delete(waiting, at)
    return np.array(sorted(chosen), np.int64)


def _most_useful(candidates: Vectors, ground: Vectors, best: Vectors) -> int:
    """Return which candidate raises the sum of the best similarities most; of equal ones the first."""
    block = max(1, _ROOM // max(len(ground), 1))
    gains = [
        np.maximum(candidates[start : start + block] @ ground.T - best, 0).sum(axis=1, dtype=np.float64)
        for start in range(0, len(candidates), block)
    ]
    return int(np.concatenate(gains).argmax())
