"""Whether model calls may still be sent, and why not: Ctrl-C, or an error that no later call can escape.

Whoever is about to send looks here first; whoever waits wakes up. Calls in flight land and are stored all the same.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dfcli.errors import DfcliError, Interrupted


@dataclass(frozen=True)
class Pace:
    """Clock, sleep and chance (from 0 to 1), so that tests need not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


class Halt:
    """Shared by everything that sends; all but `stop` belongs to the loop."""

    def __init__(self, stop: threading.Event, pace: Pace) -> None:
        self.stop = stop
        self.pace = pace
        self._error: DfcliError | None = None
        self._halted = asyncio.Event()

    def check(self) -> None:
        """Return if calls may be sent; else raise why not."""
        if self._error is not None:
            raise self._error
        if self.stop.is_set():
            raise Interrupted("interrupted; what is finished is kept")

    def wake(self) -> None:
        """Wake all who wait, after `stop` was set."""
        self._halted.set()

    def because(self, error: DfcliError) -> DfcliError:
        """Let no further call be sent; return the error that came first."""
        self._error = self._error or error
        self._halted.set()
        return self._error

    async def rest(self, seconds: float) -> None:
        """Wait some seconds, or until nothing may be sent any more."""
        sleeping = asyncio.ensure_future(self.pace.sleep(seconds))
        halted = asyncio.ensure_future(self._halted.wait())
        await asyncio.wait((sleeping, halted), return_when=asyncio.FIRST_COMPLETED)
        for each in (sleeping, halted):
            each.cancel()
