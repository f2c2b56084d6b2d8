"""A process that runs functions of an untrusted source on rows, and can do nothing else.

It is started when it is first needed, is killed when a row takes too long or breaks it, and started again for the rows
that follow: only the row that did it fails.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from dfcli.errors import EnvironmentLacks
from dfcli.ops.base import Row
from dfcli.runtime.sandbox import seccomp

_INSIDE = Path(__file__).with_name("inside.py")
_ROWS, _BYTES = 500, 1_000_000
"""Rows, and bytes, that are sent at once."""

_START = 20.0
"""Seconds that Python may take to start, and a source to load."""

_SHOWN = 400


@dataclass(frozen=True)
class Limits:
    """What a function may use: seconds per row, bytes of memory in all, characters of what it gives for a row."""

    seconds: float = 5.0
    memory: int = 512 * 1024 * 1024
    answer: int = 1_000_000


class Result(NamedTuple):
    """What a function made of a row: a value, or the sentence of an error."""

    value: Any = None
    error: str | None = None


class Worker:
    """Runs a source in a process of its own; use it as a context manager.

    Without `isolated`, limits are all that holds it: no user who has not said so should get such a one.
    """

    def __init__(self, source: str, limits: Limits | None = None, *, isolated: bool = True) -> None:
        self._source = source
        self._limits = limits or Limits()
        self._isolated = isolated
        self._process: _Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def call(self, function: str, rows: Sequence[Row]) -> list[Result]:
        """Return what a function gives for each row, in order; EnvironmentLacks where no process can be started."""
        results: list[Result] = []
        while len(results) < len(rows):
            results += self._some(function, rows[len(results) :])
        return results

    def _some(self, function: str, rows: Sequence[Row]) -> Iterator[Result]:
        """Yield results of the first rows, at least of one."""
        batch: list[str] = []
        size = 0
        for row in rows[:_ROWS]:
            said = json.dumps(row, default=str)
            size += len(said)
            if batch and size > _BYTES:
                break
            batch.append(said)
        process = self._started()
        if process.broken:
            yield from (Result(error=process.broken) for _ in batch)
            return
        try:
            process.send(f"[{json.dumps(function)},[{','.join(batch)}]]\n", self._limits.seconds + _START)
            for _ in batch:
                yield process.answer(self._limits.seconds)
        except TimeoutError:
            self.close()
            yield Result(error=f"it takes longer than {self._limits.seconds:g} seconds")
        except EOFError:
            self.close()
            yield Result(error="it ended the process that it ran in")

    def _started(self) -> _Process:
        if self._process is None:
            self._process = _Process(self._source, self._limits, isolated=self._isolated)
        return self._process


class _Process:
    """A running process; `broken` says why its source could not be loaded."""

    def __init__(self, source: str, limits: Limits, *, isolated: bool) -> None:
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  it is closed with the process
        self._folder = tempfile.TemporaryDirectory(prefix="dfcli-sandbox-")
        self._buffer = bytearray()
        self._longest = 7 * limits.answer + 10_000  # JSON writes a character in six at most
        self._process = self._opened(json.dumps(asdict(limits)), isolated=isolated)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        try:
            self.send(f"{json.dumps(source)}\n", _START)
            self.broken = self.answer(_START).error
        except TimeoutError:
            self.broken = f"loading it takes longer than {_START:g} seconds"
        except EOFError:
            self._said.seek(0)
            why = " ".join(self._said.read(_SHOWN).decode(errors="replace").split())
            self.kill()
            raise EnvironmentLacks(f"the sandbox cannot be started: {why or 'it ended at once'}") from None

    def send(self, line: str, seconds: float) -> None:
        """Write a line; TimeoutError when it is not taken in time, EOFError when nobody is there."""
        left = memoryview(line.encode())
        deadline = time.monotonic() + seconds
        while left:
            self._wait(self._in, selectors.EVENT_WRITE, deadline)
            try:
                left = left[os.write(self._in, left) :]
            except BrokenPipeError:
                raise EOFError from None

    def answer(self, seconds: float) -> Result:
        """Return the next answer; TimeoutError when it does not come in time, EOFError when none will come."""
        deadline = time.monotonic() + seconds
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > self._longest:
                raise EOFError
            self._wait(self._out, selectors.EVENT_READ, deadline)
            data = os.read(self._out, 1 << 16)
            if not data:
                raise EOFError
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return _result(line)

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for each in (self._process.stdin, self._process.stdout, self._said):
            if each is not None:
                with suppress(OSError):  # what was not sent is not wanted any more
                    each.close()
        self._folder.cleanup()

    @staticmethod
    def _wait(file: int, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(file, event)
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise TimeoutError

    def _opened(self, limits: str, *, isolated: bool) -> subprocess.Popen[bytes]:
        python = [_python(), "-s", "-P", "-S", "-B", "-c", _INSIDE.read_text(encoding="utf-8"), limits]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._said}
        if not isolated:
            environment = {"PYTHONHASHSEED": "0"}
            return subprocess.Popen(python, cwd=self._folder.name, env=environment, start_new_session=True, **pipes)
        with tempfile.TemporaryFile() as rules:
            rules.write(seccomp.program() or b"")
            rules.seek(0)
            command = [*_walls(rules.fileno()), *python]
            return subprocess.Popen(command, env={}, pass_fds=[rules.fileno()], **pipes)


def _result(line: bytes) -> Result:
    """Return what a line says; it comes from where untrusted code runs, and may be anything."""
    try:
        said = json.loads(line)
        error = said.get("error")
        return Result(said.get("value"), None if error is None else str(error)[:_SHOWN])
    except (ValueError, AttributeError, RecursionError):
        return Result(error="it wrote into its own answers")


def _python() -> str:
    return os.path.realpath(sys.executable)


def _walls(rules: int) -> list[str]:
    """Return the command that shuts a process in: no network, no files but Python's own, none that it can write.

    EnvironmentLacks where bubblewrap is not installed.
    """
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        raise EnvironmentLacks("bubblewrap is not installed, and generated code needs its sandbox: install bubblewrap")
    walls = [bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    walls += [
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--hostname",
        "sandbox",
        "--clearenv",
        "--setenv",
        "PYTHONHASHSEED",
        "0",
    ]
    for each in _seen():
        walls += ["--ro-bind-try", each, each]
    return [*walls, "--remount-ro", "/", "--chdir", "/", "--seccomp", str(rules), "--"]


def _seen() -> list[str]:
    """Return the folders that Python needs to run: its own, and those of the system's libraries."""
    own = [sys.base_prefix, str(Path(_python()).parent), sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    system = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"]
    real = [os.path.realpath(each) for each in own if os.path.realpath(each) not in ("/", "/usr", "/usr/bin")]
    return [*dict.fromkeys([*system, *(each for each in real if os.path.isdir(each))])]
