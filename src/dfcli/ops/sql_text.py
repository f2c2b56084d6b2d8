"""Say what the text of a query is, without a database: its features, its hardness, whether it is the gold query.

What cannot be parsed as one query is a finding, not a failed row: it gets nulls. That is also so for a query of more
than 100 000 characters, and one with more than 30 brackets inside each other.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops.base import Example, Kind, Reads, Row, RowFunction, Writes
from dfcli.ops.database import SPOKEN, Engine

_COUNTS = ("tables", "joins", "nesting", "subqueries", "ctes", "set_operations", "aggregates", "window_functions")
_MORE_COUNTS = ("conditions", "cases", "length")
_FLAGS = ("group_by", "having", "order_by", "limit", "distinct")

_BEST_SELLERS = (
    "SELECT artist, count(*) FROM sale JOIN album ON sale.album_id = album.id WHERE album.year > 1990 "
    "GROUP BY artist HAVING count(*) > 3 ORDER BY 2 DESC LIMIT 5"
)

Spoken = Annotated[Engine, Field(description="The SQL that the queries are written in.")]


class SqlFeatures(RowFunction):
    """Count what the text of an SQL query has; subqueries, CTEs and all parts of set operations count in.

    * `sql_tables`: different tables that are read, by name; names of CTEs, subqueries and table functions are none.
    * `sql_joins`: joins of any kind; a comma between tables is one, and so is a table joined to itself.
    * `sql_nesting`: how deep SELECTs stand inside each other, as subqueries or CTEs; 0 for a query without any.
    * `sql_subqueries`: queries in brackets inside another one, anywhere; CTEs and parts of set operations are none.
    * `sql_ctes`: names that WITH gives. `sql_set_operations`: UNIONs, INTERSECTs and EXCEPTs.
    * `sql_aggregates`: calls of aggregate functions without OVER. `sql_window_functions`: calls with OVER.
    * `sql_conditions`: what AND, OR and NOT join in WHERE, HAVING, QUALIFY, FILTER and ON. `sql_cases`: CASEs.
    * `sql_functions`: the functions it calls, aggregates too, each once, by name in small letters as it is written,
      sorted; CAST and EXISTS are none.
    * `sql_length`: tokens of SQL: names, literals, words, signs; ORDER BY is one, comments and a last semicolon none.
    * `sql_group_by`, `sql_having`, `sql_order_by`, `sql_limit` (or FETCH), `sql_distinct`: whether there is such a
      clause; ORDER BY and DISTINCT inside a function or a window are none.

    What is not one query, or cannot be parsed, has nulls.
    """

    use_for = (
        "count joins and subqueries of SQL",
        "complexity of a query by its parts",
        "balance SQL data by features",
        "统计SQL的连接、嵌套和聚合",
    )
    aliases = (
        "SQL statistics",
        "joins",
        "nesting depth",
        "SQL特征",
        "number of joins",
        "how many tables a query uses",
        "用了几个表",
    )
    not_for = ("one word for how hard a query is: use sql_hardness", "what a query gives: use run_sql")
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "sql"
    examples = [
        Example(
            [{"sql": _BEST_SELLERS}, {"sql": "DELETE FROM sale"}, {"sql": None}],
            [
                {"sql_tables": 2, "sql_joins": 1, "sql_nesting": 0, "sql_aggregates": 2, "sql_conditions": 3}
                | {"sql_functions": ["count"], "sql_group_by": True, "sql_limit": True, "sql_distinct": False},
                {"sql_tables": None, "sql_functions": None, "sql_limit": None},
                {"sql_tables": None, "sql_functions": None, "sql_limit": None},
            ],
        ),
        Example(
            [{"query": "WITH a AS (SELECT max(x) OVER () FROM t) SELECT * FROM a WHERE x IN (SELECT y FROM u)"}],
            [{"q_tables": 2, "q_ctes": 1, "q_subqueries": 1, "q_nesting": 1, "q_window_functions": 1}],
            {"sql": "query", "prefix": "q_", "dialect": "PostgreSQL"},
        ),
    ]

    sql: Annotated[Reads, pl.String] = "sql"
    dialect: Spoken = "SQLite"
    prefix: Annotated[str, Field(description="What the names of the written columns start with.")] = "sql_"

    def writes(self) -> dict[str, pl.DataType | None]:
        kinds: dict[str, pl.DataType | None] = dict.fromkeys((*_COUNTS, *_MORE_COUNTS), pl.Int64())
        kinds |= {"functions": pl.List(pl.String())} | dict.fromkeys(_FLAGS, pl.Boolean())
        return {self.prefix + name: kind for name, kind in kinds.items()}

    def value(self, row: Row) -> dict[str, Any]:
        from dfcli.ops._sql_features import features
        from dfcli.ops._sql_tree import Unreadable, parse

        try:
            found = features(parse(row[self.sql], SPOKEN[self.dialect]), SPOKEN[self.dialect])
        except Unreadable:
            return {}
        return {self.prefix + name: value for name, value in found.items()}


class SqlHardness(RowFunction):
    """Say how hard an SQL query is by the rules of Spider's evaluation (Yu et al. 2018): easy, medium, hard or extra.

    The rules count, in the outer query and the first SELECT of a set operation alone:

    * `sql_component1`: WHERE, GROUP BY, ORDER BY and LIMIT one each, every table in FROM beyond the first, and every
      OR and LIKE of WHERE, HAVING and ON.
    * `sql_component2`: every query inside a condition, and one for all that UNION, INTERSECT and EXCEPT add. A query
      in FROM counts as a table only.
    * `sql_others`: one each for more than one aggregate, output column, WHERE condition, and GROUP BY column. As in
      Spider's program, aggregates of SELECT, GROUP BY and ORDER BY are seen, those in conditions are not; a NOT in
      WHERE or HAVING, and an AND or OR in HAVING, is taken for one.

    Easy: component1 ≤ 1 and nothing else. Medium, without component2: component1 ≤ 1 and others ≤ 2, or component1 = 2
    and others ≤ 1. Hard, without component2: component1 ≤ 2 and others ≥ 3, or component1 = 3 and others ≤ 2; with
    component2 = 1: component1 ≤ 1 and others = 0. All else is extra, even component1 = others = 2.

    What Spider's own parser cannot read counts thus: CTEs and queries in SELECT, GROUP BY or ORDER BY as component2;
    joins of any kind, also commas, as tables; ILIKE, GLOB and regular expressions as LIKE; EXISTS as a condition;
    calls with OVER as aggregates, and all calls in one output column; FETCH as LIMIT; QUALIFY as HAVING in component1
    and component2; IS NOT NULL as no NOT. CASE, other functions and DISTINCT add nothing. The ORDER BY and LIMIT after
    a set operation belong to its last query, as in Spider.
    What is not one query, or cannot be parsed, has nulls.
    """

    use_for = (
        "difficulty of SQL as in Spider",
        "label queries easy, medium, hard or extra hard",
        "balance text-to-SQL data by difficulty",
        "按Spider规则给SQL分难度",
    )
    aliases = (
        "SQL difficulty",
        "Spider hardness",
        "hard queries",
        "SQL难度",
        "难度等级",
        "easy or hard query",
        "complicated queries",
        "label queries by difficulty",
        "简单还是困难的查询",
        "查询难度",
    )
    not_for = ("numbers for each part of a query: use sql_features",)
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "sql"
    examples = [
        Example(
            [
                {"sql": "SELECT name FROM pet WHERE born > '2020'"},
                {"sql": "SELECT name, born FROM pet WHERE name LIKE 'M%'"},
                {"sql": "SELECT name FROM pet WHERE born = (SELECT max(born) FROM pet)"},
                {"sql": _BEST_SELLERS},
                {"sql": "SELECT FROM WHERE"},
            ],
            [
                {"sql_hardness": "easy", "sql_component1": 1, "sql_component2": 0, "sql_others": 0},
                {"sql_hardness": "medium", "sql_component1": 2, "sql_component2": 0, "sql_others": 1},
                {"sql_hardness": "hard", "sql_component1": 1, "sql_component2": 1, "sql_others": 0},
                {"sql_hardness": "extra", "sql_component1": 5, "sql_component2": 0, "sql_others": 1},
                {"sql_hardness": None, "sql_component1": None, "sql_component2": None, "sql_others": None},
            ],
        )
    ]

    sql: Annotated[Reads, pl.String] = "sql"
    dialect: Spoken = "SQLite"
    into: Annotated[Writes, pl.String] = "sql_hardness"
    component1: Annotated[Writes, pl.Int64] = "sql_component1"
    component2: Annotated[Writes, pl.Int64] = "sql_component2"
    others: Annotated[Writes, pl.Int64] = "sql_others"

    def value(self, row: Row) -> dict[str, Any]:
        from dfcli.ops._spider import counts
        from dfcli.ops._sql_tree import Unreadable, parse

        try:
            found = counts(parse(row[self.sql], SPOKEN[self.dialect]))
        except Unreadable:
            return {}
        columns = (self.into, self.component1, self.component2, self.others)
        return dict(zip(columns, (found.level, *found), strict=True))


class SqlExactSetMatch(RowFunction):
    """Tell whether an SQL query is the gold query by Spider's exact set match, which compares clauses, not results.

    Equal must be: the output columns with their functions, the tables, the conditions of joins and the kinds of outer
    ones, the conditions of WHERE and of HAVING and which of AND and OR stand there, the GROUP BY columns by name, each
    in any order; ORDER BY with its directions, in order; whether there are LIMIT and OFFSET; and the queries inside
    and those that UNION, INTERSECT and EXCEPT add, compared likewise.
    No difference make: aliases, brackets, the case of names and words, the sides of `=` and `<>`, DISTINCT (as in
    Spider), and the literals with how many of them IN lists, unless `values` says so. An alias or number of an output
    column in GROUP BY, HAVING or ORDER BY stands for the column, a column without table for that of the only table.
    In SQLite a name in double quotes that something is compared with is taken for a text, as Spider's queries have it.

    There is no schema: of two tables, a column with its table is not the one without, and columns that a foreign key
    makes equal are not the same. Spider itself compares the first join condition alone. Equal results can come from
    different queries: this is a strict measure. A query or gold query that cannot be parsed has null.
    """

    use_for = (
        "exact match accuracy of text-to-SQL",
        "compare generated SQL with gold SQL without running it",
        "Spider exact set match",
        "SQL子句集合精确匹配",
    )
    aliases = ("exact match", "clause match", "精确匹配")
    not_for = ("what a query gives: use run_sql",)
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "sql"
    examples = [
        Example(
            [
                {
                    "sql": "SELECT p.name FROM pet AS p WHERE p.age > 3 AND p.kind = 'cat'",
                    "gold_sql": "select name from pet where kind = 'dog' and age > 5",
                },
                {"sql": "SELECT name FROM pet ORDER BY age", "gold_sql": "SELECT name FROM pet ORDER BY age DESC"},
                {"sql": "SELECT name FROM", "gold_sql": "SELECT name FROM pet"},
            ],
            [{"sql_exact_match": True}, {"sql_exact_match": False}, {"sql_exact_match": None}],
        ),
        Example(
            [{"sql": "SELECT name FROM pet WHERE age > 3", "gold_sql": "SELECT name FROM pet WHERE age > 5"}],
            [{"sql_exact_match": False}],
            {"values": True},
        ),
    ]

    sql: Annotated[Reads, pl.String] = "sql"
    gold: Annotated[Reads, pl.String] = "gold_sql"
    dialect: Spoken = "SQLite"
    values: Annotated[bool, Field(description="Whether literals must be equal too; numbers by worth.")] = False
    into: Annotated[Writes, pl.Boolean] = "sql_exact_match"

    def value(self, row: Row) -> bool | None:
        from dfcli.ops._exact_set import clauses
        from dfcli.ops._sql_tree import Unreadable, parse

        try:
            one, other = (
                clauses(parse(row[each], SPOKEN[self.dialect]), SPOKEN[self.dialect], values=self.values)
                for each in (self.sql, self.gold)
            )
        except (Unreadable, RecursionError):
            return None
        return one == other


class TranspileSql(RowFunction):
    """Write an SQL query in another dialect.

    `sql_transpile_note` says what sqlglot knows it could not translate, or why there is no query: it must be one, and
    be parsed. Without a note it is still a translation of the text, made without the tables: run it to be sure.
    """

    use_for = (
        "translate SQL to another dialect",
        "SQLite queries for PostgreSQL or MySQL",
        "the same text-to-SQL data for several engines",
        "SQL方言转换",
    )
    aliases = (
        "SQL dialects",
        "SQL conversion",
        "migrate queries",
        "方言转换",
        "SQL转换",
        "the same query for another engine",
        "SQLite to MySQL",
        "换一种数据库语法",
    )
    not_for = ("check that the result runs: use run_sql",)
    needs: ClassVar[str | None] = "sql"
    examples = [
        Example(
            [
                {"sql": "SELECT `name`, IFNULL(age, 0) FROM pet LIMIT 2, 3"},
                {"sql": "DROP TABLE pet"},
            ],
            [
                {"sql_transpiled": 'SELECT "name", COALESCE(age, 0) FROM pet LIMIT 3 OFFSET 2'}
                | {"sql_transpile_note": None},
                {"sql_transpiled": None, "sql_transpile_note": "It is not a query."},
            ],
            {"to": "PostgreSQL"},
        ),
    ]

    sql: Annotated[Reads, pl.String] = "sql"
    dialect: Spoken = "SQLite"
    to: Annotated[Engine, Field(description="The SQL to write them in.")]
    into: Annotated[Writes, pl.String] = "sql_transpiled"
    note: Annotated[Writes, pl.String] = "sql_transpile_note"

    def value(self, row: Row) -> dict[str, Any]:
        from dfcli.ops._sql_tree import Unreadable, parse, written

        try:
            found = written(parse(row[self.sql], SPOKEN[self.dialect]).tree, SPOKEN[self.to])
        except Unreadable as error:
            return {self.note: str(error)}
        return {self.into: found.text, self.note: "; ".join(found.lacks) or None}
