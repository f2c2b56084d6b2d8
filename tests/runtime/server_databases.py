"""Databases on the tests' servers, one per module of tests, with a role that reads and one that may do anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

from servers import Server

PASSWORD_NAME = "DFCLI_TEST_PASSWORD"
PASSWORD = "open: @/:%sesame"
"""Of every role that has one; not a secret, but with all that a URL could stumble over."""


@dataclass(frozen=True)
class Place:
    """A database on a server, made for one module of tests: its name, and URLs whose password is in the environment."""

    name: str
    reader: str
    """The URL of a role that may only read this database."""
    owner: str
    """The URL of a role that may do anything."""
    server: Server


def postgres_place(server: Server, name: str, script: str) -> Place:
    """Make a database on a PostgreSQL server and run a script there."""
    from psycopg import sql

    os.environ[PASSWORD_NAME] = PASSWORD
    names = {
        "name": sql.Identifier(name),
        "reader": sql.Identifier(f"{name}_reader"),
        "owner": sql.Identifier(f"{name}_owner"),
    }
    with postgres_admin(server) as admin:
        for statement in (
            "CREATE ROLE {reader} LOGIN PASSWORD {password}",
            "CREATE ROLE {owner} LOGIN SUPERUSER PASSWORD {password}",
            "CREATE DATABASE {name} TEMPLATE template0",
        ):
            admin.execute(sql.SQL(statement).format(password=PASSWORD, **names))
    grants: tuple[LiteralString, ...] = ("USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA")
    with postgres_admin(server, name) as admin:
        admin.execute(script)
        for (schema,) in admin.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'"):
            for grant in grants:
                into = {"grant": sql.SQL(grant), "schema": sql.Identifier(schema), "reader": names["reader"]}
                admin.execute(sql.SQL("GRANT {grant} {schema} TO {reader}").format(**into))
    url = f"postgresql://{name}_{{role}}:${PASSWORD_NAME}@127.0.0.1:{server.port}/{name}"
    return Place(name, url.format(role="reader"), url.format(role="owner"), server)


def mariadb_place(server: Server, name: str, script: str) -> Place:
    """Make a database on a MariaDB server and run a script there, a statement per line that ends with a semicolon."""
    os.environ[PASSWORD_NAME] = PASSWORD
    with mariadb_admin(server) as admin:
        for statement in (
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4",
            f"CREATE USER {name}_reader@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
            f"CREATE USER {name}_owner@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT SELECT ON {name}.* TO {name}_reader@'127.0.0.1'",
            f"GRANT ALL ON *.* TO {name}_owner@'127.0.0.1' WITH GRANT OPTION",
            f"USE {name}",
            *script.split(";\n"),
        ):
            if statement.strip():
                admin.cursor().execute(statement)
    url = f"mysql://{name}_{{role}}:${PASSWORD_NAME}@127.0.0.1:{server.port}/{name}"
    return Place(name, url.format(role="reader"), url.format(role="owner"), server)


@contextmanager
def postgres_admin(server: Server, database: str = "postgres") -> Iterator[Any]:
    """Connect as the superuser, each statement by itself."""
    import psycopg

    connection = psycopg.connect(
        f"host={server.folder} port={server.port} user=postgres dbname={database}", autocommit=True
    )
    with connection:
        yield connection


@contextmanager
def mariadb_admin(server: Server, database: str | None = None) -> Iterator[Any]:
    """Connect as root, each statement by itself."""
    import pymysql  # type: ignore[import-untyped]

    connection = pymysql.connect(
        unix_socket=f"{server.folder}/socket", user="root", database=database, autocommit=True, charset="utf8mb4"
    )
    with connection:
        yield connection
