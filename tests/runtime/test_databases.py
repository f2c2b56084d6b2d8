import math
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from dfcli.errors import EnvironmentLacks
from dfcli.ops._schema_text import Shown, describe
from dfcli.ops.database import Database, ForeignKey, Result
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.databases.pool import Pool

SCHEMA = """
CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, founded DATE, seal BLOB);
INSERT INTO city VALUES (1, 'Porto', '1123-01-01', x'00ff'), (2, 'Graz', NULL, NULL), (3, 'Brno', NULL, NULL),
  (4, 'Lviv', NULL, NULL), (5, 'Porto', NULL, NULL);
CREATE TABLE number (n INTEGER);
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 4000) INSERT INTO number SELECT n FROM c;
CREATE VIEW old AS SELECT name FROM city WHERE founded IS NOT NULL;
"""

LONG_A = "replace(hex(zeroblob(450000)), '0', 'a')"
HALF_A = "replace(hex(zeroblob(200000)), '0', 'a')"
MANY_CTES = (
    "WITH c0 (x) AS (SELECT 1)"
    + "".join(f", c{n} AS (SELECT x FROM c{n - 1} UNION ALL SELECT x FROM c{n - 1})" for n in range(1, 40))
    + " SELECT count(*) FROM c39"
)


def made(path: Path, script: str = SCHEMA) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("databases") / "towns #1 100%.db")


@pytest.fixture(scope="module")
def database(file: Path) -> Iterator[Database]:
    with Databases(file.parent) as databases:
        yield databases.database(f"sqlite:///{file.name}")


def result(database: Database, sql: str, seconds: float = 5, max_rows: int = 100) -> Result:
    [found] = database.run([sql], seconds=seconds, max_rows=max_rows)
    return found


def rows(database: Database, sql: str, max_rows: int = 100) -> list[tuple[object, ...]]:
    found = result(database, sql, max_rows=max_rows)
    assert found.error is None, found.detail
    return list(found.rows)


def reason(database: Database, sql: str, seconds: float = 5, max_rows: int = 100) -> str | None:
    return result(database, sql, seconds, max_rows).error


def schemas(database: Database) -> list[tuple[str, str]]:
    return list(describe(database, Shown()).items())


def test_a_query_gives_its_columns_and_rows(database: Database) -> None:
    found = result(database, "SELECT name, id AS nr FROM city WHERE id < 3", max_rows=2)
    assert (found.columns, found.rows) == (("name", "nr"), (("Porto", 1), ("Graz", 2)))


