"""How fast generated queries run, and in how much memory: `run_sql` against a bare loop with the same limits.

    python benchmarks/sql_speed.py
    python benchmarks/sql_speed.py --url 'postgresql://me@/shop?host=/tmp'    (a role that may create tables)

The database holds a shop made from a fixed seed; the queries are all different. The bare loop is one connection of the
engine's own driver, which for each query sets the same deadline, refuses what writes and stops at as many rows.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.ops.sql import RunSql
from dfcli.recipes.model import Recipe, Step
from dfcli.runtime.context import CheckContext
from dfcli.runtime.databases.connect import Databases

SECONDS = 5.0
MAX_ROWS = 1000
KINDS = (
    "SELECT name, city FROM customer WHERE id = {a}",
    "SELECT count(*) FROM customer WHERE city = 'city {b}' AND age > {c}",
    "SELECT city, avg(age) AS age FROM customer WHERE age > {c} AND id <> {a} GROUP BY city "
    "ORDER BY age DESC, city LIMIT 5",
    "SELECT c.name, sum(s.amount) AS total FROM customer c JOIN sale s ON s.customer_id = c.id "
    "WHERE c.id BETWEEN {a} AND {a} + 40 GROUP BY c.id, c.name ORDER BY total DESC, c.name",
    "SELECT id, amount FROM sale WHERE customer_id = {a} "
    "AND amount > (SELECT avg(amount) FROM sale WHERE customer_id = {a})",
    "WITH big AS (SELECT customer_id, max(amount) AS most FROM sale WHERE customer_id < {a} GROUP BY customer_id) "
    "SELECT count(*), max(most) FROM big WHERE most > {b}",
)


def make(execute: Callable[[str, Sequence[tuple[Any, ...]] | None], None]) -> None:
    """Make the shop."""
    chance = random.Random(7)
    customers = [(n, f"name {n}", f"city {chance.randrange(50)}", chance.randrange(18, 90)) for n in range(2000)]
    sales = [(n, chance.randrange(2000), chance.randrange(1, 10_000) / 100) for n in range(20_000)]
    execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(20), city VARCHAR(20), age INTEGER)", None)
    execute("CREATE TABLE sale (id INTEGER PRIMARY KEY, customer_id INTEGER, amount DOUBLE PRECISION)", None)
    execute("INSERT INTO customer VALUES (?, ?, ?, ?)", customers)
    execute("INSERT INTO sale VALUES (?, ?, ?)", sales)
    execute("CREATE INDEX sale_of ON sale (customer_id)", None)


def queries(count: int, seed: int) -> list[str]:
    """Return so many different queries."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        kind = chance.choice(KINDS)
        found[kind.format(a=chance.randrange(2000), b=chance.randrange(100), c=chance.randrange(18, 90))] = None
    return list(found)


def bare_sqlite(file: Path, given: Sequence[str]) -> int:
    """Run queries one by one over the driver, within the limits of `run_sql`; return the rows."""
    reading = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
    ends = 0.0
    rows = 0
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.set_authorizer(lambda action, *_: int(action not in reading))
        connection.set_progress_handler(lambda: time.monotonic() > ends, 1000)
        for sql in given:
            ends = time.monotonic() + SECONDS
            rows += len(connection.execute(sql).fetchmany(MAX_ROWS + 1))
    return rows


def bare_postgres(url: str, given: Sequence[str]) -> int:
    """Do the same over psycopg, each query in a read-only transaction with a timeout."""
    import psycopg

    rows = 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET statement_timeout = {int(SECONDS * 1000)}")
        for sql in given:
            connection.execute("BEGIN READ ONLY")
            rows += len(connection.execute(sql).fetchmany(MAX_ROWS + 1))
            connection.execute("ROLLBACK")
    return rows


class Bench:
    """`run_sql` over one database, with so many connections."""

    def __init__(self, databases: Databases, url: str) -> None:
        self._operator = RunSql(database=url, seconds=SECONDS, max_rows=MAX_ROWS)
        self._ctx = CheckContext(Recipe("", (), folder=databases.folder), Step(0, "", self._operator), databases)

    def rows(self, given: Sequence[str]) -> int:
        """Run queries; return the rows that all of them give."""
        done = self._operator(pl.DataFrame({"sql": given}), self._ctx)
        wrong = done.filter(pl.col("sql_error").is_not_null())
        assert wrong.is_empty(), wrong["sql_error_detail"][0]
        return int(done["sql_rows"].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a PostgreSQL database to make the shop in; by default an SQLite file")
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root, Databases(Path(root), arguments.connections) as databases:
        file = Path(root, "shop.sqlite")
        prepare(file, arguments.url)
        bench = Bench(databases, arguments.url or file.name)
        bench.rows(queries(200, 0))
        ratios = []
        for number in range(arguments.rounds):
            given = queries(arguments.queries, number + 1)
            started = time.perf_counter()
            bare = bare_postgres(arguments.url, given) if arguments.url else bare_sqlite(file, given)
            middle = time.perf_counter()
            assert bench.rows(given) == bare
            ended = time.perf_counter()
            ratios.append((middle - started) / (ended - middle))
            print(
                f"round {number + 1}: bare {len(given) / (middle - started):,.0f} queries/s, run_sql with "
                f"{arguments.connections} connections {len(given) / (ended - middle):,.0f}; ratio {ratios[-1]:.2f}; "
                f"memory {memory()}"
            )
    print(f"run_sql against the bare loop: median {statistics.median(ratios):.2f} of {arguments.rounds} rounds")


def prepare(file: Path, url: str | None) -> None:
    """Make the shop in an SQLite file, or anew in a PostgreSQL database."""
    if url is None:
        with closing(sqlite3.connect(file)) as connection:
            make(lambda sql, rows: _filled(connection.execute, connection.executemany, sql, rows))
            connection.commit()
        return
    import psycopg

    with psycopg.connect(url) as server:
        server.execute("DROP TABLE IF EXISTS customer, sale")
        make(lambda sql, rows: _filled(server.execute, server.cursor().executemany, sql.replace("?", "%s"), rows))


def _filled(
    execute: Callable[..., Any], many: Callable[..., Any], sql: str, rows: Sequence[tuple[Any, ...]] | None
) -> None:
    execute(sql) if rows is None else many(sql, rows)


def memory() -> str:
    """Return what this process and its children hold now."""
    pids = str(os.getpid())
    own, children = (
        sum(map(int, subprocess.run(["ps", "-o", "rss=", flag, pids], capture_output=True, check=True).stdout.split()))
        for flag in ("--pid", "--ppid")
    )
    return f"{own / 1024:.0f} MB and {children / 1024:.0f} MB in connections"


if __name__ == "__main__":
    main()
