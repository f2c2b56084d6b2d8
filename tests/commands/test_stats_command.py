"""What `dfcli stats` says about a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from calling import Call

ROWS: list[dict[str, Any]] = [
    {"text": "one two three", "lang": "en", "tags": ["a"], "vector": [1.0, 0.0]},
    {"text": "one two three", "lang": "en", "tags": ["a"], "vector": [0.0, 1.0]},
    {"text": "vier fünf", "lang": "de", "tags": [], "vector": [1.0, 0.0]},
    {"text": " ", "lang": None, "tags": None, "vector": None},
    {"text": None, "lang": "de", "tags": ["b"], "vector": [1.0, 1.0]},
]


@pytest.fixture(params=["rows.jsonl", "rows.parquet"])
def file(request: pytest.FixtureRequest, here: Path) -> str:
    frame = pl.DataFrame(ROWS)
    if request.param.endswith("jsonl"):
        frame.write_ndjson(here / request.param)
    else:
        frame.write_parquet(here / request.param)
    return str(request.param)


def test_a_file_is_measured_as_a_whole(dfcli: Call, file: str) -> None:
    found = json.loads(dfcli("stats", file, "--by", "lang", "--by", "tags", "--json").out)
    assert found["rows"] == 5
    assert found["columns"]["lang"] == {"type": "str", "nulls": 1}
    assert found["categories"]["lang"] == {"values": 2, "balance": 1.0, "commonest": {"de": 2, "en": 2}}
    assert found["categories"]["tags"]["commonest"] == {'["a"]': 2, '["b"]': 1, "[]": 1}
    texts = found["texts"]
    assert (texts["nulls"], texts["blank"], texts["duplicate_share"]) == (1, 1, pytest.approx(1 / 3))
    assert texts["words"]["total"] == 8
    assert texts["words"]["bins"] == [{"least": 0, "most": 0, "texts": 1}, {"least": 2, "most": 3, "texts": 3}]
    assert texts["tokens_in_all"] == texts["tokens"]["total"]
    assert texts["diversity"]["texts"] == 3
    assert texts["diversity"]["vendi"] == pytest.approx(1.89, abs=0.02)
    assert texts["diversity"]["distinct"][0] == pytest.approx(5 / 8)


def test_people_get_lines_to_read(dfcli: Call, file: str) -> None:
    done = dfcli("stats", file, "--by", "lang")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("5 rows\n  text    str, 1 null\n")
    assert "lang: 2 values, balance 1.000\n  de  2\n  en  2\n" in done.out
    assert "texts in text: 1 blank one, 1 null, 33.3% duplicates\n" in done.out
    assert "Vendi score" in done.out


def test_another_file_is_as_far_as_its_texts_are(dfcli: Call, here: Path) -> None:
    for name, word in (("a", "alpha"), ("b", "alpha"), ("c", "gamma")):
        frame = pl.DataFrame({"text": [f"{word} {word} n{number}" for number in range(40)]})
        frame.write_ndjson(here / f"{name}.jsonl")
    near, far = (
        json.loads(dfcli("stats", "a.jsonl", "--against", each, "--json").out)["texts"]["distance"]
        for each in ("b.jsonl", "c.jsonl")
    )
    assert near["mmd2"] == pytest.approx(0, abs=1e-6)
    assert far["mmd2"] > 0.2
    assert far["p_value"] < 0.01 < near["p_value"]


def test_texts_are_compared_by_vectors_or_by_a_model(dfcli: Call, file: str) -> None:
    found = json.loads(dfcli("stats", file, "--vectors", "vector", "--json").out)["texts"]["diversity"]
    assert found["vectors"] == "column vector"
    assert found["vendi"] == pytest.approx(1.89, abs=0.01)
    asked = json.loads(dfcli("stats", file, "--model", "dfcli/echo", "--json").out)["texts"]["diversity"]
    assert asked["vectors"] == "dfcli/echo"
    assert 1 < asked["vendi"] <= 2


def test_the_same_file_gives_the_same_numbers(dfcli: Call, here: Path) -> None:
    pl.DataFrame({"text": [f"word{n} word{n % 7}" for n in range(100)]}).write_ndjson(here / "a.jsonl")
    first, second = (dfcli("stats", "a.jsonl", "--sample", "40", "--json").out for _ in range(2))
    assert first == second
    assert json.loads(first)["texts"]["diversity"]["texts"] == 40


@pytest.mark.parametrize("texts", [[], [None, None], ["", " "], ["!!!", "..."], ["a" * 1_000_000]])
def test_odd_texts_are_measured_too(dfcli: Call, here: Path, texts: list[str | None]) -> None:
    pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).write_parquet(here / "a.parquet")
    for more in ([], ["--json"], ["--against", "a.parquet"]):
        done = dfcli("stats", "a.parquet", *more)
        assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--column", "txt"], "there is no column 'txt'; did you mean 'text'?"),
        (["--column", "tags"], "the column 'tags' is list[str], not str: name one of texts"),
        (["--by", "nothing"], "there is no column 'nothing'"),
        (["--model", "dfcli/echo", "--vectors", "vector"], "leave one out"),
        (["--against", "nowhere.jsonl"], "nowhere.jsonl"),
    ],
)
def test_what_is_not_there_is_named(dfcli: Call, file: str, arguments: list[str], says: str) -> None:
    done = dfcli("stats", file, *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_a_file_without_texts_has_rows_and_categories(dfcli: Call, here: Path) -> None:
    (here / "a.csv").write_text("n,kind\n1,x\n2,y\n", encoding="utf-8")
    assert json.loads(dfcli("stats", "a.csv", "--by", "kind", "--json").out)["texts"] is None
    assert "no column `text`" in dfcli("stats", "a.csv", "--against", "a.csv").err
