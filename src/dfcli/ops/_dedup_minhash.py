"""MinHash signatures (Broder 1997) of many texts at once, and the pairs that share a band of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dfcli.ops._components import Pairs, Places, distinct, neighbours
from dfcli.ops._shingles import Hashes, Runs, Unit, batches, mixed, normal, runs, tokens

Verify = Literal["none", "signature", "jaccard"]

_BLOCK = 16_384
"""How many shingles are permuted in one go."""


class Bands(NamedTuple):
    """How a signature is cut: `many` bands of `rows` numbers each."""

    many: int
    rows: int


@dataclass(frozen=True)
class Signatures:
    """What is known of each row: its bands' keys, the last byte of each number of its signature, a hash of it all.

    A row without shingles has `filled` false. `sketch` has no columns where signatures are not compared.
    """

    keys: Hashes
    sketch: NDArray[np.uint8]
    content: Hashes
    filled: NDArray[np.bool_]


def best_bands(threshold: float, permutations: int, miss: float) -> Bands:
    """Return the bands for which misses above and hits below a Jaccard similarity are fewest; a miss weighs `miss`."""
    grid = np.linspace(0, 1, 201)
    above = grid >= threshold

    def loss(bands: Bands) -> float:
        found = 1 - (1 - grid**bands.rows) ** bands.many
        return float((1 - miss) * found[~above].sum() + miss * (1 - found[above]).sum())

    each = [Bands(permutations // rows, rows) for rows in range(1, permutations + 1)]
    return min(each, key=loss)


def shingles(frame: pl.LazyFrame, text: str, unit: Unit, length: int) -> Iterator[Runs]:
    """Yield the shingles of a column of texts, in lower case and without signs, a batch at a time."""
    for batch in batches(frame, normal(pl.col(text))):
        yield runs(tokens(batch, unit), length)


def signatures(each: Iterator[Runs], bands: Bands, permutations: int, *, sketch: bool) -> Signatures:
    """Return the signatures of all texts."""
    found = [_signed(batch, bands, permutations, sketch=sketch) for batch in each]
    width = permutations if sketch else 0
    if not found:
        none = np.zeros((0, bands.many), np.uint64)
        return Signatures(none, np.zeros((0, width), np.uint8), none[:, 0], np.zeros(0, np.bool_))
    return Signatures(
        np.concatenate([one.keys for one in found]),
        np.concatenate([one.sketch for one in found]),
        np.concatenate([one.content for one in found]),
        np.concatenate([one.filled for one in found]),
    )


def _signed(batch: Runs, bands: Bands, permutations: int, *, sketch: bool) -> Signatures:
    least = minima(batch, permutations)
    used = least[: bands.many * bands.rows].reshape(bands.many, bands.rows, -1)
    keys = np.zeros((used.shape[2], bands.many), np.uint64)
    for row in range(bands.rows):
        keys = mixed(keys * np.uint64(31) + used[:, row, :].T + np.uint64(row + 1))
    content = np.zeros(used.shape[2], np.uint64)
    for each in least:
        content = content * np.uint64(0x9E3779B97F4A7C15) + each
    small = least.T.astype(np.uint8) if sketch else np.zeros((content.size, 0), np.uint8)
    return Signatures(keys, small, mixed(content), batch.lengths > 0)


def minima(batch: Runs, permutations: int) -> NDArray[np.uint32]:
    """Return the least permuted shingle of each text, by permutation; the greatest number for a text without any."""
    hashes = (batch.hashes >> np.uint64(32)).astype(np.uint32)
    filled = np.flatnonzero(batch.lengths)
    least = np.full((permutations, batch.lengths.size), 0xFFFFFFFF, np.uint32)
    factors, shifts = _permutations(permutations)
    for start, stop in _blocks(batch.starts[filled], hashes.size):
        rows = filled[start:stop]
        low = batch.starts[rows[0]]
        part, heads = hashes[low : batch.starts[rows[-1] + 1]], batch.starts[rows] - low
        permuted = np.empty_like(part)
        for number in range(permutations):
            np.multiply(part, factors[number], out=permuted)
            np.bitwise_xor(permuted, shifts[number], out=permuted)
            least[number, rows] = np.minimum.reduceat(permuted, heads)
    return least


def _blocks(starts: Places, total: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of texts that have about as many shingles as fit into a processor's cache."""
    edges = np.searchsorted(starts, np.arange(0, total + _BLOCK, _BLOCK))
    edges = np.unique(np.append(edges, starts.size))
    return zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def _permutations(count: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return an odd factor and a number to combine with for each permutation of the numbers below 2**32."""
    drawn = mixed(np.arange(1, 2 * count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    halves = (drawn >> np.uint64(32)).astype(np.uint32)
    return halves[:count] | np.uint32(1), halves[count:]


def alike(
    signed: Signatures, threshold: float, similarity: Callable[[Pairs], NDArray[np.float64]] | None
) -> Callable[[Places], Pairs]:
    """Return what finds the pairs, among some rows, that share a band and are as similar as wanted."""

    def pairs(standing: Places) -> Pairs:
        rows = standing[signed.filled[standing]]
        found = [neighbours(keys[rows], signed.content[rows], rows) for keys in signed.keys.T]
        close = distinct(found, signed.filled.size)
        if similarity is None or not close.first.size:
            return close
        enough = similarity(close) >= threshold
        return Pairs(close.first[enough], close.second[enough])

    return pairs


def estimated(signed: Signatures) -> Callable[[Pairs], NDArray[np.float64]]:
    """Return what estimates the Jaccard similarity of pairs by the share of their signatures that is equal."""

    def similarity(pairs: Pairs) -> NDArray[np.float64]:
        equal = np.empty(pairs.first.size)
        for start in range(0, equal.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            equal[part] = (signed.sketch[pairs.first[part]] == signed.sketch[pairs.second[part]]).mean(axis=1)
        return (equal - 1 / 256) / (1 - 1 / 256)

    return similarity


def counted(sets: dict[int, Hashes]) -> Callable[[Pairs], NDArray[np.float64]]:
    """Return what counts the Jaccard similarity of pairs of rows whose shingles are given."""

    def jaccard(first: int, second: int) -> float:
        common = np.intersect1d(sets[first], sets[second], assume_unique=True).size
        return float(common / (sets[first].size + sets[second].size - common))

    return lambda pairs: np.array(
        [jaccard(first, second) for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)]
    )


def sets_of(each: Iterator[Runs], rows: Places) -> dict[int, Hashes]:
    """Return the different shingles of some of the texts, by row; `rows` are in order."""
    found: dict[int, Hashes] = {}
    start = 0
    for batch in each:
        low, high = np.searchsorted(rows, (start, start + batch.lengths.size))
        for row in rows[low:high].tolist():
            found[row] = np.unique(batch.hashes[batch.starts[row - start] : batch.starts[row - start + 1]])
        start += batch.lengths.size
    return found
