"""Clean text: each operator rewrites one text column, in place or `into` another, and drops nothing."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops.base import Example, Map, Reads, Writes


class _Clean(Map):
    """A cleaner: `text` is cleaned in place, unless `into` names another column."""

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.String] = Field("text", description="The column read, unless another is named.")

    @model_validator(mode="before")
    @classmethod
    def _in_place(cls, given: Any) -> Any:
        return {"into": given["text"], **given} if isinstance(given, dict) and "text" in given else given


class CollapseWhitespace(_Clean):
    """Replace every run of whitespace by one space, and trim both ends."""

    use_for = ("normalize whitespace", "remove extra spaces and tabs", "trim text", "去除多余空白")
    not_for = ("texts that only need to be measured: use line_stats",)
    examples = [
        Example([{"text": "  a \t b\n\nc "}, {"text": ""}], [{"text": "a b c"}, {"text": ""}]),
        Example([{"text": "a \n b  c\n\n\n\nd"}], [{"text": "a\nb c\n\nd"}], {"keep_lines": True}),
    ]

    keep_lines: bool = Field(default=False, description="Keep line breaks, at most one blank line in a row.")

    def expr(self) -> pl.Expr:
        text = pl.col(self.text)
        if not self.keep_lines:
            return text.str.replace_all(r"\s+", " ").str.strip_chars()
        spaced = text.str.replace_all("\r\n?", "\n").str.replace_all(r"[^\S\n]+", " ")
        return spaced.str.replace_all(r" ?\n ?", "\n").str.replace_all(r"\n{3,}", "\n\n").str.strip_chars()
