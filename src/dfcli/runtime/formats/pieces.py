"""Cutting rows anew, so that where the cuts are depends on the rows alone and not on how they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

LARGEST = 64 << 20
"""Bytes of a frame's values; a frame of one row may have more."""
_WORD = 8
"""Bytes that every value is counted as, and those of text and lists on top."""


def pieces(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Yield the frames' rows in frames of exactly `rows` rows, save the last.

    Where so many are larger than LARGEST, it is the first of half, a quarter, … as many that are not.
    """
    waiting: pl.DataFrame | None = None
    for frame in frames:
        waiting = frame if waiting is None else waiting.vstack(frame)
        while waiting.height >= rows or _size(waiting) > LARGEST:
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
    while rows > 1 and _size(frame.head(rows)) > LARGEST:
        rows = (rows + 1) // 2
    return rows


def _size(frame: pl.DataFrame) -> int:
    """Return the bytes of a frame's values; Polars' own estimate depends on the chunks that they came in."""
    return sum(map(_bytes, frame))


def _bytes(values: pl.Series) -> int:
    own = _WORD * values.len()
    if values.dtype == pl.String:
        return own + int(values.str.len_bytes().sum())
    if values.dtype == pl.Binary:
        return own + int(values.bin.size().sum())
    if isinstance(values.dtype, pl.Struct):
        return own + _size(values.drop_nulls().struct.unnest())
    if isinstance(values.dtype, pl.List | pl.Array):
        return own + _bytes(values.drop_nulls().explode())
    return own
