"""Which of the rows made of one row goes on, and why the others do not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dfcli.ops.base import FAMILY, ROW_ID, Collapse, with_families
from dfcli.ops.embeddings import Centrality
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


class Compass(Scripted):
    """Embeds a text as the direction it names in degrees, and remembers what it embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.embedded += texts
        return [[2 * math.cos(math.radians(float(each))), 2 * math.sin(math.radians(float(each)))] for each in texts]


def measured(*groups: list[str | None]) -> tuple[list[float | None], list[str]]:
    """Return how central each text is, and what was embedded for it."""
    context = Compass()
    frame = Centrality(text="x")(siblings(*groups).cast({"x": pl.String}), context)
    return frame["centrality"].to_list(), context.embedded


@pytest.mark.parametrize(
    ("texts", "want"),
    [
        (["0", "90", "180"], [-0.5, 0.0, -0.5]),
        (["0", "60", "0"], [0.75, 0.5, 0.75]),
        (["0", None, "60"], [0.5, None, 0.5]),
        (["0", "180"], [-1.0, -1.0]),
        (["7"], [1.0]),
        (["7", "7", "7"], [1.0, 1.0, 1.0]),
        (["7", None], [1.0, None]),
        ([None, None], [None, None]),
    ],
)
def test_centrality_is_the_mean_cosine_with_the_other_siblings(
    texts: list[str | None], want: list[float | None]
) -> None:
    assert measured(texts)[0] == want


def test_a_text_is_embedded_once_and_only_where_there_is_another_to_compare_it_with() -> None:
    assert measured(["1", "2", "1", None], ["3", "3"], ["4"], ["2", "5"])[1] == ["1", "2", "5"]


def test_an_embedding_without_a_direction_is_near_nothing() -> None:
    class Nowhere(Scripted):
        def embed(self, texts: Sequence[str]) -> list[list[float]]:
            return [[0.0, float(each)] for each in texts]

    frame = Centrality(text="x")(siblings(["0", "1", "1"]), Nowhere())
    assert frame["centrality"].to_list() == [0.0, 0.5, 0.5]


def test_rows_without_siblings_are_central_each_in_its_own_family() -> None:
    frame = pl.DataFrame({"x": ["1", "2", None]})
    assert Centrality(text="x")(frame, Compass())["centrality"].to_list() == [1.0, 1.0, None]


@given(st.lists(st.sampled_from(["0", "10", "45", "170", "200", None]), min_size=2, max_size=7), st.randoms())
def test_centrality_goes_with_the_text_and_not_with_its_place(texts: list[str | None], chance: Random) -> None:
    places = list(range(len(texts)))
    chance.shuffle(places)
    (before, _), (after, _) = measured(texts), measured([texts[place] for place in places])
    assert after == [before[place] for place in places]
    assert all(each is None or -1 <= each <= 1 for each in before)


def test_the_medoid_goes_on_and_of_equal_ones_the_first() -> None:
    frame = Centrality(text="x")(siblings(["90", "40", "0", "40"], ["0", "180"], [None]), Compass())
    assert [row[ROW_ID] for row in after(BestOf(score="centrality"), frame)] == ["1.2", "2.1"]
