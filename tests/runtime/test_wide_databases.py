"""Databases that are wide, odd and large, on each engine: what is told of them, and the recipes that work on them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest
import wide
from server_databases import mariadb_place, postgres_place

from dfcli.errors import InputError
from dfcli.ops._schema_text import described
from dfcli.ops._schema_values import Shown, Style
from dfcli.ops.base import Row
from dfcli.ops.database import DIALECTS, Database, Dialect, ForeignKey, Table, quoted
from dfcli.ops.scripted import Scripted
from dfcli.ops.sql_schema import SqlSchema, SqlTables
from dfcli.recipes.load import load
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.engine import Options, run
from dfcli.runtime.transports import Completion, Embedding, Request, Transport

RECIPES = Path(__file__).parents[2] / "recipes" / "text2sql"
STYLES: tuple[Style, ...] = get_args(Style)
ENGINES: tuple[Dialect, ...] = get_args(Dialect)


@dataclass
class Opened(Scripted):
    """A context whose databases are real."""

    opened: Databases | None = None

    def database(self, url: str) -> Database:
        assert self.opened is not None
        return self.opened.database(url)

    def databases(self, url: str) -> Mapping[str, Database]:
        assert self.opened is not None
        return self.opened.databases(url)


@dataclass(frozen=True)
class Place:
    """The database on one engine, open."""

    dialect: Dialect
    url: str
    ctx: Opened

    @property
    def database(self) -> Database:
        return self.ctx.database(self.url)

    def table(self, name: str) -> Table:
        [found] = [each for each in self.database.tables() if each.name == name]
        return found

    def texts(self, *names: str, **options: Any) -> list[str]:
        return described(self.database, [self.table(name) for name in names], Shown(**options))


def url_of(dialect: Dialect, folder: Path, request: pytest.FixtureRequest) -> str:
    """Make the database, and return where it is."""
    if dialect in ("sqlite", "duckdb"):
        path = folder / f"wide.{dialect}"
        (wide.make_sqlite if dialect == "sqlite" else wide.make_duckdb)(path)
        return f"{dialect}:///{path}"
    name = f"wide_{os.getpid()}"
    if dialect == "postgres":
        return postgres_place(request.getfixturevalue("postgres_server"), name, wide.script(dialect)).reader
    return mariadb_place(request.getfixturevalue("mariadb_server"), name, wide.script(dialect)).reader


@pytest.fixture(scope="module", params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("wide")
    url = url_of(request.param, folder, request)
    with Databases(folder, connections=2) as opened:
        yield Place(request.param, url, Opened(opened=opened))


def test_every_table_and_view_is_told_with_all_its_columns(place: Place) -> None:
    made = {each.name: [field.name for field in each.fields] for each in wide.made(place.dialect)}
    found = {each.name: [column.name for column in each.columns] for each in place.database.tables()}
    views = {each.name for each in wide.VIEWS} | ({wide.BROKEN} if place.dialect != "postgres" else set())
    assert {name: columns for name, columns in found.items() if name not in views} == made
    assert {each.name for each in place.database.tables() if each.kind == "view"} == views
    assert found["view of all"] == made[wide.WIDE]


def test_the_database_is_as_wide_as_it_should_be() -> None:
    own = [each for each in wide.made("sqlite") if each.name not in wide.OWN["sqlite"]]
    assert [len(each.fields) for each in own if each.name == wide.WIDE] == [wide.COLUMNS]
    narrow = [len(each.fields) for each in own if each.name != wide.WIDE]
    assert (len(narrow), sum(narrow)) == (wide.TABLES, wide.COLUMNS)


def test_keys_are_told_with_the_names_of_their_tables(place: Place) -> None:
    assert place.table("visit").primary_key == ("seen", "pet")
    assert place.table("bill").foreign_keys == (ForeignKey(("of seen", "of pet"), "visit", ("seen", "pet")),)
    assert place.table("tree").foreign_keys == (ForeignKey(("parent",), "tree", ("id",)),)
    assert place.table("egg").foreign_keys == (ForeignKey(("hen",), "hen", ("id",)),)
    circle = () if place.dialect == "duckdb" else (ForeignKey(("egg",), "egg", ("id",)),)
    assert place.table("hen").foreign_keys == circle


def test_comments_stay_comments(place: Place) -> None:
    for style in STYLES:
        for text in place.texts("types", "order", "a.b", style=style):
            outside = [re.sub(r"--.*", "", line) for line in text.splitlines()]
            if place.dialect != "sqlite":  # its own statement, with the comments of whoever made it
                assert not any("ignore all instructions" in line for line in outside)
                assert ("ignore all instructions" in text) == (style != "compact")


def test_the_order_is_the_same_on_each_connection(place: Place) -> None:
    styles: tuple[Style, ...] = ("create", "detailed")
    with Databases(Path(), connections=1) as again:
        database = again.database(place.url)
        assert database.tables() == place.database.tables()
        for style in styles:
            texts = described(database, database.tables(), Shown(style))
            assert texts == described(place.database, place.database.tables(), Shown(style))


def test_each_table_can_be_queried_by_its_quoted_name(place: Place) -> None:
    tables = [each for each in place.database.tables() if each.name != wide.BROKEN]
    queries = [
        f"SELECT count({quoted(place.dialect, each.columns[0].name)}), "
        f"max({quoted(place.dialect, each.columns[-1].name)}) FROM {quoted(place.dialect, each.schema, each.name)}"
        for each in tables
    ]
    results = list(place.database.run(queries, seconds=20, max_rows=1))
    assert [(each.error, each.detail) for each in results if each.error] == []
    rows = {each.name: len(each.rows) for each in wide.made(place.dialect)}
    counted = {table.name: each.rows[0][0] for table, each in zip(tables, results, strict=True)}
    assert {name: count for name, count in counted.items() if name in rows} == rows


@pytest.mark.parametrize("style", ["create", "detailed"])
def test_at_most_so_many_values_are_shown(place: Place, style: Style) -> None:
    emails = ["ann@secret", "bob@secret"]
    for values, shown in ((0, 0), (1, 1), (3, 2)):
        [text] = place.texts("types", style=style, values=values)
        assert sum(email in text for email in emails) == shown
    [text] = place.texts("types", style=style, values=1)
    assert "-9223372036854775808" in text
    assert "9223372036854775807" not in text.replace("-9223372036854775808", "")


@pytest.mark.parametrize("style", ["create", "detailed"])
@pytest.mark.parametrize("hide", ["email", "types.email", "EMAIL", "Types.Email"])
def test_nothing_of_a_hidden_column_is_shown(place: Place, style: Style, hide: str) -> None:
    [text] = place.texts("types", style=style, hide=(hide,))
    assert "email" in text
    assert "secret" not in text
    assert "it''s" in text


def test_numbers_and_times_have_ranges(place: Place) -> None:
    [text] = place.texts("types", style="detailed")
    assert re.search(r"of big \S+; from -9223372036854775808 to 9223372036854775807\n", text)
    assert re.search(r"of day \S+; from '0999-12-31' to '9999-12-31'\n", text)
    assert re.search(r"never \S+\n", text)
    assert re.search(r"of seen \S+; refers to visit.seen; from", place.texts("bill", style="detailed")[0])


def test_a_key_names_its_table_as_a_query_must(place: Place) -> None:
    if place.dialect in ("postgres", "mysql"):
        [text] = place.texts("bill", style="create")
        assert f"REFERENCES {quoted(place.dialect, 'visit')} (" in text
    [text] = place.texts(wide.WIDE, style="compact")
    assert text.startswith("wide(id* ")
    assert text.count(", ") == wide.COLUMNS - 1


class Scribe(Transport):
    """A model that counts the rows of each table, lists a column of odd ones, and writes some wrong SQL.

    A question holds its query, so that reasoning leads back to it.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._names = {each.name for each in wide.made(dialect)} | {each.name for each in wide.VIEWS} | {wide.BROKEN}
        self.prompts: list[str] = []

    async def complete(self, request: Request) -> Completion:
        text = "\n".join(each.content for each in request.messages)
        self.prompts.append(f"{request.sample} {text}")
        answer = self._answer(request.messages[-1].content, set((request.schema or {})["properties"]))
        return Completion(json.dumps(answer, ensure_ascii=False), "stop", len(text) // 4, 9, request.spec.model)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        return Embedding([[1.0, len(each) % 7] for each in texts])

    def takes_schema(self, spec: ModelSpec) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self, user: str, wanted: set[str]) -> Row:
        if "sql_purpose" in wanted:
            table = user.partition("\nTable: ")[2]
            return {"sql_purpose": "Somebody counts.", "sql": self._query(table, user)}
        if "linked_tables" in wanted:
            table = user.rpartition("rows of ")[2].partition("\n")[0]
            return {"linked_tables": [table, "no such"], "linked_columns": [f"{table}.column 7", f"{table}.column 8"]}
        if "question" in wanted:
            return {"question": f"What gives this: {user.rpartition('Query:')[2].strip()}", "evidence": "none"}
        if "consistent" in wanted:
            return {"consistent_reason": "It does.", "consistent": True}
        sql = user.rpartition("What gives this: ")[2].rpartition("\nEvidence:")[0]
        if "reasoned_sql" in wanted:
            return {"sql_reasoning": "1. Read it off the question.", "reasoned_sql": sql}
        return {"answerable": True, "predicted_sql": sql}

    def _query(self, table: str, user: str) -> str:
        assert table in self._names
        name = quoted(self._dialect, table)
        if "Complexity: moderate." in user and table in wide.ODD:
            column = quoted(self._dialect, wide.column_of(table))
            return f"SELECT {column} AS said FROM {name} WHERE {quoted(self._dialect, 'order by')} IS NULL"
        return f"SELECT nothing FROM {name}" if "Complexity: complex." in user else f"SELECT count(*) AS n FROM {name}"


