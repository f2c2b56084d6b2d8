from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import polars as pl
import pytest
from pydantic import ValidationError

from dfcli.ops.base import FAILED
from dfcli.ops.database import Database, Dialect, Error, Result, Table
from dfcli.ops.scripted import Script, Scripted
from dfcli.ops.sql_match import SqlExecutionMatch

SHOP = """
CREATE TABLE item (name TEXT, price REAL, sold DATE);
INSERT INTO item VALUES ('tea', 3.1, '2024-01-01'), ('jam', 4.2, NULL), ('jam', 4.2, NULL);
"""
ONE, TWO = Result(("a",), ((1,),)), Result(("a",), ((2,),))
BOTH, BACK = Result(("a",), ((1,), (2,))), Result(("a",), ((2,), (1,)))


@dataclass
class Canned:
    """A database that gives the results it is made with, and remembers what it was asked."""

    results: Mapping[str, Result]
    name: str = "canned"
    url: str = "canned.db"
    dialect: Dialect = "sqlite"
    asked: list[tuple[list[str], float, int]] = field(default_factory=list)

    def tables(self) -> Sequence[Table]:
        return ()

    def run(self, queries: Sequence[str], *, seconds: float, max_rows: int, plan: bool = False) -> Iterator[Result]:
        self.asked.append((list(queries), seconds, max_rows))
        return (self.results[sql] for sql in queries)

    def may_write(self) -> str:
        return ""

    def fingerprint(self) -> str:
        return f"{self.name} {sorted(self.results)}"


class Folder(Scripted):
    """A context with several databases."""

    def __init__(self, *databases: Database) -> None:
        super().__init__()
        self.all = {each.name: each for each in databases}
        self.opened = 0

    def database(self, url: str) -> Database:
        self.opened += 1
        return next(iter(self.all.values()))

    def databases(self, url: str) -> Mapping[str, Database]:
        self.opened += 1
        return self.all


def matched(ctx: Scripted, rows: Sequence[Sequence[Any]], **options: Any) -> list[tuple[Any, ...]]:
    """Return the verdict and reason for each query with its gold, and with `db` why it failed."""
    names = ["sql", "gold_sql", "db"][: 3 if "db" in options else 2]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    done = SqlExecutionMatch(database="shop.db", **options)(frame, ctx)
    return done.select("sql_match", "sql_match_reason", *([FAILED] if "db" in options else [])).rows()


def verdict(sql: str | None, gold: Any, **options: Any) -> tuple[Any, ...]:
    frame = pl.DataFrame({"sql": [sql], "gold_sql": [gold]}, schema_overrides={"sql": pl.String()})
    done = SqlExecutionMatch(database="shop.db", **options)(frame, Scripted(script=SHOP))
    return done.select("sql_match", "sql_match_reason").row(0)


ORDER = "order: the same rows in another order"


@pytest.mark.parametrize(
    ("sql", "gold", "expected"),
    [
        ("SELECT name, price FROM item", "SELECT price p, name n FROM item", (True, None)),
        ("SELECT name FROM item", "SELECT name FROM item ORDER BY name", (False, ORDER)),
        ("SELECT name FROM item ORDER BY 1", "SELECT name FROM item", (True, None)),
        ("SELECT name FROM item", "SELECT name FROM (SELECT * FROM item ORDER BY name)", (True, None)),
        ("SELECT DISTINCT name FROM item", "SELECT name FROM item", (False, "rows: 2 instead of 3")),
        ("SELECT sum(price) FROM item", "SELECT 11.5", (True, None)),
        ("SELECT name FROM item WHERE 0", "SELECT price FROM item WHERE price > 9", (True, None)),
        ("SELECT name FROM item WHERE 0", "SELECT * FROM item WHERE 0", (False, "columns: 1 instead of 3")),
        ("SELECT nr FROM item", "SELECT name FROM item", (False, "sql_error: unknown_column")),
        ("DELETE FROM item", "SELECT name FROM item", (False, "sql_error: not_read_only")),
        ("SELECT FROM", "SELECT name FROM items", (None, "gold_error: unknown_table")),
        ("", "SELECT 1", (False, "sql_error: syntax")),
        ("SELECT 1", "", (None, "gold_error: syntax")),
        ("SELECT 1", None, (None, "gold_error: there is no gold query")),
        (None, "SELECT 1", (None, None)),
        (None, None, (None, None)),
    ],
)
def test_a_query_matches_when_it_gives_what_gold_gives(sql: str | None, gold: str | None, expected: Any) -> None:
    assert verdict(sql, gold) == expected


