import gzip
import math
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
import zstandard

from dfcli.errors import EnvironmentLacks
from dfcli.ops.database import Database, ForeignKey, Result
from dfcli.runtime.databases._duckdb_worker import Duckdb
from dfcli.runtime.databases._serving import Broken
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.databases.pool import Pool

SCHEMA = """
CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, founded DATE, seal BLOB);
INSERT INTO city VALUES (1, 'Porto', '1923-01-01', '\\x00\\xFF'), (2, 'Graz', NULL, NULL), (3, 'Brno', NULL, NULL),
  (4, 'Lviv', NULL, NULL), (5, 'Porto', NULL, NULL);
CREATE TABLE number AS SELECT range + 1 AS n FROM range(4000);
CREATE SEQUENCE counter;
CREATE VIEW old AS SELECT name FROM city WHERE founded IS NOT NULL;
CREATE VIEW spy AS FROM read_text('/etc/hostname');
CREATE MACRO told(sql) AS TABLE FROM json_execute_serialized_sql(sql);
"""
MANY_CTES = (
    "WITH c0 (x) AS (SELECT 1)"
    + "".join(f", c{n} AS (SELECT x FROM c{n - 1} UNION ALL SELECT x FROM c{n - 1})" for n in range(1, 40))
    + " SELECT count(*) FROM c39"
)


def made(path: Path, script: str = SCHEMA) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(script)
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("databases") / "towns #1 100%.duckdb")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("it's data [1]") / "data"
    folder.mkdir()
    (folder / "city.csv").write_text('id,name,"it\'s ""old"""\n1,Porto,1923-01-01\n2,"Gr,az",\n', encoding="utf-8")
    pl.DataFrame({"n": range(1, 4001)}).write_parquet(folder / "number.parquet")
    return folder


@pytest.fixture(scope="module")
def database(file: Path) -> Iterator[Database]:
    with Databases(file.parent, connections=1) as databases:
        yield databases.database(f"duckdb:///{file.name}")


@pytest.fixture(scope="module")
def tables(data: Path) -> Iterator[Database]:
    with Databases(data.parent, connections=1) as databases:
        yield databases.database("duckdb:///data")


def result(database: Database, sql: str, seconds: float = 5, max_rows: int = 100) -> Result:
    [found] = database.run([sql], seconds=seconds, max_rows=max_rows)
    return found


def rows(database: Database, sql: str, max_rows: int = 100) -> list[tuple[object, ...]]:
    found = result(database, sql, max_rows=max_rows)
    assert found.error is None, found.detail
    return list(found.rows)


def reason(database: Database, sql: str, seconds: float = 5, max_rows: int = 100) -> str | None:
    return result(database, sql, seconds, max_rows).error


