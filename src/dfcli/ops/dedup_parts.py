"""Cut out of texts what other texts of the corpus have already; a text of which nothing is left leaves."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops._dedup_parts import Rule, repeated
from dfcli.ops._duplicates import Aside, Prefer, ranks
from dfcli.ops.base import Context, Example, Kind, Reads, Rows, Whole, Writes, declared_schema

_KEPT, _CUT, _NEW = "__kept__", "__cut__", "__new__"


class _Cutting(Whole):
    """Texts that lose what is repeated."""

    kind: ClassVar[Kind] = "refine"
    rows: ClassVar[Rows] = "fewer"
    drop_reason: ClassVar[str] = "all_repeated"

    text: Annotated[Reads, pl.String] = "text"
    mode: Literal["cut", "mark"] = Field(
        default="cut", description="mark leaves texts as they are and only writes the share."
    )
    share: Writes = Field(
        default="repeated_share", description="Where mark writes the share of characters that cut would cut."
    )
    copies: Literal["first", "none"] = Field(default="first", description="Which copy of what is repeated stays.")
    prefer: Prefer = Field(default="first", description="Whose copy is the first: the best row is the greatest in by.")
    by: Reads | None = Field(default=None, description="The column that prefer: best compares; nulls come last.")

    @model_validator(mode="after")
    def _best_by(self) -> Self:
        if (self.prefer == "best") != (self.by is not None):
            raise ValueError("prefer: best and by: give both or neither")
        return self

    def effect(self) -> Rows:
        return "same" if self.mode == "mark" else "fewer"

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.share: pl.Float64()} if self.mode == "mark" else {self.text: pl.String()}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def rank(self, frame: pl.LazyFrame) -> pl.Series:
        """Return each row's place in the order in which rows keep their copies."""
        by = None if self.prefer == "first" else pl.col(self.text).str.len_chars()
        return ranks(frame, pl.col(self.by) if self.by else by)


class _Parts(_Cutting):
    """Texts that lose the parts that are repeated."""

    times: int = Field(default=2, ge=2, description="How often a part must come in the corpus to be repeated.")
    within: bool = Field(default=True, description="Copies in one row count, too; else rows are counted.")
    min_chars: int = Field(default=1, ge=1, description="Parts with fewer characters are never repeated.")
    normalise: tuple[Aside, ...] = Field(
        default=(), description="What does not count, besides whitespace around a part."
    )

    @abstractmethod
    def rule(self) -> Rule:
        """Return what is repeated."""

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        rule = self.rule()
        found = repeated(frame, self.text, self.rank(frame), rule)
        if self.mode == "mark":
            return frame.with_columns(found["share"].alias(self.share))
        left = rule.parts(self.text).list.gather(pl.col(_KEPT)).list.join("").str.strip_chars()
        new = pl.when(_CUT).then(left).otherwise(pl.col(self.text)).alias(self.text)
        marked = frame.with_columns(found["places"].alias(_KEPT), found["cut"].alias(_CUT)).with_columns(new)
        return marked.remove(pl.col(_CUT) & (pl.col(self.text) == "")).drop(_KEPT, _CUT)

    def _rule(self, breaks: Literal["lines", "paragraphs", "sentences"], span: int = 1) -> Rule:
        return Rule(breaks, span, self.times, self.within, self.copies == "first", self.min_chars, self.normalise)


class DedupLines(_Parts):
    """Cut the lines that come in the corpus before, or all copies of those that come often: copies: none, times: 7.

    Lines are equal when they are so without the whitespace around them, and without what `normalise` names; blank ones
    are never repeated. A text that loses lines loses the whitespace at its ends, too. Rows of which nothing is left
    leave. Memory: about 50 bytes for each line.
    """

    use_for = (
        "repeated lines across documents",
        "remove boilerplate lines",
        "line-level deduplication",
        "跨文档行去重",
    )
    aliases = (
        "shared lines",
        "repeated headers and footers",
        "重复行去除",
        "页眉页脚",
        "header on every page",
        "footer on every page",
        "the same disclaimer in all documents",
        "每页都有的页脚",
        "相同的声明",
    )
    not_for = ("blocks between blank lines: use dedup_paragraphs", "how often lines repeat in one text: use line_stats")
    examples = [
        Example(
            [{"text": "Menu\nOne."}, {"text": "Menu\nTwo.\n\nMenu"}, {"text": " Menu "}, {"text": ""}],
            [{"text": "Menu\nOne."}, {"text": "Two."}, {"text": ""}],
        ),
        Example(
            [{"text": "Menu\nOne."}, {"text": "MENU\nTwo."}],
            [{"text": "One."}, {"text": "Two."}],
            {"copies": "none", "normalise": ["case"]},
        ),
        Example(
            [{"text": "ab\ncd"}, {"text": "ab\nx"}],
            [{"repeated_share": 0.0}, {"repeated_share": 0.75}],
            {"mode": "mark"},
        ),
    ]

    def rule(self) -> Rule:
        return self._rule("lines")


