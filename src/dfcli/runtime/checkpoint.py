"""Results on disk: content-addressed, so running again is resuming.

A part's first key is a hash of its rows; each step's key is chained from the key before and everything that decides
the step's result. A result is a *bundle*: the rows that go on, the rows that left with their reasons, the keys of the
replies that were used, and a small JSON file that is written last, so that its existence means the bundle is whole.

    steps/03-run_sql/8c1f….parquet            rows that go on
    steps/03-run_sql/8c1f….dropped.parquet    rows a condition removed (column `__reason__`)
    steps/03-run_sql/8c1f….failed.parquet     rows the step could not finish
    steps/03-run_sql/8c1f….replies.parquet    which row got which stored reply
    steps/03-run_sql/8c1f….json               the bundle: counts, and the names of the files above
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from dfcli.recipes.model import Step
from dfcli.runtime.events import StepReport, Usage

Fate = Literal["dropped", "failed"]
REASON = "__reason__"


@dataclass(frozen=True)
class Left:
    """Rows that a step took out of the flow, each with its reason in column `__reason__`."""

    step: Step
    key: str
    fate: Fate
    frame: pl.DataFrame


@dataclass(frozen=True)
class Bundle:
    """What one or more fused steps made of one part; file names are relative to the steps folder."""

    key: str
    file: str
    rows: int
    reports: tuple[StepReport, ...]
    left: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    parts: tuple[str, ...] = field(default=())
    """For a step over all rows: the files its result was cut into; `file` is then empty."""


def chain(key: str, *deciding: object) -> str:
    """Return the key of a result, given the key of what it was made from and what decides it."""
    text = json.dumps([key, *deciding], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class Checkpoints:
    """The bundles of one run folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, step: Step) -> Path:
        """Return the folder of a step's bundles, such as `03-run_sql`."""
        return self.root / f"{step.number:02d}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', step.label)}"

    def load(self, step: Step, key: str) -> Bundle | None:
        """Return the bundle of a key, or None when it is not there or not whole."""
        try:
            raw = json.loads((self.folder(step) / f"{key}.json").read_bytes())
        except (OSError, ValueError):
            return None
        bundle = _bundle(raw)
        files = [bundle.file, *bundle.left, *bundle.replies, *bundle.parts]
        return bundle if all((self.root / each).exists() for each in files if each) else None

    def save(
        self, step: Step, key: str, frame: pl.DataFrame, left: Sequence[Left], reports: Sequence[StepReport]
    ) -> Bundle:
        """Write a part's result, and return its bundle; the JSON file comes last."""
        file = self.folder(step) / f"{key}.parquet"
        write_parquet(frame, file)
        return self.commit(step, Bundle(key, self._name(file), frame.height, tuple(reports), self._left(left)))

    def save_replies(self, step: Step, key: str, replies: pl.DataFrame) -> str:
        """Write which row got which reply, and return the file's name."""
        file = self.folder(step) / f"{key}.replies.parquet"
        write_parquet(replies, file)
        return self._name(file)

    def commit(self, step: Step, bundle: Bundle) -> Bundle:
        """Write a bundle's JSON file: from now on it counts."""
        text = json.dumps(asdict(bundle), ensure_ascii=False, indent=1)
        atomically(
            self.folder(step) / f"{bundle.key}.json", lambda path: path.write_text(text, encoding="utf-8") and None
        )
        return bundle

    def path(self, name: str) -> Path:
        """Return where a bundle's file is."""
        return self.root / name

    def left_file(self, step: Step, key: str, fate: Fate) -> Path:
        """Return where the rows that left at a step are."""
        return self.folder(step) / f"{key}.{fate}.parquet"

    def _left(self, left: Sequence[Left]) -> tuple[str, ...]:
        names = []
        for each in left:
            file = self.left_file(each.step, each.key, each.fate)
            write_parquet(each.frame, file)
            names.append(self._name(file))
        return tuple(names)

    def _name(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame so that a crash leaves either the whole file or none."""
    atomically(path, lambda temporary: frame.write_parquet(temporary, compression="lz4", statistics=False))


def atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside the path, flush it to the disk, and put it in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _bundle(raw: Mapping[str, Any]) -> Bundle:
    reports = tuple(report_from(each) for each in raw["reports"])
    lists = {name: tuple(raw[name]) for name in ("left", "replies", "parts")}
    return Bundle(raw["key"], raw["file"], raw["rows"], reports, **lists)


def report_from(raw: Mapping[str, Any]) -> StepReport:
    """Return a report as it was written to JSON."""
    return StepReport(**{**raw, "usage": Usage(**raw["usage"])})
