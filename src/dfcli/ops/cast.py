"""Change the types of columns."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import Field

from dfcli.ops._casting import PlainType, cast_to
from dfcli.ops.base import FAILED, Column, Context, Example, Operator
from dfcli.ops.types import dtype


class Cast(Operator):
    """Change the types of columns; a row with a value that cannot be cast fails as `cannot_cast`, and is kept apart.

    Text is read strictly: `7` and `-7` are int, `1.5` and `1e3` float, `true`, `False`, `1` and `0` bool, dates and
    times ISO 8601 (those with an offset become UTC). A float that is no whole number cannot become an int.
    """

    use_for = ("change column types", "convert text to numbers", "parse dates", "转换列的数据类型")
    aliases = (
        "convert types",
        "data type conversion",
        "string to int",
        "to float",
        "类型转换",
        "字符串转数字",
        "numbers stored as text",
        "wrong column type",
        "values in quotes",
        "数字存成了字符串",
    )
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
