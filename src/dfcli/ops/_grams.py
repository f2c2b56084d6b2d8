"""The characters or words of many texts in one array; n-grams of them are numbers, never strings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dfcli.ops._kernel import Language, words

Hashes = npt.NDArray[np.uint64]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


class Tokens(NamedTuple):
    """The characters or words of several texts, one after another, as hashes, and how many each text has."""

    hashes: Hashes
    lengths: npt.NDArray[np.int64]


def word_tokens(texts: pl.Series, language: Language) -> Tokens:
    """Return the words of texts as tokens."""
    lists = pl.select(words(pl.lit(texts), language)).to_series()
    flat = lists.explode(empty_as_null=False)
    return Tokens(flat.hash(0).to_numpy(), lists.list.len().cast(pl.Int64).to_numpy())


def code_points(texts: pl.Series) -> npt.NDArray[np.uint32]:
    """Return the code points of all texts, one after another."""
    return np.frombuffer("".join(texts.to_list()).encode("utf-32-le"), dtype=np.uint32)


def character_tokens(texts: pl.Series) -> Tokens:
    """Return the characters of texts as tokens."""
    mixed = (code_points(texts).astype(np.uint64) + np.uint64(1)) * _MIX
    return Tokens(mixed ^ (mixed >> np.uint64(31)), texts.str.len_chars().cast(pl.Int64).to_numpy())


def ngrams(tokens: Tokens, n: int) -> pl.DataFrame:
    """Return how often each n-gram comes in each text: `row`, `gram` (a 64-bit hash) and `times`."""
    rows = np.repeat(np.arange(len(tokens.lengths)), tokens.lengths)
    ends = np.repeat(np.cumsum(tokens.lengths), tokens.lengths)
    whole = np.arange(len(rows)) + n <= ends
    grams = _rolled(tokens.hashes, n)
    inside = whole[: len(grams)]
    found = pl.DataFrame({"row": rows[: len(grams)][inside], "gram": grams[inside]})
    return found.group_by("row", "gram").agg(times=pl.len().cast(pl.Int64))


def per_row(found: pl.DataFrame, rows: int, **measures: pl.Expr) -> pl.DataFrame:
    """Return measures of each row's n-grams in the order of the rows, 0.0 for rows without any."""
    grouped = found.group_by("row").agg(**{name: each.cast(pl.Float64) for name, each in measures.items()})
    every = pl.DataFrame({"row": np.arange(rows)})
    return every.join(grouped, on="row", how="left", maintain_order="left").drop("row").fill_null(0.0)


def _rolled(hashes: Hashes, n: int) -> Hashes:
    """Return the hash of each run of n tokens: the shorter one's, times a number, plus the next token's."""
    size = max(len(hashes) - n + 1, 0)
    grams = np.zeros(size, dtype=np.uint64)
    for offset in range(n):
        grams = grams * _BASE + hashes[offset : offset + size]
    return grams
