"""Which texts have passages of a benchmark in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.ops.decontaminate import Decontaminate
from dfcli.ops.scripted import Scripted

WORDS = st.lists(st.sampled_from(["a", "b", "c", "中"]), max_size=12)
FIVE = "one two three four five"


def marked(texts: Sequence[str | None], bench: Sequence[str | None], **options: Any) -> pl.DataFrame:
    rows = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    context = Scripted(files={"bench.jsonl": [{"q": each} for each in bench]})
    return Decontaminate(files="bench.jsonl", mode="mark", **options)(rows, context)


@settings(max_examples=100)
@given(text=WORDS, bench=st.lists(WORDS, min_size=1, max_size=3), ngram=st.integers(1, 4), shortest=st.integers(1, 4))
def test_what_is_met_is_what_comparing_word_by_word_meets(
    text: list[str], bench: list[list[str]], ngram: int, shortest: int
) -> None:
    known = {
        tuple(each[place : place + length])
        for each in bench
        if (length := min(ngram, len(each))) >= min(shortest, ngram)
        for place in range(len(each) - length + 1)
    }
    covered = {
        place + step
        for length in range(1, ngram + 1)
        for place in range(len(text) - length + 1)
        if tuple(text[place : place + length]) in known
        for step in range(length)
    }
    frame = marked([" ".join(text)], [" ".join(each) for each in bench], ngram=ngram, shortest=shortest)
    assert frame["contamination_share"][0] == pytest.approx(len(covered) / max(len(text), 1))
    assert (frame["contamination_words"][0] is not None) == bool(covered)


@pytest.mark.parametrize("text", ["ONE, two; three: four — five!", "x one two\nthree four\tfive y", f"{FIVE} {FIVE}"])
def test_case_signs_and_whitespace_do_not_hide_a_benchmark(text: str) -> None:
    assert marked([text], [FIVE], ngram=5)["contamination_source"].to_list() == ["bench.jsonl row 1 q"]


@pytest.mark.parametrize("text", [None, "", " ", "one two three four", "five four three two one", "x" * 1_000_000])
def test_other_texts_are_clean(text: str | None) -> None:
    (row,) = marked([text], [FIVE, None, "", "!"], ngram=5).to_dicts()
    assert row["contamination_share"] == (None if text is None else 0.0)
    assert row["contamination_words"] is None


def test_short_texts_of_a_benchmark_are_met_as_wholes_or_not_at_all() -> None:
    assert marked([FIVE], [FIVE], shortest=5)["contamination_share"].to_list() == [1.0]
    assert marked([FIVE], [FIVE], shortest=6)["contamination_share"].to_list() == [0.0]


def test_a_share_in_common_may_be_allowed() -> None:
    rows = pl.DataFrame({"text": [f"{FIVE} and five other words here", FIVE]})
    context = Scripted(files={"bench.jsonl": [{"q": FIVE}]})
    left = Decontaminate(files="bench.jsonl", ngram=5, share=0.5)(rows, context)
    assert left["text"].to_list() == rows["text"].to_list()[:1]


def test_a_benchmark_without_texts_meets_nothing() -> None:
    rows = pl.DataFrame({"text": [FIVE]})
    context = Scripted(files={"bench.jsonl": [{"n": 1}]})
    assert Decontaminate(files="bench.jsonl")(rows, context).equals(rows)