def content(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_a_query_gives_its_columns_and_rows(database: Database) -> None:
    found = result(database, "SELECT name, id AS nr, id AS nr FROM city WHERE id < 3", max_rows=2)
    assert (found.columns, found.rows) == (("name", "nr", "nr"), (("Porto", 1, 1), ("Graz", 2, 2)))


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("NULL", None),
        ("true", True),
        ("9007199254740993", 9007199254740993),
        ("170141183460469231731687303715884105727", 170141183460469231731687303715884105727),
        ("1e0 / 3", 1 / 3),
        ("'inf'::DOUBLE", math.inf),
        ("1.50::DECIMAL(5, 2)", Decimal("1.50")),
        ("'é\U0001f600\n'", "é\U0001f600\n"),
        ("'\\x00\\xFF'::BLOB", b"\x00\xff"),
        ("DATE '2020-02-29'", date(2020, 2, 29)),
        ("DATE '0044-03-15 (BC)'", "0044-03-15 (BC)"),
        ("TIMESTAMP '2020-01-01 10:00:00.25'", datetime(2020, 1, 1, 10, 0, 0, 250000)),
        ("TIMESTAMPTZ '2020-01-01 00:00:00+02'", datetime(2019, 12, 31, 22, tzinfo=UTC)),
        ("TIME '10:00:00.5'", time(10, 0, 0, 500000)),
        ("TIMETZ '10:00:00+02'", time(10, tzinfo=timezone(timedelta(hours=2)))),
        ("INTERVAL 1 MONTH", "1 month"),
        ("INTERVAL 30 DAY", "30 days"),
        ("'a'::ENUM('a', 'b')", "a"),
        ("'00000000-0000-0000-0000-000000000001'::UUID", "00000000-0000-0000-0000-000000000001"),
        ("'101'::BIT", "101"),
        ("""'{"a": 1}'::JSON""", '{"a": 1}'),
        ("[1, NULL, 3]", "[1,null,3]"),
        ("array_value(1, 2)", "[1,2]"),
        ("row(1, 'x')", '[1,"x"]'),
        ("{'a': [DATE '2020-01-01'], 'b': INTERVAL 1 MONTH}", '{"a":["2020-01-01"],"b":"1 month"}'),
        ("MAP {1: 'x', 2: 'y'}", '{"1":"x","2":"y"}'),
        ("union_value(k := 1)", '{"k":1}'),
    ],
)
def test_every_kind_of_value_comes_through(database: Database, sql: str, value: object) -> None:
    [(found, beside)] = rows(database, f"SELECT {sql} AS x, 7 AS x; -- said")
    assert (found, type(found), beside) == (value, type(value), 7)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;",
        "SELECT 1; -- said",
        "/* said */ SELECT 1",
        "VALUES (1)",
        "FROM city SELECT count(*) WHERE id = 1",
        "FROM (VALUES (1))",
        "WITH one AS (SELECT 1) SELECT * FROM one",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT min(n) FROM r",
        "SELECT 1 UNION SELECT 1",
        "SELECT unnest([1])",
        "SELECT 1 WHERE '; DROP TABLE city' ILIKE '%drop%'",
        "SELECT count(*) FROM old",
        "SELECT id FROM city QUALIFY row_number() OVER (ORDER BY id) = 1",
        "SELECT Graz::INT FROM (PIVOT (SELECT name FROM city) ON name IN ('Graz') USING count(*))",
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'city'",
        "SELECT count(*) FROM (DESCRIBE old)",
        "SELECT count(*) FROM (SUMMARIZE number)",
        "SELECT count(*) FROM (SHOW TABLES) WHERE name = 'city'",
        "SELECT count(*) FROM query_table('city') WHERE id = 1",
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
        ("SELECT 1 INTO t", "syntax"),
        ("SELECT (1", "syntax"),
        ("", "syntax"),
        (" ; ", "syntax"),
        ("-- nothing but a comment", "syntax"),
        ("SELECT 1\0", "syntax"),
        ("SELECT '\ud800'", "syntax"),
        ("SELECT * FROM town", "unknown_table"),
        ("SELECT * FROM other.city", "unknown_table"),
        ("SELECT t.id FROM city AS c", "unknown_table"),
        ("SELECT * FROM pl", "unknown_table"),
        ("SELECT * FROM '/etc/passwd'", "unknown_table"),
        ("SELECT nme FROM city", "unknown_column"),
        ("SELECT c.nme FROM city AS c", "unknown_column"),
        ("SELECT id FROM city ORDER BY nme", "unknown_column"),
        ("SELECT * EXCLUDE (nme) FROM city", "unknown_column"),
        ("SELECT * FROM city JOIN number USING (nme)", "unknown_column"),
        ("SELECT {'a': 1}.b", "unknown_column"),
        ("SELECT database", "unknown_column"),
        ("SELECT id FROM city, city", "other"),
        ("SELECT nofunction(id) FROM city", "other"),
        ("SELECT getenv('HOME')", "other"),
        ("SELECT id FROM city WHERE sum(id) > 1", "other"),
        ("SELECT name, count(*) FROM city", "other"),
        ("SELECT ?", "other"),
        ("SELECT $x", "other"),
        ("SELECT 1 // 0", "other"),
        ("SELECT error('Table with name x does not exist')", "other"),
        ("SELECT 'Catalog Error: Table with name x does not exist'::INT", "other"),
    ],
)
def test_a_wrong_query_says_in_a_word_what_is_wrong(database: Database, sql: str, expected: str) -> None:
    assert reason(database, sql) == expected


