"""Which rows leave as duplicates of others, which stay for them, and what is cut out of texts."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dfcli.ops._duplicates import Duplicates
from dfcli.ops.base import ROW_ID, Operator, Whole
from dfcli.ops.dedup import DedupExact
from dfcli.ops.dedup_meaning import DedupSemantic, DedupVectors
from dfcli.ops.dedup_near import DedupMinhash, DedupNgrams, DedupSimhash
from dfcli.ops.dedup_parts import DedupLines, DedupParagraphs, DedupSentences, DedupSubstrings
from dfcli.ops.scripted import Scripted

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f", "中", "文", "é"]), max_size=12).map(" ".join)
TEXTS = st.lists(st.one_of(WORDS, st.sampled_from([None, "", " ", "!", "a b c d e f a b c d"])), max_size=12)

DUPLICATES: list[type[Duplicates]] = [DedupExact, DedupMinhash, DedupSimhash, DedupNgrams, DedupSemantic]
OPTIONS: dict[type[Operator], dict[str, Any]] = {
    DedupExact: {"on": "text", "normalise": ("case", "whitespace"), "min_chars": 1},
    DedupMinhash: {"ngram": 2, "threshold": 0.5, "verify": "jaccard"},
    DedupSimhash: {"ngram": 2, "distance": 8},
    DedupNgrams: {"ngram": 2, "share": 0.5},
    DedupSemantic: {"threshold": 0.9},
}
CUTTING: list[Whole] = [
    DedupLines(),
    DedupParagraphs(),
    DedupSentences(span=1),
    DedupSubstrings(length=3),
    DedupSubstrings(length=4, unit="characters", copies="none"),
]


def table(texts: Sequence[str | None]) -> pl.DataFrame:
    """Return texts with row ids that stay with them in whatever order they come."""
    ids = [str(number + 1) for number in range(len(texts))]
    scores = [(number * 7) % 13 for number in range(len(texts))]
    return pl.DataFrame(
        {ROW_ID: ids, "text": texts, "score": scores},
        schema={ROW_ID: pl.String, "text": pl.String, "score": pl.Int64},
    )


def after(operator: Whole, texts: Sequence[str | None]) -> list[str | None]:
    return operator(table(texts), Scripted())["text"].to_list()


@pytest.mark.parametrize("cls", DUPLICATES)
@settings(max_examples=40)
@given(texts=TEXTS)
def test_what_stays_is_part_of_what_came_and_stays_again(cls: type[Duplicates], texts: list[str | None]) -> None:
    operator, given_rows = cls(**OPTIONS[cls]), table(texts)
    once = operator(given_rows, Scripted())
    assert once.equals(given_rows.filter(pl.col(ROW_ID).is_in(once[ROW_ID].to_list())))
    assert operator(once, Scripted()).equals(once)


@pytest.mark.parametrize("cls", DUPLICATES)
@settings(max_examples=40)
@given(texts=TEXTS, seed=st.integers(0, 99))
def test_the_order_of_rows_decides_nothing_where_a_column_does(
    cls: type[Duplicates], texts: list[str | None], seed: int
) -> None:
    operator = cls(prefer="best", by="score", **OPTIONS[cls])
    rows = table(texts[:13]).unique("score", maintain_order=True)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=seed)
    assert operator(shuffled, Scripted()).sort(ROW_ID).equals(operator(rows, Scripted()).sort(ROW_ID))


@pytest.mark.parametrize("cls", DUPLICATES)
@settings(max_examples=40)
@given(texts=TEXTS)
def test_marking_tells_what_dropping_does(cls: type[Duplicates], texts: list[str | None]) -> None:
    marked = cls(mode="mark", **OPTIONS[cls])(table(texts), Scripted())
    stays = marked.filter(pl.col("duplicate_of").is_null())
    assert stays[ROW_ID].to_list() == cls(**OPTIONS[cls])(table(texts), Scripted())[ROW_ID].to_list()
    assert stays["duplicate_cluster"].to_list() == stays[ROW_ID].to_list()
    assert set(marked["duplicate_of"].drop_nulls()) <= set(stays[ROW_ID])
    sizes = dict(marked["duplicate_cluster"].value_counts().iter_rows())
    assert marked["duplicate_count"].to_list() == [sizes[each] for each in marked["duplicate_cluster"]]


@pytest.mark.parametrize("cls", DUPLICATES)
def test_short_and_empty_texts_are_nobodys_duplicates(cls: type[Duplicates]) -> None:
    texts = ["", "", None, None, "!", "?", "x", "y", " "]
    unlike: dict[type[Operator], dict[str, Any]] = {DedupExact: {"min_chars": 2}, DedupSemantic: {"threshold": 0.9999}}
    options = OPTIONS[cls] | unlike.get(cls, {})
    assert after(cls(**options), texts) == texts


@pytest.mark.parametrize("cls", DUPLICATES)
def test_ten_thousand_equal_rows_leave_one(cls: type[Duplicates]) -> None:
    text = "the quick brown fox jumps over the lazy dog and runs"
    assert after(cls(**OPTIONS[cls]), [text] * 10_000) == [text]


@pytest.mark.parametrize("operator", [*(cls(**OPTIONS[cls]) for cls in DUPLICATES), *CUTTING])
def test_one_word_of_a_megabyte_passes(operator: Whole) -> None:
    texts = ["x" * 1_000_000, "a b"]
    assert after(operator, texts)[-1] == "a b"


@pytest.mark.parametrize(
    ("normalise", "first", "second"),
    [
        ("case", "Straße É", "straße é"),
        ("whitespace", " a\u3000b\n", "ab"),
        ("punctuation", "“a”, b。", "a b"),
        ("digits", "page 12", "page 34"),
        ("unicode", "ﬁ e\u0301", "fi é"),
    ],
)
def test_what_is_said_not_to_count_does_not_count(normalise: Any, first: str, second: str) -> None:
    assert after(DedupExact(on="text"), [first, second]) == [first, second]
    assert after(DedupExact(on="text", normalise=(normalise,)), [first, second]) == [first]


@pytest.mark.parametrize(("prefer", "stays"), [("first", "a b"), ("longest", "A  b"), ("best", "a  B")])
def test_which_row_of_a_group_stays_can_be_chosen(prefer: Any, stays: str) -> None:
    rows = pl.DataFrame({"text": ["a b", "A  b", "a  B"], "score": [float("nan"), None, 0.5]})
    by = "score" if prefer == "best" else None
    operator = DedupExact(on="text", normalise=("case", "whitespace"), prefer=prefer, by=by)
    assert operator(rows, Scripted())["text"].to_list() == [stays]


@pytest.mark.parametrize("options", [{"prefer": "best"}, {"by": "score"}])
def test_the_best_needs_a_column(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give both or neither"):
        DedupExact(**options)


def planted(similarity: float, words: int = 200, seed: int = 0) -> tuple[str, str]:
    """Return two texts whose sets of single words have this Jaccard similarity."""
    rng = Random(seed)
    common = round(words * 2 * similarity / (1 + similarity))
    names = [f"w{rng.getrandbits(60)}" for _ in range(2 * words)]
    return " ".join(names[:words]), " ".join(names[:common] + names[words : 2 * words - common])


@pytest.mark.parametrize("verify", ["none", "signature", "jaccard"])
def test_minhash_finds_what_is_similar_and_leaves_the_rest(verify: Any) -> None:
    alike = [text for seed in range(50) for text in planted(0.9, seed=seed)]
    apart = [text for seed in range(50, 100) for text in planted(0.3, seed=seed)]
    left = after(DedupMinhash(ngram=1, threshold=0.7, verify=verify), alike + apart)
    assert left == alike[::2] + apart


def test_jaccard_is_counted_exactly() -> None:
    pairs = [text for similarity in (0.78, 0.82) for text in planted(similarity, seed=round(100 * similarity))]
    assert after(DedupMinhash(ngram=1, threshold=0.8, verify="jaccard"), pairs) == pairs[:3]


@pytest.mark.parametrize("distance", [0, 1, 3, 6, 10])
def test_simhash_finds_every_pair_within_the_distance(distance: int) -> None:
    import numpy as np

    from dfcli.ops._dedup_simhash import within

    rng = np.random.default_rng(distance)
    base = rng.integers(0, 2**63, 150, dtype=np.uint64)
    flips = [sum(1 << int(bit) for bit in rng.choice(64, rng.integers(0, 14), replace=False)) for _ in base]
    prints = np.concatenate((base, base ^ np.array(flips, np.uint64)))
    found = within(prints, np.ones(prints.size, np.bool_), distance)(np.arange(prints.size))
    differ = np.bitwise_count(prints[:, None] ^ prints)
    close = {(a, b) for a, b in np.argwhere(differ <= distance).tolist() if a < b}
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == close


def test_vectors_that_are_none_are_nobodys_duplicates() -> None:
    vectors = [[1.0, 0.0], [2.0, 0.0], [0.0, 0.0], [0.0, 0.0], None, None, [1.0], [1.0], [float("nan"), 1.0], []]
    rows = pl.DataFrame({"id": range(10), "v": vectors})
    assert DedupVectors(vector="v")(rows, Scripted())["id"].to_list() == [0, 2, 3, 4, 5, 6, 7, 8, 9]


def test_vectors_that_are_near_leave_whatever_the_clusters() -> None:
    rng = Random(0)
    away = [[rng.gauss(0, 1) for _ in range(16)] for _ in range(200)]
    near = [[each + rng.gauss(0, 0.001) for each in vector] for vector in away]
    rows = pl.DataFrame({"id": range(400), "v": away + near})
    assert DedupVectors(vector="v", threshold=0.999)(rows, Scripted())["id"].to_list() == list(range(200))


@settings(max_examples=60)
@given(texts=st.lists(st.lists(st.sampled_from(["a", "b ", " a", "", "c"]), max_size=6).map("\n".join), max_size=8))
def test_no_line_is_left_twice_and_cutting_twice_cuts_once(texts: list[str]) -> None:
    once = after(DedupLines(), texts)
    lines = [line.strip() for text in once for line in (text or "").split("\n") if line.strip()]
    assert sorted(lines) == sorted({line.strip() for text in texts for line in text.split("\n")} - {""})
    assert after(DedupLines(), once) == once


@pytest.mark.parametrize("operator", CUTTING)
@settings(max_examples=40)
@given(texts=TEXTS)
def test_shares_of_what_is_cut_are_shares(operator: Whole, texts: list[str | None]) -> None:
    marked = operator.model_copy(update={"mode": "mark"})(table(texts), Scripted())
    assert marked["text"].to_list() == texts
    assert marked["repeated_share"].is_between(0, 1).all()
    assert marked["repeated_share"].is_null().to_list() == [text is None for text in texts]
    cut = set(operator(table(texts), Scripted())[ROW_ID])
    assert cut >= set(marked.filter(pl.col("repeated_share") == 0)[ROW_ID])


def test_lines_that_come_in_many_rows_leave_all_of_them() -> None:
    texts = [f"Share this\nText {number}\nx\nx" for number in range(7)]
    often = DedupLines(copies="none", times=7, within=False, min_chars=2)
    assert after(often, texts) == [f"Text {number}\nx\nx" for number in range(7)]
    assert after(often, texts[:6]) == texts[:6]


def test_copies_in_one_row_count_only_where_they_are_to() -> None:
    assert after(DedupLines(), ["a\nb\na"]) == ["a\nb"]
    assert after(DedupLines(within=False), ["a\nb\na", "a\nc"]) == ["a\nb\na", "c"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Pi is 3.14. Yes! End.", "New. End."),
        ("“Pi is 3.14.” Yes! End.", None),
    ],
)
def test_a_sentence_ends_where_whitespace_follows(text: str, left: str | None) -> None:
    given_texts = ["Pi is 3.14. Yes! Start.", text.replace(" End.", " New. End.")]
    assert after(DedupSentences(span=2), given_texts)[1] == (left or given_texts[1])


def spans(texts: Sequence[str], length: int) -> set[tuple[int, int]]:
    """Return, by text and word, what is in a run of words that came before, found by comparing all with all."""
    seen: set[tuple[str, ...]] = set()
    gone = set()
    for number, text in enumerate(texts):
        words = text.split()
        for place in range(len(words) - length + 1):
            if (run := tuple(words[place : place + length])) in seen:
                gone |= {(number, place + each) for each in range(length)}
            seen.add(run)
    return gone


@settings(max_examples=100)
@given(
    texts=st.lists(st.lists(st.sampled_from(["a", "b", "c", "é"]), max_size=30).map(" ".join), max_size=5),
    length=st.integers(2, 9),
)
def test_substrings_are_those_that_comparing_all_with_all_finds(texts: list[str], length: int) -> None:
    gone = spans(texts, length)
    want = [
        [word for place, word in enumerate(text.split()) if (number, place) not in gone]
        for number, text in enumerate(texts)
    ]
    left = DedupSubstrings(length=length)(table(texts), Scripted())
    assert [(text or "").split() for text in left["text"]] == [
        words for words, text in zip(want, texts, strict=True) if words or not text.split()
    ]
