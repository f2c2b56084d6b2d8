"""Run SQL that nobody vouches for on one database of MySQL or MariaDB.

The walls, one behind the other: a gate lets one query through, the protocol takes one statement, the transaction is
read-only and is never committed, and the server's own timeout ends it. MariaDB lets definitions (CREATE, DROP) through
a read-only transaction, which ends with them; there the gate and the role's rights are the only walls. Tables that the
role may not read, and databases that it cannot see, are the error `other`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from dfcli.ops.database import Table
from dfcli.runtime.databases import _mysql_catalog as catalog
from dfcli.runtime.databases._gate import Refusal
from dfcli.runtime.databases._lexis import Served
from dfcli.runtime.databases._mysql_session import SEED, connected, driver
from dfcli.runtime.databases._server import ServerDatabase
from dfcli.runtime.databases._serving import MAX_VALUE, Answer, Broken, main, refused, rows_within

MEMORY = 1 << 30
"""Bytes of address space: the driver and the parser need about 0.2 GB of it."""

_CODES = {
    "syntax": (1064, 1065, 1149),
    "unknown_table": (1146, 1109, 1051, 1049),
    "unknown_column": (1054,),
    "timeout": (1969, 3024, 1205),
    "too_large": (3, 1021, 1037, 1038, 1041, 1104, 1114, 1116, 1117, 1118, 1119, 1153, 1436, 1473, 3636),
    "not_read_only": (1792, 1295, 1422, 1568),
}
_REASONS = {code: reason for reason, codes in _CODES.items() for code in codes}
_LOST = (0, 1053, 1152, 1159, 1161, 1927, 2006, 2013, 2055, 4031)
_CUT = (1260, 1301, 1931)
"""Warnings that a value is NULL or shorter, or rows are missing, for want of room."""


class Mysql(ServerDatabase):
    """One database of MySQL or MariaDB, through a connection on which only reading within limits is possible."""

    dialect: ClassVar[Served] = "mysql"
    catalog: ClassVar[Any] = catalog

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = self._connected()

    def close(self) -> None:
        """Close the connection."""
        _closed(self._connection)

    def tables(self) -> list[Table]:
        """Return its tables and views."""
        with self._broken():
            return catalog.tables(self._connection)

    def _tried(self, text: str | Refusal, sql: str, seconds: float, max_rows: int, plan: bool) -> Answer | None:
        started = time.monotonic()
        try:
            self._begin(seconds)
            if isinstance(text, Refusal):
                return self._unread(text, sql)
            answer = self._result(text, max_rows, plan)
            took = time.monotonic() - started
            # Functions that wait or repeat return when they are stopped as if they were done.
            late = took >= seconds and "rows" in answer
            return refused("timeout", "stopped at the deadline") if late else answer | {"seconds": took}
        except driver().MySQLError as error:
            return self._explained(error)
        except UnicodeError as error:
            self._anew()
            return refused("other", str(error))
        except MemoryError:
            self._anew()
            return refused("too_large", "a value is too large")
        finally:
            self._end()

    def _begin(self, seconds: float) -> None:
        limit = (
            f"max_statement_time = {seconds:f}" if self._mariadb else f"max_execution_time = {int(seconds * 1000) + 1}"
        )
        self._run(f"SET {limit}, {SEED}")
        self._run("START TRANSACTION READ ONLY")

    def _end(self) -> None:
        with contextlib.suppress(driver().MySQLError):
            self._run("ROLLBACK")

    def _result(self, text: str, max_rows: int, plan: bool) -> Answer:
        cursor = self._connection.cursor(driver().cursors.SSCursor)
        cursor.execute(f"EXPLAIN {text}" if plan else text)
        columns = [each[0] for each in cursor.description or ()]
        found = rows_within(_bounded(cursor.fetchall_unbuffered()), max_rows)
        if not isinstance(found, list):
            self._anew()  # the driver would first read all the other rows
            return found
        warnings = self._connection.show_warnings() if cursor.warning_count else ()
        cut = [row[2] for row in warnings if row[1] in _CUT]
        if "@" in text:
            self._anew()  # variables would live on, and change what the next query gives
        if cut:
            return refused("too_large", cut[0])
        return _plan(columns, found) if plan else {"columns": columns, "rows": found}

    def _unread(self, refusal: Refusal, sql: str) -> Answer:
        """Return a refusal, but the server's own word where the text is only wrong; it parses and runs nothing."""
        if not refusal.certain:
            try:
                self._run(f"PREPARE dfcli FROM {self._connection.literal(sql)}")
            except driver().MySQLError as error:
                if _REASONS.get(_code(error)) == "syntax":
                    return refused("syntax", _said(error))
        return refused(refusal.reason, refusal.detail)

    def _explained(self, error: Exception) -> Answer | None:
        if _code(error) in _LOST:
            self._anew()
            return None
        return refused(_REASONS.get(_code(error), "other"), _said(error))

    def _run(self, sql: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)

    def _anew(self) -> None:
        _closed(self._connection)
        self._connection = self._connected()

    def _connected(self) -> Any:
        try:
            connection = connected(catalog.arguments(self._url))
            self._mariadb = "MariaDB" in connection.get_server_info()
        except (driver().MySQLError, OSError, ValueError, RuntimeError) as error:
            raise Broken(_said(error)) from error
        return connection

    @contextlib.contextmanager
    def _broken(self) -> Iterator[None]:
        try:
            self._connection.ping(reconnect=False)
        except driver().MySQLError:
            self._anew()
        try:
            self._run("SET max_statement_time = 0" if self._mariadb else "SET max_execution_time = 0")
            yield
        except driver().MySQLError as error:
            raise Broken(_said(error)) from error


def _closed(connection: Any) -> None:
    with contextlib.suppress(driver().MySQLError, OSError):
        connection.close()


def _bounded(rows: Iterator[Any]) -> Iterator[Any]:
    for row in rows:
        if any(isinstance(each, str | bytes) and len(each) > MAX_VALUE for each in row):
            raise MemoryError
        yield row


def _plan(columns: list[str], rows: list[Any]) -> Answer:
    """Return the rows of a plan as one column of text."""
    lines = [[", ".join(f"{name}: {value}" for name, value in zip(columns, row, strict=True) if value)] for row in rows]
    return {"columns": ["plan"], "rows": lines}


def _code(error: Exception) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else -1


def _said(error: Exception) -> str:
    return " ".join(str(error.args[-1] if error.args else "").split()) or type(error).__name__


def serve() -> None:
    """Serve one database."""
    main(Mysql, memory=MEMORY)
