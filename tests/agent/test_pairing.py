"""The rows that a plan card shows: the same ones before and after."""

from __future__ import annotations

import polars as pl

from dfcli.agent.pairing import pairs

GIVEN = pl.DataFrame({"text": ["a", "b ", "c", "d "]})


def test_rows_that_changed_are_shown_first_and_in_the_order_of_the_result() -> None:
    after = pl.DataFrame({"(row)": ["1", "2", "3", "4"], "text": ["a", "b", "c", "d"]})
    assert pairs(GIVEN, after, 2) == (({"text": "b "}, {"text": "d "}), ({"text": "b"}, {"text": "d"}))


def test_a_dropped_row_is_not_shown_as_the_one_before_another() -> None:
    after = pl.DataFrame({"(row)": ["3", "4"], "text": ["c", "d"]})
    assert pairs(GIVEN, after, 3) == (({"text": "c"}, {"text": "d "}), ({"text": "c"}, {"text": "d"}))


def test_a_row_of_many_stands_beside_the_row_it_came_from() -> None:
    after = pl.DataFrame({"(row)": ["2.1", "2.2"], "part": ["b", ""]})
    assert pairs(GIVEN, after, 1) == (({"text": "b "},), ({"part": "b"},))


def test_rows_that_come_from_none_of_the_given_ones_are_shown_beside_the_first() -> None:
    after = pl.DataFrame({"(row)": ["9"], "text": ["z"]})
    assert pairs(GIVEN, after, 2) == (({"text": "a"}, {"text": "b "}), ({"text": "z"},))
