"""N-grams that occur more than once in a text, and how many of its characters they take; none is built as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dfcli.ops._pieces import Pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FACTOR = 0x9E3779B97F4A7C15
_PART = 400_000
"""Words looked at together: tables for as many stay in a processor's cache."""


class Grams(NamedTuple):
    """The n-grams that their text has more than once: where each starts, in order, and which are equal."""

    n: int
    at: NDArray[np.int64]
    group: NDArray[np.int64]


class Hashed(NamedTuple):
    """Words as numbers; equal words have equal `hashes`, and `before` holds the characters before each."""

    hashes: NDArray[np.uint64]
    before: NDArray[np.int64]
    text: NDArray[np.int64]
    starts: NDArray[np.int64]
    powers: NDArray[np.uint64] | None = None
    """What the hash of the text before a word is multiplied with: words may then be joined without a border."""

    @property
    def texts(self) -> int:
        """How many texts there are."""
        return len(self.starts) - 1

    def per_text(self, at: NDArray[np.int64], chars: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sum of characters per text, for numbers at some words."""
        import numpy as np

        return np.bincount(self.text[at], weights=chars, minlength=self.texts).astype(np.int64)


def hashed(words: Pieces) -> Hashed:
    """Return words as numbers."""
    import numpy as np

    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(words.lengths())])
    return Hashed(words.flat.hash(seed=1).to_numpy(), before, words.texts, words.starts)


def joinable(words: Pieces) -> Hashed:
    """Return words as numbers such that `in` and `to` joined are the same as `into`."""
    import polars as pl

    different = words.flat.unique()
    numbers = [_number(word) for word in different.to_list()]
    table = {
        "hash": pl.Series([number for number, _ in numbers], dtype=pl.UInt64),
        "power": pl.Series([power for _, power in numbers], dtype=pl.UInt64),
    }
    columns = {
        name: words.flat.replace_strict(different, values, return_dtype=pl.UInt64).to_numpy()
        for name, values in table.items()
    }
    return hashed(words)._replace(hashes=columns["hash"], powers=columns["power"])


def _number(word: str) -> tuple[int, int]:
    number, power = 0, 1
    for char in word:
        number = (number * _FACTOR + ord(char) + 1) % 2**64
        power = power * _FACTOR % 2**64
    return number, power


def parts(words: Hashed) -> Iterator[tuple[slice, Hashed]]:
    """Yield the texts a part at a time, each with the numbers of its texts."""
    import numpy as np

    first = 0
    while first < words.texts:
        last = int(np.searchsorted(words.starts, words.starts[first] + _PART, side="right")) - 1
        last = max(last, first + 1)
        low, high = words.starts[first], words.starts[last]
        yield (
            slice(first, last),
            Hashed(
                words.hashes[low:high],
                words.before[low : high + 1],
                words.text[low:high] - first,
                words.starts[first : last + 1] - low,
                None if words.powers is None else words.powers[low:high],
            ),
        )
        first = last


def repeated(words: Hashed, longest: int) -> Iterator[Grams]:
    """Yield the repeated n-grams for each n from 2; those of n + 1 words start where both their n-grams repeat."""
    import numpy as np

    seeds = _seeds(words)
    at = np.flatnonzero(words.text[1:] == words.text[:-1])
    keys = words.hashes[at]
    for n in range(2, longest + 1):
        if n > 2:
            follows = np.flatnonzero(at[1:] == at[:-1] + 1)
            at, keys = at[follows], keys[follows]
        keys = keys * np.uint64(_FACTOR) + words.hashes[at + n - 1]
        kept, group = _more_than_once(keys ^ seeds[words.text[at]])
        at, keys = at[kept], keys[kept]
        yield Grams(n, at, group)


def repeated_joined(words: Hashed, sizes: range) -> Iterator[Grams]:
    """Yield the repeated n-grams of some sizes; two are equal when their words without spaces make the same text."""
    import numpy as np

    assert words.powers is not None
    seeds, keys = _seeds(words), words.hashes
    for n in range(2, sizes.stop):
        keys = keys[:-1] * words.powers[n - 1 :] + words.hashes[n - 1 :]
        if n in sizes:
            at = np.flatnonzero(words.text[n - 1 :] == words.text[: len(keys)])
            kept, group = _more_than_once(keys[at] ^ seeds[words.text[at]])
            yield Grams(n, at[kept], group)


def _seeds(words: Hashed) -> NDArray[np.uint64]:
    import numpy as np

    return np.arange(words.texts, dtype=np.uint64) * np.uint64(0xD1342543DE82EF95)


def covered(words: Hashed, grams: Grams) -> NDArray[np.int64]:
    """Return how many characters of each text lie in the n-grams, each counted once."""
    import numpy as np

    ends = grams.at + grams.n
    fresh = np.maximum(grams.at, np.concatenate([np.zeros(1, np.int64), ends])[:-1])
    return words.per_text(grams.at, words.before[ends] - words.before[fresh])


def again(words: Hashed, grams: Grams) -> NDArray[np.int64]:
    """Return the characters that n-grams met again have in common with none met again before, and spaces between."""
    import numpy as np

    _, first = np.unique(grams.group, return_index=True)
    at = np.delete(grams.at, first)
    ends = at + grams.n
    fresh = np.maximum(at, np.concatenate([np.zeros(1, np.int64), ends])[:-1])
    spaces = np.minimum(ends - fresh, grams.n - 1)
    return words.per_text(at, words.before[ends] - words.before[fresh] + spaces)


def first_grams(words: Hashed, n: int) -> NDArray[np.int64]:
    """Return where the first n-gram of each text starts that has one."""
    import numpy as np

    return words.starts[:-1][np.diff(words.starts) >= n]


def most_frequent(words: Hashed, grams: Grams) -> Grams:
    """Return of each text the n-gram that occurs most often; of equals the one that comes first."""
    import numpy as np

    _, first = np.unique(grams.group, return_index=True)
    counts = np.bincount(grams.group)
    texts = words.text[grams.at[first]]
    order = np.lexsort((first, -counts, texts))
    best = np.ones(len(order), bool)
    best[1:] = texts[order][1:] != texts[order][:-1]
    chosen = np.zeros(len(counts), bool)
    chosen[order[best]] = True
    mask = chosen[grams.group]
    return Grams(grams.n, grams.at[mask], grams.group[mask])


def in_turn(words: Hashed, grams: Grams) -> NDArray[np.int64]:
    """Return the characters of the n-grams met again, when reading goes on after each of them, so that none overlap."""
    import numpy as np

    found = []
    seen: set[int] = set()
    free = 0
    for place, group in zip(grams.at.tolist(), grams.group.tolist(), strict=True):
        if place < free:
            continue
        if group in seen:
            found.append(place)
            free = place + grams.n
        seen.add(group)
    at = np.array(found, np.int64)
    return words.per_text(at, words.before[at + grams.n] - words.before[at])


def _more_than_once(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the keys stand that occur more than once, in order, and numbers that are equal for equal keys."""
    import numpy as np

    maybe = _sharing_a_slot(keys)
    order = np.argsort(keys[maybe], kind="stable")
    ranked = keys[maybe[order]]
    opens = np.ones(len(ranked) + 1, bool)
    opens[1:-1] = ranked[1:] != ranked[:-1]
    several = ~(opens[:-1] & opens[1:])
    group = np.cumsum(opens[:-1][several]) - 1
    where = maybe[order[several]]
    back = np.argsort(where)
    return where[back], group[back]


def _sharing_a_slot(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return where the keys stand that could have an equal: keys alone in their slot of a table have none."""
    import numpy as np

    bits = max(len(keys), 1).bit_length() + 1
    slots = (keys >> np.uint64(64 - bits)).astype(np.int64)
    last = np.zeros(1 << bits, np.int32)
    numbers = np.arange(len(keys), dtype=np.int32)
    last[slots] = numbers
    shared = np.zeros(1 << bits, bool)
    shared[slots[last[slots] != numbers]] = True
    return np.flatnonzero(shared[slots])
