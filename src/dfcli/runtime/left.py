"""The rows that left a run on the way, as its folder shows them: by step, each with its id and the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.ops.base import HIDDEN, ROW_ID
from dfcli.runtime.checkpoint import REASON, Fate

ROW, WHY = "(row)", "(why)"
"""Columns for what is not data: parentheses keep them apart from the data's own."""

_NTH = "__nth__"


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


def by_reason(folder: Path, fate: Fate, reasons: Collection[str], number: int) -> dict[str, list[dict[str, Any]]]:
    """Return, for each of some reasons, the first `number` rows that left for it; `folder` is a step's under a fate."""
    found: dict[str, list[dict[str, Any]]] = {reason: [] for reason in reasons}
    for file in sorted(folder.glob("*.parquet")):
        short_of = [reason for reason, rows in found.items() if len(rows) < number]
        if not short_of:
            break
        rows = pl.scan_parquet(file, row_index_name=_NTH)
        codes = rows.select(_NTH, _code(fate)).filter(pl.col(REASON).is_in(short_of)).collect()
        first = codes.group_by(REASON, maintain_order=True).head(number)
        picked = rows.filter(pl.col(_NTH).is_in(first[_NTH].to_list())).select(_columns()).collect()
        for code, row in zip(first.sort(_NTH)[REASON], picked.to_dicts(), strict=True):
            found[code] = [*found[code], row][:number]
    return found


def _code(fate: Fate) -> pl.Expr:
    """Return what counts as the reason: of a failure the code before the colon."""
    return pl.col(REASON).str.split(": ").list.first() if fate == "failed" else pl.col(REASON)


def _columns() -> list[pl.Expr]:
    own = (pl.col(ROW_ID).alias(ROW), pl.col(REASON).alias(WHY))
    return [*own, pl.all().exclude(HIDDEN, ROW, WHY)]
