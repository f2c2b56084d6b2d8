"""A connection to MySQL or MariaDB whose settings make the same query give the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dfcli.runtime.databases._serving import MAX_VALUE

_FOREVER = 4294967295
_SESSION = (
    "SET time_zone = '+00:00'",
    f"SET group_concat_max_len = {MAX_VALUE + 1}",
    "SET lock_wait_timeout = 5",
    "SET innodb_lock_wait_timeout = 5",
)
_ONE_OF = (
    # A recursive query that MariaDB cuts would be taken for a result, so nothing but its deadline ends it.
    (f"SET max_recursive_iterations = {_FOREVER}", f"SET cte_max_recursion_depth = {_FOREVER}"),
    ("SET max_session_mem_used = 536870912", "DO 0"),
)
_OTHER_SQL = {"NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI", "ORACLE", "MSSQL", "DB2", "MAXDB", "POSTGRESQL"}
SEED = "rand_seed1 = 500000003, rand_seed2 = 812345679"
"""`rand()` gives the same numbers on each run of a query; `uuid()` does not, and cannot be made to."""


def driver() -> Any:
    """Return the driver, which is loaded when it is first needed."""
    import pymysql  # type: ignore[import-untyped]

    return pymysql


def connected(arguments: Mapping[str, Any]) -> Any:
    """Return a new connection, set up so that its server reads a text as the gate does."""
    # No flag for several statements in one, and no file of this machine for a server that asks for it.
    connection = driver().connect(
        **arguments, charset="utf8mb4", autocommit=True, local_infile=False, connect_timeout=10
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@sql_mode")
        modes = ",".join(each for each in cursor.fetchone()[0].split(",") if each not in _OTHER_SQL)
        for sql in (f"SET sql_mode = '{modes}'", *_SESSION):
            cursor.execute(sql)
        for ours, theirs in _ONE_OF:
            try:
                cursor.execute(ours)
            except driver().MySQLError:
                cursor.execute(theirs)
    return connection
