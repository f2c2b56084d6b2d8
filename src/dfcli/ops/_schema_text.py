"""The schema of a database as text for prompts, in several styles, with as many values as are asked for and no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dfcli.ops._schema_values import SAMPLE_LENGTH, Facts, Shown, facts_of
from dfcli.ops.database import Database, Dialect, Table, quoted

__all__ = ("Shown", "describe", "described", "literal", "neighbours", "only")


def describe(database: Database, shown: Shown) -> dict[str, str]:
    """Return each table's schema as text by the table's full name, in the database's order."""
    tables = database.tables()
    return dict(zip((each.full_name for each in tables), described(database, tables, shown), strict=True))


def described(database: Database, tables: Sequence[Table], shown: Shown) -> list[str]:
    """Return the schema of each of some tables as text; a table may be cut to some of its columns."""
    if shown.style == "compact":
        return [_compact(each) for each in tables]
    facts = facts_of(database, tables, shown)
    if shown.style == "detailed":
        return ["\n".join(_detailed(*each)) for each in zip(tables, facts, strict=True)]
    names = {each.full_name: quoted(database.dialect, each.schema, each.name) for each in database.tables()}
    return [
        f"{_ended(_created(table, database.dialect, names))}{_comments(table)}{_samples(table, found)}"
        for table, found in zip(tables, facts, strict=True)
    ]


def only(table: Table, columns: Collection[str]) -> Table:
    """Return a table with these columns and its keys; with all of them when none of these is its own."""
    keys = {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
    kept = tuple(each for each in table.columns if each.name in columns or each.name in keys)
    if not any(each.name in columns for each in table.columns) or len(kept) == len(table.columns):
        return table
    return replace(table, columns=kept, create="")


def neighbours(tables: Sequence[Table]) -> list[list[int]]:
    """Return for each table the places of itself, those its foreign keys refer to, and those that refer to it."""
    places = {each.full_name: at for at, each in enumerate(tables)}
    near = [{at} for at in range(len(tables))]
    for at, table in enumerate(tables):
        for other in (places[key.table] for key in table.foreign_keys if key.table in places):
            near[at].add(other)
            near[other].add(at)
    return [sorted(each) for each in near]


def _compact(table: Table) -> str:
    refers = _references(table)
    marks = [
        f"{_plain(each.name)}{'*' if each.name in table.primary_key else ''}"
        f"{f' {_plain(each.type)}' if each.type else ''}{f' -> {refers[each.name]}' if each.name in refers else ''}"
        for each in table.columns
    ]
    return f"{_plain(table.full_name)}({', '.join(marks)})"


def _detailed(table: Table, facts: Facts) -> Iterator[str]:
    yield f"{table.kind} {_plain(table.full_name)}{_remark(table.comment)}"
    refers = _references(table)
    for column in table.columns:
        words = [_plain(f"{column.name} {column.type}")]
        words += ["primary key"] if column.name in table.primary_key else []
        words += [f"refers to {refers[column.name]}"] if column.name in refers else []
        if column.name in facts.ranges:
            low, high = facts.ranges[column.name]
            words.append(f"from {literal(low)} to {literal(high)}")
        elif column.name in facts.values:
            words.append("values such as " + ", ".join(map(literal, facts.values[column.name])))
        yield f"  {'; '.join(words)}{_remark(column.comment)}"


def _created(table: Table, dialect: Dialect, names: Mapping[str, str]) -> str:
    """Return the statement that made a table, or one that would make its like; `names` are all tables' as it has them.

    A key may refer to a table that is not among these, of another database of the server.
    """
    if table.create:
        return table.create
    lines = [
        (f"{quoted(dialect, each.name)} {each.type}{'' if each.nullable else ' NOT NULL'}", _remark(each.comment))
        for each in table.columns
    ]
    lines += [(f"PRIMARY KEY ({_names(table.primary_key, dialect)})", "")] if table.primary_key else []
    for key in table.foreign_keys:
        there = names.get(key.table) or quoted(dialect, *key.table.split("."))
        refers = f"{there} ({_names(key.refers_to, dialect)})"
        lines.append((f"FOREIGN KEY ({_names(key.columns, dialect)}) REFERENCES {refers}", ""))
    body = [f"  {line},{remark}" for line, remark in lines[:-1]] + [f"  {line}{remark}" for line, remark in lines[-1:]]
    name = quoted(dialect, table.schema, table.name)
    return "\n".join([f"CREATE {table.kind.upper()} {name} ({_remark(table.comment)}", *body, ")"])


def _ended(statement: str) -> str:
    """Return a statement with the semicolon at its end, which must not stand in a comment."""
    bare = statement.rstrip().rstrip(";")
    return f"{bare}\n;" if "--" in bare.rpartition("\n")[2] else f"{bare};"


def _comments(table: Table) -> str:
    """Return the comments that the engine does not keep in its own statement."""
    said = [(table.full_name, table.comment), *((each.name, each.comment) for each in table.columns)]
    lines = [f"--   {_plain(name)}: {_plain(comment)}" for name, comment in said if table.create and comment.strip()]
    return "\n".join([f"\n-- comments on {_plain(table.full_name)}:", *lines]) if lines else ""


def _samples(table: Table, facts: Facts) -> str:
    shown = [each for each in table.columns if each.name in facts.values]
    lines = [f"--   {_plain(each.name)}: {', '.join(map(literal, facts.values[each.name]))}" for each in shown]
    return "\n".join([f"\n-- some values of {_plain(table.full_name)}:", *lines]) if lines else ""


def _references(table: Table) -> dict[str, str]:
    """Return what each column of a foreign key refers to, on one line."""
    found: dict[str, list[str]] = {}
    for key in table.foreign_keys:
        for column, other in zip(key.columns, key.refers_to, strict=False):
            found.setdefault(column, []).append(_plain(f"{key.table}.{other}"))
    return {column: " and ".join(others) for column, others in found.items()}


def _names(names: Iterable[str], dialect: Dialect) -> str:
    return ", ".join(quoted(dialect, each) for each in names)


def _plain(name: str) -> str:
    """Return a name on one line."""
    return " ".join(name.split())


def _remark(comment: str) -> str:
    return f"  -- {_plain(comment)}" if comment.strip() else ""


def literal(value: Any) -> str:
    """Return a value as SQL writes it, on one line and cut."""
    if isinstance(value, bytes):
        return f"x'{value[:8].hex()}…'" if len(value) > 8 else f"x'{value.hex()}'"
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    text = str(value)
    line = " ".join(text.split())
    return "'" + (line[:SAMPLE_LENGTH] + "…" if len(text) > SAMPLE_LENGTH else line).replace("'", "''") + "'"
