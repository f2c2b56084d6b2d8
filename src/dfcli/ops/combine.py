"""Bring in the rows or columns of other data files; paths are relative to the recipe."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from dfcli.ops.base import HIDDEN, Context, Example, Reads, Row, Whole

_MORE = {"more.jsonl": [{"text": "b", "lang": "en"}]}
_AUTHORS = {
    "authors.jsonl": [{"author": 1, "name": "Ada"}, {"author": 1, "name": "A. L."}, {"author": 3, "name": "Li"}]
}
_BOOKS: list[Row] = [{"title": "x", "author": 1}, {"title": "y", "author": 2}, {"title": "z", "author": None}]


class Concat(Whole):
    """Add the rows of other files after the others.

    A column that only one side has is null on the other. Where the types of a column differ, the wider one holds:
    float for int and float, str for text and numbers.
    """

    use_for = ("append another file", "merge datasets", "union of several files", "合并多个数据文件")
    aliases = (
        "append rows",
        "stack files",
        "vertical merge",
        "union all",
        "追加数据",
        "纵向合并",
        "put files together",
        "add more rows from a file",
        "把文件接在一起",
        "合并文件",
    )
    not_for = ("columns of another file: use join",)
    examples = [
        Example(
            [{"text": "a"}],
            [{"text": "a", "lang": None}, {"text": "b", "lang": "en"}],
            {"files": "more.jsonl"},
            files=_MORE,
        )
    ]
    columns_vary = True

    files: str | tuple[str, ...] = Field(description="Path of a file, or several.")

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        return pl.concat([frame, *(_rows(path, ctx) for path in self._paths())], how="diagonal_relaxed")

    def outside(self, ctx: Context) -> str:
        return " ".join(ctx.content(path) for path in self._paths())

    def _paths(self) -> tuple[str, ...]:
        return (self.files,) if isinstance(self.files, str) else self.files


class Join(Whole):
    """Match rows with those of another file by equal values in the columns `on`.

    `how`: `left` keeps every row and adds the file's columns, null where nothing matches; `inner` keeps only rows
    with a match; `semi` does so too but adds no columns; `anti` keeps rows without a match. With `left` and `inner`, a
    row that matches several becomes several. Nulls match nothing.
    """

    use_for = (
        "look up values in another file",
        "join two datasets on a key",
        "exclude rows listed in a file",
        "按键关联两个数据集",
    )
    aliases = (
        "lookup",
        "merge columns",
        "left join",
        "anti join",
        "foreign key",
        "关联",
        "左连接",
        "查表",
        "another table",
        "add columns from a table",
        "补全字段",
        "另一张表",
        "enrich with another table",
        "add information by id",
        "rows present in another file",
        "按ID补充信息",
        "匹配另一个文件",
    )
    not_for = ("rows of another file: use concat",)
    examples = [
        Example(
            _BOOKS,
            [{"title": "x", "name": "Ada"}, {"title": "x", "name": "A. L."}],
            {"file": "authors.jsonl", "on": "author", "how": "inner"},
            files=_AUTHORS,
        ),
        Example(
            _BOOKS,
            [{"title": "y"}, {"title": "z"}],
            {"file": "authors.jsonl", "on": ["author"], "how": "anti"},
            files=_AUTHORS,
        ),
    ]
    columns_vary = True

    file: str = Field(description="Path of the other file.")
    on: Reads | tuple[Reads, ...] = Field(description="The columns, in both, that must be equal.")
    how: Literal["left", "inner", "semi", "anti"] = "left"
    suffix: str = Field(
        default="_right", min_length=1, description="Put after the names of columns that both sides have."
    )

    def drops_as(self) -> str:
        return "matched" if self.how == "anti" else "not_matched"

    def keeps_siblings(self) -> bool:
        return self.how in ("semi", "anti")

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        other = _rows(self.file, ctx)
        order: Literal["left_right", "left"] = "left_right" if self.how in ("left", "inner") else "left"
        return frame.join(other, on=self.on, how=self.how, suffix=self.suffix, maintain_order=order)

    def outside(self, ctx: Context) -> str:
        return ctx.content(self.file)


def _rows(path: str, ctx: Context) -> pl.LazyFrame:
    return ctx.read(path).select(pl.all().exclude(HIDDEN))
