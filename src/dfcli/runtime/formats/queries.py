"""Rows that a database query gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from dfcli.errors import InputError, RowError
from dfcli.runtime import databases

_SECONDS = 600
_MOST_ROWS = 10_000_000


def schema(url: str, query: str, folder: Path) -> pl.Schema:
    """Return the columns of a query, their types told from its rows."""
    return _frame(url, query, folder).schema


def frames(url: str, query: str, folder: Path, columns: pl.Schema) -> Iterator[pl.DataFrame]:
    """Yield the rows of a query."""
    yield _frame(url, query, folder)


def _frame(url: str, query: str, folder: Path) -> pl.DataFrame:
    database = databases.connect(url, folder)
    try:
        names, rows = database.query(query, seconds=_SECONDS, max_rows=_MOST_ROWS)
    except RowError as error:
        raise InputError(f"{url}: the input's query failed: {error}") from error
    finally:
        database.close()
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
