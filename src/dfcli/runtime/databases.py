"""Read-only connections to databases, for SQL that nobody vouches for.

A query gives its rows or a RowError whose reason is one of `syntax`, `unknown_table`, `unknown_column`, `timeout`,
`too_large` (the result, a value or the query itself exceeds a limit), `not_read_only` (anything but one reading
statement) and `other`. What is wrong with the database itself is EnvironmentLacks.

Queries run in a process of their own (`_sqlite_worker.py`), started at the first one; `close()` ends it.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import xxhash

from dfcli.errors import EnvironmentLacks, RowError
from dfcli.ops.base import Row

GRACE = 1.0
"""Seconds after its deadline at which a query that does not stop by itself is killed."""
START = 30.0
"""Seconds that the process may take to start, on however busy a machine."""

SAMPLES = 3
SAMPLED_ROWS = 1000
SAMPLE_LENGTH = 40

_SCHEME = "sqlite:///"
_MAGIC = b"SQLite format 3\0"
_WORKER = Path(__file__).with_name("_sqlite_worker.py")


def connect(url: str, folder: Path) -> SqliteDatabase:
    """Return a read-only connection to `sqlite:///file` or a bare path, relative to the folder; cheap.

    EnvironmentLacks says what is wrong with the URL or the file.
    """
    if "://" in url and not url.startswith(_SCHEME):
        scheme = url.partition("://")[0]
        raise EnvironmentLacks(f"a {scheme}:// database cannot be opened: only SQLite can, as {_SCHEME}file.db")
    path = (folder / url.removeprefix(_SCHEME)).resolve()
    _check_file(path)
    return SqliteDatabase(url, path)


class SqliteDatabase:
    """One SQLite file, for one thread; see `ops.base.Database`."""

    def __init__(self, url: str, path: Path) -> None:
        self.url = url
        self._path = path
        self._worker: _Worker | None = None

    def close(self) -> None:
        """End the process that runs the queries; a further query starts another."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def tables(self) -> list[Row]:
        """Return a row per table and view, in the order they were made: `table`, `schema`.

        The schema is its CREATE statement, followed for a table by sample values of each column as comments.
        """
        made = self._rows("SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid")
        virtual = [name for _, name, sql in made if sql.upper().startswith("CREATE VIRTUAL")]
        shadows = tuple(f"{name}_" for name in virtual)
        return [
            {"table": name, "schema": f"{sql};{self._samples(name) if kind == 'table' else ''}"}
            for kind, name, sql in made
            if not name.startswith(("sqlite_", *shadows))
        ]

    def query(self, sql: str, *, seconds: float, max_rows: int) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of one reading statement; RowError says why there are none."""
        self._worker = self._worker or _Worker(self._path)
        try:
            answer = self._worker.ask({"sql": sql, "seconds": seconds, "max_rows": max_rows}, seconds + GRACE)
        except RowError:
            self.close()
            raise
        if "reason" in answer:
            raise RowError(answer["reason"], answer["detail"])
        return answer["columns"], [tuple(row) for row in answer["rows"]]

    def fingerprint(self) -> str:
        """Return a hash of the file's bytes."""
        digest = xxhash.xxh3_128()
        with self._path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.query(sql, seconds=30, max_rows=100_000)[1]

    def _samples(self, table: str) -> str:
        columns, _ = self.query(f"SELECT * FROM {_quoted(table)} LIMIT 0", seconds=30, max_rows=0)
        values = {column: self._values(table, column) for column in columns}
        lines = [f"--   {column}: {', '.join(map(_literal, some))}" for column, some in values.items() if some]
        return "\n".join([f"\n-- some values of {table}:", *lines]) if lines else ""

    def _values(self, table: str, column: str) -> list[Any]:
        """Return the first few distinct values of a column, without reading a large table to its end."""
        name = _quoted(column)
        cut = (
            f"CASE WHEN typeof({name}) IN ('text', 'blob') THEN substr({name}, 1, {SAMPLE_LENGTH + 1}) ELSE {name} END"
        )
        some = f"SELECT {cut} AS value FROM {_quoted(table)} LIMIT {SAMPLED_ROWS}"
        try:
            found = self._rows(f"SELECT DISTINCT value FROM ({some}) WHERE value IS NOT NULL LIMIT {SAMPLES}")
        except RowError:
            return []
        return [value for (value,) in found]


class _Worker:
    """The process that runs the queries of one connection; it ends with `end()`, or when nobody holds this object."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-I", "-S", str(_WORKER), path.as_uri()]
        # Ctrl-C goes to a whole session: in one of its own, a query in flight ends by its deadline.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._path = path
        self.end = weakref.finalize(self, _end, self._process)
        try:
            self._answer(START)
        except RowError as error:
            raise EnvironmentLacks(f"{path}: the process that reads the database does not start ({error})") from error

    def ask(self, question: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Return the answer to a question; RowError when the process had to be killed or died."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        return self._answer(seconds)

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        with _killed_after(seconds, self._process) as killed:
            line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise _died(self._process.wait(), killed.is_set())
        answer: dict[str, Any] = json.loads(line, object_hook=_with_blobs)
        if "broken" in answer:
            raise EnvironmentLacks(f"{self._path}: the database cannot be read: {answer['broken']}")
        return answer


@contextlib.contextmanager
def _killed_after(seconds: float, process: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """Kill the process if the block takes longer; the event given tells whether it was."""
    killed = threading.Event()

    def kill() -> None:
        killed.set()
        process.kill()

    timer = threading.Timer(seconds, kill)
    timer.start()
    try:
        yield killed
    finally:
        timer.cancel()
        timer.join()


def _died(code: int, killed: bool) -> RowError:
    if killed:
        return RowError("timeout", "killed after the deadline")
    memory = code == -getattr(signal, "SIGKILL", 9)
    return RowError("too_large" if memory else "other", f"the query's process ended with code {code}")


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    with contextlib.suppress(BrokenPipeError), process:
        pass


def _with_blobs(given: dict[str, Any]) -> Any:
    return bytes.fromhex(given["blob"]) if given.keys() == {"blob"} else given


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise EnvironmentLacks(f"{path}: there is no such database file")
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise EnvironmentLacks(f"{path}: this file is not an SQLite database")
    for suffix in ("-wal", "-journal"):
        pending = path.with_name(path.name + suffix)
        if pending.is_file() and pending.stat().st_size:
            raise EnvironmentLacks(f"{path}: changes are still in {pending.name}; close the program that writes it")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    """Return a value as SQL writes it, on one line and cut."""
    if isinstance(value, bytes):
        return f"x'{value[:8].hex()}…'" if len(value) > 8 else f"x'{value.hex()}'"
    if not isinstance(value, str):
        return str(value)
    line = " ".join(value.split())
    return "'" + (line[:SAMPLE_LENGTH] + "…" if len(value) > SAMPLE_LENGTH else line).replace("'", "''") + "'"
