"""Rewriting the pieces of texts that a pattern finds, each different piece once, however often it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

Pieces = Callable[[Sequence[str]], Sequence[str]]
"""What becomes of different pieces, in their order."""

WORD = r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*"
"""A run of letters and digits; an apostrophe between them belongs to it."""

LONGEST = 64
"""The length of the longest word that is looked up: what is longer is no word of a language."""

HOLE = "\ufdd0"
"""Stands for a word that goes: a code point that Unicode keeps free for a program's own use."""

_HOLES = rf"{HOLE}(?:[^\S\n]*{HOLE})*"
_CLOSING = r"[.,;:!?…)\]}»”’。，；：！？、）】」』]"
_OPENING = r"[(\[{«“‘（【「『]"


def rewritten(text: pl.Expr, pattern: str, pieces: Pieces) -> pl.Expr:
    """Return a text in which what a pattern finds, never nothing, is replaced by what `pieces` makes of it."""
    return text.map_batches(
        lambda series: _spliced(series, pattern, pieces), return_dtype=pl.String, is_elementwise=True
    )


def word_by_word(change: Callable[[str], str]) -> Pieces:
    """Return what rewrites words one by one, but leaves alone those too long to be any."""
    return lambda words: [change(each) if len(each) <= LONGEST else each for each in words]


def without_words(text: pl.Expr, pattern: str, goes: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Return a text without those of the words a pattern finds for which a test holds, and without their spaces."""

    def holes(words: Sequence[str]) -> Sequence[str]:
        series = pl.Series("word", words, dtype=pl.String())
        gone = series.to_frame().select(goes(pl.col("word")).fill_null(False)).to_series()
        return series.set(gone, HOLE).to_list()

    return rewritten(text, pattern, holes).map_batches(_closed, return_dtype=pl.String, is_elementwise=True)


def in_case_of(word: str, model: str) -> str:
    """Return a word in capitals, or with one at its start, where another word is written so."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def _spliced(texts: pl.Series, pattern: str, pieces: Pieces) -> pl.Series:
    found = texts.str.extract_all(pattern)
    different = found.explode().drop_nulls().unique().sort()
    made = pl.Series(pieces(different.to_list()), dtype=pl.String())
    changed = different != made
    if not changed.any():
        return texts
    rows = pl.DataFrame({"text": texts, "piece": found}).with_row_index("row").filter(pl.col("piece").list.len() > 0)
    parts = rows.select(
        "row",
        pl.col("text").str.split(pattern, literal=False),
        pl.concat_list("piece", pl.lit("").implode()),
    ).explode("text", "piece")
    new = pl.col("piece").replace(different.filter(changed), made.filter(changed))
    joined = parts.select("row", part=pl.col("text") + new).group_by("row", maintain_order=True)
    return texts.scatter(rows["row"], joined.agg(pl.col("part").str.join(""))["part"])


def _closed(texts: pl.Series) -> pl.Series:
    """Take out the holes: at the start of a line with the spaces after it, elsewhere with those before."""
    if not texts.str.contains(HOLE, literal=True).any():
        return texts
    text = pl.col(texts.name)
    for pattern, by in (
        (rf"(?m)^([^\S\n]*){_HOLES}[^\S\n]*", "${1}"),
        (rf"({_OPENING}){_HOLES}[^\S\n]*", "${1}"),
        (rf"[^\S\n]+{_HOLES}[^\S\n]*({_CLOSING})", "${1}"),
        (rf"(?m)[^\S\n]*{_HOLES}[^\S\n]*$", ""),
        (rf"[^\S\n]+{_HOLES}[^\S\n]*|{_HOLES}[^\S\n]+", " "),
        (_HOLES, ""),
    ):
        text = text.str.replace_all(pattern, by)
    return texts.to_frame().select(text).to_series()
