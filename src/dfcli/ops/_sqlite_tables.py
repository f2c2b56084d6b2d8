"""The tables of a SQLite database, read from its own catalogue; the standard library only."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from dfcli.ops.database import ForeignKey, Table, TableColumn

_GENERATED = (2, 3)


def tables(connection: sqlite3.Connection) -> list[Table]:
    """Return the tables and views in the order they were made, without SQLite's own and those of virtual tables."""
    made = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
    ).fetchall()
    virtual = [name for _, name, sql in made if sql.upper().startswith("CREATE VIRTUAL")]
    hidden = ("sqlite_", *(f"{name}_" for name in virtual))
    return [_table(connection, *each) for each in made if not each[1].startswith(hidden)]


def _table(connection: sqlite3.Connection, kind: str, name: str, create: str) -> Table:
    columns = _columns(connection, name)
    return Table(
        name,
        tuple(column for column, _ in columns),
        "view" if kind == "view" else "table",
        tuple(column.name for column, place in sorted(columns, key=lambda each: each[1]) if place),
        tuple(_foreign_keys(connection, name)),
        create=create,
    )


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[TableColumn, int]]:
    """Return the columns, each with its place in the primary key from 1, or 0; none for a view that is broken."""
    try:
        found = connection.execute("SELECT * FROM pragma_table_xinfo(?)", [table]).fetchall()
    except sqlite3.Error:
        return []
    return [
        (TableColumn(name, kind, not required), place)
        for _, name, kind, required, _, place, hidden in found
        if not hidden or hidden in _GENERATED
    ]


def _foreign_keys(connection: sqlite3.Connection, table: str) -> Iterator[ForeignKey]:
    found = connection.execute("SELECT * FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq", [table]).fetchall()
    pairs = defaultdict(list)
    for number, _, other, column, refers_to, *_ in found:
        pairs[number, other].append((column, refers_to))
    for (_, other), columns in pairs.items():
        key = [refers_to for _, refers_to in columns if refers_to] or _primary_key(connection, other)
        yield ForeignKey(tuple(column for column, _ in columns), other, tuple(key))


def _primary_key(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return what a foreign key that names no columns refers to."""
    places = sorted((place, column.name) for column, place in _columns(connection, table) if place)
    return [name for _, name in places]
