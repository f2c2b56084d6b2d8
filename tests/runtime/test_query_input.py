"""A database query as input: its rows, their types, and one sentence when there are none."""

from __future__ import annotations

import datetime
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import polars as pl
import pytest

from dfcli.errors import EnvironmentLacks, InputError
from dfcli.recipes.model import Input
from dfcli.runtime import frames
from dfcli.runtime.formats import queries

SHOP = """
create table books (id integer, title text, price real, cover blob);
insert into books values (1, 'Emma', 7.5, x'00ff'), (2, '007', null, null), (3, null, 9, x'');
create table mixed (v);
insert into mixed values (1), (2.5), (null);
create table odd (v);
insert into odd values (1), ('x'), (2.5), (x'41');
create table blank (a, b);
"""


class Shop:
    """A database in a folder, and queries of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run(SHOP)

    def run(self, script: str) -> None:
        with closing(sqlite3.connect(self.folder / "shop.sqlite")) as connection:
            connection.executescript(script)

    def read(self, query: str, database: str = "shop.sqlite", **more: Any) -> tuple[dict[str, pl.DataType], list[Any]]:
        given = Input(database=database, query=query, **more)
        self.bad: list[tuple[str, int, str]] = []
        got = list(frames.batches(given, self.folder, 2, lambda bad: self.bad.append((bad.file, bad.line, bad.why))))
        return dict(frames.schema(given, self.folder)), [row for each in got for row in each.rows()]

    def refusal(self, query: str, database: str = "shop.sqlite", **more: Any) -> str:
        with pytest.raises(InputError) as caught:
            self.read(query, database, **more)
        return str(caught.value)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.mark.parametrize(
    ("query", "types", "rows"),
    [
        (
            "select * from books order by id",
            {"id": pl.Int64(), "title": pl.String(), "price": pl.Float64(), "cover": pl.Binary()},
            [(1, "Emma", 7.5, b"\0\xff"), (2, "007", None, None), (3, None, 9.0, b"")],
        ),
        ("select count(*) as n from books", {"n": pl.Int64()}, [(3,)]),
        ("select v from mixed", {"v": pl.Float64()}, [(1.0,), (2.5,), (None,)]),
        ("select v from odd", {"v": pl.String()}, [("1",), ("x",), ("2.5",), ("A",)]),
        ("select null as v", {"v": pl.String()}, [(None,)]),
        ("select * from blank", {"a": pl.String(), "b": pl.String()}, []),
        ("select 9223372036854775807 as n", {"n": pl.Int64()}, [(2**63 - 1,)]),
        ("select 1e999 as n", {"n": pl.Float64()}, [(float("inf"),)]),
        ("select '2020-01-02' as d, 'true' as b", {"d": pl.String(), "b": pl.String()}, [("2020-01-02", "true")]),
        ("select 1 as op, 2 as keep -- a comment", {"op": pl.Int64(), "keep": pl.Int64()}, [(1, 2)]),
        ("with t as (select 1 as n) select n from t", {"n": pl.Int64()}, [(1,)]),
    ],
)
def test_a_query_gives_its_rows_with_their_types(
    shop: Shop, query: str, types: dict[str, pl.DataType], rows: list[Any]
) -> None:
    before = (shop.folder / "shop.sqlite").read_bytes()
    for database in ("shop.sqlite", "sqlite:///shop.sqlite", f"sqlite:///{shop.folder}/shop.sqlite"):
        assert shop.read(query, database) == (types, rows)
    assert shop.bad == []
    assert (shop.folder / "shop.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("select a, a from blank", "input: the query gives two columns called 'a'; rename one with AS"),
        ("select no from books", "input: shop.sqlite: the query fails: no such column: no"),
        ("selec 1", 'input: shop.sqlite: the query fails: near "selec": syntax error'),
        ("select 1; select 2", "input: shop.sqlite: the query fails: You can only execute one statement at a time."),
        ("delete from books", "input: shop.sqlite: the query fails: attempt to write a readonly database"),
        ("drop table books", "input: shop.sqlite: the query fails: attempt to write a readonly database"),
        ("", "input: the query gives no rows; it has to be a SELECT"),
        ("begin", "input: the query gives no rows; it has to be a SELECT"),
        ("select 1 as __id__", "input: column '__id__': names that begin and end with __ are dfcli's own; rename it"),
    ],
)
def test_a_query_that_gives_no_rows_is_one_sentence(shop: Shop, query: str, sentence: str) -> None:
    before = (shop.folder / "shop.sqlite").read_bytes()
    assert shop.refusal(query) == sentence
    assert (shop.folder / "shop.sqlite").read_bytes() == before


def test_a_database_that_is_none_is_one_sentence(shop: Shop) -> None:
    (shop.folder / "text.sqlite").write_text("no database, whatever its name says" * 99, encoding="utf-8")
    assert shop.refusal("select 1", "no.sqlite") == (f"input: no.sqlite: {shop.folder / 'no.sqlite'} does not exist")
    assert shop.refusal("select * from t", "text.sqlite") == (
        "input: text.sqlite: the query fails: file is not a database"
    )
    assert not (shop.folder / "no.sqlite").exists()


def test_values_that_do_not_fit_the_first_rows_types_are_reported_by_row(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_ROWS", 2)
    shop.run("create table late (n, t); insert into late values (1, 'a'), (2, 'b'), (2.5, 'c'), ('x', 'd'), (5, 6)")
    assert shop.read("select * from late order by rowid") == (
        {"n": pl.Int64(), "t": pl.String()},
        [(1, "a"), (2, "b"), (5, "6")],
    )
    assert shop.bad == [
        ("shop.sqlite", 3, "n is 2.5, which is no int"),
        ("shop.sqlite", 4, "n is 'x', which is no int"),
    ]


def test_text_that_is_not_utf_8_is_reported(shop: Shop) -> None:
    shop.run("create table raw (t text); insert into raw values ('a'), (cast(x'ff41' as text))")
    assert shop.read("select t from raw", columns={"t": "str"})[1] == [("a",)]
    assert shop.bad == [("shop.sqlite", 2, "t is b'\\xffA', which is no str")]


def test_types_that_the_recipe_names_are_used(shop: Shop) -> None:
    shop.run("create table t (n, b, d, at, s); insert into t values (1, 1, '2020-01-02', '2020-01-02T03:04:05', 7)")
    shop.run("insert into t values (null, 2, '2020-02-30', null, null), (2.5, 0, null, null, 'x')")
    columns = {"n": "float", "b": "bool", "d": "date", "at": "datetime", "s": "str"}
    types, rows = shop.read("select * from t", columns=columns)
    assert types["at"] == pl.Datetime("us")
    assert rows == [
        (1.0, True, datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5), "7"),
        (2.5, False, None, None, "x"),
    ]
    assert shop.bad == [("shop.sqlite", 2, "b is 2, which is no bool")]
    assert shop.refusal("select * from t", columns={"nn": "int"}) == (
        "input: columns: there is no column 'nn'; did you mean 'n'?"
    )
    assert shop.refusal("select * from t", columns={"n": "list[int]"}) == (
        "input: a value of n is never list[int] in a database; read it as str"
    )


def test_a_limit_ends_the_reading(shop: Shop) -> None:
    assert len(shop.read("select * from books", limit=2)[1]) == 2


def test_a_query_names_no_files(shop: Shop) -> None:
    assert frames.files(Input(database="shop.sqlite", query="select 1"), shop.folder) == []


ROWS = [
    (
        1,
        Decimal("1.5"),
        True,
        datetime.date(2020, 1, 2),
        datetime.datetime(2020, 1, 2, 3),
        datetime.time(4),
        {"ä": [1]},
    ),
    (2, None, None, None, None, None, None),
]


class Server(ModuleType):
    """What of SQLAlchemy is used, in front of rows that are given."""

    exc = SimpleNamespace(SQLAlchemyError=ConnectionError)

    def __init__(self, rows: list[Any], fails: Exception | None = None) -> None:
        super().__init__("sqlalchemy")
        self.rows = rows
        self.fails = fails
        self.asked: list[str] = []

    def create_engine(self, url: str) -> Server:
        if self.fails is not None:
            raise self.fails
        return self

    @contextmanager
    def connect(self) -> Iterator[Server]:
        yield self

    def execution_options(self, **options: Any) -> Server:
        assert options["stream_results"]
        return self

    def text(self, query: str) -> str:
        return query

    def execute(self, query: str) -> Server:
        self.asked.append(query)
        return self

    def keys(self) -> list[str]:
        return ["n", "price", "sold", "day", "at", "hour", "tags"]

    def partitions(self, size: int) -> Iterator[list[Any]]:
        yield from (self.rows[at : at + size] for at in range(0, len(self.rows), size))


URL = "postgresql://reader:$SHOP_PASSWORD@host/shop"


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "s3cret/+")


def test_other_databases_come_through_sqlalchemy(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(ROWS)
    monkeypatch.setitem(sys.modules, "sqlalchemy", server)
    types, rows = shop.read("select * from sales", URL)
    kinds = [pl.Int64(), pl.Float64(), pl.Boolean(), pl.Date(), pl.Datetime("us"), pl.Time(), pl.String()]
    assert list(types.values()) == kinds
    assert rows == [(1, 1.5, *ROWS[0][2:-1], '{"ä": [1]}'), ROWS[1]]
    assert set(server.asked) == {"select * from sales"}


def test_what_is_wrong_with_a_server_is_said_without_its_password(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", Server([], ConnectionError("no route to host\nmore of it")))
    assert shop.refusal("select 1", URL) == "input: postgresql://…@host/shop: no route to host"


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (None, "a postgresql database needs SQLAlchemy and a driver: pip install 'dfcli[sql]' and the driver"),
        (
            Server([], ModuleNotFoundError("No module named 'psycopg2'", name="psycopg2")),
            "a postgresql database needs its driver: pip install psycopg2",
        ),
    ],
)
def test_what_is_not_installed_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, module: Server | None, sentence: str
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", module)
    with pytest.raises(EnvironmentLacks) as caught:
        shop.read("select 1", URL)
    assert str(caught.value) == sentence
