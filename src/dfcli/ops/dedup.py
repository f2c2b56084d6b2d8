"""Remove rows that repeat others; of those that are alike one stays."""

from __future__ import annotations

import polars as pl
from pydantic import Field

from dfcli.ops._duplicates import Aside, Duplicates, without
from dfcli.ops.base import Context, Example, Reads, is_hidden

_KEY = pl.struct("first", "second")


class DedupExact(Duplicates):
    """Keep one of the rows that are equal, on the columns `on` or on all; nulls are equal to each other.

    `normalise` says what does not count in texts: case; whitespace, all of it; punctuation and symbols; digits, each of
    which is as good as 0; unicode, in which of several equivalent ways (NFKC) a character is written. With `min_chars`,
    rows whose texts together have fewer characters after that are nobody's duplicates: with 1 all empty ones stay. Rows
    are compared by a 128-bit hash, so what is held in memory is 16 bytes per row, whatever the rows hold.
    """

    use_for = ("remove duplicate rows", "exact deduplication", "drop repeated texts", "精确去重")
    aliases = (
        "deduplicate",
        "unique rows",
        "distinct rows",
        "drop duplicates",
        "identical rows",
        "去重",
        "删除重复行",
        "完全重复",
        "the same row twice",
        "repeated questions",
        "same text more than once",
        "double entries",
        "出现两次的行",
        "重复样本",
        "一模一样的数据",
    )
    not_for = ("rows that meet a condition: use where", "texts that are nearly equal: use dedup_minhash")
    examples = [
        Example(
            [{"text": "a", "url": "x"}, {"text": "b", "url": "y"}, {"text": "a", "url": "z"}],
            [{"text": "a", "url": "x"}, {"text": "b", "url": "y"}],
            {"on": "text"},
        ),
        Example([{"n": 1}, {"n": None}, {"n": 1}, {"n": None}], [{"n": 1}, {"n": None}]),
        Example(
            [{"text": "Hi, you!", "n": 1}, {"text": "HI YOU", "n": 2}, {"text": "", "n": 1}, {"text": "", "n": 2}],
            [
                {"duplicate_cluster": "2", "duplicate_count": 2, "duplicate_of": "2"},
                {"duplicate_cluster": "2", "duplicate_count": 2, "duplicate_of": None},
                {"duplicate_cluster": "3", "duplicate_count": 1, "duplicate_of": None},
                {"duplicate_cluster": "4", "duplicate_count": 1, "duplicate_of": None},
            ],
            {
                "on": "text",
                "normalise": ["case", "whitespace", "punctuation"],
                "min_chars": 1,
                "mode": "mark",
                "prefer": "best",
                "by": "n",
            },
        ),
    ]
    drop_reason = "duplicate"

    on: Reads | tuple[Reads, ...] | None = Field(
        default=None, description="The columns that must be equal; all by default."
    )
    normalise: tuple[Aside, ...] = Field(default=(), description="What does not count in texts.")
    min_chars: int = Field(default=0, ge=0, description="Rows with fewer characters of text are nobody's duplicates.")

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        if self.mode == "mark" or self.prefer != "first":
            return super().over(frame, ctx)
        return frame.filter(self._keys(frame).select(_KEY.is_first_distinct() | pl.col("short")).to_series())

    def leaders(self, frame: pl.LazyFrame, rank: pl.Series, ctx: Context) -> pl.Series:
        keys = self._keys(frame).with_columns(rank=rank, row=pl.int_range(rank.len(), eager=True))
        best = pl.col("row").sort_by("rank").first().over("first", "second")
        return keys.select(pl.when("short").then("row").otherwise(best)).to_series()

    def length(self, given: pl.Schema) -> pl.Expr:
        texts = [pl.col(name) for name in self._compared(given) if given[name] == pl.String]
        return pl.sum_horizontal(pl.lit(0, pl.UInt32), *(text.str.len_chars() for text in texts))

    def _keys(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """Return two hashes of each row, and whether it is too short to be compared."""
        given = frame.collect_schema()
        names = self._compared(given)
        plain = frame.with_columns(without(pl.col(name), self.normalise) for name in names if given[name] == pl.String)
        key = pl.struct(names) if names else pl.struct(pl.lit(0))
        short = self.length(given) < self.min_chars if self.min_chars else pl.lit(value=False)
        return plain.select(first=key.hash(0), second=key.hash(1), short=short).collect(engine="streaming")

    def _compared(self, given: pl.Schema) -> list[str]:
        on = (self.on,) if isinstance(self.on, str) else self.on
        return [name for name in given if not is_hidden(name)] if on is None else list(on)
