"""What PostgreSQL's catalogue says of a database: tables, content, rights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from dfcli.ops.database import Table, quoted
from dfcli.runtime.databases._inspected import Written, inspected

SMALL = 256 << 20
"""Bytes of all tables together up to which their rows are read for a fingerprint."""

_OWN = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')"
_COLUMNS = f"""
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, c.relkind::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OWN}
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum
"""
_VIEWS = f"""
    SELECT n.nspname, c.relname, pg_get_viewdef(c.oid),
           CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, current_schema()
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_OWN}
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
_STORED = f"""
    SELECT n.nspname, c.relname, pg_table_size(c.oid), c.relfilenode::text,
           s.n_tup_ins, s.n_tup_upd, s.n_tup_del, has_table_privilege(c.oid, 'SELECT') AND c.relkind <> 'f'
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
    WHERE c.relkind IN ('r', 'm', 'f') AND {_OWN} ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
_DATABASES = """
    SELECT datname FROM pg_database
    WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' AND has_database_privilege(datname, 'CONNECT')
"""
_RIGHTS = f"""
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OWN} AND (pg_has_role(c.relowner, 'USAGE')
      OR c.relkind <> 'm' AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                               OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')))
    ORDER BY 1
"""
_SCHEMAS = f"SELECT n.nspname FROM pg_namespace n WHERE {_OWN} AND has_schema_privilege(n.oid, 'CREATE') ORDER BY 1"
_ROLES = """
    SELECT rolname FROM pg_roles WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files',
      'pg_execute_server_program', 'pg_read_server_files') AND pg_has_role(oid, 'USAGE') ORDER BY 1
"""


def conninfo(url: str) -> str:
    """Return a URL as the driver takes it; without a database's name it is that which every server has."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    scheme, _, rest = url.partition("://")
    given = f"{scheme.partition('+')[0]}://{rest}"
    return given if "dbname" in conninfo_to_dict(given) else make_conninfo(given, dbname="postgres")


def is_superuser(connection: Any, reader: str) -> bool:
    """Tell whether the role may do anything, and could go on as another one that only reads."""
    exists = "EXISTS (SELECT FROM pg_roles WHERE rolname = %s)"
    sql = f"SELECT rolsuper AND {exists} FROM pg_roles WHERE rolname = current_user"
    return bool(connection.execute(sql, [reader]).fetchone()[0])


def tables(connection: Any, connect: Callable[[], Any]) -> list[Table]:
    """Return the tables and views of all schemas but the server's own."""
    columns = connection.execute(_COLUMNS).fetchall()
    types = {(schema, table, column): kind for schema, table, column, kind, *_ in columns}
    views = {
        (schema, name): f"CREATE {kind} {quoted('postgres', schema * (schema != default), name)} AS {query.strip(' ;')}"
        for schema, name, query, kind, default in connection.execute(_VIEWS)
    }
    return inspected("postgres", connect, Written(types, views, sorted({each[0] for each in columns})))


def databases(connection: Any) -> list[str]:
    """Return the names of the databases that the role may connect to, without templates and the server's own."""
    return sorted(name for (name,) in connection.execute(_DATABASES))


def fingerprint(connection: Any) -> str:
    """Return a hash of the tables' definitions and rows.

    Above `SMALL` bytes, and for tables that the role may not read, sizes, files and the counters of changed rows stand
    for the rows. The counters come up to a second late, and a reset of the server's statistics looks like a change.
    Foreign tables' rows, functions and sequences are not looked at.
    """
    digest = hashlib.sha256()
    connection.execute("BEGIN READ ONLY")
    try:
        for part in _content(connection):
            digest.update(repr(part).encode())
    finally:
        connection.execute("ROLLBACK")
    return digest.hexdigest()[:32]


def may_write(connection: Any) -> str:
    """Return a sentence about what the role could change, or nothing."""
    role, superuser = connection.execute(
        "SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if superuser:
        return f"the role {role} is a superuser"
    return "; ".join(_may(connection, role))


def _may(connection: Any, role: str) -> Iterator[str]:
    for sql, what in (
        (_ROLES, "is a member of"),
        (_RIGHTS, "can change"),
        (_SCHEMAS, "can create tables in the schema"),
    ):
        found = [name for (name,) in connection.execute(sql)]
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            yield f"the role {role} {what} {', '.join(found[:3])}{more}"


def _content(connection: Any) -> Iterator[Any]:
    yield connection.execute(_COLUMNS).fetchall()
    yield connection.execute(_VIEWS).fetchall()
    stored = connection.execute(_STORED).fetchall()
    small = sum(size for _, _, size, *_ in stored) <= SMALL
    for schema, name, *counters, may_read in stored:
        yield schema, name, _rows(connection, schema, name) if small and may_read else counters


def _rows(connection: Any, schema: str, name: str) -> Any:
    from psycopg import sql

    query = "SELECT count(*), sum(hashtextextended(ROW(t.*)::text, 0)) FROM ONLY {} AS t"
    return connection.execute(sql.SQL(query).format(sql.Identifier(schema, name))).fetchone()