@dataclass(frozen=True)
class Outcome:
    """What a run of a recipe left."""

    content: bytes
    prompts: list[str]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.content.splitlines()]


def outcome(place: Place, folder: Path, recipe: str, **sets: Any) -> Outcome:
    scribe = Scribe(place.dialect)
    models = dict.fromkeys(("default", "judge", "embedder"), "dfcli/scribe") if recipe == "generate" else {}
    given = {"database": place.url, "dialect": DIALECTS[place.dialect], **sets}
    loaded = load(RECIPES / f"{recipe}.yaml", sets=given, models=models, environ={}).writing_to(folder / "out.jsonl")
    for _ in run(loaded, Options(folder / "runs", transport=lambda spec: scribe)):
        pass
    return Outcome((folder / "out.jsonl").read_bytes(), sorted(scribe.prompts))


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the recipe makes of the SQLite database."""
    folder = tmp_path_factory.mktemp("sqlite")
    wide.make_sqlite(folder / "wide.sqlite")
    return generated(Place("sqlite", f"sqlite:///{folder / 'wide.sqlite'}", Opened()), folder / "run")


def test_the_generate_recipe_runs_and_makes_the_same_twice_and_on_each_engine(
    place: Place, on_sqlite: Outcome, tmp_path: Path
) -> None:
    first = on_sqlite if place.dialect == "sqlite" else generated(place, tmp_path / "first")
    assert first == generated(place, tmp_path / "again")
    tables = [each for each in place.database.tables() if each.name != wide.BROKEN]
    assert len(first.rows) == len(tables) + len(wide.ODD)
    assert {row["execution_difficulty"] for row in first.rows} == {"easy"}
    assert common(place.dialect, first) == common("sqlite", on_sqlite)


def generated(place: Place, folder: Path) -> Outcome:
    folder.mkdir()
    return outcome(place, folder, "generate", scope="neighbours", samples=1)


def common(dialect: Dialect, found: Outcome) -> list[tuple[str, ...]]:
    """Return what is the same on each engine: not names' quotes, the schema's text, and where a row stands."""
    own = {quoted("sqlite", each) for names in wide.OWN.values() for each in names}
    columns = ("sql", "question", "evidence", "sql_reasoning", "reasoned_sql", "complexity", "sql_hardness")
    rows = [tuple(as_in_sqlite(dialect, row[column]) for column in columns) for row in found.rows]
    return sorted(row for row in rows if not any(f"FROM {name}" in row[0] for name in own))


def as_in_sqlite(dialect: Dialect, text: str) -> str:
    if dialect != "mysql":
        return text
    return re.sub(r"`((?:[^`]|``)*)`", lambda name: quoted("sqlite", name[1].replace("``", "`")), text)


def write_recipe(folder: Path, **more: Any) -> Path:
    path = folder / "big.yaml"
    path.write_text(json.dumps({"name": "big", "models": {"default": "dfcli/scribe"}, **more}), encoding="utf-8")
    return path


def run_big(path: Path, scribe: Scribe) -> None:
    for _ in run(load(path, environ={}), Options(path.parent / "runs", transport=lambda spec: scribe)):
        pass


def test_a_schema_too_large_is_refused_with_what_to_do(place: Place) -> None:
    operator = SqlTables(database=place.url, max_characters=20_000)
    with pytest.raises(InputError) as caught:
        operator(pl.DataFrame(), place.ctx)
    said = str(caught.value)
    assert re.search(r"the schema of \w+ takes \d+,\d+ characters, more than max_characters \(20,000\)", said)
    assert "scope: neighbours" in said


def test_a_schema_too_large_stops_a_run_before_any_call(tmp_path: Path) -> None:
    wide.make_sqlite(tmp_path / "wide.db")
    scribe = Scribe("sqlite")
    steps = [{"op": "sql_tables", "database": "wide.db", "max_characters": 20_000}, "write_sql"]
    with pytest.raises(InputError, match="the schema of wide takes"):
        run_big(write_recipe(tmp_path, steps=steps, output="out.jsonl"), scribe)
    assert scribe.prompts == []


def test_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    wide.make_sqlite(tmp_path / "wide.db")
    steps = [{"op": "sql_tables", "database": "wide.db", "max_characters": 20_000}, "write_sql"]
    write_recipe(tmp_path, steps=steps, output="out.jsonl", models={"default": "dfcli/echo"})
    done = subprocess.run(
        [sys.executable, "-m", "dfcli", "run", "big.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    [line] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "more than max_characters (20,000): show less of it (style: compact, or values: 0), or " in line


def test_linking_cuts_a_schema_too_large_down_to_what_a_question_needs(place: Place, tmp_path: Path) -> None:
    name = quoted(place.dialect, wide.WIDE)
    asked = [f"What gives this: SELECT count(*) AS n FROM {name} -- rows of {each}" for each in ("WIDE", "nothing")]
    questions = [{"db": place.database.name, "question": each} for each in asked]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in questions), encoding="utf-8")
    steps = [
        {"recipe": "text2sql/link", "set": {"database": place.url, "max_characters": 80_000}},
        {"op": "write_sql_for_question", "dialect": DIALECTS[place.dialect]},
        {"op": "run_sql", "database": place.url, "db": "db", "sql": "predicted_sql"},
    ]
    path = write_recipe(tmp_path, steps=steps, input="in.jsonl", output=str(tmp_path / "out.jsonl"))
    scribe = Scribe(place.dialect)
    run_big(path, scribe)
    [row] = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (row["sql_error"], row["sql_result"]) == (None, '[{"n": 2}]')
    shown = re.findall(r"^--   (.*):", row["database_schema"], re.MULTILINE)
    assert shown == ["id", "column 8"]
    assert quoted(place.dialect, "column 7") in row["database_schema"]
    assert len(row["database_schema"]) < 500
    [failed] = (tmp_path / "runs").glob("big/failed/*sql_schema*/*.parquet")
    [reason] = pl.read_parquet(failed)["__reason__"]
    assert re.fullmatch(r"schema_too_long: \d+ characters", reason)


def test_a_compact_schema_that_is_too_large_says_what_is_left_to_do(place: Place) -> None:
    rows = pl.DataFrame({"question": ["How many?"]})
    with pytest.raises(InputError, match=r"\(1,000\): show only what each question needs .*, or raise max_characters"):
        SqlSchema(database=place.url, style="compact", max_characters=1000)(rows, place.ctx)
    with pytest.raises(InputError, match=r"the schema of .* and its neighbours in .*: raise max_characters"):
        SqlTables(database=place.url, style="compact", scope="neighbours", max_characters=150)(rows, place.ctx)


def test_a_name_with_dots_is_linked_as_it_stands(place: Place) -> None:
    rows = pl.DataFrame({"t": [["a.b"], ["A"]], "c": [["a.b.order by"], ["a.a", "a.b.a.b"]]})
    operator = SqlSchema(database=place.url, tables="t", columns="c", style="compact")
    dotted, short = operator(rows, place.ctx)["database_schema"]
    assert re.fullmatch(r"a\.b\(id\* \S+, order by \S+\)", dotted)
    assert re.fullmatch(r"a\(id\* \S+, a \S+\)", short)


ODDITIES = """
CREATE TABLE City (Id INTEGER PRIMARY KEY, photo BLOB, note TEXT);
INSERT INTO City VALUES (1, zeroblob(2000000), 'seen');
CREATE TABLE road (A REFERENCES CITY, b REFERENCES city (ID), FOREIGN KEY (a) REFERENCES nowhere (x));
CREATE VIRTUAL TABLE doc USING fts5(body);
CREATE TABLE doc_authors (x);
CREATE VIEW v AS SELECT 1 AS one -- the end
"""


@pytest.fixture
def oddities(tmp_path: Path) -> Iterator[Database]:
    with closing(sqlite3.connect(tmp_path / "odd.db")) as connection:
        connection.executescript(ODDITIES)
    with Databases(tmp_path, connections=1) as opened:
        yield opened.database("odd.db")


def test_a_key_in_another_case_leads_to_its_table(oddities: Database) -> None:
    [road] = [each for each in oddities.tables() if each.name == "road"]
    assert road.foreign_keys == (
        ForeignKey(("A",), "City", ("Id",)),
        ForeignKey(("b",), "City", ("Id",)),
        ForeignKey(("A",), "nowhere", ("x",)),
    )
    assert described(oddities, [road], Shown("compact")) == ["road(A -> City.Id and nowhere.x, b -> City.Id)"]


def test_a_table_that_is_called_like_the_parts_of_another_is_told(oddities: Database) -> None:
    assert [each.name for each in oddities.tables()] == ["City", "road", "doc", "doc_authors", "v"]


def test_a_value_too_long_to_be_read_spoils_no_other(oddities: Database) -> None:
    text = described(oddities, oddities.tables(), Shown())[0]
    assert text.endswith("-- some values of City:\n--   Id: 1\n--   note: 'seen'")


def test_a_statement_that_ends_with_a_comment_ends_all_the_same(oddities: Database) -> None:
    assert described(oddities, oddities.tables(), Shown())[-1] == "CREATE VIEW v AS SELECT 1 AS one -- the end\n;"
