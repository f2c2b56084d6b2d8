"""Features and translations of SQL text, and what happens to odd text."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
from chinook_queries import QUERIES, Query
from hypothesis import given
from hypothesis import strategies as st

from dfcli.ops._sql_tree import MAX_CHARS, MAX_DEPTH
from dfcli.ops.base import RowFunction
from dfcli.ops.database import Engine
from dfcli.ops.scripted import Scripted
from dfcli.ops.sql_text import SqlExactSetMatch, SqlFeatures, SqlHardness, TranspileSql

EMPTY = {pl.Boolean(): False, pl.Int64(): 0}
# sqlglot does not see through a comment between the two words of one token.
PIECES = re.compile(r"GROUP BY|ORDER BY|PARTITION BY|'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^]]*\]|\w+|\s+|.")

DEEP = "SELECT a FROM t WHERE a IN (" * 50 + "SELECT 1" + ")" * 50
ODD = [
    "",
    " \n\t",
    ";",
    "-- only a comment",
    "/* never closed",
    "SELECT 'never closed",
    "SELECT 1; SELECT 2",
    "DELETE FROM t",
    "INSERT INTO t SELECT 1",
    "WITH a AS (SELECT 1) DELETE FROM t",
    "WITH a AS (FETCH x) SELECT 1",
    "CREATE TABLE t AS SELECT 1",
    "EXPLAIN SELECT 1",
    "PRAGMA table_info(t)",
    "VALUES (1, 2)",
    "What is the name of the oldest pet?",
    "SELECT",
    "SELECT FROM WHERE",
    "SELECT (1",
    "SELECT 1)",
    "\x00\x1b[31m",
    DEEP,
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "SELECT " + "NOT " * 5000 + "1",
    "SELECT '" + "x" * 1_000_000 + "'",
    "(" * 1_000_000,
]


def features(sql: str, dialect: Engine = "SQLite") -> dict[str, Any]:
    return {
        name.removeprefix("sql_"): value for name, value in SqlFeatures(dialect=dialect).value({"sql": sql}).items()
    }


def transpiled(sql: str, to: Engine, dialect: Engine = "SQLite") -> tuple[str | None, str | None]:
    found = TranspileSql(dialect=dialect, to=to).value({"sql": sql})
    return found.get("sql_transpiled"), found["sql_transpile_note"]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.sql[:60])
def test_features_are_what_was_worked_out_by_hand(query: Query) -> None:
    found = features(query.sql)
    expected: dict[str, Any] = {
        name.removeprefix("sql_"): EMPTY.get(kind, []) for name, kind in SqlFeatures().writes().items() if kind
    } | query.features
    if "length" not in query.features:  # counted by hand for the short ones
        del expected["length"], found["length"]
    assert found == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a FROM main.t JOIN T ON t.i = main.t.i", {"tables": 2, "joins": 1}),
        ("SELECT a FROM t, t AS u, (SELECT 1) AS v", {"tables": 1, "joins": 2, "subqueries": 1}),
        ("SELECT a FROM json_each('[1]')", {"tables": 0, "functions": ["json_each"]}),
        ("WITH t AS (SELECT 1) SELECT a FROM t JOIN u", {"tables": 1, "ctes": 1}),
        # A CTE is known in its own query only.
        ("SELECT a FROM t WHERE b IN (WITH t AS (SELECT 1) SELECT c FROM t)", {"tables": 1, "nesting": 2}),
        ("SELECT a FROM t JOIN (u JOIN v ON u.i = v.i) ON t.i = u.i", {"tables": 3, "joins": 2, "conditions": 2}),
        ("((SELECT a FROM t)) UNION (SELECT b FROM u)", {"subqueries": 0, "nesting": 0, "set_operations": 1}),
        ("SELECT ((SELECT 1)), EXISTS (SELECT 2)", {"subqueries": 2, "nesting": 1, "functions": []}),
        ("(SELECT a FROM t)", {"subqueries": 0, "nesting": 0}),
        ("SELECT a FROM t WHERE NOT (a = 1 AND (b OR c IN (2)))", {"conditions": 3}),
        ("SELECT sum(a) FILTER (WHERE b > 1) OVER (), sum(a) FILTER (WHERE b > 1) FROM t", {"aggregates": 1}),
        ("SELECT lag(a) OVER w FROM t WINDOW w AS (ORDER BY b)", {"window_functions": 1, "order_by": False}),
        ("SELECT total(a), json_group_array(b), max(a, b) FROM t", {"aggregates": 2}),
        ("SELECT COUNT(*), Count(a), IFNULL(a, 1) FROM t", {"functions": ["count", "ifnull"]}),
        ("SELECT CAST(a AS DECIMAL(3, 2)), CURRENT_DATE FROM t", {"functions": ["current_date"]}),
        ("WITH c(x) AS (SELECT 1) SELECT x FROM c AS d(y)", {"functions": []}),
        ("SELECT group_concat(DISTINCT a) FROM t", {"distinct": False, "aggregates": 1}),
        ("SELECT a FROM t WHERE b IN (SELECT DISTINCT c FROM u LIMIT 1)", {"distinct": True, "limit": True}),
        ("SELECT a -- b, c\nFROM t /* d */;", {"length": 4}),
        ('SELECT "group" FROM "order by" WHERE [limit] = \'having\'', {"group_by": False, "limit": False, "tables": 1}),
        ("SELECT 名前 FROM 顧客 JOIN Übung ON Übung.é = 顧客.é", {"tables": 2, "joins": 1, "conditions": 1}),
    ],
)
def test_features_are_defined_precisely(sql: str, expected: dict[str, Any]) -> None:
    found = features(sql)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("PostgreSQL", "SELECT a FROM t FETCH FIRST 3 ROWS ONLY", {"limit": True}),
        (
            "PostgreSQL",
            "SELECT a::varchar(3), string_agg(b, ',') FROM t",
            {"functions": ["string_agg"], "aggregates": 1},
        ),
        ("DuckDB", "FROM t SELECT a QUALIFY rank() OVER (ORDER BY b) = 1", {"conditions": 1, "window_functions": 1}),
        ("MySQL", 'SELECT `a` FROM t WHERE b = "SELECT 1"', {"subqueries": 0, "conditions": 1}),
    ],
)
def test_features_are_read_in_the_dialect(dialect: Engine, sql: str, expected: dict[str, Any]) -> None:
    found = features(sql, dialect)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("operator", [SqlFeatures(), SqlHardness(), SqlExactSetMatch(), TranspileSql(to="MySQL")])
def test_what_is_not_one_query_is_a_finding_and_no_failure(
    operator: RowFunction, caplog: pytest.LogCaptureFixture
) -> None:
    frame = pl.DataFrame({"sql": ODD, "gold_sql": ODD})
    out = operator(frame, Scripted())
    assert out["__failed__"].null_count() == len(ODD)
    values = out.select(name for name in operator.writes() if name != "sql_transpile_note")
    assert [row for row in values.rows() if any(value is not None for value in row)] == []
    assert caplog.records == []


def test_a_query_that_is_not_translated_has_a_reason_without_terminal_codes() -> None:
    notes = [transpiled(sql, "PostgreSQL")[1] for sql in ODD]
    assert all(note is not None and note.endswith(".") and note.isprintable() for note in notes)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1; SELECT 2", "It has several statements."),
        ("SELECT a b c", "It cannot be parsed as SQLite: line 1, column 12: Invalid expression / Unexpected token."),
        ("DROP TABLE t", "It is not a query."),
        (f"SELECT '{'x' * MAX_CHARS}'", "It has 100009 characters, more than 100000."),
        (DEEP, "More than 30 brackets stand inside each other."),
    ],
)
def test_the_reason_says_what_is_wrong_with_a_query(sql: str, reason: str) -> None:
    assert transpiled(sql, "PostgreSQL") == (None, reason)


def test_a_query_may_be_as_deep_and_as_long_as_the_limits_say() -> None:
    deepest = "SELECT a FROM t WHERE a IN (" * MAX_DEPTH + "SELECT 1" + ")" * MAX_DEPTH
    assert features(deepest)["nesting"] == MAX_DEPTH
    assert SqlExactSetMatch().value({"sql": deepest, "gold_sql": deepest}) is True
    assert transpiled("SELECT " + "abs(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH + " FROM t", "MySQL")[0] is not None
    longest = "SELECT a FROM t WHERE a = 1".ljust(MAX_CHARS)
    assert features(longest)["conditions"] == 1


@pytest.mark.parametrize("before", ["SELECT (", "SELECT * FROM (", "SELECT 1 FROM t ORDER BY (", "WITH c AS ("])
def test_queries_inside_each_other_are_read_once(before: str) -> None:
    after = ") SELECT 1" if before.startswith("WITH") else ")"
    sql = before * MAX_DEPTH + "SELECT 1" + after * MAX_DEPTH
    assert features(sql)["nesting"] == MAX_DEPTH
    assert SqlExactSetMatch().value({"sql": sql, "gold_sql": sql}) is True


def test_many_conditions_beside_each_other_are_not_deep() -> None:
    sql = "SELECT a FROM t WHERE a = 1" + " OR a = 1" * 5000
    assert features(sql)["conditions"] == 5001
    assert SqlHardness().value({"sql": sql})["sql_component1"] == 5001
    assert SqlExactSetMatch().value({"sql": sql, "gold_sql": sql}) is True


@pytest.mark.parametrize(
    ("dialect", "to", "sql", "expected"),
    [
        ("SQLite", "MySQL", 'SELECT "order" FROM t LIMIT 2, 3', "SELECT `order` FROM t LIMIT 3 OFFSET 2"),
        ("MySQL", "SQLite", 'SELECT `a` FROM t WHERE b = "x"', "SELECT \"a\" FROM t WHERE b = 'x'"),
        ("PostgreSQL", "SQLite", "SELECT a::int FROM t", "SELECT CAST(a AS INTEGER) FROM t"),
        ("SQLite", "DuckDB", "SELECT 名前 FROM 顧客;", "SELECT 名前 FROM 顧客"),
    ],
)
def test_queries_are_written_in_another_dialect(dialect: Engine, to: Engine, sql: str, expected: str) -> None:
    assert transpiled(sql, to, dialect) == (expected, None)


def test_what_a_dialect_lacks_is_noted() -> None:
    found, note = transpiled("SELECT a FROM t TABLESAMPLE (10 PERCENT)", "SQLite", "DuckDB")
    assert (found, note) == ("SELECT a FROM t", "TABLESAMPLE unsupported")


@pytest.mark.parametrize("to", ["SQLite", "DuckDB", "PostgreSQL", "MySQL"])
def test_every_translation_can_be_parsed_again_and_is_then_left_as_it_is(to: Engine) -> None:
    for query in QUERIES:
        once, _ = transpiled(query.sql, to)
        assert once is not None
        assert transpiled(once, to, to)[0] == once


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.sql[:60])
def test_a_translation_to_the_same_dialect_is_the_same_query(query: Query) -> None:
    once, _ = transpiled(query.sql, "SQLite")
    assert SqlExactSetMatch(values=True).value({"sql": once, "gold_sql": query.sql}) is True


@given(st.sampled_from([query.sql for query in QUERIES]), st.data())
def test_case_whitespace_and_comments_change_nothing(sql: str, data: st.DataObject) -> None:
    spaces = st.sampled_from([" ", "\n", " \t ", " /* OR (SELECT */ ", " -- LIKE\n"])
    cases = st.sampled_from([str.upper, str.lower, str.title])

    def changed(piece: str) -> str:
        if piece.isspace():
            return data.draw(spaces)
        return data.draw(cases)(piece) if piece.isidentifier() else piece

    other = "".join(changed(piece) for piece in PIECES.findall(sql))
    assert features(other) == features(sql)
    assert SqlHardness().value({"sql": other}) == SqlHardness().value({"sql": sql})
    assert SqlExactSetMatch(values=True).value({"sql": other, "gold_sql": sql}) is True


WORDS = ["SELECT", "a", "FROM", "t", "WHERE", "(", ")", ",", ".", "*", "=", "IN", "'x'", '"', "`", "[", ";", "LIMIT"]


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS)))
def test_no_text_is_too_odd(words: str | list[str]) -> None:
    sql = words if isinstance(words, str) else "SELECT " + " ".join(words)
    frame = pl.DataFrame({"sql": [sql], "gold_sql": [sql]})
    for operator in (SqlFeatures(), SqlHardness(), SqlExactSetMatch(values=True), TranspileSql(to="PostgreSQL")):
        assert operator(frame, Scripted())["__failed__"].to_list() == [None]
