"""Spider's hardness and exact set match, on queries worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from chinook_queries import QUERIES, Query
from hypothesis import given
from hypothesis import strategies as st

from dfcli.ops.sql_text import SqlExactSetMatch, SqlHardness

TEXTS = [query.sql for query in QUERIES]


def hardness(sql: str, **options: Any) -> dict[str, Any]:
    return SqlHardness(**options).value({"sql": sql})


def same(sql: str, gold: str, **options: Any) -> bool | None:
    return SqlExactSetMatch(**options).value({"sql": sql, "gold_sql": gold})


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.sql[:60])
def test_hardness_is_what_was_worked_out_by_hand(query: Query) -> None:
    found = hardness(query.sql)
    counts = (found["sql_component1"], found["sql_component2"], found["sql_others"])
    assert (found["sql_hardness"], counts) == (query.hardness, query.counts)


def test_the_queries_are_of_all_levels() -> None:
    assert {query.hardness for query in QUERIES} == {"easy", "medium", "hard", "extra"}


@pytest.mark.parametrize(
    ("sql", "counts"),
    [
        # Words of SQL in texts, names and comments count for nothing.
        ("SELECT a FROM t WHERE a = 'x OR y LIKE z GROUP BY (SELECT 1)'", (1, 0, 0)),
        ("SELECT order_by_limit FROM like_or_union -- WHERE a LIKE 'b'", (0, 0, 0)),
        ('SELECT "or" FROM "join" /* LIMIT 3 */', (0, 0, 0)),
        # Only what the outer query itself has counts, however much the inner ones have.
        ("SELECT a FROM t WHERE b IN (SELECT b FROM u WHERE c LIKE 'x' OR d LIKE 'y' GROUP BY b LIMIT 3)", (1, 1, 0)),
        ("(SELECT a FROM t WHERE b = 1) UNION (SELECT a, c FROM u WHERE b LIKE 'x' ORDER BY a LIMIT 2)", (1, 1, 0)),
        # Each query in a condition counts, those of ON and HAVING too, and both ends of BETWEEN.
        ("SELECT a FROM t WHERE b BETWEEN (SELECT 1) AND (SELECT 2)", (1, 2, 0)),
        ("SELECT a FROM t JOIN u ON t.b = u.b AND u.c > (SELECT 1)", (1, 1, 0)),
        ("SELECT a FROM t GROUP BY a HAVING count(*) > (SELECT 1)", (1, 1, 0)),
        ("SELECT a FROM t JOIN (SELECT b FROM u WHERE b IN (SELECT 1)) AS v ON t.b = v.b", (1, 0, 0)),
        # ORs and LIKEs of ON count; a join in brackets counts its tables.
        ("SELECT a FROM t JOIN u ON t.b = u.b OR t.c LIKE u.c", (3, 0, 0)),
        ("SELECT a FROM t JOIN (u JOIN v ON u.c = v.c) ON t.b = u.b", (2, 0, 0)),
        ("SELECT a FROM t, u, v", (2, 0, 0)),
        # Aggregates of ORDER BY are seen, in one expression each.
        ("SELECT a FROM t GROUP BY a ORDER BY max(b) - min(b)", (2, 0, 1)),
        ("SELECT a FROM t GROUP BY a HAVING max(b) > 1 ORDER BY max(b)", (2, 0, 0)),
        ("SELECT a FROM t WHERE NOT (b = 1) AND c NOT BETWEEN 2 AND 3", (1, 0, 2)),
        ("SELECT max(a, b) + min(a, b) FROM t", (0, 0, 0)),  # of two columns they are no aggregates in SQLite
        ("SELECT 1", (0, 0, 0)),
    ],
)
def test_counts_follow_the_official_program(sql: str, counts: tuple[int, int, int]) -> None:
    found = hardness(sql)
    assert (found["sql_component1"], found["sql_component2"], found["sql_others"]) == counts


@pytest.mark.parametrize(
    ("sql", "counts"),
    [
        ("SELECT a FROM t FETCH FIRST 3 ROWS ONLY", (1, 0, 0)),
        ("SELECT a FROM t WHERE b ILIKE 'x' OR b ~ 'y'", (4, 0, 1)),
        ("SELECT a FROM t CROSS JOIN LATERAL (SELECT b FROM u) AS v", (1, 0, 0)),
        ("SELECT a FROM t GROUP BY ROLLUP (a, b)", (1, 0, 1)),
        ("WITH x AS (SELECT 1), y AS (SELECT 2) SELECT a FROM x, y", (1, 2, 0)),
    ],
)
def test_what_spider_cannot_read_counts_by_the_nearest_rule(sql: str, counts: tuple[int, int, int]) -> None:
    found = hardness(sql, dialect="PostgreSQL")
    assert (found["sql_component1"], found["sql_component2"], found["sql_others"]) == counts


@pytest.mark.parametrize(
    ("sql", "gold"),
    [
        ("SELECT a, b FROM t", "select B, A from T"),
        ("SELECT x.a FROM t AS x", "SELECT a FROM t"),
        ("SELECT a AS n FROM t ORDER BY n", "SELECT a FROM t ORDER BY a"),
        ("SELECT b, a FROM t ORDER BY 2 DESC", "SELECT a, b FROM t ORDER BY a DESC"),
        ("SELECT a FROM t WHERE b = 1 AND c > 2", "SELECT a FROM t WHERE c > 5 AND b = 7"),
        ("SELECT a FROM t WHERE b = 'Joe'", 'SELECT a FROM t WHERE b = "Ann"'),
        ("SELECT a FROM t WHERE b LIKE 'x%'", "SELECT a FROM t WHERE b LIKE '%y'"),
        ("SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (3)"),
        ("SELECT a FROM t WHERE b BETWEEN 1 AND 2", "SELECT a FROM t WHERE b BETWEEN -3 AND 4.5"),
        ("SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 10"),
        ("SELECT DISTINCT a FROM t", "SELECT a FROM t"),
        ("SELECT count(DISTINCT a) FROM t", "SELECT count(a) FROM t"),
        ("SELECT a FROM t WHERE ((b = 1))", "SELECT a FROM t WHERE b = 1"),
        ("SELECT x.a FROM t AS x JOIN u AS y ON x.i = y.i", "SELECT t.a FROM u JOIN t ON u.i = t.i"),
        ("SELECT t.a FROM t INNER JOIN u ON t.i = u.i", "SELECT t.a FROM t JOIN u ON t.i = u.i"),
        ("SELECT t.a FROM t JOIN u ON t.i = u.i GROUP BY t.a", "SELECT t.a FROM t JOIN u ON t.i = u.i GROUP BY a"),
        ("SELECT a FROM t UNION SELECT b FROM u", "SELECT t.a FROM t UNION (SELECT u.b FROM u)"),
        ("SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d = 1 AND e = 2)", "SELECT a FROM t WHERE b IN "
         "(SELECT x.c FROM u AS x WHERE x.e = 3 AND x.d = 4)"),
        ("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.i = t.i)", "SELECT x.a FROM t AS x WHERE EXISTS "
         "(SELECT 1 FROM u AS y WHERE x.i = y.i)"),
        ("WITH c AS (SELECT a FROM t) SELECT a FROM c", "WITH d AS (SELECT a FROM t) SELECT d.a FROM d"),
        ("SELECT n FROM (SELECT a AS n FROM t) AS x", "SELECT x.n FROM (SELECT t.a AS n FROM t) AS x"),
        ("SELECT rank() OVER (ORDER BY a) FROM t", "SELECT RANK() OVER (ORDER BY t.a) FROM t"),
    ],
)  # fmt: skip
def test_queries_with_the_same_clauses_match(sql: str, gold: str) -> None:
    assert same(sql, gold) is True
    assert same(gold, sql) is True


@pytest.mark.parametrize(
    ("sql", "gold"),
    [
        ("SELECT a FROM t", "SELECT b FROM t"),
        ("SELECT a FROM t", "SELECT a, a FROM t"),
        ("SELECT max(a) FROM t", "SELECT min(a) FROM t"),
        ("SELECT a FROM t", "SELECT a FROM u"),
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t"),
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b > 1"),
        ("SELECT a FROM t WHERE b > 1", "SELECT a FROM t WHERE 1 > b"),
        ("SELECT a FROM t WHERE b = 1 AND c = 2", "SELECT a FROM t WHERE b = 1 OR c = 2"),
        ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b NOT IN (1)"),
        ("SELECT a FROM t WHERE b IS NULL", "SELECT a FROM t WHERE b IS NOT NULL"),
        ("SELECT a FROM t WHERE b LIKE 'x'", "SELECT a FROM t WHERE NOT b LIKE 'x' OR b LIKE 'x'"),
        ("SELECT a FROM t WHERE b = c", "SELECT a FROM t WHERE b = 'c'"),
        ("SELECT a FROM t GROUP BY a", "SELECT a FROM t"),
        ("SELECT a FROM t GROUP BY a HAVING count(*) > 1", "SELECT a FROM t GROUP BY a HAVING sum(b) > 1"),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"),
        ("SELECT a FROM t ORDER BY a, b", "SELECT a FROM t ORDER BY b, a"),
        ("SELECT a FROM t ORDER BY a LIMIT 1", "SELECT a FROM t ORDER BY a"),
        ("SELECT a FROM t LIMIT 1 OFFSET 2", "SELECT a FROM t LIMIT 1"),
        ("SELECT t.a FROM t JOIN u ON t.i = u.i", "SELECT t.a FROM t JOIN u ON t.i = u.j"),
        ("SELECT t.a FROM t JOIN u ON t.i = u.i", "SELECT t.a FROM t LEFT JOIN u ON t.i = u.i"),
        ("SELECT a FROM t UNION SELECT b FROM u", "SELECT a FROM t EXCEPT SELECT b FROM u"),
        ("SELECT a FROM t UNION SELECT b FROM u", "SELECT a FROM t UNION ALL SELECT b FROM u"),
        ("SELECT a FROM t UNION SELECT b FROM u", "SELECT b FROM u UNION SELECT a FROM t"),
        ("SELECT a FROM t WHERE b IN (SELECT c FROM u)", "SELECT a FROM t WHERE b IN (SELECT c FROM v)"),
        ("WITH c AS (SELECT a FROM t) SELECT a FROM c", "WITH c AS (SELECT a FROM u) SELECT a FROM c"),
        ("SELECT rank() OVER (ORDER BY a) FROM t", "SELECT rank() OVER (ORDER BY b) FROM t"),
        ("(SELECT a FROM t LIMIT 1) UNION SELECT b FROM u", "SELECT a FROM t UNION SELECT b FROM u"),
        # No schema says which table the column is of.
        ("SELECT a FROM t JOIN u ON t.i = u.i", "SELECT t.a FROM t JOIN u ON t.i = u.i"),
    ],
)
def test_queries_with_other_clauses_do_not_match(sql: str, gold: str) -> None:
    assert same(sql, gold) is False
    assert same(gold, sql) is False


@pytest.mark.parametrize(
    ("sql", "gold", "equal"),
    [
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 1.0", True),
        ("SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (2, 1)", True),
        ("SELECT a FROM t WHERE b = 'Joe'", 'SELECT a FROM t WHERE b = "Joe"', True),
        ("SELECT a FROM t WHERE b = 'Joe'", "SELECT a FROM t WHERE b = 'joe'", False),
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = '1'", False),
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = -1", False),
        ("SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (1)", False),
        ("SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 2", False),
    ],
)
def test_values_are_compared_on_demand(sql: str, gold: str, equal: bool) -> None:
    assert same(sql, gold, values=True) is equal
    assert same(gold, sql, values=True) is equal


@pytest.mark.parametrize("broken", ["", "SELECT FROM WHERE", "DROP TABLE t", "SELECT 1; SELECT 1"])
def test_a_match_with_what_is_not_one_query_is_unknown(broken: str) -> None:
    assert same(broken, "SELECT 1") is None
    assert same("SELECT 1", broken) is None


@pytest.mark.parametrize("values", [False, True])
def test_of_all_queries_each_matches_only_itself(values: bool) -> None:
    assert [(a, b) for a in TEXTS for b in TEXTS if same(a, b, values=values) is not (a == b)] == []


@given(
    st.permutations(["a", "max(b)", "c AS n"]),
    st.permutations(["a = 1", "b LIKE 'x'", "c IN (SELECT d FROM u)", "n IS NOT NULL"]),
    st.permutations(["t", "u", "v"]),
)
def test_the_order_inside_a_clause_makes_no_difference(
    columns: list[str], conditions: list[str], tables: list[str]
) -> None:
    sql = f"SELECT {', '.join(columns)} FROM {', '.join(tables)} WHERE {' AND '.join(conditions)}"
    gold = "SELECT a, max(b), c FROM t, u, v WHERE a = 2 AND b LIKE 'y' AND c IN (SELECT d FROM u) AND n IS NOT NULL"
    assert same(sql, gold) is True
