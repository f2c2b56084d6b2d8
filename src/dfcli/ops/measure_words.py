"""Measure the words of a text: their lengths, capitals, stop words, symbols, stretches without punctuation.

A share of nothing is 0.0, a mean of nothing null.
"""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._kernel import Language, words
from dfcli.ops._passages import share, share_of
from dfcli.ops._stop_words import STOP_WORDS
from dfcli.ops.base import Example, Reads, Score, Writes

_RUNS = r"\S+"


class WordLengths(Score):
    """Measure the lengths of a text's words in characters: the mean, the longest, and shares of short and long ones.

    Words are runs of characters between whitespace. `short`: the share of those with at most `short_chars` characters;
    `long`: with at least `long_chars`. A text without words has a null mean and maximum, and shares of 0.0.
    """

    use_for = ("mean word length", "average word length", "longest word", "very long words", "平均词长")
    aliases = ("word length", "词长")
    not_for = ("how many words there are: use word_count", "hard words: use readability")
    examples = [
        Example(
            [{"text": "a bb, cccccccc"}, {"text": ""}],
            [
                {"word_length_mean": 4.0, "word_length_max": 8, "word_length_short": 2 / 3, "word_length_long": 1 / 3},
                {"word_length_mean": None, "word_length_max": None, "word_length_short": 0.0, "word_length_long": 0.0},
            ],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="word_length_", description="What the names of the written columns start with.")
    short_chars: int = Field(default=3, ge=1, description="Words of at most so many characters are short.")
    long_chars: int = Field(default=7, ge=1, description="Words of at least so many characters are long.")

    def writes(self) -> dict[str, pl.DataType | None]:
        kinds = {"mean": pl.Float64(), "max": pl.Int64(), "short": pl.Float64(), "long": pl.Float64()}
        return {self.prefix + name: kind for name, kind in kinds.items()}

    def exprs(self) -> dict[str, pl.Expr]:
        sizes = pl.col(self.text).str.extract_all(_RUNS).list.eval(pl.element().str.len_chars())
        values = {
            "mean": sizes.list.mean(),
            "max": sizes.list.max().cast(pl.Int64),
            "short": share_of(sizes, pl.element() <= self.short_chars),
            "long": share_of(sizes, pl.element() >= self.long_chars),
        }
        return {self.prefix + name: value for name, value in values.items()}


class CapitalWords(Score):
    """Give the shares of a text's words that are written in capitals, or begin with one, from 0 to 1.

    Words are runs of characters between whitespace. `into`: words with at least one capital and no small letter, such
    as NASA or "B2B!". `capitalized_into`: words whose first letter is a capital. Of a text without words they are 0.0.
    """

    use_for = ("share of words in all caps", "shouting text", "capitalized words ratio", "全大写单词比例")
    aliases = (
        "all caps",
        "upper-case words",
        "shouting",
        "大写单词",
        "首字母大写",
        "TEXT IN CAPITALS",
        "yelling",
        "全是大写",
    )
    not_for = ("capital letters among all characters: use text_ratios",)
    examples = [
        Example(
            [{"text": "BUY Now, it's OK 1"}, {"text": ""}],
            [{"capital_words": 0.4, "capitalized_words": 0.6}, {"capital_words": 0.0, "capitalized_words": 0.0}],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Float64] = "capital_words"
    capitalized_into: Annotated[Writes, pl.Float64] = "capitalized_words"

    def exprs(self) -> dict[str, pl.Expr]:
        found = pl.col(self.text).str.extract_all(_RUNS)
        capitals = share_of(found, pl.element().str.contains(r"^[^\p{Ll}\p{Lt}]*\p{Lu}[^\p{Ll}\p{Lt}]*$"))
        return {
            self.into: capitals,
            self.capitalized_into: share_of(found, pl.element().str.contains(r"^\P{L}*\p{Lu}")),
        }


class StopWords(Score):
    """Count the stop words of a text, and give their share of all its words, from 0 to 1.

    Words are runs of letters and digits in lower case. English has 230 stop words; in Chinese each character is a word,
    and 49 are stop words. `words` replaces the list: Gopher (Rae et al. 2021, appendix A.1.1) asks for at least two of
    the, be, to, of, and, that, have, with. A text without words has a share of 0.0.
    """

    use_for = ("stop word ratio", "is it running prose", "common English words", "停用词比例")
    aliases = ("function word share", "running text", "停用词占比")
    not_for = ("phrases of several words: use phrase_count", "which language a text is in: use word_share")
    examples = [
        Example(
            [{"text": "The cat is on the mat."}, {"text": ""}],
            [{"stop_word_count": 4, "stop_word_share": 2 / 3}, {"stop_word_count": 0, "stop_word_share": 0.0}],
        ),
        Example([{"text": "我的书"}], [{"stop_word_count": 2, "stop_word_share": 2 / 3}], {"language": "zh"}),
        Example([{"text": "We have cats"}], [{"stop_word_count": 1}], {"words": ["have", "be"]}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    count_into: Annotated[Writes, pl.Int64] = "stop_word_count"
    into: Annotated[Writes, pl.Float64] = "stop_word_share"
    language: Language = Field(default="en", description="Whose stop words, and what a word is.")
    words: tuple[str, ...] = Field(default=(), description="The stop words, in place of the language's own.")

    def exprs(self) -> dict[str, pl.Expr]:
        stop = sorted({each.lower() for each in self.words} or STOP_WORDS[self.language])
        found = words(pl.col(self.text).str.replace_all("’", "'", literal=True), self.language)
        count = found.list.eval(pl.element().is_in(stop)).list.sum().cast(pl.Int64)
        return {self.count_into: count, self.into: share(count, found.list.len())}


class SymbolRatio(Score):
    """Divide the number of hashes and ellipses in a text by the number of its words; of a text without words 0.0.

    `hash`: the character #. `ellipsis`: ... or …. `all`: both together. Words are runs of characters between
    whitespace, as in Gopher (Rae et al. 2021, appendix A.1.1: a symbol-to-word ratio of at most 0.1); with `words:
    tokens` runs of letters and digits and runs of marks, as NLTK's WordPunctTokenizer has them. Ratios may exceed 1.
    """

    use_for = ("symbol to word ratio", "hash to word ratio", "ellipsis to word ratio", "hashtags", "符号与词的比例")
    aliases = (
        "hash signs",
        "ellipses",
        "符号比例",
        "too many hashtags",
        "井号太多",
    )
    not_for = ("symbols among all characters: use text_ratios",)
    examples = [
        Example(
            [{"text": "#a b c... …"}, {"text": ""}],
            [
                {"symbol_ratio_hash": 0.25, "symbol_ratio_ellipsis": 0.5, "symbol_ratio_all": 0.75},
                {"symbol_ratio_hash": 0.0, "symbol_ratio_ellipsis": 0.0, "symbol_ratio_all": 0.0},
            ],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="symbol_ratio_", description="What the names of the written columns start with.")
    words: Literal["spaces", "tokens"] = Field(default="spaces", description="What a word is.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.prefix + name: pl.Float64() for name in ("hash", "ellipsis", "all")}

    def exprs(self) -> dict[str, pl.Expr]:
        text = pl.col(self.text)
        total = text.str.count_matches(_RUNS if self.words == "spaces" else r"\w+|[^\w\s]+")
        hashes, dots = text.str.count_matches("#"), text.str.count_matches(r"\.\.\.|…")
        found = {"hash": hashes, "ellipsis": dots, "all": hashes + dots}
        return {self.prefix + name: share(count, total) for name, count in found.items()}


class UnpunctuatedRun(Score):
    """Count the words of the longest stretch of a line without punctuation; 0 in a text without words.

    A stretch ends at one of –.!?,;•/|… or their Chinese forms, and at the end of the line. Words are runs of
    characters between whitespace.
    """

    use_for = ("longest run without punctuation", "keyword stuffing", "text without punctuation", "无标点长句")
    aliases = ("keyword lists", "no punctuation", "没有标点")
    not_for = ("lines that end without punctuation: use line_stats",)
    examples = [
        Example([{"text": "one two, three four five\nsix"}, {"text": ""}], [{"run": 3}, {"run": 0}], {"into": "run"})
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "unpunctuated_run"

    def exprs(self) -> dict[str, pl.Expr]:
        parts = pl.col(self.text).str.extract_all(r"[^–.!?,;•/|…。！？，；、\r\n]+")
        longest = parts.list.eval(pl.element().str.count_matches(_RUNS)).list.max().fill_null(0).cast(pl.Int64)
        return {self.into: pl.when(parts.is_not_null()).then(longest)}
