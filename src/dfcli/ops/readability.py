"""Measure how hard a text is to read: the usual indices for English, and two that need no syllables.

Sentences are those of `sentence_count`, at least one where there are words. Words are runs of letters and digits, with
the apostrophes and hyphens inside them. Syllables are counted by spelling rules for English: on the 125 000 words of
the CMU Pronouncing Dictionary they are right for 93 of 100, on running web text for 98 of 100 of its words there.
A text without words has null indices. Written for whole texts: of one or two sentences an index says little.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

import polars as pl
from pydantic import Field

from dfcli.errors import EnvironmentLacks
from dfcli.ops._kernel import Kernel
from dfcli.ops._reading_words import easy_words_at_hand, is_easy, word_sums
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema

Index = Literal[
    "flesch_reading_ease",
    "flesch_kincaid_grade",
    "gunning_fog",
    "smog_index",
    "coleman_liau_index",
    "automated_readability_index",
    "linsear_write",
    "lix",
    "rix",
    "reading_grade",
]
_INDICES: tuple[Index, ...] = get_args(Index)
_GRADES = ("flesch_kincaid_grade", "gunning_fog", "smog_index", "coleman_liau_index", "automated_readability_index")
_WORDS, _SENTENCES = pl.col("words"), pl.col("sentences")

_FORMULAS: Mapping[str, Callable[[], pl.Expr]] = {
    "flesch_reading_ease": lambda: 206.835 - 1.015 * _per_sentence(_WORDS) - 84.6 * _per_word("syllables"),
    "flesch_kincaid_grade": lambda: 0.39 * _per_sentence(_WORDS) + 11.8 * _per_word("syllables") - 15.59,
    "gunning_fog": lambda: 0.4 * (_per_sentence(_WORDS) + 100 * _per_word("complex")),
    "smog_index": lambda: 1.0430 * (30 * _per_sentence(pl.col("polysyllables"))).sqrt() + 3.1291,
    "coleman_liau_index": lambda: 5.88 * _per_word("letters") - 29.6 * _SENTENCES / _WORDS - 15.8,
    "automated_readability_index": lambda: 4.71 * _per_word("letters") + 0.5 * _per_sentence(_WORDS) - 21.43,
    "linsear_write": lambda: _linsear(_per_sentence(_WORDS + 2 * pl.col("polysyllables"))),
    "lix": lambda: _per_sentence(_WORDS) + 100 * _per_word("long"),
    "rix": lambda: _per_sentence(pl.col("long")),
    "reading_grade": lambda: pl.concat_list(_FORMULAS[name]() for name in (*_GRADES, "linsear_write")).list.median(),
}


class Readability(Kernel):
    """Measure how hard an English text is to read, by the indices wanted; each is null in a text without words.

    With W words, S sentences, Y syllables, L letters and digits, P words of three syllables or more, C those without
    hyphenated ones and without those that get there by -ed, -es or -ing, and G words of seven characters or more:

    * `flesch_reading_ease`: 206.835 - 1.015 W/S - 84.6 Y/W (Flesch 1948); 60 to 70 is plain English, lower is harder.
    * `flesch_kincaid_grade`: 0.39 W/S + 11.8 Y/W - 15.59 (Kincaid et al. 1975); a US school grade, as those below.
    * `gunning_fog`: 0.4 (W/S + 100 C/W) (Gunning 1952); names cannot be told apart, and count.
    * `smog_index`: 1.043 √(30 P/S) + 3.1291 (McLaughlin 1969), made for 30 sentences or more.
    * `coleman_liau_index`: 5.88 L/W - 29.6 S/W - 15.8 (Coleman & Liau 1975).
    * `automated_readability_index`: 4.71 L/W + 0.5 W/S - 21.43 (Senter & Smith 1967).
    * `linsear_write`: r = (W + 2 P)/S over the whole text; r/2 where r is over 20, r/2 - 1 elsewhere (O'Hayre 1966).
    * `lix`: W/S + 100 G/W (Björnsson 1968), `rix`: G/S (Anderson 1983); for any language written with letters.
    * `reading_grade`: the median of the six grades.
    """

    use_for = (
        "flesch reading ease",
        "flesch-kincaid grade",
        "gunning fog",
        "SMOG index",
        "coleman-liau",
        "automated readability index",
        "LIX and RIX",
        "可读性指标",
    )
    aliases = (
        "reading level",
        "grade level",
        "Flesch",
        "阅读难度",
        "easy to read texts",
        "school grade of a text",
        "文章难易",
        "适合小学生",
    )
    not_for = ("a list of easy words: use dale_chall", "syllables themselves: use syllable_count")
    examples = [
        Example(
            [{"text": "The cat sat on the mat. It was happy."}, {"text": "..."}],
            [
                {"flesch_reading_ease": 108.2675, "automated_readability_index": -5.05, "lix": 4.5},
                {"flesch_reading_ease": None, "automated_readability_index": None, "lix": None},
            ],
        ),
        Example([{"text": "Extraordinary complexity."}], [{"en_rix": 2.0}], {"indices": ["rix"], "prefix": "en_"}),
    ]

    indices: tuple[Index, ...] = Field(
        default=_INDICES, min_length=1, description="The indices to write; all by default."
    )
    prefix: str = Field(default="", description="What the names of the written columns start with.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.prefix + name: pl.Float64() for name in self.indices}

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        values = {self.prefix + name: pl.when(_WORDS > 0).then(_FORMULAS[name]()) for name in self.indices}
        return word_sums(texts).select(**values).to_dict()


class SyllableCount(Kernel):
    """Count the syllables of an English text, and its words of one syllable and of three or more.

    Words of other alphabets than Latin have one.
    """

    use_for = ("count syllables", "polysyllable words", "monosyllabic words", "音节数")
    aliases = ("syllables", "音节")
    not_for = ("indices made of them: use readability",)
    examples = [
        Example(
            [{"text": "The happy banana"}, {"text": ""}],
            [
                {"syllable_count": 6, "polysyllable_count": 1, "monosyllable_count": 1},
                {"syllable_count": 0, "polysyllable_count": 0, "monosyllable_count": 0},
            ],
        )
    ]

    into: Annotated[Writes, pl.Int64] = "syllable_count"
    poly_into: Annotated[Writes, pl.Int64] = "polysyllable_count"
    mono_into: Annotated[Writes, pl.Int64] = "monosyllable_count"

    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        sums = word_sums(texts)
        names = {self.into: "syllables", self.poly_into: "polysyllables", self.mono_into: "monosyllables"}
        return {into: sums[name] for into, name in names.items()}


class DaleChall(Operator):
    """Measure an English text by the words that are not on a list of easy ones (Dale & Chall 1948, Chall & Dale 1995).

    `difficult_words`: how many words are not on the list, nor are forms of one: -s, -es, -ies, -ed, -ied, -ing, -'s.
    `dale_chall`: 0.1579 D + 0.0496 W/S, and 3.6365 more where D is over 5; D are difficult words per 100 words. About
    4.9 is easy for fourth grade, 9 and more for college; null in a text without words. The list is a data file with
    the column `word`, or by default the 3 000 words that the package textstat brings.
    """

    use_for = ("dale-chall", "difficult words", "words outside an easy word list", "难词数")
    aliases = ("Dale-Chall readability", "hard words", "难词比例")
    not_for = ("indices that need no list: use readability",)
    examples = [
        Example(
            [{"text": "The cats sat. Obfuscation!"}, {"text": ""}],
            [{"dale_chall": 7.6832, "difficult_words": 1}, {"dale_chall": None, "difficult_words": 0}],
            {"easy_words": "easy.csv"},
            files={"easy.csv": [{"word": "the"}, {"word": "cat"}, {"word": "sat"}]},
        )
    ]
    kind: ClassVar[Kind] = "evaluate"

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Float64] = "dale_chall"
    difficult_into: Annotated[Writes, pl.Int64] = "difficult_words"
    easy_words: str | None = Field(
        default=None, description="A data file with the column word; textstat's list by default."
    )

    def outside(self, ctx: Context) -> str:
        return "" if self._listed() else ctx.content(self.easy_words or "")

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        easy = self._listed() or ctx.read(self.easy_words or "").select("word").collect()["word"].to_list()
        texts = frame[self.text].cast(pl.String())
        sums = word_sums(texts.fill_null(""), difficult=~is_easy(pl.col("word"), easy))
        share = 100 * _per_word("difficult")
        score = 0.1579 * share + 0.0496 * _per_sentence(_WORDS) + pl.when(share > 5).then(3.6365).otherwise(0.0)
        made = sums.select(
            pl.when(_WORDS > 0).then(score).alias(self.into), pl.col("difficult").alias(self.difficult_into)
        )
        return frame.with_columns(each.set(texts.is_null(), None) for each in made)

    def _listed(self) -> list[str]:
        """Return the default list, or nothing when another is named; EnvironmentLacks when there is none."""
        if self.easy_words is not None:
            return []
        if found := easy_words_at_hand():
            return found
        raise EnvironmentLacks(
            "dale_chall needs a list of easy words: pip install textstat, or name a file as easy_words"
        )


def _per_word(name: str) -> pl.Expr:
    return pl.col(name) / _WORDS


def _per_sentence(count: pl.Expr) -> pl.Expr:
    return count / _SENTENCES


def _linsear(ratio: pl.Expr) -> pl.Expr:
    return pl.when(ratio > 20).then(ratio / 2).otherwise(ratio / 2 - 1)