@pytest.mark.parametrize(
    ("golds", "expected"),
    [
        (["SELECT 'x'", "SELECT 'tea'"], (True, None)),
        (["SELECT x", "SELECT 'tea'"], (True, None)),
        (["SELECT 'x'", "SELECT 1, 2"], (False, "values: row 1 of gold, ('x',), has no partner")),
        (["SELECT x", "SELECT 1, 2"], (False, "columns: 1 instead of 2")),
        (["SELECT x", "SELECT FROM"], (None, "gold_error: unknown_column")),
        ([None, "SELECT 'tea'", "SELECT 'tea'"], (True, None)),
        ([None], (None, "gold_error: there is no gold query")),
        ([], (None, "gold_error: there is no gold query")),
    ],
)
def test_any_of_several_gold_queries_counts(golds: list[str | None], expected: Any) -> None:
    assert verdict("SELECT name FROM item WHERE price < 4", golds) == expected


@pytest.mark.parametrize(
    ("sql", "gold", "equal"),
    [
        ("SELECT DISTINCT name FROM item", "SELECT name FROM item", "bird"),
        ("SELECT price, name FROM item", "SELECT name, price FROM item", "dfcli spider"),
        ("SELECT 0.1 + 0.2", "SELECT 0.3", "dfcli"),
        ("SELECT '2024-01-01 00:00:00'", "SELECT sold FROM item LIMIT 1", "dfcli"),
        ("SELECT 1 WHERE 0", "SELECT 1, 2 WHERE 0", "spider bird"),
        ("SELECT name FROM item ORDER BY 1", "SELECT name FROM item ORDER BY 1 DESC", "bird"),
        # The words alone make Spider's evaluation compare in order.
        (
            "SELECT name FROM item ORDER BY 1",
            "SELECT name FROM (SELECT * FROM item ORDER  BY 1 DESC)",
            "dfcli spider bird",
        ),
        ("SELECT name FROM item ORDER BY 1", "SELECT name FROM (SELECT * FROM item ORDER BY 1 DESC)", "dfcli bird"),
    ],
)
def test_conventions_differ_as_documented(sql: str, gold: str, equal: str) -> None:
    found = [name for name in ("dfcli", "spider", "bird") if verdict(sql, gold, convention=name)[0]]
    assert found == equal.split()


def test_the_tolerance_is_an_option() -> None:
    assert verdict("SELECT 100.0", "SELECT 100.00001") == (True, None)
    assert verdict("SELECT 100.0", "SELECT 100.00001", tolerance=1e-9)[0] is False
    with pytest.raises(ValidationError, match=r"less than or equal to 0\.1"):
        verdict("SELECT 1", "SELECT 1", tolerance=1)


@pytest.mark.parametrize("error", get_args(Error))
def test_every_error_of_a_query_is_a_finding_and_every_one_of_gold_leaves_it_open(error: Error) -> None:
    ctx = Folder(Canned({"bad": Result(error=error), "one": ONE}))
    wrong, unknown = (False, f"sql_error: {error}"), (None, f"gold_error: {error}")
    assert matched(ctx, [("bad", "one"), ("one", "bad"), ("bad", "bad")]) == [wrong, unknown, unknown]


def test_more_rows_than_allowed_are_an_error() -> None:
    assert verdict("SELECT name FROM item", "SELECT 1", max_rows=2) == (False, "sql_error: too_large")


