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
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from dfcli.recipes.model import Step
from dfcli.runtime.events import StepReport, Usage

Fate = Literal["dropped", "failed"]
REASON = "__reason__"


@dataclass(frozen=True)
class Bundle:
    """What one or more fused steps made of one part; file names are relative to the steps folder."""

    key: str
    file: str
    rows: int
    reports: tuple[StepReport, ...]
    left: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """For a step over all rows: the files its result was cut into, and their keys; `file` is then empty."""


def chain(key: str, *deciding: object) -> str:
    """Return the key of a result, given the key of what it was made from and what decides it."""
    text = json.dumps([key, *deciding], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def folder_name(number: int, label: str) -> str:
    """Return the name of a step's folder."""
    return f"{number:02d}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', label)}"


class Checkpoints:
    """The bundles of one run folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, step: Step) -> Path:
        """Return the folder of a step's bundles, such as `03-run_sql`."""
        return self.root / folder_name(step.number, step.label)

    def load(self, step: Step, key: str) -> Bundle | None:
        """Return the bundle of a step's key, or None when it is not there or not whole."""
        return self.read(folder_name(step.number, step.label), key)

    def read(self, folder: str, key: str) -> Bundle | None:
        """Return the bundle of a key in a step's folder, or None when it is not there or not whole."""
        try:
            raw = json.loads((self.root / folder / f"{key}.json").read_bytes())
        except (OSError, ValueError):
            return None
        bundle = _bundle(raw)
        files = [bundle.file, *bundle.left, *bundle.replies, *bundle.parts]
        return bundle if all((self.root / each).exists() for each in files if each) else None

    def commit(self, step: Step, bundle: Bundle) -> Bundle:
        """Write a bundle's JSON file, after all its other files: from now on it counts."""
        text = json.dumps(asdict(bundle), ensure_ascii=False, indent=1)
        write_text(text, self.folder(step) / f"{bundle.key}.json")
        return bundle

    def store(self, step: Step, name: str, frame: pl.DataFrame) -> str:
        """Write one of a bundle's files, such as `<key>.dropped`; return its name."""
        file = self.folder(step) / f"{name}.parquet"
        write_parquet(frame, file)
        return self.name(file)

    def name(self, file: Path) -> str:
        """Return a file's name relative to the steps folder."""
        return file.relative_to(self.root).as_posix()


def write_text(text: str, path: Path) -> None:
    """Write a text file so that a crash leaves either the whole file or none."""
    atomically(path, lambda temporary: temporary.write_bytes(text.encode()))


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame so that a crash leaves either the whole file or none."""
    atomically(path, lambda temporary: frame.write_parquet(temporary, compression="lz4", statistics=False))


def atomically(path: Path, write: Callable[[Path], object]) -> None:
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
    lists = {name: tuple(raw[name]) for name in ("left", "replies", "parts", "keys")}
    return Bundle(raw["key"], raw["file"], raw["rows"], reports, **lists)


def report_from(raw: Mapping[str, Any]) -> StepReport:
    """Return a report as it was written to JSON."""
    return StepReport(**{**raw, "usage": Usage(**raw["usage"])})