def test_every_kind_of_value_comes_through(database: Database) -> None:
    sql = "SELECT NULL, 9007199254740993, 0.1, 'é\U0001f600\n', x'00ff', 9e999, cast(x'6180' AS TEXT)"
    assert rows(database, sql) == [(None, 9007199254740993, 0.1, "é\U0001f600\n", b"\x00\xff", math.inf, "a\ufffd")]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;",
        "SELECT 1; -- said",
        "/* said */ SELECT 1",
        "VALUES (1)",
        "WITH one AS (SELECT 1) SELECT * FROM one",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT min(n) FROM r",
        "SELECT value FROM json_each('[1]')",
        "SELECT 1 WHERE '; DROP TABLE city' LIKE '%drop%'",
        "SELECT count(*) FROM old",
    ],
)
def test_reading_in_any_form_is_allowed(database: Database, sql: str) -> None:
    assert rows(database, sql) == [(1,)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELEC 1", "syntax"),
        ("SELECT", "syntax"),
        ("SELECT 'open", "syntax"),
        ("SELECT (1", "syntax"),
        ("", "syntax"),
        ("-- nothing but a comment", "syntax"),
        ("SELECT 1\0", "syntax"),
        ("SELECT '\ud800'", "syntax"),
        ("SELECT * FROM town", "unknown_table"),
        ("SELECT * FROM other.city", "unknown_table"),
        ("SELECT nme FROM city", "unknown_column"),
        ("SELECT c.nme FROM city AS c", "unknown_column"),
        ("SELECT id FROM city, city", "other"),
        ("SELECT median(id) FROM city", "other"),
        ("SELECT id FROM city WHERE sum(id) > 1", "other"),
        ("SELECT ?", "other"),
        ("SELECT randomblob('x')", "other"),
    ],
)
def test_a_wrong_query_says_in_a_word_what_is_wrong(database: Database, sql: str, expected: str) -> None:
    assert reason(database, sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO city VALUES (9, 'x', NULL, NULL)",
        "REPLACE INTO city VALUES (1, 'x', NULL, NULL)",
        "UPDATE city SET name = 'x'",
        "DELETE FROM city",
        "DELETE FROM city RETURNING id",
        "WITH x AS (SELECT 1) UPDATE city SET name = 'x'",
        "INSERT INTO city (id) VALUES (1) ON CONFLICT DO NOTHING",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t (a)",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
        "CREATE TEMP TRIGGER t AFTER INSERT ON city BEGIN SELECT 1; END",
        "CREATE INDEX i ON city (name)",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE city",
        "ALTER TABLE city RENAME TO town",
        "UPDATE sqlite_master SET sql = 'x'",
        "ATTACH ':memory:' AS other",
        "ATTACH DATABASE 'file:other.db?mode=rwc' AS other",
        "DETACH main",
        "PRAGMA user_version",
        "PRAGMA user_version = 3",
        "PRAGMA writable_schema = ON",
        "PRAGMA query_only = OFF",
        "PRAGMA hard_heap_limit = 0",
        "PRAGMA temp_store_directory = '/'",
        "SELECT * FROM pragma_table_info('city')",
        "SELECT * FROM pragma_database_list",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "BEGIN EXCLUSIVE",
        "COMMIT",
        "SAVEPOINT s",
        "SELECT load_extension('evil')",
        "SELECT load_extension('evil', 'entry') FROM city",
        "SELECT fts3_tokenizer('simple')",
        "SELECT 1; DROP TABLE city",
        "SELECT 1; SELECT 2",
        "SELECT 1; -- ;\n DELETE FROM city",
        "SELECT 1 /* ; */; /* */ UPDATE city SET name = 'x' -- ",
        "-- SELECT 1\nDELETE FROM city",
        "/* SELECT */ DROP TABLE city /* FROM city */",
        "EXPLAIN DELETE FROM city",
    ],
)
def test_anything_but_one_reading_statement_is_refused(database: Database, file: Path, sql: str) -> None:
    before = file.read_bytes()
    assert reason(database, sql) == "not_read_only"
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM number a, number b, number c",
        "SELECT a.n FROM number a, number b, number c ORDER BY a.n * b.n - c.n LIMIT 1",
    ],
)
def test_a_query_without_end_stops_at_its_deadline(database: Database, sql: str) -> None:
    start = time.monotonic()
    assert reason(database, sql, seconds=0.1) == "timeout"
    assert time.monotonic() - start < 0.9


def test_a_query_deaf_to_its_deadline_is_killed_and_the_next_one_runs(database: Database) -> None:
    start = time.monotonic()
    assert reason(database, f"SELECT instr({LONG_A}, {HALF_A} || 'b')", seconds=0.1) == "timeout"
    assert time.monotonic() - start < 2.5
    assert rows(database, "SELECT 1") == [(1,)]


def test_printf_cannot_be_made_a_bomb(database: Database) -> None:
    # Versions of SQLite differ: it counts until it is killed, gives null, or refuses at once.
    found = result(database, "SELECT length(printf('%.*c', 2000000000, 'x'))", seconds=0.1)
    assert found.error in ("timeout", "too_large") or found.rows == ((None,),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT zeroblob(2000000)",
        "SELECT zeroblob(2000000000)",
        "SELECT randomblob(2000000000)",
        "SELECT hex(zeroblob(900000))",
        "SELECT group_concat(printf('%1000s', n)) FROM number",
        "SELECT n FROM number",
        "SELECT printf('%90000s', n) FROM number LIMIT 100",
        "WITH b AS (SELECT zeroblob(1000000) AS b) SELECT " + ", ".join(["b"] * 1500) + " FROM b",
        MANY_CTES,
        f"SELECT {LONG_A} LIKE '%{'a' * 5000}b'",
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT '" + "x" * 200_000 + "'",
        "SELECT 1" + " UNION SELECT 1" * 1000,
    ],
    ids=lambda sql: sql[:40],
)
def test_a_bomb_is_too_large(database: Database, sql: str) -> None:
    assert reason(database, sql) == "too_large"
    assert rows(database, "SELECT 1") == [(1,)]


