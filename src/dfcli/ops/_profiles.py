"""How tools read the same published rules: what a word, a line and a bullet is to each, and what it calls a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from dfcli.ops._pieces import Pieces, Splitter, lines_of, python_lines_of, raw_lines_of

Profile = Literal["paper", "datatrove", "nemo"]
Language = Literal["en", "zh"]

STOP_WORDS: Mapping[Language, tuple[str, ...]] = {
    "en": ("the", "be", "to", "of", "and", "that", "have", "with"),
    "zh": ("的", "是", "在", "了", "和", "有", "不", "这"),
}

_SPACE = r"[\s\x1c-\x1f]"

# Terminal marks as datatrove 0.10 lists them: Unicode's of an older version, and three of Khmer.
_NEWER = (
    r"\x{1B4E}-\x{1B4F}\x{1B7F}\x{2024}\x{2CF9}-\x{2CFB}\x{FE12}\x{FE15}-\x{FE16}\x{113D4}-\x{113D5}\x{16D6E}-\x{16D6F}"
)
TERMINAL = rf"[\p{{Sentence_Terminal}}--[{_NEWER}]]|[\x{{17D6}}\x{{17D9}}-\x{{17DA}}]"

# What ends a sentence to the sentencizer of spaCy 3.8: the list of a version of Unicode that is older still.
SENTENCE_END = (
    rf"[\p{{Sentence_Terminal}}--[{_NEWER}"
    r"\x{61D}-\x{61E}\x{837}\x{839}\x{83D}-\x{83E}\x{17D4}-\x{17D5}\x{1B7D}-\x{1B7E}\x{2E53}-\x{2E54}\x{10F55}-\x{10F59}"
    r"\x{10F86}-\x{10F89}\x{11944}\x{11946}\x{11EF7}-\x{11EF8}\x{11F43}-\x{11F44}\x{16E98}]]"
)
_MARKS = (
    r"\x00-\x08\x0b-\x1f!-/:-@\[-`{-\x{9F}«´»–—’“-„…∶━►、〈-」【】％（），１：；～"  # the full-width 1 is in its list
)
ONLY_MARKS = rf"^(?:[{_MARKS}]|{TERMINAL})*$"
"""Words without any character that datatrove takes as one of a word."""


@dataclass(frozen=True)
class Reading:
    """One tool's reading of the Gopher rules; the patterns are of Rust's regular expressions."""

    splitter: Splitter
    lines: Callable[[pl.Series], Pieces]
    bullet: str
    ellipsis: str
    letter: str
    order: Sequence[str] = ()
    """The rules in the tool's order, where it is not the paper's."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """What the tool calls our reasons."""

    def named(self, rules: Mapping[str, pl.Expr]) -> list[tuple[str, pl.Expr]]:
        """Return rules in the tool's order under the tool's names, of which two may be the same."""
        return [(self.reasons.get(name, name), rules[name]) for name in self.order or rules]


READINGS: Mapping[Profile, Reading] = {
    "paper": Reading("spaces", lines_of, r"^[-*•‣▪◦●○·–—]", r"(?:\.\.\.|…)$", r"\p{Alphabetic}"),
    "datatrove": Reading(
        "english",
        python_lines_of,
        rf"^{_SPACE}*[•-]",
        rf"(?:\.\.\.|…){_SPACE}*$",
        r"\p{L}",
        reasons={
            "too_few_words": "gopher_short_doc",
            "too_many_words": "gopher_long_doc",
            "words_too_short": "gopher_below_avg_threshold",
            "words_too_long": "gopher_above_avg_threshold",
            "too_many_hashes": "gopher_too_many_hashes",
            "too_many_ellipses": "gopher_too_many_ellipsis",
            "too_many_bullet_lines": "gopher_too_many_bullets",
            "too_many_ellipsis_lines": "gopher_too_many_end_ellipsis",
            "too_few_alphabetic_words": "gopher_below_alpha_threshold",
            "too_few_stop_words": "gopher_enough_stop_words",
        },
    ),
    "nemo": Reading(
        "python",
        raw_lines_of,
        rf"^{_SPACE}*[•‣⁃⁌⁍∙○●◘◦⦾⦿]",
        rf"(?i)(?:\.\.\.|\[\.\.\.\]|…|\(\.\.\.\)|\[…\]|-»|read more\.\.|read more){_SPACE}*$",
        r"\p{Alphabetic}",
        order=(
            "too_many_symbols",
            "too_few_words",
            "too_many_words",
            "too_few_alphabetic_words",
            "too_few_stop_words",
            "words_too_short",
            "words_too_long",
            "too_many_ellipsis_lines",
            "too_many_bullet_lines",
        ),
        reasons={
            "too_many_symbols": "symbol_to_word",
            "too_few_words": "word_count",
            "too_many_words": "word_count",
            "too_few_alphabetic_words": "words_without_alphabets",
            "too_few_stop_words": "common_english_words",
            "words_too_short": "mean_word_length",
            "words_too_long": "mean_word_length",
            "too_many_ellipsis_lines": "ellipsis",
            "too_many_bullet_lines": "bullet_ratio",
        },
    ),
}
