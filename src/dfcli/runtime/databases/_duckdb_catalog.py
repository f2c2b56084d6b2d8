"""The tables of a DuckDB database, read from its own catalogue."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dfcli.ops.database import ForeignKey, Table, TableColumn

if TYPE_CHECKING:
    import duckdb

_HERE = "database_name = current_database() AND NOT internal AND NOT temporary"
_TABLES = f"""
    SELECT * FROM (
    SELECT table_oid, schema_name, table_name, 'table', comment, sql FROM duckdb_tables() WHERE {_HERE}
    UNION ALL
    SELECT view_oid, schema_name, view_name, 'view', comment, sql FROM duckdb_views() WHERE {_HERE}
    ) ORDER BY schema_name <> 'main', 2, 3"""
_COLUMNS = """
    SELECT table_oid, column_name, data_type, is_nullable, comment FROM duckdb_columns()
    WHERE database_name = current_database() AND NOT internal ORDER BY table_oid, column_index"""
_KEYS = """
    SELECT table_oid, constraint_type, constraint_column_names, referenced_table, referenced_column_names
    FROM duckdb_constraints()
    WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')
    ORDER BY table_oid, constraint_index"""
_DEFAULT = "main"


def tables(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """Return the tables and views by name, the default schema's first: DuckDB does not keep the order of making."""
    columns, keys = _by_table(connection, _COLUMNS), _by_table(connection, _KEYS)
    return [_table(each, columns[number], keys[number]) for number, *each in connection.execute(_TABLES).fetchall()]


def _by_table(connection: duckdb.DuckDBPyConnection, query: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for number, *rest in connection.execute(query).fetchall():
        found[number].append(rest)
    return found


def _table(given: list[Any], columns: list[Any], keys: list[Any]) -> Table:
    schema, name, kind, comment, create = given
    schema = "" if schema == _DEFAULT else schema
    primary = [names for sort, names, *_ in keys if sort == "PRIMARY KEY"]
    # DuckDB has no foreign keys between schemas.
    foreign = [
        ForeignKey(tuple(names), f"{schema}.{other}" if schema else other, tuple(refers_to))
        for sort, names, other, refers_to in keys
        if sort == "FOREIGN KEY"
    ]
    return Table(
        name,
        tuple(TableColumn(column, sort, bool(nullable), said or "") for column, sort, nullable, said in columns),
        kind,
        tuple(primary[0]) if primary else (),
        tuple(foreign),
        schema,
        comment or "",
        create or "",
    )
