"""The one asyncio loop of a run, in a thread of its own; everybody else is plain synchronous code."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")

SWITCH = 0.0005
"""Seconds after which a computing thread lets the loop go on; with Python's own 5 ms, calls would wait for that."""


COLLECT = 50_000
"""New objects between two rounds of garbage collection; with Python's own 700, every few calls would wait for one."""


@contextmanager
def _quick() -> Iterator[None]:
    """Make the process one in which calls wait for nothing else."""
    switch, collect = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(min(switch, SWITCH))
    gc.set_threshold(max(collect[0], COLLECT), *collect[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(switch)
        gc.set_threshold(*collect)


class Loop:
    """Starts with the first work; a daemon, so that a process told to leave at once does."""

    def __init__(self, last: Callable[[], Awaitable[None]]) -> None:
        self._last = last
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._running = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what the work returns; the calling thread waits for it."""
        self._start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def soon(self, call: Callable[[], object]) -> None:
        """Have the loop make a call, if it runs."""
        if self._running.is_set():
            self._loop.call_soon_threadsafe(call)

    def close(self) -> None:
        """Let the loop do its last work and end; it may not be used again."""
        with self._lock:
            if self._thread is not None:
                self.soon(self._over.set)
                self._thread.join()
                self._thread = None

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="dfcli-models", daemon=True)
                self._thread.start()
        self._running.wait()

    def _work(self) -> None:
        with _quick():
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._running.set()
        await self._over.wait()
        self._running.clear()
        await self._last()
