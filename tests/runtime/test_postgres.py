import datetime
import math
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server_databases import PASSWORD, PASSWORD_NAME, Place, postgres_admin, postgres_place
from servers import Server, free_port

from dfcli.errors import EnvironmentLacks
from dfcli.ops.database import Database, ForeignKey, Result, TableColumn
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.databases.pool import Pool

SCHEMA = """
CREATE TABLE city (id integer PRIMARY KEY, name text, founded date, seal bytea);
INSERT INTO city VALUES (1, 'Porto', '1123-01-01', '\\x00ff'), (2, 'Graz', NULL, NULL), (3, 'Brno', NULL, NULL),
  (4, 'Lviv', NULL, NULL), (5, 'Porto', NULL, NULL);
CREATE TABLE number (n integer);
INSERT INTO number SELECT generate_series(1, 4000);
CREATE VIEW old AS SELECT name FROM city WHERE founded IS NOT NULL;
CREATE SEQUENCE ticket;
CREATE SCHEMA trade;
CREATE TABLE trade."order" (
  city integer NOT NULL REFERENCES city, nr integer, "the ""price"" now" numeric(10, 2), tags text[],
  PRIMARY KEY (nr, city)
);
COMMENT ON TABLE trade."order" IS 'what was ordered';
COMMENT ON COLUMN trade."order".city IS 'where to';
CREATE TABLE trade.part (of_nr integer, of_city integer, FOREIGN KEY (of_nr, of_city) REFERENCES trade."order");
CREATE MATERIALIZED VIEW trade.totals AS SELECT count(*) AS n FROM city;
CREATE TABLE closed (secret text);
CREATE FUNCTION trade.wreck() RETURNS bigint LANGUAGE sql AS
  $$ WITH gone AS (DELETE FROM public.city RETURNING id) SELECT count(*) FROM gone $$;
CREATE FUNCTION trade.open_up() RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN SET TRANSACTION READ WRITE; RETURN trade.wreck(); END $$;
CREATE FUNCTION trade.set_up() RETURNS bigint LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); RETURN trade.wreck(); END $$;
CREATE FUNCTION pg_probe() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'the probe ran'; END $$;
CREATE FUNCTION trade.spy() RETURNS text LANGUAGE sql AS $$ SELECT pg_read_file('/etc/passwd') $$;
"""
LONG = "SELECT 1" + " UNION SELECT 1" * 3000


@pytest.fixture(scope="module")
def place(postgres_server: Server) -> Place:
    return postgres_place(postgres_server, f"towns_{os.getpid()}", SCHEMA)