def test_each_different_query_runs_once_with_the_limits_asked_for() -> None:
    database = Canned({"one": ONE, "two": TWO, "three": ONE})
    rows = [("one", ["two", "one"]), ("three", ["one"]), ("two", ["two"]), (None, ["never"]), ("one", ["two", "two"])]
    found = matched(Folder(database), rows, seconds=2, max_rows=7)
    assert [match for match, _ in found] == [True, True, True, None, False]
    [(queries, seconds, max_rows)] = database.asked
    assert (sorted(queries), seconds, max_rows) == (["one", "three", "two"], 2, 7)


def test_results_are_let_go_once_no_row_needs_them() -> None:
    """A result is made when it is pulled: by then those of rows decided before are gone."""
    held = 0

    class Counted(Result):
        def __del__(self) -> None:
            nonlocal held
            held -= 1

    @dataclass
    class Lazy(Canned):
        most: int = 0

        def run(self, queries: Sequence[str], *, seconds: float, max_rows: int, plan: bool = False) -> Iterator[Result]:
            nonlocal held
            for sql in queries:
                held += 1
                self.most = max(self.most, held)
                yield Counted(("a",), ((sql[-1],),))

    database = Lazy({})
    found = matched(Folder(database), [(f"pred {n}", f"gold {n}") for n in range(50)])
    assert {match for match, _ in found} == {True}
    assert database.most < 6


def test_rows_find_their_database_by_name() -> None:
    ctx = Folder(Canned({"q": ONE, "g": ONE}, "north"), Canned({"q": TWO, "g": ONE}, "south"))
    rows = [("q", "g", "south"), ("q", "g", "north"), ("q", "g", "east"), (None, "g", "north"), ("q", "g", None)]
    south, north, east, null, nowhere = matched(ctx, rows, db="db")
    assert (north[:2], null) == ((True, None), (None, None, None))
    assert south == (False, "values: row 1 of gold, (1,), has no partner", None)
    assert east[:2] == nowhere[:2] == (None, None)
    assert east[2].startswith("unknown_database")
    assert nowhere[2] == "null_input: db"


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_the_order_by_of_gold_is_read_in_the_dialect_of_the_database(dialect: Dialect) -> None:
    name = "`a b`" if dialect == "mysql" else '"a b"'
    gold = f"SELECT {name} FROM t ORDER BY {name}"
    assert matched(Folder(Canned({"q": BACK, gold: BOTH}, dialect=dialect)), [("q", gold)]) == [(False, ORDER)]


def test_without_anything_to_compare_no_database_is_opened() -> None:
    ctx = Folder(Canned({}))
    assert matched(ctx, [(None, "g"), (None, None)]) == [(None, None)] * 2
    assert ctx.opened == 0


def test_the_content_of_every_database_decides_the_result() -> None:
    one, other = Script("a", "SELECT 1;", "a"), Script("b", "SELECT 2;", "b")
    alone, named = SqlExecutionMatch(database="x"), SqlExecutionMatch(database="x", db="db")
    assert alone.outside(Folder(one)) != alone.outside(Folder(other))
    assert named.outside(Folder(one, other)) != named.outside(Folder(one))
    assert named.outside(Folder(one, other)) == named.outside(Folder(one, other))


def test_gold_must_be_text_or_lists_of_text() -> None:
    operator = SqlExecutionMatch(database="x")
    for kind in (pl.String(), pl.List(pl.String())):
        after = operator.schema_after(pl.Schema({"sql": pl.String(), "gold_sql": kind}), Scripted())
        assert list(after) == ["sql", "gold_sql", "sql_match", "sql_match_reason"]
    with pytest.raises(
        pl.exceptions.SchemaError, match="'gold_sql' must hold a query or a list of them, and holds Int64"
    ):
        operator.schema_after(pl.Schema({"sql": pl.String(), "gold_sql": pl.Int64()}), Scripted())
