"""Which of the rows made of one row goes on, and why the others do not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dfcli.ops.base import FAMILY, ROW_ID, Collapse, with_families
from dfcli.ops.lineage import ancestors, families, way_back, went_on
from dfcli.ops.scripted import Scripted
from dfcli.ops.siblings import BestOf, PassRate, Vote

ANSWERS = st.lists(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=6), min_size=1, max_size=5)


def siblings(*groups: list[Any]) -> pl.DataFrame:
    """Return rows 1.1, 1.2, …, 2.1, … that hold these values in the column x."""
    rows = [
        {ROW_ID: f"{number}.{place}", "x": value}
        for number, group in enumerate(groups, start=1)
        for place, value in enumerate(group, start=1)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def after(operator: Collapse, frame: pl.DataFrame) -> list[dict[str, Any]]:
    return operator(frame, Scripted()).to_dicts()


def reasons(operator: Collapse, frame: pl.DataFrame) -> dict[str, str]:
    """Return, by row id, the first rule that a row breaks."""
    rules = [pl.when(~rule.fill_null(False)).then(pl.lit(name)) for name, rule in operator.rules().items()]
    judged = with_families(frame).with_columns(reason=pl.coalesce(rules)).drop_nulls("reason")
    return dict(zip(judged[ROW_ID], judged["reason"], strict=True))


@pytest.mark.parametrize(
    ("row", "family", "alone", "back"),
    [
        ("17", "17", "17", ["17"]),
        ("17.3", "17", "17.3+", ["17.3", "17"]),
        ("17.1.2", "17.1", "17.1.2+", ["17.1.2", "17.1", "17"]),
        ("17.1.2+", "17", "17.1.2++", ["17.1.2+", "17.1.2", "17.1", "17"]),
        ("17.3+", "17", "17.3+", ["17.3+", "17.3", "17"]),
        ("17.3+.2", "17", "17.3+.2+", ["17.3+.2", "17.3+", "17.3", "17"]),
        ("17.3+.2+", "17", "17.3+.2+", ["17.3+.2+", "17.3+.2", "17.3+", "17.3", "17"]),
        ("3/12", "3/12", "3/12", ["3/12"]),
        ("3/12.10", "3/12", "3/12.10+", ["3/12.10", "3/12"]),
    ],
)
def test_an_id_says_whose_sibling_a_row_is_and_where_it_comes_from(
    row: str, family: str, alone: str, back: list[str]
) -> None:
    assert families(pl.Series([row])).to_list() == [family]
    assert went_on(pl.Series([row])).to_list() == [alone]
    assert way_back(row) == back


def test_ancestors_are_as_far_back_as_asked() -> None:
    ids = pl.Series(["17.1.2", "17.1.2+", "17.1", "17"])
    assert [ancestors(ids, back).to_list() for back in (0, 1, 2)] == [
        ["17.1.2", "17.1.2+", "17.1", "17"],
        ["17.1", "17", "17", "17"],
        ["17", "17", "17", "17"],
    ]


def test_a_row_without_siblings_wins_its_own_vote() -> None:
    frame = pl.DataFrame({"x": ["a", "b"]})
    assert after(Vote(by="x"), frame) == [
        {"x": "a", "votes": 1, "vote_share": 1.0},
        {"x": "b", "votes": 1, "vote_share": 1.0},
    ]


def test_the_reasons_of_a_vote() -> None:
    frame = siblings(["a", "b", "a"], [None, None], ["a", "b"], ["a", None])
    assert reasons(Vote(by="x", at_least=0.6, ties="drop"), frame) == {
        "1.2": "outvoted",
        "1.3": "outvoted",
        "2.1": "no_votes",
        "2.2": "no_votes",
        "3.1": "no_majority",
        "3.2": "no_majority",
        "4.2": "outvoted",
    }
    assert reasons(Vote(by="x", ties="drop"), siblings(["a", "b"])) == {"1.1": "tied", "1.2": "tied"}


@pytest.mark.parametrize(("at_least", "rows"), [(0.6, 1), (0.601, 0), (0.0, 1), (1.0, 0)])
def test_at_least_counts_the_votes_cast_only(at_least: float, rows: int) -> None:
    frame = siblings(["a", "a", "a", "b", "b", None, None, None])
    assert len(after(Vote(by="x", at_least=at_least), frame)) == rows


@pytest.mark.parametrize(
    "values", [["b", "a", "a", "b"], [[2], [1], [1], [2]], [False, True, True, False], [{"n": 2}, None, {"n": 2}]]
)
def test_values_of_any_type_are_voted_on_and_of_a_tie_the_first_seen_wins(values: list[Any]) -> None:
    (row,) = after(Vote(by="x"), siblings(values))
    assert (row[ROW_ID], row["x"], row["votes"]) == ("1.1", values[0], 2)


@given(ANSWERS)
def test_a_vote_is_what_counting_by_hand_gives(groups: list[list[str | None]]) -> None:
    want = []
    for number, group in enumerate(groups, start=1):
        counts = Counter(each for each in group if each is not None)
        if counts:
            (value, votes) = counts.most_common(1)[0]
            share = votes / counts.total()
            place = group.index(value) + 1
            want.append({ROW_ID: f"{number}.{place}", "x": value, "votes": votes, "vote_share": share})
    frame = siblings(*groups).cast({"x": pl.String})
    assert after(Vote(by="x"), frame) == want


@given(ANSWERS, st.sampled_from([Vote(by="x", at_least=0.5, ties="drop"), BestOf(score="length(x)")]))
def test_every_sibling_goes_on_or_has_a_reason(groups: list[list[str | None]], operator: Collapse) -> None:
    frame = siblings(*groups).cast({"x": pl.String})
    on = operator(frame, Scripted())
    assert sorted([*on[ROW_ID], *reasons(operator, frame)]) == sorted(frame[ROW_ID])
    assert with_families(on)[FAMILY].is_unique().all()


@pytest.mark.parametrize(
    ("values", "highest", "lowest"),
    [
        ([3, 5, 5, 1, None], "1.2", "1.4"),
        ([float("nan"), 2.0, float("inf"), None], "1.3", "1.2"),
        ([None, False, True, True], "1.3", "1.2"),
    ],
)
def test_the_best_is_the_first_with_the_best_score(values: list[Any], highest: str, lowest: str) -> None:
    frame = siblings(values)
    assert [row[ROW_ID] for row in after(BestOf(score="x"), frame)] == [highest]
    assert [row[ROW_ID] for row in after(BestOf(score="x", highest=False), frame)] == [lowest]


def test_a_family_without_a_score_leaves_and_says_so() -> None:
    frame = siblings([float("nan"), None], [1.0, 2.0])
    assert reasons(BestOf(score="x"), frame) == {"1.1": "no_score", "1.2": "no_score", "2.1": "not_best"}


@pytest.mark.parametrize(("met", "label"), [(0, "hard"), (1, "hard"), (2, "medium"), (3, "medium"), (4, "easy")])
def test_a_label_holds_up_to_its_bound(met: int, label: str) -> None:
    frame = siblings([1] * met + [None] * (4 - met)).cast({"x": pl.Int64})
    operator = PassRate(condition="x = 1", labels={"hard": 0.25, "medium": 0.75, "easy": 1})
    (row,) = after(operator, frame)
    assert (row[ROW_ID], row["pass_rate"], row["difficulty"]) == ("1.1", met / 4, label)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"hard": 0.5, "easy": 0.5}, "the upper bounds must rise"),
        ({"easy": 1.0, "hard": 0.5}, "the upper bounds must rise"),
        ({"hard": 0.5}, "the last upper bound must be 1"),
        ({"hard": 0.5, "easy": 1.5}, "less than or equal to 1"),
        ({}, "at least 1 item"),
    ],
)
def test_labels_rise_to_one(labels: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        PassRate(condition="x = 1", labels=labels)


def test_without_labels_there_is_no_column_for_them() -> None:
    assert set(PassRate(condition="x = 1").writes()) == {"pass_rate"}


@pytest.mark.parametrize(("by", "sentence"), [("'a'", "reads no column"), ("lower(", "not an SQL expression")])
def test_a_vote_is_about_a_column(by: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Vote(by=by)
