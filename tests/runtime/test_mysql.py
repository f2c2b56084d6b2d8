import contextlib
import datetime
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymysql  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server_databases import PASSWORD, PASSWORD_NAME, Place, mariadb_admin, mariadb_place
from servers import Server, free_port

from dfcli.errors import EnvironmentLacks
from dfcli.ops.database import Database, ForeignKey, Result, TableColumn
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.databases.pool import Pool

SCHEMA = """
CREATE TABLE city (id integer PRIMARY KEY, name text, founded date, seal blob);
INSERT INTO city VALUES (1, 'Porto', '1123-01-01', x'00ff'), (2, 'Graz', NULL, NULL), (3, 'Brno', NULL, NULL),
  (4, 'Lviv', NULL, NULL), (5, 'Porto', NULL, NULL);
CREATE TABLE number (n integer);
INSERT INTO number WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000) SELECT n FROM c;
INSERT INTO number SELECT n + 1000 FROM number;
INSERT INTO number SELECT n + 2000 FROM number;
CREATE VIEW old AS SELECT name FROM city WHERE founded IS NOT NULL;
CREATE SEQUENCE ticket;
CREATE TABLE `order` (
  city integer NOT NULL COMMENT 'where to', nr integer, `the ``price`` now` numeric(10, 2), kind enum('a', 'b'),
  PRIMARY KEY (nr, city), FOREIGN KEY (city) REFERENCES city (id)
) COMMENT 'what was ordered';
CREATE TABLE part (of_nr integer, of_city integer, FOREIGN KEY (of_nr, of_city) REFERENCES `order` (nr, city));
CREATE FUNCTION wait_probe() RETURNS integer
  BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the probe ran'; RETURN 1; END;
CREATE FUNCTION wreck() RETURNS integer MODIFIES SQL DATA BEGIN DELETE FROM city; RETURN 1; END;
"""
LONG = "SELECT 1" + " UNION SELECT 1" * 3000


@pytest.fixture(scope="module")
def place(mariadb_server: Server) -> Place:
    return mariadb_place(mariadb_server, f"towns_{os.getpid()}", SCHEMA)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with Databases(tmp_path_factory.mktemp("mysql"), connections=2) as databases:
        yield databases


@pytest.fixture(scope="module")
def database(databases: Databases, place: Place) -> Database:
    return databases.database(place.reader)


@pytest.fixture(scope="module")
def owned(databases: Databases, place: Place) -> Database:
    """The same database through a role that may do anything."""
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
        ("1e-1", 0.1),
        ("1.10", Decimal("1.10")),
        ("true", 1),
        ("'é😀\n'", "é😀\n"),
        ("x'00ff'", b"\x00\xff"),
        ("b'101'", b"\x05"),
        ("date '2024-02-29'", datetime.date(2024, 2, 29)),
        ("timestamp '2024-02-29 12:30:00'", datetime.datetime(2024, 2, 29, 12, 30)),
        ("time '12:30:01'", datetime.timedelta(0, 45001)),
        ("time '-800:00:01'", -datetime.timedelta(0, 2880001)),
        ("cast('0000-00-00' AS date)", "0000-00-00"),
        ("json_object('a', json_array(1, NULL))", '{"a": [1, null]}'),
        ("'it''s' ' \\'so\\''", "it's 'so'"),
        ('concat("double ""quotes""", \'\')', 'double "quotes"'),
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
        "SELECT 1 # said",
        "/* said */ SELECT 1",
        "SELECT /*+ MAX_EXECUTION_TIME(0) */ 1",
        "VALUES (1)",
        "(SELECT 1)",
        "SELECT 1 UNION SELECT 1",
        "SELECT 2--1 - 2",
        "WITH one AS (SELECT 1) SELECT * FROM one",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT min(n) FROM r",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5000) SELECT max(n) - 4999 FROM r",
        "SELECT 1 WHERE '; DROP TABLE city' LIKE '%drop%'",
        "SELECT 1 WHERE '\\'; DROP TABLE city -- ' <> ''",
        "SELECT count(*) FROM old",
        "SELECT count(*) % 4 FROM `city`",
        "SELECT @n := 1",
        "SELECT @n IS NULL",
    ],
)
def test_reading_in_any_form_is_allowed(database: Database, sql: str) -> None:
    assert rows(database, sql) == [(1,)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELEC 1", "syntax"),
        ("SELECT 1 +", "syntax"),
        ("SELECT 'open", "syntax"),
        ("SELECT 'open\\'", "syntax"),
        ("SELECT (1", "syntax"),
        ("TABLE city", "syntax"),
        ("", "syntax"),
        (" ; ", "syntax"),
        ("# nothing but a comment", "syntax"),
        ("SELECT 1\0", "syntax"),
        ("SELECT '\ud800'", "syntax"),
        ("SELECT * FROM town", "unknown_table"),
        ("SELECT nme FROM city", "unknown_column"),
        ("SELECT c.nme FROM city AS c", "unknown_column"),
        ("SELECT id FROM city AS a, city AS b", "other"),
        ("SELECT median_of(id) FROM city", "other"),
        ("SELECT id FROM city WHERE sum(id) > 1", "other"),
        ("SELECT * FROM mysql.user", "other"),
        ("SELECT * FROM other.city", "other"),
    ],
)
def test_a_wrong_query_says_in_a_word_what_is_wrong(database: Database, sql: str, expected: str) -> None:
    assert reason(database, sql) == expected


