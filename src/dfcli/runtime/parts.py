"""Cutting rows into parts, each with the key of its content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dfcli.ops.base import ROW_ID
from dfcli.ops.lineage import ancestors
from dfcli.runtime import frames
from dfcli.runtime.checkpoint import chain, write_parquet


@dataclass(frozen=True)
class Part:
    """A slice of the rows on its way: the key of how it came to be, and its rows in memory or on disk."""

    number: int
    key: str
    rows: int
    frame: pl.DataFrame | None = None
    file: Path | None = None

    def load(self) -> pl.DataFrame:
        """Return the rows."""
        if self.frame is not None:
            return self.frame
        assert self.file is not None
        return pl.read_parquet(self.file)


class Cutter:
    """Makes parts of frames as they come: numbers equal rows where a step needs it, and hashes the content.

    `twins` names, per engine's column, the columns that must be equal; see `plan.Segment`.
    """

    def __init__(self, twins: Mapping[str, tuple[str, ...]]) -> None:
        self._twins = twins
        self._seen: dict[str, Counter[int]] = {name: Counter() for name in twins}
        self._cut = 0

    def part(self, frame: pl.DataFrame) -> Part:
        """Return the next part; the frame has its row ids already."""
        numbered = frame.with_columns(
            self._number(name, columns, frame) for name, columns in self._twins.items() if self._twins
        )
        part = Part(self._cut, frames.digest(numbered), frame.height, numbered)
        self._cut += 1
        return part

    def _number(self, name: str, columns: tuple[str, ...], frame: pl.DataFrame) -> pl.Series:
        seen, numbers = self._seen[name], []
        present = [each for each in columns if each in frame.columns]
        hashes = frame.select(present).hash_rows(seed=7) if present else [0] * frame.height
        for each in hashes:
            numbers.append(seen[each])
            seen[each] += 1
        return pl.Series(name, numbers, dtype=pl.UInt32)


def on_disk(part: Part, root: Path) -> Part:
    """Return a part whose rows are in a file; a step over all rows reads them from there, so memory stays flat."""
    file = root / "00-input" / f"{part.key}.parquet"
    if not file.exists():
        write_parquet(part.load(), file)
    return Part(part.number, part.key, part.rows, file=file)


def together(parts: Iterable[Part], generations: int) -> Iterator[Part]:
    """Yield parts, joined where rows with an ancestor in common, so many generations back, are in several."""
    held: list[Part] = []
    last = None
    for part in parts:
        keys = ancestors(part.load()[ROW_ID], generations)
        if held and not keys.is_empty() and keys[0] != last:
            yield _joined(held)
            held = []
        held.append(part)
        last = last if keys.is_empty() else keys[-1]
    if held:
        yield _joined(held)


def _joined(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    frame = pl.concat([part.load() for part in parts], how="vertical_relaxed")
    return Part(parts[0].number, chain("joined", [part.key for part in parts]), frame.height, frame)


def with_ids(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """Return a frame whose rows are numbered from `first` on, as text."""
    numbers = pl.int_range(first, first + pl.len()).cast(pl.String).alias(ROW_ID)
    return frame.with_columns(numbers)
