"""Remove rows that repeat others; of those that are alike the first one stays."""

from __future__ import annotations

import polars as pl
from pydantic import Field

from dfcli.ops.base import HIDDEN, Context, Example, Reads, Whole


class DedupExact(Whole):
    """Keep the first of the rows that are equal, on the columns `on` or on all; nulls are equal to each other.

    Rows are compared by a 128-bit hash, so what is held in memory is 16 bytes per row, whatever the rows hold.
    """

    use_for = ("remove duplicate rows", "exact deduplication", "drop repeated texts", "精确去重")
    not_for = ("rows that meet a condition: use where",)
    examples = [
        Example(
            [{"text": "a", "url": "x"}, {"text": "b", "url": "y"}, {"text": "a", "url": "z"}],
            [{"text": "a", "url": "x"}, {"text": "b", "url": "y"}],
            {"on": "text"},
        ),
        Example([{"n": 1}, {"n": None}, {"n": 1}, {"n": None}], [{"n": 1}, {"n": None}]),
    ]
    kind = "filter"
    rows = "fewer"
    drop_reason = "duplicate"

    on: Reads | tuple[Reads, ...] | None = Field(None, description="The columns that must be equal; all by default.")

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        key = pl.struct(pl.all().exclude(HIDDEN) if self.on is None else pl.col(self.on))
        hashes = frame.select(first=key.hash(0), second=key.hash(1)).collect(engine="streaming")
        return frame.filter(hashes.select(pl.struct("first", "second").is_first_distinct()).to_series())
