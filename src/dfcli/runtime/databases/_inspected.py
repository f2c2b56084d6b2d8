"""The tables of a server's database, as SQLAlchemy finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dfcli.ops.database import Dialect, ForeignKey, Table, TableColumn

_DRIVERS: Mapping[Dialect, str] = {"postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}

Place = tuple[str, str]
"""A schema and a table's name."""


@dataclass(frozen=True)
class Written:
    """What the engine says of its tables in its own words, which SQLAlchemy translates or does not know."""

    types: Mapping[tuple[str, str, str], str]
    """By schema, table and column."""
    views: Mapping[Place, str]
    """What made the views, and views only."""
    schemas: Sequence[str] = field(default=())
    """Besides the default one."""


def inspected(dialect: Dialect, connect: Callable[[], Any], written: Written) -> list[Table]:
    """Return the tables and views: those of the default schema first, then by schema and name."""
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.pool import NullPool

    engine = create_engine(f"{_DRIVERS[dialect]}://", creator=connect, poolclass=NullPool)
    with engine.connect() as connection:
        inspector = inspect(connection)
        default = inspector.default_schema_name or ""
        others = sorted({*written.schemas} - {default})
        return [table for schema in (default, *others) for table in _tables(inspector, schema, default, written)]


def _tables(inspector: Any, schema: str, default: str, written: Written) -> Iterator[Table]:
    from sqlalchemy.engine.reflection import ObjectKind

    asked = {"schema": schema or None, "kind": ObjectKind.ANY}
    columns = inspector.get_multi_columns(**asked)
    keys = inspector.get_multi_pk_constraint(**asked)
    foreign = inspector.get_multi_foreign_keys(**asked)
    comments = inspector.get_multi_table_comment(**asked)
    for place in sorted(columns, key=lambda each: each[1]):
        name = place[1]
        query = written.views.get((schema, name))
        yield Table(
            name,
            tuple(_column(each, written.types.get((schema, name, each["name"]))) for each in columns[place]),
            "table" if query is None else "view",
            tuple((keys.get(place) or {}).get("constrained_columns") or ()),
            tuple(_foreign_key(each, default) for each in _ordered(foreign.get(place) or ())),
            "" if schema == default else schema,
            (comments.get(place) or {}).get("text") or "",
            query or "",
        )


def _column(given: Mapping[str, Any], written: str | None) -> TableColumn:
    kind = str(given["type"]) if written is None else written
    return TableColumn(given["name"], kind, bool(given["nullable"]), given.get("comment") or "")


def _ordered(keys: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(keys, key=lambda each: (list(each["constrained_columns"]), each["referred_table"]))


def _foreign_key(given: Mapping[str, Any], default: str) -> ForeignKey:
    schema = given["referred_schema"] or default
    table = given["referred_table"] if schema == default else f"{schema}.{given['referred_table']}"
    return ForeignKey(tuple(given["constrained_columns"]), table, tuple(given["referred_columns"]))
