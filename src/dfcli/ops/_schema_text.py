"""The schema of a database as text for prompts, in several styles, with as many values as are asked for and no more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from dfcli.ops.database import Database, Dialect, ForeignKey, Result, Table, TableColumn, quoted

Style = Literal["create", "compact", "detailed"]

SAMPLED_ROWS = 1000
"""Rows of a table in which sample values are looked for; where a column is empty in these, in ten times as many."""
SAMPLE_LENGTH = 40
"""Characters of a sample value."""
SECONDS = 30.0
_TOGETHER = 100
"""Columns that one query samples."""

_MEASURED = re.compile(
    r"(u?(tiny|small|medium|big|huge)?int(eger|\d+)?|(small|big)?serial|num(eric|ber)?|dec(imal)?|real|float\d?|double|"
    r"bool(ean)?|date|datetime|time|timestamp|year)\b(?!.*[\[<])",
    re.IGNORECASE,
)
_BINARY = re.compile(r"(tiny|medium|long)?blob|bytea|(var)?binary|bytes|bit", re.IGNORECASE)


@dataclass(frozen=True)
class Shown:
    """What a schema text shows: its style, values per column, and the columns whose values stay hidden.

    A hidden column is `table.column`, or `column` for that column of every table.
    """

    style: Style = "create"
    values: int = 3
    hide: Collection[str] = ()

    def hides(self, table: Table, column: TableColumn) -> bool:
        """Tell whether no value of a column is shown."""
        return not {column.name, f"{table.full_name}.{column.name}"}.isdisjoint(self.hide)


@dataclass(frozen=True)
class _Facts:
    """What is known of a table's content, by column: some values, and the least and the greatest."""

    values: Mapping[str, Sequence[Any]]
    ranges: Mapping[str, tuple[Any, Any]]


def describe(database: Database, shown: Shown) -> dict[str, str]:
    """Return each table's schema as text by the table's full name, in the database's order."""
    return {table.full_name: described(database, table, shown) for table in database.tables()}


def described(database: Database, table: Table, shown: Shown) -> str:
    """Return one table's schema as text."""
    facts = _facts(database, table, shown)
    if shown.style == "compact":
        return _compact(table)
    if shown.style == "detailed":
        return "\n".join(_detailed(table, facts))
    return f"{_created(table, database.dialect)};{_samples(table, facts)}"


