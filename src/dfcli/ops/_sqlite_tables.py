"""The tables of a SQLite database, read from its own catalogue; the standard library only."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dfcli.ops.database import ForeignKey, Table, TableColumn

_GENERATED = (2, 3)


class _Made(NamedTuple):
    """A table or view, as it was made, with its columns and its primary key."""

    kind: str
    name: str
    create: str
    columns: tuple[TableColumn, ...]
    primary_key: tuple[str, ...]

    @property
    def is_virtual(self) -> bool:
        return self.create.upper().startswith("CREATE VIRTUAL")


def tables(connection: sqlite3.Connection) -> list[Table]:
    """Return the tables and views in the order they were made, without SQLite's own and those of virtual tables."""
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
    ).fetchall()
    made = [
        _Made(kind, name, create, *_columns(connection, name))
        for kind, name, create in found
        if not name.startswith("sqlite_")
    ]
    by_name = {_folded(each.name): each for each in made}
    return [
        Table(
            each.name,
            each.columns,
            "view" if each.kind == "view" else "table",
            each.primary_key,
            tuple(_foreign_keys(connection, each.name, by_name)),
            create=each.create,
        )
        for each in _without_shadows(connection, made)
    ]


def _columns(connection: sqlite3.Connection, table: str) -> tuple[tuple[TableColumn, ...], tuple[str, ...]]:
    """Return the columns and the primary key; neither for a view that is broken, or a module that is not loaded."""
    try:
        found = connection.execute("SELECT * FROM pragma_table_xinfo(?)", [table]).fetchall()
    except sqlite3.Error:
        return (), ()
    columns = (
        TableColumn(name, kind, not required)
        for _, name, kind, required, _, _, hidden in found
        if not hidden or hidden in _GENERATED
    )
    return tuple(columns), tuple(name for place, name in sorted((each[5], each[1]) for each in found) if place)


def _without_shadows(connection: sqlite3.Connection, made: Sequence[_Made]) -> Iterator[_Made]:
    """Yield what is no virtual table's own storage: by its name where SQLite cannot tell."""
    shadows: set[str] = set()
    unknown = [each.name for each in made if each.is_virtual and not each.columns]
    try:
        listed = connection.execute("SELECT name FROM pragma_table_list WHERE type = 'shadow'")
        shadows = {name for (name,) in listed}
    except sqlite3.OperationalError:  # SQLite before 3.37
        unknown = [each.name for each in made if each.is_virtual]
    storage = tuple(f"{name}_" for name in unknown)
    yield from (each for each in made if each.name not in shadows and not each.name.startswith(storage))


def _foreign_keys(connection: sqlite3.Connection, table: str, made: Mapping[bytes, _Made]) -> Iterator[ForeignKey]:
    """Yield the foreign keys, with names as their own tables have them: a key may write them in another case."""
    found = connection.execute("SELECT * FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq", [table]).fetchall()
    pairs = defaultdict(list)
    for number, _, other, column, refers_to, *_ in found:
        pairs[number, other].append((column, refers_to))
    own = made[_folded(table)]
    for (_, other), columns in pairs.items():
        there = made.get(_folded(other))
        key = [refers_to for _, refers_to in columns if refers_to]
        yield ForeignKey(
            tuple(_spelled(column, own) for column, _ in columns),
            there.name if there else other,
            tuple(_spelled(each, there) for each in key) or (there.primary_key if there else ()),
        )


def _spelled(column: str, table: _Made | None) -> str:
    """Return a column's name as its table has it."""
    names = {_folded(each.name): each.name for each in table.columns} if table else {}
    return names.get(_folded(column), column)


def _folded(name: str) -> bytes:
    """Return a name as SQLite compares it: other letters than English ones have two names in two cases."""
    return name.encode(errors="replace").lower()
