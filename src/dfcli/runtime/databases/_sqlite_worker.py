"""Run SQL that nobody vouches for on one SQLite file.

Several walls stand one behind the other: the file is opened read-only, an authorizer lets nothing but reading through,
limits bound each value and the process, and a deadline stops whatever runs. A few SQLite functions do not look at the
deadline while they work (`instr` on long texts, the expansion of nested CTEs); for these the parent kills the process.
SQLite itself refuses a second statement, and its own parser decides what reads: no other could know better.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from random import Random

from dfcli.ops import _sqlite_tables
from dfcli.ops.database import Table
from dfcli.runtime.databases._serving import MAX_SQL, MAX_VALUE, Answer, Broken, main, refused, rows_within

MAX_HEAP = 256 << 20

_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_DENIED_FUNCTIONS = {"load_extension", "fts3_tokenizer"}
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: MAX_SQL,
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


class Sqlite:
    """One SQLite file, opened so that nothing but reading within limits is possible."""

    def __init__(self, uri: str) -> None:
        self._ends = 0.0
        self._chance = Random(0)
        try:
            self._connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
            self._connection.execute(f"PRAGMA hard_heap_limit={MAX_HEAP}")
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            raise Broken(str(error)) from error
        self._connection.text_factory = lambda text: text.decode("utf-8", "replace")
        for limit, value in _LIMITS.items():
            self._connection.setlimit(limit, value)
        # `random()` gives the same numbers on each run of a query, so that its result can be verified again.
        self._connection.create_function("random", 0, lambda: self._chance.getrandbits(64) - (1 << 63))
        self._connection.create_function("randomblob", 1, self._random_blob)
        self._connection.set_progress_handler(self._late, 1000)
        self._connection.set_authorizer(self._authorize)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def answer(self, sql: str, seconds: float, max_rows: int, plan: bool = False) -> Answer:
        """Return the columns and rows of one reading statement, or the reason why there are none."""
        started = time.monotonic()
        self._ends = started + seconds
        self._chance = Random(0)
        try:
            with contextlib.closing(self._connection.cursor()) as cursor:
                answer = self._plan(cursor, sql) if plan else self._result(cursor, sql, max_rows)
        except (sqlite3.Error, UnicodeError) as error:
            return self._explain(error)
        return answer | {"seconds": time.monotonic() - started}

    def tables(self) -> list[Table]:
        """Return its tables and views."""
        self._ends = float("inf")
        self._connection.set_authorizer(None)
        try:
            return _sqlite_tables.tables(self._connection)
        except sqlite3.Error as error:
            raise Broken(str(error)) from error
        finally:
            self._connection.set_authorizer(self._authorize)

    def _result(self, cursor: sqlite3.Cursor, sql: str, max_rows: int) -> Answer:
        cursor.execute(sql)
        if cursor.description is None:
            cursor.execute(f"EXPLAIN {sql}")  # a syntax error where there is no statement at all
            return refused("not_read_only", "the statement reads nothing")
        rows = rows_within(cursor, max_rows)
        return {"columns": [each[0] for each in cursor.description], "rows": rows} if isinstance(rows, list) else rows

    def _plan(self, cursor: sqlite3.Cursor, sql: str) -> Answer:
        depth = {0: -1}
        lines = []
        for number, parent, _, detail in cursor.execute(f"EXPLAIN QUERY PLAN {sql}"):
            depth[number] = depth.get(parent, -1) + 1
            lines.append(["  " * depth[number] + detail])
        return {"columns": ["plan"], "rows": lines}

    def _explain(self, error: Exception) -> Answer:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name == "SQLITE_INTERRUPT":
            return refused("timeout", "stopped at the deadline")
        if any(name.startswith(each) for each in _OF_THE_FILE):
            raise Broken(str(error)) from error
        found = (reason for reason, words in _REASONS.items() if re.search(words, str(error)))
        return refused(next(found, "other"), str(error))

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

    def _random_blob(self, size: int) -> bytes:
        return self._chance.randbytes(min(max(size, 1), MAX_VALUE + 1))


def serve() -> None:
    """Serve one file."""
    main(Sqlite)
