"""Rows that a query of a database gives. Types are told from its first rows; what the query changes is not kept.

A column with integers and floats is float; one whose values differ otherwise is text, in which lists and objects are
JSON.
"""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.errors import EnvironmentLacks, InputError
from dfcli.ops.types import name_of
from dfcli.runtime.databases.address import Address
from dfcli.runtime.databases.servers import driver_url
from dfcli.runtime.formats.source import BadLine, Report

_SQLITE = "sqlite:///"
_ROWS = 10_000
_TYPES: dict[type, pl.DataType] = {
    int: pl.Int64(),
    float: pl.Float64(),
    Decimal: pl.Float64(),
    str: pl.String(),
    bytes: pl.Binary(),
    bool: pl.Boolean(),
    datetime.date: pl.Date(),
    datetime.datetime: pl.Datetime("us"),
    datetime.time: pl.Time(),
    datetime.timedelta: pl.Duration("us"),
}
_WORDS = {datetime.date: datetime.date.fromisoformat, datetime.datetime: datetime.datetime.fromisoformat}

Rows = Sequence[Sequence[Any]]


def schema(url: str, query: str, folder: Path) -> pl.Schema:
    """Return the query's columns; Null is the type of those that hold nothing in the first rows."""
    with _opened(url, query, folder) as (names, batches):
        rows = next(batches, [])
        return pl.Schema({name: _type_of({type(row[at]) for row in rows}) for at, name in enumerate(names)})


def frames(url: str, query: str, folder: Path, schema: pl.Schema, report: Report) -> Iterator[pl.DataFrame]:
    """Yield the rows in order; those that do not fit the types are reported by their number, and left out."""
    with _opened(url, query, folder) as (names, batches):
        wants = [schema[name] for name in names]
        _refuse_nested(names, wants)
        first = 1
        for rows in batches:
            good = list(_fitting(rows, first, names, wants, _shown(url), report))
            first += len(rows)
            yield pl.DataFrame(good, schema={name: schema[name] for name in names}, orient="row")


def _refuse_nested(names: list[str], wants: list[pl.DataType]) -> None:
    for name, want in zip(names, wants, strict=True):
        if want.is_nested():
            raise InputError(f"input: a value of {name} is never {name_of(want)} in a database; read it as str")


def _type_of(kinds: set[type]) -> pl.DataType:
    types = {_TYPES.get(kind, pl.String()) for kind in kinds if kind is not type(None)}
    if not types:
        return pl.Null()
    if types == {pl.Int64(), pl.Float64()}:
        return pl.Float64()
    return types.pop() if len(types) == 1 else pl.String()


def _fitting(
    rows: Rows, first: int, names: list[str], wants: list[pl.DataType], where: str, report: Report
) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=first):
        try:
            yield [_value(value, want) for value, want in zip(row, wants, strict=True)]
        except ValueError:
            name, value, want = next(each for each in zip(names, row, wants, strict=True) if not _is(*each[1:]))
            report(BadLine(where, number, f"{name} is {value!r}, which is no {name_of(want)}"))


def _is(value: Any, want: pl.DataType) -> bool:
    try:
        _value(value, want)
    except ValueError:
        return False
    return True


def _value(value: Any, want: pl.DataType) -> Any:
    """Return a value as its column's type takes it; ValueError when it does not."""
    if value is None:
        return None
    if want == pl.String:
        return _as_text(value)
    if want == pl.Float64 and isinstance(value, int | float | Decimal):
        return float(value)
    if want == pl.Boolean and value in (0, 1):
        return bool(value)
    if want == pl.Int64 and isinstance(value, int) and -(2**63) <= value < 2**63:
        return int(value)
    kind = next(kind for kind, each in _TYPES.items() if each == want)
    if type(value) is kind and kind is not int:
        return value
    if isinstance(value, str) and kind in _WORDS:
        return _WORDS[kind](value)
    raise ValueError(value)


def _as_text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def _opened(url: str, query: str, folder: Path) -> Iterator[tuple[list[str], Iterator[Rows]]]:
    with _reading(url, query, folder) as (names, batches):
        twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
        if twice is not None:
            raise InputError(f"input: the query gives two columns called {twice!r}; rename one with AS")
        yield names, batches


def _reading(url: str, query: str, folder: Path) -> AbstractContextManager[tuple[list[str], Iterator[Rows]]]:
    if url.startswith(_SQLITE) or "://" not in url:
        return _sqlite(url, query, folder)
    address = Address.of(url, folder)
    return _duckdb(address, query) if address.dialect == "duckdb" else _elsewhere(address, query)


@contextmanager
def _duckdb(address: Address, query: str) -> Iterator[tuple[list[str], Iterator[Rows]]]:
    try:
        duckdb = import_module("duckdb")
    except ImportError as error:
        raise EnvironmentLacks("a DuckDB database needs an extra: pip install 'dfcli[sql]'") from error
    try:
        with duckdb.connect(str(address.path), read_only=True) as connection:
            cursor = connection.execute(query)
            yield [column[0] for column in cursor.description], iter(lambda: cursor.fetchmany(_ROWS), [])
    except duckdb.Error as error:
        raise InputError(f"input: {address.url}: the query fails: {str(error).partition(chr(10))[0]}") from error


@contextmanager
def _sqlite(url: str, query: str, folder: Path) -> Iterator[tuple[list[str], Iterator[Rows]]]:
    path = (folder / url.removeprefix(_SQLITE)).resolve()
    if not path.is_file():
        raise InputError(f"input: {_shown(url)}: {path} does not exist")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = _text
            cursor = connection.execute(query)
            if cursor.description is None:
                raise InputError("input: the query gives no rows; it has to be a SELECT")
            yield [column[0] for column in cursor.description], iter(lambda: cursor.fetchmany(_ROWS), [])
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise InputError(f"input: {_shown(url)}: the query fails: {error}") from error


def _text(raw: bytes) -> str | bytes:
    """Return a text value; as bytes when it is not UTF-8, so that its row is reported."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


@contextmanager
def _elsewhere(address: Address, query: str) -> Iterator[tuple[list[str], Iterator[Rows]]]:
    scheme = address.url.partition("://")[0]
    try:
        sqlalchemy = import_module("sqlalchemy")
    except ImportError as error:
        needs = f"a {scheme} database needs SQLAlchemy and a driver: pip install 'dfcli[sql]' and the driver"
        raise EnvironmentLacks(needs) from error
    try:
        with sqlalchemy.create_engine(driver_url(address)).connect() as connection:
            streaming = connection.execution_options(stream_results=True, max_row_buffer=_ROWS)
            result = streaming.execute(sqlalchemy.text(query))
            yield list(result.keys()), result.partitions(_ROWS)
    except ImportError as error:
        raise EnvironmentLacks(f"a {scheme} database needs its driver: pip install {error.name}") from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise InputError(f"input: {_shown(address.url)}: {str(error).partition(chr(10))[0]}") from error


def _shown(url: str) -> str:
    """Return a database's URL without what may be a password."""
    return re.sub(r"//.*@", "//…@", url)
