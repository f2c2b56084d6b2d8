"""Which rows of a trial are shown, before and after: the same rows, those first that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dfcli.agent.trial import ROW, cut, first
from dfcli.ops.base import HIDDEN

Shown = tuple[dict[str, Any], ...]

_LOOKED_AT = 200


def pairs(given: pl.DataFrame, after: pl.DataFrame, number: int) -> tuple[Shown, Shown]:
    """Return rows as a trial got them and as it left them, in the order of the result.

    `after` holds the rows' ids in the column `(row)`, counted from 1; `number` is how many rows at most. Where the
    result's rows are none of the given ones, the first of each are shown.
    """
    left = after.drop(ROW, strict=False)
    places = _places(after, given.height)
    if not places:
        return first(given, number), first(left, number)
    found = [
        (_before(given, place), cut(row))
        for place, row in zip(
            places, left.head(len(places)).select(pl.all().exclude(HIDDEN)).iter_rows(named=True), strict=True
        )
    ]
    order = sorted(range(len(found)), key=lambda at: not _differs(*found[at]))
    chosen = sorted(order[:number])
    return tuple(found[at][0] for at in chosen), tuple(found[at][1] for at in chosen)


def _places(after: pl.DataFrame, height: int) -> list[int]:
    """Return the place of each row among the given ones, for the rows looked at; none where one has no place there."""
    if ROW not in after.columns:
        return []
    ids = after.head(_LOOKED_AT)[ROW].cast(pl.String).str.extract(r"^(\d+)").cast(pl.Int64, strict=False)
    places = [-1 if each is None else each - 1 for each in ids.to_list()]
    return places if all(0 <= each < height for each in places) else []


def _before(given: pl.DataFrame, place: int) -> dict[str, Any]:
    return first(given.slice(place, 1), 1)[0]


def _differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(before[name] != after[name] for name in before.keys() & after.keys())
