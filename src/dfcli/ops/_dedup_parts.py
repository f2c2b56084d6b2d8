"""Texts cut into lines, paragraphs or sentences, and which of these the corpus has had already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from dfcli.ops._duplicates import Aside, without

_MARK = "\x1e"
"""The record separator, put where a text is to be cut; it is a space when it stands in the text."""

_BREAKS = {
    "lines": r"(\n)",
    "paragraphs": r"(\n[ \t\r]*\n\s*)",
    "sentences": r"""((?:[.!?…]+["'”’)\]]*\s|[。！？]+["'”’）」』]*|\n)\s*)""",
}


@dataclass(frozen=True)
class Rule:
    """Which parts count as repeated: runs of `span` parts that come `times` times."""

    breaks: Literal["lines", "paragraphs", "sentences"]
    span: int
    times: int
    within: bool
    keeps_first: bool
    min_chars: int
    normalise: tuple[Aside, ...]

    def parts(self, text: str) -> pl.Expr:
        """Return a text as a list of parts, which put together are the text."""
        clean = pl.col(text).str.replace_all(_MARK, " ", literal=True)
        return clean.str.replace_all(_BREAKS[self.breaks], "${1}" + _MARK).str.split(_MARK)


def repeated(frame: pl.LazyFrame, text: str, rank: pl.Series, rule: Rule) -> pl.DataFrame:
    """Return a row per text: the places of the parts that stay, whether any goes, the share of characters that goes.

    The columns are `places`, `cut` and `share`, 0.0 for an empty text and null for null.
    """
    listed = frame.select(part=rule.parts(text)).with_row_index("row")
    plain = without(pl.col("part"), rule.normalise).str.strip_chars()
    counts = plain.str.len_chars() >= max(rule.min_chars, 1)
    query = listed.explode("part").select(
        "row", size=pl.col("part").str.len_chars(), key=pl.when(counts).then(plain.hash())
    )
    flat = query.collect(engine="streaming")
    flat = flat.with_columns(cut=_cut(_runs(flat, rule.span), rank, rule)).with_columns(
        place=pl.int_range(pl.len(), dtype=pl.UInt32).over("row")
    )
    for_each = flat.group_by("row", maintain_order=True).agg(
        places=pl.col("place").filter(~pl.col("cut")),
        cut=pl.col("cut").any(),
        share=pl.when(pl.col("size").sum() > 0)
        .then(pl.col("size").filter("cut").sum() / pl.col("size").sum())
        .when(pl.col("size").is_not_null().any())
        .then(0.0),
    )
    return for_each.drop("row")


def _runs(flat: pl.DataFrame, span: int) -> pl.DataFrame:
    """Replace the key of each part by that of the run that begins with it; null where the row ends before."""
    if span == 1:
        return flat
    keys = [pl.col("key").shift(-number).alias(f"{number}") for number in range(span)]
    whole = pl.all_horizontal(key.is_not_null() for key in keys) & (pl.col("row") == pl.col("row").shift(1 - span))
    return flat.with_columns(key=pl.when(whole).then(pl.struct(keys).hash()))


def _cut(flat: pl.DataFrame, rank: pl.Series, rule: Rule) -> pl.Series:
    """Tell which parts go: those of a run that comes often enough, but for its first copy."""
    ranked = flat.select("key", "row", rank=rank.gather(flat["row"])).with_row_index("number")
    ordered = ranked.drop_nulls("key").sort("rank", "number")
    times = pl.len() if rule.within else pl.col("row").n_unique()
    first = pl.col("key").is_first_distinct() if rule.within else pl.col("rank") == pl.col("rank").min().over("key")
    goes = times.over("key") >= rule.times
    if rule.keeps_first:
        goes = goes & ~first
    begins = ordered.filter(goes)["number"]
    cut = pl.repeat(value=False, n=flat.height, dtype=pl.Boolean, eager=True)
    for number in range(rule.span):
        cut = cut.scatter(begins + number, values=True)
    return cut
