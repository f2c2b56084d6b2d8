"""The batches whose answers have not been fetched yet, beside the replies: what a later run must not ask for again.

A batch is written down with its questions before it is sent, under a mark that the provider keeps with it, and once
more with the provider's id. So a process killed in between leaves a mark to look for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dfcli.runtime.replies import Replies

_TABLES = (
    """
create table if not exists batches (
  mark text primary key,  -- chosen by us; the provider keeps it with the batch
  place text not null,  -- model and address, as JSON
  id text,  -- the provider's; null until it is known to have taken the batch
  state text not null,  -- 'open', or how it ended
  owner integer not null,  -- the process that sends it
  created real not null  -- seconds of the epoch
)
""",
    """
create table if not exists batched (
  key text primary key,  -- of a question in an open batch
  mark text not null,
  request text not null  -- as in `replies`
)
""",
    "create index if not exists batched_mark on batched (mark)",
)
_TAKE = """
insert or ignore into batched
select ?, ?, ? where not exists (select 1 from replies where key = ? and failed is null)
"""
_CHUNK = 500
_TRUST = 3600.0
"""Seconds after which a batch without an id is looked for even if a process with its owner's number lives."""


class Batch(NamedTuple):
    """An open batch; without an `id`, it is not known whether the provider has taken it."""

    mark: str
    id: str | None
    owner: int
    created: float

    @property
    def ours(self) -> bool:
        """Whether no other living process is about to send it."""
        return self.owner == os.getpid() or not _alive(self.owner) or time.time() - self.created > _TRUST


class Pending:
    """The open batches in a reply store; for all threads of a process."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        with replies.writing() as store:
            for each in _TABLES:
                store.execute(each)

    def take(self, mark: str, place: str, questions: Mapping[str, str]) -> set[str]:
        """Write a batch down before it is sent; return the keys it may ask.

        They are in no other open batch, and have not been answered by one that landed since somebody last looked.
        """
        with self._replies.writing(lasting=True) as store:
            rows = ((key, mark, request, key) for key, request in questions.items())
            store.executemany(_TAKE, rows)
            taken = {key for (key,) in store.execute("select key from batched where mark = ?", [mark])}
            if taken:
                batch = mark, place, None, "open", os.getpid(), time.time()
                store.execute("insert into batches values (?, ?, ?, ?, ?, ?)", batch)
        return taken

    def accepted(self, mark: str, batch: str) -> None:
        """Write down the provider's id."""
        with self._replies.writing(lasting=True) as store:
            store.execute("update batches set id = ? where mark = ?", (batch, mark))

    def claim(self, mark: str) -> None:
        """Make this process the one that sends a batch, or finds out whether it was sent."""
        with self._replies.writing() as store:
            store.execute("update batches set owner = ? where mark = ?", (os.getpid(), mark))

    def over(self, mark: str, state: str) -> None:
        """Close a batch, whose questions may then be asked again."""
        with self._replies.writing() as store:
            store.execute("delete from batched where mark = ?", [mark])
            store.execute("update batches set state = ? where mark = ?", (state, mark))

    def batch(self, mark: str) -> Batch | None:
        """Return an open batch, or None when it is over."""
        columns = "mark, id, owner, created"
        with self._replies.writing() as store:
            found = store.execute(f"select {columns} from batches where mark = ? and state = 'open'", [mark]).fetchone()
        return Batch(*found) if found else None

    def marks(self, keys: Sequence[str]) -> dict[str, str]:
        """Return, by key, the mark of the open batch that asks it."""
        found: dict[str, str] = {}
        with self._replies.writing() as store:
            for start in range(0, len(keys), _CHUNK):
                chunk = keys[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                found |= store.execute(f"select key, mark from batched where key in ({marks})", chunk).fetchall()
        return found

    def questions(self, mark: str) -> dict[str, str]:
        """Return the questions of an open batch as canonical JSON, by key."""
        with self._replies.writing() as store:
            return dict(store.execute("select key, request from batched where mark = ?", [mark]))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and is somebody else's
        return True
    return True
