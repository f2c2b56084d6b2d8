"""Databases and SQL: a row per table of a database, and what each query gives."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from dfcli.errors import RowError
from dfcli.ops.base import Context, Database, Example, Kind, Operator, Reads, Row, Source, Writes, declared_schema

CELL_LENGTH = 200
"""Characters of one value that a shown result holds."""

_PETS = "CREATE TABLE pet (name TEXT, born DATE); INSERT INTO pet VALUES ('Momo', '2021-03-01'), ('Rex', NULL);"
_PETS_SCHEMA = """CREATE TABLE pet (name TEXT, born DATE);
-- some values of pet:
--   name: 'Momo', 'Rex'
--   born: '2021-03-01'"""

Url = Annotated[str, Field(description="sqlite:///file.db, or a file's path; relative to the recipe.")]


class SqlTables(Source):
    """One row per table and view of a database, with its schema as text and that of the whole database.

    A schema is the CREATE statement with a few sample values per column as comments. `database_schema` is the same in
    every row: what a prompt needs for queries that join.
    """

    use_for = (
        "start from the tables of a database",
        "get a database schema with sample values as text",
        "text-to-SQL from a database alone",
        "读取数据库的表结构",
    )
    not_for = ("rows of a table: use input with database and query", "queries: use run_sql")
    database: Url
    table: Annotated[Writes, pl.String] = "table"
    table_schema: Annotated[Writes, pl.String] = "table_schema"
    database_schema: Annotated[Writes, pl.String] = "database_schema"
    examples = [
        Example(
            given=[],
            want=[{"table": "pet", "table_schema": _PETS_SCHEMA, "database_schema": _PETS_SCHEMA}],
            options={"database": "sqlite:///pets.db"},
            database=_PETS,
        )
    ]

    def outside(self, ctx: Context) -> str:
        return ctx.database(self.database).fingerprint()

    def frames(self, ctx: Context) -> Iterator[pl.DataFrame]:
        tables = ctx.database(self.database).tables()
        whole = "\n\n".join(each["schema"] for each in tables)
        columns = {
            self.table: [each["table"] for each in tables],
            self.table_schema: [each["schema"] for each in tables],
            self.database_schema: [whole] * len(tables),
        }
        yield pl.DataFrame(columns, schema={name: pl.String() for name in columns})


class RunSql(Operator):
    """Run each row's SQL query on a database, read-only, and write what came of it.

    `sql_rows` is the number of rows, `sql_result` the first of them as JSON objects, and `sql_error` why there are
    none: `syntax`, `unknown_table`, `unknown_column`, `timeout`, `too_large`, `not_read_only` (anything but one reading
    statement) or `other`. A wrong query is a finding, not a failed row: `keep: sql_error is null and sql_rows > 0`.
    How long a query took is not written: it would differ from run to run.
    """

    use_for = (
        "execute generated SQL and keep what works",
        "check queries against a real database",
        "drop SQL that fails or returns nothing",
        "执行SQL并检查结果",
    )
    not_for = ("read a table as input: use input with database and query", "write queries: use write_sql")
    kind: ClassVar[Kind] = "evaluate"
    database: Url
    sql: Annotated[Reads, pl.String] = "sql"
    sql_result: Annotated[Writes, pl.String] = "sql_result"
    sql_rows: Annotated[Writes, pl.Int64] = "sql_rows"
    sql_error: Annotated[Writes, pl.String] = "sql_error"
    seconds: Annotated[float, Field(gt=0, description="Time a query may take; beyond it is the error `timeout`.")] = 5.0
    max_rows: Annotated[int, Field(ge=1, description="Rows a query may give; more is the error `too_large`.")] = 1000
    show_rows: Annotated[int, Field(ge=0, description="Rows that the result shows.")] = 5
    examples = [
        Example(
            given=[
                {"sql": "SELECT name FROM pet ORDER BY name"},
                {"sql": "SELECT age FROM pet"},
                {"sql": "DELETE FROM pet"},
                {"sql": "SELECT name FROM pet WHERE born > '2030-01-01'"},
                {"sql": None},
            ],
            want=[
                {"sql_result": '[{"name": "Momo"}, {"name": "Rex"}]', "sql_rows": 2, "sql_error": None},
                {"sql_result": None, "sql_rows": None, "sql_error": "unknown_column"},
                {"sql_result": None, "sql_rows": None, "sql_error": "not_read_only"},
                {"sql_result": "[]", "sql_rows": 0, "sql_error": None},
                {"sql_result": None, "sql_rows": None, "sql_error": None},
            ],
            options={"database": "sqlite:///pets.db"},
            database=_PETS,
        )
    ]

    def outside(self, ctx: Context) -> str:
        return ctx.database(self.database).fingerprint()

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        queries = frame[self.sql].to_list()
        found = self._found(sorted({sql for sql in queries if sql is not None}), ctx)
        rows = [found.get(sql, {}) for sql in queries]
        return frame.with_columns(
            pl.Series(column, [row.get(column) for row in rows], dtype=kind) for column, kind in self.writes().items()
        )

    def _found(self, queries: Sequence[str], ctx: Context) -> dict[str, Row]:
        """Return the written columns for each different query."""
        if not queries:
            return {}
        database = ctx.database(self.database)
        return {sql: self._run(sql, database) for sql in queries}

    def _run(self, sql: str, database: Database) -> Row:
        try:
            columns, rows = database.query(sql, seconds=self.seconds, max_rows=self.max_rows)
        except RowError as error:
            return {self.sql_error: error.reason}
        return {self.sql_rows: len(rows), self.sql_result: as_json(columns, rows[: self.show_rows])}


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as a JSON list of objects; long values are cut, and what JSON lacks is written as text."""
    names = [name if columns.index(name) == at else f"{name} ({at + 1})" for at, name in enumerate(columns)]
    shown = [dict(zip(names, map(_shown, row), strict=True)) for row in rows]
    return json.dumps(shown, ensure_ascii=False, allow_nan=False)


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        value = f"x'{value.hex()}'"
    if isinstance(value, str) and len(value) > CELL_LENGTH:
        return value[:CELL_LENGTH] + "…"
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
