"""What one statement is that only reads: a gate before the servers' own walls.

A server's read-only transaction lets through what changes no table: files written and read, locks taken, settings
changed, other servers called. So a text has to be shown to be one query that calls nothing known to do more. Where that
cannot be shown it is refused. The functions that a database's owner made are not known here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from dfcli.runtime.databases._lexis import Lexis, Served, Unreadable, lexis

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

_BEGINNINGS = {"SELECT", "WITH", "VALUES", "TABLE"}
_POSTGRES_FUNCTIONS = r"""
    set_config | currval | nextval | setval | lastval | txid_current | ts_stat | ts_rewrite
  | lo_(?:import | export | creat | create | unlink | from_bytea | put | get | open | close)
  | lo_(?:tell | lseek | truncate)(?:64)?
  | loread | lowrite | dblink\w* | \w*query\w*_to_xml\w* | cursor_to_xml\w* | crosstab\w* | connectby
  | xpath_table | http\w* | brin_\w+ | gin_clean_pending_list | binary_upgrade_\w+ | xslt_process
  | pg_(?!(?: typeof | sleep\w* | get_\w+ | \w*size\w* | \w+_is_visible | client_encoding | encoding_to_char
      | collation_for | backend_pid | postmaster_start_time | conf_load_time | input_\w+ | is_\w+ | my_temp_schema
      | index\w*_has_property | options_to_table | trigger_depth | describe_object | identify_object\w* | has_role
      | char_to_encoding | relation_filenode | timezone_\w+ )$)\w+
"""
_MYSQL_FUNCTIONS = r"""
    load_file | get_lock | release_\w*locks? | is_(?:free|used)_lock | \w+_pos_wait | master_gtid_wait | \w+_gtid_set
  | wait_\w+ | sys_(?:exec|eval|get|set) | lib_mysqludf_\w+ | nextval | lastval | setval | last_insert_id
"""
_FUNCTIONS = {
    "postgres": re.compile(_POSTGRES_FUNCTIONS, re.VERBOSE | re.IGNORECASE),
    "mysql": re.compile(_MYSQL_FUNCTIONS, re.VERBOSE | re.IGNORECASE),
}
_NOTHING = " \t\r\n\f\v;"
_UNPROVEN = "it could not be shown that this only reads"


@dataclass(frozen=True)
class Refusal:
    """Why a text may not run. Where that is not `certain` it may only be wrong SQL, which the engine can tell."""

    reason: Literal["syntax", "too_large", "not_read_only"]
    detail: str
    certain: bool = True


def readable(sql: str, dialect: Served) -> str | Refusal:
    """Return the one reading statement that a text is, without its comments, so that what runs is what was read."""
    if "\0" in sql or any("\ud800" <= each <= "\udfff" for each in sql):
        return Refusal("syntax", "a null character or half a character")
    try:
        found = lexis(sql.strip(_NOTHING), dialect)
        if (text := found.text.strip(_NOTHING)) != found.text:
            found = lexis(text, dialect)
    except Unreadable as error:
        return Refusal("not_read_only", f"{_UNPROVEN}: {error}", certain=False)
    if not found.text:
        return Refusal("syntax", "there is no statement")
    return _refusal(found, dialect) or found.text


def _refusal(found: Lexis, dialect: Served) -> Refusal | None:
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").disabled = True
    try:
        engine = Dialect.get_or_raise(dialect)
        tokens = engine.tokenize(found.text)
        statements = [each for each in engine.parser().parse(tokens, found.text) if each is not None]
    except RecursionError:
        return Refusal("too_large", "it is nested too deep")
    except (SqlglotError, ValueError):
        return Refusal("not_read_only", f"{_UNPROVEN}: it is no SQL that the parser knows", certain=False)
    if len(statements) != 1:
        return Refusal("not_read_only", f"{len(statements)} statements instead of one")
    if not _seen_alike(found, tokens):
        return Refusal("not_read_only", f"{_UNPROVEN}: quotes or comments that can be read in two ways", certain=False)
    return _of_statement(statements[0], tokens, dialect)


def _of_statement(statement: exp.Expr, tokens: list[Token], dialect: Served) -> Refusal | None:
    first = next((each.text.upper() for each in tokens if each.text != "("), "")
    # To sqlglot's MySQL, VALUES (1) is a function.
    if first not in _BEGINNINGS or not (_is_query(statement) or first == "VALUES"):
        return Refusal("not_read_only", "the statement is not a query", certain=False)
    for name in _changing(statement):
        return Refusal("not_read_only", f"the query does more than read: {name}")
    for name in _called(tokens):
        if _FUNCTIONS[dialect].fullmatch(name):
            return Refusal("not_read_only", f"the query calls {name}(), which does more than read tables")
    return None


def _is_query(statement: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(statement, exp.Query | exp.Values)


def _changing(statement: exp.Expr) -> Iterator[str]:
    """Yield the parts of a query that write, lock, or are not understood."""
    from sqlglot import exp

    kinds = (exp.DDL, exp.DML, exp.Drop, exp.Alter, exp.Into, exp.Lock, exp.Command, exp.Set, exp.NextValueFor)
    for node in statement.walk():
        if isinstance(node, kinds):
            yield node.key.upper()


def _called(tokens: list[Token]) -> Iterator[str]:
    """Yield every name that a parenthesis follows, also those in quotes, whatever the parser makes of them."""
    for name, following in pairwise(tokens):
        if following.text == "(":
            yield name.text


def _seen_alike(found: Lexis, tokens: list[Token]) -> bool:
    """Tell whether sqlglot sees the same quoted parts in a text, and no comment."""
    begins = {end: start for start, end in found.quoted}
    at = matched = 0
    for token in tokens:
        start, end = token.start, token.end + 1
        if found.text[at:start].strip() or token.comments:
            return False
        at = end
        # A prefix such as E or N belongs to the token for the one and not for the other.
        if end in begins and begins[end] - 1 <= start <= begins[end] + 1:
            matched += 1
        elif any(mark in found.text[start:end] for mark in "'\"`"):
            return False
    return matched == len(begins) and not found.text[at:].strip()
