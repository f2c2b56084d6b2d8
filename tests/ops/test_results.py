from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dfcli.ops._cells import canonical, near
from dfcli.ops._pairing import MATCHED
from dfcli.ops._results import Convention, difference, is_ordered, same, signature
from dfcli.ops.database import Dialect, Result

NAN = float("nan")
TEN = datetime(2024, 1, 1, 10)
CONVENTIONS: tuple[Convention, ...] = ("dfcli", "spider", "bird")

Rows = Sequence[tuple[Any, ...]]


def result(rows: Rows, width: int | None = None) -> Result:
    wide = len(rows[0]) if rows else width or 0
    return Result(tuple(f"c{at}" for at in range(wide)), tuple(rows))


def cells(*values: Any) -> Result:
    """A result of one column."""
    return result([(value,) for value in values])


# Each pair, and the conventions that call it equal: d(fcli), s(pider), b(ird).
ROWS: list[tuple[Rows, Rows, str]] = [
    ([], [], "dsb"),
    ([(1,)], [], ""),
    ([(1,)], [(1,)], "dsb"),
    ([(1,)], [(2,)], ""),
    ([(1, 2)], [(1,)], ""),
    ([(1,)], [(1, 1)], ""),
    ([(1, 2)], [(2, 1)], "ds"),
    ([(1, 2), (3, 4)], [(3, 4), (1, 2)], "dsb"),
    ([(1, 2), (3, 4)], [(2, 1), (4, 3)], "ds"),
    ([(1, 2), (3, 4)], [(4, 3), (2, 1)], "ds"),
    ([(1, 2), (3, 4)], [(1, 2), (4, 3)], ""),
    ([(1, 2), (3, 4)], [(1, 4), (3, 2)], ""),
    ([(1, 1, 2)], [(1, 2, 2)], ""),
    ([(1, 1, 2)], [(2, 1, 1)], "ds"),
    ([("a", 1, "x"), ("b", 2, "y")], [(1, "x", "a"), (2, "y", "b")], "ds"),
    ([("a", 1, "x"), ("b", 2, "y")], [(1, "y", "a"), (2, "x", "b")], ""),
    ([(1,), (1,)], [(1,)], "b"),
    ([(1,), (1,), (2,)], [(1,), (2,), (2,)], "b"),
    ([(1,), (2,), (1,)], [(1,), (1,), (2,)], "dsb"),
    ([(None,)], [(None,)], "dsb"),
    ([(None,), (None,)], [(None,)], "b"),
    ([(None, 1)], [(1, None)], "ds"),
    ([(1.0, "a"), (1.0000001, "b")], [(1.0000001, "a"), (1.0, "b")], "d"),
    ([(1.0000001, "a"), (1.0, "b")], [(1.0, "b"), (1.0000001, "a")], "dsb"),
    ([(1.0000001, "a"), (1.0, "b")], [("a", 1.0), ("b", 1.0)], "d"),
    ([(1.0, "a"), (2.0, "b")], [(1.0, "b"), (2.0, "a")], ""),
    ([(0.1 + 0.2, 1)], [(1, 0.3)], "d"),
    ([(0, 0, 1), (1, 1, 0)], [(0, 1, 0), (1, 0, 1)], "ds"),
    ([(0, 1, 1), (1, 0, 1), (1, 1, 0)], [(1, 1, 0), (1, 0, 1), (0, 1, 1)], "dsb"),
    # Near 1 are 0.9 of the tolerance below and above; those two are not near each other.
    ([(1.0,), (1.0000009,)], [(1.0,), (0.9999991,)], "d"),
    ([(1.0,), (1.0,)], [(1.0000009,), (0.9999991,)], "d"),
    ([(1.0000009,), (1.0000009,)], [(1.0,), (0.9999991,)], ""),
    ([(1.0, 1.0), (1.0000009, 0.9999991)], [(1.0, 0.9999991), (1.0000009, 1.0)], "d"),
    ([(1.0, 1.0), (1.0000009, 1.0000009)], [(0.9999991, 1.0000009), (1.0, 1.0)], "d"),
    ([(0.9999991, 0.9999991), (1.0000009, 1.0000009)], [(0.9999991, 1.0000009), (1.0000009, 0.9999991)], ""),
    ([(10_000_000, 1), (10_000_001, 2)], [(10_000_001.0, 1), (10_000_000.0, 2)], "d"),
    ([(10_000_000, 1), (10_000_001, 2)], [(10_000_001, 1), (10_000_000, 2)], ""),
    # A float is near both integers, which are not near each other.
    ([(10_000_000,), (10_000_001.0,)], [(10_000_001,), (10_000_002.0,)], "d"),
    ([(10_000_000,), (10_000_000,)], [(10_000_001,), (10_000_000.0,)], ""),
    ([(10_000_001, 10_000_001.0)], [(10_000_000, 10_000_000.0)], "d"),
    # Sorted by their first number, these rows would meet the wrong partners.
    ([(1.0, 1.0000009), (1.0000005, 0.9999991)], [(1.0000006, 1.0000009), (1.0000005, 0.9999991)], "d"),
]

