"""How `toxicity_rules` and `blocklist` do on HateCheck: both errors for each of its functionalities.

The labelled file has rows with `text`, `functionality` and `label` (hateful or non-hateful). For hateful ones the
share that is found is printed, for the others, which only look hateful, the share that is taken for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from dfcli.ops.safety import Blocklist, ToxicityRules
from dfcli.ops.scripted import Scripted


def figures(data: Path) -> Iterator[str]:
    """Yield a line for each functionality, and the sums."""
    rows = pl.read_ndjson(data)
    rows = Blocklist()(ToxicityRules()(rows, Scripted()), Scripted())
    rows = rows.with_columns(rules=pl.col("toxicity") > 0, words=pl.col("blocklist_count") > 0)
    yield f"{'':44} {'texts':>6} {'toxicity_rules':>15} {'blocklist':>10}"
    for keys in (["functionality", "label"], ["label"]):
        found = rows.group_by(keys).agg(pl.len(), pl.col("rules", "words").mean()).sort(keys[::-1])
        for row in found.iter_rows(named=True):
            kind = "found" if row["label"] == "hateful" else "wrongly taken for it"
            name = f"{row.get('functionality', 'all ' + row['label'])}: {kind}"
            yield f"{name:44} {row['len']:6} {row['rules']:15.3f} {row['words']:10.3f}"
