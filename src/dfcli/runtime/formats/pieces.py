"""Cutting rows anew, so that where the cuts are depends on the rows alone and not on how they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

LARGEST = 64 << 20
"""Bytes of a frame's values; a frame of one row may have more."""


def pieces(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Yield the frames' rows in frames of exactly `rows` rows, save the last.

    Where so many are larger than LARGEST, it is the first of half, a quarter, … as many that are not.
    """
    waiting: pl.DataFrame | None = None
    for frame in frames:
        waiting = frame if waiting is None else waiting.vstack(frame)
        while waiting.height >= rows or waiting.estimated_size() > LARGEST:
            piece = waiting.head(_fitting(waiting, rows))
            if piece.height == waiting.height < rows:
                break
            yield piece
            waiting = waiting.slice(piece.height)
    while waiting is not None and waiting.height:
        piece = waiting.head(_fitting(waiting, rows))
        yield piece
        waiting = waiting.slice(piece.height)


def _fitting(frame: pl.DataFrame, rows: int) -> int:
    while rows > 1 and frame.head(rows).estimated_size() > LARGEST:
        rows = (rows + 1) // 2
    return rows
