"""Stretches of words or characters that come more than once in a corpus, found by sampled hashes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dfcli.ops._shingles import Hashes, Places, Runs, Unit, batches, runs, tokens

_NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class Search:
    """A search for stretches of `length` tokens that come more than once."""

    text: str
    unit: Unit
    length: int
    keeps_first: bool

    def repeated(self, frame: pl.LazyFrame, rank: pl.Series) -> pl.DataFrame:
        """Return, per text, the share of its characters that goes, and what is left, null where nothing goes."""
        anchors = self._anchors(frame)
        goes = self._goes(self._stretches(frame, anchors), rank)
        shares, left, start = [np.zeros(0)], [], 0
        for batch in batches(frame, pl.col(self.text)):
            found = tokens(batch, self.unit, exact=True)
            cut = _covered(found.hashes.size, goes, start, self.length)
            sizes = (found.ends - found.begins).astype(np.float64)
            total = np.bincount(found.texts, sizes, batch.len())
            shares.append(np.bincount(found.texts, sizes * cut, batch.len()) / np.maximum(total, 1))
            left += _left(batch, found, cut)
            start += found.hashes.size
        return pl.DataFrame({"share": np.concatenate(shares), "left": pl.Series(left, dtype=pl.String)})

    def _anchors(self, frame: pl.LazyFrame) -> Hashes:
        """Return, in order, the hashes of sampled half stretches that come more than once."""
        short = (self.length + 1) // 2
        found = [np.zeros(0, np.uint64)]
        for batch in batches(frame, pl.col(self.text)):
            each = runs(tokens(batch, self.unit, exact=True), short)
            found.append(each.hashes[_sampled(each, self.length - short + 1)])
        values, counts = np.unique(np.concatenate(found), return_counts=True)
        return values[counts > 1]

    def _stretches(self, frame: pl.LazyFrame, anchors: Hashes) -> pl.DataFrame:
        """Return the stretches that have an anchor in them: their hashes, rows, and first tokens in the corpus."""
        short = (self.length + 1) // 2
        parts, start, row = [pl.DataFrame(schema={"hash": pl.UInt64, "row": pl.UInt32, "token": pl.Int64})], 0, 0
        for batch in batches(frame, pl.col(self.text)):
            found = tokens(batch, self.unit, exact=True)
            halves, whole = runs(found, short), runs(found, self.length)
            marked = np.concatenate(([0], np.cumsum(_among(halves.hashes, anchors))))
            first = halves.starts[:-1][whole.texts] + np.arange(whole.hashes.size) - whole.starts[:-1][whole.texts]
            near = marked[first + self.length - short + 1] > marked[first]
            place = found.starts[:-1][whole.texts] + np.arange(whole.hashes.size) - whole.starts[:-1][whole.texts]
            columns = {"hash": whole.hashes[near], "row": (whole.texts[near] + row).astype(np.uint32)}
            parts.append(pl.DataFrame(columns | {"token": place[near] + start}))
            start, row = start + found.hashes.size, row + batch.len()
        return pl.concat(parts)

    def _goes(self, stretches: pl.DataFrame, rank: pl.Series) -> Places:
        """Return, in order, the first tokens of the stretches that go."""
        twice = stretches.filter(pl.col("hash").is_duplicated())
        if self.keeps_first:
            ranked = twice.with_columns(rank=rank.gather(twice["row"])).sort("rank", "token")
            twice = ranked.filter(~pl.col("hash").is_first_distinct())
        return twice["token"].sort().to_numpy()


def _among(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    if not known.size:
        return np.zeros(hashes.size, np.bool_)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, hashes), known.size - 1)] == hashes
    return found


def _sampled(each: Runs, window: int) -> NDArray[np.bool_]:
    """Tell which runs have the least hash of any `window` runs in a row that they are among."""
    if each.hashes.size < window or window == 1:
        return np.ones(each.hashes.size, np.bool_)
    least = _sliding(each.hashes, window)
    padded = np.concatenate((np.zeros(window - 1, np.uint64), least, np.zeros(window - 1, np.uint64)))
    greatest = ~_sliding(~padded, window)
    chosen: NDArray[np.bool_] = greatest == each.hashes
    return chosen | _at_edges(each, window)


def _at_edges(each: Runs, window: int) -> NDArray[np.bool_]:
    """Tell which runs are near the edge of a text, where a window would reach into another text."""
    place = np.arange(each.hashes.size) - each.starts[:-1][each.texts]
    left = each.starts[1:][each.texts] - each.starts[:-1][each.texts] - place
    return (left < window) & (place + left < window)


def _sliding(values: Hashes, window: int) -> Hashes:
    """Return the least of every `window` numbers in a row."""
    reach = 1
    while 2 * reach <= window:
        values = np.minimum(values[:-reach], values[reach:])
        reach *= 2
    rest = window - reach
    return np.minimum(values[:-rest], values[rest:]) if rest else values


def _covered(count: int, goes: Places, start: int, length: int) -> NDArray[np.bool_]:
    """Tell which of `count` tokens, the first of which is the corpus' token number `start`, are in a stretch."""
    low, high = np.searchsorted(goes, (start, start + count))
    begins = goes[low:high] - start
    depth = np.bincount(begins, minlength=count + 1) - np.bincount(begins + length, minlength=count + 1)
    covered: NDArray[np.bool_] = np.cumsum(depth)[:count] > 0
    return covered


def _left(batch: pl.Series, found: Runs, cut: NDArray[np.bool_]) -> list[str | None]:
    """Return what is left of each text, None where nothing goes."""
    left: list[str | None] = [None] * batch.len()
    for row in np.unique(found.texts[cut]).tolist():
        data = batch[row].encode()
        part = slice(found.starts[row], found.starts[row + 1])
        begins, gone = found.begins[part] - found.offsets[row], cut[part]
        edges = np.flatnonzero(np.diff(gone.astype(np.int8))) + 1
        places = [0, *begins[edges].tolist(), len(data)]
        stays = [not each for each in gone[[0, *edges]].tolist()]
        pieces = zip(places, places[1:], stays, strict=False)
        left[row] = b"".join(data[low:high] for low, high, stay in pieces if stay).decode().strip()
    return left
