"""Measure text without a model: each operator adds numbers per row, and drops nothing; a step's `keep` drops.

A null text has null measures.
"""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import Field

from dfcli.ops.base import Example, Reads, Score, Writes

_CLOSED = r"""["'”’»）)\]】」』]*$"""


class WordCount(Score):
    """Count the words of a text: the runs of characters between whitespace."""

    use_for = ("count words", "keep texts of a certain length", "drop short documents", "按词数过滤文本")
    not_for = ("languages written without spaces: use char_count",)
    examples = [Example([{"text": "one two"}, {"text": " "}], [{"word_count": 2}, {"word_count": 0}])]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "word_count"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.count_matches(r"\S+").cast(pl.Int64)}


class CharCount(Score):
    """Count the characters of a text, as Unicode code points."""

    use_for = ("count characters", "text length", "limit the length of documents", "按字符数过滤文本")
    not_for = ("languages written with spaces: use word_count",)
    examples = [Example([{"text": "naïve 数据"}, {"text": ""}], [{"char_count": 8}, {"char_count": 0}])]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "char_count"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.len_chars().cast(pl.Int64)}


class LineStats(Score):
    """Measure the lines of a text; blank lines do not count, and spaces around a line are ignored.

    `line_count`: the lines. `line_mean_chars`: their mean length in characters.
    Shares of the lines, from 0 to 1: `line_end_punct_share` ends in punctuation that ends a sentence, or in a closing
    quote or bracket after it; `line_ellipsis_share` ends in an ellipsis; `line_bullet_share` starts with a bullet;
    `line_short_share` has fewer than `short` characters; `line_repeat_share` repeats an earlier line of the text.
    A text without lines has null shares and a null mean.
    """

    use_for = ("detect menus and boilerplate", "share of lines ending in punctuation", "repeated lines", "行级统计特征")
    not_for = ("the length of the whole text: use word_count",)
    examples = [
        Example(
            [{"text": "Home\nA line that ends in a full stop, as text does.\n\nHome"}, {"text": ""}],
            [
                {"line_count": 3, "line_end_punct_share": 1 / 3, "line_short_share": 2 / 3, "line_repeat_share": 1 / 3},
                {"line_count": 0, "line_end_punct_share": None, "line_short_share": None, "line_repeat_share": None},
            ],
        ),
        Example(
            [{"body": "- one\n• two\nread on …\n好。"}],
            [{"n_bullet_share": 0.5, "n_ellipsis_share": 0.25, "n_end_punct_share": 0.25, "n_mean_chars": 5.25}],
            {"text": "body", "prefix": "n_"},
        ),
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field("line_", description="What the names of the written columns start with.")
    short: int = Field(30, ge=1, description="Lines with fewer characters are short.")

    def writes(self) -> dict[str, pl.DataType | None]:
        shares = ("mean_chars", "end_punct_share", "ellipsis_share", "bullet_share", "short_share", "repeat_share")
        return {f"{self.prefix}count": pl.Int64(), **{self.prefix + share: pl.Float64() for share in shares}}

    def exprs(self) -> dict[str, pl.Expr]:
        lines = pl.col(self.text).str.extract_all(r"[^\r\n]*\S[^\r\n]*")
        each = pl.element().str.strip_chars()
        values = {
            "count": lines.list.len().cast(pl.Int64),
            "mean_chars": lines.list.eval(each.str.len_chars()).list.mean(),
            "end_punct_share": _share(lines, each.str.contains("[.!?。！？؟।]" + _CLOSED) & ~_trails_off(each)),
            "ellipsis_share": _share(lines, _trails_off(each)),
            "bullet_share": _share(lines, each.str.contains(r"^[-*•‣▪◦●○·–—]")),
            "short_share": _share(lines, each.str.len_chars() < self.short),
            "repeat_share": 1 - lines.list.eval(each).list.n_unique() / lines.list.len().replace(0, None),
        }
        return {self.prefix + name: value for name, value in values.items()}


def _share(lines: pl.Expr, test: pl.Expr) -> pl.Expr:
    return lines.list.eval(test).list.mean()


def _trails_off(line: pl.Expr) -> pl.Expr:
    return line.str.contains(r"(\.\.\.|…)" + _CLOSED)
