"""Remove words: stop words, words of a length that none has, words with certain strings in them."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from dfcli.ops import _chinese_stop_words as chinese
from dfcli.ops._cleaner import Cleaner, settled
from dfcli.ops._rewriting import WORD, without_words
from dfcli.ops._stop_words import STOP_WORDS
from dfcli.ops.base import Example

Words = tuple[Annotated[str, Field(min_length=1)], ...]

_HYPHENED = rf"{WORD}(?:-{WORD})*"
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\x{3000}-\x{303F}\x{FF01}-\x{FF0F}"
_RUN = rf"[^\s{_UNSPACED}\x{{FF1A}}\x{{FF1B}}\x{{FF1F}}“”‘’…—]+"
"""What stands between spaces, or beside the characters of a language that writes none between words."""


class RemoveStopWords(Cleaner):
    """Remove words that hold a language together and say little, such as the and of, with their spaces.

    English: 230 words, in any case; what apostrophes and hyphens hold together is one word, such as state-of-the-art.
    Chinese, which has no spaces: at each place the longest of 265 stop words and 256 others that hold their
    characters, so that 的 goes and 目的 stays; a word that stands in neither list can lose a character.
    """

    use_for = ("remove stop words", "drop function words", "bag of words", "去除停用词")
    aliases = ("stopwords", "function words", "停用词")
    not_for = ("how many there are: use stop_words", "words with certain letters: use remove_words_with")
    examples = [
        Example(
            [{"text": "The cat is on the mat, isn't it?"}, {"text": "Theory, state-of-the-art"}],
            [{"text": "cat mat,?"}, {"text": "Theory, state-of-the-art"}],
        ),
        Example([{"text": "我们的目的是学习"}], [{"text": "目的学习"}], {"language": "zh"}),
        Example([{"text": "Do not use foo"}], [{"text": "not use"}], {"words": ["foo"], "spare": ["not"]}),
    ]
    version = 2

    language: Literal["en", "zh"] = Field(default="en", description="Whose words.")
    words: Words = Field(default=(), description="More words to remove, in small letters.")
    spare: Words = Field(default=(), description="Words of the list that stay, in small letters: not, no.")

    def expr(self) -> pl.Expr:
        text = pl.col(self.text)
        return settled(text, self._from_chinese) if self.language == "zh" else self._from_english(text)

    def _from_english(self, text: pl.Expr) -> pl.Expr:
        gone = pl.Series(sorted({*STOP_WORDS["en"], *self.words} - {*self.spare}), dtype=pl.String()).implode()
        return without_words(
            text, _HYPHENED, lambda word: word.str.to_lowercase().str.replace_all("’", "'").is_in(gone)
        )

    def _from_chinese(self, text: pl.Expr) -> pl.Expr:
        gone = {*chinese.STOP_WORDS, *self.words} - {*self.spare}
        known = sorted(gone | {*chinese.OTHER_WORDS, *self.spare}, key=lambda word: (-len(word), word))
        by = ["" if word in gone else word for word in known]
        return text.str.replace_many(known, by, leftmost=True)


class RemoveLongWords(Cleaner):
    """Remove what stands between spaces and has more than `max_chars` characters, or fewer than `min_chars`.

    Characters of languages that write no spaces between words, such as Chinese, Japanese and Thai, stay, however many
    there are; what stands between them is measured by itself.
    """

    use_for = ("remove long words", "very long tokens", "strings without spaces", "去除超长单词")
    aliases = ("overlong tokens", "endless strings", "超长词")
    not_for = ("addresses of pages: use remove_urls", "rows with long words: use word_lengths")
    examples = [
        Example([{"text": f"a {'x' * 51} b"}, {"text": "长" * 60}], [{"text": "a b"}, {"text": "长" * 60}]),
        Example([{"text": "a bb ccc"}], [{"text": "bb ccc"}], {"min_chars": 2}),
    ]
    version = 2

    max_chars: int = Field(default=50, ge=1, description="Longer words go.")
    min_chars: int = Field(default=1, ge=1, description="Shorter words go.")

    def expr(self) -> pl.Expr:
        between = (self.min_chars, self.max_chars)
        return without_words(pl.col(self.text), _RUN, lambda word: ~word.str.len_chars().is_between(*between))


class RemoveWordsWith(Cleaner):
    """Remove what stands between spaces and contains one of some texts, in any case: remains of links by default.

    Characters of languages that write no spaces between words end such a word, and stay.
    """

    use_for = ("remove words with substrings", "words that contain http", "leftover link parts", "去除含特定子串的词")
    aliases = ("words containing", "substring words", "含有某字符串的词")
    not_for = ("whole addresses: use remove_urls", "a pattern: use replace_pattern")
    examples = [
        Example(
            [{"text": "see www.a.b and x.com/y now"}, {"text": "请访问http://a.b了解更多"}],
            [{"text": "see and now"}, {"text": "请访问了解更多"}],
        )
    ]
    version = 2

    parts: Words = Field(
        default=("http", "www", ".com", "href", "//"), min_length=1, description="What a word must not contain."
    )

    def expr(self) -> pl.Expr:
        parts = list(self.parts)
        return without_words(
            pl.col(self.text), _RUN, lambda word: word.str.contains_any(parts, ascii_case_insensitive=True)
        )
