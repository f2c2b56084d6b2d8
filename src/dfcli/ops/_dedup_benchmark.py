"""The runs of words of benchmark texts, and where the texts of a corpus have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dfcli.ops._shingles import Hashes, Places, Runs, batches, normal, runs, tokens


@dataclass(frozen=True)
class Index:
    """Hashes of runs of `length` words, in order, and the text that each is from."""

    length: int
    hashes: Hashes
    sources: Places

    def places(self, hashes: Hashes) -> tuple[NDArray[np.bool_], Places]:
        """Tell which hashes are known, and which texts these are from."""
        if not self.hashes.size:
            return np.zeros(hashes.size, np.bool_), np.zeros(hashes.size, np.int64)
        found = np.minimum(np.searchsorted(self.hashes, hashes), self.hashes.size - 1)
        return self.hashes[found] == hashes, self.sources[found]


def indexes(texts: pl.Series, ngram: int, shortest: int) -> list[Index]:
    """Return the runs of `ngram` words of texts, and texts of fewer, but `shortest` at least, as runs of their own."""
    parts: dict[int, list[tuple[Hashes, Places]]] = {length: [] for length in range(min(shortest, ngram), ngram + 1)}
    start = 0
    for batch in batches(pl.LazyFrame({"text": texts}), normal(pl.col("text"))):
        found = tokens(batch, "words")
        for length, known in parts.items():
            each = runs(found, length)
            wanted = (found.lengths[each.texts] == length) | (length == ngram)
            known.append((each.hashes[wanted], each.texts[wanted] + start))
        start += batch.len()
    return [_index(length, known) for length, known in parts.items() if any(hashes.size for hashes, _ in known)]


def _index(length: int, known: list[tuple[Hashes, Places]]) -> Index:
    hashes, first = np.unique(np.concatenate([each for each, _ in known]), return_index=True)
    return Index(length, hashes, np.concatenate([each for _, each in known])[first])


def met(frame: pl.LazyFrame, text: str, known: Iterable[Index]) -> pl.DataFrame:
    """Return, per text, the share of its words in known runs, the text the first is from, and the run's words.

    The columns are `share`, 0.0 for a text without words, `source` and `words`, null where nothing is met.
    """
    known = list(known)
    schema = {"share": pl.Float64(), "source": pl.Int64(), "words": pl.String()}
    parts = [_met(batch, tokens(batch, "words"), known) for batch in batches(frame, normal(pl.col(text)))]
    return pl.concat([pl.DataFrame(schema=schema), *(part.cast(schema) for part in parts)])  # type: ignore[arg-type]


def _met(batch: pl.Series, found: Runs, known: list[Index]) -> pl.DataFrame:
    depth = np.zeros(found.hashes.size + 1, np.int64)
    hits: dict[int, tuple[int, int, int]] = {}
    for index in known:
        for row, word, source in _hits(found, index, depth):
            hits[row] = min(hits.get(row, (word, index.length, source)), (word, index.length, source))
    covered = np.cumsum(depth)[:-1] > 0
    share = np.bincount(found.texts, covered, batch.len()) / np.maximum(found.lengths, 1)
    sources: list[int | None] = [None] * batch.len()
    words: list[str | None] = [None] * batch.len()
    for row, (word, length, source) in hits.items():
        begin, end = found.begins[word] - found.offsets[row], found.ends[word + length - 1] - found.offsets[row]
        sources[row], words[row] = source, " ".join(batch[row].encode()[begin:end].decode().split())
    return pl.DataFrame({"share": share, "source": sources, "words": words}, schema_overrides={"words": pl.String})


def _hits(found: Runs, index: Index, depth: Places) -> Iterator[tuple[int, int, int]]:
    """Yield the first known run of each text: the text, the run's first word, its source; count all in `depth`."""
    each = runs(found, index.length)
    known, sources = index.places(each.hashes)
    rows = each.texts[known]
    words = found.starts[rows] + np.flatnonzero(known) - each.starts[rows]
    np.add.at(depth, words, 1)
    np.subtract.at(depth, words + index.length, 1)
    first = np.unique(rows, return_index=True)[1]
    return zip(rows[first].tolist(), words[first].tolist(), sources[known][first].tolist(), strict=True)
