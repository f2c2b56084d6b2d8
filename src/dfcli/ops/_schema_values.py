"""What the tables of a database hold, for a schema's text: a few values, the least and the greatest, and no more.

The queries for many tables go to the database together, which runs several at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple
from weakref import finalize

from dfcli.ops.database import Database, Dialect, Result, Table, TableColumn, quoted

Style = Literal["create", "compact", "detailed"]

SAMPLED_ROWS = 1000
"""Rows of a table in which sample values are looked for; where a column is empty in these, in ten times as many."""
SAMPLE_LENGTH = 40
"""Characters of a sample value."""
SECONDS = 30.0
_TOGETHER = 100
"""Columns that one query samples."""

_RANGED = re.compile(
    r"(u?(tiny|small|medium|big|huge)?int(eger|\d+)?|(small|big)?serial|num(eric|ber)?|dec(imal)?|real|float\d?|double|"
    r"date|datetime|time|timestamp|year)\b(?!.*[\[<])",
    re.IGNORECASE,
)
_TRUTH = re.compile(r"bool(ean)?\b(?!.*[\[<])", re.IGNORECASE)
_BINARY = re.compile(r"(tiny|medium|long)?blob|bytea|(var)?binary|bytes|bit", re.IGNORECASE)


@dataclass(frozen=True)
class Shown:
    """What a schema text shows: its style, values per column, and the columns whose values stay hidden.

    A hidden column is `table.column`, or `column` for that column of every table, in upper or lower case.
    """

    style: Style = "create"
    values: int = 3
    hide: tuple[str, ...] = ()

    def hides(self, table: Table, column: TableColumn) -> bool:
        """Tell whether no value of a column is shown."""
        names = (column.name, f"{table.name}.{column.name}", f"{table.full_name}.{column.name}")
        return not {each.lower() for each in names}.isdisjoint(each.lower() for each in self.hide)


@dataclass(frozen=True)
class Facts:
    """What is known of a table's content, by column: some values, and the least and the greatest."""

    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


class _Part(NamedTuple):
    """Columns of a table that one query looks at."""

    table: Table
    columns: tuple[TableColumn, ...]


_Place = tuple[str, str]
_Known = dict[tuple[_Place, Shown], Facts]
_KNOWN: dict[int, _Known] = {}
"""What was found in each open database, by its identity: sampling it again for each part of the rows takes too long."""


def facts_of(database: Database, tables: Sequence[Table], shown: Shown) -> list[Facts]:
    """Return what is known of each table's content; a table is looked at once, and views and empty wishes never."""
    if shown.style == "compact" or not shown.values:
        return [Facts()] * len(tables)
    known = _known(database)
    wanted = {_place(each) for each in tables if (_place(each), shown) not in known}
    new = [each for each in database.tables() if each.kind == "table" and _place(each) in wanted]
    found = _found(database, new, shown)
    known.update({(_place(table), shown): facts for table, facts in zip(new, found, strict=True)})
    return [known.get((_place(each), shown), Facts()) for each in tables]


def _known(database: Database) -> _Known:
    key = id(database)
    if key not in _KNOWN:
        _KNOWN[key] = {}
        finalize(database, _KNOWN.pop, key, None)
    return _KNOWN[key]


def _found(database: Database, tables: Sequence[Table], shown: Shown) -> list[Facts]:
    seen = [_Part(table, tuple(each for each in table.columns if not shown.hides(table, each))) for table in tables]
    values = _values(database, seen, shown.values)
    ranges = _ranges(database, seen) if shown.style == "detailed" and shown.values > 1 else {}
    return [Facts(values.get(_place(each), {}), ranges.get(_place(each), {})) for each in tables]


