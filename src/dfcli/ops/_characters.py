"""How many characters of each kind texts have, counted for all kinds in one pass.

Each ASCII character has a bin of its own, and so have a few others; of the rest each general category has one.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dfcli.ops._grams import code_points

_ROWS = 4096
"""Texts counted at a time, so that the counts stay in the processor's cache."""

_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "letters": lambda char, category: category[0] == "L",
    "digits": lambda char, category: category == "Nd",
    "alphanumeric": lambda char, category: category[0] in "LN",
    "capitals": lambda char, category: category == "Lu",
    "punctuation": lambda char, category: category[0] == "P",
    "whitespace": lambda char, category: char.isspace(),
    "non_ascii": lambda char, category: char > "\x7f",
    "symbols": lambda char, category: category[0] == "S",
    "special": lambda char, category: category[0] not in "LM",
    "brackets": lambda char, category: char in "(){}[]⟨⟩",
    "curly": lambda char, category: char in "{}",
    "control": lambda char, category: category[0] == "C" and not char.isspace(),
}
"""Each kind's test of a character, by the character and its general category."""

_OWN = [*map(chr, range(128)), "⟨", "⟩", "\x85"]
"""Characters that the tests tell from others of their category."""


class _Bins(NamedTuple):
    of: npt.NDArray[np.uint8]
    """The bin of each code point."""
    specimens: Sequence[str]
    """One character of each bin."""


def character_shares(texts: pl.Series, kinds: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    """Return the share of each text's characters that are of each kind, 0.0 of an empty text."""
    parts = [_counts(texts.slice(start, _ROWS)) for start in range(0, max(len(texts), 1), _ROWS)]
    sizes = np.concatenate([part.sum(axis=1) for part in parts]).clip(min=1)
    return {kind: np.concatenate([part[:, _members(kind)].sum(axis=1) for part in parts]) / sizes for kind in kinds}


def _counts(texts: pl.Series) -> npt.NDArray[np.int64]:
    """Return how many characters of each text are in each bin."""
    bins = _bins()
    width, rows = len(bins.specimens), np.arange(len(texts))
    places = np.repeat(rows * width, texts.str.len_chars().to_numpy()) + bins.of[code_points(texts)]
    return np.bincount(places, minlength=len(texts) * width).reshape(len(texts), width)


@lru_cache
def _members(kind: str) -> npt.NDArray[np.int64]:
    test = _TESTS[kind]
    found = [test(char, unicodedata.category(char)) for char in _bins().specimens]
    return np.flatnonzero(found)


@lru_cache
def _bins() -> _Bins:
    names = {char: number for number, char in enumerate(_OWN)}
    specimens = list(_OWN)
    of = np.empty(sys.maxunicode + 1, dtype=np.uint8)
    for point, char in enumerate(map(chr, range(sys.maxunicode + 1))):
        name = char if char in names and len(char) == 1 else f"category {unicodedata.category(char)}"
        if name not in names:
            names[name] = len(specimens)
            specimens.append(char)
        of[point] = names[name]
    return _Bins(of, specimens)
