"""What the processes that run queries have in common: how they are asked, how they answer, and their bounds.

The first line in says how to open the database; the first line out is `{}` once that is done. Then each line in is a
question, and each line out its answer: a result, a list of tables, or `broken`, a sentence about the database itself.
The standard library only.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Protocol

from dfcli.ops.database import Table

MAX_SQL = 100_000
"""Characters of a query."""
MAX_VALUE = 1_000_000
"""Bytes of one value."""
MAX_RESULT = 8_000_000
"""Bytes of a result."""
MAX_PROCESS = 1 << 30
"""Bytes of memory, and of temporary files, that a process may use."""

Answer = dict[str, Any]


class Guarded(Protocol):
    """A database opened so that nothing but reading within limits is possible."""

    def answer(self, sql: str, seconds: float, max_rows: int, plan: bool) -> Answer:
        """Return `columns`, `rows` and `seconds` of one reading statement, or `reason` and `detail`."""

    def tables(self) -> list[Table]:
        """Return its tables and views."""

    def close(self) -> None:
        """Close it."""


class GuardedServer(Guarded, Protocol):
    """A database on a server, which knows more than its files could tell."""

    def fingerprint(self) -> str:
        """Return what changes whenever the content may have."""

    def databases(self) -> list[str]:
        """Return the names of the server's databases, sorted, without the server's own."""

    def may_write(self) -> str:
        """Return what the role could change if it were not for the read-only transaction, or nothing."""


class Broken(Exception):
    """The database itself cannot be read; the message says why."""


def main(opened: Callable[..., Guarded], *, memory: int | None = MAX_PROCESS) -> None:
    """Serve stdin and stdout until stdin ends; `opened` gets what the first line holds."""
    bound_process(memory)
    for answer in serve(opened, iter(sys.stdin.readline, "")):
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


def serve(opened: Callable[..., Guarded], lines: Iterator[str]) -> Iterator[str]:
    """Yield one line per line."""
    try:
        guarded = opened(**json.loads(next(lines)))
    except Broken as error:
        yield json.dumps({"broken": str(error)})
        return
    with contextlib.closing(guarded):
        yield "{}"
        for line in lines:
            yield json.dumps(_answered(guarded, json.loads(line)), default=_encoded)


def decoded(given: dict[str, Any]) -> Any:
    """Return the value that a JSON object stands for, or the object: for `json.loads(…, object_hook=decoded)`."""
    if len(given) == 1:
        [(kind, text)] = given.items()
        if kind in _DECODERS:
            return _DECODERS[kind](text)
    return given


def rows_within(rows: Iterator[Any], max_rows: int) -> list[Any] | Answer:
    """Return the rows, or the answer that they are too large."""
    found: list[Any] = []
    size = 0
    for row in rows:
        found.append(row)
        size += sum(_size(value) for value in row)
        if len(found) > max_rows or size > MAX_RESULT:
            limit = f"{max_rows} rows" if len(found) > max_rows else f"{MAX_RESULT} bytes"
            return refused("too_large", f"more than {limit}")
    return found


def refused(reason: str, detail: str) -> Answer:
    """Return the answer that a query gives nothing."""
    return {"reason": reason, "detail": detail}


def bound_process(memory: int | None) -> None:
    """Bound the memory and the temporary files of this process, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_PROCESS, MAX_PROCESS))
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _answered(guarded: Guarded, question: dict[str, Any]) -> Answer:
    try:
        if "ask" in question:
            return {"said": getattr(guarded, question["ask"])()}
        return guarded.answer(**question)
    except Broken as error:
        return {"broken": str(error)}
    except MemoryError:
        return refused("too_large", "out of memory")


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes) else 8


def _encoded(value: Any) -> Any:
    """Return what JSON lacks as an object with the name of its kind; an unknown kind as text."""
    match value:
        case Table():
            return asdict(value)
        case bytes() | bytearray() | memoryview():
            return {"blob": bytes(value).hex()}
        case Decimal():
            return {"decimal": str(value)}
        case datetime.datetime():
            return {"datetime": value.isoformat()}
        case datetime.date():
            return {"date": value.isoformat()}
        case datetime.time():
            return {"time": value.isoformat()}
        case datetime.timedelta():
            return {"timedelta": str(value / datetime.timedelta(microseconds=1))}
    return str(value)


_DECODERS: dict[str, Callable[[str], Any]] = {
    "blob": bytes.fromhex,
    "decimal": Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda text: datetime.timedelta(microseconds=float(text)),
}