@pytest.fixture(scope="module")
def databases(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with postgres_admin(place.server, place.name) as admin:
        admin.execute(f"REVOKE ALL ON closed FROM {place.name}_reader")
    with Databases(tmp_path_factory.mktemp("postgres"), connections=2) as databases:
        yield databases


@pytest.fixture(scope="module")
def database(databases: Databases, place: Place) -> Database:
    return databases.database(place.reader)


@pytest.fixture(scope="module")
def owned(databases: Databases, place: Place) -> Database:
    """The same database through a superuser."""
    return databases.database(place.owner)


def result(database: Database, sql: str, seconds: float = 5, max_rows: int = 100) -> Result:
    [found] = database.run([sql], seconds=seconds, max_rows=max_rows)
    return found


def rows(database: Database, sql: str, max_rows: int = 100) -> list[tuple[object, ...]]:
    found = result(database, sql, max_rows=max_rows)
    assert found.error is None, found.detail
    return list(found.rows)


def reason(database: Database, sql: str, seconds: float = 5, max_rows: int = 100) -> str | None:
    return result(database, sql, seconds, max_rows).error


def pool(database: Database) -> Pool:
    assert isinstance(database, Pool)
    return database


def test_a_query_gives_its_columns_and_rows(database: Database) -> None:
    found = result(database, "SELECT name, id AS nr FROM city WHERE id < 3 ORDER BY id", max_rows=2)
    assert (found.columns, found.rows) == (("name", "nr"), (("Porto", 1), ("Graz", 2)))
    assert result(database, "SELECT name, id FROM city WHERE id > 9").columns == ("name", "id")


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("NULL", None),
        ("9007199254740993", 9007199254740993),
        ("0.1::float8", 0.1),
        ("'infinity'::float8", math.inf),
        ("1.10", Decimal("1.10")),
        ("true", True),
        ("'é\U0001f600\n'", "é\U0001f600\n"),
        ("'\\x00ff'::bytea", b"\x00\xff"),
        ("date '2024-02-29'", datetime.date(2024, 2, 29)),
        ("time '12:30:01.5'", datetime.time(12, 30, 1, 500000)),
        ("timestamp '2024-02-29 12:30'", datetime.datetime(2024, 2, 29, 12, 30)),
        ("timestamptz '2024-02-29 12:30+02'", datetime.datetime(2024, 2, 29, 10, 30, tzinfo=datetime.UTC)),
        ("interval '2 days 1 second'", datetime.timedelta(2, 1)),
        ("interval '1 month'", "1 mon"),
        ("date 'infinity'", "infinity"),
        ("date '12000-01-01'", "12000-01-01"),
        ("timestamp '0044-03-15 BC'", "0044-03-15 00:00:00 BC"),
        ("time '24:00'", "24:00:00"),
        ("""'{"a": [1, null]}'::json""", '{"a": [1, null]}'),
        ("""'{"a": [1, null]}'::jsonb""", '{"a": [1, null]}'),
        ("ARRAY[1, NULL, 3]", "[1, null, 3]"),
        ("ARRAY['é', 'b']", '["é", "b"]'),
        ("ARRAY[date '2024-02-29']", '["2024-02-29"]'),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("'10.0.0.0/8'::inet", "10.0.0.0/8"),
        ("int4range(1, 5)", "[1,5)"),
        ("point '(1,2)'", "(1,2)"),
        ("B'101'", "101"),
        ("'12.5'::money", "$12.50"),
    ],
)
def test_every_kind_of_value_comes_through(database: Database, sql: str, value: object) -> None:
    [(found,)] = rows(database, f"SELECT {sql}")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;",
        "SELECT 1; -- said",
        "/* said /* twice */ */ SELECT 1",
        "VALUES (1)",
        "(SELECT 1)",
        "SELECT 1 UNION SELECT 1",
        "WITH one AS (SELECT 1) SELECT * FROM one",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT min(n) FROM r",
        "SELECT (value #>> '{}')::int FROM json_array_elements('[1]')",
        "SELECT 1 WHERE '; DROP TABLE city' LIKE '%drop%' OR $q$ -- it's $q$ <> ''",
        "SELECT count(*)::int FROM old",
        "SELECT 1 WHERE E'\\'' = ''''",
        'SELECT count(*)::int % 4 FROM "city"',
    ],
)
def test_reading_in_any_form_is_allowed(database: Database, sql: str) -> None:
    assert rows(database, sql) == [(1,)]


def test_a_whole_table_is_a_query(database: Database) -> None:
    assert rows(database, "TABLE trade.totals") == [(5,)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELEC 1", "syntax"),
        ("SELECT 1 +", "syntax"),
        ("SELECT 'open", "syntax"),
        ("SELECT /* open", "syntax"),
        ("SELECT (1", "syntax"),
        ("", "syntax"),
        (" ; ", "syntax"),
        ("-- nothing but a comment", "syntax"),
        ("SELECT 1\0", "syntax"),
        ("SELECT '\ud800'", "syntax"),
        ("SELECT * FROM town", "unknown_table"),
        ("SELECT * FROM other.city", "unknown_table"),
        ("SELECT nme FROM city", "unknown_column"),
        ("SELECT c.nme FROM city AS c", "unknown_column"),
        ("SELECT id FROM city AS a, city AS b", "other"),
        ("SELECT median(id) FROM city", "other"),
        ("SELECT id FROM city WHERE sum(id) > 1", "other"),
        ("SELECT $1", "other"),
        ("SELECT 1 / 0", "other"),
        ("SELECT * FROM closed", "other"),
        ("SELECT id, count(*) FROM city GROUP BY name", "other"),
    ],
)
def test_a_wrong_query_says_in_a_word_what_is_wrong(database: Database, sql: str, expected: str) -> None:
    assert reason(database, sql) == expected


