"""Whether a query gives what a gold query gives."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, NamedTuple

import polars as pl
from pydantic import Field

from dfcli.ops._results import TOLERANCE, Convention, difference, is_ordered
from dfcli.ops.base import Context, Example, Reads, Row, Writes
from dfcli.ops.database import Database, Dialect, Result
from dfcli.ops.sql import OnDatabase, Seconds

_PETS = """
CREATE TABLE pet (name TEXT, kind TEXT, kilos REAL);
INSERT INTO pet VALUES ('Momo', 'cat', 4.5), ('Rex', 'dog', 30), ('Ida', 'dog', 12);
"""


class Compared(NamedTuple):
    """A query and the gold queries, any of which it may equal."""

    sql: str | None
    golds: tuple[str, ...]

    @property
    def queries(self) -> tuple[str, ...]:
        """What is to be run, each once; nothing where there is nothing to compare."""
        return () if self.sql is None or not self.golds else tuple(dict.fromkeys((*self.golds, self.sql)))


class SqlExecutionMatch(OnDatabase):
    """Tell whether each row's query gives the same result as its gold query, both run on the database, read-only.

    `gold` holds one query, or a list of acceptable ones, of which any counts. `sql_match_reason` is null where the
    results match; else it says how the result differs from that of the first gold query that runs (`columns`, `rows`,
    `values`, `order`, each with a sentence), or `sql_error: ` and why the query gives none, in the words of `run_sql`;
    then `sql_match` is false. Where no gold query runs it is null, and the reason `gold_error: ` and why the first does
    not. A row without a query gets nulls. With `db`, a row whose database is unknown fails as `unknown_database`, one
    that names none as `null_input`.

    The same result, in convention `dfcli`, is the same rows, each as often:

    * Names of columns do not matter, nor does their order, if there is one that makes the results equal.
    * The order of rows matters only if the outermost gold query has ORDER BY; then it must be exactly gold's, even
      where rows tie, as a result does not tell which do.
    * Numbers compare as numbers of whatever type: 1 = 1.0 = true. If one is a float, or a decimal with a fraction, they
      may differ by `tolerance` of the larger, or near zero by a thousandth of it. Integers must be equal. Floats that
      count, such as Julian days, want a smaller tolerance.
    * Text compares exactly, with case and all blanks, those at the end too; '1' is not 1. Bytes compare exactly.
    * Dates and times equal their ISO text; a moment at midnight equals its date; T between the two is a blank; one with
      an offset is compared in UTC, and never equals one without. Lengths of time equal HH:MM:SS.
    * NULL equals only NULL, and NaN only NaN. Empty results are equal if they have as many columns.

    `spider` is the match of Spider's test suites (Zhong et al. 2020) on this one database: rows and columns as above,
    with order if ORDER BY stands anywhere in gold; values exactly; all empty results are equal. DISTINCT stays in, as
    with its option --keep_distinct. `bird` is BIRD's execution accuracy (Li et al. 2023): the sets of rows are equal,
    so that duplicates and the order of rows do not matter, but that of columns does; values exactly.

    Equal results on one database do not prove equal queries: few rows, or none, match by chance (`run_sql` counts
    them). With more columns of the same values in other rows than can be tried, or hundreds of rows alike but for
    chains of near numbers, equal results may be called different; different ones are never called equal.
    """

    use_for = (
        "execution accuracy of generated SQL",
        "compare a query's result with the gold query's",
        "Spider test-suite or BIRD execution match",
        "keep queries that give the same rows as the reference",
        "比较SQL执行结果是否一致",
    )
    aliases = (
        "execution accuracy",
        "same result as gold",
        "执行准确率",
        "结果一致",
        "same rows as the correct query",
        "result comparison",
        "查询结果比对",
    )
    not_for = (
        "run queries without a gold one: use run_sql",
        "compare the clauses of two queries without running them: use sql_exact_set_match",
        "queries without a gold one that must fit a question: use judge_sql_answers_question",
    )
    needs: ClassVar[str | None] = "sql"
    sql: Annotated[Reads, pl.String] = "sql"
    gold: Annotated[Reads, Field(description="Column with the gold query, or a list of acceptable ones.")] = "gold_sql"
    convention: Annotated[Convention, Field(description="Whose definition of the same result.")] = "dfcli"
    tolerance: Annotated[float, Field(ge=0, le=0.1, description="Relative; for dfcli's convention only.")] = TOLERANCE
    seconds: Seconds = 5.0
    max_rows: Annotated[int, Field(ge=1, description="Rows a query may give; more is the error `too_large`.")] = 10_000
    sql_match: Annotated[Writes, pl.Boolean] = "sql_match"
    sql_match_reason: Annotated[Writes, pl.String] = "sql_match_reason"
    examples = [
        Example(
            given=[
                {
                    "sql": "SELECT kind, count(*) FROM pet GROUP BY 1",
                    "gold_sql": "SELECT count(*), kind FROM pet GROUP BY 2",
                },
                {"sql": "SELECT name FROM pet", "gold_sql": "SELECT name FROM pet ORDER BY kilos"},
                {"sql": "SELECT DISTINCT kind FROM pet", "gold_sql": "SELECT kind FROM pet"},
                {"sql": "SELECT avg(kilos) FROM pet", "gold_sql": "SELECT max(kilos) FROM pet"},
                {"sql": "SELECT age FROM pet", "gold_sql": "SELECT kilos FROM pet"},
                {"sql": "SELECT name FROM pet", "gold_sql": "SELECT name FROM pets"},
                {"sql": None, "gold_sql": "SELECT name FROM pet"},
            ],
            want=[
                {"sql_match": True, "sql_match_reason": None},
                {"sql_match": False, "sql_match_reason": "order: the same rows in another order"},
                {"sql_match": False, "sql_match_reason": "rows: 2 instead of 3"},
                {"sql_match": False, "sql_match_reason": "values: row 1 of gold, (30.0,), has no partner"},
                {"sql_match": False, "sql_match_reason": "sql_error: unknown_column"},
                {"sql_match": None, "sql_match_reason": "gold_error: unknown_table"},
                {"sql_match": None, "sql_match_reason": None},
            ],
            options={"database": "sqlite:///pets.db"},
            database=_PETS,
        ),
        Example(
            given=[
                {"db": "pets", "sql": "SELECT 'dog'", "gold_sql": ["SELECT name FROM pet", "SELECT kind FROM pet"]},
                {"db": "cars", "sql": "SELECT 1", "gold_sql": ["SELECT 1"]},
            ],
            want=[{"sql_match": False, "sql_match_reason": "values: ('Momo',) is missing"}],
            options={"database": "sqlite:///pets.db", "db": "db", "convention": "bird"},
            database=_PETS,
        ),
    ]

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        after = super().schema_after(given, ctx)
        if (kind := given[self.gold]) not in (pl.String, pl.List(pl.String), pl.Null, pl.List(pl.Null)):
            raise pl.exceptions.SchemaError(f"{self.gold!r} must hold a query or a list of them, and holds {kind}")
        return after

    def made(self, frame: pl.DataFrame, database: Callable[[], Database]) -> Sequence[Row]:
        rows = list(map(_compared, frame[self.sql].to_list(), frame[self.gold].to_list()))
        asked = [row for row in rows if row.queries]
        found = iter(list(self._found(asked, database())) if asked else [])
        return [next(found) if row.queries else self._without(row) for row in rows]

    def _without(self, row: Compared) -> Row:
        return {} if row.sql is None else {self.sql_match_reason: "gold_error: there is no gold query"}

    def _found(self, rows: Sequence[Compared], database: Database) -> Iterator[Row]:
        """Yield the written columns for each row; a result is let go after the last row that needs it."""
        ordered = {sql: self._ordered(sql, database.dialect) for sql in {gold for row in rows for gold in row.golds}}
        needed = Counter(sql for row in rows for sql in row.queries)
        results = database.run(list(needed), seconds=self.seconds, max_rows=self.max_rows)
        held: dict[str, Result] = {}
        waiting = deque(rows)
        for ran, result in zip(list(needed), results, strict=True):
            held[ran] = result
            while waiting and held.keys() >= set(waiting[0].queries):
                row = waiting.popleft()
                yield self._compare(row, held, ordered)
                needed.subtract(row.queries)
                for sql in row.queries:
                    if not needed[sql]:
                        del held[sql]

    def _ordered(self, gold: str, dialect: Dialect) -> bool:
        return "order by" in gold.lower() if self.convention == "spider" else is_ordered(gold, dialect)

    def _compare(self, row: Compared, results: Mapping[str, Result], ordered: Mapping[str, bool]) -> Row:
        other = results[row.sql or ""]
        golds = [sql for sql in row.golds if not results[sql].error]
        if not golds:
            return {self.sql_match_reason: f"gold_error: {results[row.golds[0]].error}"}
        if other.error:
            return {self.sql_match: False, self.sql_match_reason: f"sql_error: {other.error}"}
        told = [self._difference(results[sql], other, ordered[sql]) for sql in golds]
        match = None in told
        return {self.sql_match: match, self.sql_match_reason: None if match else told[0]}

    def _difference(self, gold: Result, other: Result, ordered: bool) -> str | None:
        return difference(gold, other, ordered=ordered, convention=self.convention, tolerance=self.tolerance)


def _compared(sql: str | None, gold: str | Sequence[str | None] | None) -> Compared:
    golds = [gold] if isinstance(gold, str) else gold or ()
    return Compared(sql, tuple(each for each in golds if each is not None))