ATTACKS = [
    "INSERT INTO city VALUES (9, 'x', NULL, NULL)",
    "INSERT OR REPLACE INTO city VALUES (1, 'x', NULL, NULL)",
    "UPDATE city SET name = 'x'",
    "DELETE FROM city",
    "DELETE FROM city RETURNING id",
    "TRUNCATE city",
    "MERGE INTO city USING (SELECT 1 AS id) AS s ON city.id = s.id WHEN MATCHED THEN DELETE",
    "WITH x AS (SELECT 1) UPDATE city SET name = 'x'",
    "WITH x AS (DELETE FROM city RETURNING id) SELECT * FROM x",
    "WITH x AS (INSERT INTO city (id) VALUES (9) RETURNING id) SELECT * FROM x",
    "WITH x AS (UPDATE city SET id = id + 9 RETURNING id) SELECT * FROM x",
    "CREATE TABLE t (a INT)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE TEMP TABLE t AS PIVOT city ON name USING count(*)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE TEMP MACRO f(a) AS a",
    "CREATE INDEX i ON city (name)",
    "CREATE SCHEMA s",
    "CREATE SEQUENCE s",
    "CREATE TYPE t AS ENUM ('a')",
    "CREATE SECRET s (TYPE s3)",
    "DROP TABLE city",
    "ALTER TABLE city RENAME TO town",
    "COMMENT ON TABLE city IS 'x'",
    "COPY city TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{target}' (USE_TMP_FILE false)",
    "COPY city FROM '{target}'",
    "COPY (PIVOT city ON name USING count(*)) TO '{target}' (USE_TMP_FILE false)",
    "WITH x AS (COPY (SELECT 42 AS z) TO '{target}' (USE_TMP_FILE false)) SELECT * FROM x",
    "with x as materialized (copy (select 42 as z) to '{target}' (use_tmp_file false)) from x",
    "WITH x AS (COPY (SELECT 42 AS z) TO '{folder}/out.csv') SELECT * FROM x",
    "WITH y AS (SELECT 1), x AS (COPY (SELECT 42 AS z) TO '{target}' (USE_TMP_FILE false)) SELECT 1 UNION SELECT 2",
    "FROM query('WITH x AS (COPY (SELECT 1) TO ''{target}'' (USE_TMP_FILE false)) FROM x')",
    "FROM json_execute_serialized_sql(json_serialize_sql("
    "'WITH x AS (COPY (SELECT 1) TO ''{target}'' (USE_TMP_FILE false)) FROM x'))",
    "FROM system.main.JSON_Execute_Serialized_SQL(json_serialize_sql("
    "'WITH x AS (COPY (SELECT 1) TO ''{target}'' (USE_TMP_FILE false)) FROM x'))",
    "FROM query('FROM json_execute_' || 'serialized_sql(json_serialize_sql("
    "''WITH x AS (COPY (SELECT 1) TO ''''{target}'''' (USE_TMP_FILE false)) FROM x''))')",
    "EXPLAIN ANALYZE WITH x AS (COPY (SELECT 1) TO '{target}' (USE_TMP_FILE false)) SELECT 1",
    "EXPLAIN DELETE FROM city",
    "EXPORT DATABASE '{folder}/out'",
    "IMPORT DATABASE '{folder}'",
    "ATTACH ':memory:' AS other",
    "ATTACH '{target}' AS other",
    "ATTACH '{folder}/new.duckdb' AS other",
    "DETACH memory",
    "USE memory",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM community",
    "LOAD httpfs",
    "LOAD '{folder}/evil.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "PRAGMA database_size",
    "PRAGMA enable_profiling",
    "PRAGMA memory_limit = '9GB'",
    "SET memory_limit = '9GB'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET threads",
    "SET VARIABLE x = 1",
    "CALL pragma_version()",
    "CALL force_checkpoint()",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "PREPARE p AS DELETE FROM city",
    "EXECUTE p",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM enable_profiling()",
    "SELECT * FROM add_grammar_extension('x')",
    "SELECT nextval('counter')",
    "SELECT (SELECT nextval('counter') FROM city LIMIT 1)",
    "SELECT write_log('x')",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_blob('{target}')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv('{target}', compression = 'gzip')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_parquet('{folder}/*.parquet')",
    "SELECT * FROM parquet_scan('/etc/passwd')",
    "SELECT * FROM parquet_metadata('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT (SELECT content FROM read_text('/proc/self/environ'))",
    "WITH x AS (FROM read_text('/proc/self/environ')) FROM x",
    "SELECT * FROM read_csv('https://example.com/x.csv')",
    "SELECT 1; DROP TABLE city",
    "SELECT 1; SELECT 2",
    "SELECT 1; -- ;\n DELETE FROM city",
    "SELECT 1 /* ; */; /* */ UPDATE city SET name = 'x' -- ",
    "-- SELECT 1\nDELETE FROM city",
    "/* SELECT */ DROP TABLE city /* FROM city */",
    "PIVOT city ON name USING count(*)",
]


