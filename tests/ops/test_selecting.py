"""Which rows are chosen of all: at random, by rank, by group, in a mixture, for a split."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dfcli import recipe, run
from dfcli.ops._choice import equally, in_proportion
from dfcli.ops.base import Operator, Whole
from dfcli.ops.mix import Mix
from dfcli.ops.ranking import CommonValues, Quota, RankRange, TopK
from dfcli.ops.scripted import Scripted
from dfcli.ops.select import Sample, Shuffle
from dfcli.ops.split import Split

GROUPS = st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30)
SIZES = st.lists(st.integers(0, 50), max_size=8)
ODD = [float("nan"), None, float("inf"), float("-inf"), 0.0, -0.0, 1.0]


def table(groups: list[Any], scores: list[Any] | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": range(len(groups)), "group": groups, "score": scores or [float(n * 7 % 13) for n in range(len(groups))]},
        schema={"id": pl.Int64, "group": pl.String, "score": pl.Float64},
    )


def ids(operator: Whole, rows: pl.DataFrame, seed: int = 0) -> list[int]:
    return operator(rows, Scripted(seed=seed))["id"].to_list()


def per_group(rows: pl.DataFrame, kept: list[int]) -> Counter[str | None]:
    return Counter(rows["group"].gather(kept).to_list())


@given(sizes=SIZES, total=st.integers(0, 500))
def test_what_is_shared_out_adds_up_and_no_share_is_larger_than_its_size(sizes: list[int], total: int) -> None:
    for share_out in (in_proportion, equally):
        shares = share_out(sizes, total)
        assert sum(shares) == min(total, sum(sizes))
        assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))


@given(sizes=SIZES.filter(any), share=st.floats(0, 1))
def test_a_share_in_proportion_is_within_one_of_the_exact_one(sizes: list[int], share: float) -> None:
    total = round(sum(sizes) * share)
    exact = [size * total / sum(sizes) for size in sizes]
    assert all(abs(each - goal) < 1 for each, goal in zip(in_proportion(sizes, total), exact, strict=True))


@given(groups=GROUPS, n=st.integers(0, 30), seed=st.integers(0, 5))
def test_a_sample_has_the_size_wanted_and_keeps_the_order(groups: list[str | None], n: int, seed: int) -> None:
    rows = table(groups)
    for operator in (Sample(n=n), Sample(n=n, by="group"), Sample(n=n, by="group", spread="equal")):
        kept = ids(operator, rows, seed)
        assert len(kept) == min(n, len(groups))
        assert kept == sorted(set(kept))


def test_a_stratified_sample_has_the_shares_of_the_whole() -> None:
    rows = table(["a"] * 600 + ["b"] * 300 + [None] * 100)
    assert per_group(rows, ids(Sample(fraction=0.1, by="group"), rows)) == {"a": 60, "b": 30, None: 10}
    assert per_group(rows, ids(Sample(n=450, by="group", spread="equal"), rows)) == {"a": 175, "b": 175, None: 100}


def test_a_row_with_twice_the_weight_is_chosen_about_twice_as_often() -> None:
    rows = pl.DataFrame({"id": range(3000), "w": [1.0, 2.0, 0.0] * 1000})
    kept = Counter(each % 3 for each in ids(Sample(n=150, weights="w"), rows))
    assert kept[2] == 0
    assert 1.4 < kept[1] / kept[0] < 2.9


def test_weights_that_are_no_chance_are_never_chosen() -> None:
    rows = pl.DataFrame({"id": range(6), "w": [None, float("nan"), -1.0, 0.0, 5.0, float("inf")]})
    assert ids(Sample(n=6, weights="w"), rows) == [4, 5]


@given(groups=GROUPS, seed=st.integers(0, 3))
def test_a_shuffle_has_the_same_rows_and_follows_the_seed(groups: list[str | None], seed: int) -> None:
    rows = table(groups)
    assert sorted(ids(Shuffle(), rows, seed)) == rows["id"].to_list()
    assert ids(Shuffle(), rows, seed) == ids(Shuffle(), rows, seed)


def test_another_seed_is_another_order() -> None:
    rows = table(["a"] * 50)
    assert len({tuple(ids(Shuffle(), rows, seed)) for seed in range(5)}) == 5


@given(groups=GROUPS, k=st.integers(0, 5), data=st.data())
def test_the_top_of_a_group_is_what_sorting_it_gives(groups: list[str | None], k: int, data: st.DataObject) -> None:
    numbers = st.lists(st.sampled_from([*ODD, 2.0]), min_size=len(groups), max_size=len(groups))
    scores = data.draw(numbers)
    rows = table(groups, scores or None)
    real = [number for number, each in enumerate(scores) if each is not None and each == each]
    wanted: list[int] = []
    for group in set(groups):
        members = [number for number in real if groups[number] == group]
        wanted += sorted(members, key=lambda number: (-(scores[number] or 0.0), number))[:k]
    assert ids(TopK(score="score", k=k, by="group"), rows) == sorted(wanted)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"low_share": 0.2, "high_share": 0.8}, range(2, 8)),
        ({"low_rank": 3, "high_rank": 5}, [3, 4]),
        ({"low_share": 0.5, "low_rank": 8}, [8, 9]),
        ({"low_rank": 20}, []),
        ({"high_rank": 2, "low_rank": 5}, []),
    ],
)
def test_a_range_of_ranks_is_the_narrower_of_shares_and_ranks(options: dict[str, Any], kept: Any) -> None:
    rows = table(["a"] * 10, [float(n) for n in range(10)])
    assert ids(RankRange(score="score", **options), rows) == list(kept)


@given(groups=GROUPS, n=st.integers(0, 4))
def test_no_group_is_over_its_quota_and_none_is_short(groups: list[str | None], n: int) -> None:
    rows = table(groups)
    wanted = {group: min(n, count) for group, count in Counter(groups).items() if n}
    preferences: tuple[Literal["first", "last", "random"], ...] = ("first", "last", "random")
    quotas = [Quota(by="group", n=n, prefer=each) for each in preferences]
    for quota in (*quotas, Quota(by="group", n=n, prefer="best", score="score")):
        assert per_group(rows, ids(quota, rows)) == wanted


def test_a_quota_prefers_what_it_says() -> None:
    rows = table(["a", "a", "a", "b"], [1.0, None, 3.0, None])
    assert ids(Quota(by="group", n=1), rows) == [0, 3]
    assert ids(Quota(by="group", n=1, prefer="last"), rows) == [2, 3]
    assert ids(Quota(by="group", n=1, prefer="best", score="score"), rows) == [2, 3]


def test_several_columns_make_a_group() -> None:
    rows = pl.DataFrame({"id": range(4), "a": ["x", "x", "y", "x"], "b": [1, 2, 1, 1]})
    assert ids(Quota(by=("a", "b"), n=1), rows) == [0, 1, 2]


@given(groups=GROUPS, k=st.integers(0, 4))
def test_common_values_are_no_rarer_than_those_that_leave(groups: list[str | None], k: int) -> None:
    rows = table(groups)
    kept = per_group(rows, ids(CommonValues(column="group", k=k), rows))
    counts = Counter(each for each in groups if each is not None)
    left = [count for value, count in counts.items() if value not in kept]
    assert len(kept) == min(k, len(counts))
    assert all(counts[str(value)] == times >= max(left, default=0) for value, times in kept.items())


def test_a_mixture_has_the_shares_wanted() -> None:
    rows = table(["a"] * 900 + ["b"] * 100)
    once = Mix(by="group", weights={"a": 3, "b": 1})
    assert per_group(rows, ids(once, rows)) == {"a": 300, "b": 100}
    thrice = Mix(by="group", weights={"a": 3, "b": 1}, epochs=2.5)
    assert per_group(rows, ids(thrice, rows)) == {"a": 750, "b": 250}
    assert per_group(rows, ids(Mix(by="group", temperature=2), rows)) == {"a": 300, "b": 100}


def test_rows_that_come_several_times_come_as_often_as_each_other_to_within_one() -> None:
    rows = table(["a"] * 40 + ["b"] * 10)
    times = Counter(each for each in ids(Mix(by="group", weights={"a": 1, "b": 1}, epochs=2.5), rows) if each >= 40)
    assert sorted(times.values()) == [2] * 5 + [3] * 5


@given(sizes=st.lists(st.sampled_from([0, 1, 5, 90, None]), max_size=40), total=st.integers(0, 300))
def test_a_source_stays_below_its_share_of_tokens(sizes: list[int | None], total: int) -> None:
    sources = ["a" if number % 3 else "b" for number in range(len(sizes))]
    rows = pl.DataFrame({"id": range(len(sizes)), "source": sources, "size": pl.Series(sizes, dtype=pl.Int64)})
    kept = Mix(by="source", size="size", weights={"a": 1, "b": 1}, total=total)(rows, Scripted())
    taken = dict(kept.group_by("source").agg(pl.col("size").sum()).iter_rows())
    there = [each for each in ("a", "b") if rows.filter(source=each)["size"].sum()]
    assert all(taken.get(each, 0) <= total / len(there) for each in there)


def test_a_mixture_of_files_runs_and_accounts_for_each_row(tmp_path: Path) -> None:
    (tmp_path / "web.jsonl").write_text("".join(f'{{"text": "w{n}"}}\n' for n in range(30)), encoding="utf-8")
    (tmp_path / "books.jsonl").write_text("".join(f'{{"text": "b{n}"}}\n' for n in range(5)), encoding="utf-8")
    step = {"op": "mix", "by": "from", "files": {"books": "books.jsonl"}, "weights": {"input": 1, "books": 1}}
    steps = [step | {"epochs": 2}, {"op": "shuffle"}]
    done = run(recipe({"input": "web.jsonl", "steps": steps}, folder=tmp_path), runs=tmp_path / "runs").done()
    made = pl.read_parquet(list(done.parts))
    assert Counter(made["from"]) == {"input": 10, "books": 10}
    assert made["text"].n_unique() == 15
    assert done.steps[0].dropped == {"not_in_mix": 20}


@pytest.mark.parametrize(
    "step",
    [
        {"op": "sample", "n": 4, "by": "group"},
        {"op": "top_k", "score": "score", "k": 2},
        {"op": "quota", "by": "group", "n": 1, "prefer": "random"},
        {"op": "rank_range", "score": "score", "high_share": 0.5},
        {"op": "common_values", "column": "group", "k": 1},
        {"op": "diverse_vectors", "vector": "vector", "n": 2},
    ],
    ids=lambda step: str(step["op"]),
)
def test_rows_that_are_not_chosen_are_reported(tmp_path: Path, step: dict[str, Any]) -> None:
    rows = table(["a", "b"] * 10).with_columns(vector=pl.concat_list("id", "score"))
    rows.write_ndjson(tmp_path / "in.jsonl")
    done = run(recipe({"input": "in.jsonl", "steps": [step]}, folder=tmp_path), runs=tmp_path / "runs").done()
    (report,) = done.steps
    assert 0 < report.rows_out < 20
    assert list(report.dropped.values()) == [20 - report.rows_out]


@given(keys=st.lists(st.sampled_from(["x", "y", "", None, "数据", "\x00"]), max_size=20), exact=st.booleans())
def test_equal_keys_are_in_one_part_and_every_row_is_in_one(keys: list[str | None], exact: bool) -> None:
    rows = pl.DataFrame({"key": pl.Series(keys, dtype=pl.String)})
    parts = Split(key="key", exact=exact)(rows, Scripted())["split"].to_list()
    assert len(set(zip(keys, parts, strict=True))) == len(set(keys))
    assert set(parts) <= {"train", "validation", "test"}


@given(before=st.lists(st.text(max_size=3), max_size=15), more=st.lists(st.text(max_size=3), max_size=15))
def test_rows_that_are_added_move_no_others(before: list[str], more: list[str]) -> None:
    split = Split(key="key")
    first, both = (pl.DataFrame({"key": pl.Series(each, dtype=pl.String)}) for each in (before, [*more, *before]))
    assert split(first, Scripted())["split"].equals(split(both, Scripted())["split"].tail(len(before)))


def test_shares_come_out_to_within_chance_and_exactly_where_wanted() -> None:
    rows = pl.DataFrame({"key": range(4000), "label": ["a"] * 3000 + ["b"] * 1000})
    rough = Counter(Split(key="key")(rows, Scripted())["split"])
    assert abs(rough["train"] - 3600) < 80
    exact = Split(key="key", stratify="label", shares={"train": 8, "test": 2})(rows, Scripted())
    assert Counter(exact.select("label", "split").iter_rows()) == {
        ("a", "train"): 2400,
        ("a", "test"): 600,
        ("b", "train"): 800,
        ("b", "test"): 200,
    }


def test_a_salt_makes_another_split_and_a_column_of_another_name_the_same() -> None:
    rows = pl.DataFrame({"key": range(100), "again": range(100)})
    plain, salted = (Split(key="key", salt=salt)(rows, Scripted())["split"].to_list() for salt in ("", "b"))
    assert plain != salted
    assert Split(key="again")(rows, Scripted(seed=9))["split"].to_list() == plain


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (Sample, {}),
        (Sample, {"n": 1, "fraction": 0.1}),
        (TopK, {"score": "s"}),
        (Quota, {"by": "g", "n": 1, "prefer": "best"}),
        (Quota, {"by": "g", "n": 1, "score": "s"}),
        (Mix, {"by": "g", "weights": {"a": 0}}),
        (Split, {"key": "k", "shares": {}}),
    ],
)
def test_options_that_contradict_each_other_are_refused(cls: type[Operator], options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cls(**options)


def test_ten_thousand_identical_rows_are_chosen_from() -> None:
    rows = table(["a"] * 10_000, [1.0] * 10_000)
    assert ids(TopK(score="score", k=3), rows) == [0, 1, 2]
    assert len(ids(Sample(fraction=0.5, by="group"), rows)) == 5000
    assert set(Split(key="group")(rows, Scripted())["split"]) < {"train", "validation", "test"}