VALUES: list[tuple[Any, Any, str]] = [
    (1, 1.0, "dsb"),
    (1, Decimal("1.0"), "dsb"),
    (1.0, Decimal("1.00"), "dsb"),
    (1, True, "dsb"),
    (0.0, False, "dsb"),
    (0.0, -0.0, "dsb"),
    (0.5, Decimal("0.5"), "dsb"),
    (0.1, Decimal("0.1"), "d"),
    (1, 1.0000001, "d"),
    (1, 1.00001, ""),
    (1_000_000, 1_000_001, ""),
    (100_000_000, 100_000_001, ""),
    (100_000_000, 100_000_001.0, "d"),
    (100_000_000, Decimal(100_000_001), ""),
    (Decimal("3.33333333"), Decimal("3.3333333333"), "d"),
    (Decimal("1.5"), Decimal("1.6"), ""),
    (1e-17, 0, "d"),
    (1e-6, 0, ""),
    (-1.0, 1.0, ""),
    (-3.0000000001, -3, "d"),
    (1e300, 1.0000000001e300, "d"),
    (10**400, 10**400, "dsb"),
    (10**400, 10**400 + 1, ""),
    (10**400, Decimal("1E+400"), "dsb"),
    (10**400, math.inf, ""),
    (math.inf, math.inf, "dsb"),
    (math.inf, 1.7e308, ""),
    (math.inf, -math.inf, ""),
    (NAN, float("nan"), "dsb"),
    (NAN, Decimal("NaN"), "dsb"),
    (NAN, None, ""),
    (NAN, "nan", ""),
    (NAN, 0.0, ""),
    (None, None, "dsb"),
    (None, 0, ""),
    (None, "", ""),
    (None, "NULL", ""),
    (None, False, ""),
    (1, "1", ""),
    (1.5, "1.5", ""),
    (Decimal("1.50"), "1.50", ""),
    ("1", "1.0", ""),
    (True, "true", ""),
    ("a", "a", "dsb"),
    ("a", "A", ""),
    ("a", "a ", ""),
    ("a", " a", ""),
    ("a b", "a  b", ""),
    ("é", "e\u0301", ""),
    ("", " ", ""),
    ("a", b"a", ""),
    (b"a", b"a", "dsb"),
    (b"a", b"a\x00", ""),
    (b"", None, ""),
    (date(2024, 1, 1), "2024-01-01", "d"),
    (date(2024, 1, 1), datetime(2024, 1, 1), "d"),
    (date(2024, 1, 1), "2024-01-01 00:00:00", "d"),
    (date(2024, 1, 1), "2024-01-01T00:00:00.000", "d"),
    (date(2024, 1, 1), date(2024, 1, 2), ""),
    (date(2024, 1, 1), TEN, ""),
    (date(2024, 1, 1), "2024-1-1", ""),
    (date(2024, 1, 1), "01/01/2024", ""),
    (date(2024, 1, 1), 20240101, ""),
    (TEN, "2024-01-01 10:00:00", "d"),
    (TEN, "2024-01-01T10:00:00", "d"),
    (TEN, "2024-01-01 10:00", "d"),
    (TEN, "2024-01-01 10:00:00.000000", "d"),
    (TEN, "2024-01-01 10:00:01", ""),
    ("2024-01-01 00:00:00", "2024-01-01", "d"),
    ("2024-01-01 10:00:00", "2024-01-01  10:00:00", ""),
    (datetime(2024, 1, 1, 10, 0, 0, 500_000), "2024-01-01 10:00:00.5", "d"),
    (datetime(2024, 1, 1, 10, tzinfo=UTC), "2024-01-01T12:00:00+02:00", "d"),
    (datetime(2024, 1, 1, 10, tzinfo=UTC), "2024-01-01T10:00:00Z", "d"),
    (datetime(2024, 1, 1, 10, tzinfo=UTC), TEN, ""),
    (datetime(2024, 1, 1, tzinfo=UTC), date(2024, 1, 1), ""),
    ("0000-00-00 00:00:00", "0000-00-00", "d"),
    ("0001-01-01 00:00:00+14:00", "0001-01-01 00:00:00+14:00", "dsb"),
    (time(10, 30), "10:30:00", "d"),
    (time(10, 30), timedelta(hours=10, minutes=30), "d"),
    (time(10, 30, 0, 250_000), "10:30:00.25", "d"),
    (time(10, 30), "10:30", ""),
    (timedelta(hours=34, seconds=5), "34:00:05", "d"),
    (timedelta(hours=-1), "-01:00:00", "d"),
    (timedelta(0), 0, ""),
]


