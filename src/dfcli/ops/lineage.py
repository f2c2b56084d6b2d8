"""What a row's id says: `17` came in, `17.2` is the second row made of it, `17.2+` went on alone for its siblings.

A row that went on for its siblings stands for the row they were made of: `17.1.2+` stands for `17.1`, and so is a
sibling of `17.2.4+`. The whole way back is in the id: `17.1.2+`, `17.1.2`, `17.1`, `17`.
"""

from __future__ import annotations

import polars as pl

_WENT_ON = r"\.[^.+]+\+"
"""The last component of a row that went on for its siblings, and the sign that it did."""


def families(ids: pl.Series) -> pl.Series:
    """Return whose children rows are, by their ids; a row that is nobody's child is a family by itself."""
    return _stand_for(ids).str.replace(r"\.[^.]+$", "")


def ancestors(ids: pl.Series, generations: int) -> pl.Series:
    """Return the rows' ancestors so many generations back, or the oldest where there are not as many."""
    for _ in range(generations):
        ids = families(ids)
    return ids


def went_on(ids: pl.Series) -> pl.Series:
    """Return the ids of rows after each went on alone for its siblings; one that is nobody's child keeps its id."""
    is_child = _stand_for(ids).str.contains(".", literal=True)
    return (ids + pl.select(pl.when(is_child).then(pl.lit("+")).otherwise(pl.lit(""))).to_series()).rename(ids.name)


def way_back(row: str) -> list[str]:
    """Return a row's id and those of its ancestors, the row itself first."""
    way = [row]
    while before := way[-1][:-1] if way[-1].endswith("+") else way[-1].rpartition(".")[0]:
        way.append(before)
    return way


def _stand_for(ids: pl.Series) -> pl.Series:
    while ids.str.contains(_WENT_ON).any():
        ids = ids.str.replace_all(_WENT_ON, "")
    return ids
