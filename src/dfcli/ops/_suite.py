"""What the quality suites have in common: rules in an order, over measures that may become columns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, NamedTuple

import polars as pl
from pydantic import Field

from dfcli.ops._slices import by_slices
from dfcli.ops.base import DROPPED, Context, Kind, Operator, Reads, Rows, declared_schema

NULL_TEXT = "null_text"


class Stage(NamedTuple):
    """Measures of a text, one number per text and name, and the rules over them by their drop reason."""

    measure: Callable[[pl.Series], pl.DataFrame]
    rules: Sequence[tuple[str, pl.Expr]]


class Suite(Operator):
    """Rules of which the first broken one is the reason a row leaves; later stages look only at what is left."""

    kind: ClassVar[Kind] = "filter"
    rows: ClassVar[Rows] = "fewer"
    measures: ClassVar[Sequence[str]] = ()
    """The names of what is measured; those that end in `count` are whole numbers."""

    text: Annotated[Reads, pl.String] = "text"
    signals: bool = Field(default=False, description="Also write what is measured into columns; null for a null text.")
    drop: bool = Field(default=True, description="Rows that break a rule leave; false: only signals are written.")

    @abstractmethod
    def stages(self) -> Sequence[Stage]:
        """Return the stages, the cheapest first where the order of the rules allows it."""

    def column(self, measure: str) -> str:
        """Return the column that a measure is written into."""
        return f"{self.op().partition('_')[0]}_{measure}"

    def effect(self) -> Rows:
        return "fewer" if self.drop else "same"

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.column(name): measure_type(name) for name in self.measures if self.signals}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return by_slices(frame, self.text, self._on_slice)

    def _on_slice(self, frame: pl.DataFrame) -> pl.DataFrame:
        text = frame[self.text]
        reasons = pl.select(pl.when(text.is_null()).then(pl.lit(NULL_TEXT)).alias(DROPPED)).to_series()
        columns: dict[str, pl.Series] = {}
        for stage in self.stages():
            at = pl.Series(range(len(text)), dtype=pl.Int64) if self.signals else reasons.is_null().arg_true()
            measured = stage.measure(text.gather(at).fill_null(""))
            broken = measured.select(_first_broken(stage.rules)).to_series()
            reasons = reasons.scatter(at, pl.select(pl.coalesce(reasons.gather(at), broken)).to_series())
            columns |= {each.name: each for each in measured}
        written = [self._written(columns[name], text) for name in self.measures if self.signals]
        return frame.with_columns(*written, *([reasons] if self.drop else []))

    def _written(self, measured: pl.Series, text: pl.Series) -> pl.Series:
        values = measured.cast(measure_type(measured.name))
        return pl.select(pl.when(text.is_not_null()).then(values).alias(self.column(measured.name))).to_series()


def measure_type(name: str) -> pl.DataType:
    """Return the type of a measure's column."""
    return pl.Int64() if name.endswith("count") else pl.Float64()


def _first_broken(rules: Sequence[tuple[str, pl.Expr]]) -> pl.Expr:
    """Return the reason of the first rule that is false; one over a measure that is null holds."""
    broken = [pl.when(~rule.fill_null(True)).then(pl.lit(name)) for name, rule in rules]
    return pl.coalesce(*broken, pl.lit(None, dtype=pl.String)).alias(DROPPED)
