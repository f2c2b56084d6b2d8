"""The rows that left a run on the way, as its folder shows them: by step, each with its id and the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dfcli.ops.base import HIDDEN, ROW_ID
from dfcli.runtime.checkpoint import REASON, Fate

ROW, WHY = "(row)", "(why)"
"""Columns for what is not data: parentheses keep them apart from the data's own."""


@dataclass(frozen=True)
class Left:
    """The rows that left at one step: how many, and the first of them."""

    step: str
    count: int
    first: pl.DataFrame


def left(run: Path, fate: Fate, number: int) -> Iterator[Left]:
    """Yield, for each step that rows left at, the first `number` of them."""
    for folder in sorted(each for each in (run / fate).glob("*") if each.is_dir()):
        files = sorted(folder.glob("*.parquet"))
        counts = [pl.scan_parquet(each).select(pl.len()).collect().item() for each in files]
        first = pl.concat([pl.scan_parquet(each).head(number) for each in files], how="diagonal_relaxed").head(number)
        yield Left(folder.name, sum(counts), first.select(_columns()).collect())


def _columns() -> list[pl.Expr]:
    own = (pl.col(ROW_ID).alias(ROW), pl.col(REASON).alias(WHY))
    return [*own, pl.all().exclude(HIDDEN, ROW, WHY)]