@pytest.mark.parametrize("sql", ATTACKS)
def test_anything_but_one_reading_statement_is_refused(database: Database, file: Path, sql: str) -> None:
    before = content(file.parent)
    assert reason(database, sql.format(folder=file.parent, target=file)) == "not_read_only"
    assert content(file.parent) == before


@pytest.mark.parametrize("sql", ATTACKS)
def test_data_files_are_as_safe_as_a_database(tables: Database, data: Path, sql: str) -> None:
    before = content(data.parent)
    here = str(data).replace("'", "''")
    asked = sql.format(folder=here, target=f"{here}/city.csv")
    twice = sql.format(folder=here.replace("'", "''"), target=f"{here}/city.csv".replace("'", "''"))
    assert reason(tables, twice if "''" in sql else asked) == "not_read_only"
    assert content(data.parent) == before


def test_without_its_own_look_into_the_syntax_duckdb_would_overwrite_a_data_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    worker = Duckdb(None, {"t": str(path)})
    sql = f"WITH x AS (COPY (SELECT 42 AS z) TO '{path}' (USE_TMP_FILE false)) SELECT * FROM x"
    assert worker.answer(sql, 5, 10, False)["reason"] == "not_read_only"
    assert path.read_text() == "a\n1\n"
    worker._connection.execute(sql)
    assert path.read_text() == "z\n42\n"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM city",
        "WITH x AS (DELETE FROM city RETURNING id) SELECT * FROM x",
        "WITH x AS (COPY (SELECT 42 AS z) TO '{target}' (USE_TMP_FILE false)) SELECT * FROM x",
        "COPY city TO '{target}.csv'",
        "ATTACH '{target}' AS other",
        "FROM read_blob('{target}')",
        "FROM read_text('/etc/hostname')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET disabled_filesystems = ''",
        "RESET memory_limit",
    ],
)
def test_a_database_file_is_safe_even_where_the_gate_is_open(tmp_path: Path, sql: str) -> None:
    path = made(tmp_path / "t.duckdb")
    before = content(tmp_path)
    with closing(Duckdb(str(path), {})) as worker, pytest.raises(duckdb.Error):
        worker._connection.execute(sql.format(target=path)).fetchall()
    assert content(tmp_path) == before


@pytest.mark.parametrize("sql", ["SELECT * FROM spy", "FROM told(json_serialize_sql('FROM spy'))"])
def test_what_a_database_holds_opens_no_file_either(database: Database, sql: str) -> None:
    assert reason(database, sql) == "not_read_only"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM duckdb_secrets()",
        "SELECT value FROM duckdb_variables()",
        "SELECT message FROM duckdb_logs()",
        "SELECT value FROM duckdb_settings() WHERE name = 'lock_configuration' AND value <> 'true'",
        "SELECT value FROM duckdb_settings() WHERE name = 'enable_external_access' AND value <> 'false'",
        "SELECT 1 WHERE current_setting('python_enable_replacements')",
        "SELECT 1 WHERE current_setting('TimeZone') <> 'UTC'",
        "SELECT 1 WHERE current_setting('threads') <> 1",
    ],
)
def test_what_can_be_asked_of_duckdb_itself_tells_nothing(database: Database, tables: Database, sql: str) -> None:
    assert rows(database, sql) == rows(tables, sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE a.range % 7 = b.range % 11",
        "SELECT max(a.n * b.n - c.n) FROM number AS a, number AS b, number AS c",
        "SELECT sleep_ms(60000)",
    ],
)
def test_a_query_without_end_stops_at_its_deadline(database: Database, sql: str) -> None:
    assert reason(database, sql, seconds=0.1) == "timeout"
    assert rows(database, "SELECT 1") == [(1,)]


def test_a_query_that_begins_after_its_deadline_is_stopped_too(file: Path) -> None:
    with closing(Duckdb(str(file), {})) as worker, worker._deadline.in_(0):
        for _ in range(3):
            with pytest.raises(duckdb.InterruptException):
                worker._connection.execute("SELECT sleep_ms(60000)").fetchall()