def kinds(one: Result, other: Result) -> str:
    return "".join(each[0] for each in CONVENTIONS if same(one, other, ordered=False, convention=each))


@pytest.mark.parametrize(("one", "other", "equal"), ROWS)
def test_rows_are_equal_as_each_convention_says(one: Rows, other: Rows, equal: str) -> None:
    width = len(one[0]) if one else len(other[0]) if other else 1
    assert kinds(result(one, width), result(other, width)) == equal
    assert kinds(result(other, width), result(one, width)) == equal


@pytest.mark.parametrize(("one", "other", "equal"), VALUES)
def test_values_are_equal_as_each_convention_says(one: Any, other: Any, equal: str) -> None:
    assert kinds(cells(one), cells(other)) == equal
    assert kinds(cells(other), cells(one)) == equal
    assert kinds(result([(one, "x")]), result([(other, "x")])) == equal


EQUAL = [pair[:2] for pair in VALUES if "d" in pair[2]]


def large(value: Any) -> bool:
    return isinstance(value, float) and abs(value) > 1e6


@pytest.mark.parametrize(("one", "other"), [each for each in EQUAL if each[0] == each[1] or not large(each[1])])
def test_equal_values_have_equal_signatures(one: Any, other: Any) -> None:
    assert signature(cells(one), ordered=False) == signature(cells(other), ordered=False)
    assert signature(cells(one), ordered=True) == signature(cells(other), ordered=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(1,)], [(2,)]),
        ([(1234567,)], [(1234568,)]),
        ([(1,)], [("1",)]),
        ([(None,)], [("None",)]),
        ([(b"a",)], [("b'a'",)]),
        ([(1, 2)], [(1, 1)]),
        ([("a", "bc")], [("ab", "c")]),
        ([(1,), (1,)], [(1,)]),
        ([(1, 2), (3, 4)], [(1, 4), (3, 2)]),
        ([(1, 2), (3, 4)], [(1, 2), (4, 3)]),
        ([(0, 0, 1), (1, 1, 0)], [(0, 0, 1), (1, 0, 1)]),
    ],
)
@pytest.mark.parametrize("ordered", [False, True])
def test_different_results_have_different_signatures(one: Rows, other: Rows, ordered: bool) -> None:
    assert signature(result(one), ordered=ordered) != signature(result(other), ordered=ordered)


def test_a_signature_knows_the_order_of_rows_only_if_asked() -> None:
    up, down = cells(1, 2), cells(2, 1)
    assert signature(up, ordered=False) == signature(down, ordered=False)
    assert signature(up, ordered=True) != signature(down, ordered=True)


def test_large_sums_that_differ_in_their_last_digits_only_share_a_signature() -> None:
    assert signature(cells(1234567.0000001), ordered=False) == signature(cells(1234567), ordered=False)


def test_a_signature_stays_the_same_from_version_to_version() -> None:
    assert signature(result([(1, "é", None)]), ordered=False) == "2958d70cab720b2d"


