"""Suites of published quality rules over whole documents: rows leave by the first rule that they break."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops._pieces import Pieces, ratio, words_of
from dfcli.ops._profiles import ONLY_MARKS, READINGS, STOP_WORDS, Language, Profile
from dfcli.ops._suite import Stage, Suite
from dfcli.ops.base import Example

_PROSE = "That is what the first of the lines has to say, and with it " * 5


class GopherQuality(Suite):
    """Keep documents that pass the quality rules of Gopher (Rae et al. 2021, arXiv 2112.11446, Appendix A.1.1).

    A document leaves by the first rule it breaks, in the paper's order: `too_few_words`, `too_many_words` (50 to
    100 000 words), `words_too_short`, `words_too_long` (mean length 3 to 10 characters), `too_many_hashes`,
    `too_many_ellipses` (`#`, and `...` or `…`, at most 0.1 per word), `too_many_bullet_lines` (more than 0.9 of the
    lines), `too_many_ellipsis_lines` (more than 0.3), `too_few_alphabetic_words` (fewer than 0.8 of the words have a
    letter), `too_few_stop_words` (fewer than 2 different ones of the, be, to, of, and, that, have, with). A null text
    leaves as `null_text`. Ratios of nothing are 0, the mean of nothing is null and breaks no rule.

    The paper does not say what a word is. Under `profile: paper` a word is what stands between whitespace (with
    `language: zh` each Chinese character, and each run of others), a line is one that is not blank, ended by a line
    feed, and a bullet is one of `- * • ‣ ▪ ◦ ● ○ · – —`.

    `datatrove` decides as GopherQualityFilter of datatrove 0.10 and names its reasons: words are spaCy's English
    tokens, and only those that are more than punctuation are counted for number and length; blank lines count;
    bullets are `•` and `-`. The tokens are found by rules that agree with spaCy's in nearly all texts, not in all.
    `nemo` decides as the filters of NeMo Curator 1.4 do in the order of its English recipe, by their names: one ratio
    of words that are an ellipsis or mostly `#`, twelve bullets without `-`, stop words counted as often as they come.
    Where NeMo Curator raises, on a text without words, the text leaves as `word_count`.
    """

    use_for = ("Gopher quality rules", "drop low-quality web pages", "MassiveText filter", "Gopher质量过滤规则")
    aliases = (
        "Gopher filter",
        "MassiveText",
        "word rules",
        "Gopher规则",
        "machine-made junk pages",
        "pages that are no prose",
        "垃圾网页",
    )
    not_for = ("repeated lines and n-grams: use gopher_repetition", "numbers without rules: use line_stats")
    examples = [
        Example(
            [{"text": _PROSE}, {"text": "too short"}, {"text": "1 2 3 4 5 6 7 8 9 0 " * 5}, {"text": None}],
            [{"text": _PROSE}],
        ),
        Example(
            [{"text": _PROSE}, {"text": "- a\n- b"}],
            [
                {"gopher_word_count": 70, "gopher_stop_word_count": 5},
                {"gopher_word_count": 4, "gopher_hash_ratio": 0.0},
            ],
            {"signals": True, "drop": False},
        ),
        Example([{"text": "# " * 99 + "the and"}, {"text": _PROSE}], [{"text": _PROSE}], {"profile": "nemo"}),
        Example(
            [{"text": "这是在说的话。" * 20}, {"text": "好"}], [{"text": "这是在说的话。" * 20}], {"language": "zh"}
        ),
    ]
    measures: ClassVar[Sequence[str]] = (
        "word_count",
        "mean_word_length",
        "hash_ratio",
        "ellipsis_ratio",
        "bullet_line_share",
        "ellipsis_line_share",
        "alphabetic_word_share",
        "stop_word_count",
    )

    profile: Profile = Field(default="paper", description="Whose reading of the rules.")
    language: Language = Field(default="en", description="Decides words (paper only) and the stop words.")
    min_words: int = Field(default=50, ge=0, description="Fewer words: leaves.")
    max_words: int = Field(default=100_000, ge=1, description="More words: leaves.")
    min_mean_word_length: float | None = Field(default=None, ge=0, description="In characters; 3, for Chinese 1.")
    max_mean_word_length: float = Field(default=10, ge=0, description="In characters.")
    max_symbol_ratio: float = Field(default=0.1, ge=0, description="Hashes per word, and ellipses per word.")
    max_bullet_line_share: float = Field(default=0.9, ge=0, le=1, description="Lines that start with a bullet.")
    max_ellipsis_line_share: float = Field(default=0.3, ge=0, le=1, description="Lines that end in an ellipsis.")
    min_alphabetic_word_share: float = Field(default=0.8, ge=0, le=1, description="Words with at least one letter.")
    min_stop_words: int = Field(default=2, ge=0, description="Fewer of the stop words: leaves.")
    stop_words: tuple[str, ...] | None = Field(
        default=None, description="Instead of the paper's eight, or eight Chinese ones."
    )

    def stages(self) -> Sequence[Stage]:
        return [Stage(self._measure, READINGS[self.profile].named(self._rules()))]

    def _rules(self) -> dict[str, pl.Expr]:
        shortest = self.min_mean_word_length
        at_least = shortest if shortest is not None else (1 if self.language == "zh" else 3)
        return {
            "too_few_words": pl.col("word_count") >= self.min_words,
            "too_many_words": pl.col("word_count") <= self.max_words,
            "words_too_short": pl.col("mean_word_length") >= at_least,
            "words_too_long": pl.col("mean_word_length") <= self.max_mean_word_length,
            "too_many_hashes": pl.col("hash_ratio") <= self.max_symbol_ratio,
            "too_many_ellipses": pl.col("ellipsis_ratio") <= self.max_symbol_ratio,
            "too_many_bullet_lines": pl.col("bullet_line_share") <= self.max_bullet_line_share,
            "too_many_ellipsis_lines": pl.col("ellipsis_line_share") <= self.max_ellipsis_line_share,
            "too_few_alphabetic_words": pl.col("alphabetic_word_share") >= self.min_alphabetic_word_share,
            "too_few_stop_words": pl.col("stop_word_count") >= self.min_stop_words,
        } | ({"too_many_symbols": pl.col("symbol_ratio") <= self.max_symbol_ratio} if self.profile == "nemo" else {})

    def _measure(self, text: pl.Series) -> pl.DataFrame:
        reading = READINGS[self.profile]
        words = words_of(text, "han" if self.language == "zh" and self.profile == "paper" else reading.splitter)
        lines = reading.lines(text)
        counted = words.where(~words.flat.str.contains(ONLY_MARKS)) if self.profile == "datatrove" else words
        counts = pl.Series(counted.counts)
        return pl.DataFrame(
            {
                "word_count": counts,
                "mean_word_length": pl.Series(counted.total(counted.lengths())) / counts.replace(0, None),
                "hash_ratio": ratio(_count(text, "#"), words.counts),
                "ellipsis_ratio": ratio(_count(text, "...") + _count(text, "…"), words.counts),
                **({"symbol_ratio": words.share(_is_symbol(words.flat))} if self.profile == "nemo" else {}),
                "bullet_line_share": lines.share(lines.flat.str.contains(reading.bullet)),
                "ellipsis_line_share": lines.share(lines.flat.str.contains(reading.ellipsis)),
                "alphabetic_word_share": words.share(words.flat.str.contains(reading.letter)),
                "stop_word_count": self._stop_words(words),
            }
        )

    def _stop_words(self, words: Pieces) -> Any:
        among = self.stop_words if self.stop_words is not None else STOP_WORDS[self.language]
        if self.profile == "nemo":
            return words.total(words.flat.is_in(pl.Series(among, dtype=pl.String).implode()))
        return words.different(among)


def _count(text: pl.Series, what: str) -> Any:
    return text.str.count_matches(what, literal=True).cast(pl.Int64).to_numpy()


def _is_symbol(words: pl.Series) -> pl.Series:
    """Tell which words are symbols to NeMo Curator: ellipses, and those with more runs of # than half their length."""
    ellipses = pl.Series(["...", "[...]", "…", "(...)", "[…]", "-»", "read more..", "read more"])
    return words.is_in(ellipses.implode()) | (2 * words.str.count_matches("#+") > words.str.len_chars())
