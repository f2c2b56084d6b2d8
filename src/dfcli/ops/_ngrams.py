"""The shares of a text's characters that its frequent and its repeated n-grams take, as each tool counts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from dfcli.ops import _repetition as grams
from dfcli.ops._pieces import Pieces, ratio
from dfcli.ops._profiles import Profile
from dfcli.ops._repetition import Grams, Hashed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = Mapping[str, NDArray[np.int64]]
    Shares = Mapping[str, NDArray[np.float64]]

TOP = range(2, 5)
LONG = range(5, 11)


def gram_shares(text: pl.Series, words: Pieces, count: Callable[[pl.Series, Pieces], Any]) -> Any:
    """Return the shares by the name of their measure."""
    return count(text, words)


def _by_paper(text: pl.Series, words: Pieces) -> Shares:
    numbers = grams.hashed(words)
    chars = words.total(words.lengths())
    found = in_parts(numbers, lambda part: {_name(each.n): _covered(part, each) for each in _repeated(part)})
    return {name: ratio(count, chars) for name, count in found.items()}


def _by_datatrove(text: pl.Series, words: Pieces) -> Shares:
    chars = text.str.len_chars().to_numpy()
    numbers = grams.hashed(words)
    top = in_parts(numbers, lambda part: {_name(each.n): _top_chars(part, each) for each in _repeated(part, TOP)})
    joined = grams.joinable(words)
    long = in_parts(
        joined, lambda part: {_name(each.n): grams.in_turn(part, each) for each in grams.repeated_joined(part, LONG)}
    )
    return {name: ratio(count, chars) for name, count in (top | long).items()}


def _by_nemo(text: pl.Series, words: Pieces) -> Shares:
    import numpy as np

    numbers = grams.hashed(words)
    chars = text.str.len_chars().to_numpy()
    long = in_parts(
        numbers, lambda part: {_name(each.n): grams.again(part, each) for each in _repeated(part) if each.n in LONG}
    )
    counts = {_name(n): _top_removed(text, words, numbers, n) for n in TOP} | dict(long)
    enough = {_name(n): words.counts >= n for n in (*TOP, *LONG)}
    return {name: np.where(enough[name], ratio(count, chars), 1.0) for name, count in counts.items()}


NGRAMS: Mapping[Profile, Callable[[pl.Series, Pieces], Any]] = {
    "paper": _by_paper,
    "datatrove": _by_datatrove,
    "nemo": _by_nemo,
}


def _name(n: int) -> str:
    return f"{'top' if n in TOP else 'duplicate'}_{n}_gram_share"


def _repeated(part: Hashed, sizes: range = range(2, LONG.stop)) -> Any:
    return grams.repeated(part, sizes.stop - 1)


def in_parts(words: Hashed, count: Callable[[Hashed], Counts]) -> dict[str, NDArray[np.int64]]:
    """Return the counts of all texts, from those of a part of them at a time."""
    import numpy as np

    found = [count(part) for _, part in grams.parts(words)] or [count(words)]
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]}


def _covered(part: Hashed, each: Grams) -> NDArray[np.int64]:
    return grams.covered(part, grams.most_frequent(part, each) if each.n in TOP else each)


def _top_chars(part: Hashed, each: Grams) -> NDArray[np.int64]:
    """Return the length of each text's most frequent n-gram, spaces and all, times how often it occurs."""
    import numpy as np

    top = grams.most_frequent(part, each)
    alone = np.setdiff1d(grams.first_grams(part, each.n), _firsts_of(part, top, each.n))
    at = np.concatenate([top.at, alone])
    return part.per_text(at, part.before[at + each.n] - part.before[at] + each.n - 1)


def _firsts_of(part: Hashed, top: Grams, n: int) -> NDArray[np.int64]:
    """Return where the first n-gram of each text starts that has a repeated one."""
    import numpy as np

    return part.starts[np.unique(part.text[top.at])]


def _top_removed(text: pl.Series, words: Pieces, numbers: Hashed, n: int) -> NDArray[np.int64]:
    """Return how many characters a text loses when its most frequent n-gram is removed from it as text."""
    import numpy as np

    at = np.full(len(text), -1)
    for texts, part in grams.parts(numbers):
        first = grams.first_grams(part, n)
        at[texts][part.text[first]] = first + words.starts[texts.start]
        *_, last = grams.repeated(part, n)
        top = grams.most_frequent(part, last).at[::-1]
        at[texts][part.text[top]] = top + words.starts[texts.start]
    found = np.flatnonzero(at >= 0)
    pieces = [words.flat.gather(at[found] + step) for step in range(n)]
    joined = pl.select(pl.concat_str(pieces, separator=" ")).to_series()
    times = pl.select(pl.lit(text.gather(found)).str.count_matches(pl.lit(joined), literal=True)).to_series()
    lost = np.zeros(len(text), np.int64)
    lost[found] = (times.cast(pl.Int64) * joined.str.len_chars().cast(pl.Int64)).to_numpy()
    return lost
