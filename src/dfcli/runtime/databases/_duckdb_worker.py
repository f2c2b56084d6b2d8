"""Run SQL that nobody vouches for on one DuckDB file, or on data files that DuckDB reads as tables.

Several walls stand one behind the other: a database file is opened read-only, after which no file can be opened at all;
of the rest of the system DuckDB may only see the data files; its settings are locked; its own parser must say that
there is one statement, and that nothing in it writes; limits bound its memory, and a deadline stops whatever runs.

DuckDB 2 has statements that read by their type and write all the same: `WITH x AS (COPY … TO 'file') SELECT …`, and
functions that run SQL given as text. Hence the look into the syntax tree.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfcli.ops.database import Table, quoted
from dfcli.runtime.databases import _duckdb_catalog, _duckdb_files
from dfcli.runtime.databases._serving import MAX_VALUE, Answer, Broken, main, refused, rows_within

if TYPE_CHECKING:
    import duckdb

MEMORY = 3 << 29
"""Bytes of address space. DuckDB takes 0.7 GB before the first query, and its own limit does not see long strings."""
CHUNK = 100
AGAIN = 0.05
"""Seconds until a query that began after its deadline, or overheard it, is interrupted again."""

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "512MB",
    "temp_directory": "",
    "max_temp_directory_size": "0B",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}
_READING = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_NOT_READING = re.compile(
    r"(?i)query|json_execute_serialized_sql|(force_)?checkpoint|write_log|truncate_duckdb_logs|nextval|setval|"
    r"(enable|disable)_\w+|\w+_grammar_extension|(de)?register_\w+|(create|destroy)_external_\w+|"
    r"read_\w+|parquet_\w+|sniff_csv|glob|(python|pandas|arrow|seq)_\w+"
)
"""Functions that change something, run SQL given as text, or read files by their names."""
_SAME_IN_PYTHON = re.compile(
    r"null|boolean|u?(tiny|small|big|huge)int|u?integer|bignum|float|double|decimal|varchar|blob|bit|enum|uuid|date|"
    r"time(stamp)?(_\w+| with time zone)?"
)
_NESTED = {"list", "array", "struct", "tuple", "map", "union", "variant"}
_BY_CLASS = {
    "InterruptException": "timeout",
    "OutOfMemoryException": "too_large",
    "PermissionException": "not_read_only",
}
_BY_MESSAGE = {
    "not_read_only": r"^Invalid Input Error: Cannot .* (in read-only mode|has been locked)",
    "too_large": r"^Parser Error: Max expression depth",
    "unknown_table": r"^Catalog Error: Table with name|^Binder Error: Referenced table .* not found",
    "unknown_column": r"^Binder Error: (Referenced column .* not found|.* does not have a column named|"
    r"Could not find key|Column .* (in .* list not found|does not exist))",
    "syntax": r"^Parser Error",
}
_OF_THE_FILE = r"^(IO Error|Serialization Error|Corrupt database file)"
_LOST = {"FatalException", "InternalException"}
"""After these DuckDB answers nothing more: the process ends, and the parent starts another one."""


class Duckdb:
    """A DuckDB file, or data files by the names of the tables they are, where nothing but reading is possible.

    CSV and TSV files begin with a line of names. The types of text files are found from all their lines, once.
    """

    def __init__(self, file: str | None, tables: dict[str, str]) -> None:
        import duckdb

        self._error = duckdb.Error
        self._paths = list(tables.values())
        try:
            self._connection = duckdb.connect(file or ":memory:", read_only=file is not None, config=_CONFIG)
        except duckdb.Error as error:
            raise Broken(_first_line(error)) from error
        self._deadline = _Deadline(self._connection)
        for name, path in tables.items():
            self._add(name, path)
        self._close_off()

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def answer(self, sql: str, seconds: float, max_rows: int, plan: bool = False) -> Answer:
        """Return the columns and rows of one reading statement, or the reason why there are none."""
        started = time.monotonic()
        try:
            with self._deadline.in_(seconds):
                answer = self._refusal(sql) or (self._plan(sql) if plan else self._result(sql, max_rows))
        except RecursionError:
            return refused("too_large", "the query is nested too deep")
        except self._error as error:
            return self._explain(error)
        return answer | {"seconds": time.monotonic() - started}

    def tables(self) -> list[Table]:
        """Return its tables and views; data files are tables."""
        try:
            found = _duckdb_catalog.tables(self._connection)
        except self._error as error:
            raise Broken(_first_line(error)) from error
        return [replace(each, kind="table", create="") for each in found] if self._paths else found

    def _add(self, name: str, path: str) -> None:
        try:
            call = _duckdb_files.reader(self._connection, path)
            self._connection.execute(f"CREATE VIEW {quoted('duckdb', name)} AS FROM {call}")
        except self._error as error:
            raise Broken(f"{Path(path).name} is no table: {_first_line(error)}") from error

    def _close_off(self) -> None:
        """Let nothing but some files be seen, and no setting be changed; the order of the settings matters."""
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(f"SET allowed_paths = [{', '.join(map(_duckdb_files.text, self._paths))}]")
        self._connection.execute("SET enable_external_access = false")
        if not self._paths:
            self._connection.execute("SET disabled_filesystems = 'LocalFileSystem'")
        self._connection.execute("SET lock_configuration = true")

    def _refusal(self, sql: str) -> Answer | None:
        if "\0" in sql or sql != sql.encode(errors="replace").decode():
            return refused("syntax", "a query cannot hold null characters or surrogates")
        try:
            kinds = [each.type.name for each in self._connection.extract_statements(sql)]
        except ValueError:  # what DuckDB's Python package has no name for, such as UPDATE EXTENSIONS
            kinds = ["unknown"]
        if not kinds:
            return refused("syntax", "there is no statement")
        if kinds == ["MULTI"]:
            return refused("not_read_only", "PIVOT makes a type unless it lists its values: PIVOT … ON column IN (…)")
        if kinds != ["SELECT"]:
            return refused("not_read_only", f"one SELECT is allowed, and not {', '.join(kinds)}")
        found = self._not_reading(sql)
        return refused("not_read_only", f"{found} does more than read") if found else None

    def _not_reading(self, sql: str) -> str:
        """Return the first part of a statement that does more than read, or nothing."""
        [[text]] = self._connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
        found: list[str] = []

        def look(node: dict[str, Any]) -> None:
            kind, function = str(node.get("type", "")), str(node.get("function_name", ""))
            if kind.endswith("_NODE") and kind not in _READING:
                found.append(kind.split("_")[0])
            if _NOT_READING.fullmatch(function):
                found.append(f"{function}()")
            found.extend([node["error_message"]] if node.get("error") is True else [])

        json.loads(text, object_hook=look)
        return found[0] if found else ""

    def _result(self, sql: str, max_rows: int) -> Answer:
        columns = self._run(sql)
        if not all(_SAME_IN_PYTHON.fullmatch(kind.id) for _, kind in columns):
            wanted = ", ".join(_as_text(place, kind) for place, (_, kind) in enumerate(columns, start=1))
            self._run(f"SELECT {wanted} FROM query({_duckdb_files.text(sql)})")
        rows = rows_within(self._rows(), max_rows)
        if not isinstance(rows, list):
            return rows
        if any(isinstance(value, str | bytes) and len(value) > MAX_VALUE for row in rows for value in row):
            return refused("too_large", f"a value has more than {MAX_VALUE} bytes")
        return {"columns": [name for name, _ in columns], "rows": rows}

    def _run(self, sql: str) -> list[tuple[str, Any]]:
        """Start a query and return its columns; `random()` gives the same numbers each time."""
        self._connection.execute("SELECT setseed(0.5)")
        self._connection.execute(sql)
        return [(each[0], each[1]) for each in self._connection.description or []]

    def _rows(self) -> Iterator[Any]:
        while rows := self._connection.fetchmany(CHUNK):
            yield from rows

    def _plan(self, sql: str) -> Answer:
        shown = self._connection.execute(f"EXPLAIN {sql}").fetchall()
        return {"columns": ["plan"], "rows": [[line] for _, text in shown for line in text.splitlines()]}

    def _explain(self, error: Exception) -> Answer:
        name = type(error).__name__
        if name in _LOST:
            raise error
        if re.search(_OF_THE_FILE, str(error)):
            raise Broken(_first_line(error)) from error
        if name == "PermissionException" and (gone := [each for each in self._paths if not Path(each).exists()]):
            raise Broken(f"{gone[0]} is gone") from error
        said = str(error).partition("\n\nLINE ")[0]
        by_message = (reason for reason, words in _BY_MESSAGE.items() if re.search(words, said))
        reason = _BY_CLASS.get(name) or next(by_message, "other")
        return refused(reason, "stopped at the deadline" if reason == "timeout" else str(error))


class _Deadline:
    """Interrupts a connection's query when it is late; one thread for all its queries."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._ends = float("inf")
        self._earlier = threading.Condition()
        threading.Thread(target=self._watch, daemon=True).start()

    @contextlib.contextmanager
    def in_(self, seconds: float) -> Iterator[None]:
        """Interrupt what runs inside once so many seconds are over."""
        with self._earlier:
            self._ends = time.monotonic() + seconds
            self._earlier.notify()
        try:
            yield
        finally:
            with self._earlier:
                self._ends = float("inf")

    def _watch(self) -> None:
        with self._earlier:
            while True:
                left = self._ends - time.monotonic()
                if left <= 0:
                    self._connection.interrupt()
                self._earlier.wait(min(max(left, AGAIN), threading.TIMEOUT_MAX))


def serve() -> None:
    """Serve one file, or the data files of one database."""
    main(Duckdb, memory=MEMORY)


def _as_text(place: int, kind: Any) -> str:
    """Return the expression of a column in what Python has a type for: it would make 30 days of a month."""
    if _SAME_IN_PYTHON.fullmatch(kind.id):
        return f"#{place}"
    return f"CAST(to_json(#{place}) AS VARCHAR)" if kind.id in _NESTED else f"CAST(#{place} AS VARCHAR)"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
