"""What happened to each row: read back from the bundles of a run.

A row's way leads through its ancestors: `17.2` was made from `17`, by the step where `17.2` first appears, and
`17.2+` is `17.2` after it went on for its siblings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.errors import UsageError
from dfcli.ops.base import REPLY, ROW_ID, is_hidden
from dfcli.ops.lineage import way_back
from dfcli.runtime.checkpoint import REASON, Checkpoints, folder_name
from dfcli.runtime.replies import Replies, Stored
from dfcli.runtime.rundir import Manifest, RunFolder


@dataclass(frozen=True)
class Trace:
    """One stop on a row's way: the step, the row as it left it, and what was said to and by a model there.

    `fate` is `kept`, `dropped` or `failed`; `reason` says why it left.
    """

    number: int
    label: str
    row: str
    fate: str
    values: Mapping[str, Any]
    reason: str | None = None
    reply: Stored | None = None


def trace(run: RunFolder, row: str, replies: Path) -> list[Trace]:
    """Return a row's way through the last run; `row` is its id, or `@5` for the fifth row of the result."""
    manifest = run.manifest()
    if manifest is None:
        raise UsageError(f"{run.path} has no finished run to trace")
    store = Checkpoints(run.steps)
    bundles = list(_bundles(manifest, store))
    row = _named(row, bundles, store) if row.startswith("@") else row
    with closing(Replies(replies)) as known:
        stops = [stop for folder, files in bundles for stop in _stops(folder, files, row, store, known)]
    if not stops:
        raise UsageError(f"no row {row!r} in {run.path}; ids are the input's row numbers from 1 on, and {_example()}")
    return stops


def _example() -> str:
    return "a row that step 2 made from row 17 is 17.1, 17.2, …; @5 is the fifth row of the result"


@dataclass(frozen=True)
class _Files:
    """The files of one stage."""

    number: int
    label: str
    kept: tuple[str, ...]
    left: tuple[str, ...]
    replies: tuple[str, ...]


def _bundles(manifest: Manifest, store: Checkpoints) -> Iterator[tuple[str, _Files]]:
    numbers = {each["label"]: each["number"] for each in manifest.steps}
    for stage in manifest.stages:
        folder = folder_name(numbers[stage.label], stage.label)
        found = [bundle for key in stage.keys if (bundle := store.read(folder, key)) is not None]
        kept = tuple(name for each in found for name in (each.parts or (each.file,)))
        left = tuple(dict.fromkeys(name for each in found for name in each.left))
        replies = tuple(name for each in found for name in each.replies)
        yield folder, _Files(numbers[stage.label], stage.label, kept, left, replies)


def _named(row: str, bundles: list[tuple[str, _Files]], store: Checkpoints) -> str:
    place = row[1:]
    last = bundles[-1][1].kept if bundles else ()
    ids = [str(each) for name in last for each in pl.read_parquet(store.root / name, columns=[ROW_ID])[ROW_ID]]
    if not place.isdecimal() or not 1 <= int(place) <= len(ids):
        raise UsageError(f"the result has {len(ids)} rows; @1 is the first")
    return ids[int(place) - 1]


def _stops(folder: str, files: _Files, row: str, store: Checkpoints, replies: Replies) -> Iterator[Trace]:
    """Yield where a row or an ancestor of it appears after a stage."""
    replied = {each[ROW_ID]: each[REPLY] for each in _rows(files.replies, row, store)}
    stored = {each.key: each for each in replies.whole(replied.values())}
    for each in _rows(files.kept, row, store):
        reply = stored.get(replied.get(each[ROW_ID], ""))
        yield Trace(files.number, files.label, each[ROW_ID], "kept", _visible(each), None, reply)
    for name in files.left:
        place, fate = name.split("/")[0], name.split(".")[-2]
        number, _, label = place.partition("-")
        for each in _rows((name,), row, store):
            reply = stored.get(replied.get(each[ROW_ID], ""))
            yield Trace(int(number), label, each[ROW_ID], fate, _visible(each), each[REASON], reply)


def _rows(names: tuple[str, ...], row: str, store: Checkpoints) -> list[dict[str, Any]]:
    """Return the rows of some files that are the row or an ancestor of it."""
    way = way_back(row)
    found = []
    for name in names:
        lazy = pl.scan_parquet(store.root / name).filter(pl.col(ROW_ID).is_in(way))
        found += lazy.collect().to_dicts()
    return found


def _visible(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not is_hidden(name)}