ATTACKS = [
    "INSERT INTO city VALUES (9, 'x', NULL, NULL)",
    "UPDATE city SET name = 'x'",
    "DELETE FROM city",
    "DELETE FROM city RETURNING id",
    "TRUNCATE city",
    "MERGE INTO city USING number ON id = n WHEN MATCHED THEN DELETE",
    "WITH x AS (SELECT 1) UPDATE city SET name = 'x'",
    "WITH gone AS (DELETE FROM city RETURNING id) SELECT * FROM gone",
    "WITH new AS (INSERT INTO number VALUES (0) RETURNING n) TABLE new",
    "SELECT * FROM (WITH gone AS (DELETE FROM city RETURNING id) SELECT * FROM gone) x",
    "CREATE TABLE t (a int)",
    "CREATE TEMP TABLE t (a int)",
    "CREATE TABLE t AS SELECT 1",
    "SELECT 1 INTO t",
    "SELECT * INTO TEMP t FROM city",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE city",
    "ALTER TABLE city RENAME TO town",
    "ALTER ROLE CURRENT_USER SET default_transaction_read_only = off",
    "GRANT ALL ON city TO PUBLIC",
    "set transaction read write; create table t (a int)",
    "SET TRANSACTION READ WRITE",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET statement_timeout = 0",
    "RESET ALL",
    "RESET ROLE",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT set_config('statement_timeout', '0', false), pg_sleep(0)",
    "SELECT pg_catalog.set_config('role', 'postgres', true)",
    "SELECT \"set_config\" ('role', 'postgres', true)",
    "SELECT U&\"set\\005fconfig\"('role', 'postgres', true)",
    "SELECT U&'\\0027', set_config('a.b', U&'\\0027', false)",
    "SELECT E'a'\n'\\', set_config($$a.b$$, $$c$$, false), '",
    "SELECT a$x$, set_config('a.b', 'c', false) AS b$x$ FROM (SELECT 1 AS a$x$) q",
    "COPY city TO PROGRAM 'touch /tmp/owned'",
    "COPY (SELECT 1) TO '/tmp/owned'",
    "COPY city FROM '/etc/passwd'",
    "DO $$ BEGIN DELETE FROM city; END $$",
    "CALL f()",
    "LOCK TABLE city",
    "SELECT * FROM city FOR UPDATE",
    "SELECT * FROM city FOR KEY SHARE SKIP LOCKED",
    "LISTEN x",
    "NOTIFY x",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "COMMIT; DELETE FROM city",
    "ROLLBACK",
    "SAVEPOINT s",
    "PREPARE p AS DELETE FROM city",
    "EXECUTE p",
    "DECLARE c CURSOR FOR SELECT 1",
    "FETCH ALL FROM c",
    "LOAD 'evil'",
    "DISCARD ALL",
    "CHECKPOINT",
    "EXPLAIN ANALYZE DELETE FROM city",
    "EXPLAIN DELETE FROM city",
    "SHOW data_directory",
    "SELECT nextval('ticket')",
    "SELECT setval('ticket', 9)",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/owned')",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT PG_READ_BINARY_FILE('/etc/passwd')",
    "SELECT * FROM pg_ls_dir('/')",
    "SELECT pg_stat_file('/etc/passwd')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
    "SELECT pg_cancel_backend(1)",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(1)",
    "SELECT pg_notify('x', 'y')",
    "SELECT pg_logical_emit_message(false, 'x', 'y')",
    "SELECT pg_export_snapshot()",
    "SELECT dblink('dbname=postgres', 'DROP TABLE city')",
    "SELECT dblink_exec('dbname=postgres', 'DROP TABLE city')",
    "SELECT query_to_xml('DELETE FROM city', true, true, '')",
    "SELECT query_to_xml_and_xmlschema('SELECT pg_read_file(''/etc/passwd'')', true, true, '')",
    "SELECT * FROM ts_stat('SELECT pg_read_file(''/etc/passwd'')::tsvector')",
    "SELECT 1; DROP TABLE city",
    "SELECT 1; SELECT 2",
    "SELECT 1; -- ;\n DELETE FROM city",
    "SELECT 1 /* /* */ ; SELECT 2 -- */ ; DELETE FROM city",
    "SELECT 1 /* ; */; /* */ UPDATE city SET name = 'x' -- ",
    "-- SELECT 1\nDELETE FROM city",
    "-- SELECT 1\rDELETE FROM city",
    "/* SELECT */ DROP TABLE city /* FROM city */",
    "SELECT $a$ ; $a$; DELETE FROM city; SELECT $a$ $a$",
    "SELECT '\\'; DELETE FROM city; --'",
]