ATTACKS = [
    "INSERT INTO city VALUES (9, 'x', NULL, NULL)",
    "REPLACE INTO city VALUES (1, 'x', NULL, NULL)",
    "UPDATE city SET name = 'x'",
    "DELETE FROM city",
    "DELETE FROM city RETURNING id",
    "TRUNCATE city",
    "CREATE TABLE t (a int)",
    "CREATE TEMPORARY TABLE t (a int)",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW old AS SELECT 1",
    "DROP TABLE city",
    "ALTER TABLE city RENAME TO town",
    "RENAME TABLE city TO town",
    "GRANT ALL ON *.* TO x",
    "SET TRANSACTION READ WRITE",
    "SET SESSION TRANSACTION READ WRITE",
    "SET max_statement_time = 0",
    "SET STATEMENT max_statement_time = 0 FOR SELECT 1",
    "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
    "SET @x = 1",
    "SET GLOBAL general_log = 1",
    "COMMIT",
    "COMMIT; DELETE FROM city",
    "ROLLBACK",
    "BEGIN",
    "START TRANSACTION",
    "LOCK TABLES city WRITE",
    "UNLOCK TABLES",
    "FLUSH TABLES WITH READ LOCK",
    "SELECT * FROM city FOR UPDATE",
    "SELECT * FROM city LOCK IN SHARE MODE",
    "CALL p()",
    "DO sleep(60)",
    "DO release_all_locks()",
    "HANDLER city OPEN",
    "KILL 1",
    "SHUTDOWN",
    "PREPARE p FROM 'DELETE FROM city'",
    "EXECUTE p",
    "EXECUTE IMMEDIATE 'DELETE FROM city'",
    "ANALYZE TABLE city",
    "ANALYZE SELECT 1",
    "OPTIMIZE TABLE city",
    "EXPLAIN DELETE FROM city",
    "DESCRIBE city",
    "SHOW TABLES",
    "USE mysql",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE city",
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE city",
    "INSTALL SONAME 'evil'",
    "SELECT * FROM city INTO OUTFILE '/tmp/owned'",
    "SELECT 1 INTO DUMPFILE '/tmp/owned'",
    "SELECT * INTO OUTFILE '/tmp/owned' FROM city",
    "(SELECT 1) INTO OUTFILE '/tmp/owned'",
    "SELECT 1 UNION SELECT 2 INTO OUTFILE '/tmp/owned'",
    "SELECT 1 /* */ INTO /* */ OUTFILE '/tmp/owned'",
    "SELECT 1 /*! INTO OUTFILE '/tmp/owned' */",
    "SELECT 1 /*!50000 INTO OUTFILE '/tmp/owned' */",
    "SELECT 1 /*M! INTO OUTFILE '/tmp/owned' */",
    "SELECT 1 /*M!100100 INTO OUTFILE '/tmp/owned' */",
    "SELECT 1 -- /*\n INTO OUTFILE '/tmp/owned' -- */",
    "SELECT '\\'' INTO OUTFILE '/tmp/owned' -- '",
    'SELECT "\\"" INTO OUTFILE \'/tmp/owned\' -- "',
    "SELECT 1 INTO @x",
    "SELECT id INTO @x FROM city LIMIT 1",
    "SELECT load_file('/etc/passwd')",
    "SELECT LOAD_FILE /* */ ('/etc/passwd')",
    "SELECT `load_file`('/etc/passwd')",
    "SELECT get_lock('x', 1)",
    "SELECT release_lock('x')",
    "SELECT release_all_locks()",
    "SELECT master_pos_wait('x', 4)",
    "SELECT sys_exec('touch /tmp/owned')",
    "SELECT nextval(ticket)",
    "SELECT NEXT VALUE FOR ticket",
    "SELECT setval(ticket, 9)",
    "SELECT 1 FROM city PROCEDURE ANALYSE()",
    "SELECT 1; DROP TABLE city",
    "SELECT 1; SELECT 2",
    "SELECT 1; -- ;\n DELETE FROM city",
    "SELECT 1 /* ; */; /* */ UPDATE city SET name = 'x' -- ",
    "-- SELECT 1\nDELETE FROM city",
    "# SELECT 1\nDELETE FROM city",
    "/* SELECT */ DROP TABLE city /* FROM city */",
    "/*! DROP TABLE city */",
    "SELECT 1 /* /* */; DELETE FROM city -- */",
    "BEGIN NOT ATOMIC DELETE FROM city; END",
]
WRONG_ATTACKS = [
    "WITH x AS (SELECT 1) DELETE FROM city",
    "SELECT 1 /*!99999 ; */; DELETE FROM city",
    "SELECT 1 --/*\n1 INTO OUTFILE '/tmp/owned' -- */",
    "DELIMITER //",
]
"""Those that MariaDB does not take for SQL."""


