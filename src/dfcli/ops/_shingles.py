"""Texts as hashes of their words or characters and of runs of these, for many texts at once, in numpy.

A word is a run of letters, digits and underscores; a Chinese character or Japanese kana is a word by itself. Hashes
are polynomials modulo 2**64, taken as differences of prefix sums and then mixed, so that no run is ever built as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Unit = Literal["words", "characters"]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_BYTES = 250_000
"""About how much text is looked at in one go: what fits into a processor's cache is several times faster."""

_SPACE = b"\x09\x0a\x0b\x0c\x0d\x1c\x1d\x1e\x1f\x20"
_OTHER = bytes(each for each in range(128) if not (chr(each).isalnum() or each == ord("_")))
_SEED = 0x9E3779B97F4A7C15
_BASE = 0xD1342543DE82EF95
"""An odd number, so that its powers have inverses modulo 2**64."""


@dataclass(frozen=True)
class Runs:
    """Hashes of runs of tokens in order, with each run's bytes in the batch, and the first run of each text.

    `starts` has one entry more than there are texts. `offsets` are the bytes at which the texts start.
    """

    hashes: Hashes
    begins: Places
    ends: Places
    starts: Places
    offsets: Places

    @property
    def lengths(self) -> Places:
        """How many runs each text has."""
        return np.diff(self.starts)

    @property
    def texts(self) -> Places:
        """The number, in the batch, of the text that each run is in."""
        return np.repeat(np.arange(self.starts.size - 1), self.lengths)


def normal(text: pl.Expr) -> pl.Expr:
    """Return a text in lower case, in the normal form NFKC, with a space for each sign outside ASCII."""
    plain = pl.when(text.str.contains(r"[^\x00-\x7F]")).then(text.str.normalize("NFKC")).otherwise(text)
    return plain.str.to_lowercase().str.replace_all(r"[^\x00-\x7F\w]", " ")


def batches(frame: pl.LazyFrame, text: pl.Expr) -> Iterator[pl.Series]:
    """Yield a column of texts in order, a quarter of a megabyte at a time; "" for null."""
    query = frame.select(text.fill_null("").alias("text"))
    for batch in query.collect_batches(chunk_size=1024, maintain_order=True):
        texts = batch["text"]
        sizes = texts.str.len_bytes().cum_sum()
        lengths = (sizes // _BYTES).rle().struct.field("len") if texts.len() else pl.Series([0])
        start = 0
        for length in lengths:
            yield texts.slice(start, length)
            start += length


def tokens(texts: pl.Series, unit: Unit, *, exact: bool = False) -> Runs:
    """Return the tokens of texts; `exact` takes signs as parts of words, so that only whitespace lies between."""
    data = np.frombuffer("\n".join((*texts, "")).encode() or b"\n", np.uint8)
    sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    offsets = np.concatenate(([0], np.cumsum(sizes + 1)))
    inside = np.ones(256, np.bool_)
    inside[list(_SPACE if exact else _OTHER)] = False
    begins, ends = (_words if unit == "words" else _characters)(data, inside[data])
    hashes = _spans(_values()[data], begins, ends)
    return Runs(hashes, begins, ends, np.searchsorted(begins, offsets), offsets[:-1])


def runs(given: Runs, length: int) -> Runs:
    """Return the runs of `length` tokens in a row within one text; a text with fewer has none."""
    if length == 1:
        return given
    counts = np.maximum(given.lengths - length + 1, 0)
    starts = np.concatenate(([0], np.cumsum(counts)))
    first = np.arange(starts[-1]) + np.repeat(given.starts[:-1] - starts[:-1], counts)
    hashes = _spans(given.hashes, first, first + length)
    return Runs(hashes, given.begins[first], given.ends[first + length - 1], starts, given.offsets)


def mixed(values: Hashes) -> Hashes:
    """Return numbers whose every bit depends on all bits of the given ones (the finish of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _words(data: NDArray[np.uint8], inside: NDArray[np.bool_]) -> tuple[Places, Places]:
    places = np.flatnonzero(np.diff(inside, prepend=False))
    begins, ends = places[0::2], places[1::2]
    alone = _ideographs(data)
    if not alone.size:
        return begins, ends
    after = alone + np.where(data[alone] >= 0xF0, 4, 3)
    begins = np.union1d(begins, np.concatenate((alone, after[inside[after]])))
    ends = np.union1d(ends, np.concatenate((after, alone[(alone > 0) & inside[alone - 1]])))
    return begins, ends


def _ideographs(data: NDArray[np.uint8]) -> Places:
    """Return where Chinese characters and kana start, by the first two bytes of their UTF-8."""
    places = np.flatnonzero(data >= 0xE3)
    lead, then = data[places], data[np.minimum(places + 1, data.size - 1)]
    kana = (lead == 0xE3) & (((then >= 0x81) & (then <= 0x83)) | (then >= 0x90))
    rare = ((lead == 0xEF) & (then >= 0xA4) & (then <= 0xAB)) | ((lead == 0xF0) & (then >= 0xA0))
    found: Places = places[kana | rare | ((lead >= 0xE4) & (lead <= 0xE9))]
    return found


def _characters(data: NDArray[np.uint8], inside: NDArray[np.bool_]) -> tuple[Places, Places]:
    edges = np.append(np.flatnonzero((data & 0xC0) != 0x80), data.size)
    begins, ends = edges[:-1], edges[1:]
    real = inside[begins]
    return begins[real], ends[real]


def _spans(values: Hashes, begins: Places, ends: Places) -> Hashes:
    """Return the hashes of stretches of numbers, alike wherever the stretches are."""
    powers, inverses = _powers(1 << int(values.size).bit_length())
    sums = np.zeros(values.size + 1, np.uint64)
    np.cumsum(values * powers[: values.size], out=sums[1:])
    return mixed((sums[ends] - sums[begins]) * inverses[begins])


@lru_cache(maxsize=4)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    return _series(_BASE, size), _series(pow(_BASE, -1, 1 << 64), size)


def _series(base: int, size: int) -> Hashes:
    factors = np.full(size, base, np.uint64)
    factors[0] = 1
    return np.cumprod(factors)


@lru_cache(maxsize=1)
def _values() -> Any:
    return mixed(np.arange(1, 257, dtype=np.uint64) * np.uint64(_SEED))