@pytest.mark.parametrize("role", ["database", "owned"])
def test_anything_but_one_reading_statement_is_refused(request: pytest.FixtureRequest, role: str) -> None:
    database: Database = request.getfixturevalue(role)
    before = database.fingerprint()
    found = [(sql, each.error) for sql, each in zip(ATTACKS, database.run(ATTACKS, seconds=5, max_rows=9), strict=True)]
    assert [each for each in found if each[1] != "not_read_only"] == []
    assert database.fingerprint() == before
    assert not Path("/tmp/owned").exists()
    assert rows(database, "SELECT last_value, is_called FROM ticket" if role == "owned" else "SELECT 1, false") == [
        (1, False)
    ]
    assert rows(database, "SELECT current_setting('transaction_read_only'), to_regclass('t')::text") == [("on", None)]


@pytest.mark.parametrize(
    ("function", "expected"),
    [("wreck", "not_read_only"), ("open_up", "not_read_only"), ("set_up", "not_read_only"), ("spy", "other")],
)
@pytest.mark.parametrize("role", ["database", "owned"])
def test_the_server_itself_holds_where_the_gate_knows_nothing(
    request: pytest.FixtureRequest, role: str, function: str, expected: str
) -> None:
    database: Database = request.getfixturevalue(role)
    before = database.fingerprint()
    assert reason(database, f"SELECT trade.{function}()") == expected
    assert database.fingerprint() == before


def test_a_superuser_goes_on_as_one_who_reads(owned: Database) -> None:
    assert rows(owned, "SELECT current_user::text") == [("pg_read_all_data",)]
    assert rows(owned, "SELECT count(*) FROM closed") == [(0,)]


