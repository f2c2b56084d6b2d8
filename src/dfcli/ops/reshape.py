"""Change what a row is: one row becomes several, or several become one."""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops.base import Context, Example, Operator, Reads, Writes


class Explode(Operator):
    """Make a row of each element of a list; the other columns are repeated.

    A row whose list is empty or null is dropped as `empty_list`; a null element makes a row with a null.
    """

    use_for = ("one row per list element", "flatten a list column", "unnest an array", "列表列展开为多行")
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
    into: Writes = Field("", description="Where the elements go; into the place of the lists by default.")

    @model_validator(mode="before")
    @classmethod
    def _in_place(cls, given: Any) -> Any:
        return {"into": given["column"], **given} if isinstance(given, dict) and "column" in given else given

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        filled = frame.filter(pl.col(self.column).list.len() > 0)
        return filled.with_columns(pl.col(self.column).alias(self.into)).explode(self.into)
