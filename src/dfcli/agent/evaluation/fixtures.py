"""The files of a task, written into its working folder, and what became of them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dfcli.agent.evaluation.tasks import Task
from dfcli.errors import InputError


def poisoned(task: Task) -> Task:
    """Return a task whose fixture holds its injected texts."""
    data = task.model_dump(exclude={"injected", "checks"})
    for each in task.injected:
        data = each.into(data)
    return task.model_copy(update={key: data[key] for key in ("files", "database", "data", "db")} | {"injected": ()})


def clean(task: Task) -> Task:
    """Return a task without its injected texts."""
    return task.model_copy(update={"injected": ()})


def write_fixture(files: Mapping[str, Any], database: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Write data files and SQLite databases into a folder; return the hash of each by its name."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            _write_parquet(content, path)
        else:
            path.write_text(content if isinstance(content, str) else _text(content, path.suffix), "utf-8")
    for name, script in database.items():
        with closing(sqlite3.connect(folder / name)) as connection:
            connection.executescript(script)
            connection.commit()
    return {name: digest(folder / name) for name in (*files, *database)}


def digest(path: Path) -> str:
    """Return a hash of a file's bytes, or `gone` where it is no longer there."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone"


def _text(rows: Sequence[Mapping[str, Any]], suffix: str) -> str:
    match suffix:
        case ".jsonl":
            return "".join(f"{_json(row)}\n" for row in rows)
        case ".json":
            return _json(rows)
        case ".csv" | ".tsv":
            return _table(rows, "\t" if suffix == ".tsv" else ",")
    raise InputError(f"rows are written as .jsonl, .json, .csv, .tsv or .parquet, not {suffix}")


def _table(rows: Sequence[Mapping[str, Any]], separator: str) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if row.get(name) is None else row[name] for name in names} for row in rows)
    return out.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _write_parquet(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    import polars as pl

    pl.DataFrame(list(rows), infer_schema_length=None, strict=False).write_parquet(path)