def test_exactly_as_many_rows_as_allowed_are_given(database: Database) -> None:
    assert len(rows(database, "SELECT n FROM number LIMIT 7", max_rows=7)) == 7
    assert reason(database, "SELECT n FROM number LIMIT 8", max_rows=7) == "too_large"


def test_chance_is_the_same_on_each_run_of_a_query(database: Database) -> None:
    first, second = "SELECT n FROM number ORDER BY random() LIMIT 5", "SELECT hex(randomblob(4)), random()"
    once = rows(database, first), rows(database, second)
    again = rows(database, first), rows(database, second)
    assert once == again
    assert once[0] != [(1,), (2,), (3,), (4,), (5,)]


def test_a_query_whose_process_is_lost_fails_alone(file: Path) -> None:
    with Databases(file.parent, connections=1) as databases:
        database = databases.database(str(file))
        assert rows(database, "SELECT 1") == [(1,)]
        os.kill(process_of(database).pid, signal.SIGTERM)
        assert reason(database, "SELECT 1") == "other"
        assert rows(database, "SELECT 1") == [(1,)]


def test_the_schema_shows_each_table_with_values(database: Database) -> None:
    tables = schemas(database)
    assert [name for name, _ in tables] == ["city", "number", "old"]
    assert tables[0][1] == (
        "CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, founded DATE, seal BLOB);\n"
        "-- some values of city:\n"
        "--   id: 1, 2, 3\n"
        "--   name: 'Porto', 'Graz', 'Brno'\n"
        "--   founded: '1123-01-01'\n"
        "--   seal: x'00ff'"
    )
    assert tables[2][1] == "CREATE VIEW old AS SELECT name FROM city WHERE founded IS NOT NULL;"
    assert tables == schemas(database)


def test_odd_names_and_values_stay_within_their_comment(tmp_path: Path) -> None:
    script = """
    CREATE TABLE "or""der 表" ("a b" TEXT, "select" BLOB, "x -- y" REAL);
    INSERT INTO "or""der 表" VALUES ('two
    lines; DROP TABLE t', zeroblob(50), 1.5), ('it''s ' || hex(zeroblob(50)), NULL, NULL);
    CREATE TABLE bare (a);
    """
    with Databases(made(tmp_path / "odd.db", script).parent) as databases:
        tables = schemas(databases.database("odd.db"))
    assert [name for name, _ in tables] == ['or"der 表', "bare"]
    comments = tables[0][1].partition(";\n")[2].splitlines()
    assert all(line.startswith("--") for line in comments)
    assert "'two lines; DROP TABLE t'" in comments[1]
    assert "'it''s 00000" in comments[1]
    assert "x'0000000000000000…'" in comments[2]
    assert tables[1][1] == "CREATE TABLE bare (a);"


def test_full_text_search_works_and_hides_its_own_tables(tmp_path: Path) -> None:
    script = "CREATE VIRTUAL TABLE note USING fts5(body); INSERT INTO note VALUES ('green tea'), ('black tea');"
    with Databases(made(tmp_path / "notes.db", script).parent) as databases:
        database = databases.database("notes.db")
        assert [each.name for each in database.tables()] == ["note"]
        assert rows(database, "SELECT body FROM note WHERE note MATCH 'green'") == [("green tea",)]
        assert reason(database, "INSERT INTO note (note) VALUES ('rebuild')") == "not_read_only"


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    one, same, other = (
        made(tmp_path / name, f"CREATE TABLE t (a); INSERT INTO t VALUES ({value})")
        for name, value in (("one.db", 1), ("same.db", 1), ("other.db", 2))
    )
    with Databases(tmp_path) as databases:
        prints = [databases.database(path.name).fingerprint() for path in (one, same, other)]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize("form", ["sqlite:///sub/t.db", "sub/t.db", "sqlite:///{folder}/sub/t.db", "{folder}/sub/t.db"])
