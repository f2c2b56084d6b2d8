"""Lines, paragraphs and sentences of a text, and shares of them, as Polars expressions."""

from __future__ import annotations

import polars as pl

_ENDS = r"""([.!?…؟।]+["'”’»)\]]*)\s+|([。！？]+["'”’»）)\]】」』]*)|[\r\n]+"""
"""What ends a sentence: a mark that space follows, a Chinese mark, the end of a line."""

_END = "\n"


def lines(text: pl.Expr) -> pl.Expr:
    """Return the lines of a text that are not blank, without the spaces around them."""
    return _trimmed(text.str.extract_all(r"[^\r\n]*\S[^\r\n]*"))


def paragraphs(text: pl.Expr) -> pl.Expr:
    """Return the blocks of a text between blank lines, without the spaces around them."""
    return _trimmed(text.str.extract_all(r"[^\r\n]*\S[^\r\n]*(?:(?:\r\n|\n|\r)[^\r\n]*\S[^\r\n]*)*"))


def sentences(text: pl.Expr) -> pl.Expr:
    """Return the sentences of a text, each with its mark and without the spaces around it."""
    return _trimmed(_ended(text).str.extract_all(r"[^\n]*[\p{L}\p{N}][^\n]*"))


def sentence_count(text: pl.Expr) -> pl.Expr:
    """Return the number of sentences, without making them."""
    return _ended(text).str.count_matches(r"[^\n]*[\p{L}\p{N}][^\n]*").cast(pl.Int64)


def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return a part divided by the whole, 0.0 where there is nothing; null where either is."""
    return pl.when(whole == 0).then(0.0).otherwise(part / whole)


def share_of(parts: pl.Expr, test: pl.Expr) -> pl.Expr:
    """Return the share of a list's entries that meet a test, 0.0 of an empty list."""
    return pl.when(parts.list.len() == 0).then(0.0).otherwise(parts.list.eval(test).list.mean())


def repeated(parts: pl.Expr) -> pl.Expr:
    """Return the share of a list's entries that are equal to an earlier one."""
    return share(parts.list.len() - parts.list.n_unique(), parts.list.len())


def repeated_chars(parts: pl.Expr) -> pl.Expr:
    """Return the share of the characters of a list's entries that stand in ones equal to an earlier one."""
    return share(_chars(parts) - _chars(parts.list.unique()), _chars(parts))


def _chars(parts: pl.Expr) -> pl.Expr:
    return parts.list.eval(pl.element().str.len_chars()).list.sum().cast(pl.Int64)


def _ended(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_ENDS, f"${{1}}${{2}}{_END}")


def _trimmed(parts: pl.Expr) -> pl.Expr:
    return parts.list.eval(pl.element().str.strip_chars())
