"""Vectors that point in nearly the same direction, found within clusters of k-means as SemDeDup does."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dfcli.ops._components import Pairs, Places, distinct

Vectors = NDArray[np.float32]

_ROUNDS = 10
_SAMPLE = 128
"""How many vectors for each cluster k-means looks at to find the centres."""
_BLOCK = 1024


def units(listed: pl.Series) -> tuple[Vectors, NDArray[np.bool_]]:
    """Return lists of numbers as vectors of length 1, and which are any.

    One that is null, that has no direction, or that has not as many numbers as most, is not.
    """
    lists = listed.cast(pl.List(pl.Float32))
    sizes = lists.list.len()
    width = int(sizes.drop_nulls().mode().sort().last() or 0) if sizes.drop_nulls().len() else 0  # type: ignore[arg-type]
    whole = (sizes == width).fill_null(value=False).to_numpy()
    vectors = np.zeros((listed.len(), width), np.float32)
    if width:
        vectors[whole] = lists.filter(pl.Series(whole)).explode().fill_null(float("nan")).to_numpy().reshape(-1, width)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    filled = whole & np.isfinite(lengths) & (lengths > 0)
    vectors[~filled] = 0
    vectors[filled] /= lengths[filled, None].astype(np.float32)
    return vectors, filled


def close(
    vectors: Vectors, filled: NDArray[np.bool_], threshold: float, clusters: int | None, seed: int
) -> Callable[[Places], Pairs]:
    """Return what finds pairs, among some rows, whose cosine is at least the threshold and whose cluster is one."""

    def pairs(standing: Places) -> Pairs:
        rows = standing[filled[standing]]
        if not rows.size:
            return distinct([], 0)
        _, first, same = np.unique(_as_bytes(vectors[rows]), return_index=True, return_inverse=True)
        equal = Pairs(rows[first[same]], rows)
        single = rows[first]
        found = [Pairs(*(each[equal.first != equal.second] for each in equal))]
        nearest = _nearest(vectors[single], clusters or int(np.ceil(np.sqrt(single.size))), Random(seed))
        order = np.argsort(nearest, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(nearest[order])) + 1):
            found.append(_within(vectors, single[members], threshold))
        return distinct(found, filled.size)

    return pairs


def _as_bytes(vectors: Vectors) -> NDArray[np.void]:
    """Return each vector as one value: in their order the result does not depend on the order of the rows."""
    whole = np.ascontiguousarray(vectors + np.float32(0))
    return whole.view(np.dtype((np.void, whole.itemsize * whole.shape[1])))[:, 0]


def _nearest(vectors: Vectors, clusters: int, rng: Random) -> Places:
    """Return the cluster of each vector, by spherical k-means on a sample of them."""
    count = min(clusters, len(vectors))
    sample = vectors[sorted(rng.sample(range(len(vectors)), min(len(vectors), _SAMPLE * count)))]
    centres = sample[sorted(rng.sample(range(len(sample)), count))]
    for _ in range(_ROUNDS):
        chosen = _assigned(sample, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, chosen, sample)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), centres)
    return _assigned(vectors, centres)


def _assigned(vectors: Vectors, centres: Vectors) -> Places:
    parts = [np.argmax(vectors[start : start + _BLOCK] @ centres.T, axis=1) for start in range(0, len(vectors), _BLOCK)]
    return np.concatenate(parts)


def _within(vectors: Vectors, rows: Places, threshold: float) -> Pairs:
    """Return each row with the nearest one before it, where it is as near as wanted."""
    members = vectors[rows]
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start in range(0, rows.size, _BLOCK):
        block = members[start : start + _BLOCK]
        cosines = block @ members[: start + len(block)].T
        later = np.arange(start + len(block)) >= np.arange(start, start + len(block))[:, None]
        cosines[later] = -2
        best = cosines.argmax(axis=1)
        near = np.flatnonzero(cosines[np.arange(len(block)), best] >= threshold)
        first.append(rows[best[near]])
        second.append(rows[start + near])
    return Pairs(np.concatenate(first), np.concatenate(second))