def test_a_database_is_named_by_url_or_path(tmp_path: Path, form: str) -> None:
    made(tmp_path / "sub" / "t.db")
    with Databases(tmp_path) as databases:
        assert rows(databases.database(form.format(folder=tmp_path)), "SELECT count(*) FROM city") == [(5,)]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///no.db", "/no.db: there is no such database file"),
        ("no", "/no: there is no such database file or folder"),
        (
            "sqlite:///",
            "this is a folder of databases: name one of them, or say with `db: column` which column of the rows does",
        ),
        ("text.db", "/text.db: this file is not an SQLite database"),
        ("empty.db", "/empty.db: this file is not an SQLite database"),
        ("busy.db", "/busy.db: changes are still in busy.db-wal; close the program that writes it"),
        (
            "oracle://me:secret@host/shop",
            "a oracle:// database cannot be opened; these can: a path, sqlite:///, duckdb:///, postgresql://, "
            "mysql://, mariadb://",
        ),
        (
            "postgresql://me:secret@host/shop",
            "write $NAME in its place, as in postgresql://me:$NAME@host/shop, and set NAME in the environment",
        ),
        (
            "postgresql://me:$NOT_SET_ANYWHERE@host/shop",
            ": set NOT_SET_ANYWHERE in the environment: it is to hold the password",
        ),
    ],
)
def test_what_is_no_database_is_one_sentence(tmp_path: Path, url: str, sentence: str) -> None:
    (tmp_path / "text.db").write_text("SQLite, the book")
    (tmp_path / "empty.db").touch()
    made(tmp_path / "busy.db").with_name("busy.db-wal").write_text("pages")
    with Databases(tmp_path) as databases, pytest.raises(EnvironmentLacks) as caught:
        databases.database(url)
    assert str(caught.value).endswith(sentence)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_damaged_file_is_the_databases_fault_not_the_querys(tmp_path: Path) -> None:
    path = made(tmp_path / "damaged.db")
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xaa" * 500 + whole[600:])
    with (
        Databases(tmp_path) as databases,
        pytest.raises(EnvironmentLacks, match=r"damaged\.db: the database cannot be read: "),
    ):
        databases.database("damaged.db").tables()


def test_a_page_damaged_later_is_the_databases_fault_too(tmp_path: Path) -> None:
    path = made(tmp_path / "damaged.db")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xaa" * (len(whole) - 4096))
    with (
        Databases(tmp_path) as databases,
        pytest.raises(EnvironmentLacks, match=r"damaged\.db: the database cannot be read: "),
    ):
        rows(databases.database("damaged.db"), "SELECT * FROM city")


def test_connections_end_with_what_opened_them(file: Path) -> None:
    with Databases(file.parent, connections=1) as databases:
        database = databases.database(str(file))
        rows(database, "SELECT 1")
        process = process_of(database)
        assert process.poll() is None
    assert process.poll() is not None


def process_of(database: Database) -> subprocess.Popen[bytes]:
    """Return the process of a database's only connection."""
    assert isinstance(database, Pool)
    [process] = database._idle.queue
    assert process is not None
    return process._process


def test_results_come_in_the_order_of_the_queries_however_many_run_at_once(file: Path) -> None:
    slow = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 200000) SELECT max(n) FROM r"
    queries = [slow if n % 10 == 0 else f"SELECT {n}" for n in range(100)]
    with Databases(file.parent, connections=4) as databases:
        found = list(databases.database(str(file)).run(queries, seconds=20, max_rows=1))
    assert [each.rows for each in found] == [((200000 if n % 10 == 0 else n,),) for n in range(100)]
    assert all(each.seconds > 0 for each in found)