def test_empty_results_are_told_apart_by_their_width_but_not_by_spider_and_bird() -> None:
    assert kinds(result([], 1), result([], 2)) == "sb"
    assert kinds(Result(), Result()) == "dsb"
    assert signature(result([], 1), ordered=False) != signature(result([], 2), ordered=False)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_an_error_is_never_the_same_as_anything(convention: Convention) -> None:
    broken = Result(error="timeout")
    for one, other in [(broken, Result()), (Result(), broken), (broken, broken)]:
        assert (difference(one, other, ordered=False, convention=convention) or "").startswith("error: ")
    assert signature(broken, ordered=False) is None


def test_names_of_columns_do_not_matter() -> None:
    assert same(Result(("a", "b"), ((1, 2),)), Result(("x", "x"), ((1, 2),)), ordered=True)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ([(1, "a"), (2, "b")], [(1, "a"), (2, "b")], "dsb"),
        ([(1, "a"), (2, "b")], [("a", 1), ("b", 2)], "ds"),
        ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], "b"),
        ([(1, 2), (3, 4)], [(2, 1), (3, 4)], ""),
        ([(1.0,), (1.0000009,)], [(0.9999991,), (1.0,)], "d"),
        ([(1.0,), (1.0000009,)], [(1.0,), (0.9999991,)], ""),
        ([(1.0, 1.0), (1.0000009, 2.0)], [(1.0, 0.9999991), (2.0, 1.0)], "d"),
        ([(1.0000009, 1.0), (1.0, 2.0)], [(1.0, 0.9999991), (2.0, 1.0)], ""),
        ([(1.0, 1.0), (1.0000009, 2.0)], [(1.0, 0.9999991), (2.0, 1.0000009)], "d"),
        ([(0.9999991, 1.0000009, 1.0)], [(1.0, 0.9999991, 1.0)], "d"),
        ([(0.9999991, 1.0000009, 1.0000009)], [(1.0, 0.9999991, 0.9999991)], ""),
    ],
)
def test_ordered_results_are_equal_row_by_row(one: Rows, other: Rows, equal: str) -> None:
    gold, given_ = result(one), result(other)
    assert "".join(each[0] for each in CONVENTIONS if same(gold, given_, ordered=True, convention=each)) == equal


@pytest.mark.parametrize("tolerance", [0, 1e-12])
def test_a_smaller_tolerance_tells_more_numbers_apart(tolerance: float) -> None:
    assert same(cells(0.1 + 0.2), cells(0.3), ordered=False, tolerance=tolerance) == bool(tolerance)
    assert same(cells(2460000.5), cells(2460001.5), ordered=False)
    assert not same(cells(2460000.5), cells(2460001.5), ordered=False, tolerance=tolerance)


REASONS: list[tuple[Rows, Rows, bool, Convention, str]] = [
    ([(1, 2, 3)], [(1, 2)], False, "dfcli", "columns: 2 instead of 3"),
    ([(1, 2)], [(1,)], False, "bird", "columns: 1 instead of 2"),
    ([(1,), (2,)], [(1,)], False, "dfcli", "rows: 1 instead of 2"),
    ([(1,), (2,)], [(1,), (3,)], False, "dfcli", "values: row 2 of gold, (2,), has no partner"),
    ([(1,), (1,)], [(1,), (2,)], True, "spider", "values: row 2 of gold, (1,), has no partner"),
    ([("\x1b[31m",)], [("b",)], False, "dfcli", r"values: row 1 of gold, ('\x1b[31m',), has no partner"),
    ([(1,), (2,)], [(2,), (1,)], True, "dfcli", "order: the same rows in another order"),
    ([(1,), (2,)], [(1,)], False, "bird", "values: (2,) is missing"),
    ([(1,)], [(1,), (2,)], False, "bird", "values: (2,) is not in gold"),
    ([(1, 2), (3, 4)], [(1, 2), (4, 3)], False, "dfcli", "values: each row has a partner by itself, but no order of"),
]


@pytest.mark.parametrize(("one", "other", "ordered", "convention", "reason"), REASONS)
def test_the_difference_is_told(one: Rows, other: Rows, ordered: bool, convention: Convention, reason: str) -> None:
    told = difference(result(one), result(other), ordered=ordered, convention=convention)
    assert told is not None
    assert told.startswith(reason)


