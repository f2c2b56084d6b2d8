"""What the catalogue of MySQL or MariaDB says of a database: tables, content, rights.

Read from `information_schema`, which a role with nothing but SELECT may do, where SQLAlchemy asks for more: it stops at
a view whose definition the role may not see.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dfcli.ops.database import ForeignKey, Table, TableColumn, quoted

SMALL = 256 << 20
"""Bytes of all tables together up to which their rows are read for a fingerprint."""

_OPTIONS = {"unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity"}
_OWN = {"information_schema", "performance_schema", "mysql", "sys"}
_TABLES = """
    SELECT table_name, table_type, table_comment, data_length, index_length, update_time, auto_increment
    FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type <> 'SEQUENCE'
"""
_COLUMNS = """
    SELECT table_name, column_name, column_type, is_nullable, column_comment FROM information_schema.columns
    WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
"""
_KEYS = """
    SELECT table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name,
           referenced_column_name, table_schema
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE() AND (constraint_name = 'PRIMARY' OR referenced_table_name IS NOT NULL)
    ORDER BY table_name, constraint_name, ordinal_position
"""
_VIEWS = "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY 1"
_GRANT = re.compile(r"GRANT (?P<what>.*?) ON (?P<where>.*?) TO ", re.DOTALL)
_READING = {"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REFERENCES", "REPLICATION CLIENT", "PROXY"}


def arguments(url: str) -> dict[str, Any]:
    """Return a URL's parts as the driver takes them; ValueError names an option that is not taken."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(set(options) - _OPTIONS):
        raise ValueError(f"the URL has the option {unknown[0]}: only {', '.join(sorted(_OPTIONS))} can be given")
    return {
        "host": parts.hostname or "localhost",
        "port": parts.port or 3306,
        "user": unquote(parts.username or "") or None,
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.strip("/")) or None,
        **{
            name: value if name.startswith(("unix", "ssl_c", "ssl_k")) else value == "true"
            for name, value in options.items()
        },
    }


def tables(connection: Any) -> list[Table]:
    """Return the tables and views of the database by name; a server without one has none."""
    columns, primary, foreign = defaultdict(list), defaultdict(list), defaultdict(list)
    for table, name, kind, nullable, comment in _rows(connection, _COLUMNS):
        columns[table].append(TableColumn(name, _text(kind), nullable == "YES", _text(comment)))
    for table, key, name, *referred in _rows(connection, _KEYS):
        if key == "PRIMARY":
            primary[table].append(name)
        else:
            foreign[table, key].append((name, *referred))
    keys = defaultdict(list)
    for (table, _), parts in foreign.items():
        keys[table].append(_foreign_key(parts))
    views = {name: _text(query) for name, query in _rows(connection, _VIEWS)}
    return [
        Table(
            name,
            tuple(columns[name]),
            "view" if kind.endswith("VIEW") else "table",
            tuple(primary[name]),
            tuple(sorted(keys[name], key=lambda each: each.columns)),
            comment="" if kind.endswith("VIEW") else _text(comment),
            create=f"CREATE VIEW {quoted('mysql', name)} AS {views[name]}" if views.get(name) else "",
        )
        for name, kind, comment, *_ in sorted(_rows(connection, _TABLES))
    ]


def databases(connection: Any) -> list[str]:
    """Return the names of the databases that the role sees, without the server's own."""
    return sorted(name for (name,) in _rows(connection, "SHOW DATABASES") if name.lower() not in _OWN)


def fingerprint(connection: Any) -> str:
    """Return a hash of the tables' definitions and of the server's checksums of their rows.

    Above `SMALL` bytes the sizes and the times of the last change stand for the rows; a server forgets these times when
    it is started. Checksums have 32 bits. Of views only the definitions count, and these only where the role sees them;
    routines and sequences do not.
    """
    digest = hashlib.sha256()
    for part in _content(connection):
        digest.update(repr(part).encode())
    return digest.hexdigest()[:32]


def may_write(connection: Any) -> str:
    """Return a sentence about what the role could change, or nothing."""
    found = [_GRANT.match(line) for (line,) in _rows(connection, "SHOW GRANTS")]
    able = [(rights, each["where"]) for each in found if each and (rights := _writing(each["what"]))]
    [(role,)] = _rows(connection, "SELECT CURRENT_USER()")
    more = f" and {len(able) - 3} more" if len(able) > 3 else ""
    said = "; ".join(f"{', '.join(rights[:5])} on {where}" for rights, where in able[:3])
    return f"the role {role} has the rights {said}{more}" if able else ""


def _content(connection: Any) -> Iterator[Any]:
    yield _rows(connection, _COLUMNS), _rows(connection, _KEYS), _rows(connection, _VIEWS)
    stored = [
        row for row in sorted(_rows(connection, _TABLES), key=lambda each: each[0]) if not row[1].endswith("VIEW")
    ]
    small = sum((row[3] or 0) + (row[4] or 0) for row in stored) <= SMALL
    for name, kind, comment, *counters in stored:
        yield name, kind, comment
        yield _rows(connection, f"CHECKSUM TABLE {quoted('mysql', name)}")[0][1] if small else counters


def _foreign_key(parts: list[tuple[str, ...]]) -> ForeignKey:
    schema, table, _, own = parts[0][1:]
    name = table if schema == own else f"{schema}.{table}"
    return ForeignKey(tuple(each[0] for each in parts), name, tuple(each[3] for each in parts))


def _writing(rights: str) -> list[str]:
    """Return the rights of a grant that are more than reading; those on columns have these in parentheses."""
    named = (each.strip() for each in re.sub(r"\([^)]*\)", "", rights).split(","))
    return [each for each in named if each not in _READING and not each.startswith("`")]


def _rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")
