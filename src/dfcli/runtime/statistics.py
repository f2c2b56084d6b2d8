"""What a data file is like as a whole: its rows, columns, categories and texts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.errors import InputError, did_you_mean
from dfcli.ops.types import name_of
from dfcli.runtime import frames
from dfcli.runtime.text_statistics import Looking, Texts, texts

_COMMONEST = 20


@dataclass(frozen=True)
class Column:
    """A column's type, and how many rows have nothing in it."""

    type: str
    nulls: int


@dataclass(frozen=True)
class Categories:
    """The values of a column: how many there are, the commonest with their counts, and how evenly rows are spread.

    `balance` is the entropy of the counts by the greatest there could be: 1.0 when all values are equally common, 0.0
    of fewer than two.
    """

    values: int
    balance: float
    commonest: Mapping[str, int]


@dataclass(frozen=True)
class Statistics:
    """What a data file is like."""

    rows: int
    columns: Mapping[str, Column]
    categories: Mapping[str, Categories]
    texts: Texts | None


def statistics(path: str, folder: Path, looking: Looking, against: str | None = None) -> Statistics:
    """Return what a data file is like, and how far the texts of the file `against` are from its own.

    InputError for a file that cannot be read, or a column that is not there.
    """
    compared = [each for each in (looking.text, looking.vectors) if each is not None]
    data = _scan(path, folder, [*compared, *looking.by], looking.text)
    kinds = data.collect_schema()
    counts = data.select(pl.len().alias("rows"), nulls=pl.struct(pl.all().null_count())).collect(engine="streaming")
    nulls = counts["nulls"][0] or {}
    columns = {name: Column(name_of(kind), nulls[name]) for name, kind in kinds.items()}
    categories = {name: _categories(data, name) for name in looking.by}
    if looking.text is None:
        return Statistics(counts["rows"][0], columns, categories, None)
    other = None if against is None else _scan(against, folder, compared, looking.text)
    return Statistics(counts["rows"][0], columns, categories, texts(data, looking.text, looking, other))


def text_column(path: str, folder: Path) -> str | None:
    """Return the column of texts that a data file has when none is named: `text`, or None."""
    return "text" if frames.scan(path, folder).collect_schema().get("text") == pl.String else None


def _scan(path: str, folder: Path, wanted: Sequence[str], text: str | None = None) -> pl.LazyFrame:
    """Return the rows of a file that has the columns wanted, and text in one of them."""
    data = frames.scan(path, folder)
    kinds = data.collect_schema()
    for name in wanted:
        if name not in kinds:
            raise InputError(f"{path}: there is no column {name!r}{did_you_mean(name, kinds)}")
    if text is not None and kinds[text] != pl.String:
        raise InputError(f"{path}: the column {text!r} is {name_of(kinds[text])}, not str: name one of texts")
    return data


def _categories(data: pl.LazyFrame, name: str) -> Categories:
    values = data.group_by(pl.col(name).alias("value")).agg(times=pl.len()).drop_nulls().collect(engine="streaming")
    counts = {_said(value): times for value, times in values.iter_rows()}
    commonest = dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
    whole = sum(counts.values())
    chances = [each / whole for each in commonest.values()]
    entropy = -sum(each * math.log(each) for each in chances)
    balance = min(entropy / math.log(len(chances)), 1.0) if len(chances) > 1 else 0.0
    return Categories(len(commonest), balance, dict(islice(commonest.items(), _COMMONEST)))


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
