"""Syllables of English words by their spelling."""

from __future__ import annotations

from functools import reduce
from operator import add

import polars as pl

_GROUPS = r"[aeiouyáàâäãåéèêëíìîïóòôöõúùûüæœø]+"

_MORE = (
    r"[aeiouy]ing|io[^nu]|io$|[^cgts]ia[^n]|ia$|[^cgts]ian[^s]|iu|iet|ie[rs]?t$|[^aeiouy]ier|eo[^nupr]|eo$|eum|eat[io]",
    r"[^qg]ua[lrt]|[^qg]uous|[^q]uity|[^qg]uen[ct]|[^qg]ui[nt][gy]|ism|[^aeiouy']re[sd]?$|[^aeio]n't$|^mc|oe[mt]|creat",
    r"[dr]ying|[^cgstx]ian$|[^cgstx]ious|idea|area|[^cft]ien[ct]|^scien|[aeou]yer|oyee|yone$|nean|react|[^aeiouy]thm|sm$",
)
"""Where vowels beside each other are spoken apart, and where a consonant makes a syllable of its own."""

_FEWER = (
    r"[^aeiouyl]e$|[aeiouy]l+e$|[^aeiouy]ely$|[^aeiouy]eless|[^aeiouyl]eful|[^aeiouyl]ement|^some[bdhtw]|busine",
    r"(?:[^aeiouydtl]|ll|[aeiouy]l)ed$|[^aeiouyscxzghl]es$|[aeiouy]les$|[^cst]hes$|'ve$|ism.|^home[^aeiouyr]",
)
"""Where an e is written and not spoken, or an addition above does not hold."""


def syllables(word: pl.Expr) -> pl.Expr:
    """Return the number of syllables of words in lower case, at least 1: groups of vowels, put right by spelling."""
    bare = word.str.replace_all(r"’", "'").str.replace(r"'s?$", "")
    more = reduce(add, (_count(bare, each) for each in _MORE))
    fewer = reduce(add, (_count(bare, each) for each in _FEWER))
    return pl.max_horizontal(_count(bare, _GROUPS) + more - fewer, pl.lit(1, pl.Int64))


def _count(word: pl.Expr, pattern: str) -> pl.Expr:
    return word.str.count_matches(pattern).cast(pl.Int64)
