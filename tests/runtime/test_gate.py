from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot.dialects.dialect import Dialect

from dfcli.runtime.databases._gate import Refusal, readable
from dfcli.runtime.databases._lexis import Served

POSTGRES = [
    ("SELECT 1", "SELECT 1"),
    ("SELECT 1; -- said", "SELECT 1"),
    (" ;; SELECT 1 ;;\n", "SELECT 1"),
    ("SELECT/*x*/1", "SELECT     1"),
    ("SELECT 1 -- x\n, 2", "SELECT 1     \n, 2"),
    ("SELECT 1 -- x\r, 2", "SELECT 1     \r, 2"),
    ("SELECT 1 /* a /* b */ c */, 2", "SELECT 1                  , 2"),
    ("SELECT '--', '/*', \"--\" FROM t", "SELECT '--', '/*', \"--\" FROM t"),
    ("SELECT $$ -- $$, $é$ /* $$ $é$", "SELECT $$ -- $$, $é$ /* $$ $é$"),
    ("SELECT E'\\'--', '\\' -- '", "SELECT E'\\'--', '\\'"),
    ("SELECT a -- '\n, b -- '", "SELECT a     \n, b"),
    ("TABLE city", "TABLE city"),
    ("SELECT 5--1", "SELECT 5"),
]
MYSQL = [
    ("SELECT 5--1", "SELECT 5- -1"),
    ("SELECT 5--1--2", "SELECT 5- -1- -2"),
    ("SELECT 5 -- 1", "SELECT 5"),
    ("SELECT 5--\t1", "SELECT 5"),
    ("SELECT 5 --", "SELECT 5"),
    ("SELECT 5 # 1\n, 2", "SELECT 5    \n, 2"),
    ("SELECT 5 # 1\r, 2", "SELECT 5"),
    ("SELECT 1 /* a /* b */, 2", "SELECT 1             , 2"),
    ("SELECT '#', \"--\", `/*` FROM t", "SELECT '#', \"--\", `/*` FROM t"),
    ("SELECT '\\'# ', \"\\\"# \"", "SELECT '\\'# ', \"\\\"# \""),
    ("SELECT /*+ SET_VAR(a=0) */ 1", "SELECT                     1"),
]


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [("postgres", *each) for each in POSTGRES] + [("mysql", *each) for each in MYSQL],
)
def test_a_query_passes_without_its_comments(dialect: Served, sql: str, expected: str) -> None:
    assert readable(sql, dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "sql", "words"),
    [
        ("postgres", "SELECT 1; SELECT 2", "2 statements instead of one"),
        ("postgres", "WITH x AS (DELETE FROM a RETURNING b) SELECT * FROM x", "does more than read: DELETE"),
        ("postgres", "SELECT 1 INTO t", "does more than read: INTO"),
        ("postgres", "SELECT * FROM a FOR UPDATE", "does more than read: LOCK"),
        ("postgres", "SELECT pg_catalog . \"pg_read_file\" ('x')", "calls pg_read_file()"),
        ("postgres", "SELECT (SELECT 1 FROM (SELECT dblink('a')) b)", "calls dblink()"),
        ("postgres", "SELECT pg_something_new()", "calls pg_something_new()"),
        ("mysql", "SELECT load_file\n('x')", "calls load_file()"),
        ("mysql", "SELECT 1 INTO @a", "does more than read: INTO"),
        ("postgres", "DELETE FROM a", "is not a query"),
        ("postgres", "COPY a TO PROGRAM 'x'", "is not a query"),
        ("mysql", "SET @a = 1", "is not a query"),
    ],
)
def test_what_does_more_than_read_is_named(dialect: Served, sql: str, words: str) -> None:
    found = readable(sql, dialect)
    assert isinstance(found, Refusal)
    assert found.reason == "not_read_only"
    assert words in found.detail


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", 'SELECT U&"a"'),
        ("postgres", "SELECT E'a'\n'\\' -- '"),
        ("postgres", "SELECT E'a' -- x\n'\\' -- '"),
        ("postgres", "SELECT 'open"),
        ("postgres", "SELECT $a$ open $b$"),
        ("postgres", "SELECT 1 /* /* */"),
        ("postgres", "SELECT 1 {# x #}"),
        ("mysql", "SELECT 1 /*! , 2 */"),
        ("mysql", "SELECT 1 /*M!100000 , 2 */"),
        ("mysql", "SELECT 'open\\'"),
        ("mysql", "SELECT 1 INTO OUTFILE 'x'"),
    ],
)
def test_what_can_be_read_in_two_ways_is_left_to_the_server_to_call_wrong(dialect: Served, sql: str) -> None:
    found = readable(sql, dialect)
    assert isinstance(found, Refusal)
    assert (found.reason, found.certain) == ("not_read_only", False)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", "syntax"),
        (";", "syntax"),
        ("-- x", "syntax"),
        ("SELECT '\0'", "syntax"),
        ("SELECT '\ud800'", "syntax"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "too_large"),
    ],
    ids=lambda sql: sql[:9].encode("unicode_escape").decode(),
)
@pytest.mark.parametrize("dialect", get_args(Served))
def test_what_no_server_need_see_is_answered_at_once(dialect: Served, sql: str, reason: str) -> None:
    found = readable(sql, dialect)
    assert isinstance(found, Refusal)
    assert (found.reason, found.certain) == (reason, True)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH lo_data (a) AS (SELECT 1) SELECT a FROM lo_data",
        "SELECT setval, lo_import FROM nextval",
        "SELECT pg_size_pretty(pg_total_relation_size('a')), pg_typeof(1), pg_get_viewdef(1)",
        "SELECT count(*) FILTER (WHERE a > 1) OVER (PARTITION BY b ORDER BY c) FROM t",
        "SELECT a->>'b', c #>> '{d,e}', f::int, g @> '1', h ~* 'i' FROM t",
        "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC NULLS LAST",
        "SELECT * FROM a, LATERAL (SELECT b FROM c) d",
    ],
)
def test_what_only_looks_dangerous_passes(sql: str) -> None:
    assert readable(sql, "postgres") == sql


PIECES = [
    *("SELECT", " ", "1", "a", ",", "'", "''", '"', "`", "\\", "--", "#", "/*", "*/", "/*!", "\n", "\r", ";", "(", ")"),
    *(
        "$$",
        "$a$",
        "$",
        "E'",
        "U&'",
        "N'",
        "{{",
        "{#",
        "#}",
        "é",
        "\xa0",
        "-",
        "*",
        "/",
        "+",
        "FROM",
        "pg_notify(",
        "@x",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map(lambda pieces: "SELECT 1 " + "".join(pieces))


@pytest.mark.parametrize("dialect", get_args(Served))
@given(sql=TEXTS)
def test_what_passes_passes_again_unchanged_and_holds_no_comment(dialect: Served, sql: str) -> None:
    text = readable(sql, dialect)
    if isinstance(text, Refusal):
        return
    assert readable(text, dialect) == text
    assert not any(each.comments for each in Dialect.get_or_raise(dialect).tokenize(text))
