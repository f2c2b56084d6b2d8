"""Keep rows by their rank: the best, a range, so many of each group, those with the commonest values."""

from __future__ import annotations

from typing import Literal, Self

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops._choice import chosen, count, draws, size_of
from dfcli.ops.base import Context, Example, Reads, Row, Whole

_SCORED: list[Row] = [
    {"id": 1, "topic": "a", "score": 0.1},
    {"id": 2, "topic": "a", "score": 0.9},
    {"id": 3, "topic": "b", "score": 0.5},
    {"id": 4, "topic": "a", "score": 0.7},
    {"id": 5, "topic": None, "score": None},
]
_GROUPS = "The column, or several, that says a row's group: each is looked at by itself. Nulls are a group."


def _ranks(frame: pl.LazyFrame, column: str, *, descending: bool) -> pl.Series:
    """Return each row's place in the order of a column, equal ones in the order they had; null for null and NaN."""
    values = frame.select(pl.col(column).alias("value")).collect(engine="streaming")
    if values["value"].dtype.is_float():
        values = values.fill_nan(None)
    order = values.with_row_index("row").drop_nulls().sort("value", descending=descending, maintain_order=True)
    placed = order.select("row", pl.int_range(pl.len()).alias("place"))
    return values.with_row_index("row").join(placed, on="row", how="left", maintain_order="left")["place"]


class TopK(Whole):
    """Keep the `k` rows, or the `fraction` of rows, that are greatest in a column, in the order they had.

    With `by` those of each group. Of equal rows the first stays. Rows whose value is null or NaN are never kept, and a
    fraction is of the other rows.
    """

    use_for = ("top k rows by score", "best rows of each group", "keep the highest scoring share", "按分数取前k条")
    aliases = (
        "best rows",
        "highest scores",
        "top percent",
        "最高分",
        "前几名",
        "取前百分之几",
        "the best hundred",
        "highest rated",
        "best ten percent",
        "得分最高的若干条",
        "分数靠前",
    )
    not_for = (
        "a threshold: use where",
        "all rows, the best first: use sort",
        "the best of the rows made of one row: use best_of",
    )
    examples = [
        Example(_SCORED, [{"id": 2}, {"id": 4}], {"score": "score", "k": 2}),
        Example(_SCORED, [{"id": 2}, {"id": 3}], {"score": "score", "k": 1, "by": "topic"}),
        Example(_SCORED, [{"id": 1}, {"id": 3}], {"score": "score", "fraction": 0.5, "lowest": True}),
    ]
    rows = "fewer"
    kind = "filter"
    drop_reason = "not_in_top_k"

    score: Reads = Field(description="The column to compare by: numbers, texts or times.")
    k: int | None = Field(default=None, ge=0, description="How many rows to keep.")
    fraction: float | None = Field(
        default=None, ge=0, le=1, description="Which share of the rows to keep, from 0 to 1."
    )
    by: Reads | tuple[Reads, ...] | None = Field(default=None, description=_GROUPS)
    lowest: bool = Field(default=False, description="Keep the least instead of the greatest.")

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.k is None) == (self.fraction is None):
            raise ValueError("give either k or fraction")
        return self

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        ranks = _ranks(frame, self.score, descending=not self.lowest)
        return chosen(frame, self.by, ranks, lambda sizes: [(0, size_of(self.k, self.fraction, n)) for n in sizes])


class RankRange(Whole):
    """Keep the rows from one rank to another in the ascending order of a column, in the order they had.

    Bounds are shares of the rows, ranks, or both: the narrower holds. `low` rows are left out below, and rank `high` is
    the last that stays: 0.25 and 0.75 keep the middle half, and ranks 0 and 10 the ten least. Equal rows rank as they
    come. Rows whose value is null or NaN are never kept, and have no rank.
    """

    use_for = (
        "keep a percentile range",
        "cut off outliers at both ends",
        "rows between two ranks",
        "perplexity between quantiles",
        "按百分位范围选择",
    )
    aliases = ("percentile band", "quantile filter", "middle range", "分位数", "百分位")
    not_for = ("only one end: use top_k", "bounds that are values: use where")
    examples = [
        Example(_SCORED, [{"id": 3}, {"id": 4}], {"score": "score", "low_share": 0.25, "high_share": 0.75}),
        Example(_SCORED, [{"id": 1}, {"id": 3}, {"id": 4}], {"score": "score", "high_rank": 2, "by": "topic"}),
    ]
    rows = "fewer"
    kind = "filter"
    drop_reason = "out_of_range"

    score: Reads = Field(description="The column to compare by: numbers, texts or times.")
    low_share: float = Field(default=0.0, ge=0, le=1, description="The share of the rows that is left out below.")
    high_share: float = Field(default=1.0, ge=0, le=1, description="The share of the rows where the range ends.")
    low_rank: int = Field(default=0, ge=0, description="How many rows are left out below.")
    high_rank: int | None = Field(default=None, ge=0, description="The rank where the range ends: 1 is the least row.")
    by: Reads | tuple[Reads, ...] | None = Field(default=None, description=_GROUPS)

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        return chosen(
            frame, self.by, _ranks(frame, self.score, descending=False), lambda sizes: [*map(self._cut, sizes)]
        )

    def _cut(self, rows: int) -> tuple[int, int]:
        """Return how many of some ranked rows to skip, and how many to keep then."""
        low = max(int(rows * self.low_share), self.low_rank)
        high = min(int(rows * self.high_share), rows if self.high_rank is None else self.high_rank)
        return low, max(high - low, 0)


