"""Measure the characters, lines, sentences and paragraphs of a text: shares and lengths.

A share of nothing is 0.0, a mean of nothing null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import polars as pl
from pydantic import Field

from dfcli.ops import _passages as passages
from dfcli.ops._kernel import Kernel
from dfcli.ops._passages import share_of
from dfcli.ops.base import Example, Reads, Score

Share = Literal[
    "letters",
    "digits",
    "alphanumeric",
    "capitals",
    "punctuation",
    "whitespace",
    "non_ascii",
    "symbols",
    "special",
    "brackets",
    "curly",
    "control",
]
_SHARES: tuple[Share, ...] = get_args(Share)


class TextRatios(Kernel):
    """Give the shares of a text's characters that are of certain kinds, from 0 to 1; of an empty text 0.0.

    By Unicode's general categories: `letters` L, `digits` Nd, `alphanumeric` L and N, `capitals` Lu, `punctuation` P,
    `symbols` S (+ = $ < ^ and emoji), `control` C but line breaks and tabs. `whitespace`: spaces, tabs and line breaks.
    `non_ascii`: beyond U+007F. `special`: neither letter nor mark, so digits and whitespace count. `brackets`:
    (){}[]⟨⟩. `curly`: {}. The shares wanted are written under their names after `prefix`.
    """

    use_for = (
        "ratio of digits",
        "uppercase letter ratio",
        "punctuation ratio",
        "non-ascii ratio",
        "whitespace ratio",
        "alphanumeric ratio",
        "special character ratio",
        "curly bracket ratio",
        "字符比例",
    )
    aliases = (
        "character classes",
        "digit ratio",
        "punctuation share",
        "special characters",
        "特殊字符比例",
        "数字占比",
        "标点占比",
        "mostly numbers",
        "mostly symbols",
        "share of letters",
        "数字太多",
        "符号太多",
    )
    not_for = ("characters that a pattern describes: use pattern_share", "words in capitals: use capital_words")
    examples = [
        Example(
            [{"text": "Ab 1{é"}, {"text": ""}],
            [
                {"ratio_letters": 0.5, "ratio_digits": 1 / 6, "ratio_capitals": 1 / 6, "ratio_curly": 1 / 6},
                {"ratio_letters": 0.0, "ratio_digits": 0.0, "ratio_capitals": 0.0, "ratio_curly": 0.0},
            ],
        ),
        Example([{"text": "a+b"}], [{"symbols": 1 / 3}], {"shares": ["symbols"], "prefix": ""}),
    ]

    prefix: str = Field(default="ratio_", description="What the names of the written columns start with.")
    shares: tuple[Share, ...] = Field(default=_SHARES, min_length=1, description="The shares to write; all by default.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.prefix + name: pl.Float64() for name in self.shares}

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        from dfcli.ops._characters import character_shares

        return {self.prefix + kind: values for kind, values in character_shares(texts, self.shares).items()}


class LineLengths(Score):
    """Measure the lengths of a text's lines in characters: the mean, the longest and the shortest.

    Lines end with a line break, which does not count; blank lines do not count, spaces around a line do. `long` gives
    the share of the lines with more than `long_chars` characters. A text without lines has nulls, and a share of 0.0.
    """

    use_for = ("average line length", "maximum line length", "very long lines", "minified code lines", "平均行长")
    aliases = ("line length", "long lines", "行长度", "超长行")
    not_for = ("the beginnings and ends of lines: use line_stats", "sentences: use sentence_stats")
    examples = [
        Example(
            [{"text": "ab\n\nabcd\n"}, {"text": ""}],
            [
                {"line_length_mean": 3.0, "line_length_max": 4, "line_length_min": 2, "line_length_long": 0.0},
                {"line_length_mean": None, "line_length_max": None, "line_length_min": None, "line_length_long": 0.0},
            ],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="line_length_", description="What the names of the written columns start with.")
    long_chars: int = Field(default=2000, ge=0, description="Lines with more characters are long.")

    def writes(self) -> dict[str, pl.DataType | None]:
        whole, part = pl.Int64(), pl.Float64()
        return {self.prefix + name: kind for name, kind in zip(_LENGTHS, (part, whole, whole, part), strict=True)}

    def exprs(self) -> dict[str, pl.Expr]:
        lines = pl.col(self.text).str.extract_all(r"[^\r\n]*\S[^\r\n]*")
        return lengths_of(lines, self.prefix, self.long_chars)


class SentenceStats(Score):
    """Measure the sentences of a text: how many there are, and their lengths in characters and words.

    Sentences are those of `sentence_count`. `mean_chars`, `mean_words` and `max_words` are null in a text without
    sentences; `short` is the share of those with at most `short_chars` characters, `long` of those with at least
    `long_chars`, both 0.0 then. Words are runs of characters between whitespace.
    """

    use_for = ("mean sentence length", "words per sentence", "short sentences ratio", "平均句长")
    aliases = (
        "sentence length",
        "句长",
        "average sentence length",
        "long-winded sentences",
        "句子太长",
    )
    not_for = ("only their number: use sentence_count", "how hard they are to read: use readability")
    examples = [
        Example(
            [{"text": "One two. Three!"}, {"text": ""}],
            [
                {"sentences": 2, "sentence_mean_chars": 7.0, "sentence_mean_words": 1.5, "sentence_short": 1.0},
                {"sentences": 0, "sentence_mean_chars": None, "sentence_mean_words": None, "sentence_short": 0.0},
            ],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="sentence", description="What the names of the written columns start with.")
    short_chars: int = Field(default=20, ge=0, description="Sentences of at most so many characters are short.")
    long_chars: int = Field(default=75, ge=0, description="Sentences of at least so many characters are long.")

    def writes(self) -> dict[str, pl.DataType | None]:
        shares = {f"{self.prefix}_{name}": pl.Float64() for name in ("mean_chars", "mean_words", "short", "long")}
        return {f"{self.prefix}s": pl.Int64(), **shares, f"{self.prefix}_max_words": pl.Int64()}

    def exprs(self) -> dict[str, pl.Expr]:
        found = passages.sentences(pl.col(self.text))
        chars = found.list.eval(pl.element().str.len_chars())
        words = found.list.eval(pl.element().str.count_matches(r"\S+"))
        values = {
            "s": found.list.len().cast(pl.Int64),
            "_mean_chars": chars.list.mean(),
            "_mean_words": words.list.mean(),
            "_short": share_of(chars, pl.element() <= self.short_chars),
            "_long": share_of(chars, pl.element() >= self.long_chars),
            "_max_words": words.list.max().cast(pl.Int64),
        }
        return {self.prefix + name: value for name, value in values.items()}


class ParagraphStats(Score):
    """Measure the paragraphs of a text, the blocks between blank lines: their mean, longest and shortest length.

    Lengths are in characters, null in a text without paragraphs; `long` is the share of those with more than
    `long_chars` characters, 0.0 then.
    """

    use_for = ("mean paragraph length", "length of text blocks", "walls of text", "平均段落长度")
    aliases = ("paragraph lengths", "段落长度")
    not_for = ("only their number: use paragraph_count", "paragraphs that repeat: use repeated_text")
    examples = [
        Example(
            [{"text": "ab\ncd\n\nxyz"}, {"text": " "}],
            [{"paragraph_mean": 4.0, "paragraph_max": 5}, {"paragraph_mean": None, "paragraph_max": None}],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="paragraph_", description="What the names of the written columns start with.")
    long_chars: int = Field(default=1000, ge=0, description="Paragraphs with more characters are long.")

    def writes(self) -> dict[str, pl.DataType | None]:
        whole, part = pl.Int64(), pl.Float64()
        return {self.prefix + name: kind for name, kind in zip(_LENGTHS, (part, whole, whole, part), strict=True)}

    def exprs(self) -> dict[str, pl.Expr]:
        return lengths_of(passages.paragraphs(pl.col(self.text)), self.prefix, self.long_chars)


_LENGTHS = ("mean", "max", "min", "long")


def lengths_of(parts: pl.Expr, prefix: str, long: int) -> dict[str, pl.Expr]:
    """Return the mean, greatest and least length of a list's texts, and the share of those longer than a number."""
    sizes = parts.list.eval(pl.element().str.len_chars())
    values = (sizes.list.mean(), sizes.list.max().cast(pl.Int64), sizes.list.min().cast(pl.Int64))
    return dict(zip((prefix + name for name in _LENGTHS), (*values, share_of(sizes, pl.element() > long)), strict=True))
