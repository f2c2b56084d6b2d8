"""Run SQL that nobody vouches for on one PostgreSQL database.

The walls, one behind the other: a gate lets one query through; the protocol takes one statement; the transaction is
read-only, and a first query in it makes that final; a superuser goes on as a role that can only read; the server's own
timeout ends it, and nothing is ever committed. What no wall stops is a function that the owner of the database made and
that works outside of transactions. Tables that the role may not read are the error `other`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from dfcli.ops.database import Table
from dfcli.runtime.databases import _postgres_catalog as catalog
from dfcli.runtime.databases import _postgres_values as values
from dfcli.runtime.databases._gate import Refusal
from dfcli.runtime.databases._lexis import Served
from dfcli.runtime.databases._server import ServerDatabase
from dfcli.runtime.databases._serving import MAX_VALUE, Answer, Broken, main, refused, rows_within

MEMORY = 1 << 30
"""Bytes of address space: the driver and the parser need 0.3 GB of it; a value of 0.5 GB has no room."""
CHUNK = 100
"""Rows that come from the server together, where its client library can do that."""

_SESSION = """
    SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex';
    SET standard_conforming_strings = on; SET synchronize_seqscans = off; SET max_parallel_workers_per_gather = 0;
    SET extra_float_digits = 1; SET jit = off; SET work_mem = '32MB'; SET lock_timeout = '5s';
    SET client_min_messages = 'error'; SET idle_in_transaction_session_timeout = '60s'
"""
_READER = "pg_read_all_data"
_REASONS = {
    "42601": "syntax",
    "42P01": "unknown_table",
    "3F000": "unknown_table",
    "42703": "unknown_column",
    "57014": "timeout",
    "55P03": "timeout",
    "25006": "not_read_only",
    "25001": "not_read_only",
}
_CLASSES = {"53": "too_large", "54": "too_large", "25": "not_read_only"}
_LOST = ("08", "57P")


class Postgres(ServerDatabase):
    """One PostgreSQL database, through a connection on which nothing but reading within limits is possible."""

    dialect: ClassVar[Served] = "postgres"
    catalog: ClassVar[Any] = catalog

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = self._connected()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def tables(self) -> list[Table]:
        """Return its tables and views, with those of other schemas than the default one."""
        with self._broken():
            return catalog.tables(self._connection, lambda: _connect(self._url))

    def _tried(self, text: str | Refusal, sql: str, seconds: float, max_rows: int, plan: bool) -> Answer | None:
        from psycopg import Error

        started = time.monotonic()
        try:
            self._begin(seconds)
            if isinstance(text, Refusal):
                return self._unread(text, sql)
            return self._result(text, max_rows, plan) | {"seconds": time.monotonic() - started}
        except Error as error:
            return self._explained(error)
        except UnicodeError as error:
            return refused("other", str(error))
        except MemoryError:
            self._connection = self._anew()
            return refused("too_large", "out of memory")
        finally:
            self._end()

    def _begin(self, seconds: float) -> None:
        """Begin a transaction that can only read: after its first query nothing in it can change that."""
        reader = f"SET LOCAL ROLE {_READER};" if self._superuser else ""
        limit = f"SET LOCAL statement_timeout = {max(int(seconds * 1000), 1)};"
        self._connection.execute(f"BEGIN READ ONLY; {limit} {reader} SELECT setseed(0)")

    def _end(self) -> None:
        from psycopg import Error

        with contextlib.suppress(Error):
            self._connection.execute("ROLLBACK")

    def _result(self, text: str, max_rows: int, plan: bool) -> Answer:
        from psycopg import capabilities

        together = min(CHUNK, max_rows + 1) if capabilities.has_stream_chunked() else 1
        sql = f"EXPLAIN (FORMAT TEXT) {text}" if plan else text
        with self._connection.cursor() as cursor:
            rows = contextlib.closing(cursor.stream(sql, size=together))
            with rows as each:
                found = rows_within(_bounded(each), max_rows)
            columns = [each.name for each in cursor.description or ()]
        if not isinstance(found, list):
            return found
        return {"columns": ["plan"] if plan else columns or self._columns(sql), "rows": found}

    def _columns(self, sql: str) -> list[str]:
        """Return the columns of a query, which the driver forgets when there are no rows."""
        connection = self._connection.pgconn
        connection.prepare(b"", sql.encode())
        described = connection.describe_prepared(b"")
        return [(described.fname(at) or b"").decode() for at in range(described.nfields)]

    def _unread(self, refusal: Refusal, sql: str) -> Answer:
        """Return a refusal, but the server's own word where the text is only wrong; it parses and runs nothing."""
        from psycopg.pq import DiagnosticField

        if not refusal.certain:
            parsed = self._connection.pgconn.prepare(b"", sql.encode())
            if (parsed.error_field(DiagnosticField.SQLSTATE) or b"").decode() == "42601":
                return refused("syntax", parsed.get_error_message("utf-8"))
        return refused(refusal.reason, refusal.detail)

    def _explained(self, error: Any) -> Answer | None:
        state = error.sqlstate or ""
        if self._connection.closed or state.startswith(_LOST):
            self._connection = self._anew()
            # The driver has no code for this: it gave up on a value that did not fit into the memory allowed.
            return refused("too_large", "out of memory") if "memory" in str(error) else None
        reason = _REASONS.get(state) or _CLASSES.get(state[:2], "other")
        return refused(reason, str(error).strip() or type(error).__name__)

    def _anew(self) -> Any:
        self._connection.close()
        return self._connected()

    def _connected(self) -> Any:
        connection = _connect(self._url)
        self._superuser = catalog.is_superuser(connection, _READER)
        values.adapt(connection)
        return connection

    @contextlib.contextmanager
    def _broken(self) -> Iterator[None]:
        from psycopg import Error
        from sqlalchemy.exc import SQLAlchemyError

        try:
            if self._connection.closed or not self._alive():
                self._connection = self._anew()
            yield
        except (Error, SQLAlchemyError) as error:
            raise Broken(_sentence(error)) from error

    def _alive(self) -> bool:
        from psycopg import Error

        try:
            self._connection.execute("SELECT 1")
        except Error:
            return False
        return True


def _connect(url: str) -> Any:
    """Return a connection whose settings make the same query give the same; Broken says why there is none."""
    import psycopg

    try:
        connection = psycopg.connect(
            catalog.conninfo(url), autocommit=True, client_encoding="utf8", connect_timeout=10, prepare_threshold=None
        )
        connection.execute(_SESSION)
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET temp_file_limit = '1GB'")
    except (psycopg.Error, UnicodeError) as error:
        raise Broken(_sentence(error)) from error
    return connection


def _bounded(rows: Iterator[Any]) -> Iterator[list[Any]]:
    for row in rows:
        found = [values.plain(each) for each in row]
        if any(isinstance(each, str | bytes) and len(each) > MAX_VALUE for each in found):
            raise MemoryError
        yield found


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def serve() -> None:
    """Serve one database."""
    main(Postgres, memory=MEMORY)
