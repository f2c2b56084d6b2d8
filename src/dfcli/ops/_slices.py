"""A part of the rows in slices that are worked on at the same time: memory then follows the slice, not the part."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import polars as pl

SLICE = 4_000_000
"""Bytes of text in a slice: numbers about its words fit a processor's cache, and threads have enough to do."""


def by_slices(frame: pl.DataFrame, text: str, work: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Return what row-local work makes of a frame whose column `text` may be of any size; rows keep their order."""
    slices = list(_slices(frame, text))
    if len(slices) < 2:
        return work(frame)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(slices))) as threads:
        return pl.concat(threads.map(work, slices))


def _slices(frame: pl.DataFrame, text: str) -> Iterator[pl.DataFrame]:
    sizes = frame[text].cast(pl.String()).str.len_bytes().fill_null(0)
    number = (sizes.cum_sum() - sizes) // SLICE
    starts = [*(number != number.shift()).fill_null(True).arg_true(), frame.height]
    for start, end in pairwise(starts):
        yield frame.slice(start, end - start)