class DedupParagraphs(_Parts):
    """Cut the paragraphs that come in the corpus before; between paragraphs there is a blank line at least.

    Without case, punctuation and digits this is CCNet's rule (Wenzek et al. 2020, section 3.1), which hashes lines.
    Rows of which nothing is left leave. Memory: about 50 bytes for each paragraph.
    """

    use_for = ("repeated paragraphs across documents", "paragraph-level deduplication", "CCNet", "跨文档段落去重")
    aliases = ("paragraph dedup", "shared paragraphs", "段落去重", "重复段落")
    not_for = ("single lines: use dedup_lines", "spans of sentences: use dedup_sentences")
    examples = [
        Example(
            [{"text": "We use cookies.\nOK?\n\nA story."}, {"text": "A tale.\n\nWe use cookies.\nOK?\n\nEnd."}],
            [{"text": "We use cookies.\nOK?\n\nA story."}, {"text": "A tale.\n\nEnd."}],
        )
    ]

    def rule(self) -> Rule:
        return self._rule("paragraphs")


class DedupSentences(_Parts):
    """Cut every span of `span` sentences that comes in the corpus before: all copies of it but one.

    With three sentences this is the rule of C4 (Raffel et al. 2020, section 2.2). A sentence ends with . ! ? … before
    whitespace, with 。！？ or with the line. What is cut brings sentences together that were apart, so a second run may
    find more. Rows of which nothing is left leave. Memory: about 50 bytes for each sentence.
    """

    use_for = ("three-sentence span deduplication", "C4 deduplication", "repeated sentences", "三句片段去重")
    aliases = ("sentence dedup", "shared sentences", "句子去重")
    not_for = ("stretches of words that no sentence bounds: use dedup_substrings",)
    examples = [
        Example(
            [{"text": "A b. C d. E f. G h."}, {"text": "X y. C d. E f. G h. Z z."}, {"text": "C d. E f."}],
            [{"text": "A b. C d. E f. G h."}, {"text": "X y. Z z."}, {"text": "C d. E f."}],
        ),
        Example([{"text": "甲。乙！丙？丁。"}, {"text": "甲。乙！丙？"}], [{"text": "甲。乙！丙？丁。"}]),
    ]

    span: int = Field(default=3, ge=1, description="How many sentences in a row must be repeated.")

    def rule(self) -> Rule:
        return self._rule("sentences", self.span)


class DedupSubstrings(_Cutting):
    """Cut every stretch of at least `length` words or characters that comes in the corpus before.

    This is exact-substring deduplication (Lee et al. 2022, section 4.1; they cut at 50 subword tokens). Words are what
    lies between whitespace, and single Chinese characters; whitespace itself does not count. Each word of a stretch of
    `length` that stands elsewhere goes, but those of its first copy. Repeats are found by hashes of half a stretch,
    sampled so that no stretch is missed (winnowing, Schleimer et al. 2003), and only where such a hash comes twice by
    hashes of whole ones. What is cut brings words together that were apart, so a second run may find more. Rows of
    which nothing is left leave. Memory: about 16 bytes for every `length` / 4 words, and 40 bytes for a repeated word.
    """

    use_for = (
        "exact substring deduplication",
        "repeated passages across documents",
        "long verbatim copies",
        "子串去重",
    )
    aliases = (
        "substring dedup",
        "suffix array",
        "copied passages",
        "verbatim overlap",
        "重复片段",
        "后缀数组去重",
        "plagiarised passages",
        "paragraphs copied between articles",
        "抄袭段落",
        "大段照抄",
    )
    not_for = ("passages that are whole lines: use dedup_lines", "passages of a benchmark: use decontaminate")
    examples = [
        Example(
            [{"text": "a b c d e"}, {"text": "x  b c\nd y"}, {"text": "b c d"}, {"text": "c d"}],
            [{"text": "a b c d e"}, {"text": "x  y"}, {"text": "c d"}],
            {"length": 3},
        ),
        Example(
            [{"text": "甲乙丙丁"}, {"text": "乙丙丁戊"}],
            [{"repeated_share": 0.0}, {"repeated_share": 0.75}],
            {"length": 3, "unit": "characters", "mode": "mark"},
        ),
    ]

    length: int = Field(default=50, ge=2, description="The least number of words or characters that is cut.")
    unit: Literal["words", "characters"] = "words"

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        from dfcli.ops._dedup_substrings import Search

        search = Search(self.text, self.unit, self.length, keeps_first=self.copies == "first")
        found = search.repeated(frame, self.rank(frame))
        if self.mode == "mark":
            share = pl.when(pl.col(self.text).is_not_null()).then(found["share"].alias(self.share))
            return frame.with_columns(share.alias(self.share))
        new = pl.coalesce(_NEW, self.text).alias(self.text)
        return frame.with_columns(found["left"].alias(_NEW)).with_columns(new).remove(pl.col(_NEW) == "").drop(_NEW)
