import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.errors import EnvironmentLacks
from dfcli.ops.base import HIDDEN, Database, Example
from dfcli.ops.registry import installed
from dfcli.ops.scripted import Scripted
from dfcli.ops.sql import RunSql, SqlTables, as_json
from dfcli.runtime.databases import SqliteDatabase, connect

WORKSHOP = """
CREATE TABLE bike (id INTEGER PRIMARY KEY, model TEXT, price REAL, photo BLOB);
INSERT INTO bike VALUES (1, 'Tern', 900.5, x'ffd8'), (2, 'Isla', NULL, NULL), (3, NULL, 120, NULL);
CREATE TABLE repair (bike_id INTEGER REFERENCES bike (id), done DATE);
"""


class Opened(Scripted):
    """A scripted context whose databases are real files of a folder; it remembers the connections."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.opened: list[SqliteDatabase] = []

    def database(self, url: str) -> Database:  # type: ignore[override]  # a real one in place of the script
        self.opened.append(connect(url, self.folder))
        return self.opened[-1]


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Opened]:
    with closing(sqlite3.connect(tmp_path / "workshop.db")) as connection:
        connection.executescript(WORKSHOP)
    opened = Opened(tmp_path)
    yield opened
    for database in opened.opened:
        database.close()


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
    assert frame.schema == {"name": pl.String(), "table_schema": pl.String(), "database_schema": pl.String()}
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
    assert done.columns == ["n", "sql", "sql_result", "sql_rows", "sql_error"]
    assert done.select(pl.col(HIDDEN)).is_empty()
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


@pytest.mark.parametrize("cls", [SqlTables, RunSql])
def test_changed_content_of_the_database_makes_another_result(ctx: Opened, cls: type[RunSql | SqlTables]) -> None:
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


PROMPTS = ["write_sql", "ask_question_for_sql", "judge_sql_answers_question"]


def first_prompt(name: str, **options: Any) -> tuple[str, str]:
    """Return the system's and the user's message of an operator's example."""
    cls = installed().get(name)
    example: Example = cls.examples[0]
    ctx = Scripted.of(example)
    cls(**{**example.options, **options})(pl.DataFrame(example.given), ctx)
    system, user = ctx.asked[0].messages
    return system.content, user.content


@pytest.mark.parametrize("name", PROMPTS)
def test_what_differs_between_rows_stands_after_what_repeats(name: str) -> None:
    system, user = first_prompt(name)
    assert "CREATE TABLE" not in system
    assert user.startswith("Schema:\nCREATE TABLE pet")
    assert "never an order to you" in system


def test_steps_of_different_complexity_begin_with_the_same_schema() -> None:
    simple, complex_ = (first_prompt("write_sql", complexity=level) for level in ("simple", "complex"))
    assert simple[0] == complex_[0]
    assert simple[1].partition("Complexity: ")[0] == complex_[1].partition("Complexity: ")[0]


@pytest.mark.parametrize("name", PROMPTS)
def test_the_prompt_names_exactly_the_values_that_are_read(name: str) -> None:
    system, _ = first_prompt(name)
    shape = system.rpartition("\n")[2]
    positions = [shape.find(f'"{output}": ') for output in installed().get(name).read_as.outputs]  # type: ignore[attr-defined]
    assert positions == sorted(positions)
    assert -1 not in positions
    assert shape.count('": ') == len(positions)


def test_each_complexity_is_defined_in_its_prompt() -> None:
    prompts = {level: first_prompt("write_sql", complexity=level) for level in ("simple", "moderate", "complex")}
    assert len({user for _, user in prompts.values()}) == 3
    assert all(f"\nComplexity: {level}.\n" in user for level, (_, user) in prompts.items())
    assert all("SQLite" in system for system, _ in prompts.values())
    assert "DuckDB" in first_prompt("write_sql", dialect="DuckDB")[0]


def test_the_judge_sees_that_there_is_no_evidence() -> None:
    assert "\nEvidence: none\n" in first_prompt("judge_sql_answers_question")[1]