def test_long_rows_are_cut_in_a_reason() -> None:
    assert len(difference(cells("x" * 1000), cells("y"), ordered=False) or "") < 150


ORDERED: list[tuple[str, bool]] = [
    ("SELECT a FROM t ORDER BY a", True),
    ("select a from t order   by a desc limit 3;", True),
    ("SELECT a FROM t ORDER BY a; -- that is all", True),
    ("/* first */ SELECT a FROM t /* ; */ ORDER BY a -- x\n;\n", True),
    ("(SELECT a FROM t ORDER BY a)", True),
    ("((SELECT a FROM t)) ORDER BY a", True),
    ("WITH s AS (SELECT a FROM t) SELECT a FROM s ORDER BY a", True),
    ("SELECT a FROM t UNION SELECT a FROM s ORDER BY a", True),
    ("SELECT a FROM t EXCEPT SELECT a FROM s ORDER BY 1 LIMIT 1", True),
    ("SELECT a FROM t", False),
    ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
    ("SELECT a FROM t WHERE a = (SELECT b FROM s ORDER BY b LIMIT 1)", False),
    ("WITH s AS (SELECT a FROM t ORDER BY a LIMIT 3) SELECT a FROM s", False),
    ("SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 1) UNION SELECT a FROM s", False),
    ("SELECT row_number() OVER (ORDER BY a) FROM t", False),
    ("SELECT group_concat(a ORDER BY a) FROM t", False),
    ("SELECT 'ORDER BY a' FROM t", False),
    ("SELECT a FROM t -- ORDER BY a", False),
    ("SELECT FROM ORDER BY", False),
    ("SELECT a FROM t ORDER BY a; SELECT a FROM t", False),
    ("", False),
    (" ; ", False),
    ("-- nothing", False),
    ("'", False),
    ("DROP TABLE t", False),
    ("(" * 3000 + "SELECT 1" + ")" * 3000 + " ORDER BY 1", False),
]


@pytest.mark.parametrize(("sql", "ordered"), ORDERED)
def test_only_the_outermost_order_by_orders(sql: str, ordered: bool) -> None:
    assert is_ordered(sql, "sqlite") == ordered


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("SELECT `a b` FROM t ORDER BY `a b`", "mysql"),
        ("SELECT DISTINCT ON (a) a FROM t ORDER BY a, b NULLS LAST FETCH FIRST 3 ROWS ONLY", "postgres"),
        ("FROM t ORDER BY ALL", "duckdb"),
        ("(SELECT 1 AS a) UNION ALL (SELECT 2) ORDER BY a", "postgres"),
    ],
)
def test_order_is_read_in_each_dialect(sql: str, dialect: Dialect) -> None:
    assert is_ordered(sql, dialect)


@given(st.text() | st.text(alphabet="SELECT ORDERBY()'\"`;-/*,"))
def test_any_text_is_ordered_or_not(sql: str) -> None:
    assert is_ordered(sql, "sqlite") in (True, False)


def test_thirty_equal_columns_are_no_search_at_all() -> None:
    rows = [(n % 7,) * 30 for n in range(200)]
    assert same(result(rows), result(rows[::-1]), ordered=False)
    assert not same(result(rows), result([*rows[1:], (8, *rows[0][1:])]), ordered=False)


def test_hundreds_of_columns_find_their_places() -> None:
    rows = [tuple(Random(row).choices(range(11), k=1200)) for row in range(12)]
    order = Random(1).sample(range(1200), 1200)
    other = [tuple(row[at] for at in order) for row in reversed(rows)]
    assert same(result(rows), result(other), ordered=False)
    assert signature(result(rows), ordered=False) == signature(result(other), ordered=False)


def rings(sizes: Sequence[int], seed: int | None = None) -> Result:
    """A row per edge and a column per vertex of separate rings: rows are all alike, and so are columns."""
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    edges = [
        (start + at, start + (at + 1) % size) for start, size in zip(starts, sizes, strict=True) for at in range(size)
    ]
    vertices = range(sum(sizes)) if seed is None else Random(seed).sample(range(sum(sizes)), sum(sizes))
    return result([tuple(int(vertex in edge) for vertex in vertices) for edge in edges])


