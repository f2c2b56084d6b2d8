"""The rules of DataFlow's pre-training pipeline as one suite."""

from __future__ import annotations

import re
from typing import Annotated

import polars as pl
from pydantic import Field

from dfcli.ops._passages import share, share_of
from dfcli.ops._profiles import Language
from dfcli.ops._stop_words import STOP_WORDS
from dfcli.ops.base import Example, Filter, Reads

_ENTITIES = "nbsp lt gt amp quot apos hellip ndash mdash lsquo rsquo ldquo rdquo"
_DOCUMENTS = (
    r"(?i)身\s{0,10}份|id\s{0,10}number|identification|identity|\bid\s{0,10}no\b|id\s{0,10}card|nric\s{0,10}number|"
    r"\bic\s{0,10}number|resident\s{0,10}registration|i\.d\.\s{0,10}number"
)
_SPECIAL = r"\x{200E}|&#247;|\? :|[�□]|\{/U\}|[\x{2600}-\x{26FF}\x{2733}\x{2734}\x{1F300}-\x{1F64F}\x{1F680}-\x{1F6FF}]"
_BULLET = "^[•‣▶◀◦■□▪▫–]"
_WORD = {"en": r"\S+", "zh": r"\p{Han}|[^\s\p{Han}]+"}
_TOKEN = {"en": r"\w+|[^\w\s]+", "zh": r"\p{Han}|[\w--\p{Han}]+|[^\w\s]+"}
_LETTER = {"en": "[a-zA-Z]", "zh": r"\p{Alphabetic}"}
_ORDER = """
empty_text blocked_words word_count ends_in_colon sentence_count lines_end_in_ellipsis mean_word_length symbol_ratio
html_entity id_documents unpunctuated special_characters watermark stop_words curly_brackets capital_words lorem_ipsum
unique_words char_count bullet_lines javascript_lines alphabetic_words
"""
_PROSE = (
    "The first of these sentences is about the sea. A second one tells of hills, of woods and of rivers. "
    "And what is the third one about?"
)

Share = Annotated[float, Field(ge=0, le=1)]


