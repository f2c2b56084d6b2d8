import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.errors import EnvironmentLacks, InputError
from dfcli.ops.base import FAILED
from dfcli.ops.database import Database
from dfcli.ops.scripted import Scripted
from dfcli.ops.sql import ExplainSql, RunSql, as_json
from dfcli.ops.sql_schema import SqlDatabases, SqlSchema, SqlTables
from dfcli.runtime.databases.connect import Databases

WORKSHOP = """
CREATE TABLE bike (id INTEGER PRIMARY KEY, model TEXT, price REAL, photo BLOB);
INSERT INTO bike VALUES (1, 'Tern', 900.5, x'ffd8'), (2, 'Isla', NULL, NULL), (3, NULL, 120, NULL);
CREATE TABLE repair (bike_id INTEGER REFERENCES bike (id), done DATE);
"""


class Opened(Scripted):
    """A scripted context whose databases are real files of a folder."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self.folder = databases.folder
        self.opened: list[str] = []
        self._databases = databases

    def database(self, url: str) -> Database:
        self.opened.append(url)
        return self._databases.database(url)

    def databases(self, url: str) -> Mapping[str, Database]:
        return self._databases.databases(url)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Opened]:
    make(tmp_path / "workshop.db", WORKSHOP)
    with Databases(tmp_path) as databases:
        yield Opened(databases)


def make(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def run_sql(**options: Any) -> RunSql:
    return RunSql(database="sqlite:///workshop.db", **options)


def results(operator: RunSql, ctx: Opened, queries: Sequence[str | None]) -> list[tuple[Any, ...]]:
    frame = pl.DataFrame({"sql": queries}, schema={"sql": pl.String()})
    return operator(frame, ctx).select("sql_rows", "sql_result", "sql_error").rows()


def test_each_table_is_a_row_with_its_own_schema_and_that_of_all(ctx: Opened) -> None:
    frame = SqlTables(database="sqlite:///workshop.db")(pl.DataFrame(), ctx)
    assert frame["table"].to_list() == ["bike", "repair"]
    bike, repair = frame["table_schema"]
    assert bike.startswith("CREATE TABLE bike")
    assert "--   model: 'Tern', 'Isla'" in bike
    assert frame["database_schema"].to_list() == [f"{bike}\n\n{repair}"] * 2


def test_a_database_without_tables_gives_no_rows(ctx: Opened) -> None:
    with closing(sqlite3.connect(ctx.folder / "bare.db")) as connection:
        connection.execute("PRAGMA user_version = 1")
    frame = SqlTables(database="bare.db", table="name")(pl.DataFrame(), ctx)
    assert frame.columns == ["db", "name", "table_schema", "database_schema"]
    assert frame.is_empty()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM bike", (3, '[{"id": 1}, {"id": 2}, {"id": 3}]', None)),
        ("SELECT model, price FROM bike WHERE id = 2", (1, '[{"model": "Isla", "price": null}]', None)),
        ("SELECT photo FROM bike LIMIT 1", (1, """[{"photo": "x'ffd8'"}]""", None)),
        ("SELECT model FROM bike WHERE price > 5000", (0, "[]", None)),
        ("SELECT nr FROM bike", (None, None, "unknown_column")),
        ("SELECT * FROM car", (None, None, "unknown_table")),
        ("SELECT FROM bike", (None, None, "syntax")),
        ("UPDATE bike SET price = 0", (None, None, "not_read_only")),
        ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT sum(n) FROM r", (None, None, "timeout")),
        ("SELECT zeroblob(9000000)", (None, None, "too_large")),
        ("SELECT nosuch(1)", (None, None, "other")),
        ("", (None, None, "syntax")),
        (None, (None, None, None)),
    ],
)
def test_what_comes_of_a_query_is_data(ctx: Opened, sql: str | None, expected: tuple[Any, ...]) -> None:
    assert results(run_sql(seconds=0.2), ctx, [sql]) == [expected]


def test_a_wrong_query_fails_no_row_and_touches_no_other(ctx: Opened) -> None:
    frame = pl.DataFrame({"n": [1, 2, 3], "sql": ["SELECT 1", "SELEC 1", "SELECT 2"]})
    done = run_sql()(frame, ctx)
    assert done.columns == ["n", "sql", "sql_result", "sql_rows", "sql_error", "sql_error_detail", FAILED]
    assert done[FAILED].is_null().all()
    assert done["sql_rows"].to_list() == [1, None, 1]
    assert done["sql_error"].to_list() == [None, "syntax", None]


def test_the_result_shows_the_first_rows_and_counts_all(ctx: Opened) -> None:
    [(rows, result, error)] = results(run_sql(show_rows=2), ctx, ["SELECT id FROM bike"])
    assert (rows, json.loads(result), error) == (3, [{"id": 1}, {"id": 2}], None)


def test_more_rows_than_allowed_are_too_large(ctx: Opened) -> None:
    assert results(run_sql(max_rows=2), ctx, ["SELECT id FROM bike"]) == [(None, None, "too_large")]


def test_without_queries_no_database_is_opened(ctx: Opened) -> None:
    assert results(run_sql(), ctx, []) == []
    assert results(run_sql(), ctx, [None]) == [(None, None, None)]
    assert ctx.opened == []


def test_a_missing_database_stops_the_step_and_is_no_finding_about_queries(ctx: Opened) -> None:
    with pytest.raises(EnvironmentLacks, match=r"gone\.db: there is no such database file"):
        RunSql(database="gone.db")(pl.DataFrame({"sql": ["SELECT 1"]}), ctx)


@pytest.mark.parametrize("cls", [SqlTables, SqlDatabases, SqlSchema, RunSql, ExplainSql])
def test_changed_content_of_the_database_makes_another_result(ctx: Opened, cls: Any) -> None:
    operator = cls(database="workshop.db")
    before = operator.outside(ctx)
    assert operator.outside(ctx) == before
    with closing(sqlite3.connect(ctx.folder / "workshop.db")) as connection:
        connection.execute("DELETE FROM bike WHERE id = 3")
        connection.commit()
    assert operator.outside(ctx) != before


def test_columns_of_one_name_are_told_apart() -> None:
    assert as_json(["id", "id", "id"], [(1, 2, 3)]) == '[{"id": 1, "id (2)": 2, "id (3)": 3}]'


def test_long_values_are_cut() -> None:
    [row] = json.loads(as_json(["text", "blob"], [("é" * 201, b"\xff" * 200)]))
    assert row["text"] == "é" * 200 + "…"
    assert len(row["blob"]) == 201


VALUES = st.none() | st.integers() | st.floats() | st.text() | st.binary()


@given(st.lists(st.tuples(VALUES, VALUES)))
def test_every_result_is_json_that_can_be_read_again(rows: list[tuple[Any, Any]]) -> None:
    read = json.loads(as_json(["a", "b"], rows), parse_constant=pytest.fail)
    assert [list(each) for each in read] == [["a", "b"]] * len(rows)


def test_the_engine_says_what_is_wrong(ctx: Opened) -> None:
    frame = pl.DataFrame({"sql": ["SELECT nr FROM bike", "SELECT 1"]})
    assert run_sql()(frame, ctx)["sql_error_detail"].to_list() == ["no such column: nr", None]


def test_queries_with_the_same_result_have_the_same_signature(ctx: Opened) -> None:
    queries = [
        "SELECT id, price FROM bike",
        "SELECT price AS p, id FROM bike ORDER BY id",
        "SELECT price, id FROM bike WHERE 1",
        "SELECT id FROM bike",
        "SELECT nr FROM bike",
        None,
    ]
    frame = run_sql(signature_into="answer")(pl.DataFrame({"sql": queries}), ctx)
    first, ordered, same, other, wrong, none = frame["answer"]
    assert first == same
    assert len({first, ordered, other}) == 3
    assert (wrong, none) == (None, None)


def test_seconds_are_written_only_when_asked_for(ctx: Opened) -> None:
    frame = pl.DataFrame({"sql": ["SELECT 1", "SELEC"]})
    taken = run_sql(seconds_into="took")(frame, ctx)["took"]
    assert taken[0] > 0
    assert taken[1] is None
    assert "took" not in run_sql()(frame, ctx).columns


def test_a_column_names_the_database_of_each_row(ctx: Opened) -> None:
    for name in ("north", "south"):
        make(ctx.folder / "all" / name / f"{name}.sqlite", f"CREATE TABLE t (a); INSERT INTO t VALUES ('{name}')")
    rows = {"db": ["south", "north", "west", None, "../all/north"], "sql": ["SELECT a FROM t"] * 5}
    done = RunSql(database="all", db="db")(pl.DataFrame(rows), ctx)
    assert done["sql_result"].to_list() == ['[{"a": "south"}]', '[{"a": "north"}]', None, None, None]
    assert done[FAILED].to_list() == [
        None,
        None,
        "unknown_database: west",
        "null_input: db",
        "unknown_database: ../all/north",
    ]


def test_a_plan_is_text(ctx: Opened) -> None:
    done = ExplainSql(database="workshop.db")(
        pl.DataFrame({"sql": ["SELECT * FROM bike WHERE id = 1", "SELECT x FROM bike", "DROP TABLE bike", None]}), ctx
    )
    assert done["sql_plan"].to_list() == ["SEARCH bike USING INTEGER PRIMARY KEY (rowid=?)", None, None, None]
    assert done["sql_error"].to_list() == [None, "unknown_column", "not_read_only", None]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (
            "compact",
            "bike(id* INTEGER, model TEXT, price REAL, photo BLOB)\nrepair(bike_id INTEGER -> bike.id, done DATE)",
        ),
        (
            "detailed",
            "table bike\n"
            "  id INTEGER; primary key; from 1 to 3\n"
            "  model TEXT; values such as 'Tern', 'Isla'\n"
            "  price REAL; from 120.0 to 900.5\n"
            "  photo BLOB; values such as x'ffd8'\n"
            "\n"
            "table repair\n"
            "  bike_id INTEGER; refers to bike.id\n"
            "  done DATE",
        ),
    ],
)
def test_a_schema_is_written_in_several_styles(
    ctx: Opened, style: Literal["compact", "detailed"], expected: str
) -> None:
    done = SqlSchema(database="workshop.db", style=style)(pl.DataFrame({"n": [1, 2]}), ctx)
    assert done["database_schema"].to_list() == [expected] * 2


@pytest.mark.parametrize(
    ("options", "shown", "hidden"),
    [
        ({"values": 1}, ["'Tern'", "x'ffd8'"], ["'Isla'", "120"]),
        ({"values": 0}, ["CREATE TABLE bike"], ["Tern", "900", "some values"]),
        ({"values": 0, "style": "detailed"}, ["id INTEGER"], ["Tern", "900", "120"]),
        ({"hide": ["model"]}, ["900.5"], ["Tern", "Isla"]),
        ({"hide": ["bike.price", "repair.model"], "style": "detailed"}, ["Tern"], ["900", "120"]),
    ],
)
def test_no_more_values_are_shown_than_asked_for(
    ctx: Opened, options: dict[str, Any], shown: list[str], hidden: list[str]
) -> None:
    [text] = SqlSchema(database="workshop.db", **options)(pl.DataFrame({"n": [1]}), ctx)["database_schema"]
    assert all(each in text for each in shown)
    assert not any(each in text for each in hidden)


def test_a_value_far_down_in_the_table_is_found(ctx: Opened) -> None:
    make(ctx.folder / "late.db", "CREATE TABLE t (a, b TEXT);")
    with closing(sqlite3.connect(ctx.folder / "late.db")) as connection:
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, None) for n in range(1500)] + [(1, "late")])
        connection.commit()
    assert "b: 'late'" in SqlTables(database="late.db")(pl.DataFrame(), ctx)["table_schema"][0]


def test_the_neighbourhood_of_a_table_is_what_keys_link_to_it(ctx: Opened) -> None:
    make(
        ctx.folder / "n.db",
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id), id PRIMARY KEY);"
        "CREATE TABLE c (b REFERENCES b (id)); CREATE TABLE d (x);",
    )
    done = SqlTables(database="n.db", scope="neighbours", style="compact")(pl.DataFrame(), ctx)
    found = dict(zip(done["table"], done["database_schema"], strict=True))
    assert {name: [line.partition("(")[0] for line in text.splitlines()] for name, text in found.items()} == {
        "a": ["a", "b"],
        "b": ["a", "b", "c"],
        "c": ["b", "c"],
        "d": ["d"],
    }


def test_a_schema_too_long_for_a_prompt_stops_with_what_to_do(ctx: Opened) -> None:
    with pytest.raises(
        InputError, match=r"the schema of workshop takes [\d,]+ characters, more than max_characters \(50\)"
    ):
        SqlTables(database="workshop.db", max_characters=50)(pl.DataFrame(), ctx)
    with pytest.raises(InputError, match="link_schema"):
        SqlSchema(database="workshop.db", max_characters=50)(pl.DataFrame({"n": [1]}), ctx)


def test_only_linked_tables_and_columns_are_shown_with_their_keys(ctx: Opened) -> None:
    frame = pl.DataFrame(
        {
            "t": [["REPAIR"], ["bike"], ["nothing", "bike"], None, []],
            "c": [["repair.done"], ["bike.Price", "repair.done"], [], None, ["bike.model"]],
        }
    )
    done = SqlSchema(database="workshop.db", tables="t", columns="c", values=0, style="compact")(frame, ctx)
    repair, priced, bike, whole, model = done["database_schema"]
    assert repair == "repair(bike_id INTEGER -> bike.id, done DATE)"
    assert priced == "bike(id* INTEGER, price REAL)"
    assert bike == "bike(id* INTEGER, model TEXT, price REAL, photo BLOB)"
    assert whole == f"{bike}\n{repair}"
    assert model == f"bike(id* INTEGER, model TEXT)\n{repair}"


def test_a_statement_cut_to_some_columns_is_made_anew(ctx: Opened) -> None:
    frame = pl.DataFrame({"t": [["bike"]], "c": [["bike.price"]]})
    [text] = SqlSchema(database="workshop.db", tables="t", columns="c", values=0)(frame, ctx)["database_schema"]
    assert text == 'CREATE TABLE "bike" (\n  "id" INTEGER,\n  "price" REAL,\n  PRIMARY KEY ("id")\n);'


def test_each_database_of_a_folder_is_a_row(ctx: Opened) -> None:
    for name in ("b", "a"):
        make(ctx.folder / "all" / f"{name}.db", f"CREATE TABLE {name}1 (x); CREATE TABLE {name}2 (x)")
    done = SqlDatabases(database="all", style="compact")(pl.DataFrame(), ctx)
    assert done.rows() == [("a", "SQLite", 2, "a1(x)\na2(x)"), ("b", "SQLite", 2, "b1(x)\nb2(x)")]
    tables = SqlTables(database="all")(pl.DataFrame(), ctx)
    assert tables.select("db", "table").rows() == [("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2")]


@pytest.mark.parametrize("cls", [SqlTables, RunSql])
def test_a_password_is_not_written_into_a_recipe(cls: Any) -> None:
    with pytest.raises(ValueError, match="NAME") as caught:
        cls(database="postgresql://me:hunter2@host/shop")
    assert "hunter2" not in str(caught.value.errors()[0]["msg"])  # type: ignore[attr-defined]
    assert cls(database="postgresql://me:$SHOP_KEY@host/shop")
