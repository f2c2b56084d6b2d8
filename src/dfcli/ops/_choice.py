"""Which rows a step over all rows lets go on: so many of each group, in an order of preference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import polars as pl

Names = str | tuple[str, ...] | None
Quotas = Callable[[list[int]], Sequence[tuple[int, int]]]
"""Takes how many rows each group has, and returns for each how many of them to skip and how many to keep then."""


def named(columns: Names) -> list[str]:
    """Return the columns of an option that takes one, several or none."""
    return [] if columns is None else [columns] if isinstance(columns, str) else list(columns)


def count(frame: pl.LazyFrame) -> int:
    """Return how many rows there are."""
    total: int = frame.select(pl.len()).collect(engine="streaming").item()
    return total


def draws(rng: Random, rows: int) -> pl.Series:
    """Return a random number from 0 to 1 per row."""
    return pl.Series([rng.random() for _ in range(rows)], dtype=pl.Float64())


def size_of(n: int | None, fraction: float | None, rows: int) -> int:
    """Return how many of some rows a number or a share of them is."""
    return min(n, rows) if n is not None else round(rows * (fraction or 0))


def chosen(frame: pl.LazyFrame, by: Names, preference: pl.Series, quotas: Quotas) -> pl.LazyFrame:
    """Return the rows that are chosen, in the order they had.

    Of each group of equal values in the columns `by` the rows come in ascending order of `preference`, of equal ones
    the first; rows without a preference are in no group. Nulls are equal to each other.
    """
    columns = named(by)
    numbers = pl.int_range(preference.len(), eager=True)
    given = frame.select(columns).collect(engine="streaming").get_columns() if columns else [numbers * 0]
    keys = [f"key {number}" for number in range(len(given))]
    rows = pl.DataFrame(dict(zip(keys, given, strict=True)) | {"preference": preference, "row": numbers})
    ranked = rows.drop_nulls("preference").sort("preference", maintain_order=True)
    groups = ranked.group_by(keys, maintain_order=True).agg("row")
    limits = quotas(groups["row"].list.len().to_list())
    kept = groups.with_columns(
        skip=pl.Series([each[0] for each in limits], dtype=pl.Int64()),
        keep=pl.Series([each[1] for each in limits], dtype=pl.Int64()),
    ).select(pl.col("row").list.slice("skip", "keep").explode(empty_as_null=False))
    return frame.filter(numbers.is_in(kept["row"].implode()))


def in_proportion(sizes: Sequence[int], total: int) -> list[int]:
    """Share a total out in proportion to sizes, in whole numbers that add up to it: the largest remainders win.

    No share is larger than its size: a total larger than all together is not used up.
    """
    whole = sum(sizes)
    total = min(total, whole)
    exact = [size * total / whole if whole else 0.0 for size in sizes]
    shares = [int(each) for each in exact]
    order = sorted(range(len(sizes)), key=lambda at: (shares[at] - exact[at], at))
    for at in order[: total - sum(shares)]:
        shares[at] += 1
    return shares


def equally(sizes: Sequence[int], total: int) -> list[int]:
    """Share a total out as equally as sizes allow: what small ones cannot take goes to the others."""
    shares = [0] * len(sizes)
    left, waiting = total, len(sizes)
    for at in sorted(range(len(sizes)), key=lambda at: (sizes[at], at)):
        shares[at] = min(sizes[at], -(-left // waiting) if sizes[at] > left // waiting else sizes[at])
        left, waiting = left - shares[at], waiting - 1
    return shares