def test_a_query_deaf_to_its_deadline_is_killed_and_the_next_one_runs(database: Database) -> None:
    found = result(database, "SELECT bitstring('1', 2000000000)", seconds=0.1)
    assert (found.error, found.detail) == ("timeout", "killed after the deadline")
    assert rows(database, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('a', 2000000)",
        "SELECT repeat('a', 1000000000)",
        "SELECT length(repeat('a', 3000000000))",
        "SELECT repeat('a', 900000) FROM range(50)",
        "SELECT repeat('a', 1000000) FROM range(4000) ORDER BY 1",
        "SELECT string_agg(repeat('x', 1000), '') FROM range(10000000)",
        "SELECT list(range) FROM range(1000000000)",
        "SELECT range(1000000000)",
        "SELECT list_sort(range(100000000))",
        "SELECT range, random() AS r FROM range(100000000) ORDER BY r",
        "WITH RECURSIVE r(s) AS (SELECT 'ab' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r",
        "SELECT a.n, b.n FROM number AS a, number AS b, number AS c",
        "SELECT '1'::BLOB FROM range(1000)",
        MANY_CTES,
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT " + "+".join("1" * 5000),
        "SELECT '" + "x" * 200_000 + "'",
    ],
    ids=lambda sql: sql[:40],
)
def test_a_bomb_is_too_large(database: Database, sql: str) -> None:
    assert reason(database, sql) == "too_large"
    assert rows(database, "SELECT 1") == [(1,)]


def test_exactly_as_many_rows_as_allowed_are_given(database: Database) -> None:
    assert len(rows(database, "SELECT n FROM number LIMIT 7", max_rows=7)) == 7
    assert reason(database, "SELECT n FROM number LIMIT 8", max_rows=7) == "too_large"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT n FROM number ORDER BY random() LIMIT 5",
        "SELECT random(), uuid(), [random()]",
        "SELECT n FROM number USING SAMPLE 5",
        "SELECT n % 10 AS m, count(*) FROM number GROUP BY m",
    ],
)
def test_chance_and_order_are_the_same_on_each_run_of_a_query(database: Database, file: Path, sql: str) -> None:
    once = rows(database, sql), rows(database, "SELECT random()"), rows(database, sql)
    with Databases(file.parent) as databases:
        assert rows(databases.database(str(file)), sql) == once[0] == once[2]


def test_chance_is_chance(database: Database) -> None:
    assert rows(database, "SELECT n FROM number ORDER BY random() LIMIT 5") != [(n,) for n in range(1, 6)]


def processes_after(database: Database) -> list[int]:
    """Return the processes of a database's connections that have answered."""
    assert isinstance(database, Pool)
    assert rows(database, "SELECT 1") == [(1,)]
    return [each._process.pid for each in database._idle.queue if each is not None]


