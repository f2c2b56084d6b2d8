"""Subsets that are diverse or representative, and measures of a whole set of texts."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.ops import _set_measures
from dfcli.ops._subset import Vectors, facility_location, k_center
from dfcli.ops.scripted import Scripted
from dfcli.ops.subset import DiverseTexts, DiverseVectors

METHODS = ("k_center", "facility_location")
ANGLES = st.lists(st.floats(0, 6.28), min_size=1, max_size=15)


def on_circle(angles: Any) -> Vectors:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def clouds(sizes: list[int], seed: int = 0) -> tuple[Vectors, list[int]]:
    """Return vectors around as many directions as there are sizes, and the direction of each."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    made = np.eye(len(sizes), 16)[labels] + 0.03 * rng.standard_normal((len(labels), 16))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32), labels.tolist()


@given(angles=ANGLES, size=st.integers(0, 20), seed=st.integers(0, 3))
def test_a_subset_has_the_size_wanted_and_no_row_twice(angles: list[float], size: int, seed: int) -> None:
    vectors = on_circle(angles)
    for places in (k_center(vectors, size, Random(seed)), facility_location(vectors, size, 100, Random(seed))):
        assert len(set(places.tolist())) == len(places) == min(size, len(angles))
        assert sorted(places.tolist()) == places.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_both_methods_choose_one_of_each_cloud(seed: int) -> None:
    vectors, labels = clouds([300, 50, 10, 5], seed)
    chosen = k_center(vectors, 4, Random(seed))
    assert {labels[place] for place in chosen} == {0, 1, 2, 3}
    few = facility_location(vectors, 4, 1000, Random(seed))
    assert {labels[place] for place in few} >= {0, 1}


@given(angles=ANGLES.filter(lambda each: len(each) > 2), size=st.integers(1, 4), seed=st.integers(0, 3))
def test_k_center_is_within_twice_the_best_radius(angles: list[float], size: int, seed: int) -> None:
    vectors = on_circle(angles).astype(np.float64)
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    found = apart[:, k_center(on_circle(angles), size, Random(seed))].min(axis=1).max()
    singles = range(len(angles))
    best = min(apart[:, list(each)].min(axis=1).max() for each in _subsets(singles, min(size, len(angles))))
    assert found <= 2 * best + 1e-3


def _subsets(of: range, size: int) -> list[tuple[int, ...]]:
    from itertools import combinations

    return list(combinations(of, size))


@given(angles=ANGLES, size=st.integers(1, 3), seed=st.integers(0, 3))
def test_facility_location_of_one_is_the_greatest_sum(angles: list[float], size: int, seed: int) -> None:
    vectors = on_circle(angles)
    if len(angles) == 1:
        return
    (place,) = facility_location(vectors, 1, 100, Random(seed))
    sums = np.maximum(vectors @ vectors.T, 0).sum(axis=0)
    assert sums[place] >= sums.max() - 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_vectors_that_are_none_are_never_chosen(method: Any) -> None:
    vectors = [None, [0.0, 0.0], [1.0], [1.0, float("nan")], [1.0, 0.0], [0.0, 1.0]]
    rows = pl.DataFrame({"id": range(6), "vector": vectors})
    kept = DiverseVectors(vector="vector", n=6, method=method)(rows, Scripted())
    assert kept["id"].to_list() == [4, 5]


@pytest.mark.parametrize("method", METHODS)
def test_ten_thousand_identical_rows_give_as_many_as_wanted(method: Any) -> None:
    rows = pl.DataFrame({"text": ["the same"] * 10_000})
    assert DiverseTexts(n=3, method=method)(rows, Scripted()).height == 3


def test_the_vendi_score_goes_from_one_to_the_number_of_vectors() -> None:
    assert _set_measures.vendi(np.eye(7, 9, dtype=np.float32)) == pytest.approx(7)
    assert _set_measures.vendi(np.full((5, 4), 0.5, np.float32)) == pytest.approx(1)
    two = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    assert _set_measures.vendi(two) == pytest.approx(2)
    assert _set_measures.vendi(np.zeros((3, 2), np.float32)) == 0.0
    assert _set_measures.vendi(np.zeros((0, 2), np.float32)) == 0.0


@given(angles=ANGLES)
def test_the_vendi_score_is_the_same_from_either_side_of_the_matrix(angles: list[float]) -> None:
    vectors = on_circle(angles)
    wide = np.concatenate([vectors, np.zeros((len(vectors), 20), np.float32)], axis=1)
    assert _set_measures.vendi(vectors) == pytest.approx(_set_measures.vendi(wide), rel=1e-3)
    assert 1 - 1e-6 <= _set_measures.vendi(vectors) <= 2 + 1e-6


def test_sets_that_differ_are_farther_apart_than_sets_that_do_not() -> None:
    first, second = clouds([60, 60], 1)[0], clouds([60, 60], 2)[0]
    other = clouds([0, 0, 120], 3)[0]
    alike, apart = (_set_measures.mmd(first, each, 1.0, Random(0)) for each in (second, other))
    assert alike is not None
    assert apart is not None
    assert alike.mmd2_unbiased < 0.01 < 0.3 < apart.mmd2_unbiased
    assert apart.p_value == pytest.approx(1 / 200)
    assert alike.p_value > 0.05
    assert _set_measures.mmd(first[:1], second, 1.0, Random(0)) is None


def test_mmd_is_what_its_definition_says() -> None:
    x, y = on_circle([0.0, 1.0, 2.5]).astype(np.float64), on_circle([0.3, 4.0]).astype(np.float64)

    def kernel(a: Any, b: Any) -> Any:
        return np.exp(-((a[:, None] - b) ** 2).sum(axis=2) / (2 * 0.7**2))

    biased = kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean()
    unbiased = (kernel(x, x).sum() - 3) / 6 + (kernel(y, y).sum() - 2) / 2 - 2 * kernel(x, y).mean()
    found = _set_measures.mmd(x.astype(np.float32), y.astype(np.float32), 0.7, Random(0))
    assert found is not None
    assert (found.mmd2, found.mmd2_unbiased) == pytest.approx((biased, unbiased), abs=1e-5)


def test_texts_with_the_same_words_have_the_same_vectors_and_others_nearly_nothing_in_common() -> None:
    texts = pl.Series(["one two three", "One, two: three!", "four five six seven", "", "..."])
    vectors = _set_measures.ngram_vectors(texts, "en")
    products = vectors @ vectors.T
    assert products[0, 1] == pytest.approx(1, abs=1e-5)
    assert abs(products[0, 2]) < 0.5
    assert not vectors[3:].any()


def test_distinct_n_is_the_share_of_different_ones_over_all_texts() -> None:
    texts = pl.Series(["a b a", "a b", ""])
    assert _set_measures.distinct(texts, 1, "en") == pytest.approx(2 / 5)
    assert _set_measures.distinct(texts, 2, "en") == pytest.approx(2 / 3)
    assert _set_measures.distinct(texts, 5, "en") == 0.0
    assert _set_measures.distinct(pl.Series(["好好"]), 1, "zh") == 0.5


def test_batches_of_a_narrow_set_are_nearer_than_those_of_a_wide_one() -> None:
    rng = np.random.default_rng(0)
    wide = rng.standard_normal((200, 64)).astype(np.float32)
    narrow = wide + 10
    both = [_set_measures.batch_distance(each, 16, 20, Random(0)) for each in (narrow, wide)]
    assert both[0] is not None
    assert both[1] is not None
    assert both[0].mean < 0.1 < both[1].mean
    assert _set_measures.batch_distance(wide[:20], 16, 20, Random(0)) is None
