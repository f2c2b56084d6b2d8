"""A process that runs the queries of one connection; it is killed when it does not answer in time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dfcli.errors import EnvironmentLacks, RowError
from dfcli.runtime.databases._serving import Answer, decoded

GRACE = 1.0
"""Seconds after its deadline at which a query that does not stop by itself is killed."""
START = 30.0
"""Seconds that a process may take to start and connect, on however busy a machine."""

_SOURCE = str(Path(__file__).parents[3])
_START = """\
import sys
from importlib import import_module
sys.path.insert(0, sys.argv[1])
import_module(sys.argv[2]).serve()
"""


@dataclass(frozen=True)
class Served:
    """How the process of a connection is started: its module, what that is told first, and whom it reads.

    `bare` says that it needs the standard library only. What it is told may hold a password, so it goes by stdin.
    """

    worker: str
    told: Mapping[str, Any] = field(repr=False)
    label: str
    bare: bool = False

    def command(self) -> list[str]:
        """Return the command that starts it, without anything from this process's environment."""
        bare = ["-S"] if self.bare else []
        return [sys.executable, "-I", *bare, "-c", _START, _SOURCE, f"{__package__}.{self.worker}"]


class Process:
    """The process of one connection, for one thread at a time; it ends with `end()` or with this object."""

    def __init__(self, served: Served) -> None:
        self._label = served.label
        # Ctrl-C goes to a whole session: in one of its own, a query in flight ends by its deadline.
        self._process = subprocess.Popen(
            served.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        self._rest = b""
        self.end = weakref.finalize(self, _end, self._process)
        try:
            self.ask(served.told, START)
        except RowError as error:
            raise EnvironmentLacks(
                f"{self._label}: the process that reads the database does not start ({error})"
            ) from error

    def ask(self, question: Mapping[str, Any], seconds: float) -> Answer:
        """Return the answer to a question; RowError when the process had to be killed or died."""
        with contextlib.suppress(BrokenPipeError):
            self._write((json.dumps(question) + "\n").encode())
        answer: Answer = json.loads(self._line(time.monotonic() + seconds), object_hook=decoded)
        if "broken" in answer:
            raise EnvironmentLacks(f"{self._label}: the database cannot be read: {answer['broken']}")
        return answer

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        left = memoryview(data)
        while left:
            left = left[self._process.stdin.write(left) :]

    def _line(self, ends: float) -> bytes:
        """Return the next line; RowError, with the process at an end, when there is none in time."""
        assert self._process.stdout is not None
        pieces = [self._rest]
        while b"\n" not in pieces[-1]:
            if not select.select([self._process.stdout], [], [], max(ends - time.monotonic(), 0))[0]:
                self.end()
                raise RowError("timeout", "killed after the deadline")
            pieces.append(os.read(self._process.stdout.fileno(), 1 << 18))
            if not pieces[-1]:
                code = self._process.wait()
                self.end()
                raise _died(code)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line


def _died(code: int) -> RowError:
    memory = code == -signal.SIGKILL
    return RowError("too_large" if memory else "other", f"the query's process ended with code {code}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    with contextlib.suppress(BrokenPipeError), process:
        pass
