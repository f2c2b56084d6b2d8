"""What all operators that remove duplicates have in common: which row stays, and what the others are marked with."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops.base import ROW_ID, Context, Kind, Reads, Rows, Whole, declared_schema

Prefer = Literal["first", "longest", "best"]
Aside = Literal["case", "whitespace", "punctuation", "digits", "unicode"]
"""What may not count when texts are compared."""


class Duplicates(Whole):
    """Rows in groups of which one stays."""

    kind: ClassVar[Kind] = "filter"
    rows: ClassVar[Rows] = "fewer"

    mode: Literal["drop", "mark"] = Field(
        default="drop", description="mark keeps all rows and writes columns; keep: duplicate_of is null then drops."
    )
    prefer: Prefer = Field(
        default="first", description="Which row of a group stays: best is the greatest in the column by."
    )
    by: Reads | None = Field(default=None, description="The column that prefer: best compares; nulls come last.")
    prefix: str = Field(default="duplicate_", description="What the names of the columns start with that mark writes.")

    @model_validator(mode="after")
    def _best_by(self) -> Self:
        if (self.prefer == "best") != (self.by is not None):
            raise ValueError("prefer: best and by: give both or neither")
        return self

    def effect(self) -> Rows:
        return "same" if self.mode == "mark" else "fewer"

    def writes(self) -> dict[str, pl.DataType | None]:
        if self.mode == "drop":
            return {}
        kinds = {"cluster": pl.String(), "count": pl.Int64(), "of": pl.String()}
        return {self.prefix + name: kind for name, kind in kinds.items()}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    @abstractmethod
    def leaders(self, frame: pl.LazyFrame, rank: pl.Series, ctx: Context) -> pl.Series:
        """Return for each row the number of the row that stays for it, where `rank` 0 is the most preferred row."""

    @abstractmethod
    def length(self, given: pl.Schema) -> pl.Expr:
        """Return what prefer: longest compares, in rows of the given columns."""

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        leaders = self.leaders(frame, ranks(frame, self._by(frame)), ctx)
        if self.mode == "drop":
            return frame.filter(leaders == pl.int_range(leaders.len(), eager=True))
        return frame.with_columns(self._marks(frame, leaders).get_columns())

    def _by(self, frame: pl.LazyFrame) -> pl.Expr | None:
        if self.prefer == "first":
            return None
        return self.length(frame.collect_schema()) if self.by is None else pl.col(self.by)

    def _marks(self, frame: pl.LazyFrame, leaders: pl.Series) -> pl.DataFrame:
        numbers = pl.int_range(leaders.len(), eager=True)
        has_ids = ROW_ID in frame.collect_schema()
        ids = frame.select(ROW_ID).collect(engine="streaming").to_series() if has_ids else (numbers + 1).cast(pl.String)
        marks = pl.DataFrame({"leader": leaders, "cluster": ids.gather(leaders), "number": numbers})
        return marks.select(
            pl.col("cluster").alias(f"{self.prefix}cluster"),
            pl.len().over("leader").cast(pl.Int64).alias(f"{self.prefix}count"),
            pl.when(pl.col("leader") != pl.col("number")).then("cluster").alias(f"{self.prefix}of"),
        )


def ranks(frame: pl.LazyFrame, by: pl.Expr | None) -> pl.Series:
    """Return each row's place in the order in which rows are preferred: the greatest first, of equals the first."""
    if by is None:
        return pl.int_range(frame.select(pl.len()).collect(engine="streaming").item(), eager=True)
    values = frame.select(by.alias("by")).collect(engine="streaming")
    if values["by"].dtype.is_float():
        values = values.fill_nan(None)
    order = values.select(pl.arg_sort_by("by", descending=True, nulls_last=True, maintain_order=True))
    return order.to_series().arg_sort().cast(pl.Int64)


def without(text: pl.Expr, asides: Sequence[Aside]) -> pl.Expr:
    """Return a text without what does not count."""
    if "unicode" in asides:
        text = text.str.normalize("NFKC")
    if "case" in asides:
        text = text.str.to_lowercase()
    if "digits" in asides:
        text = text.str.replace_all(r"\d", "0")
    if "punctuation" in asides:
        text = text.str.replace_all(r"[\p{P}\p{S}]", "")
    return text.str.replace_all(r"\s+", "") if "whitespace" in asides else text