def test_columns_that_differ_only_together_end_the_search() -> None:
    """Without a bound each of the eight rings would be tried in each other's place."""
    one, other = rings([6] * 8), rings([6] * 7 + [3, 3])
    assert not same(one, other, ordered=False)
    assert not same(other, one, ordered=False)
    assert same(one, rings([6] * 8, seed=1), ordered=False)


@pytest.mark.parametrize("seed", range(10))
def test_a_search_that_ends_at_its_bound_ends_alike_both_ways(seed: int) -> None:
    """Some of these are found in one direction only."""
    one, other = rings([6, 3, 5, 6, 6, 5]), rings([6, 3, 5, 6, 6, 5], seed)
    assert same(one, other, ordered=False) == same(other, one, ordered=False)


def test_more_rows_of_near_numbers_than_are_tried_are_paired_in_sorted_order() -> None:
    numbers = [1 + n * 5e-7 for n in range(2 * MATCHED)]
    moved = [number + 4e-7 for number in numbers]
    assert same(cells(*numbers), cells(*reversed(moved)), ordered=False)
    assert not same(cells(*numbers), cells(*(number + 2e-6 for number in numbers)), ordered=False)


# Few values, and such that the tolerance matters: 1 is near its neighbours, and those are not near each other.
SMALL = st.sampled_from([None, 0, 1, 1.0, 0.9999991, 1.0000009, Decimal("0.1"), 0.1, "1", "a", NAN, "2024-01-01"])
ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.times(),
    st.timedeltas(),
)


def tables(values: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[Result]:
    def of_width(width: int) -> st.SearchStrategy[Result]:
        return st.lists(st.tuples(*[values] * width), max_size=most).map(lambda rows: result(rows, width))

    return st.integers(1, 3).flatmap(of_width)


RESULTS = tables(SMALL) | tables(ANY)
PICKED = st.sampled_from(CONVENTIONS)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Result, Result]:
    """Two results with as many rows and columns, of few values: often the same."""
    width, height = draw(st.integers(1, 3)), draw(st.integers(0, 4))
    rows = st.lists(st.tuples(*[SMALL] * width), min_size=height, max_size=height)
    return result(draw(rows), width), result(draw(rows), width)


def shuffled(given_: Result, seed: int) -> Result:
    return result(Random(seed).sample(given_.rows, len(given_.rows)), len(given_.columns))


def turned(given_: Result, seed: int) -> Result:
    order = Random(seed).sample(range(len(given_.columns)), len(given_.columns))
    return result([tuple(row[at] for at in order) for row in given_.rows], len(given_.columns))


@given(RESULTS, PICKED, st.booleans())
def test_a_result_is_the_same_as_itself(one: Result, convention: Convention, ordered: bool) -> None:
    again = result([tuple(float("nan") if cell is NAN else cell for cell in row) for row in one.rows], len(one.columns))
    assert same(one, again, ordered=ordered, convention=convention)


@given(pairs() | st.tuples(RESULTS, RESULTS), PICKED, st.booleans())
def test_equality_is_symmetric(pair: tuple[Result, Result], convention: Convention, ordered: bool) -> None:
    one, other = pair
    there = same(one, other, ordered=ordered, convention=convention)
    assert same(other, one, ordered=ordered, convention=convention) == there


@given(pairs(), PICKED, st.integers())
def test_the_order_of_rows_does_not_matter(pair: tuple[Result, Result], convention: Convention, seed: int) -> None:
    one, other = pair
    there = same(one, other, ordered=False, convention=convention)
    assert same(shuffled(one, seed), shuffled(other, seed + 1), ordered=False, convention=convention) == there


@given(pairs(), st.sampled_from(["dfcli", "spider"]), st.booleans(), st.integers())
def test_the_order_of_columns_does_not_matter(
    pair: tuple[Result, Result], convention: Convention, ordered: bool, seed: int
) -> None:
    one, other = pair
    there = same(one, other, ordered=ordered, convention=convention)
    assert same(turned(one, seed), turned(other, seed + 1), ordered=ordered, convention=convention) == there


@given(st.lists(st.integers(), min_size=2, unique=True), st.sampled_from(["dfcli", "spider"]))
def test_the_order_of_rows_matters_when_gold_is_ordered(numbers: list[int], convention: Convention) -> None:
    moved = [*numbers[1:], numbers[0]]
    assert same(cells(*numbers), cells(*moved), ordered=False, convention=convention)
    told = difference(cells(*numbers), cells(*moved), ordered=True, convention=convention)
    assert told == "order: the same rows in another order"


