"""Where a database is: the URL or path of a recipe, taken apart.

    shop.db, sqlite:///shop.db            a file; a folder has many, each called by its file's name
    duckdb:///shop.duckdb, duckdb:///data  a file; a folder of Parquet, CSV and JSON files, each a table
    postgresql://user:$PASSWORD@host/shop  a server's database; without a name, all of the server's
    mysql://user@host:3307/shop            likewise; mariadb:// is the same

A password stands for itself only in the environment: `$NAME` is the variable that holds it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from dfcli.errors import EnvironmentLacks
from dfcli.ops.database import Dialect, literal_password, secret_variable

_SERVERS: dict[str, Dialect] = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_FILES: dict[str, Dialect] = {"sqlite": "sqlite", "duckdb": "duckdb"}
_MAGIC: dict[Dialect, tuple[int, bytes]] = {"sqlite": (0, b"SQLite format 3\0"), "duckdb": (8, b"DUCK")}
DATA_FILES = (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Address:
    """Where one database is, or the folder or server of several; `name` is what it is called among them."""

    url: str
    dialect: Dialect
    name: str
    path: Path | None = None
    database: str = ""

    @classmethod
    def of(cls, url: str, folder: Path) -> Address:
        """Return what a recipe's URL or path stands for; EnvironmentLacks when nothing can be made of it."""
        scheme, mark, rest = url.partition("://")
        kind = scheme.partition("+")[0]
        if mark and kind in _SERVERS:
            _check_password(url)
            name = unquote(urlsplit(url).path.strip("/"))
            return cls(url, _SERVERS[kind], name, database=name)
        if mark and kind not in _FILES:
            raise EnvironmentLacks(
                f"a {scheme}:// database cannot be opened; these can: a path, sqlite:///, duckdb:///, postgresql://, "
                "mysql://, mariadb://"
            )
        path = (folder / (rest.removeprefix("/") if mark else url)).resolve()
        if not path.exists():
            what = "database file" if path.suffix else "database file or folder"
            raise EnvironmentLacks(f"{path}: there is no such {what}")
        return cls(url, _FILES.get(kind) or dialect_of(path) or "sqlite", path.stem, path)

    def named(self, name: str) -> Address:
        """Return the address of a server's database."""
        place = urlsplit(self.url)
        url = place._replace(path=f"/{quote(name, safe='')}").geturl()
        return replace(self, url=url, name=name, database=name)

    def with_password(self) -> str:
        """Return the URL with the password that the environment holds; EnvironmentLacks when it holds none."""
        variable = secret_variable(self.url)
        if variable is None:
            return self.url
        if variable not in os.environ:
            raise EnvironmentLacks(f"{self.url}: set {variable} in the environment: it is to hold the password")
        return self.url.replace(f":{urlsplit(self.url).password}@", f":{quote(os.environ[variable], safe='')}@", 1)


def _check_password(url: str) -> None:
    """Refuse a password that is written out: EnvironmentLacks, which does not repeat it."""
    if literal_password(url):
        raise EnvironmentLacks(
            "a database URL holds a password, which would end up in checkpoints and reports: write $NAME in its "
            "place, as in postgresql://me:$NAME@host/shop, and set NAME in the environment"
        )


def dialect_of(path: Path) -> Dialect | None:
    """Return the engine whose file this is, by its first bytes; of data files and folders of them DuckDB."""
    if path.is_dir():
        only_data = any(_data_files(path)) and not any(file_dialect(each) for each in path.rglob("*") if each.is_file())
        return "duckdb" if only_data else None
    return file_dialect(path) or ("duckdb" if is_data(path) else None)


def file_dialect(path: Path) -> Dialect | None:
    """Return the engine whose database file this is, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(32)
    return next((kind for kind, (at, magic) in _MAGIC.items() if head[at : at + len(magic)] == magic), None)


def is_data(path: Path) -> bool:
    """Tell whether a file holds a table that DuckDB reads; it may be compressed."""
    return table_name(path) != path.name


def table_name(path: Path) -> str:
    """Return what the table in a data file is called: the file's name without its endings; as it is for other files."""
    name = path.name
    for packing in (".gz", ".zst"):
        name = name[: -len(packing)] if name.lower().endswith(packing) else name
    ending = next((each for each in DATA_FILES if name.lower().endswith(each)), "")
    return name[: -len(ending)] if ending else path.name


def _data_files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_file() and is_data(each))
