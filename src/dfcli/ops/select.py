"""Choose rows and columns: which are kept, in what order, under what names."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from dfcli.ops._choice import chosen, count, draws, equally, in_proportion, size_of
from dfcli.ops.base import HIDDEN, Column, Context, Example, Filter, Map, Operator, Reads, Row, Whole
from dfcli.ops.expressions import Condition, Value

_MIXED: list[Row] = [{"id": number, "lang": "en" if number < 4 else "zh"} for number in range(6)]


class Where(Filter):
    """Keep the rows that meet a condition, written in SQL; a condition that is null is not met."""

    use_for = ("filter rows by a condition", "drop rows where a column is empty", "SQL where clause", "按条件筛选行")
    aliases = (
        "row filter",
        "condition",
        "drop empty rows",
        "threshold",
        "null values",
        "greater than",
        "筛选",
        "条件过滤",
        "空值",
        "大于",
        "小于",
        "missing values",
        "rows whose value is",
        "column below a number",
        "缺失值",
        "分数低于阈值",
        "删除满足条件的行",
        "keep rows if",
        "column is empty",
        "score at least",
        "drop rows whose value",
        "去掉某些行",
        "某列为空",
        "得分低于",
    )
    not_for = ("a condition on what a step has just written: use keep on that step",)
    examples = [
        Example([{"stars": 5}, {"stars": 1}, {"stars": None}], [{"stars": 5}], {"condition": "stars >= 3"}),
        Example(
            [{"text": "a", "lang": "en"}, {"text": None, "lang": "en"}],
            [{"text": "a"}],
            {"condition": "text is not null and lang in ('en', 'de')", "reason": "unusable"},
        ),
    ]

    condition: Condition = Field(description="Over the row's columns: score >= 4 and lang = 'en'.")
    reason: str | None = Field(
        default=None, description="What the report calls the dropped rows; the condition by default."
    )

    def rules(self) -> dict[str, pl.Expr]:
        return {self.reason or self.condition: pl.sql_expr(self.condition)}


class Sample(Whole):
    """Keep a random part of the rows, `n` of them or a `fraction`, in their order; the recipe's seed decides which.

    With `by` the rows kept are shared out over the groups of equal values in a column, or several: in proportion to
    their sizes (a stratified sample), or equally, where small groups leave more to the others. With `weights` a row is
    chosen with a chance in proportion to a number, without replacement (Efraimidis and Spirakis 2006, algorithm A); one
    whose number is null, zero or less never is.
    """

    use_for = (
        "random sample",
        "take a random subset of rows",
        "shrink a dataset",
        "stratified sample",
        "weighted random sampling",
        "随机抽样",
        "分层抽样",
    )
    aliases = (
        "subsample",
        "random subset",
        "random rows",
        "downsample",
        "抽样",
        "随机抽取",
        "随机子集",
        "a few rows to try",
        "smaller data set",
        "take 10 percent",
        "抽一部分",
        "取一部分数据",
        "随便取",
    )
    not_for = (
        "rows that meet a condition: use where",
        "no more than so many of each group: use quota",
        "sources in given shares: use mix",
        "training and test rows: use split",
    )
    examples = [
        Example([{"n": 1}, {"n": 2}], [{"n": 1}, {"n": 2}], {"n": 5}),
        Example([{"x": "a"}, {"x": "b"}, {"x": "c"}], [], {"fraction": 0.1}),
        Example(_MIXED, [{"lang": "en"}, {"lang": "en"}, {"lang": "zh"}], {"n": 3, "by": "lang"}),
        Example(
            [{"id": 1, "quality": 0.0}, {"id": 2, "quality": 9.5}, {"id": 3, "quality": None}],
            [{"id": 2}],
            {"fraction": 0.5, "weights": "quality"},
        ),
    ]
    rows = "fewer"
    kind = "filter"
    drop_reason = "not_sampled"

    n: int | None = Field(default=None, ge=0, description="How many rows to keep; all when there are not as many.")
    fraction: float | None = Field(
        default=None, ge=0, le=1, description="Which share of the rows to keep, from 0 to 1."
    )
    by: Reads | tuple[Reads, ...] | None = Field(
        default=None, description="The column, or several, that says a row's group."
    )
    spread: Literal["proportional", "equal"] = Field(
        default="proportional", description="How the rows kept are shared out over the groups."
    )
    weights: Reads | None = Field(default=None, description="A column with numbers: twice as much, twice the chance.")

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.n is None) == (self.fraction is None):
            raise ValueError("give either n or fraction")
        return self

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        total = count(frame)
        size = size_of(self.n, self.fraction, total)
        if self.by is None and self.weights is None:
            some = pl.Series(ctx.rng().sample(range(total), size), dtype=pl.Int64)
            return frame.filter(pl.int_range(total, eager=True).is_in(some.implode()))
        share_out = equally if self.spread == "equal" else in_proportion
        keys = self._keys(frame, draws(ctx.rng(), total))
        return chosen(frame, self.by, keys, lambda sizes: [(0, each) for each in share_out(sizes, size)])

    def _keys(self, frame: pl.LazyFrame, drawn: pl.Series) -> pl.Series:
        """Return what orders the rows: the least are chosen; null for rows that never are."""
        if self.weights is None:
            return drawn
        weight = frame.select(pl.col(self.weights).cast(pl.Float64)).collect(engine="streaming").to_series()
        some = weight.fill_nan(None) > 0
        return (-(1 - drawn).log() / weight).set(~some.fill_null(value=False), None)


class Shuffle(Whole):
    """Put the rows into a random order; the recipe's seed decides which."""

    use_for = ("shuffle rows", "random order of training examples", "shuffle with a seed", "打乱数据顺序")
    aliases = (
        "randomize order",
        "permute",
        "打乱",
        "随机顺序",
        "mix up the order",
        "random order",
        "顺序打散",
    )
    not_for = ("a random part of the rows: use sample", "the order of a column: use sort")
    examples = [Example([{"id": 1}, {"id": 2}, {"id": 3}], [{"id": 3}, {"id": 2}, {"id": 1}])]
    rows = "same"
    keeps_order = False

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        order = "__order__"
        drawn = draws(ctx.rng(), count(frame)).alias(order)
        return frame.with_columns(drawn).sort(order, maintain_order=True).drop(order)


