"""Measure how much a text repeats itself: unique words and n-grams, lexical diversity, entropy, compression."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._kernel import Kernel, Language, words
from dfcli.ops._lexical import hdd, mtld
from dfcli.ops._passages import lines as lines_of
from dfcli.ops._passages import paragraphs, repeated, repeated_chars, share
from dfcli.ops.base import Example, Reads, Score, Writes

if TYPE_CHECKING:
    from dfcli.ops._grams import Tokens

_LANGUAGE = "Which words there are: en, runs of letters and digits; zh, also each Chinese character."

Unit = Literal["word", "char"]


class UniqueWords(Score):
    """Count the different words of a text, and give their share of all its words, from 0 to 1.

    Words are runs of letters and digits in lower case; their share is the type-token ratio, 0.0 of a text without
    words. It falls with the length of a text: `lexical_diversity` does not.
    """

    use_for = ("type token ratio", "share of unique words", "repetitive vocabulary", "不重复词比例")
    aliases = (
        "distinct words",
        "vocabulary size",
        "词汇量",
        "poor vocabulary",
        "same words again and again",
        "用词单一",
    )
    not_for = ("comparing texts of different lengths: use lexical_diversity",)
    examples = [
        Example(
            [{"text": "The cat saw the dog."}, {"text": "..."}],
            [{"unique_words": 4, "unique_word_share": 0.8}, {"unique_words": 0, "unique_word_share": 0.0}],
        ),
        Example([{"text": "人人为我"}], [{"unique_words": 3, "unique_word_share": 0.75}], {"language": "zh"}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "unique_words"
    share_into: Annotated[Writes, pl.Float64] = "unique_word_share"
    language: Language = Field(default="en", description=_LANGUAGE)

    def exprs(self) -> dict[str, pl.Expr]:
        found = words(pl.col(self.text), self.language)
        unique = found.list.n_unique().cast(pl.Int64)
        return {self.into: unique, self.share_into: share(unique, found.list.len())}


class RepeatedText(Score):
    """Give the shares of a text's lines and paragraphs that are equal to an earlier one, from 0 to 1.

    `repeat_lines` and `repeat_paragraphs` count them, `repeat_line_chars` and `repeat_paragraph_chars` their
    characters. Blank lines do not count, nor do spaces around a line; paragraphs are the blocks between blank lines.
    These are the first four measures of repetition of Gopher (Rae et al. 2021, table A1). Of nothing they are 0.0.
    """

    use_for = (
        "duplicate lines inside a document",
        "repeated paragraphs",
        "duplicate line character fraction",
        "重复行",
    )
    aliases = ("in-document duplicates", "文内重复")
    not_for = ("rows that are equal to each other: use dedup_exact", "n-grams that repeat: use ngram_repetition")
    examples = [
        Example(
            [{"text": "Menu\nA longer line.\nMenu\n\nEnd\n\nEnd"}, {"text": ""}],
            [
                {"repeat_lines": 0.4, "repeat_line_chars": 0.25, "repeat_paragraphs": 1 / 3},
                {"repeat_lines": 0.0, "repeat_line_chars": 0.0, "repeat_paragraphs": 0.0},
            ],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="repeat_", description="What the names of the written columns start with.")

    def writes(self) -> dict[str, pl.DataType | None]:
        names = ("lines", "line_chars", "paragraphs", "paragraph_chars")
        return {self.prefix + name: pl.Float64() for name in names}

    def exprs(self) -> dict[str, pl.Expr]:
        parts = {"line": lines_of(pl.col(self.text)), "paragraph": paragraphs(pl.col(self.text))}
        return {f"{self.prefix}{name}s": repeated(each) for name, each in parts.items()} | {
            f"{self.prefix}{name}_chars": repeated_chars(each) for name, each in parts.items()
        }


class _Ngrams(Kernel):
    """What operators on n-grams have in common."""

    n: int = Field(default=5, ge=1, le=100, description="How many words or characters an n-gram has.")
    unit: Unit = Field(default="word", description="Whether n-grams consist of words or of characters.")
    language: Language = Field(default="en", description=_LANGUAGE)

    def _tokens(self, texts: pl.Series) -> Tokens:
        from dfcli.ops._grams import character_tokens, word_tokens

        return character_tokens(texts) if self.unit == "char" else word_tokens(texts, self.language)


class NgramDiversity(_Ngrams):
    """Give the share of different n-grams among all n-grams of a text (distinct-n), from 0 to 1.

    distinct-n is that of Li et al. 2016, "A Diversity-Promoting Objective Function", section 5.2. Words are in lower
    case and without punctuation; with `language: zh` each Chinese character is one. A text of fewer than `n` has 0.0.
    """

    use_for = ("distinct-n", "unique n-grams over total n-grams", "repetitive generations", "n-gram多样性")
    aliases = ("distinct n-grams", "dist-2", "多样性指标")
    not_for = ("how much of a text repeats: use ngram_repetition", "single words: use unique_words")
    examples = [
        Example(
            [{"text": "A b, a b a b"}, {"text": "a"}],
            [{"ngram_diversity": 0.4}, {"ngram_diversity": 0.0}],
            {"n": 2},
        ),
        Example([{"text": "好好好人"}], [{"d": 2 / 3}], {"n": 2, "language": "zh", "into": "d"}),
    ]

    into: Annotated[Writes, pl.Float64] = "ngram_diversity"

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        from dfcli.ops._grams import ngrams, per_row

        found = ngrams(self._tokens(texts), self.n)
        ratio = pl.len() / pl.col("times").sum()
        return {self.into: per_row(found, len(texts), ratio=ratio)["ratio"]}


class NgramRepetition(_Ngrams):
    """Give the share of a text's n-grams that repeat, as data-juicer measures it, from 0 to 1.

    Words: how many of the n-grams, each time counted, come more than once. Characters: how many of all belong to the k
    most frequent ones, k being the square root of the number of different ones (rounded down), but no more than come
    more than once. Words are in lower case and without punctuation. A text of fewer than `n` has 0.0.
    """

    use_for = ("word repetition ratio", "character repetition ratio", "repeated n-grams", "重复n-gram比例")
    aliases = ("repetition ratio", "repeated phrases", "重复率")
    not_for = ("the share of different n-grams: use ngram_diversity", "whole lines that repeat: use repeated_text")
    examples = [
        Example(
            [{"text": "a b c a b"}, {"text": ""}], [{"ngram_repetition": 0.5}, {"ngram_repetition": 0.0}], {"n": 2}
        ),
        Example([{"text": "ababab"}], [{"ngram_repetition": 0.6}], {"n": 2, "unit": "char"}),
    ]

    into: Annotated[Writes, pl.Float64] = "ngram_repetition"
    n: int = Field(default=10, ge=1, le=100, description="How many words or characters an n-gram has.")

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        from dfcli.ops._grams import ngrams, per_row

        found = ngrams(self._tokens(texts), self.n)
        times = pl.col("times")
        some = times.filter(times > 1)
        if self.unit == "char":
            k = pl.min_horizontal(pl.len().sqrt().floor().cast(pl.Int64), (times > 1).sum().cast(pl.Int64))
            some = times.sort(descending=True).head(k)
        return {self.into: per_row(found, len(texts), ratio=some.sum() / times.sum())["ratio"]}


class TextEntropy(_Ngrams):
    """Give the Shannon entropy of a text's characters, words or n-grams of them, in bits; 0.0 of an empty text.

    It is -Σ p·log2 p over the different n-grams (Shannon 1948): about 4 to 4.5 for the characters of English prose, 0
    for one character repeated, log2 of their number when all differ.
    """

    use_for = ("shannon entropy of text", "character entropy", "detect gibberish or padding", "文本信息熵")
    aliases = (
        "entropy",
        "information content",
        "randomness",
        "信息熵",
        "random letters",
        "keyboard mashing",
        "随机字符",
        "无意义字符",
    )
    not_for = ("how well a text compresses: use compression_ratio",)
    examples = [
        Example(
            [{"text": "abab"}, {"text": "aaaa"}, {"text": ""}],
            [{"bits": 1.0}, {"bits": 0.0}, {"bits": 0.0}],
            {"into": "bits"},
        ),
        Example([{"text": "to be or not to be"}], [{"text_entropy": 1.9182958340544896}], {"unit": "word"}),
    ]

    into: Annotated[Writes, pl.Float64] = "text_entropy"
    n: int = Field(default=1, ge=1, le=100, description="How many words or characters an n-gram has.")
    unit: Unit = Field(default="char", description="Whether n-grams consist of words or of characters.")

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        from dfcli.ops._grams import ngrams, per_row

        found = ngrams(self._tokens(texts), self.n).sort("row", "times")
        chance = pl.col("times") / pl.col("times").sum()
        return {self.into: per_row(found, len(texts), bits=(chance * (1 / chance).log(2)).sum())["bits"]}


class CompressionRatio(Kernel):
    """Divide the bytes of a text by its bytes compressed with zlib; the more a text repeats, the higher.

    That is the direction of Shaib et al. 2024, "Standardizing the Measurement of Text Diversity", section 3. Prose has
    about 2, a phrase repeated many times far more, a short text less than 1 as headers count. Of an empty text it is
    0.0. The level is 6; other builds of zlib may differ in the second digit.
    """

    use_for = ("gzip compression ratio", "redundancy of a text", "detect templated or looping text", "压缩率")
    aliases = (
        "zlib ratio",
        "gzip ratio",
        "compressibility",
        "压缩比",
        "highly repetitive text",
        "boilerplate-like repetition",
        "高度重复",
    )
    not_for = ("how surprising single characters are: use text_entropy",)
    examples = [Example([{"text": "ab" * 500}, {"text": ""}], [{}, {"compression_ratio": 0.0}])]

    into: Annotated[Writes, pl.Float64] = "compression_ratio"

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        data = [each.encode() for each in texts.to_list()]
        return {self.into: [len(each) / len(zlib.compress(each, 6)) for each in data]}


class LexicalDiversity(Kernel):
    """Measure the variety of a text's words, whatever its length: MTLD and HD-D (McCarthy & Jarvis 2010).

    `mtld`: the mean number of words until the type-token ratio has come down to `threshold` (.720, their page 385), the
    mean of both directions; the part left over counts as (1 - ratio) / (1 - threshold) of a run. Where no
    word ever repeats it is the number of words. `hdd`: the sum over the different words of the chance to find each in
    a sample of 42 words, divided by 42, from 0 to 1. Both are null in a text of fewer than `min_words` words, for they
    mean nothing there. Words are in lower case; with `language: zh` each Chinese character is one.
    """

    use_for = ("MTLD", "HD-D", "vocabulary richness", "lexical diversity of a text", "词汇丰富度")
    aliases = ("vocabulary variety", "词汇多样性")
    not_for = ("a plain share of unique words: use unique_words", "n-grams: use ngram_diversity")
    examples = [
        Example(
            [{"text": "of the people by the people for the people"}, {"text": "too short"}],
            [{"mtld": 9.0, "hdd": None}, {"mtld": None, "hdd": None}],
            {"min_words": 9},
        )
    ]

    mtld_into: Annotated[Writes, pl.Float64] = "mtld"
    hdd_into: Annotated[Writes, pl.Float64] = "hdd"
    threshold: float = Field(default=0.72, gt=0, lt=1, description="The type-token ratio at which a run of words ends.")
    min_run: int = Field(
        default=1, ge=1, description="No run is shorter; Kyle's lexical_diversity has 10, the paper none."
    )
    min_words: int = Field(
        default=50, ge=1, description="Texts of fewer words have no measure; hdd needs 42 in any case."
    )
    language: Language = Field(default="en", description=_LANGUAGE)

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        from dfcli.ops._grams import word_tokens

        tokens = word_tokens(texts, self.language)
        ends = tokens.lengths.cumsum()
        found = [tokens.hashes[end - size : end].tolist() for end, size in zip(ends, tokens.lengths, strict=True)]
        long = [each if len(each) >= self.min_words else None for each in found]
        return {
            self.mtld_into: [None if each is None else mtld(each, self.threshold, self.min_run) for each in long],
            self.hdd_into: [None if each is None else hdd(each) for each in long],
        }
