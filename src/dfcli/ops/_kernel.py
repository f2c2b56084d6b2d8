"""A shape for measures that look at a whole slice of the rows at once, and the words they agree on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import polars as pl

from dfcli.ops._slices import by_slices
from dfcli.ops.base import Context, Kind, Operator, Reads, declared_schema

Language = Literal["en", "zh"]

_WORD = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}]+)*"
_CHINESE = r"\p{Han}|[[\p{L}\p{N}]--\p{Han}][[\p{L}\p{M}\p{N}]--\p{Han}]*(?:['’][[\p{L}\p{M}]--\p{Han}]+)*"


class Kernel(Operator):
    """Columns measured for all rows of a part together; a null text has null measures."""

    kind: ClassVar[Kind] = "evaluate"
    cheap: ClassVar[bool] = True

    text: Annotated[Reads, pl.String] = "text"

    @abstractmethod
    def measured(self, texts: pl.Series) -> Mapping[str, Any]:
        """Return each written column's values for texts without nulls."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return by_slices(frame, self.text, self._on_slice)

    def _on_slice(self, frame: pl.DataFrame) -> pl.DataFrame:
        texts = frame[self.text].cast(pl.String())
        made = self.measured(texts.fill_null(""))
        columns = [pl.Series(name, made[name], dtype=kind) for name, kind in self.writes().items()]
        return frame.with_columns(each.set(texts.is_null(), None) for each in columns)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)


def words(text: pl.Expr, language: Language) -> pl.Expr:
    """Return the words of a text in lower case: runs of letters and digits, in Chinese each character.

    An apostrophe between letters belongs to the word.
    """
    return text.str.to_lowercase().str.extract_all(_CHINESE if language == "zh" else _WORD)
