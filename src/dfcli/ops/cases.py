"""An operator with one of its examples, and the frames on which its promises are checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dfcli.ops.base import ROW_ID, Example, Operator, Source, visible
from dfcli.ops.prompted import TWIN
from dfcli.ops.scripted import Scripted

ODD_TEXTS = (
    None,
    "",
    " \t\r\n\u3000",
    "\u0301",  # a combining mark with nothing to combine with
    "e\u0301\u0301 ﬁ İ ß",
    "שלום \u202e abc",  # right to left, and an override of the direction
    "👩\u200d👩\u200d👧 👦🏽",  # signs joined to one, and a skin tone
    "a\x00b",
    "\ufeff\ufffe\U0010ffff",
    "{{ x }} {% y %} <think> ``` ' \" \\ ; --",
    "",
)


@dataclass(frozen=True)
class Case:
    """An operator class and one of its examples."""

    cls: type[Operator]
    example: Example

    @cached_property
    def operator(self) -> Operator:
        """The operator with the example's options."""
        return self.cls(**self.example.options)

    @cached_property
    def context(self) -> Scripted:
        """The context that all runs of this case share, so that equal prompts get equal replies."""
        return Scripted.of(self.example)

    @cached_property
    def given(self) -> pl.DataFrame:
        """The example's rows with the engine's columns, as a part of a run has them; for a source nothing at all."""
        if isinstance(self.operator, Source):
            return pl.DataFrame()
        rows = pl.DataFrame(self.example.given, infer_schema_length=None)
        types = {name: kind for name, kind in self.operator.reads().items() if kind is not None}
        return _with_engine_columns(rows.cast({name: kind for name, kind in types.items() if name in rows.columns}))

    @cached_property
    def odd(self) -> pl.DataFrame:
        """Rows like the example's first, but with nulls, empty strings and odd characters in the columns it reads.

        For an operator that looks at siblings together they are siblings.
        """
        data = visible(self.given)
        read = set(self.operator.reads()) & set(data.columns) or set(data.columns)
        columns = {
            name: pl.Series(_odd(kind) if name in read else [data[name][0]] * len(ODD_TEXTS), dtype=kind)
            for name, kind in data.schema.items()
        }
        ids = [f"{number // 3 + 1}.{number % 3 + 1}" for number in range(len(ODD_TEXTS))]
        siblings = {ROW_ID: ids} if self.cls.with_siblings else {}
        return _with_engine_columns(pl.DataFrame(columns | siblings))

    @cached_property
    def results(self) -> Sequence[tuple[pl.DataFrame, pl.DataFrame]]:
        """What the operator makes of the example's rows and of the odd ones, each with the rows given."""
        frames = [self.given] if self.given.is_empty() else [self.given, self.odd]
        return [(frame, self.run(frame)) for frame in frames]

    @property
    def outcomes(self) -> Sequence[tuple[pl.DataFrame, pl.DataFrame]]:
        """The results in which rows come from the rows given: none for a source."""
        return () if isinstance(self.operator, Source) else self.results

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return what the operator makes of a frame."""
        return self.operator(frame, self.context)

    def must(self, holds: object, sentence: str) -> None:
        """Fail with a sentence about this case when something does not hold."""
        if not holds:
            options = f" (with {json.dumps(dict(self.example.options), default=str)})" if self.example.options else ""
            raise AssertionError(f"{self.cls.op()}: {sentence}{options}")


def _with_engine_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Number the rows, unless they say their ids themselves, and among equal rows each."""
    texts = [repr(row) for row in visible(rows).iter_rows()]
    twins = [str(texts[:number].count(text) or "") for number, text in enumerate(texts)]
    ids = pl.Series([str(number) for number in range(1, rows.height + 1)], dtype=pl.String())
    return rows.with_columns(
        **{ROW_ID: rows.get_column(ROW_ID, default=ids), TWIN: pl.Series(twins, dtype=pl.String())}
    )


def _odd(kind: pl.DataType) -> list[Any]:
    """Return as many cells of a type as there are odd texts; where the type has no odd ones, nulls."""
    if kind == pl.String:
        return list(ODD_TEXTS)
    if kind == pl.List(pl.String):
        return [None, [], [None], *([text, text] for text in ODD_TEXTS[3:])]
    if kind.is_float():
        return [float("nan"), float("inf"), float("-inf"), *([None] * (len(ODD_TEXTS) - 3))]
    return [None] * len(ODD_TEXTS)
