"""The store of model replies: what a model once answered is never paid for again.

A reply's key is the hash of the question: everything that decides the answer, and nothing else. Failures are stored
with their kind, and are asked again. The store is one SQLite file that several processes may use at once.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from dfcli.errors import EnvironmentLacks, InputError, StepError
from dfcli.ops.base import Message
from dfcli.runtime.transports import Mode

_TABLE = """
create table if not exists replies (
  key text primary key,  -- blake2b of `request`
  request text not null,  -- model, sampling parameters, messages, schema, sample, as JSON
  text text,
  finish text,
  tokens_in integer not null,
  tokens_out integer not null,
  model text,  -- as the provider names it
  failed text,  -- the kind of failure; null for a good reply
  why text not null
)
"""
_FACTS = """
create table if not exists endpoints (
  place text primary key,  -- model and address, as JSON
  mode text,  -- the way it takes a JSON Schema
  level integer,  -- the calls in flight that it bears
  ceiling integer  -- the calls in flight that it refused
)
"""
_READ = "key, '' as request, text, finish, tokens_in, tokens_out, model, failed, why"
# A good reply stays: whoever asked the same meanwhile takes it over, so that all runs see one answer.
_WRITE = """
insert into replies values (?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (key) do update set
  text = excluded.text, finish = excluded.finish, tokens_in = excluded.tokens_in, tokens_out = excluded.tokens_out,
  model = excluded.model, failed = excluded.failed, why = excluded.why
where failed is not null
"""
_CHUNK = 1000
_PATIENCE = 60.0


class Stored(NamedTuple):
    """What came back for one question: a good reply, or (`failed`) the kind of failure and why."""

    key: str
    request: str
    text: str | None
    finish: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    model: str | None = None
    failed: str | None = None
    why: str = ""


class Facts(NamedTuple):
    """What was found out about an endpoint: the way it takes a JSON Schema, the calls it bears and refused at once."""

    mode: Mode | None = None
    level: int | None = None
    ceiling: int | None = None


class Known(Protocol):
    """Replies that are there already: the store, or a recording."""

    def get(self, keys: Iterable[str]) -> dict[str, Stored]:
        """Return what is known of these keys."""
        ...


def asked(
    identity: Mapping[str, Any], messages: Sequence[Message], schema: Mapping[str, Any] | None, sample: int, twin: str
) -> bytes:
    """Return a question as canonical JSON; `twin` counts only where equal questions may get different answers."""
    question = {**identity, "messages": messages, "schema": schema, "sample": sample}
    if twin and identity.get("temperature") != 0:
        question["twin"] = twin
    return orjson.dumps(question, option=orjson.OPT_SORT_KEYS)


def key(question: bytes) -> str:
    """Return the key of a question's reply."""
    return blake2b(question, digest_size=16).hexdigest()


class Replies:
    """The store at a path, made when it is not there; for all threads of a process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._store = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise EnvironmentLacks(
                f"{path}: the reply store cannot be opened ({error}); when it is damaged, move it away"
            ) from error

    def get(self, keys: Iterable[str]) -> dict[str, Stored]:
        """Return what is stored under these keys, failures too, without the requests."""
        return {each.key: each for each in self._select(_READ, list(keys))}

    def whole(self, keys: Iterable[str]) -> Iterator[Stored]:
        """Yield what is stored under these keys with the requests, sorted by key."""
        return self._select("*", sorted(keys))

    def put(self, stored: Sequence[Stored]) -> dict[str, Stored]:
        """Commit replies in one transaction; return the good ones that were there before, which stay."""
        with self.writing() as store:
            before = store.total_changes
            store.executemany(_WRITE, stored)
            written = store.total_changes - before
        if written == len(stored):
            return {}
        return {name: each for name, each in self.get(each.key for each in stored).items() if each.failed is None}

    @contextmanager
    def writing(self, lasting: bool = False) -> Iterator[sqlite3.Connection]:
        """Give the store for one transaction, alone among threads and processes; StepError when it breaks.

        What is committed outlives the process; if `lasting`, it outlives a failure of the power as well.
        """
        with self._lock:
            try:
                self._store.execute(f"pragma synchronous = {'full' if lasting else 'normal'}")
                self._store.execute("begin immediate")
                yield self._store
                self._store.execute("commit")
            except sqlite3.Error as error:
                raise StepError(f"{self.path}: a reply cannot be stored ({error})") from error
            finally:
                if self._store.in_transaction:
                    self._store.execute("rollback")

    def facts(self, place: str) -> Facts:
        """Return what earlier runs found out about an endpoint."""
        with self._lock:
            row = self._store.execute("select mode, level, ceiling from endpoints where place = ?", [place]).fetchone()
        return Facts(*row) if row else Facts()

    def remember(self, place: str, facts: Facts) -> None:
        """Keep what this run found out about an endpoint; what it did not find out stays as it was."""
        keep = "mode = coalesce(excluded.mode, mode), level = excluded.level, ceiling = excluded.ceiling"
        with self._lock:
            self._store.execute(
                f"insert into endpoints values (?, ?, ?, ?) on conflict (place) do update set {keep}", (place, *facts)
            )

    def record(self, keys: Iterable[str], path: Path) -> None:
        """Write replies as a file for `--replay`: JSON Lines, the same bytes for the same replies."""
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                file.writelines(_line(each) for each in self.whole(keys))
            part.replace(path)
        except OSError as error:
            raise EnvironmentLacks(f"{path}: the recording cannot be written ({error.strerror})") from error
        finally:
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what is committed stays."""
        with self._lock:
            self._store.close()

    def _prepare(self) -> None:
        self._store.execute("pragma synchronous = normal")
        self._store.execute("pragma journal_mode = wal")
        self._store.execute(_TABLE)
        self._store.execute(_FACTS)

    def _select(self, columns: str, keys: Sequence[str]) -> Iterator[Stored]:
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            with self._lock:
                rows = self._store.execute(
                    f"select {columns} from replies where key in ({marks}) order by key",
                    chunk,
                ).fetchall()
            yield from map(Stored._make, rows)


class Recording:
    """Replies from a file written by `Replies.record`, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            raise InputError(f"{path}: the recording cannot be read ({error.strerror})") from error
        stored = (_stored(line, f"{path}:{number}") for number, line in enumerate(lines, start=1) if line.strip())
        self._replies = {each.key: each for each in stored}

    def get(self, keys: Iterable[str]) -> dict[str, Stored]:
        """Return what was recorded under these keys."""
        return {each: self._replies[each] for each in keys if each in self._replies}


def _line(stored: Stored) -> bytes:
    request = orjson.loads(stored.request)
    line = {
        "key": stored.key,
        "model": request["model"],
        "messages": request["messages"],
        "sample": request["sample"],
        "reply": stored.text,
        "finish": stored.finish,
        "tokens_in": stored.tokens_in,
        "tokens_out": stored.tokens_out,
    }
    failure = {"failed": stored.failed, "why": stored.why} if stored.failed else {}
    return orjson.dumps(line | failure, option=orjson.OPT_APPEND_NEWLINE)


def _stored(line: bytes, place: str) -> Stored:
    try:
        given = orjson.loads(line)
        return Stored(
            given["key"],
            "",
            given["reply"],
            given.get("finish"),
            given.get("tokens_in", 0),
            given.get("tokens_out", 0),
            given.get("model"),
            given.get("failed"),
            given.get("why", ""),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(f"{place}: not a recorded reply ({type(error).__name__}: {error})") from error
