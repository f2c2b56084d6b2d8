"""SQL on a database: what each query gives, and how the engine would go about it."""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar, TypeVar

import polars as pl
from pydantic import AfterValidator, Field

from dfcli.errors import EnvironmentLacks
from dfcli.ops._results import is_ordered, signature
from dfcli.ops.base import FAILED, Context, Example, Kind, Operator, Reads, Row, Writes, declared_schema
from dfcli.ops.database import Database, Result, cautions, literal_password

CELL_LENGTH = 200
"""Characters of one value that a shown result holds."""

_PETS = "CREATE TABLE pet (name TEXT, born DATE); INSERT INTO pet VALUES ('Momo', '2021-03-01'), ('Rex', NULL);"

Made = TypeVar("Made")


def _without_password(url: str) -> str:
    if literal_password(url):
        raise ValueError(
            "a password would end up in checkpoints and reports: write $NAME in its place, as in "
            "postgresql://me:$NAME@host/shop, and set NAME in the environment"
        )
    return url


Url = Annotated[
    str,
    AfterValidator(_without_password),
    Field(
        description="A file or folder, sqlite:///file, duckdb:///file or folder of Parquet and CSV, "
        "postgresql://user:$PASSWORD@host/name, mysql://…; paths are relative to the recipe."
    ),
]
Db = Annotated[
    Annotated[Reads, pl.String] | None,
    Field(description="The column that names the database, where `database` is a folder or server with several."),
]
Seconds = Annotated[float, Field(gt=0, description="Time a query may take; beyond it is the error `timeout`.")]


class OnDatabase(Operator):
    """What operators share that run each row's query on a database.

    A row whose database does not exist fails as `unknown_database`.
    """

    kind: ClassVar[Kind] = "evaluate"
    database: Url
    db: Db = None

    def outside(self, ctx: Context) -> str:
        if self.db is None:
            return ctx.database(self.database).fingerprint()
        return " ".join(f"{name} {each.fingerprint()}" for name, each in ctx.databases(self.database).items())

    def cautions(self, ctx: Context) -> Sequence[str]:
        return cautions([ctx.database(self.database)] if self.db is None else ctx.databases(self.database).values())

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        names = frame[self.db].to_list() if self.db is not None else [""] * frame.height
        rows: list[Row] = [{}] * frame.height
        failed: list[str | None] = [None if name is not None else f"null_input: {self.db}" for name in names]
        for name in sorted({name for name in names if name is not None}):
            places = [place for place, each in enumerate(names) if each == name]
            if self.db is not None and name not in ctx.databases(self.database):
                for place in places:
                    failed[place] = f"unknown_database: {name}"
                continue
            few = frame[places]
            for place, row in zip(places, self.made(few, partial(self._opened, ctx, name)), strict=True):
                rows[place] = row
        columns = [
            pl.Series(column, [row.get(column) for row in rows], dtype=kind or pl.String(), strict=False)
            for column, kind in self.writes().items()
        ]
        return frame.with_columns(*columns, pl.Series(FAILED, failed, dtype=pl.String()))

    @abstractmethod
    def made(self, frame: pl.DataFrame, database: Callable[[], Database]) -> Sequence[Row]:
        """Return the written columns for each row of a frame, all of one database, which is opened when called for."""

    def _opened(self, ctx: Context, name: str) -> Database:
        return ctx.database(self.database) if self.db is None else ctx.databases(self.database)[name]


def once(queries: Sequence[str | None], run: Callable[[Sequence[str]], Mapping[str, Made]]) -> list[Made | None]:
    """Return what is made of each query, making it once for equal ones; of null nothing is made."""
    different = sorted({sql for sql in queries if sql is not None})
    found = run(different) if different else {}
    return [None if sql is None else found[sql] for sql in queries]


