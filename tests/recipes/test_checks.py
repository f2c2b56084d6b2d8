from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.recipes.checks import verdict
from dfcli.recipes.model import Check

FRAME = pl.DataFrame(
    {
        "text": ["a", "b", "a", None],
        "n": [1, 2, 2, None],
        "x": [0.5, float("nan"), None, 2.5],
        "ok": [True, False, None, True],
        "tags": [["a"], ["a"], None, []],
        "day": [datetime.date(2025, 1, 31)] * 4,
        "at": [datetime.datetime(2025, 1, 31, 12)] * 4,
    }
)


@pytest.mark.parametrize(
    ("subject", "phrase", "passed", "found"),
    [
        ("rows", "at least 4", True, "4 rows"),
        ("rows", "at least 5", False, "4 rows"),
        ("rows", "at most 3", False, "4 rows"),
        ("rows", "exactly 4", True, "4 rows"),
        ("rows", "between 1 and 3", False, "4 rows"),
        ("each", "n > 1", False, "2 rows do not meet it"),
        ("each", "n >= 1 or n is null", True, "0 rows do not meet it"),
        ("each", "false", False, "4 rows do not meet it"),
        ("text", "unique", False, "1 repeated value"),
        ("tags", "unique", False, "1 repeated value"),
        ("day", "unique", False, "3 repeated values"),
        ("text", "not null", False, "1 null"),
        ("day", "not null", True, "0 nulls"),
        ("n", "at least 2", False, "1 value out of range"),
        ("n", "at most 1.5", False, "2 values out of range"),
        ("n", "between 1 and 2", True, "0 values out of range"),
        ("x", "at most 3", False, "1 value out of range"),
        ("day", "at least 2025-01-31", True, "0 values out of range"),
        ("day", "at most 2025-01-30", False, "4 values out of range"),
        ("at", "between 2025-01-01 and 2025-01-31T12:00", True, "0 values out of range"),
        ("text", "one of a, b", True, "0 other values"),
        ("text", "one of 'a', c", False, "1 other value"),
        ("n", "one of 1, 3", False, "2 other values"),
        ("ok", "one of true", False, "1 other value"),
        ("text", "matches ^a$", False, "1 value that does not match"),
        ("text", "matches [ab]", True, "0 values that do not match"),
    ],
)
def test_a_check_counts_what_breaks_it(subject: str, phrase: str, passed: bool, found: str) -> None:
    assert verdict(Check(subject, phrase), FRAME.lazy()) == (passed, found)


@pytest.mark.parametrize("phrase", ["unique", "not null", "at least 5", "one of 7", "between 3 and 4"])
def test_a_column_without_rows_breaks_nothing(phrase: str) -> None:
    passed, found = verdict(Check("n", phrase), FRAME.clear().lazy())
    assert passed
    assert found.startswith("0 ")


@pytest.mark.parametrize(("phrase", "passed"), [("at least 1", False), ("at most 0", True), ("exactly 0", True)])
def test_no_rows_are_counted_as_such(phrase: str, passed: bool) -> None:
    assert verdict(Check("rows", phrase), FRAME.clear().lazy()) == (passed, "0 rows")


@pytest.mark.parametrize(
    ("subject", "phrase", "found"),
    [
        ("gone", "unique", "no column 'gone' here; columns: text, n, x, ok, tags, day, at"),
        ("text", "at least 3", "text is str, and only numbers and dates have a range"),
        ("each", "gone > 3", "each: no column 'gone' here; columns: text, n, x, ok, tags, day, at"),
    ],
)
def test_a_check_that_does_not_fit_the_result_fails_with_the_reason(subject: str, phrase: str, found: str) -> None:
    assert verdict(Check(subject, phrase), FRAME.lazy()) == (False, found)


@given(st.lists(st.none() | st.integers(0, 3)), st.integers(0, 3), st.integers(0, 3))
def test_a_range_passes_when_python_says_so(column: list[int | None], low: int, high: int) -> None:
    frame = pl.DataFrame({"n": column}, schema={"n": pl.Int64}).lazy()
    there = [each for each in column if each is not None]
    assert verdict(Check("n", f"between {low} and {high}"), frame)[0] == all(low <= each <= high for each in there)
    assert verdict(Check("n", "unique"), frame)[0] == (len(set(there)) == len(there))
