"""Suites of rules that made the corpora C4 and FineWeb from web pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._c4 import Judged, LineRules
from dfcli.ops._cleaner import InPlace
from dfcli.ops._pieces import lines_of, ratio, raw_lines_of, words_of
from dfcli.ops._profiles import TERMINAL, Language
from dfcli.ops._slices import by_slices
from dfcli.ops._suite import Stage, Suite
from dfcli.ops.base import Context, Example, Filter, Reads

_PAGE = "The first line of this page is a sentence.\nHere we have the second one of them.\nAnd this is how it all ends!"


class C4Lines(LineRules, InPlace):
    """Keep the lines of C4's rules (Raffel et al. 2020, JMLR 21(140), section 2.2) in each text; no row leaves.

    A line ends where Python's splitlines ends one, and whitespace around it goes. It stays if it ends in `.`, `!`, `?`
    or a straight double quote but not in `...`, has at least 5 words between whitespace, none of them longer than 1000
    characters, and does not name Javascript or, as the authors' code has it, a policy on cookies, privacy or use.
    Citations such as `[1]` and `[edit]` are removed. With `language: zh` Chinese marks end lines as well, and each
    Chinese character is a word. A text of which nothing stays is empty.

    `profile: datatrove` gives the text that C4QualityFilter of datatrove 0.10 makes: 3 words are enough, and a line may
    end in a single quote. What the paper says of whole pages is `c4_documents`, which may stand before or after.
    """

    use_for = ("C4 line rules", "keep lines that end in punctuation", "remove cookie notices", "C4按行清洗")
    aliases = ("C4 line filter", "terminal punctuation rule", "C4行规则")
    not_for = ("whole pages that leave: use c4_documents", "lines that many pages share: use dedup_lines")
    examples = [
        Example(
            [
                {"text": "Home\n One line with five words.\nToo short.\nEnable Javascript to see this page.[1]"},
                {"text": None},
            ],
            [{"text": "One line with five words."}, {"text": None}],
        ),
        Example(
            [{"text": "It 'works'[1] as 'said'\r\nWe use cookies on this page.\nA b c."}],
            [{"text": "It 'works' as 'said'\nA b c."}],
            {"profile": "datatrove"},
        ),
        Example([{"text": "首页\n这是一个句子。"}], [{"text": "这是一个句子。"}], {"language": "zh"}),
    ]

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return by_slices(frame, self.text, self._on_slice)

    def _on_slice(self, frame: pl.DataFrame) -> pl.DataFrame:
        text = frame[self.text]
        judged = self.judged(text.fill_null(""))
        lines = judged.lines.where(judged.stays)
        table = pl.DataFrame({"text": pl.Series(lines.texts, dtype=pl.Int64), "line": lines.flat.cast(pl.String)})
        joined = table.group_by("text").agg(pl.col("line").str.join("\n").str.strip_chars())
        rows = pl.DataFrame({"text": pl.int_range(len(text), eager=True), "given": text})
        whole = rows.join(joined, on="text", how="left", maintain_order="left")
        kept = pl.when(pl.col("given").is_not_null()).then(pl.col("line").fill_null(""))
        return frame.with_columns(whole.select(kept.alias(self.into)).to_series())


class C4Documents(LineRules, Suite):
    """Keep the pages of C4's rules (Raffel et al. 2020, JMLR 21(140), section 2.2); their text stays as it is.

    A page leaves by the first rule it breaks, in the paper's order: `too_few_sentences` (fewer than 3 in the lines that
    `c4_lines` would keep), `bad_word` (a word of `bad_words`, of which there are none by default: the paper's list is
    the user's to give), `lorem_ipsum`, `curly_bracket` (`{`). Sentences are those of `sentence_count`. A null text
    leaves as `null_text`. Signals are the sentences and the share of lines that stay, which of no lines is 0.

    `profile: datatrove` decides as C4QualityFilter of datatrove 0.10: 5 sentences, as spaCy's sentencizer finds them;
    Lorem ipsum and brackets count only in lines that are long enough and end in a mark, and the first of them is the
    reason. With `bad_words` C4BadWordsFilter follows, whose reason is `document_removed_with_badwords`.
    """

    use_for = ("C4 page rules", "drop pages with lorem ipsum", "drop pages with code", "bad words list", "C4网页过滤")
    aliases = (
        "C4 filter",
        "Colossal Clean Crawled Corpus",
        "C4过滤规则",
        "pages with curly brackets",
        "placeholder pages",
    )
    not_for = ("lines inside a page: use c4_lines", "Gopher's rules: use gopher_quality")
    examples = [
        Example([{"text": _PAGE}, {"text": "One sentence is here."}, {"text": _PAGE + "\n{}"}, {}], [{"text": _PAGE}]),
        Example(
            [{"text": _PAGE}, {"text": _PAGE + "\n" + _PAGE}],
            [{"text": _PAGE + "\n" + _PAGE, "c4_sentence_count": 6, "c4_kept_line_share": 1.0}],
            {"profile": "datatrove", "signals": True},
        ),
        Example([{"text": _PAGE}, {"text": _PAGE + " Darn it."}], [{"text": _PAGE}], {"bad_words": ["darn"]}),
    ]
    measures: ClassVar[Sequence[str]] = ("sentence_count", "kept_line_share")

    min_sentences: int | None = Field(default=None, ge=0, description="3 by the paper, 5 by datatrove.")
    bad_words: tuple[str, ...] = Field(default=(), description="Words and phrases, in any case, that no page may have.")

    def stages(self) -> Sequence[Stage]:
        datatrove = self.profile == "datatrove"
        fewest = self.min_sentences if self.min_sentences is not None else (5 if datatrove else 3)
        rules = {
            "lorem_ipsum": pl.col("stop") != 1,
            "curly_bracket": pl.col("stop") != 2,
            "too_few_sentences": pl.col("sentence_count") >= fewest,
            "bad_word": ~pl.col("bad"),
        }
        order = list(rules) if datatrove else ["too_few_sentences", "bad_word", "lorem_ipsum", "curly_bracket"]
        names = {"bad_word": "document_removed_with_badwords"} if datatrove else {}
        return [Stage(self._measure, [(names.get(name, name), rules[name]) for name in order])]

    def _measure(self, text: pl.Series) -> pl.DataFrame:
        judged = self.judged(text)
        return pl.DataFrame(
            {
                "sentence_count": self.sentences(judged.lines.where(judged.stays)),
                "kept_line_share": judged.lines.share(judged.stays),
                "stop": _first_stop(judged) if self.profile == "datatrove" else _stop(text),
                "bad": self._bad(text.str.to_lowercase()),
            }
        )

    def _bad(self, low: pl.Series) -> pl.Series:
        words = "|".join(re.escape(word.lower()) for word in self.bad_words)
        if not words:
            return low.is_null()
        return low.str.contains(words if self.language == "zh" else rf"(?:\W|^)(?:{words})(?:\W|$)")


def _first_stop(judged: Judged) -> Any:
    """Return of each page what ends it: 1 for Lorem ipsum, 2 for a bracket, 0 for nothing."""
    import numpy as np

    codes = judged.lorem.to_numpy() + 2 * judged.bracket.to_numpy()
    at = np.flatnonzero(codes)
    pages, first = np.unique(judged.lines.texts[at], return_index=True)
    stops = np.zeros(len(judged.lines.counts), np.int64)
    stops[pages] = codes[at[first]]
    return stops


def _stop(text: pl.Series) -> pl.Series:
    lorem = text.str.to_lowercase().str.contains("lorem ipsum", literal=True)
    bracket = text.str.contains("{", literal=True)
    return pl.select(pl.when(lorem).then(1).when(bracket).then(2).otherwise(0)).to_series()


class C4Paragraphs(Filter):
    """Keep pages with at least 3 lines of 200 characters or more, as mC4 does (Xue et al. 2021, section 3.1).

    A line ends at a line feed. Rows leave as `too_few_long_lines`, a null text too.
    """

    use_for = ("mC4 line length rule", "drop pages without long lines", "paragraphs of 200 characters", "mC4长行过滤")
    aliases = ("mC4 filter", "long paragraph rule", "长段落过滤")
    not_for = ("shares of short lines: use line_stats", "English pages: use c4_documents")
    examples = [
        Example(
            [{"text": "a line\nof text"}, {"text": "short"}], [{"text": "a line\nof text"}], {"lines": 2, "chars": 6}
        ),
    ]

    text: Reads = "text"
    lines: int = Field(default=3, ge=1, description="How many long lines there must be.")
    chars: int = Field(default=200, ge=1, description="How long they must be, in characters.")

    def rules(self) -> dict[str, pl.Expr]:
        lengths = pl.col(self.text).str.split("\n").list.eval(pl.element().str.len_chars() >= self.chars)
        return {"too_few_long_lines": lengths.list.sum() >= self.lines}


class FinewebQuality(Suite):
    """Keep documents that pass FineWeb's own rules (Penedo et al. 2024, arXiv 2406.17557, section 3.6).

    A document leaves by the first rule it breaks: `few_lines_end_in_a_mark` (fewer than 0.12 of the lines),
    `too_many_short_lines` (more than 0.67 have 30 characters or fewer), `duplicate_line_chars` (more than 0.01 of the
    characters that are no line feeds stand in lines equal to an earlier one), `too_many_newlines` (more than 0.3 line
    feeds per word). Lines are not blank, end at a line feed and are taken without whitespace around them; marks are
    Unicode's sentence terminals; words stand between whitespace, with `language: zh` each Chinese character is one. A
    null text leaves as `null_text`. Ratios of nothing are 0, so that an empty text leaves by the first rule.

    `profile: datatrove` decides as FineWebQualityFilter of datatrove 0.10, with its reasons: lines keep the whitespace
    around them, words are spaCy's English tokens, a text without lines leaves as `empty`.
    """

    use_for = ("FineWeb quality rules", "drop lists and menus", "short lines filter", "FineWeb质量过滤规则")
    aliases = (
        "FineWeb filter",
        "FineWeb规则",
        "list-like pages",
        "pages with few sentences",
        "清单式网页",
    )
    not_for = ("rules about words: use gopher_quality", "numbers without rules: use line_stats")
    examples = [
        Example([{"text": _PAGE}, {"text": "Home\nNews\nAbout us"}, {"text": ""}, {"text": None}], [{"text": _PAGE}]),
        Example(
            [{"text": "One line.\nNo mark"}],
            [{"fineweb_line_mark_share": 0.5, "fineweb_short_line_share": 1.0, "fineweb_newline_ratio": 0.25}],
            {"signals": True, "drop": False},
        ),
        Example([{"text": _PAGE}, {"text": " "}], [{"text": _PAGE}], {"profile": "datatrove"}),
    ]
    measures: ClassVar[Sequence[str]] = (
        "line_mark_share",
        "short_line_share",
        "duplicate_line_char_share",
        "newline_ratio",
    )

    profile: Literal["paper", "datatrove"] = Field(default="paper", description="Whose reading of the rules.")
    language: Language = Field(default="en", description="Decides what a word is, under the paper's profile.")
    min_line_mark_share: float = Field(default=0.12, ge=0, le=1, description="Lines that end in a mark.")
    max_short_line_share: float = Field(default=0.67, ge=0, le=1, description="Lines with few characters.")
    short: int = Field(default=30, ge=0, description="Lines with at most so many characters are short.")
    max_duplicate_line_char_share: float = Field(default=0.01, ge=0, le=1, description="Characters in repeated lines.")
    max_newline_ratio: float = Field(default=0.3, ge=0, description="Line feeds per word.")

    def stages(self) -> Sequence[Stage]:
        rules = [
            pl.col("line_mark_share") >= self.min_line_mark_share,
            pl.col("short_line_share") <= self.max_short_line_share,
            pl.col("duplicate_line_char_share") <= self.max_duplicate_line_char_share,
            pl.col("newline_ratio") <= self.max_newline_ratio,
        ]
        if self.profile == "datatrove":
            names = ["line_punct_ratio", "short_line_ratio", "char_dup_ratio", "list_ratio"]
            named = [("empty", pl.col("line_count") > 0), *zip(names, rules, strict=True)]
            return [Stage(self._measure_lines, named[:4]), Stage(self._measure_words, named[4:])]
        names = ["few_lines_end_in_a_mark", "too_many_short_lines", "duplicate_line_chars", "too_many_newlines"]
        named = list(zip(names, rules, strict=True))
        return [Stage(self._measure_lines, named[:3]), Stage(self._measure_words, named[3:])]

    def _measure_lines(self, text: pl.Series) -> pl.DataFrame:
        lines = (raw_lines_of if self.profile == "datatrove" else lines_of)(text)
        chars = lines.lengths()
        whole = text.str.len_chars().cast(pl.Int64) - _newlines(text)
        return pl.DataFrame(
            {
                "line_count": lines.counts,
                "line_mark_share": lines.share(lines.flat.str.contains(f"(?:{TERMINAL})$")),
                "short_line_share": lines.share(chars <= self.short),
                "duplicate_line_char_share": ratio(lines.total(lines.repeats().to_numpy() * chars), whole.to_numpy()),
            }
        )

    def _measure_words(self, text: pl.Series) -> pl.DataFrame:
        if self.profile == "datatrove":
            counts = words_of(text, "english").counts
        else:
            pattern = r"\p{Han}|[^\s\p{Han}]+" if self.language == "zh" else r"\S+"
            counts = text.str.count_matches(pattern).cast(pl.Int64).to_numpy()
        return pl.DataFrame({"newline_ratio": ratio(_newlines(text).to_numpy(), counts)})


def _newlines(text: pl.Series) -> pl.Series:
    return text.str.count_matches("\n", literal=True).cast(pl.Int64)
