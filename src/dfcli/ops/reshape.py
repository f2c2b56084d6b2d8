"""Change what a row is: one row becomes several, or several become one."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, Any, Self

import polars as pl
import xxhash
from pydantic import Field, model_validator

from dfcli.ops.base import ROW_ID, Context, Example, Operator, Reads, Writes, declared_schema

Values = Annotated[
    tuple[str, ...] | tuple[int, ...] | tuple[float, ...],
    Field(min_length=1, description="Texts or numbers, all of one kind."),
]


class Explode(Operator):
    """Make a row of each element of a list; the other columns are repeated.

    A row whose list is empty or null is dropped as `empty_list`; a null element makes a row with a null.
    """

    use_for = ("one row per list element", "flatten a list column", "unnest an array", "列表列展开为多行")
    aliases = (
        "unnest",
        "flatten",
        "one row per item",
        "split a list into rows",
        "展开",
        "拆成多行",
        "several values in one cell",
        "nested lists",
        "一格多个值",
    )
    not_for = ("the rows of another file: use concat",)
    examples = [
        Example(
            [{"id": 1, "facts": ["a", "b"]}, {"id": 2, "facts": []}, {"id": 3, "facts": None}],
            [{"id": 1, "facts": "a"}, {"id": 1, "facts": "b"}],
            {"column": "facts"},
        ),
        Example(
            [{"facts": ["a", None]}],
            [{"facts": ["a", None], "fact": "a"}, {"facts": ["a", None], "fact": None}],
            {"column": "facts", "into": "fact"},
        ),
    ]
    rows = "more"
    cheap = True
    drop_reason = "empty_list"

    column: Reads = Field(description="The column of lists.")
    into: Writes = Field(default="", description="Where the elements go; into the place of the lists by default.")

    @model_validator(mode="before")
    @classmethod
    def _in_place(cls, given: Any) -> Any:
        return {"into": given["column"], **given} if isinstance(given, dict) and "column" in given else given

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        filled = frame.filter(pl.col(self.column).list.len() > 0)
        return filled.with_columns(pl.col(self.column).alias(self.into)).explode(self.into)


class ForEach(Operator):
    """Make a row of each row and each of some values, which go into a column: levels, styles, languages to ask for."""

    use_for = (
        "one row per complexity level or style",
        "cross rows with a list of values",
        "the same prompt for several languages",
        "每行与多个取值组合",
    )
    aliases = (
        "cross product",
        "cartesian product",
        "multiply rows",
        "笛卡尔积",
        "逐个取值展开",
        "all combinations",
        "the same row for each style",
        "每种风格一份",
    )
    not_for = ("a list in a column: use explode", "one value per row, by chance: use draw")
    examples = [
        Example(
            [{"table": "pet"}, {"table": "vet"}],
            [
                {"table": "pet", "complexity": "simple"},
                {"table": "pet", "complexity": "complex"},
                {"table": "vet", "complexity": "simple"},
                {"table": "vet", "complexity": "complex"},
            ],
            {"values": ["simple", "complex"], "into": "complexity"},
        )
    ]
    kind = "generate"
    rows = "more"

    values: Values
    into: Writes

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.into: _dtype(self.values)}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        places = [place for place in range(frame.height) for _ in self.values]
        column = pl.Series(self.into, [*self.values] * frame.height, dtype=_dtype(self.values))
        return frame.select(pl.all().gather(places)).with_columns(column)


class Draw(Operator):
    """Write one of some values into each row, by chance: a style, a persona, a level.

    `weights` say how often each comes, as any numbers that are not negative; by default all come alike. What a row gets
    depends on the recipe's seed and the row's id alone: it is the same on each run, and in a longer input.
    """

    use_for = (
        "a random style or persona per row",
        "draw from categories with weights",
        "sample attributes for synthetic data",
        "按权重随机选取取值",
    )
    aliases = (
        "random choice",
        "pick at random",
        "assign a persona",
        "随机赋值",
        "随机人设",
        "pick a value for each row by chance",
        "random attribute",
        "随机分配",
    )
    not_for = ("a row for every value: use for_each", "a random part of the rows: use sample")
    examples = [
        Example(
            [{"sql": "SELECT 1"}],
            [{"sql": "SELECT 1", "style": "formal"}],
            {"values": ["vague", "formal"], "weights": [0, 1], "into": "style"},
        )
    ]
    kind = "generate"

    values: Values
    weights: tuple[Annotated[float, Field(ge=0)], ...] | None = None
    into: Writes

    @model_validator(mode="after")
    def _weighs_each(self) -> Self:
        if self.weights is not None and len(self.weights) != len(self.values):
            raise ValueError(f"weights: there are {len(self.weights)} for {len(self.values)} values")
        if self.weights is not None and not sum(self.weights):
            raise ValueError("weights: one at least must be more than 0")
        return self

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.into: _dtype(self.values)}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        salt = ctx.rng().getrandbits(64)
        ids = frame[ROW_ID].to_list() if ROW_ID in frame.columns else range(frame.height)
        bounds = list(accumulate(self.weights or (1.0,) * len(self.values)))
        drawn = [
            self._value((xxhash.xxh3_64_intdigest(f"{each}".encode(), salt) >> 11) / 2**53, bounds) for each in ids
        ]
        return frame.with_columns(pl.Series(self.into, drawn, dtype=_dtype(self.values)))

    def _value(self, chance: float, bounds: Sequence[float]) -> str | int | float:
        """Return the value in whose stretch of the weights a number from 0 to 1 falls."""
        return self.values[bisect(bounds, chance * bounds[-1])]


def _dtype(values: Sequence[str | int | float]) -> pl.DataType:
    kinds: dict[type, pl.DataType] = {str: pl.String(), int: pl.Int64(), float: pl.Float64()}
    return kinds[type(values[0])]
