"""Row functions in worker processes: plain Python on all cores, and a crash costs one row.

A worker is `python -m dfcli.runtime.worker`, not a fork: it shares no threads, locks or sockets with the engine, and
needs no guard in the user's script.
"""

from __future__ import annotations

import io
import json
import os
import queue
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from dfcli.ops.base import FAILED, RowFunction
from dfcli.runtime.worker import receive, send

FEW = 64
"""A part with fewer rows runs in the engine's own process: starting workers would cost more."""


class _Worker:
    """One process, used by one thread at a time."""

    def __init__(self, local: Sequence[Path]) -> None:
        command = [sys.executable, "-m", "dfcli.runtime.worker", *map(str, local)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, operator: RowFunction, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the operator's result; EOFError when the process dies over it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"op": operator.op(), "options": operator.model_dump(mode="json")}
        data = io.BytesIO()
        frame.write_ipc(data)
        try:
            send(self._process.stdin, json.dumps(request).encode(), data.getvalue())
            return pl.read_ipc(receive(self._process.stdout, 1)[0])
        except BrokenPipeError as error:
            raise EOFError from error

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        self._process.wait()


class Workers:
    """A pool of worker processes, started when first needed and closed with the run."""

    def __init__(self, local: Sequence[Path] = (), count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        self._local = tuple(local)
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(self.count):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="dfcli-worker")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        for _ in range(self.count):
            worker = self._idle.get()
            if worker is not None:
                worker.close()

    def run(self, operator: RowFunction, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a row function's result over a frame, in order; a row that kills its worker fails."""
        if frame.height < FEW:
            return operator(frame, None)  # type: ignore[arg-type]  # a row function uses no context
        size = max(FEW // 2, -(-frame.height // (2 * self.count)))
        return pl.concat(self._threads.map(lambda part: self._survive(operator, part), frame.iter_slices(size)))

    def _survive(self, operator: RowFunction, frame: pl.DataFrame) -> pl.DataFrame:
        """Run a slice; when its worker dies, halve it until the deadly row stands alone."""
        worker = self._idle.get()
        try:
            worker = worker or _Worker(self._local)
            result = worker.run(operator, frame)
        except EOFError:
            assert worker is not None
            worker.close()
            worker = None
            result = None
        finally:
            self._idle.put(worker)
        if result is not None:
            return result
        if frame.height == 1:
            return _died(operator, frame)
        half = frame.height // 2
        return pl.concat([self._survive(operator, frame[:half]), self._survive(operator, frame[half:])])


def _died(operator: RowFunction, frame: pl.DataFrame) -> pl.DataFrame:
    nulls = {name: pl.lit(None, dtype=kind or pl.String()) for name, kind in operator.writes().items()}
    return frame.with_columns(**nulls, **{FAILED: pl.lit("worker_died: the process ended on this row")})