@pytest.mark.parametrize("role", ["database", "owned"])
def test_anything_but_one_reading_statement_is_refused(request: pytest.FixtureRequest, role: str) -> None:
    database: Database = request.getfixturevalue(role)
    before = database.fingerprint()
    found = [(sql, each.error) for sql, each in zip(ATTACKS, database.run(ATTACKS, seconds=5, max_rows=9), strict=True)]
    assert [each for each in found if each[1] != "not_read_only"] == []
    wrong = [each.error for each in database.run(WRONG_ATTACKS, seconds=5, max_rows=9)]
    assert wrong == ["syntax"] * len(WRONG_ATTACKS)
    assert database.fingerprint() == before
    assert not Path("/tmp/owned").exists()
    assert rows(database, "SELECT @x IS NULL, @@session.max_statement_time") == [(1, 5.0)]


def test_the_server_itself_holds_where_the_gate_knows_nothing(owned: Database) -> None:
    before = owned.fingerprint()
    assert reason(owned, "SELECT wreck()") == "not_read_only"
    assert owned.fingerprint() == before


PIECES = (
    *(" ", ",", "'", "''", '"', '""', "`", "\\", "\n", ";", "(", ")", "N'", "x'", "_utf8'", "1", "a", "||", "#", "+"),
    *("--", "-- ", "/*", "*/", "/*!", "/*M!", "-", "/", "{#", "é", "\xa0", "wait_probe()", ", wait_probe() , ", "@a"),
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
        "SELECT sleep(60)",
        "SELECT sleep(60) FROM city",
        "SELECT benchmark(1000000000, md5('x'))",
        "SELECT sum(length(repeat('a', 10000)) + a.n) FROM number a, number b, number c",
    ],
)
def test_a_query_without_end_stops_at_its_deadline(database: Database, sql: str) -> None:
    assert reason(database, sql, seconds=0.2) == "timeout"
    assert rows(database, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('a', 2000000)",
        "SELECT repeat('a', 1000000000)",
        "SELECT length(repeat('a', 1000000000))",
        "SELECT repeat('a', 900000) FROM number",
        "SELECT group_concat(repeat('a', 1000), n) FROM number",
        "SELECT n FROM number",
        "SELECT lpad(n, 90000, '0') FROM number LIMIT 100",
        "SELECT a.n, b.n, c.n FROM number a, number b, number c",
        "SELECT '" + "x" * 200_000 + "'",
    ],
    ids=lambda sql: sql[:60],
)
def test_a_bomb_is_too_large(database: Database, sql: str) -> None:
    assert reason(database, sql) == "too_large"
    assert rows(database, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("sql", ["SELECT " + "(" * 3000 + "1" + ")" * 3000, LONG, "SELECT 1" + " - 1" * 9000], ids=len)
def test_nesting_is_a_finding_and_no_crash(database: Database, sql: str) -> None:
    assert reason(database, sql) in (None, "too_large")
    assert rows(database, "SELECT 1") == [(1,)]


def test_exactly_as_many_rows_as_allowed_are_given(database: Database) -> None:
    assert len(rows(database, "SELECT n FROM number LIMIT 7", max_rows=7)) == 7
    assert reason(database, "SELECT n FROM number LIMIT 8", max_rows=7) == "too_large"


def test_chance_is_the_same_on_each_run_of_a_query(database: Database) -> None:
    first, second = "SELECT n FROM number ORDER BY rand() LIMIT 5", "SELECT rand(), rand()"
    once = rows(database, first), rows(database, second)
    again = rows(database, first), rows(database, second)
    assert once == again
    assert once[0] != [(1,), (2,), (3,), (4,), (5,)]


def test_a_plan_reads_nothing(database: Database) -> None:
    for text in ("SELECT sleep(60) FROM number WHERE n > 1", "(SELECT sleep(60))", "VALUES (1)"):
        [found] = database.run([text], seconds=2, max_rows=50, plan=True)
        assert found.error is None
        assert found.columns == ("plan",)
    [(line,)] = next(database.run(["SELECT * FROM city WHERE id = 1"], seconds=2, max_rows=50, plan=True)).rows
    assert line == (
        "id: 1, select_type: SIMPLE, table: city, type: const, possible_keys: PRIMARY, key: PRIMARY, key_len: 4, "
        "ref: const, rows: 1"
    )
    assert [each.error for each in database.run(["DELETE FROM city"], seconds=2, max_rows=50, plan=True)] == [
        "not_read_only"
    ]


def test_tables_come_with_keys_and_comments(database: Database, owned: Database) -> None:
    tables = {each.full_name: each for each in database.tables()}
    assert list(tables) == ["city", "number", "old", "order", "part"]
    assert tables["city"].columns == (
        TableColumn("id", "int(11)", False),
        TableColumn("name", "text"),
        TableColumn("founded", "date"),
        TableColumn("seal", "blob"),
    )
    assert tables["city"].primary_key == ("id",)
    order = tables["order"]
    assert order.comment == "what was ordered"
    assert order.columns == (
        TableColumn("city", "int(11)", False, "where to"),
        TableColumn("nr", "int(11)", False),
        TableColumn("the `price` now", "decimal(10,2)"),
        TableColumn("kind", "enum('a','b')"),
    )
    assert order.primary_key == ("nr", "city")
    assert order.foreign_keys == (ForeignKey(("city",), "city", ("id",)),)
    assert tables["part"].foreign_keys == (ForeignKey(("of_nr", "of_city"), "order", ("nr", "city")),)
    assert [each.name for each in database.tables() if each.kind == "view"] == ["old"]
    assert tables["old"].create == ""
    [create] = [each.create for each in owned.tables() if each.kind == "view"]
    assert create.startswith("CREATE VIEW `old` AS select ")


def test_the_fingerprint_follows_the_content(place: Place, database: Database) -> None:
    prints = [database.fingerprint()]
    with mariadb_admin(place.server, place.name) as connection, connection.cursor() as admin:
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
    assert not {"mysql", "template0", "template1"} & set(found)
    assert rows(found[place.name], "SELECT count(*) FROM city") == [(5,)]


def test_what_a_role_may_write_is_said(database: Database, owned: Database, place: Place) -> None:
    assert pool(database).ask("may_write") == ""
    said = pool(owned).ask("may_write")
    assert said == f"the role {place.name}_owner@127.0.0.1 has the rights ALL PRIVILEGES on *.*"
    with mariadb_admin(place.server, place.name) as connection, connection.cursor() as admin:
        admin.execute(f"GRANT UPDATE (name), INSERT ON city TO {place.name}_reader@'127.0.0.1'")
        said = pool(database).ask("may_write")
        admin.execute(f"REVOKE UPDATE (name), INSERT ON city FROM {place.name}_reader@'127.0.0.1'")
    assert said == f"the role {place.name}_reader@127.0.0.1 has the rights INSERT, UPDATE on `{place.name}`.`city`"
    assert "PASSWORD" not in said


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


def kill(admin: Any, place: Place, condition: str = "true") -> int:
    """Kill a place's connections but this one, and return how many there were."""
    admin.execute(
        "SELECT id FROM information_schema.processlist "
        f"WHERE user LIKE '{place.name}%' AND id <> connection_id() AND {condition}"
    )
    found = admin.fetchall()
    for (number,) in found:
        with contextlib.suppress(pymysql.MySQLError):
            admin.execute(f"KILL {number}")
    return len(found)


def test_a_connection_that_the_server_ends_is_made_anew(place: Place, database: Database) -> None:
    with mariadb_admin(place.server) as connection, connection.cursor() as admin:
        assert rows(database, "SELECT 1") == [(1,)]
        assert kill(admin, place)
        assert rows(database, "SELECT 1") == [(1,)]
        assert kill(admin, place)
        assert len(database.fingerprint()) == 32
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(reason, database, "SELECT sleep(60)", 4)
            ended = 0
            while ended < 2 and not asked.done():
                ended += kill(admin, place, "info LIKE 'SELECT sleep%'")
                time.sleep(0.02)
            assert asked.result() == "other"


def test_a_killed_client_leaves_no_query_behind(place: Place, tmp_path: Path) -> None:
    def running() -> int:
        admin.execute("SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sleep(59)%'")
        return int(admin.fetchone()[0])

    with (
        Databases(tmp_path, connections=1) as databases,
        mariadb_admin(place.server) as connection,
        connection.cursor() as admin,
    ):
        database = databases.database(place.reader)
        assert rows(database, "SELECT 1") == [(1,)]
        process = pool(database)._idle.queue[0]
        assert process is not None
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(reason, database, "SELECT sleep(59)", 1.5)
            while not running():
                time.sleep(0.02)
            os.kill(process._process.pid, signal.SIGKILL)
            assert asked.result() == "too_large"
        ends = time.monotonic() + 10
        while running() and time.monotonic() < ends:
            time.sleep(0.05)
        assert running() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("reader:", "nobody:"), "Access denied for user"),
        (("$" + PASSWORD_NAME, "$DFCLI_TEST_WRONG"), "Access denied for user"),
        (("{port}", "{free}"), "Can't connect to MySQL server"),
        (("?ssl", "?local_infile=1&ssl"), "the URL has the option local_infile"),
        (("{name}?", "none?"), "Access denied for user"),
    ],
)
def test_what_is_wrong_with_the_server_is_one_sentence_without_the_password(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], words: str
) -> None:
    monkeypatch.setenv("DFCLI_TEST_WRONG", "wr@ng")
    known = {"port": str(place.server.port), "free": str(free_port()), "name": place.name}
    old, new = (part.format(**known) for part in change)
    url = f"{place.reader}?ssl_verify_cert=false".replace(old, new)
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
