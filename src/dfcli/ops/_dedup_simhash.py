"""SimHash fingerprints (Charikar 2002) of many texts at once, and the pairs that differ in few bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from math import comb

import numpy as np
from numpy.typing import NDArray

from dfcli.ops._components import Pairs, Places, distinct
from dfcli.ops._shingles import Hashes, Runs

BITS = 64
_WINDOW = 500
"""How many rows of a bucket after it a row is compared with."""
_TABLES = 100


def fingerprints(each: Iterator[Runs]) -> tuple[Hashes, NDArray[np.bool_]]:
    """Return each text's fingerprint, and whether it has shingles: without any it has none."""
    found = [(_fingerprints(batch), batch.lengths > 0) for batch in each]
    if not found:
        return np.zeros(0, np.uint64), np.zeros(0, np.bool_)
    return np.concatenate([prints for prints, _ in found]), np.concatenate([filled for _, filled in found])


def _fingerprints(batch: Runs) -> Hashes:
    prints = np.zeros(batch.lengths.size, np.uint64)
    filled = np.flatnonzero(batch.lengths)
    if filled.size:
        bits = np.unpackbits(batch.hashes.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
        ones = np.add.reduceat(bits, batch.starts[filled], axis=0, dtype=np.int32)
        most = np.packbits(2 * ones > batch.lengths[filled, None], axis=1, bitorder="little")
        prints[filled] = most.view("<u8")[:, 0]
    return prints


def within(prints: Hashes, filled: NDArray[np.bool_], distance: int) -> Callable[[Places], Pairs]:
    """Return what finds the pairs, among some rows, whose fingerprints differ in at most `distance` bits."""

    def pairs(standing: Places) -> Pairs:
        rows = standing[filled[standing]]
        order = np.argsort(prints[rows], kind="stable")
        rows = rows[order]
        equal = np.flatnonzero(prints[rows][1:] == prints[rows][:-1])
        found = [Pairs(rows[equal], rows[equal + 1])]
        single = np.delete(rows, equal + 1)
        for mask in _masks(distance, single.size):
            found.append(_near(prints, single, mask, distance))
        return distinct(found, prints.size)

    return pairs


def _masks(distance: int, rows: int) -> list[np.uint64]:
    """Return masks of bits such that fingerprints within the distance agree on all the bits of one at least.

    The bits are cut into `distance` and some more blocks: those that differ spoil at most `distance` of them, and the
    rest agree. The more blocks, the longer the keys, and the more tables; keys get as long as the rows need.
    """
    if not distance:
        return []
    agreeing = 1
    while (
        2 ** (BITS * agreeing // (distance + agreeing)) < 16 * rows
        and comb(distance + agreeing + 1, agreeing + 1) <= _TABLES
    ):
        agreeing += 1
    edges = np.linspace(0, BITS, distance + agreeing + 1).astype(int).tolist()
    blocks = [sum(1 << bit for bit in range(low, high)) for low, high in pairwise(edges)]
    return [np.uint64(sum(chosen)) for chosen in combinations(blocks, agreeing)]


def _near(prints: Hashes, rows: Places, mask: np.uint64, distance: int) -> Pairs:
    """Return the pairs within the distance among rows that agree on the bits of a mask."""
    keys = prints[rows] & mask
    order = np.lexsort((prints[rows], keys))
    row, key = rows[order], keys[order]
    first, second = [], []
    left = np.arange(max(row.size - 1, 0))
    for shift in range(1, _WINDOW + 1):
        left = left[left < row.size - shift]
        left = left[key[left] == key[left + shift]]
        if not left.size:
            break
        near = left[np.bitwise_count(prints[row[left]] ^ prints[row[left + shift]]) <= distance]
        first.append(row[near])
        second.append(row[near + shift])
    none = np.zeros(0, np.int64)
    return Pairs(np.concatenate([none, *first]), np.concatenate([none, *second]))