class RunSql(OnDatabase):
    """Run each row's SQL query on a database, read-only, and write what came of it.

    `sql_rows` is the number of rows, `sql_result` the first of them as JSON objects, and `sql_error` why there are
    none: `syntax`, `unknown_table`, `unknown_column`, `timeout`, `too_large`, `not_read_only` (anything but one reading
    statement) or `other`, with what the engine says of it in `sql_error_detail`. A wrong query is a finding, not a
    failed row: `keep: sql_error is null and sql_rows > 0`. Two columns are written on demand: a signature that is the
    same for queries with the same result, to vote by, and the seconds that a query took, which differ from run to run.
    """

    use_for = (
        "execute generated SQL and keep what works",
        "check queries against a real database",
        "drop SQL that fails or returns nothing",
        "执行SQL并检查结果",
    )
    aliases = (
        "execute SQL",
        "run queries",
        "executable SQL",
        "SQL errors",
        "执行SQL",
        "运行SQL",
        "可执行",
        "crashing queries",
        "queries that do not run",
        "SQL能否运行",
        "queries that crash",
        "does the SQL run",
        "empty results",
        "broken SQL",
        "SQL报错",
        "查询跑不通",
        "查询为空",
    )
    not_for = (
        "read a table as input: use input with database and query",
        "write queries: use write_sql",
        "compare with a gold query: use sql_execution_match",
    )
    version: ClassVar[int] = 2
    sql: Annotated[Reads, pl.String] = "sql"
    sql_result: Annotated[Writes, pl.String] = "sql_result"
    sql_rows: Annotated[Writes, pl.Int64] = "sql_rows"
    sql_error: Annotated[Writes, pl.String] = "sql_error"
    sql_error_detail: Annotated[Writes, pl.String] = "sql_error_detail"
    signature_into: Annotated[Writes, pl.String] | None = Field(
        default=None, description="Column for the result's signature."
    )
    seconds_into: Annotated[Writes, pl.Float64] | None = Field(
        default=None, description="Column for the seconds it took."
    )
    seconds: Seconds = 5.0
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
                {"sql_rows": None, "sql_error": "unknown_column", "sql_error_detail": "no such column: age"},
                {"sql_result": None, "sql_rows": None, "sql_error": "not_read_only"},
                {"sql_result": "[]", "sql_rows": 0, "sql_error": None},
                {"sql_result": None, "sql_rows": None, "sql_error": None},
            ],
            options={"database": "sqlite:///pets.db"},
            database=_PETS,
        )
    ]

    def outside(self, ctx: Context) -> str:
        if self.signature_into is not None and find_spec("sqlglot") is None:
            raise EnvironmentLacks("signature_into needs an extra: pip install 'dfcli[sql]'")
        return super().outside(ctx)

    def made(self, frame: pl.DataFrame, database: Callable[[], Database]) -> Sequence[Row]:
        def run(queries: Sequence[str]) -> dict[str, Row]:
            opened = database()
            results = opened.run(queries, seconds=self.seconds, max_rows=self.max_rows)
            return {sql: self._found(sql, each, opened) for sql, each in zip(queries, results, strict=True)}

        return [row or {} for row in once(frame[self.sql].to_list(), run)]

    def _found(self, sql: str, result: Result, database: Database) -> Row:
        if result.error is not None:
            return {self.sql_error: result.error, self.sql_error_detail: result.detail}
        row: dict[str, Any] = {
            self.sql_rows: len(result.rows),
            self.sql_result: as_json(result.columns, result.rows[: self.show_rows]),
        }
        if self.signature_into is not None:
            row[self.signature_into] = signature(result, ordered=is_ordered(sql, database.dialect))
        if self.seconds_into is not None:
            row[self.seconds_into] = result.seconds
        return row


class ExplainSql(OnDatabase):
    """Write how the engine would go about each row's query, without running it.

    `sql_plan` is the engine's own plan, a line per step; it differs between engines, their versions and statistics.
    `sql_error` says why there is none, with the codes of `run_sql`: a cheap proof that a query's tables, columns and
    syntax are right, when running it would take too long.
    """

    use_for = (
        "query plan of SQL",
        "validate SQL without running it",
        "find full table scans in generated queries",
        "查看SQL执行计划",
    )
    aliases = (
        "EXPLAIN",
        "query plan",
        "dry-run SQL",
        "execution plan",
        "查询计划",
        "SQL执行计划",
        "would this query run",
        "check SQL without executing",
        "不执行就检查SQL",
    )
    not_for = ("what a query returns: use run_sql", "joins and nesting as numbers: use sql_features")
    sql: Annotated[Reads, pl.String] = "sql"
    sql_plan: Annotated[Writes, pl.String] = "sql_plan"
    sql_error: Annotated[Writes, pl.String] = "sql_error"
    sql_error_detail: Annotated[Writes, pl.String] = "sql_error_detail"
    seconds: Seconds = 5.0
    examples = [
        Example(
            given=[{"sql": "SELECT name FROM pet"}, {"sql": "SELECT name FROM cat"}, {"sql": None}],
            want=[
                {"sql_plan": "SCAN pet", "sql_error": None},
                {"sql_plan": None, "sql_error": "unknown_table", "sql_error_detail": "no such table: cat"},
                {"sql_plan": None, "sql_error": None},
            ],
            options={"database": "pets.db"},
            database=_PETS,
        )
    ]

    def made(self, frame: pl.DataFrame, database: Callable[[], Database]) -> Sequence[Row]:
        def run(queries: Sequence[str]) -> dict[str, Row]:
            results = database().run(queries, seconds=self.seconds, max_rows=10_000, plan=True)
            return {sql: self._found(each) for sql, each in zip(queries, results, strict=True)}

        return [row or {} for row in once(frame[self.sql].to_list(), run)]

    def _found(self, result: Result) -> Row:
        if result.error is not None:
            return {self.sql_error: result.error, self.sql_error_detail: result.detail}
        return {self.sql_plan: "\n".join(str(line) for line, *_ in result.rows)}


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as a JSON list of objects; long values are cut, and what JSON lacks is written as text."""
    names = [name if columns.index(name) == at else f"{name} ({at + 1})" for at, name in enumerate(columns)]
    shown = [dict(zip(names, map(_shown, row), strict=True)) for row in rows]
    return json.dumps(shown, ensure_ascii=False, allow_nan=False)


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        value = f"x'{value.hex()}'"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    return text[:CELL_LENGTH] + "…" if len(text) > CELL_LENGTH else text