class Quota(Whole):
    """Keep at most `n` rows of each group of equal values in a column, or several, in the order they had.

    Which: the `first`, the `last`, `random` ones (the recipe's seed decides), or the `best`, the greatest in the column
    `score`, where nulls come last and of equal rows the first stays. Nulls in `by` are a group like others.
    """

    use_for = (
        "at most n rows per group",
        "cap the documents of each domain",
        "balance classes by capping",
        "limit rows per category",
        "每组最多保留n条",
    )
    aliases = (
        "cap per group",
        "limit per class",
        "class balancing",
        "at most per domain",
        "类别均衡",
        "每类上限",
        "unbalanced classes",
        "one category too large",
        "limit examples per label",
        "类别失衡",
        "某类太多",
    )
    not_for = (
        "the best rows of a group and none without a score: use top_k",
        "a total shared out over groups: use sample",
        "one row of equal ones: use dedup_exact",
    )
    examples = [
        Example(_SCORED, [{"id": 1}, {"id": 3}, {"id": 5}], {"by": "topic", "n": 1}),
        Example(
            _SCORED, [{"id": 2}, {"id": 3}, {"id": 5}], {"by": "topic", "n": 1, "prefer": "best", "score": "score"}
        ),
    ]
    rows = "fewer"
    kind = "filter"
    drop_reason = "over_quota"

    by: Reads | tuple[Reads, ...] = Field(description="The column, or several, that says a row's group.")
    n: int = Field(ge=0, description="How many rows of a group to keep.")
    prefer: Literal["first", "last", "random", "best"] = Field(
        default="first", description="Which rows of a group to keep."
    )
    score: Reads | None = Field(default=None, description="The column that prefer: best compares.")

    @model_validator(mode="after")
    def _best_by_score(self) -> Self:
        if (self.prefer == "best") != (self.score is not None):
            raise ValueError("prefer: best and score: give both or neither")
        return self

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        return chosen(frame, self.by, self._order(frame, ctx), lambda sizes: [(0, self.n)] * len(sizes))

    def _order(self, frame: pl.LazyFrame, ctx: Context) -> pl.Series:
        rows = count(frame)
        if self.score is not None:
            return _ranks(frame, self.score, descending=True).fill_null(rows)
        if self.prefer == "random":
            return draws(ctx.rng(), rows)
        places = pl.int_range(rows, eager=True)
        return -places if self.prefer == "last" else places


class CommonValues(Whole):
    """Keep the rows whose value in a column is one of the commonest, or with `rarest` one of the rarest.

    The `k` commonest values, a `fraction` of the different values, those that come at least `min_count` times, or
    what meets several of these. Of equally common values the one that comes first counts as more common; so it does of
    equally rare ones. Null is no value: rows with it leave.
    """

    use_for = (
        "rows of the most frequent categories",
        "drop rare classes",
        "values that come often enough",
        "按出现频率选择",
    )
    aliases = ("frequent values", "head categories", "long-tail values", "高频类别", "长尾类别")
    not_for = ("values that are named: use where", "at most so many rows of each value: use quota")
    examples = [
        Example(_SCORED, [{"id": 1}, {"id": 2}, {"id": 4}], {"column": "topic", "k": 1}),
        Example(_SCORED, [{"id": 3}], {"column": "topic", "fraction": 0.5, "rarest": True}),
        Example(_SCORED, [{"id": 1}, {"id": 2}, {"id": 4}], {"column": "topic", "min_count": 2}),
    ]
    rows = "fewer"
    kind = "filter"
    drop_reason = "not_common"

    column: Reads = Field(description="The column whose values are counted.")
    k: int | None = Field(default=None, ge=0, description="How many different values to keep.")
    fraction: float | None = Field(default=None, ge=0, le=1, description="Which share of the different values to keep.")
    min_count: int = Field(default=1, ge=1, description="How often a value must come.")
    rarest: bool = Field(default=False, description="Keep the rarest values instead of the commonest.")

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        value = pl.col(self.column)
        values = frame.select(value.alias("value")).collect(engine="streaming").drop_nulls()
        counts = values.group_by("value", maintain_order=True).agg(times=pl.len())
        ranked = counts.sort("times", descending=not self.rarest, maintain_order=True)
        size = min(size_of(each, share, ranked.height) for each, share in ((self.k, 1.0), (None, self._share())))
        kept = ranked.head(size).filter(pl.col("times") >= self.min_count)
        return frame.join(
            kept.select("value").lazy(), left_on=value, right_on="value", how="semi", maintain_order="left"
        )

    def _share(self) -> float:
        return 1.0 if self.fraction is None else self.fraction
