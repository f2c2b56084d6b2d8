"""Tell which language and script a text is in, without a model that has to be fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._langid import identify
from dfcli.ops._scripts import counts
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

_SENTENCE = r"[^\r\n.!?。！？؟।…]*[\pL\pN][^\r\n.!?。！？؟।…]*"


class LanguageId(Operator):
    """Tell the language of a text, as an ISO 639 code (`en`, `zh`, `ceb`), and how sure that is, from 0 to 1.

    fastText's lid.176 in its small form, which comes inside a wheel, reads the first `max_chars` characters, in lower
    case and without addresses, digits and line breaks. It knows 167 languages. What it says must be written in the
    script of the text, else its next best that is counts. A script that belongs to one language, or of which the model
    knows none, such as Cherokee, gives its main language with score 1. Else the score is the model's probability; for
    a language that it does not know that is mostly below 0.4. A text without letters has neither language nor score.
    With `among`, only these languages count, and their probabilities add up to 1: short texts gain the most.
    """

    use_for = (
        "detect the language of a text",
        "keep only English or Chinese documents",
        "language identification with confidence",
        "识别文本语言",
        "按语言过滤",
    )
    not_for = ("the letters rather than the language: use script_ratios", "texts that mix languages: use code_switch")
    examples = [
        Example(
            [{"text": "All human beings are born free\nand equal."}, {"text": "人人生而自由,在尊严和权利上一律平等。"}],
            [{"language": "en"}, {"language": "zh"}],
        ),
        Example([{"text": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ"}, {"text": "42 :-)"}], [{"language": "chr"}, {"language": None}]),
        Example([{"t": "Ja, gern"}], [{"lang": "de"}], {"text": "t", "into": "lang", "among": ["de", "en"]}),
    ]
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "text"

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.String] = "language"
    score: Annotated[Writes, pl.Float64] = "language_score"
    among: tuple[str, ...] = Field((), description="The only languages the text can be in, as codes; any by default.")
    max_chars: int = Field(2000, ge=1, description="Characters that are read, from the start.")

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
    prefix: str = Field("script_", description="What the names of the written columns start with.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.prefix + name: pl.Float64() for name in (*map(str.lower, self.scripts), "other")}

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        text = pl.col(self.text)
        others = r"[\pL" + "".join(rf"--\p{{{script}}}" for script in self.scripts) + "]"
        found = {script.lower(): counts(text, script) for script in self.scripts}
        found |= {"other": text.str.count_matches(others), "": text.str.count_matches(r"\pL")}
        counted = frame.select(**{self.prefix + name: count for name, count in found.items()})
        shares = pl.all().exclude(self.prefix) / pl.col(self.prefix)
        return frame.with_columns(counted.select(shares.fill_nan(0.0)).get_columns())

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)


class CodeSwitch(Operator):
    """Measure how much a text switches languages: the share of its sentences in another than its main one, 0 to 1.

    A sentence ends at `.`, `!`, `?`, their Chinese, Arabic and Hindi forms, or a line's end. Sentences with fewer than
    `min_chars` characters, or of whose language `language_id` is less sure than `min_score`, do not count. The main
    language is that of most characters. The column with the languages lists them, that of most sentences first; a
    text of which no sentence counts has the share 0 and an empty list.
    """

    use_for = ("code-switching ratio", "texts that mix languages", "sentences in a foreign language", "语码转换比例")
    not_for = ("the language of the text as a whole: use language_id",)
    examples = [
        Example(
            [
                {"text": "This is an English sentence. Dies ist ein deutscher Satz. This is English again."},
                {"text": "今天的天气非常好。我们一起去公园散步吧。"},
                {"text": "?"},
            ],
            [
                {"code_switch": 1 / 3, "languages": ["en", "de"]},
                {"code_switch": 0.0, "languages": ["zh"]},
                {"code_switch": 0.0, "languages": []},
            ],
            {"min_chars": 8},
        )
    ]
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "text"

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Float64] = "code_switch"
    languages: Annotated[Writes, pl.List(pl.String)] = "languages"
    min_chars: int = Field(20, ge=1, description="Shorter sentences do not count.")
    min_score: float = Field(0.5, ge=0, le=1, description="Sentences of a language less sure than this do not count.")

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        found = self._by_row(frame)
        given = frame[self.text].is_not_null()
        rows = [found.get(number, []) if known else None for number, known in enumerate(given)]
        shares = [None if row is None else _switched(row) for row in rows]
        names = [None if row is None else _by_frequency(row) for row in rows]
        return frame.with_columns(
            pl.Series(self.into, shares, dtype=pl.Float64()),
            pl.Series(self.languages, names, dtype=pl.List(pl.String)),
        )

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def _by_row(self, frame: pl.DataFrame) -> dict[int, list[tuple[str, int]]]:
        """Return the sentences that count by the number of their row: each one's language and length."""
        sentences = frame.select(pl.col(self.text).str.extract_all(_SENTENCE).alias("text")).with_row_index("row")
        each = sentences.explode("text", empty_as_null=False, keep_nulls=False)
        long = each.with_columns(pl.col("text").str.strip_chars()).filter(
            pl.col("text").str.len_chars() >= self.min_chars
        )
        found: dict[int, list[tuple[str, int]]] = {}
        guesses = identify(long["text"].str.slice(0, 2000))
        for row, chars, guess in zip(long["row"], long["text"].str.len_chars(), guesses, strict=True):
            if guess.language is not None and (guess.score or 0) >= self.min_score:
                found.setdefault(row, []).append((guess.language, chars))
        return found


def _switched(sentences: Sequence[tuple[str, int]]) -> float:
    chars: dict[str, int] = {}
    for language, length in sentences:
        chars[language] = chars.get(language, 0) + length
    main = max(chars, key=lambda each: chars[each], default=None)
    return sum(language != main for language, _ in sentences) / len(sentences) if sentences else 0.0


def _by_frequency(sentences: Sequence[tuple[str, int]]) -> list[str]:
    names = [language for language, _ in sentences]
    return sorted(set(names), key=lambda each: (-names.count(each), each))