def only(table: Table, columns: Collection[str]) -> Table:
    """Return a table with these columns and its keys; with all of them when none of these is its own."""
    keys = {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
    kept = tuple(each for each in table.columns if each.name in columns or each.name in keys)
    if not any(each.name in columns for each in table.columns) or len(kept) == len(table.columns):
        return table
    return replace(table, columns=kept, create="")


def neighbours(table: Table, tables: Sequence[Table]) -> list[Table]:
    """Return a table, those its foreign keys refer to, and those that refer to it, in the order given."""
    near = {table.full_name, *(key.table for key in table.foreign_keys)}
    return [
        each
        for each in tables
        if each.full_name in near or any(key.table == table.full_name for key in each.foreign_keys)
    ]


def _facts(database: Database, table: Table, shown: Shown) -> _Facts:
    open_columns = [each for each in table.columns if not shown.hides(table, each)]
    wants = shown.values > 0 and shown.style != "compact" and table.kind == "table"
    if not wants:
        return _Facts({}, {})
    values = _values(database, table, open_columns, shown.values)
    measured = [each for each in open_columns if _MEASURED.match(each.type)] if shown.style == "detailed" else []
    return _Facts(values, _ranges(database, table, measured))


def _values(database: Database, table: Table, columns: Sequence[TableColumn], count: int) -> dict[str, list[Any]]:
    """Return the first few different values of each column that has some, from the table's first rows."""
    groups = _groups(columns)
    queries = [
        f"SELECT {', '.join(_cut(each, database.dialect) for each in group)} "
        f"FROM {_name(table, database.dialect)} LIMIT {SAMPLED_ROWS}"
        for group in groups
    ]
    found = dict(_first_seen(columns, _answers(database, queries, SAMPLED_ROWS), count))
    sparse = [each for each in columns if not found.get(each.name)]
    queries = [_beyond(table, each, database.dialect, count) for each in sparse]
    for column, result in zip(sparse, _answers(database, queries, SAMPLED_ROWS), strict=True):
        found[column.name] = list(dict.fromkeys(value for (value,) in result.rows))[:count]
    return {each.name: found[each.name] for each in columns if found[each.name]}


def _first_seen(
    columns: Sequence[TableColumn], results: Iterable[Result], count: int
) -> Iterator[tuple[str, list[Any]]]:
    for group, result in zip(_groups(columns), results, strict=True):
        for at, column in enumerate(group):
            seen = dict.fromkeys(row[at] for row in result.rows if row[at] is not None)
            yield column.name, list(seen)[:count]


def _beyond(table: Table, column: TableColumn, dialect: Dialect, count: int) -> str:
    """Return a query for values of a column that is empty in the table's first rows."""
    name = quoted(dialect, column.name)
    some = f"SELECT {name} FROM {_name(table, dialect)} LIMIT {SAMPLED_ROWS * 10}"
    return f"SELECT {_cut(column, dialect)} FROM ({some}) AS some WHERE {name} IS NOT NULL LIMIT {count}"


def _ranges(database: Database, table: Table, columns: Sequence[TableColumn]) -> dict[str, tuple[Any, Any]]:
    groups = _groups(columns)
    queries = []
    for group in groups:
        names = [quoted(database.dialect, each.name) for each in group]
        ends = ", ".join(f"min({name}), max({name})" for name in names)
        queries.append(f"SELECT {ends} FROM {_name(table, database.dialect)}")
    ranges: dict[str, tuple[Any, Any]] = {}
    for group, result in zip(groups, _answers(database, queries, 1), strict=True):
        for row in result.rows:
            pairs = [(row[2 * at], row[2 * at + 1]) for at in range(len(group))]
            ranges |= {each.name: pair for each, pair in zip(group, pairs, strict=True) if None not in pair}
    return ranges


def _groups(columns: Sequence[TableColumn]) -> list[Sequence[TableColumn]]:
    return [columns[at : at + _TOGETHER] for at in range(0, len(columns), _TOGETHER)]


def _answers(database: Database, queries: Sequence[str], max_rows: int) -> list[Result]:
    return list(database.run(queries, seconds=SECONDS, max_rows=max_rows)) if queries else []


def _cut(column: TableColumn, dialect: Dialect) -> str:
    """Return an expression for a column's value that reads no more of it than is shown."""
    name = quoted(dialect, column.name)
    if dialect == "sqlite":  # what a value is does not depend on its column's type there
        return f"CASE WHEN typeof({name})IN('text','blob')THEN substr({name},1,{SAMPLE_LENGTH + 1})ELSE {name} END"
    if _BINARY.match(column.type):
        return "NULL"
    if _MEASURED.match(column.type):
        return name
    as_text = "CHAR" if dialect == "mysql" else "VARCHAR"
    return f"substr(CAST({name} AS {as_text}), 1, {SAMPLE_LENGTH + 1})"


def _name(table: Table, dialect: Dialect) -> str:
    return quoted(dialect, table.schema, table.name)


def _compact(table: Table) -> str:
    refers = _references(table)
    marks = [
        f"{_plain(each.name)}{'*' if each.name in table.primary_key else ''}"
        f"{f' {each.type}' if each.type else ''}{f' -> {refers[each.name]}' if each.name in refers else ''}"
        for each in table.columns
    ]
    return f"{_plain(table.full_name)}({', '.join(marks)})"


def _detailed(table: Table, facts: _Facts) -> Iterator[str]:
    yield f"{table.kind} {_plain(table.full_name)}{_remark(table.comment)}"
    refers = _references(table)
    for column in table.columns:
        words = [f"{_plain(column.name)} {column.type}".rstrip()]
        words += ["primary key"] if column.name in table.primary_key else []
        words += [f"refers to {refers[column.name]}"] if column.name in refers else []
        if column.name in facts.ranges:
            low, high = facts.ranges[column.name]
            words.append(f"from {literal(low)} to {literal(high)}")
        elif column.name in facts.values:
            words.append("values such as " + ", ".join(map(literal, facts.values[column.name])))
        yield f"  {'; '.join(words)}{_remark(column.comment)}"


def _created(table: Table, dialect: Dialect) -> str:
    """Return the statement that made a table, or one that would make its like."""
    if table.create:
        return table.create.rstrip().rstrip(";")
    lines = [
        f"  {quoted(dialect, each.name)} {each.type}{'' if each.nullable else ' NOT NULL'}" for each in table.columns
    ]
    remarks = [_remark(each.comment) for each in table.columns]
    keys = [f"  PRIMARY KEY ({_names(table.primary_key, dialect)})"] if table.primary_key else []
    keys += [
        f"  FOREIGN KEY ({_names(key.columns, dialect)}) REFERENCES {quoted(dialect, *key.table.split('.'))}"
        f" ({_names(key.refers_to, dialect)})"
        for key in table.foreign_keys
    ]
    lines, remarks = lines + keys, remarks + [""] * len(keys)
    ends = [","] * (len(lines) - 1) + [""]
    body = "\n".join(line + end + remark for line, end, remark in zip(lines, ends, remarks, strict=True))
    return f"CREATE {table.kind.upper()} {_name(table, dialect)} ({_remark(table.comment)}\n{body}\n)"


def _samples(table: Table, facts: _Facts) -> str:
    lines = [f"--   {_plain(name)}: {', '.join(map(literal, some))}" for name, some in facts.values.items()]
    return "\n".join([f"\n-- some values of {_plain(table.full_name)}:", *lines]) if lines else ""


def _references(table: Table) -> dict[str, str]:
    """Return what each column of a foreign key refers to."""
    return {column: f"{key.table}.{other}" for key in table.foreign_keys for column, other in _pairs(key)}


def _pairs(key: ForeignKey) -> Iterable[tuple[str, str]]:
    return zip(key.columns, key.refers_to, strict=False)


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
