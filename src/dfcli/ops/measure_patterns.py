"""Measure matches in a text: of regular expressions and of fixed phrases, in characters, words and lines.

Patterns are those of Rust: linear in time, without look-around; `(?i)` ignores case, `(?m)` lets ^ and $ match at
lines. A share of nothing is 0.0.
"""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import Field, field_validator

from dfcli.ops._passages import lines, share, share_of
from dfcli.ops.base import Example, Reads, Score, Writes


def usable(pattern: str) -> str:
    """Return a regular expression that Polars can search for; ValueError with its own words otherwise."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        why = " ".join(str(error).split())
        raise ValueError(f"a regular expression of Rust's kind, without look-around: {why}") from error
    return pattern


class PatternCount(Score):
    """Count the matches of a regular expression in a text; they do not overlap.

    Patterns are those of Rust: linear in time, without look-around; `(?i)` ignores case, `(?m)` lets ^ and $ match at
    lines.
    """

    use_for = ("count regex matches", "number of links in a text", "how often a pattern occurs", "正则匹配次数")
    aliases = ("regex count", "matches", "正则计数")
    not_for = ("fixed words: use phrase_count", "the share that matches cover: use pattern_share")
    examples = [
        Example([{"text": "a1 b22"}, {"text": ""}], [{"pattern_count": 2}, {"pattern_count": 0}], {"pattern": r"\d+"})
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "pattern_count"
    pattern: str = Field(description="A regular expression of Rust's kind.")

    _usable = field_validator("pattern")(usable)

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.count_matches(self.pattern).cast(pl.Int64)}


class PatternShare(Score):
    """Give the share of a text's characters that the matches of a regular expression cover, from 0 to 1.

    Patterns are those of `pattern_count`. An empty text has 0.0.
    """

    use_for = (
        "ratio of url characters",
        "share of characters in links",
        "custom character class ratio",
        "正则字符占比",
    )
    aliases = ("regex share", "characters matched", "正则占比")
    not_for = ("letters, digits, punctuation: use text_ratios", "lines that match: use line_share")
    examples = [
        Example(
            [{"text": "see http://a.b"}, {"text": ""}],
            [{"pattern_share": 10 / 14}, {"pattern_share": 0.0}],
            {"pattern": r"https?://\S+"},
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Float64] = "pattern_share"
    pattern: str = Field(description="A regular expression of Rust's kind.")

    _usable = field_validator("pattern")(usable)

    def exprs(self) -> dict[str, pl.Expr]:
        size = pl.col(self.text).str.len_chars().cast(pl.Int64)
        left = pl.col(self.text).str.replace_all(self.pattern, "").str.len_chars()
        return {self.into: share(size - left, size)}


class PhraseCount(Score):
    """Count how often phrases from a list occur in a text, whatever their number: one pass finds them all.

    A phrase is found anywhere, also inside a word, and letter by letter: nothing in it is a pattern. Where phrases
    overlap, the longest of the leftmost ones counts.
    """

    use_for = ("count keywords", "watermark terms", "copyright notices", "boilerplate phrases", "统计短语", "水印词")
    aliases = ("keyword count", "word list", "terms", "关键词统计", "关键词命中")
    not_for = ("regular expressions: use pattern_count", "the stop words of a language: use stop_words")
    examples = [
        Example(
            [{"text": "Copyright 2020. All rights reserved."}, {"text": ""}],
            [{"phrase_count": 2}, {"phrase_count": 0}],
            {"phrases": ["copyright", "all rights reserved"]},
        ),
        Example([{"text": "Watermark"}], [{"n": 0}], {"phrases": ["watermark"], "case": True, "into": "n"}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "phrase_count"
    phrases: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1, description="What to look for.")
    case: bool = Field(default=False, description="Whether capitals and small letters differ.")

    def exprs(self) -> dict[str, pl.Expr]:
        text = pl.col(self.text)
        wanted = [each if self.case else each.lower() for each in self.phrases]
        found = (text if self.case else text.str.to_lowercase()).str.extract_many(sorted(set(wanted)), leftmost=True)
        return {self.into: found.list.len().cast(pl.Int64)}


class _MatchShare(Score):
    """What operators on parts that match have in common."""

    text: Annotated[Reads, pl.String] = "text"
    pattern: str = Field(description="A regular expression of Rust's kind; ^ and $ are the ends of the part.")

    _usable = field_validator("pattern")(usable)


class WordShare(_MatchShare):
    r"""Give the share of a text's words in which a regular expression matches, from 0 to 1; without words 0.0.

    Words are runs of characters between whitespace. The default pattern is Gopher's (Rae et al. 2021, appendix A.1.1):
    words with at least one letter, of which there should be 0.8. `\p{Han}` gives words with Chinese characters.
    """

    use_for = (
        "share of alphabetic words",
        "words with at least one letter",
        "ratio of words matching a regex",
        "含字母的词比例",
    )
    aliases = ("matching words", "词占比")
    not_for = ("lines that match: use line_share", "characters that match: use pattern_share")
    examples = [
        Example([{"text": "a 1 b2 --"}, {"text": ""}], [{"word_share": 0.5}, {"word_share": 0.0}]),
        Example([{"text": "a 1"}], [{"numbers": 0.5}], {"pattern": r"^\d+$", "into": "numbers"}),
    ]

    into: Annotated[Writes, pl.Float64] = "word_share"
    pattern: str = Field(r"\p{L}", description="A regular expression of Rust's kind; ^ and $ are the word's ends.")

    def exprs(self) -> dict[str, pl.Expr]:
        found = pl.col(self.text).str.extract_all(r"\S+")
        return {self.into: share_of(found, pl.element().str.contains(self.pattern))}


class LineShare(_MatchShare):
    """Give the share of a text's lines in which a regular expression matches, from 0 to 1, and the number of them.

    Blank lines do not count, and spaces around a line are no part of it. A text without lines has a share of 0.0.
    """

    use_for = ("share of lines matching a regex", "ratio of bullet lines", "lines ending in an ellipsis", "匹配行比例")
    aliases = ("matching lines", "ratio of lines", "行占比")
    not_for = ("usual signs of boilerplate: use line_stats", "lines with javascript: use web_traces")
    examples = [
        Example(
            [{"text": "* a\n\n * b\nc"}, {"text": ""}],
            [{"line_share": 2 / 3, "line_matches": 2}, {"line_share": 0.0, "line_matches": 0}],
            {"pattern": r"^\*"},
        )
    ]

    into: Annotated[Writes, pl.Float64] = "line_share"
    count_into: Annotated[Writes, pl.Int64] = "line_matches"

    def exprs(self) -> dict[str, pl.Expr]:
        found = lines(pl.col(self.text))
        count = found.list.eval(pl.element().str.contains(self.pattern)).list.sum().cast(pl.Int64)
        return {self.into: share(count, found.list.len()), self.count_into: count}
