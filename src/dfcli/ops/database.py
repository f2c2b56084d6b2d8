"""What operators see of a database: its tables, and what queries give.

Rows and values come from outside and are not trusted; nothing here can write to a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import unquote, urlsplit

Dialect = Literal["sqlite", "duckdb", "postgres", "mysql"]
"""The SQL a database speaks, by sqlglot's name; MariaDB speaks mysql."""

Error = Literal["syntax", "unknown_table", "unknown_column", "timeout", "too_large", "not_read_only", "other"]

Engine = Literal["SQLite", "DuckDB", "PostgreSQL", "MySQL"]
"""A dialect by the name that people, recipes and prompts use."""

DIALECTS: Mapping[Dialect, Engine] = {
    "sqlite": "SQLite",
    "duckdb": "DuckDB",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
}
SPOKEN: Mapping[Engine, Dialect] = {engine: dialect for dialect, engine in DIALECTS.items()}


@dataclass(frozen=True)
class TableColumn:
    """A column of a table; `type` is written as the engine writes it, and empty where it has none."""

    name: str
    type: str = ""
    nullable: bool = True
    comment: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """Columns that hold the key of another table; `refers_to` are its columns, in the same order."""

    columns: tuple[str, ...]
    table: str
    refers_to: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table or view. `schema` is its namespace where that is not the default one of the connection.

    `create` is the statement that made it where the engine keeps that.
    """

    name: str
    columns: tuple[TableColumn, ...]
    kind: Literal["table", "view"] = "table"
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    schema: str = ""
    comment: str = ""
    create: str = ""

    @property
    def full_name(self) -> str:
        """The name with its namespace, unquoted: `orders`, `sales.orders`; foreign keys refer to it by that."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True)
class Result:
    """What a query gave: columns and rows, or the code of an error with what the engine says of it.

    Values are None, bool, int, float, Decimal, str, bytes, date, datetime, time or timedelta; what an engine has
    besides (JSON, arrays, UUIDs, intervals) comes as text. `seconds` is the time it took in the engine.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    error: Error | None = None
    detail: str = ""
    seconds: float = 0.0


class Database(Protocol):
    """A database that can only be read, over a pool of connections; any thread may use it."""

    url: str
    """As the recipe has it, without a password."""
    name: str
    """What it is called among those of its folder or server."""
    dialect: Dialect

    def tables(self) -> Sequence[Table]:
        """Return its tables and views: of SQLite in the order they were made, else by name."""

    def run(self, queries: Sequence[str], *, seconds: float, max_rows: int, plan: bool = False) -> Iterator[Result]:
        """Yield one result per query, in order; several run at once.

        Each must be one reading statement, gets so many seconds and may give so many rows. With `plan` the result is
        how the engine would go about it, and nothing is read. EnvironmentLacks when the database itself fails.
        """

    def fingerprint(self) -> str:
        """Return what changes whenever the content may have."""

    def may_write(self) -> str:
        """Return what the role could change if it were not for the read-only transaction, or nothing."""


def quoted(dialect: Dialect, *names: str) -> str:
    """Return a name as a query writes it whatever is in it; several are joined by dots."""
    mark = "`" if dialect == "mysql" else '"'
    return ".".join(mark + name.replace(mark, mark * 2) + mark for name in names if name)


def cautions(databases: Iterable[Database]) -> list[str]:
    """Return a sentence per database whose role could write."""
    found = ((each, each.may_write()) for each in databases)
    return [
        f"{each.url}: the role could write ({powers}); queries run in read-only transactions, but a role that may only "
        "SELECT is the safer one"
        for each, powers in found
        if powers
    ]


def secret_variable(url: str) -> str | None:
    """Return the environment variable that a URL names for its password, as in `postgresql://me:$NAME@host/shop`."""
    found = re.fullmatch(r"\$\{?([A-Za-z_]\w*)\}?", unquote(urlsplit(url).password or ""))
    return found[1] if found else None


def literal_password(url: str) -> bool:
    """Tell whether a URL holds a password as it is."""
    return bool(urlsplit(url).password) and secret_variable(url) is None
