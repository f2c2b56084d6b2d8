"""Choose columns, name and compute them, and change their types."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import Field, field_validator

from dfcli.ops._casting import PlainType, cast_to
from dfcli.ops.base import FAILED, HIDDEN, Column, Context, Example, Map, Operator, Reads
from dfcli.ops.expressions import Value
from dfcli.ops.types import dtype


class Select(Operator):
    """Keep the named columns, in the order named, and no others."""

    use_for = ("keep only some columns", "drop columns", "reorder columns", "选择保留的列")
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


class Cast(Operator):
    """Change the types of columns; a row with a value that cannot be cast fails as `cannot_cast`, and is kept apart.

    Text is read strictly: `7` and `-7` are int, `1.5` and `1e3` float, `true`, `False`, `1` and `0` bool, dates and
    times ISO 8601 (those with an offset become UTC). A float that is no whole number cannot become an int.
    """

    use_for = ("change column types", "convert text to numbers", "parse dates", "转换列的数据类型")
    not_for = ("other names for columns: use rename",)
    examples = [
        Example(
            [{"id": "007", "stars": "5"}, {"id": "008", "stars": "many"}, {"id": "009", "stars": None}],
            [{"id": "007", "stars": 5}, {"id": "009", "stars": None}],
            {"columns": {"stars": "int"}},
        ),
        Example(
            [{"ok": "True", "share": "0.5"}, {"ok": "maybe", "share": "1e-1"}],
            [{"ok": True, "share": 0.5}, {"ok": None, "share": 0.1}],
            {"columns": {"ok": "bool", "share": "float"}, "strict": False},
        ),
    ]
    cheap = True

    columns: Annotated[dict[str, PlainType], Column("reads")] = Field(min_length=1, description="Column: new type.")
    strict: bool = Field(default=True, description="A value that cannot be cast fails its row; false: becomes null.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {name: dtype(kind) for name, kind in self.columns.items()}

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        cast = {name: cast_to(kind, name, frame.schema[name]) for name, kind in self.columns.items()}
        if not self.strict:
            return frame.with_columns(**cast)
        reasons = [
            pl.when(pl.col(name).is_not_null() & value.is_null()).then(pl.lit(f"cannot_cast: {name} to {kind}"))
            for (name, value), kind in zip(cast.items(), self.columns.values(), strict=True)
        ]
        return frame.with_columns(**cast, **{FAILED: pl.coalesce(reasons)})


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{twice[0]!r} is named twice")
    return names
