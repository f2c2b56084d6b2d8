"""Data files as DuckDB reads them: the call that gives a file's rows, with all it would otherwise guess each time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_NOTHING = "(empty)"
"""What `sniff_csv` says of a file that has no quotes, for example."""
_CSV = "Delimiter AS delim, Quote AS quote, Escape AS escape, NewLineDelimiter AS new_line, Comment AS comment"
_FORMATS = "DateFormat AS dateformat, TimestampFormat AS timestampformat"
_WHOLE = "sample_size = -1, hive_partitioning = false"
"""Types are found from all lines: a query that meets a letter among numbers at line 100 000 would fail."""


def reader(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """Return the call of a table function that reads a data file; DuckDB's own error when the file cannot be read.

    A file of comma- or tab-separated values must begin with a line of names.
    """
    name = Path(path).name.lower().removesuffix(".gz").removesuffix(".zst")
    if name.endswith(".parquet"):
        call = f"read_parquet({text(path)}, hive_partitioning = false)"
        connection.execute(f"DESCRIBE FROM {call}")
        return call
    if name.endswith((".csv", ".tsv")):
        return _csv(connection, path)
    found = connection.execute(f"DESCRIBE FROM read_json({text(path)}, {_WHOLE})").fetchall()
    columns = _columns((column, kind) for column, kind, *_ in found)
    return f"read_json({text(path)}, hive_partitioning = false, columns = {columns})"


def text(value: str) -> str:
    """Return a text as a query writes it."""
    return "'" + value.replace("'", "''") + "'"


def _csv(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    found = connection.execute(
        f"SELECT {_CSV}, {_FORMATS}, SkipRows, Columns FROM sniff_csv({text(path)}, {_WHOLE}, header = true)"
    )
    names = [each[0] for each in found.description or []]
    [[*values, skip, columns]] = found.fetchall()
    known = zip(names, values, strict=False)
    options = [f"{name} = {text('' if value == _NOTHING else value)}, " for name, value in known if value is not None]
    types = _columns((each["name"], each["type"]) for each in columns)
    fixed = f"skip = {skip}, header = true, auto_detect = false, hive_partitioning = false, columns = {types}"
    return f"read_csv({text(path)}, {''.join(options)}{fixed})"


def _columns(types: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types) + "}"