def _values(database: Database, seen: Sequence[_Part], count: int) -> dict[_Place, dict[str, list[Any]]]:
    """Return the first few different values of each column that has some, from each table's first rows."""
    found: dict[_Place, dict[str, list[Any]]] = {}
    further = []
    for part, result in _answers(database, _pieces(seen), _first_rows, SAMPLED_ROWS):
        own = found.setdefault(_place(part.table), {})
        for at, column in enumerate(part.columns):
            cells = (row[at] for row in result.rows)
            some = list(dict.fromkeys(each for each in cells if each is not None))[:count]
            own |= {column.name: some} if some else {}
        if _may_hold_more(result):
            further += [_Part(part.table, (each,)) for each in part.columns if each.name not in own]
    for part, result in _answers(database, further, partial(_rows_further_on, count=count), count):
        some = list(dict.fromkeys(value for (value,) in result.rows))[:count]
        found[_place(part.table)] |= {part.columns[0].name: some} if some else {}
    return found


def _may_hold_more(result: Result) -> bool:
    """Tell whether columns without values may have some: a value that is too long spoils those of all columns."""
    return len(result.rows) == SAMPLED_ROWS or result.error not in (None, "timeout")


def _ranges(database: Database, seen: Sequence[_Part]) -> dict[_Place, dict[str, tuple[Any, Any]]]:
    """Return the least and the greatest value of each column that has numbers or times."""
    ranges: dict[_Place, dict[str, tuple[Any, Any]]] = {}
    ranged = [_Part(each.table, tuple(one for one in each.columns if _RANGED.match(one.type))) for each in seen]
    for part, result in _answers(database, _pieces(ranged), _ends, 1):
        for row in result.rows:
            pairs = zip(part.columns, zip(row[::2], row[1::2], strict=True), strict=True)
            own = {column.name: pair for column, pair in pairs if None not in pair}
            ranges.setdefault(_place(part.table), {}).update(own)
    return ranges


def _pieces(parts: Sequence[_Part]) -> list[_Part]:
    """Cut parts so that each is small enough for a query; a part without columns is none."""
    return [
        _Part(each.table, each.columns[at : at + _TOGETHER])
        for each in parts
        for at in range(0, len(each.columns), _TOGETHER)
    ]


def _answers(
    database: Database, parts: Sequence[_Part], query: Callable[[_Part, Dialect], str], max_rows: int
) -> Iterator[tuple[_Part, Result]]:
    queries = [query(each, database.dialect) for each in parts]
    results = database.run(queries, seconds=SECONDS, max_rows=max_rows) if queries else ()
    yield from zip(parts, results, strict=True)


def _first_rows(part: _Part, dialect: Dialect) -> str:
    cells = ", ".join(_cut(each, dialect) for each in part.columns)
    return f"SELECT {cells} FROM {_name(part, dialect)} LIMIT {SAMPLED_ROWS}"


def _rows_further_on(part: _Part, dialect: Dialect, *, count: int) -> str:
    name = quoted(dialect, part.columns[0].name)
    some = f"SELECT {name} FROM {_name(part, dialect)} LIMIT {SAMPLED_ROWS * 10}"
    return f"SELECT {_cut(part.columns[0], dialect)} FROM ({some}) AS some WHERE {name} IS NOT NULL LIMIT {count}"


def _ends(part: _Part, dialect: Dialect) -> str:
    names = [quoted(dialect, each.name) for each in part.columns]
    return f"SELECT {', '.join(f'min({name}), max({name})' for name in names)} FROM {_name(part, dialect)}"


def _cut(column: TableColumn, dialect: Dialect) -> str:
    """Return an expression for a column's value that reads no more of it than is shown."""
    name = quoted(dialect, column.name)
    if dialect == "sqlite":  # what a value is does not depend on its column's type there
        return f"CASE WHEN typeof({name})IN('text','blob')THEN substr({name},1,{SAMPLE_LENGTH + 1})ELSE {name} END"
    if _BINARY.match(column.type):
        return "NULL"
    if _RANGED.match(column.type) or _TRUTH.match(column.type):
        return name
    as_text = "CHAR" if dialect == "mysql" else "VARCHAR"
    return f"substr(CAST({name} AS {as_text}), 1, {SAMPLE_LENGTH + 1})"


def _name(part: _Part, dialect: Dialect) -> str:
    return quoted(dialect, part.table.schema, part.table.name)


def _place(table: Table) -> _Place:
    return table.schema, table.name
