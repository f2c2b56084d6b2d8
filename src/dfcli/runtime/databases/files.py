"""Databases in files: one file, a folder of files in any layout, or data files that DuckDB reads as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import xxhash

from dfcli.errors import EnvironmentLacks
from dfcli.ops.database import Dialect
from dfcli.runtime.databases.address import Address, file_dialect, is_data, table_name
from dfcli.runtime.databases.pool import Pool
from dfcli.runtime.databases.process import Served

_PENDING = {"sqlite": ("-wal", "-journal"), "duckdb": (".wal",)}


def below(address: Address) -> Iterator[Address]:
    """Yield the databases of a folder: a file is called by its name without ending, or by its path where two are alike.

    EnvironmentLacks when there are none.
    """
    assert address.path is not None
    if not address.path.is_dir() or _is_tables(address):
        yield address
        return
    found = [each for each in sorted(address.path.rglob("*")) if _visible(each, address.path) and each.is_file()]
    kinds = {each: kind for each in found if (kind := file_dialect(each)) is not None}
    if not kinds:
        raise EnvironmentLacks(f"{address.path}: there is no SQLite or DuckDB database in this folder")
    inside = {path: path.relative_to(address.path) for path in kinds}
    times = Counter(name for each in inside.values() for name in _names(each))
    for path, relative in inside.items():
        name = next(each for each in _names(relative) if times[each] == 1)
        url = f"{address.url.rstrip('/')}/{relative.as_posix()}"
        yield replace(address, url=url, dialect=kinds[path], name=name, path=path)


def opened(address: Address, connections: int) -> Pool:
    """Return a database over a pool of connections; EnvironmentLacks says what is wrong with the file."""
    assert address.path is not None
    if address.path.is_dir() and not _is_tables(address):
        raise EnvironmentLacks(
            f"{address.path}: this is a folder of databases: name one of them, or say with `db: column` which column "
            "of the rows does"
        )
    tables = _tables(address)
    if not tables:
        _check_file(address.path, address.dialect)
    return _Files(address, tables, connections)


class _Files(Pool):
    """A database in files."""

    def __init__(self, address: Address, tables: dict[str, Path], connections: int) -> None:
        assert address.path is not None
        self._named = bool(tables)
        self._files = list(tables.values()) or [address.path]
        served = _served(address.path, address.dialect, tables)
        super().__init__(address.url, address.name, address.dialect, served, connections)

    def may_write(self) -> str:
        """Return nothing: a file is opened for reading, and there are no roles."""
        return ""

    def fingerprint(self) -> str:
        """Return a hash of the files' bytes, and of the names where they are tables."""
        digest = xxhash.xxh3_128()
        for path in self._files:
            digest.update(path.name.encode() if self._named else b"")
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        return digest.hexdigest()


def _served(path: Path, dialect: Dialect, tables: dict[str, Path]) -> Served:
    if dialect == "sqlite":
        return Served("_sqlite_worker", {"uri": path.as_uri()}, str(path), bare=True)
    if find_spec("duckdb") is None:
        raise EnvironmentLacks("a DuckDB database needs an extra: pip install 'dfcli[sql]'")
    file = None if tables else str(path)
    return Served(
        "_duckdb_worker", {"file": file, "tables": {name: str(each) for name, each in tables.items()}}, str(path)
    )


def _is_tables(address: Address) -> bool:
    return bool(_tables(address))


def _tables(address: Address) -> dict[str, Path]:
    """Return the data files that are a DuckDB database's tables, by the tables' names; none for a database file."""
    assert address.path is not None
    if address.dialect != "duckdb":
        return {}
    inside = sorted(address.path.iterdir()) if address.path.is_dir() else [address.path]
    files = [each for each in inside if each.is_file() and is_data(each)]
    tables = {table_name(each): each for each in files}
    if len(tables) < len(files):
        first, second = next(
            (a, b) for a, b in pairwise(sorted(files, key=table_name)) if table_name(a) == table_name(b)
        )
        raise EnvironmentLacks(
            f"{address.path}: {first.name} and {second.name} would both be the table {table_name(first)}: rename one"
        )
    return tables


def _names(path: Path) -> list[str]:
    """Return what a file may be called, beginning with the shortest."""
    return list(dict.fromkeys((path.stem, path.with_suffix("").as_posix(), path.as_posix())))


def _visible(path: Path, root: Path) -> bool:
    return not any(part.startswith((".", "__")) for part in path.relative_to(root).parts)


def _check_file(path: Path, dialect: Dialect) -> None:
    if path.is_file() and file_dialect(path) != dialect:
        what = {"sqlite": "an SQLite", "duckdb": "a DuckDB"}[dialect]
        raise EnvironmentLacks(f"{path}: this file is not {what} database")
    for suffix in _PENDING[dialect]:
        pending = path.with_name(path.name + suffix)
        if pending.is_file() and pending.stat().st_size:
            raise EnvironmentLacks(f"{path}: changes are still in {pending.name}; close the program that writes it")