@given(RESULTS.filter(lambda each: bool(each.rows)), PICKED)
def test_duplicates_count_except_in_bird(one: Result, convention: Convention) -> None:
    twice = Result(one.columns, (*one.rows, one.rows[0]))
    assert same(one, twice, ordered=False, convention=convention) == (convention == "bird")


@given(pairs(), st.booleans())
def test_dfcli_agrees_with_trying_every_order(pair: tuple[Result, Result], ordered: bool) -> None:
    one, other = pair
    assert same(one, other, ordered=ordered) == every_order(one, other, ordered)


@given(pairs() | st.tuples(tables(SMALL), tables(SMALL)), st.booleans())
def test_spider_agrees_with_trying_every_order(pair: tuple[Result, Result], ordered: bool) -> None:
    one, other = pair
    assert same(one, other, ordered=ordered, convention="spider") == naive_spider(one, other, ordered)


@given(pairs() | st.tuples(tables(SMALL), tables(SMALL)))
def test_bird_agrees_with_comparing_sets(pair: tuple[Result, Result]) -> None:
    one, other = pair
    assert same(one, other, ordered=False, convention="bird") == (set(one.rows) == set(other.rows))


@given(RESULTS, st.integers())
def test_a_signature_does_not_depend_on_the_order_of_columns_and_rows(one: Result, seed: int) -> None:
    first = signature(one, ordered=False)
    assert signature(shuffled(turned(one, seed), seed + 1), ordered=False) == first
    assert signature(turned(one, seed), ordered=True) == signature(one, ordered=True)


PLAIN = st.sampled_from([None, 0, 1, 2.5, -1200, 0.125, Decimal("0.3"), True, "1", "a", b"a", date(2024, 1, 1), TEN])


@given(tables(PLAIN), tables(PLAIN), st.booleans(), st.integers())
def test_the_same_results_have_the_same_signature(one: Result, other: Result, ordered: bool, seed: int) -> None:
    """Numbers here have four digits, so that what is added to them is far from where the rounding turns."""
    close = [tuple(cell * (1 + 1e-9) if isinstance(cell, float) else cell for cell in row) for row in one.rows]
    moved = turned(result(close, len(one.columns)), seed)
    moved = moved if ordered else shuffled(moved, seed)
    assert same(one, moved, ordered=ordered)
    assert signature(one, ordered=ordered) == signature(moved, ordered=ordered)
    alike = signature(one, ordered=ordered) == signature(other, ordered=ordered)
    assert same(one, other, ordered=ordered) == alike


@given(ANY, ANY, ANY)
@example(1_000_000, 1_000_001.0, 1_000_001)
def test_nearness_is_symmetric_and_holds_for_equal_cells(one: Any, other: Any, third: Any) -> None:
    one, other, third = map(canonical, (one, other, third))
    assert near(one, one, 1e-6)
    assert near(one, other, 1e-6) == near(other, one, 1e-6)
    assert canonical(one) == one
    assert hash(third) == hash(canonical(third))


def every_order(one: Result, other: Result, ordered: bool) -> bool:
    """Try every order of the columns, and unless ordered of the rows, cell by cell."""
    if (len(one.columns), len(one.rows)) != (len(other.columns), len(other.rows)):
        return False
    gold = [[canonical(cell) for cell in row] for row in one.rows]
    return any(
        all(
            near(left, canonical(row[at]), 1e-6)
            for line, row in zip(gold, rows, strict=True)
            for left, at in zip(line, order, strict=True)
        )
        for order in permutations(range(len(one.columns)))
        for rows in ([other.rows] if ordered else permutations(other.rows))
    )


def naive_spider(one: Result, other: Result, ordered: bool) -> bool:
    """The published definition, with every order of the columns tried."""
    if not one.rows and not other.rows:
        return True
    if len(one.columns) != len(other.columns):
        return False
    for order in permutations(range(len(one.columns))):
        rows = [tuple(row[at] for at in order) for row in other.rows]
        if list(one.rows) == rows or (not ordered and Counter(one.rows) == Counter(rows)):
            return True
    return False