PIECES = (
    *(" ", ",", "'", "''", '"', "\\", "\n", ";", "(", ")", "E'", "N'", "U&'", "$$", "$a$", "a$a$", "1", "a", "||"),
    *(
        "--",
        "/*",
        "*/",
        "-",
        "/",
        "{#",
        "#}",
        "é",
        "\xa0",
        "pg_probe()",
        ", pg_probe() , ",
        '"pg_probe"()',
        "e",
        "B'1'",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: "SELECT 1, " + "".join(pieces))


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(TEXTS, min_size=20, max_size=20))
def test_no_play_with_quotes_and_comments_brings_a_denied_function_to_run(owned: Database, texts: list[str]) -> None:
    found = list(owned.run(texts, seconds=5, max_rows=5))
    assert [sql for sql, each in zip(texts, found, strict=True) if "the probe ran" in each.detail] == []


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM number a, number b, number c",
        "SELECT a.n FROM number a, number b, number c ORDER BY a.n * b.n - c.n LIMIT 1",
        "SELECT pg_sleep(60)",
        "SELECT pg_sleep_for('1 hour')",
        "SELECT count(*) FROM generate_series(1, 1000000000)",
        "SELECT sum(length(repeat('a', 10000) || a.n)) FROM number a, number b",
    ],
)
def test_a_query_without_end_stops_at_its_deadline(database: Database, sql: str) -> None:
    assert reason(database, sql, seconds=0.2) == "timeout"
    assert rows(database, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('a', 2000000)",
        "SELECT repeat('a', 20000000)",
        "SELECT repeat('a', 2000000000)",
        "SELECT repeat('a', 900000) FROM number",
        "SELECT n FROM number",
        "SELECT lpad(n::text, 90000) FROM number LIMIT 100",
        "SELECT generate_series(1, 1000000000)",
        "SELECT a.n, b.n FROM number a, number b",
        "SELECT '" + "x" * 200_000 + "'",
    ],
    ids=lambda sql: sql[:60],
)
def test_a_bomb_is_too_large(database: Database, sql: str) -> None:
    assert reason(database, sql) == "too_large"
    assert rows(database, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("times", [2, 3])
def test_a_value_of_a_gigabyte_ends_in_time_or_has_no_room(database: Database, times: int) -> None:
    # Which of the two comes first is a matter of the machine: some take seconds to make so much memory.
    assert reason(database, f"SELECT repeat('a', {times * 333_333_333})", seconds=0.7) in ("timeout", "too_large")
    assert rows(database, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("sql", ["SELECT " + "(" * 3000 + "1" + ")" * 3000, LONG, "SELECT 1" + " - 1" * 9000], ids=len)
def test_nesting_is_a_finding_and_no_crash(database: Database, sql: str) -> None:
    assert reason(database, sql) in (None, "too_large")
    assert rows(database, "SELECT 1") == [(1,)]


def test_exactly_as_many_rows_as_allowed_are_given(database: Database) -> None:
    assert len(rows(database, "SELECT n FROM number LIMIT 7", max_rows=7)) == 7
    assert reason(database, "SELECT n FROM number LIMIT 8", max_rows=7) == "too_large"


def test_chance_is_the_same_on_each_run_of_a_query(database: Database) -> None:
    first, second = "SELECT n FROM number ORDER BY random() LIMIT 5", "SELECT random(), random()"
    once = rows(database, first), rows(database, second)
    again = rows(database, first), rows(database, second)
    assert once == again
    assert once[0] != [(1,), (2,), (3,), (4,), (5,)]


def test_a_plan_reads_nothing(database: Database) -> None:
    sql = "SELECT pg_sleep(60) FROM city WHERE id = 1"
    for text in (sql, f"({sql})", "VALUES (1)"):
        [found] = database.run([text], seconds=2, max_rows=50, plan=True)
        assert found.error is None
        assert found.columns == ("plan",)
    assert [each.error for each in database.run(["DELETE FROM city"], seconds=2, max_rows=50, plan=True)] == [
        "not_read_only"
    ]


def test_tables_come_with_keys_comments_and_schemas(database: Database) -> None:
    tables = {each.full_name: each for each in database.tables()}
    assert list(tables) == ["city", "closed", "number", "old", "trade.order", "trade.part", "trade.totals"]
    assert tables["city"].columns == (
        TableColumn("id", "integer", False),
        TableColumn("name", "text"),
        TableColumn("founded", "date"),
        TableColumn("seal", "bytea"),
    )
    assert tables["city"].primary_key == ("id",)
    order = tables["trade.order"]
    assert (order.schema, order.name, order.comment) == ("trade", "order", "what was ordered")
    assert order.columns == (
        TableColumn("city", "integer", False, "where to"),
        TableColumn("nr", "integer", False),
        TableColumn('the "price" now', "numeric(10,2)"),
        TableColumn("tags", "text[]"),
    )
    assert order.primary_key == ("nr", "city")
    assert order.foreign_keys == (ForeignKey(("city",), "city", ("id",)),)
    assert tables["trade.part"].foreign_keys == (ForeignKey(("of_nr", "of_city"), "trade.order", ("nr", "city")),)
    assert [each.full_name for each in database.tables() if each.kind == "view"] == ["old", "trade.totals"]
    create = " ".join(tables["old"].create.split())
    assert create == 'CREATE VIEW "old" AS SELECT name FROM city WHERE (founded IS NOT NULL)'


def test_the_fingerprint_follows_the_content(place: Place, database: Database) -> None:
    prints = [database.fingerprint()]
    with postgres_admin(place.server, place.name) as admin:
        for change in (
            "UPDATE city SET name = 'Wien' WHERE id = 2",
            "UPDATE city SET name = 'Graz' WHERE id = 2",
            "CREATE TABLE later (a int)",
            "DROP TABLE later",
        ):
            admin.execute(change)
            prints.append(database.fingerprint())
    assert prints[0] == prints[2] == prints[4]
    assert len(set(prints)) == 3


def test_the_databases_of_a_server_are_found(databases: Databases, place: Place) -> None:
    found = databases.databases(place.reader.removesuffix(f"/{place.name}"))
    assert place.name in found
    assert not {"postgres", "template0", "template1"} & set(found)
    assert rows(found[place.name], "SELECT count(*) FROM city") == [(5,)]


def test_what_a_role_may_write_is_said(database: Database, owned: Database, place: Place) -> None:
    assert pool(database).ask("may_write") == ""
    assert pool(owned).ask("may_write") == f"the role {place.name}_owner is a superuser"
    with postgres_admin(place.server, place.name) as admin:
        admin.execute(f"GRANT UPDATE (name) ON city TO {place.name}_reader")
        said = pool(database).ask("may_write")
        admin.execute(f"REVOKE UPDATE (name) ON city FROM {place.name}_reader")
    assert said == f"the role {place.name}_reader can change public.city"


def test_many_connections_answer_at_once_and_in_order(place: Place, tmp_path: Path) -> None:
    with Databases(tmp_path, connections=3) as databases:
        database = databases.database(place.reader)
        found = list(database.run([f"SELECT {n}" for n in range(60)], seconds=5, max_rows=1))
        with ThreadPoolExecutor(4) as threads:
            counts = list(threads.map(lambda n: rows(database, f"SELECT count(*) + {n} FROM city"), range(12)))
    assert [each.rows for each in found] == [((n,),) for n in range(60)]
    assert counts == [[(5 + n,)] for n in range(12)]


def test_a_query_whose_process_is_lost_fails_alone(place: Place, tmp_path: Path) -> None:
    with Databases(tmp_path, connections=1) as databases:
        database = databases.database(place.reader)
        assert rows(database, "SELECT 1") == [(1,)]
        process = pool(database)._idle.queue[0]
        assert process is not None
        os.kill(process._process.pid, signal.SIGTERM)
        assert reason(database, "SELECT 1") == "other"
        assert rows(database, "SELECT 1") == [(1,)]


def test_a_connection_that_the_server_ends_is_made_anew(place: Place, database: Database) -> None:
    others = f"datname = '{place.name}' AND pid <> pg_backend_pid()"
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    with postgres_admin(place.server, place.name) as admin:
        assert rows(database, "SELECT 1") == [(1,)]
        admin.execute(end)
        assert rows(database, "SELECT 1") == [(1,)]
        admin.execute(end)
        assert len(database.fingerprint()) == 32
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(reason, database, "SELECT pg_sleep(60)", 4)
            ended = 0
            while ended < 2 and not asked.done():
                query = f"{end} AND query LIKE '%pg_sleep%' AND state = 'active'"
                ended += len(admin.execute(query).fetchall())
                time.sleep(0.02)
            assert asked.result() == "other"


def test_a_killed_client_leaves_no_query_behind(place: Place, tmp_path: Path) -> None:
    running = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE query LIKE '%1 = 1 AND%' AND state = 'active' AND pid <> pg_backend_pid()"
    )
    with Databases(tmp_path, connections=1) as databases, postgres_admin(place.server) as admin:
        database = databases.database(place.reader)
        assert rows(database, "SELECT 1") == [(1,)]
        process = pool(database)._idle.queue[0]
        assert process is not None
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(reason, database, "SELECT pg_sleep(60) WHERE 1 = 1 AND true", 1.5)
            while admin.execute(running).fetchone() != (1,):
                time.sleep(0.02)
            os.kill(process._process.pid, signal.SIGKILL)
            assert asked.result() == "too_large"
        ends = time.monotonic() + 10
        while admin.execute(running).fetchone() != (0,) and time.monotonic() < ends:
            time.sleep(0.05)
        assert admin.execute(running).fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("reader:", "nobody:"), "password authentication failed"),
        (("$" + PASSWORD_NAME, "$DFCLI_TEST_WRONG"), "password authentication failed"),
        (("{port}", "{free}"), "Connection refused"),
        (("{name}?", "none?"), 'database "none" does not exist'),
    ],
)
def test_what_is_wrong_with_the_server_is_one_sentence_without_the_password(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], words: str
) -> None:
    monkeypatch.setenv("DFCLI_TEST_WRONG", "wr@ng")
    known = {"port": str(place.server.port), "free": str(free_port()), "name": place.name}
    old, new = (part.format(**known) for part in change)
    url = f"{place.reader}?application_name=x".replace(old, new)
    with Databases(tmp_path, connections=1) as databases, pytest.raises(EnvironmentLacks) as caught:
        rows(databases.database(url), "SELECT 1")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert "wr@ng" not in str(caught.value)


def test_a_password_that_the_environment_lacks_is_asked_for(place: Place, tmp_path: Path) -> None:
    url = place.reader.replace(PASSWORD_NAME, "DFCLI_TEST_NOT_SET")
    with Databases(tmp_path) as databases, pytest.raises(EnvironmentLacks, match="set DFCLI_TEST_NOT_SET in the env"):
        databases.database(url)
