"""The sandbox as makers of functions use it: a process of its own for each trial."""

from __future__ import annotations

from collections.abc import Sequence

from dfcli.ops.base import Row
from dfcli.runtime.sandbox import Limits, Result, Worker, strength

SECONDS = 2.0
"""What a row of a trial may take."""


def run(source: str, function: str, rows: Sequence[Row]) -> Sequence[Result]:
    """Return what a function of a source gives for each row, in order."""
    with Worker(source, Limits(seconds=SECONDS)) as worker:
        return worker.call(function, rows)


def weakness() -> str:
    """Return why no function may be tried here; nothing where the sandbox is strong."""
    found = strength()
    return "" if found.level == "strong" else found.why
