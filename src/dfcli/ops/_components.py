"""Rows that are alike as groups, each with the one row that stays for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


class Pairs(NamedTuple):
    """Rows that are alike, as two columns of row numbers."""

    first: Places
    second: Places


def leaders(rank: Places, standing: Places, alike: Callable[[Places], Pairs]) -> Places:
    """Return for each row the row that stays for it, itself where it stays: of a group the one of the lowest rank.

    `alike` finds pairs among some rows. It is asked again about the rows that stay until it finds none, so that the
    rows that stay, taken alone, all stay.
    """
    leader, by_rank = np.arange(rank.size), np.argsort(rank)
    while True:
        pairs = alike(standing)
        if not pairs.first.size:
            return leader
        group = united(rank.size, pairs)[leader]
        best = np.full(rank.size, rank.size)
        np.minimum.at(best, group, rank)
        leader = by_rank[best[group]]
        standing = standing[leader[standing] == standing]


def united(count: int, pairs: Pairs) -> Places:
    """Return the least row number of each row's group, where rows in a pair are in one group."""
    roots = np.arange(count)
    while True:
        first, second = roots[pairs.first], roots[pairs.second]
        if np.array_equal(first, second):
            return roots
        np.minimum.at(roots, np.maximum(first, second), np.minimum(first, second))
        while not np.array_equal(up := roots[roots], roots):
            roots = up


def neighbours(keys: NDArray[np.uint64], content: NDArray[np.uint64], rows: Places) -> Pairs:
    """Return pairs of rows with an equal key: each with the next of its bucket, and with the bucket's first.

    In a bucket the rows are in the order of their content, so the pairs do not depend on the order of the rows.
    """
    order = np.lexsort((content, keys))
    key, row = keys[order], rows[order]
    same = key[1:] == key[:-1]
    heads = np.maximum.accumulate(np.where(np.append(True, ~same)[: key.size], np.arange(key.size), 0))
    later = np.flatnonzero(same) + 1
    return Pairs(np.concatenate((row[later - 1], row[heads[later]])), np.concatenate((row[later], row[later])))


def distinct(pairs: list[Pairs], count: int) -> Pairs:
    """Return pairs each once, the lower row first."""
    if not pairs:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    first = np.concatenate([each.first for each in pairs])
    second = np.concatenate([each.second for each in pairs])
    codes = np.unique(np.minimum(first, second) * count + np.maximum(first, second))
    return Pairs(codes // max(count, 1), codes % max(count, 1))
