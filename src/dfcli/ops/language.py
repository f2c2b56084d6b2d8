"""Tell which language and script a text is in, without a model that has to be fetched."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._langid import Languages, identify
from dfcli.ops._scripts import counts, letters_outside
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema

Script = Literal[
    "Arabic",
    "Armenian",
    "Bengali",
    "Cyrillic",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hebrew",
    "Hiragana",
    "Kannada",
    "Katakana",
    "Khmer",
    "Lao",
    "Latin",
    "Malayalam",
    "Myanmar",
    "Oriya",
    "Sinhala",
    "Tamil",
    "Telugu",
    "Thai",
    "Tibetan",
]


class LanguageId(Operator):
    """Tell the language of a text, as an ISO 639 code (`en`, `zh`, `ceb`), and how sure that is, from 0 to 1.

    fastText's lid.176 in its small form (Joulin et al. 2016; CC BY-SA), which comes inside a wheel, reads the first
    `max_chars` characters, in lower case and without addresses, digits and line breaks. It knows 176 languages. What
    it says must be written in the script of the text, else its next best that is counts. A script that belongs to one
    language, or of which the model knows none, such as Cherokee, gives its main language with score 1. Else the score
    is the model's probability; for a language that it does not know that is mostly below 0.4. A text without letters,
    or in a script without languages, such as Ogham, has neither language nor score.

    With `among`, only these languages count: short texts gain the most. One that alone is written in the script of the
    text has score 1, the probabilities of several add up to 1, and a text in a script of none has no language.
    """

    use_for = (
        "detect the language of a text",
        "keep only English or Chinese documents",
        "language identification with confidence",
        "识别文本语言",
        "按语言过滤",
    )
    aliases = (
        "language detection",
        "language filter",
        "LID",
        "identify languages",
        "语种识别",
        "语言检测",
        "语种过滤",
        "language of each document",
        "English only",
        "只留某种语言",
        "中文文档",
        "英文网页",
        "foreign-language documents",
        "wrong language",
        "which language is it",
        "非中文内容",
        "外语文档",
        "是哪种语言",
    )
    not_for = ("the letters rather than the language: use script_ratios", "texts that mix languages: use code_switch")
    examples = [
        Example(
            [{"text": "All human beings are born free\nand equal."}, {"text": "人人生而自由,在尊严和权利上一律平等。"}],
            [{"language": "en"}, {"language": "zh"}],
        ),
        Example([{"text": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ"}, {"text": "42 :-)"}], [{"language": "chr"}, {"language": None}]),
        Example(
            [{"t": "Ja, gern"}, {"t": "Да"}],
            [{"lang": "de"}, {"lang": None}],
            {"text": "t", "into": "lang", "among": ["de", "en"]},
        ),
    ]
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "text"

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.String] = "language"
    score: Annotated[Writes, pl.Float64] = "language_score"
    among: Languages = Field(default=(), description="The only languages the text can be in, as codes; any by default.")
    max_chars: int = Field(default=1000, ge=1, description="Characters that are read, from the start.")

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        guesses = list(identify(frame[self.text].str.slice(0, self.max_chars), frozenset(self.among)))
        return frame.with_columns(
            pl.Series(self.into, [each.language for each in guesses], dtype=pl.String()),
            pl.Series(self.score, [each.score for each in guesses], dtype=pl.Float64()),
        )

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)


class ScriptRatios(Operator):
    """Measure which scripts a text is written in: the share of its letters that each has, from 0 to 1.

    A letter is a character of Unicode's category L, and its script is Unicode's property Script. Each share goes into
    `script_` and the script's name in small letters, that of all others into `script_other`. A text without letters has
    the share 0 of each.
    """

    use_for = (
        "share of Chinese characters",
        "ratio of Latin letters",
        "detect text in a wrong script",
        "各文字系统占比",
    )
    aliases = (
        "writing systems",
        "alphabets",
        "Latin share",
        "文字系统",
        "中文占比",
        "Cyrillic or Arabic letters",
        "which alphabet",
        "用的是哪种文字",
    )
    not_for = ("the language itself: use language_id",)
    examples = [
        Example(
            [{"text": "GPT 模型 αβ"}, {"text": "1 + 1"}],
            [
                {"script_latin": 3 / 7, "script_han": 2 / 7, "script_cyrillic": 0.0, "script_other": 2 / 7},
                {"script_latin": 0.0, "script_han": 0.0, "script_cyrillic": 0.0, "script_other": 0.0},
            ],
        ),
        Example(
            [{"q": "да, yes"}],
            [{"q_greek": 0.0, "q_other": 1.0}],
            {"text": "q", "prefix": "q_"} | {"scripts": ["Greek"]},
        ),
    ]

    kind: ClassVar[Kind] = "evaluate"
    cheap = True

    text: Annotated[Reads, pl.String] = "text"
    scripts: tuple[Script, ...] = Field(
        ("Latin", "Han", "Cyrillic", "Arabic", "Devanagari", "Hiragana", "Katakana", "Hangul"),
        min_length=1,
        description="The scripts that are measured each by itself.",
    )
    prefix: str = Field(default="script_", description="What the names of the written columns start with.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.prefix + name: pl.Float64() for name in (*map(str.lower, self.scripts), "other")}

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        given = frame.select(text=self.text)
        others = given["text"].str.contains(letters_outside(("Latin",))).fill_null(False)
        latin = given.select(self._of_latin().values())
        rows = others.arg_true()
        shares = self._counted(given.filter(others))
        return frame.with_columns(latin[name].scatter(rows, shares[name]) for name in latin.columns)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def _of_latin(self) -> dict[str, pl.Expr]:
        """Return the shares in texts that have no letters but Latin ones: all or nothing."""
        known = "latin" if "Latin" in self.scripts else "other"
        has = pl.col("text").str.contains(r"\pL").cast(pl.Float64)
        return {name: (has * float(name == self.prefix + known)).alias(name) for name in self.writes()}

    def _counted(self, rows: pl.DataFrame) -> pl.DataFrame:
        text = pl.col("text")
        found = {script.lower(): counts(text, script) for script in self.scripts}
        found |= {"other": text.str.count_matches(letters_outside(self.scripts))}
        letters = text.str.count_matches(r"\pL")
        return rows.select(**{self.prefix + name: count / letters for name, count in found.items()})
