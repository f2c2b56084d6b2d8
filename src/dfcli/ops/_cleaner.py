"""Bases of the cleaners: operators that rewrite one text column, in place or `into` another, and drop nothing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any

import polars as pl
from pydantic import Field

from dfcli.ops.base import FAILED, Context, Map, Operator, Reads, Row, RowFunction, Writes

Rewrite = Callable[[pl.Expr], pl.Expr]

ROUNDS = 20
"""How often a rewriting is repeated at most: what is nested deeper stays as it is."""

CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\x{3000}-\x{303F}\x{FF00}-\x{FFEF}“”‘’…—"
"""Inside a character class: what stands beside words without spaces in Chinese and Japanese text."""


class InPlace(Operator):
    """A cleaner's two columns: `text` is cleaned in place, unless `into` names another column."""

    text: Annotated[Reads, pl.String] = Field(default="text", description="The column that holds the text.")
    into: Annotated[Writes, pl.String] = Field(default="text", description="The column read, unless another is named.")

    def model_post_init(self, context: Any) -> None:
        if "into" not in self.model_fields_set:
            self.__dict__["into"] = self.text  # a validator before all others would lose that lists are tuples in JSON


class Cleaner(InPlace, Map):
    """A cleaner that is a Polars expression."""


class Remover(Cleaner):
    """A cleaner that takes out what a pattern finds, again until nothing is found any more."""

    by: str = Field(default="", description="What stands in place of each thing removed; nothing by default.")

    @abstractmethod
    def pattern(self) -> str:
        """Return what to remove, as a regular expression; what its groups `before` and `after` hold stays."""

    def gate(self, text: pl.Expr) -> pl.Expr | None:
        """Return which texts can hold such a thing at all, by a test that is cheaper than the pattern."""
        return None

    def expr(self) -> pl.Expr:
        pattern = self.pattern()
        before, after = (f"${{{name}}}" if f"<{name}>" in pattern else "" for name in ("before", "after"))
        by = before + self.by.replace("$", "$$") + after
        return settled(pl.col(self.text), lambda text: text.str.replace_all(pattern, by), self.gate)


class RowCleaner(InPlace, RowFunction):
    """A cleaner in plain Python, for the texts that need it; the others are passed on as they are."""

    def due(self, text: pl.Expr) -> pl.Expr:
        """Return which texts need cleaning; all by default."""
        return text.is_not_null()

    @abstractmethod
    def cleaned(self, text: str) -> str:
        """Return the clean text."""

    def value(self, row: Row) -> str:
        return self.cleaned(row[self.text])

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        due = frame.select(self.due(pl.col(self.text)).fill_null(False)).to_series()
        made = super().__call__(frame.filter(due), ctx)
        unfailed = pl.Series(FAILED, [None] * frame.height, dtype=pl.String())
        return frame.with_columns(
            merged(frame[self.text], due, made[self.into]).alias(self.into), merged(unfailed, due, made[FAILED])
        )


def settled(text: pl.Expr, rewrite: Rewrite, gate: Callable[[pl.Expr], pl.Expr | None] | None = None) -> pl.Expr:
    """Return a text rewritten until nothing changes, if not more than `ROUNDS` times.

    Only texts behind the gate are looked at, and again only those that changed.
    """

    def run(series: pl.Series) -> pl.Series:
        test = gate(pl.col(series.name)) if gate else None
        due = _true(series, pl.col(series.name).is_not_null() if test is None else test)
        for _ in range(ROUNDS):
            before = series.filter(due)
            if before.is_empty():
                break
            after = before.to_frame().select(rewrite(pl.col(series.name))).to_series()
            series = merged(series, due, after)
            due = merged(due, due, before != after)
        return series

    return text.map_batches(run, return_dtype=pl.String, is_elementwise=True)


def kept_lines(text: pl.Expr, stays: pl.Expr) -> pl.Expr:
    """Return a text with only those lines for which a test over `pl.element()` holds."""
    return text.str.split("\n").list.eval(pl.element().filter(stays)).list.join("\n")


def merged(before: pl.Series, changed: pl.Series, after: pl.Series) -> pl.Series:
    """Return a series in which the places that are true in `changed` are taken, in order, from `after`."""
    place = pl.when(changed).then(changed.cast(pl.Int64).cum_sum() - 1 + before.len())
    index = pl.select(place.otherwise(pl.int_range(before.len()))).to_series()
    return pl.concat([before, after.alias(before.name)]).gather(index)


def _true(series: pl.Series, test: pl.Expr) -> pl.Series:
    return series.to_frame().select(test.fill_null(False)).to_series()
