"""One column type becomes another without guessing: a value that has no counterpart becomes null."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from polars.exceptions import InvalidOperationError

from dfcli.ops._casting import PlainType, cast_to
from dfcli.ops.types import dtype

DAY, NOON = datetime.date(2025, 1, 31), datetime.datetime(2025, 1, 31, 12)


def cast(kind: PlainType, values: Sequence[Any], source: str | None = None) -> list[Any]:
    series = pl.Series("c", values, dtype=dtype(source) if source else None)
    done = series.to_frame().select(cast_to(kind, "c", series.dtype))["c"]
    assert done.dtype == dtype(kind)
    return done.to_list()


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        ("int", ["7", "-7", " 7", "7.0", "1e3", "x", "", None], [7, -7, None, None, None, None, None, None]),
        ("int", [1.0, 1.5, float("nan"), float("inf"), 1e300], [1, None, None, None, None]),
        ("int", [True, False, None], [1, 0, None]),
        ("float", ["1.5", "1e3", "-2", "x", None], [1.5, 1000.0, -2.0, None, None]),
        ("float", [1, None], [1.0, None]),
        ("str", [1, None], ["1", None]),
        ("str", [True, None], ["true", None]),
        ("str", [DAY, None], ["2025-01-31", None]),
        ("bool", ["true", "False", "TRUE", "1", "0", "yes", "", None], [True, False, True, True, False, *[None] * 3]),
        ("bool", [1, 0, 2, None], [True, False, None, None]),
        ("date", ["2025-01-31", "2025-02-30", "31.01.2025", "", None], [DAY, None, None, None, None]),
        ("date", [NOON, None], [DAY, None]),
        ("datetime", [DAY, None], [datetime.datetime(2025, 1, 31), None]),
        (
            "datetime",
            ["2025-01-31", "2025-01-31T12:00", "2025-01-31 12:00:00", "2025-01-31T12:00:00.000", "noon", None],
            [datetime.datetime(2025, 1, 31), NOON, NOON, NOON, None, None],
        ),
        ("datetime", ["2025-01-31T14:00:00+02:00", "2025-01-31T12:00:00Z"], [NOON, NOON]),
        ("int", [None, None], [None, None]),
        ("date", [DAY], [DAY]),
    ],
)
def test_a_value_is_cast_strictly(kind: PlainType, values: list[Any], wanted: list[Any]) -> None:
    assert cast(kind, values) == wanted
    assert [each for value in values for each in cast(kind, [value], _source(values))] == wanted


def _source(values: Sequence[Any]) -> str | None:
    kinds = {"str": str, "int": int, "float": float, "bool": bool, "datetime": datetime.datetime, "date": datetime.date}
    first = next((each for each in values if each is not None), None)
    return next((name for name, kind in kinds.items() if type(first) is kind), None)


@pytest.mark.parametrize(("kind", "values"), [("int", [DAY]), ("bool", [1.0]), ("float", [NOON]), ("str", [["a"]])])
def test_a_type_that_no_value_could_become_is_an_error(kind: PlainType, values: list[Any]) -> None:
    with pytest.raises(InvalidOperationError, match=rf"^column 'c' is .+, which cannot be cast to {kind}$"):
        cast(kind, values)
