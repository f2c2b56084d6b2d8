"""Run SQL that nobody vouches for on one SQLite file, in a process of its own that can be bounded and killed.

Started as `python -I -S _sqlite_worker.py FILE`, it imports the standard library only. It says `{}` when it is ready;
then each line in is a question (`sql`, `seconds`, `max_rows`) and each line out its answer: `columns` and `rows`, or
`reason` and `detail`, or `broken`, a sentence about the file. A blob is written as `{"blob": hex}`.

Several walls stand one behind the other: the file is opened read-only, an authorizer lets nothing but reading through,
limits bound each value and the process, and a deadline stops whatever runs. A few SQLite functions do not look at the
deadline while they work (`instr` on long texts, the expansion of nested CTEs); for these the parent kills the process.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from random import Random
from typing import Any

MAX_VALUE = 1_000_000
MAX_RESULT = 8_000_000
MAX_HEAP = 256 << 20
MAX_PROCESS = 1 << 30

_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_DENIED_FUNCTIONS = {"load_extension", "fts3_tokenizer"}
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}
_OF_THE_FILE = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR", "SQLITE_CANTOPEN"}
_REASONS = {
    "not_read_only": r"not authorized|authorization denied|prohibited|may not be modified|one statement at a time",
    "syntax": r"syntax error|incomplete input|unrecognized token|null character|surrogates not allowed",
    "unknown_table": r"no such table",
    "unknown_column": r"no such column",
    "too_large": r"too big|too large|too many|too long|too complex|overflow|is full|out of memory",
}


class Guarded:
    """One SQLite file, opened so that nothing but reading within limits is possible."""

    def __init__(self, uri: str) -> None:
        self._ends = 0.0
        self._connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
        self._connection.execute(f"PRAGMA hard_heap_limit={MAX_HEAP}")
        self._connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        self._connection.text_factory = lambda text: text.decode("utf-8", "replace")
        for limit, value in _LIMITS.items():
            self._connection.setlimit(limit, value)
        self._connection.set_progress_handler(self._late, 1000)
        self._connection.set_authorizer(self._authorize)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def answer(self, sql: str, seconds: float, max_rows: int) -> dict[str, Any]:
        """Return the columns and rows of one reading statement, or the reason why there are none."""
        self._ends = time.monotonic() + seconds
        self._make_chance_repeat()
        try:
            with contextlib.closing(self._connection.cursor()) as cursor:
                return self._result(cursor, sql, max_rows)
        except (sqlite3.Error, UnicodeError) as error:
            return self._explain(error)
        except MemoryError:
            return {"reason": "too_large", "detail": "out of memory"}

    def _result(self, cursor: sqlite3.Cursor, sql: str, max_rows: int) -> dict[str, Any]:
        cursor.execute(sql)
        if cursor.description is None:
            cursor.execute(f"EXPLAIN {sql}")  # a syntax error where there is no statement at all
            return {"reason": "not_read_only", "detail": "the statement reads nothing"}
        rows: list[Any] = []
        size = 0
        for row in cursor:
            rows.append(row)
            size += sum(_size(value) for value in row)
            if len(rows) > max_rows or size > MAX_RESULT:
                limit = f"{max_rows} rows" if len(rows) > max_rows else f"{MAX_RESULT} bytes"
                return {"reason": "too_large", "detail": f"more than {limit}"}
        return {"columns": [each[0] for each in cursor.description], "rows": rows}

    def _explain(self, error: Exception) -> dict[str, str]:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name == "SQLITE_INTERRUPT":
            return {"reason": "timeout", "detail": "stopped at the deadline"}
        if any(name.startswith(each) for each in _OF_THE_FILE):
            return {"broken": str(error)}
        found = (reason for reason, words in _REASONS.items() if re.search(words, str(error)))
        return {"reason": next(found, "other"), "detail": str(error)}

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_FUNCTION:
            return sqlite3.SQLITE_DENY if second in _DENIED_FUNCTIONS else sqlite3.SQLITE_OK
        # A virtual table (full text, json_each) declares its columns by what looks like an update of sqlite_master,
        # and full text asks for `data_version`; SQLite itself refuses a real update of sqlite_master.
        declares = action == sqlite3.SQLITE_UPDATE and first == "sqlite_master"
        asks = action == sqlite3.SQLITE_PRAGMA and first == "data_version"
        return sqlite3.SQLITE_OK if action in _READING or declares or asks else sqlite3.SQLITE_DENY

    def _late(self) -> bool:
        return time.monotonic() > self._ends

    def _make_chance_repeat(self) -> None:
        """Let `random()` give the same numbers on each run of a query, so that its result can be verified again."""
        chance = Random(0)
        self._connection.create_function("random", 0, lambda: chance.getrandbits(64) - (1 << 63))
        self._connection.create_function("randomblob", 1, lambda n: chance.randbytes(min(max(n, 1), MAX_VALUE + 1)))


def serve(uri: str, questions: Iterator[str]) -> Iterator[str]:
    """Yield the line that says the file can be read, then one answer per question."""
    try:
        guarded = Guarded(uri)
    except sqlite3.Error as error:
        yield json.dumps({"broken": str(error)})
        return
    with contextlib.closing(guarded):
        yield "{}"
        for question in questions:
            yield json.dumps(guarded.answer(**json.loads(question)), default=_blob)


def bound_process() -> None:
    """Bound the memory and the temporary files of this process, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
            resource.setrlimit(kind, (MAX_PROCESS, MAX_PROCESS))


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes) else 8


def _blob(value: bytes) -> dict[str, str]:
    return {"blob": value.hex()}


if __name__ == "__main__":
    bound_process()
    for answer in serve(sys.argv[1], iter(sys.stdin.readline, "")):
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()
