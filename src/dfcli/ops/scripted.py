"""A context for tests: everything an operator may use besides its rows, answered from a script, with nothing outside.

`Scripted.of(example)` is the context of an operator's example. Tests of your own operators may use it as well.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import PurePath
from random import Random
from typing import Any, NamedTuple

import polars as pl

from dfcli.errors import BadReply, InputError
from dfcli.ops import _sqlite_tables
from dfcli.ops.base import Example, Prompt, Reply, Row
from dfcli.ops.database import Database, Dialect, Error, Result, Table

_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_REASONS: Mapping[Error, str] = {
    "not_read_only": "not authorized|prohibited|one statement",
    "syntax": "syntax error|incomplete input|unrecognized token|null character|surrogates",
    "unknown_table": "no such table",
    "unknown_column": "no such column",
}


@dataclass
class Script:
    """A `Database` for tests: SQLite in memory, made anew from an SQL script each time; time is not limited."""

    url: str
    script: str
    name: str = "script"
    dialect: Dialect = "sqlite"

    def tables(self) -> Sequence[Table]:
        """Return its tables and views, in the order they were made."""
        with self._made() as connection:
            return _sqlite_tables.tables(connection)

    def run(self, queries: Sequence[str], *, seconds: float, max_rows: int, plan: bool = False) -> Iterator[Result]:
        """Yield one result per query, in order."""
        with self._made() as connection:
            connection.set_authorizer(lambda action, *_: int(action not in _READING))
            for sql in queries:
                yield _planned(connection, sql) if plan else _result(connection, sql, max_rows)

    def fingerprint(self) -> str:
        """Return a hash of the script."""
        return _hash(self.script)

    def may_write(self) -> str:
        """Return nothing: each query has a database of its own."""
        return ""

    @contextmanager
    def _made(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(self.script)
            yield connection


def _planned(connection: sqlite3.Connection, sql: str) -> Result:
    found = _result(connection, f"EXPLAIN QUERY PLAN {sql}", 1000)
    return found if found.error else Result(("plan",), tuple((row[-1],) for row in found.rows))


def _result(connection: sqlite3.Connection, sql: str, max_rows: int) -> Result:
    try:
        cursor = connection.execute(sql)
        rows = cursor.fetchmany(max_rows + 1)
    except (sqlite3.Error, ValueError) as error:
        found = (reason for reason, words in _REASONS.items() if re.search(words, str(error)))
        return Result(error=next(found, "other"), detail=str(error))
    if cursor.description is None:
        return Result(error="not_read_only" if sql.strip() else "syntax", detail="the statement reads nothing")
    if len(rows) > max_rows:
        return Result(error="too_large", detail=f"more than {max_rows} rows")
    return Result(tuple(name for name, *_ in cursor.description), tuple(rows))


class Made(NamedTuple):
    """What a function made of a row."""

    value: Any = None
    error: str | None = None


@dataclass
class InProcess:
    """A `Sandbox` for tests that holds nothing back: for sources of examples alone."""

    source: str

    def call(self, function: str, rows: Sequence[Row]) -> Sequence[Made]:
        """Return one result per row, in order."""
        space: dict[str, Any] = {}
        exec(self.source, space)
        return [self._one(space[function], row) for row in rows]

    def _one(self, function: Callable[[Row], Any], row: Row) -> Made:
        try:
            return Made(function(row))
        except Exception as error:  # noqa: BLE001  a function may raise anything, and fails that row
            return Made(error=f"{type(error).__name__}: {error}")


@dataclass
class Scripted:
    """A `dfcli.ops.base.Context` that answers from a script and remembers what it was asked.

    A prompt seen before gets the reply it got then; a new one the next of `replies`, which start over at their end.
    """

    replies: Sequence[str] = ()
    files: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    script: str = ""
    seed: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    asked: list[Prompt] = field(default_factory=list)
    _given: dict[Any, str] = field(default_factory=dict)

    @classmethod
    def of(cls, example: Example) -> Scripted:
        """Return the context that an example of an operator runs in."""
        return cls(example.replies, example.files, example.database, texts=example.texts)

    def ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Return one reply per prompt, in order; it fails when there are no replies, or with one that is not right."""
        self.asked += prompts
        return [self._reply(prompt) for prompt in prompts]

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector of eight numbers from 0 to 1 per text, the same for the same text."""
        return [[byte / 255 for byte in hashlib.blake2b(text.encode(), digest_size=8).digest()] for text in texts]

    def database(self, url: str) -> Database:
        """Return the scripted database, whatever the URL."""
        return Script(url, self.script)

    def databases(self, url: str) -> Mapping[str, Database]:
        """Return the scripted database as the only one, by the file name in the URL."""
        name = PurePath(url.rpartition("/")[2]).stem
        return {name: Script(url, self.script, name)}

    def read(self, path: str) -> pl.LazyFrame:
        """Return the scripted rows of a file; InputError when there are none of that name."""
        if path not in self.files:
            raise InputError(f"{path}: no such file in this script")
        return pl.LazyFrame(self.files[path], infer_schema_length=None)

    def content(self, path: str) -> str:
        """Return a hash of a scripted file's rows."""
        return _hash(repr(self.files.get(path)))

    def text(self, path: str) -> str:
        """Return a scripted text; InputError without it."""
        if path not in self.texts:
            raise InputError(f"{path} is not there")
        return self.texts[path]

    def sandbox(self, source: str, seconds: float) -> AbstractContextManager[InProcess]:
        """Return a place to call functions of the example's own source, in this process."""
        return nullcontext(InProcess(source))

    def rng(self) -> Random:
        """Return a generator that starts the same each time."""
        return Random(self.seed)

    def _reply(self, prompt: Prompt) -> Reply:
        if not self.replies:
            return Reply("", failed="no_reply: the script has none")
        same = (prompt.messages, prompt.sample, prompt.twin.partition("+")[0])
        text = self._given.setdefault(same, self.replies[len(self._given) % len(self.replies)])
        key = _hash(repr(same))
        try:
            return Reply(key, text, prompt.read(text))
        except BadReply as error:
            return Reply(key, text, failed=f"malformed: {error}")


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
