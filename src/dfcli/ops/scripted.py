"""A context for tests: everything an operator may use besides its rows, answered from a script, with nothing outside.

`Scripted.of(example)` is the context of an operator's example. Tests of your own operators may use it as well.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any

import polars as pl

from dfcli.errors import BadReply, InputError, RowError
from dfcli.ops.base import Example, Prompt, Reply, Row

_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_REASONS = {
    "not_read_only": "not authorized|prohibited|one statement",
    "syntax": "syntax error|incomplete input|unrecognized token|null character|surrogates",
    "unknown_table": "no such table",
    "unknown_column": "no such column",
}


@dataclass
class Script:
    """A `Database` for tests: SQLite in memory, made anew from an SQL script for each query; time is not limited."""

    url: str
    script: str

    def tables(self) -> list[Row]:
        """Return a row per table, in the order they were made: `table` and `schema`."""
        made = self._rows("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
        return [{"table": name, "schema": f"{sql};{self._samples(name)}"} for name, sql in made]

    def query(self, sql: str, *, seconds: float, max_rows: int) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of one reading statement; RowError with a reason code when it gives none."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(self.script)
            connection.set_authorizer(lambda action, *_: int(action not in _READING))
            try:
                cursor = connection.execute(sql)
                rows = cursor.fetchmany(max_rows + 1)
            except (sqlite3.Error, ValueError) as error:
                found = (reason for reason, words in _REASONS.items() if re.search(words, str(error)))
                raise RowError(next(found, "other"), str(error)) from error
        if cursor.description is None:
            raise RowError("not_read_only" if sql.strip() else "syntax", "the statement reads nothing")
        if len(rows) > max_rows:
            raise RowError("too_large", f"more than {max_rows} rows")
        return [name for name, *_ in cursor.description], rows

    def fingerprint(self) -> str:
        """Return a hash of the script."""
        return _hash(self.script)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.query(sql, seconds=1, max_rows=1000)[1]

    def _samples(self, table: str) -> str:
        lines = [f"\n-- some values of {table}:"]
        for column in self.query(f'SELECT * FROM "{table}"', seconds=1, max_rows=1000)[0]:
            some = self._rows(f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL LIMIT 3')
            lines += [f"--   {column}: {', '.join(repr(value) for (value,) in some)}"] if some else []
        return "\n".join(lines) if len(lines) > 1 else ""


@dataclass
class Scripted:
    """A `dfcli.ops.base.Context` that answers from a script and remembers what it was asked.

    A prompt seen before gets the reply it got then; a new one the next of `replies`, which start over at their end.
    """

    replies: Sequence[str] = ()
    files: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    script: str = ""
    seed: int = 0
    asked: list[Prompt] = field(default_factory=list)
    _given: dict[Any, str] = field(default_factory=dict)

    @classmethod
    def of(cls, example: Example) -> Scripted:
        """Return the context that an example of an operator runs in."""
        return cls(example.replies, example.files, example.database)

    def ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Return one reply per prompt, in order; it fails when there are no replies, or with one that is not right."""
        self.asked += prompts
        return [self._reply(prompt) for prompt in prompts]

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector of eight numbers from 0 to 1 per text, the same for the same text."""
        return [[byte / 255 for byte in hashlib.blake2b(text.encode(), digest_size=8).digest()] for text in texts]

    def database(self, url: str) -> Script:
        """Return the scripted database, whatever the URL."""
        return Script(url, self.script)

    def read(self, path: str) -> pl.LazyFrame:
        """Return the scripted rows of a file; InputError when there are none of that name."""
        if path not in self.files:
            raise InputError(f"{path}: no such file in this script")
        return pl.LazyFrame(self.files[path], infer_schema_length=None)

    def content(self, path: str) -> str:
        """Return a hash of a scripted file's rows."""
        return _hash(repr(self.files.get(path)))

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
