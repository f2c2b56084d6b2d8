"""The words of texts with what readability needs of each, summed up for each text.

Each different word is looked at once, however often it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from dfcli.ops._passages import sentence_count
from dfcli.ops._syllables import syllables

_WORD = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’\-][\p{L}\p{M}\p{N}]+)*"


def word_sums(texts: pl.Series, **more: pl.Expr) -> pl.DataFrame:
    """Return for each text the number of its words, sentences, syllables, letters and words of certain kinds.

    `more` are further tests of the column `word`, each different word in lower case.
    """
    lists = texts.str.to_lowercase().str.extract_all(_WORD)
    flat = pl.DataFrame({"row": pl.int_range(len(texts), eager=True), "word": lists}).explode(
        "word", empty_as_null=False
    )
    measures = {**_measures(), **{name: test.cast(pl.Int64) for name, test in more.items()}}
    known = flat.select(pl.col("word").unique()).with_columns(syllables=syllables(pl.col("word")))
    known = known.select("word", **measures)
    sums = (
        flat.join(known, on="word").group_by("row").agg(pl.len().cast(pl.Int64).alias("words"), pl.col(measures).sum())
    )
    every = pl.DataFrame({"row": pl.int_range(len(texts), eager=True), "text": texts})
    every = every.select("row", sentences=sentence_count(pl.col("text")))
    return every.join(sums, on="row", how="left", maintain_order="left").fill_null(0)


def is_easy(word: pl.Expr, easy: Sequence[str]) -> pl.Expr:
    """Tell whether words in lower case are on a list, or are common forms of a word there, or numbers."""
    known = pl.Series(sorted({each.strip().lower() for each in easy}), dtype=pl.String())
    bare = word.str.replace_all("’", "'", literal=True).str.replace(r"'s?$", "")
    stems = [bare, *(bare.str.replace(ending, stem) for ending, stem in _FORMS)]
    return bare.str.contains(r"^\p{N}+$") | pl.any_horizontal(stem.is_in(known.implode()) for stem in stems)


def easy_words_at_hand() -> list[str]:
    """Return the easy words in the wheel of textstat, nothing when it is not installed; its code is not run."""
    spec = find_spec("textstat")
    roots = (spec.submodule_search_locations if spec else None) or ["."]
    path = Path(roots[0], "resources", "en", "easy_words.txt")
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


_FORMS = (
    (r"s$", ""),
    (r"es$", ""),
    (r"ies$", "y"),
    (r"d$", ""),
    (r"ed$", ""),
    (r"ied$", "y"),
    (r"ing$", ""),
    (r"ing$", "e"),
    *((f"{letter}{letter}(?:ed|ing)$", letter) for letter in "bdgklmnprt"),
)
"""Endings of forms of a word, and what its own end is: plans, wishes, flies, used, asked, tried, using, planned."""


def _measures() -> dict[str, pl.Expr]:
    word, count = pl.col("word"), pl.col("syllables")
    inflected = (word.str.contains(r"(?:es|ed|ing)$")) & (syllables(word.str.replace(r"(?:es|ed|ing)$", "")) < 3)
    tests = {
        "polysyllables": count >= 3,
        "monosyllables": count == 1,
        "complex": (count >= 3) & ~word.str.contains("-", literal=True) & ~inflected,
        "long": word.str.len_chars() >= 7,
    }
    letters = word.str.count_matches(r"[\p{L}\p{N}]").cast(pl.Int64)
    return {"syllables": count, "letters": letters, **{name: test.cast(pl.Int64) for name, test in tests.items()}}