class ReferenceRules(Filter):
    """Keep texts that pass the 22 true-or-false rules of DataFlow's pre-training pipeline, with its thresholds.

    In their order: `empty_text` (null too), `blocked_words` (more than 1 of `blocklist`, which is empty by default),
    `word_count` (20 to below 100 000), `ends_in_colon`, `sentence_count` (3 to 7500 of `\\b[^.!?\\n]+[.!?]*`),
    `lines_end_in_ellipsis` (0.3 of them or more), `mean_word_length` (3 to below 10), `symbol_ratio` (`#`, `...` and
    `…`, 0.4 per token or more), `html_entity` (13 names), `id_documents` (3 mentions), `unpunctuated` (over 112 words
    of a line without a mark), `special_characters`, `watermark`, `stop_words` (no more than 2, or not more than a share
    of 0), `curly_brackets` (0.025 of the characters or more), `capital_words` (over 0.2), `lorem_ipsum`, `unique_words`
    (0.1 or fewer), `char_count` (below 100 without whitespace), `bullet_lines` (over 0.9), `javascript_lines` (of more
    than 3 lines fewer than 3 without the word), `alphabetic_words` (0.6 of the words or fewer have a letter).

    Words stand between whitespace, tokens are runs of letters and digits or of signs, lines are not blank and end at a
    line feed. Of `stop_words` and `alphabetic_words` it has no thresholds: those here are ours. Where it does not do
    what a rule's name says, this does: special characters are the characters, not their codes spelt out; blocked
    phrases of several words and in Chinese are found; an entity is a whole name. `language: zh` makes each Chinese
    character a word and takes Chinese marks for marks and Chinese letters for letters.
    """

    use_for = ("DataFlow pretraining rules", "22 heuristic text rules", "rule-based text filter", "预训练文本规则过滤")
    aliases = ("DataFlow rules", "heuristic rules", "启发式规则")
    not_for = ("Gopher's published rules: use gopher_quality", "one rule of your own: use where")
    examples = [
        Example(
            [{"text": _PROSE}, {"text": _PROSE + " More:"}, {"text": "short"}, {"text": " "}, {"text": None}],
            [{"text": _PROSE}],
        ),
        Example([{"text": _PROSE}, {"text": _PROSE + " 😀"}], [{"text": _PROSE}]),
        Example([{"text": "这是第一句话，说的是海。" * 20}], [{}], {"language": "zh", "min_unique_word_share": 0}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    language: Language = Field(default="en", description="Decides words, marks, letters and stop words.")
    blocklist: tuple[str, ...] = Field(default=(), description="Words and phrases, in any case.")
    max_blocked: int = Field(default=1, ge=0, description="More of them: leaves as `blocked_words`.")
    min_words: int = Field(default=20, ge=0, description="Fewer words: leaves as `word_count`.")
    max_words: int = Field(default=100_000, ge=0, description="As many words or more: leaves as `word_count`.")
    min_sentences: int = Field(default=3, ge=0, description="Fewer: leaves as `sentence_count`.")
    max_sentences: int = Field(default=7500, ge=0, description="More: leaves as `sentence_count`.")
    ellipsis_line_share: Share = Field(default=0.3, description="As many or more: leaves as `lines_end_in_ellipsis`.")
    min_mean_word_length: float | None = Field(default=None, ge=0, description="3, for Chinese 1.")
    max_mean_word_length: float = Field(
        default=10, ge=0, description="As long or longer: leaves as `mean_word_length`."
    )
    symbol_ratio: float = Field(default=0.4, ge=0, description="As many or more: leaves as `symbol_ratio`.")
    id_documents: int = Field(default=3, ge=1, description="As many or more: leaves as `id_documents`.")
    max_unpunctuated_words: int = Field(default=112, ge=1, description="More: leaves as `unpunctuated`.")
    watermarks: tuple[str, ...] = Field(default=("Copyright", "Watermark", "Confidential"), description="As written.")
    min_stop_word_share: Share = Field(default=0.0, description="This or less: leaves as `stop_words`.")
    curly_bracket_share: Share = Field(default=0.025, description="As many or more: leaves as `curly_brackets`.")
    max_capital_word_share: Share = Field(default=0.2, description="More: leaves as `capital_words`.")
    min_unique_word_share: Share = Field(default=0.1, description="This or less: leaves as `unique_words`.")
    min_chars: int = Field(default=100, ge=0, description="Fewer without whitespace: leaves as `char_count`.")
    max_bullet_line_share: Share = Field(default=0.9, description="More: leaves as `bullet_lines`.")
    lines_without_javascript: int = Field(default=3, ge=0, description="Fewer, of more lines: `javascript_lines`.")
    min_alphabetic_word_share: Share = Field(default=0.6, description="This or less: leaves as `alphabetic_words`.")

    def rules(self) -> dict[str, pl.Expr]:
        text = pl.col(self.text)
        first = {"empty_text": text.str.contains(r"\S"), "blocked_words": self._blocked(text)}
        found = first | self._sizes(text) | self._marks(text) | self._words(text) | self._lines(text)
        return {name: found[name] for name in _ORDER.split()}

    def _sizes(self, text: pl.Expr) -> dict[str, pl.Expr]:
        count = text.str.count_matches(_WORD[self.language])
        chars = text.str.len_chars() - text.str.count_matches(r"\s")
        mean = share(chars, count).round(2)
        shortest = self.min_mean_word_length
        at_least = shortest if shortest is not None else (1 if self.language == "zh" else 3)
        sentences = text.str.count_matches(
            r"\b[^.!?\n]+[.!?]*" if self.language == "en" else r"\b[^.!?。！？\n]+[.!?。！？]*"
        )
        return {
            "word_count": (count >= self.min_words) & (count < self.max_words),
            "ends_in_colon": ~text.str.ends_with(":") & ~text.str.ends_with("："),
            "sentence_count": sentences.is_between(self.min_sentences, self.max_sentences),
            "mean_word_length": (mean >= at_least) & (mean < self.max_mean_word_length),
            "char_count": chars >= self.min_chars,
        }

    def _marks(self, text: pl.Expr) -> dict[str, pl.Expr]:
        symbols = sum((_count(text, each) for each in ("...", "…")), _count(text, "#"))
        tokens = text.str.count_matches(_TOKEN[self.language])
        braces = share(_count(text, "{") + _count(text, "}"), text.str.len_chars())
        watermarks = "|".join(map(re.escape, self.watermarks)) or r"[^\s\S]"
        return {
            "symbol_ratio": share(symbols, tokens) < self.symbol_ratio,
            "html_entity": ~text.str.contains(rf"[&＆](?:{'|'.join(_ENTITIES.split())})(?:[;；]|\b)"),
            "id_documents": text.str.count_matches(_DOCUMENTS) < self.id_documents,
            "special_characters": ~text.str.contains(_SPECIAL),
            "watermark": ~text.str.contains(watermarks),
            "curly_brackets": braces < self.curly_bracket_share,
            "lorem_ipsum": ~text.str.contains("(?i)lorem ipsum"),
        }

    def _words(self, text: pl.Expr) -> dict[str, pl.Expr]:
        words, each = text.str.extract_all(_WORD[self.language]), pl.element()
        low = words.list.eval(each.str.to_lowercase())
        stops = low.list.eval(each.is_in(pl.Series(sorted(STOP_WORDS[self.language])).implode()))
        capitals = each.str.contains(r"\p{Uppercase}") & ~each.str.contains(r"\p{Lowercase}")
        return {
            "stop_words": (stops.list.sum() > 2)
            & (share(stops.list.sum(), words.list.len()) > self.min_stop_word_share),
            "capital_words": share_of(words, capitals) <= self.max_capital_word_share,
            "unique_words": share(low.list.n_unique(), low.list.len()) > self.min_unique_word_share,
            "alphabetic_words": share_of(words, each.str.contains(_LETTER[self.language]))
            > self.min_alphabetic_word_share,
        }

    def _lines(self, text: pl.Expr) -> dict[str, pl.Expr]:
        lines, each = text.str.extract_all(r"[^\n]*\S[^\n]*"), pl.element()
        marks = "[–.!?,;•/|…]" if self.language == "en" else "[–.!?,;•/|…。！？，；、]"
        runs = text.str.replace_all(rf"{marks}|\n", "\n").str.split("\n")
        longest = runs.list.eval(each.str.count_matches(_WORD[self.language])).list.max()
        without = lines.list.eval(~each.str.contains("(?i)javascript")).list.sum()
        return {
            "unpunctuated": longest <= self.max_unpunctuated_words,
            "lines_end_in_ellipsis": share_of(lines, each.str.contains(r"(?:\.\.\.|…)\s*$")) < self.ellipsis_line_share,
            "bullet_lines": share_of(lines, each.str.strip_chars().str.contains(_BULLET)) <= self.max_bullet_line_share,
            "javascript_lines": (lines.list.len() <= 3) | (without >= self.lines_without_javascript),
        }

    def _blocked(self, text: pl.Expr) -> pl.Expr:
        phrases = [_bounded(each) for each in sorted(self.blocklist, key=len, reverse=True)]
        if not phrases:
            return text.is_not_null()
        return text.str.count_matches(f"(?i)(?:{'|'.join(phrases)})") <= self.max_blocked


def _bounded(phrase: str) -> str:
    """Return a pattern that finds a phrase as whole words; Chinese has no borders between words."""
    before = r"\b" if re.match(r"[A-Za-z0-9_]", phrase) else ""
    after = r"\b" if re.search(r"[A-Za-z0-9_]$", phrase) else ""
    return before + re.escape(phrase) + after


def _count(text: pl.Expr, what: str) -> pl.Expr:
    return text.str.count_matches(what, literal=True)
