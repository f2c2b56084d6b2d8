"""Which n-grams of a text come in a row that is preferred to it, and in which one most of them do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from dfcli.ops._shingles import Runs


def seen_before(each: Iterator[Runs], rank: pl.Series, every: int) -> pl.DataFrame:
    """Return, per row with n-grams, the share that comes in rows of lower rank, and the one that has most of them.

    The columns are `row`, `share`, and `owner`, null where the share is 0. Of the n-grams one in `every` is looked at.
    """
    parts, start = [], 0
    for batch in each:
        chosen = np.ones(batch.hashes.size, np.bool_) if every == 1 else batch.hashes % np.uint64(every) == 0
        rows = (batch.texts[chosen] + start).astype(np.uint32)
        parts.append(pl.DataFrame({"gram": batch.hashes[chosen], "row": rows}).unique())
        start += batch.lengths.size
    grams = pl.concat(parts) if parts else pl.DataFrame(schema={"gram": pl.UInt64, "row": pl.UInt32})
    ranked = grams.with_columns(rank=rank.cast(pl.UInt32).gather(grams["row"]))
    firsts = ranked.with_columns(first=pl.col("rank").min().over("gram"))
    shares = firsts.group_by("row").agg(share=(pl.col("first") < pl.col("rank")).mean())
    owners = firsts.filter(pl.col("first") < pl.col("rank")).group_by("row", "first").len()
    most = owners.sort("row", "len", "first", descending=[False, True, False]).unique("row", keep="first")
    by_rank = rank.arg_sort().cast(pl.UInt32)
    most = most.select("row", owner=by_rank.gather(most["first"]))
    return shares.join(most, on="row", how="left", maintain_order="left")


def roots(leaders: pl.Series) -> pl.Series:
    """Follow each row's leader to the one that leads itself."""
    while not (up := leaders.gather(leaders)).equals(leaders):
        leaders = up
    return leaders