class Sort(Whole):
    """Put the rows in the order of one or more columns; equal rows stay in the order they had, nulls come last."""

    use_for = ("sort by score", "order rows", "best rows first", "按列排序")
    aliases = (
        "order by",
        "ranking",
        "ascending",
        "descending",
        "排序",
        "升序",
        "降序",
        "newest first",
        "biggest first",
        "arrange rows",
        "由大到小",
        "从大到小",
    )
    not_for = ("a random choice of rows: use sample",)
    examples = [
        Example(
            [{"score": None, "id": "a"}, {"score": 1, "id": "b"}, {"score": 2, "id": "c"}, {"score": 2, "id": "d"}],
            [{"id": "c"}, {"id": "d"}, {"id": "b"}, {"id": "a"}],
            {"by": "score", "descending": True},
        ),
    ]
    rows = "same"
    keeps_order = False

    by: Reads | tuple[Reads, ...] = Field(description="A column, or several: later ones decide between equals.")
    descending: bool = Field(default=False, description="Greatest first.")

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        return frame.sort(self.by, descending=self.descending, nulls_last=True, maintain_order=True)


class Select(Operator):
    """Keep the named columns, in the order named, and no others."""

    use_for = ("keep only some columns", "drop columns", "reorder columns", "选择保留的列")
    aliases = (
        "choose columns",
        "column subset",
        "drop fields",
        "选列",
        "删除列",
        "only certain columns",
        "throw away columns",
        "column order",
        "只要某几列",
        "丢弃列",
    )
    not_for = ("other names for columns: use rename", "some of the rows: use where")
    examples = [Example([{"a": 1, "b": 2, "c": 3}], [{"c": 3, "a": 1}], {"columns": ["c", "a"]})]
    columns_vary = True
    cheap = True

    columns: tuple[Reads, ...] = Field(min_length=1)

    @field_validator("columns")
    @classmethod
    def _once_each(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        return _distinct(columns)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.select(*self.columns, pl.col(HIDDEN))


class Rename(Operator):
    """Give columns other names; they stay in their places."""

    use_for = ("rename columns", "change column names", "map fields to another schema", "重命名列")
    aliases = (
        "column names",
        "field mapping",
        "改列名",
        "字段重命名",
        "another name for a field",
        "prompt to instruction",
        "字段改名",
        "列名不对",
    )
    not_for = ("other types for columns: use cast",)
    examples = [Example([{"q": "2+2?", "id": 7}], [{"question": "2+2?", "id": 7}], {"columns": {"q": "question"}})]
    columns_vary = True
    cheap = True

    columns: Annotated[dict[str, str], Column("reads")] = Field(min_length=1, description="Old name: new name.")

    @field_validator("columns")
    @classmethod
    def _to_different_names(cls, columns: dict[str, str]) -> dict[str, str]:
        _distinct(tuple(columns.values()))
        return columns

    def writes(self) -> dict[str, pl.DataType | None]:
        return dict.fromkeys(self.columns.values())

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.rename(self.columns)


class Compute(Map):
    """Write what an SQL expression over the row's columns gives into a column, or a copy of one.

    The type is what Polars makes of the expression: a text, a number, true or false, a list.
    """

    use_for = (
        "compute a column with SQL",
        "copy a column",
        "join texts of several columns",
        "case when for a new column",
        "用SQL表达式计算新列",
    )
    aliases = (
        "derived column",
        "SQL expression",
        "new field",
        "calculate",
        "concatenate columns",
        "新增列",
        "计算字段",
        "拼接列",
        "join first and last name",
        "combine fields",
        "组合字段",
        "new column from others",
        "arithmetic on columns",
        "label from a condition",
        "两列相减",
        "由其他列得到新列",
    )
    not_for = ("another name for a column: use rename", "another type for a column: use cast")
    examples = [
        Example(
            [{"first": "Ada", "born": 1815}, {"first": "Li", "born": None}],
            [{"name": "Ada (1815)", "first": "Ada"}, {"name": "Li", "first": "Li"}],
            {"value": "case when born is null then first else first || ' (' || cast(born as string) || ')' end"}
            | {"into": "name"},
        ),
        Example(
            [{"sql": "SELECT 1"}], [{"sql": "SELECT 1", "seed_sql": "SELECT 1"}], {"value": "sql", "into": "seed_sql"}
        ),
    ]

    value: Value = Field(description="A column, or SQL over the columns: coalesce(title, '') || text.")

    def expr(self) -> pl.Expr:
        return pl.sql_expr(self.value)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{twice[0]!r} is named twice")
    return names