def test_several_threads_share_the_connections(file: Path) -> None:
    with Databases(file.parent, connections=2) as databases, ThreadPoolExecutor(8) as threads:
        database = databases.database(str(file))
        found = list(threads.map(lambda n: rows(database, f"SELECT {n}"), range(50)))
    assert found == [[(n,)] for n in range(50)]


def test_a_plan_says_how_a_query_would_be_run_and_runs_nothing(database: Database) -> None:
    [plan, endless, wrong] = database.run(
        [
            "SELECT name FROM city WHERE id IN (SELECT n FROM number)",
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT count(*) FROM r",
            "DELETE FROM city",
        ],
        seconds=5,
        max_rows=100,
        plan=True,
    )
    assert plan.columns == ("plan",)
    assert any("SCAN number" in line for (line,) in plan.rows)
    assert endless.error is None
    assert wrong.error == "not_read_only"


def test_tables_tell_their_columns_and_keys(tmp_path: Path) -> None:
    script = """
    CREATE TABLE house (street TEXT, number INTEGER NOT NULL, built DATE, PRIMARY KEY (number, street));
    CREATE TABLE door (id INTEGER PRIMARY KEY, street TEXT, nr INTEGER, colour, twice AS (nr * 2),
      FOREIGN KEY (nr, street) REFERENCES house, FOREIGN KEY (id) REFERENCES nowhere (x));
    CREATE VIEW broken AS SELECT gone FROM house;
    """
    with Databases(made(tmp_path / "t.db", script).parent) as databases:
        house, door, broken = databases.database("t.db").tables()
    assert [(each.name, each.type, each.nullable) for each in house.columns] == [
        ("street", "TEXT", True),
        ("number", "INTEGER", False),
        ("built", "DATE", True),
    ]
    assert house.primary_key == ("number", "street")
    assert [each.name for each in door.columns] == ["id", "street", "nr", "colour", "twice"]
    assert door.foreign_keys == (
        ForeignKey(("nr", "street"), "house", ("number", "street")),
        ForeignKey(("id",), "nowhere", ("x",)),
    )
    assert (broken.kind, broken.columns) == ("view", ())


def test_a_folder_of_any_layout_gives_its_databases_by_name(tmp_path: Path) -> None:
    for place in ("a.sqlite", "deep/b/b.db", "deep/c/x.db", "other/c/x.db", ".hidden/no.db"):
        made(tmp_path / "all" / place, f"CREATE TABLE t (a); INSERT INTO t VALUES ('{place}')")
    (tmp_path / "all" / "readme.txt").write_text("no database")
    with Databases(tmp_path) as databases:
        found = databases.databases("all")
        assert list(found) == ["a", "b", "deep/c/x", "other/c/x"]
        assert rows(found["other/c/x"], "SELECT a FROM t") == [("other/c/x.db",)]
        assert "no" not in found
        assert list(databases.databases("all/a.sqlite")) == ["a"]


def test_a_folder_without_databases_says_so(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with (
        Databases(tmp_path) as databases,
        pytest.raises(EnvironmentLacks, match="none: there is no SQLite or DuckDB database in this folder"),
    ):
        databases.databases("none")


def test_data_files_are_tables_by_their_names_without_endings(tmp_path: Path) -> None:
    for name in ("sales.2020.csv", "sales.2021.csv", "Shops.JSONL"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / name).write_text('{"a": 1}\n' if name.endswith("L") else "a\n1\n")
    with Databases(tmp_path) as databases:
        tables = databases.database("duckdb:///data").tables()
        assert sorted(each.name for each in tables) == ["Shops", "sales.2020", "sales.2021"]
        (tmp_path / "data" / "sales.2020.parquet").touch()
    with (
        Databases(tmp_path) as databases,
        pytest.raises(EnvironmentLacks, match=r"sales\.2020\.csv and sales\.2020\.parquet would both be the table"),
    ):
        databases.database("duckdb:///data")
