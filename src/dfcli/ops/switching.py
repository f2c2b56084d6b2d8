"""Tell how much a text switches between languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops._langid import Languages, identify
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema

_SENTENCE = r"[^\r\n.!?。！？؟।…]*[\pL\pN][^\r\n.!?。！？؟।…]*"


class CodeSwitch(Operator):
    """Measure how much a text switches languages: the share of its sentences in another than its main one, 0 to 1.

    A sentence ends at `.`, `!`, `?`, their Chinese, Arabic and Hindi forms, or a line's end. Sentences with fewer than
    `min_chars` characters, or of whose language `language_id` is less sure than `min_score`, do not count. The main
    language is that of most characters. The column with the languages lists them, that of most sentences first; a
    text of which no sentence counts has the share 0 and an empty list.
    """

    use_for = ("code-switching ratio", "texts that mix languages", "sentences in a foreign language", "语码转换比例")
    aliases = (
        "code-mixing",
        "language mixing",
        "bilingual texts",
        "中英混杂",
        "混合语言",
        "two languages in one text",
        "foreign words in between",
        "夹杂外语",
        "两种语言混用",
    )
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
    min_chars: int = Field(default=20, ge=1, description="Shorter sentences do not count.")
    among: Languages = Field(
        default=(), description="The only languages a sentence can be in, as codes; any by default."
    )
    min_score: float = Field(
        default=0.6, ge=0, le=1, description="Sentences of a language less sure than this do not count."
    )

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
        guesses = identify(long["text"].str.slice(0, 1000), frozenset(self.among))
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
