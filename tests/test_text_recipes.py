"""The recipes for texts run on the sample that ships with them, and keep what they should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dfcli import load, run

GOOD = [1, 2, 3, 4, 5, 6, 7, 8]
"""Pages of the sample that are whole texts in English and nobody's copy."""

REPAIRED, MIXED = 13, 32
"""A page in a wrong encoding, and one in English with words of Chinese."""

OTHERS = [25, 26, 27, 28, 29, 31]
"""Whole texts in German, French, Spanish, Russian and Chinese."""


def kept(name: str, tmp_path: Path, **variables: Any) -> pl.DataFrame:
    """Run a recipe of texts on its sample, and return what it keeps."""
    sets = {"output": str(tmp_path / "out.jsonl"), **variables}
    going = run(load(f"text/{name}", sets=sets), runs=tmp_path / "runs")
    assert all(going.done().checks.values())
    return pl.read_ndjson(tmp_path / "out.jsonl", infer_schema_length=None)


def ids(rows: pl.DataFrame) -> list[int]:
    return rows["id"].to_list()


def test_pages_become_a_corpus_in_one_language(tmp_path: Path) -> None:
    rows = kept("pretrain_filter", tmp_path)
    assert ids(rows) == [*GOOD, REPAIRED, MIXED]
    text = rows.filter(pl.col("id") == REPAIRED)["text"].item()
    assert "café" in text
    assert "crêperie" in text


def test_another_language_is_a_variable(tmp_path: Path) -> None:
    assert ids(kept("pretrain_filter", tmp_path, language="de", stop_words=0)) == [25]


def test_only_the_first_good_pair_of_its_kind_stays(tmp_path: Path) -> None:
    rows = kept("sft_filter", tmp_path)
    assert ids(rows) == [1, 2, 3, 4, 5, 14, 15, 16, 17, 19, 20]
    assert rows.columns == ["id", "instruction", "output"]


def test_of_duplicates_the_longest_stays(tmp_path: Path) -> None:
    left = set(ids(kept("dedup", tmp_path)))
    copies = {"bread": {1, 9}, "tides": {2, 10}, "library": {3, 12}, "bees": {4, 11}, "tea": {29, 30}}
    assert {name: left & rows for name, rows in copies.items()} == {
        "bread": {1},
        "tides": {10},
        "library": {12},
        "bees": {4},
        "tea": {30},
    }
    assert set(GOOD[4:]) | set(OTHERS[:4]) <= left


@pytest.mark.parametrize("name", ["c4", "fineweb"])
def test_the_published_pipelines_keep_whole_texts_and_no_junk(name: str, tmp_path: Path) -> None:
    left = set(ids(kept(name, tmp_path)))
    assert set(GOOD) <= left
    assert left.isdisjoint({14, 15, 16, 18, 19, 20, 21, 22, 23, 24, *OTHERS})


def test_every_language_has_its_texts_and_no_more_than_allowed(tmp_path: Path) -> None:
    rows = kept("multilingual", tmp_path, per_language=2)
    assert rows["language"].value_counts().sort("language").rows() == [
        ("de", 1),
        ("en", 2),
        ("es", 1),
        ("fr", 1),
        ("ru", 1),
        ("zh", 2),
    ]


def test_nothing_personal_is_left(tmp_path: Path) -> None:
    rows = kept("pii_safe", tmp_path)
    assert set(GOOD) <= set(ids(rows))
    contact, server = (rows.filter(pl.col("id") == each)["text"].item() for each in (7, 8))
    assert all(each in contact for each in ("<EMAIL_1>", "<PHONE_1>", "<IBAN_1>"))
    assert all(each in server for each in ("<IP_1>", "<CREDIT_CARD_1>"))