def test_a_query_whose_process_is_lost_fails_alone(file: Path) -> None:
    with Databases(file.parent, connections=1) as databases:
        database = databases.database(str(file))
        [process] = processes_after(database)
        os.kill(process, signal.SIGTERM)
        assert reason(database, "SELECT 1") == "other"
        assert rows(database, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("kind", [duckdb.FatalException, duckdb.InternalException])
def test_a_fault_of_duckdb_itself_ends_the_process(file: Path, kind: type[duckdb.Error]) -> None:
    worker = Duckdb(str(file), {})
    with pytest.raises(kind):
        worker._explain(kind("the database has been invalidated"))
    worker.close()


def test_tables_tell_their_columns_and_keys(tmp_path: Path) -> None:
    script = """
    CREATE TABLE "or""der 表" ("a b" INTEGER, "select" DECIMAL(9, 2) NOT NULL, "x -- y" TEXT[], PRIMARY KEY ("a b"));
    CREATE TABLE line (item INT, "of" INT REFERENCES "or""der 表", twice INT, PRIMARY KEY (item, twice));
    CREATE SCHEMA sales;
    CREATE TABLE sales.offer (id INT PRIMARY KEY);
    CREATE TABLE sales.part (offer INT, FOREIGN KEY (offer) REFERENCES sales.offer (id));
    CREATE VIEW cheap AS SELECT "a b" FROM "or""der 表";
    CREATE TABLE passing (a INT);
    CREATE VIEW broken AS SELECT a FROM passing;
    DROP TABLE passing;
    COMMENT ON TABLE line IS 'what was ordered';
    COMMENT ON COLUMN line.item IS 'its number';
    """
    path = made(tmp_path / "odd.duckdb", script)
    with Databases(tmp_path) as databases:
        found = {each.full_name: each for each in databases.database(str(path)).tables()}
    assert list(found) == ["broken", "cheap", "line", 'or"der 表', "sales.offer", "sales.part"]
    order, line = found['or"der 表'], found["line"]
    assert [(each.name, each.type, each.nullable) for each in order.columns] == [
        ("a b", "INTEGER", False),
        ("select", "DECIMAL(9,2)", False),
        ("x -- y", "VARCHAR[]", True),
    ]
    assert (order.primary_key, line.primary_key) == (("a b",), ("item", "twice"))
    assert line.foreign_keys == (ForeignKey(("of",), 'or"der 表', ("a b",)),)
    assert found["sales.part"].foreign_keys == (ForeignKey(("offer",), "sales.offer", ("id",)),)
    assert (line.comment, line.columns[0].comment, order.comment) == ("what was ordered", "its number", "")
    assert (found["cheap"].kind, found["cheap"].columns[0].name, order.kind) == ("view", "a b", "table")
    assert line.create.startswith("CREATE TABLE line(")
    assert found["cheap"].create.startswith("CREATE VIEW cheap AS ")


def test_a_plan_says_how_a_query_would_be_run_and_runs_nothing(database: Database) -> None:
    sql = "SELECT sleep_ms(60000) FROM city JOIN number ON id = n ORDER BY name"
    [plan] = database.run([sql], seconds=5, max_rows=100, plan=True)
    assert plan.columns == ("plan",)
    assert "Hash Join" in " ".join(str(line) for (line,) in plan.rows).replace("HASH_JOIN", "Hash Join")
    refused = database.run(
        ["DELETE FROM city", "SELECT nme FROM city", "ANALYZE SELECT 1"], seconds=5, max_rows=9, plan=True
    )
    assert [each.error for each in refused] == ["not_read_only", "unknown_column", "syntax"]


def test_a_folder_of_data_files_is_a_database(tables: Database) -> None:
    found = {each.name: each for each in tables.tables()}
    assert [(each.name, each.type) for each in found["city"].columns] == [
        ("id", "BIGINT"),
        ("name", "VARCHAR"),
        ('it\'s "old"', "DATE"),
    ]
    assert (found["number"].kind, found["number"].create) == ("table", "")
    assert rows(tables, "FROM city") == [(1, "Porto", date(1923, 1, 1)), (2, "Gr,az", None)]
    assert rows(tables, "SELECT name, sum(n) FROM city JOIN number ON id = n GROUP BY ALL ORDER BY 2") == [
        ("Porto", 1),
        ("Gr,az", 2),
    ]


def test_a_file_of_any_kind_is_a_table(tmp_path: Path) -> None:
    lines = b'{"a": 1, "b": {"c d": [1]}}\n{"a": 2.5}\n'
    (tmp_path / "commas.csv").write_text("a,b\n1.0,x\n2.5,\n")
    (tmp_path / "tabs.tsv").write_text("a\tb\r\n1.0\tx\r\n2.5\t\r\n", newline="")
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(b"a;b\n1.0;x\n2.5;\n"))
    (tmp_path / "lines.jsonl").write_bytes(lines)
    (tmp_path / "more.NDJSON").write_bytes(lines)
    (tmp_path / "squeezed.jsonl.zst").write_bytes(zstandard.compress(lines))
    (tmp_path / "list.json").write_text('[{"a": 1.0, "b": "x"}, {"a": 2.5}]')
    pl.DataFrame({"a": [1.0, 2.5], "b": ["x", None]}).write_parquet(tmp_path / "frame.parquet")
    with Databases(tmp_path.parent) as databases:
        database = databases.database(str(tmp_path))
        names = [each.name for each in database.tables()]
        assert names == ["commas", "frame", "lines", "list", "more", "packed", "squeezed", "tabs"]
        for name in names:
            struct = name in ("lines", "more", "squeezed")
            assert rows(database, f"FROM {name}") == [(1.0, '{"c d":[1]}' if struct else "x"), (2.5, None)], name


def test_types_are_found_from_all_lines_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "late.csv").write_text("a\n" + "1\n" * 30_000 + "x\n")
    (tmp_path / "late2.jsonl").write_text('{"a": 1}\n' * 30_000 + '{"a": "x", "b": 1}\n')
    with Databases(tmp_path) as databases:
        database = databases.database("duckdb:///.")
        assert rows(database, "SELECT a FROM late WHERE a > '1'") == [("x",)]
        assert rows(database, "SELECT b FROM late2 WHERE b IS NOT NULL") == [(1,)]


