"""What the data are, as far as a plan needs to know: columns, types, lengths, languages, roles; never the rows.

`examples` alone gives rows, a few, cut and masked, for a model that plans.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.agent.roles import Facts, roles
from dfcli.agent.texts import holds, language, masked
from dfcli.ops.types import name_of
from dfcli.recipes.model import Input
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.spread import Drawn, draw

_LONGEST = 200
"""Characters of a text in an example."""

_CATEGORIES = 20
"""Different values of a column that names categories, at most."""

_TEXTS = 200
"""Texts of a column that are looked into."""


@dataclass(frozen=True)
class Column:
    """A column: its type as recipes write it, shares of nulls and of distinct values (0 to 1), and what it seems to be.

    `mean_chars` and `language` (an ISO 639 code) are those of texts. `role` is one of `dfcli.agent.roles.Role`.
    `values` are those of a column that holds few short ones, with how often each was seen; `fields` the types of what
    is in a column of objects, by path: `lang`, `prompt.text`.
    """

    name: str
    type: str
    nulls: float
    distinct: float
    mean_chars: float | None = None
    language: str | None = None
    role: str | None = None
    values: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A data file: `rows` where they could be counted cheaply, of which `sampled` were looked at.

    `holds` warns of what is in its texts: "pii", "injection" (sentences that give a model orders).
    """

    path: str
    columns: tuple[Column, ...]
    rows: int | None
    sampled: int
    holds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Database:
    """A database: its URL without a password, the SQL it speaks, and the columns of its tables and views by name."""

    url: str
    dialect: str
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """The data files of a request, in the order given, and its database."""

    tables: tuple[Table, ...] = ()
    database: Database | None = None


def profile(data: Sequence[str], database: str | None, folder: Path, rows: int = 1000) -> Profile:
    """Return what data files (paths, patterns, URLs) and a database are, from at most `rows` rows of each file.

    Paths are relative to `folder`. InputError when a file cannot be read, EnvironmentLacks when the database cannot.
    """
    tables = tuple(_table(path, draw(Input(path=path), folder, rows)) for path in data)
    return Profile(tables, _database(database, folder) if database else None)


def examples(data: Sequence[str], folder: Path, number: int = 3) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Return at most three rows of each file, texts cut to 200 characters, personal data masked."""
    found = {path: draw(Input(path=path), folder, min(number, 3)).frame for path in data}
    return {path: tuple(shown(row) for row in frame.to_dicts()) for path, frame in found.items()}


def fingerprint(profile: Profile) -> str:
    """Return a hash of what a profile says; the same for the same data, whenever and wherever they were written."""
    said = json.dumps(asdict(profile), sort_keys=True, default=sorted, ensure_ascii=False)
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _table(path: str, drawn: Drawn) -> Table:
    frame = drawn.frame
    facts = [_facts(frame[name]) for name in frame.columns]
    found = roles(facts)
    texts = [text for each in facts for text in each.texts]
    columns = tuple(_column(frame[each.name], each, found.get(each.name)) for each in facts)
    return Table(path, columns, drawn.rows, frame.height, holds(texts))


def _facts(values: pl.Series) -> Facts:
    kept = values.drop_nulls()
    text = kept.dtype == pl.String
    return Facts(
        name=values.name,
        type=values.dtype,
        distinct=_distinct(kept),
        mean_chars=_mean(kept.str.len_chars()) if text else None,
        texts=tuple(kept.head(_TEXTS).str.slice(0, 2000)) if text else tuple(_inside(kept.head(_TEXTS))),
        numbers=tuple(kept.head(_TEXTS)) if kept.dtype.is_numeric() else (),
    )


def _column(values: pl.Series, facts: Facts, role: str | None) -> Column:
    nulls = values.null_count() / values.len() if values.len() else 0.0
    tongue = language(facts.texts) if values.dtype == pl.String else None
    mean = None if facts.mean_chars is None else round(facts.mean_chars, 1)
    return Column(
        values.name,
        name_of(values.dtype),
        round(nulls, 4),
        round(facts.distinct, 4),
        mean,
        tongue,
        role,
        _categories(values),
        dict(_fields(values.dtype)),
    )


def _fields(kind: pl.DataType, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the type of each value inside objects."""
    for each in kind.fields if isinstance(kind, pl.Struct) else ():
        name = f"{path}{each.name}"
        if isinstance(each.dtype, pl.Struct):
            yield from _fields(each.dtype, f"{name}.")
        else:
            yield name, name_of(each.dtype)


def _categories(values: pl.Series) -> dict[str, int]:
    """Return the values of a column that names few categories, the commonest first; none for others."""
    kept = values.drop_nulls()
    if kept.dtype != pl.String or kept.is_empty() or kept.n_unique() > min(_CATEGORIES, kept.len() // 2):
        return {}
    counts = kept.value_counts(sort=True)
    found = {str(value): int(times) for value, times in counts.iter_rows()}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0]))) if max(map(len, found)) <= 40 else {}


def _distinct(kept: pl.Series) -> float:
    """Return the share of values that differ from all before them; of lists and objects by what they say."""
    if kept.is_empty():
        return 0.0
    flat = kept.map_elements(repr, return_dtype=pl.String) if kept.dtype.is_nested() else kept
    return flat.n_unique() / kept.len()


def _mean(lengths: pl.Series) -> float:
    return float(lengths.cast(pl.Float64).mean() or 0.0)  # type: ignore[arg-type]  # the mean of floats is one


def _inside(kept: pl.Series) -> Iterator[str]:
    """Yield the texts inside lists and objects."""
    for value in kept.to_list() if kept.dtype.is_nested() else ():
        yield from _leaves(value)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value[:2000]
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(each)


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as it may be given away or stored: texts cut to 200 characters, personal data masked."""
    return {name: _cut(value) for name, value in row.items()}


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        text = masked(value[: 2 * _LONGEST])
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if isinstance(value, Mapping):
        return {name: _cut(each) for name, each in value.items()}
    return [_cut(each) for each in value[:3]] if isinstance(value, list) else value


def _database(url: str, folder: Path) -> Database:
    with Databases(folder) as databases:
        found = databases.database(url)
        tables = {each.full_name: tuple(column.name for column in each.columns) for each in found.tables()}
        return Database(found.url, found.dialect, tables)
