"""What each way of deduplication keeps of a file, beside what others kept of it.

The data has columns `kept_at_…`, true for the rows that an embedding-based deduplication at that threshold kept: a
comparison, not a truth. Texts are instruction, input and output together, or the column `text`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.text_dedup import BENCHMARK, OPERATORS, share
from dfcli.ops.dedup_near import DedupMinhash
from dfcli.ops.scripted import Scripted


def figures(data: Path) -> Iterator[str]:
    """Yield a line for each way: how many rows stay, and how often that agrees with each column."""
    rows = pl.read_ndjson(data, infer_schema_length=None)
    columns: list[str] = [name for name in ("instruction", "input", "output") if name in rows.columns]
    rows = rows.with_columns(
        text=pl.concat_str([pl.col(name).fill_null("") for name in columns or ["text"]], separator="\n")
    )
    kept = [name for name in rows.columns if name.startswith("kept_at_")]
    yield f"{rows.height} rows; of each, how many stay; agreement with {', '.join(kept) or 'nothing'}"
    ways = {**OPERATORS, "dedup_minhash 0.5, n-grams of 3": DedupMinhash(threshold=0.5, ngram=3)}
    for name, operator in ways.items():
        if operator is None or "vector" in name:
            continue
        left = operator(rows.with_row_index("number"), Scripted(files=BENCHMARK))
        stays = pl.int_range(rows.height, eager=True).is_in(left["number"].implode())
        agreed = " ".join(f"{share(stays == rows[each]):.3f}" for each in kept)
        yield f"{name:34} {left.height:6}  {agreed}"
    for each in kept:
        yield f"{each:34} {rows[each].sum():6}"