@pytest.mark.parametrize("url", ["{path}", "{name}", "duckdb:///{name}", "duckdb:///{path}"])
@pytest.mark.parametrize("name", ["sub/t.duckdb", "sub/year=2020/city.parquet", "sub/city [a-z]*.csv"])
def test_a_database_or_a_table_is_named_by_url_or_path(tmp_path: Path, url: str, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".duckdb":
        made(path, "CREATE TABLE city (id INT); INSERT INTO city VALUES (1), (2)")
    elif path.suffix == ".parquet":
        pl.DataFrame({"id": [1, 2]}).write_parquet(path)
    else:
        path.write_text("id\n1\n2\n")
    with Databases(tmp_path) as databases:
        database = databases.database(url.format(path=path, name=name))
        [table] = database.tables()
        assert [each.name for each in table.columns] == ["id"]
        assert rows(database, f'SELECT count(*) FROM "{table.name}"') == [(2,)]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.parquet", b"no", r"t\.parquet is no table: .+"),
        ("t.csv", b"", r"t\.csv is no table: .+"),
        ("t.csv", b"a\ncaf\xe9\n", r"t\.csv is no table: .+"),
        ("t.jsonl", b'{"a": 1}\n{"a":\n', r"t\.jsonl is no table: .+"),
        ("t.csv.gz", b"a\n1\n", r"t\.csv\.gz is no table: .+"),
    ],
)
def test_a_file_that_is_no_table_is_one_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with Databases(tmp_path) as databases, pytest.raises(EnvironmentLacks, match=sentence) as caught:
        result(databases.database(name), "SELECT 1")
    assert "\n" not in str(caught.value)


def test_a_file_that_vanishes_is_the_databases_fault_not_the_querys(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    with Databases(tmp_path) as databases:
        database = databases.database("t.csv")
        assert rows(database, "FROM t") == [(1,)]
        (tmp_path / "t.csv").unlink()
        with pytest.raises(EnvironmentLacks, match=r"the database cannot be read: .*t\.csv is gone"):
            rows(database, "FROM t")


@pytest.mark.parametrize("at", [0, 8192, 300_000])
def test_a_damaged_file_is_the_databases_fault_not_the_querys(tmp_path: Path, at: int) -> None:
    script = "CREATE TABLE t AS SELECT md5(range::TEXT) AS m FROM range(50000)"
    path = made(tmp_path / "damaged.duckdb", script)
    whole = path.read_bytes()
    path.write_bytes(whole[: at + 20] + b"\xaa" * 4000 + whole[at + 4020 :])
    with pytest.raises(Broken, match="Corrupt"):
        Duckdb(str(path), {}).answer("SELECT max(m) FROM t", 5, 10, False)


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    for name, text in (("one", "a\n1\n"), ("same", "a\n1\n"), ("other", "a\n2\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text(text)
    with Databases(tmp_path) as databases:
        one, same, other = (databases.database(name) for name in ("one", "same", "other"))
        prints = [each.fingerprint() for each in (one, same, other) if isinstance(each, Pool)]
    assert prints[0] == prints[1] != prints[2]


def test_several_threads_share_the_connections(file: Path) -> None:
    with Databases(file.parent, connections=2) as databases, ThreadPoolExecutor(4) as threads:
        database = databases.database(str(file))
        queries = [f"SELECT {n}, count(*) FROM number" for n in range(40)]
        found = list(threads.map(lambda sql: rows(database, sql), queries))
    assert found == [[(n, 4000)] for n in range(40)]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells it")
def test_a_process_takes_no_more_memory_than_its_bound(file: Path) -> None:
    with Databases(file.parent, connections=1) as databases:
        database = databases.database(str(file))
        [process] = processes_after(database)
        assert reason(database, "SELECT repeat('a', 1000000) FROM range(4000) ORDER BY 1") == "too_large"
        assert processes_after(database) == [process]
        status = Path(f"/proc/{process}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 2 << 20


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells it")
def test_the_worker_starts_without_the_rest_of_dfcli(file: Path) -> None:
    with Databases(file.parent, connections=1) as databases:
        [process] = processes_after(databases.database(str(file)))
        maps = Path(f"/proc/{process}/maps").read_text()
    assert "duckdb" in maps
    assert "polars" not in maps
