"""Rules over single lines of web pages, and over how much of a page they flag."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import InPlace
from dfcli.ops._pieces import Pieces, ratio, split
from dfcli.ops._slices import by_slices
from dfcli.ops._suite import NULL_TEXT
from dfcli.ops.base import DROPPED, Context, Example, Kind, Rows

_COUNTER = (
    r"(?i)^\d[\d.,]*\s?[km]?\s+(?:likes?|shares?|comments?|views?|repl(?:y|ies)|followers?|reactions?|retweets?|votes?|"
    r"points?|reviews?|reads?|downloads?|posts?|messages?|members?)$"
)
_OPENINGS = ("sign in", "sign-in", "sign up", "log in", "login", "skip to content", "share on", "subscribe to")
_ENDINGS = ("read more", "read more...", "read more…", "continue reading", "show more", "see more", "learn more")
_ANYWHERE = ("items in cart", "item in cart", "add to cart", "add to wishlist", "your cart is empty", "accept cookies")
_PROSE = "A page of some length, of which nearly every line says something that a reader came for."


class RefinedwebLines(InPlace):
    """Correct web pages line by line as RefinedWeb does (Penedo et al. 2023, arXiv 2306.01116, Appendix G.2).

    A line, ended by a line feed, is removed if it is mainly in capitals (more than half of its letters; one at least),
    if it holds nothing but digits and what stands between them, if it is a counter (`3 likes`), or if it has one word.
    A line of at most 10 words loses what matches at its beginning (sign-in), at its end (Read more...) or anywhere
    (items in cart). Blank lines stay. The paper gives these kinds with one example each and neither its share of
    capitals nor its patterns: those here are ours, in English, and are options. A page leaves as
    `too_many_flagged_words` if lines removed or edited hold more than 0.05 of its words, which stand between
    whitespace; a null text leaves as `null_text`. A page without words has nothing flagged, and stays.
    """

    use_for = ("RefinedWeb line rules", "remove navigation lines", "drop pages full of buttons", "RefinedWeb按行清洗")
    aliases = ("RefinedWeb", "line-wise correction", "RefinedWeb规则")
    not_for = ("lines without a mark at their end: use c4_lines", "lines that many pages share: use dedup_lines")
    examples = [
        Example(
            [{"text": _PROSE * 5 + "\n3 likes\nHome"}, {"text": "MENU\n12.05.\nshort page"}, {"text": None}],
            [{"text": _PROSE * 5}],
        ),
        Example(
            [{"text": "All of it, in short. Read more...\nNEWS\n\n5"}],
            [{"text": "All of it, in short.\n"}],
            {"max_flagged_share": 1},
        ),
        Example(
            [{"text": "阅读 全文\n好 书"}], [{"text": "好 书"}], {"anywhere": ["阅读 全文"], "max_flagged_share": 0.5}
        ),
    ]
    kind: ClassVar[Kind] = "filter"
    rows: ClassVar[Rows] = "fewer"

    max_flagged_share: float = Field(default=0.05, ge=0, le=1, description="Words in lines removed or edited.")
    max_capital_share: float = Field(default=0.5, ge=0, le=1, description="Capitals among the letters of a line.")
    max_edited_words: int = Field(default=10, ge=0, description="Longer lines are never edited.")
    openings: tuple[str, ...] = Field(
        default=_OPENINGS, description="What a short line loses at its beginning, in any case."
    )
    endings: tuple[str, ...] = Field(default=_ENDINGS, description="What a short line loses at its end.")
    anywhere: tuple[str, ...] = Field(default=_ANYWHERE, description="What a short line loses anywhere.")

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return by_slices(frame, self.text, self._on_slice)

    def _on_slice(self, frame: pl.DataFrame) -> pl.DataFrame:
        text = frame[self.text]
        lines = split(text.fill_null(""), "\n")
        edited = self._edited(lines.flat)
        removed = self._removed(lines.flat) | ((edited == "") & (lines.flat != ""))
        words = lines.flat.str.count_matches(r"\S+").cast(pl.Int64)
        gone = (removed | (edited != lines.flat)).cast(pl.Int64)
        share = ratio(lines.total(words * gone), lines.total(words))
        broken = pl.when(text.is_null()).then(pl.lit(NULL_TEXT))
        reason = broken.when(pl.lit(pl.Series(share)) > self.max_flagged_share).then(pl.lit("too_many_flagged_words"))
        kept = pl.when(text.is_not_null()).then(pl.lit(_joined(Pieces(edited, lines.starts).where(~removed))))
        return frame.with_columns(pl.select(kept.alias(self.into), reason.alias(DROPPED)))

    def _removed(self, lines: pl.Series) -> pl.Series:
        bare = lines.str.strip_chars()
        letters = bare.str.count_matches(r"\p{Alphabetic}").cast(pl.Int64)
        capitals = bare.str.count_matches(r"\p{Uppercase}").cast(pl.Int64)
        shouted = (letters > 0) & (capitals > letters * self.max_capital_share)
        digits = bare.str.contains(r"^[\d.,:;/()+\-–%$€£#\s]*\d[\d.,:;/()+\-–%$€£#\s]*$")
        return shouted | digits | bare.str.contains(_COUNTER) | bare.str.contains(r"^\S+$")

    def _edited(self, lines: pl.Series) -> pl.Series:
        short = lines.str.count_matches(r"\S+") <= self.max_edited_words
        changed = lines
        for before, phrases, after in (
            (r"^\s*", self.openings, r"\b"),
            ("", self.endings, r"\s*$"),
            ("", self.anywhere, ""),
        ):
            changed = _without(changed, before, phrases, after)
        trimmed = pl.when(changed != lines).then(changed.str.strip_chars()).otherwise(lines)
        return pl.select(pl.when(short).then(trimmed).otherwise(lines)).to_series()


def _without(lines: pl.Series, before: str, phrases: Sequence[str], after: str) -> pl.Series:
    if not phrases:
        return lines
    either = "|".join(re.escape(each) for each in sorted(phrases, key=len, reverse=True))
    return lines.str.replace_all(f"(?i){before}(?:{either}){after}", "")


def _joined(lines: Pieces) -> pl.Series:
    """Return each text's lines, joined again; of none an empty text."""
    table = pl.DataFrame({"text": pl.Series(lines.texts, dtype=pl.Int64), "line": lines.flat.cast(pl.String)})
    joined = table.group_by("text").agg(pl.col("line").str.join("\n"))
    rows = pl.DataFrame({"text": pl.int_range(len(lines.counts), eager=True)})
    return rows.join(joined, on="text", how="left", maintain_order="left")["line"].fill_null("")
