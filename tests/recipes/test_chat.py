"""Chat formats: what training tools read, from whatever the columns are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dfcli import api
from dfcli.errors import RecipeError

ROW = {"question": "2 + 2?", "context": "sums", "answer": "4", "bad": "5", "rules": "Be brief."}
TALK = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}

SHAPES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"format": "alpaca", "fields": {"instruction": "question", "output": "answer"}},
        {"instruction": "2 + 2?", "input": "", "output": "4"},
    ),
    (
        {
            "format": "alpaca",
            "fields": {"instruction": "question", "input": "context", "output": "answer", "system": "rules"},
        },
        {"instruction": "2 + 2?", "input": "sums", "output": "4", "system": "Be brief."},
    ),
    (
        {"format": "messages", "fields": {"user": "question", "assistant": "answer"}, "columns": ["context"]},
        {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "context": "sums"},
    ),
    (
        {"format": "sharegpt", "fields": {"system": "rules", "human": "question", "gpt": "answer"}},
        {
            "conversations": [
                {"from": "system", "value": "Be brief."},
                {"from": "human", "value": "2 + 2?"},
                {"from": "gpt", "value": "4"},
            ]
        },
    ),
    (
        {"format": "dpo", "fields": {"prompt": "question", "chosen": "answer", "rejected": "bad"}},
        {"prompt": "2 + 2?", "chosen": "4", "rejected": "5"},
    ),
]


def written(folder: Path, row: dict[str, Any], output: dict[str, Any]) -> dict[str, Any]:
    (folder / "in.jsonl").write_text(json.dumps(row), encoding="utf-8")
    data = {
        "input": "in.jsonl",
        "output": {"path": str(folder / "out.jsonl"), **output},
        "steps": [{"op": "sample", "n": 5}],
    }
    api.run(api.recipe(data, folder), runs=folder / "runs").done()
    made: dict[str, Any] = json.loads((folder / "out.jsonl").read_text(encoding="utf-8"))
    return made


@pytest.mark.parametrize(("output", "want"), SHAPES)
def test_a_row_becomes_what_the_format_says(tmp_path: Path, output: dict[str, Any], want: dict[str, Any]) -> None:
    assert written(tmp_path, ROW, output) == want


def test_a_system_message_that_is_empty_or_null_is_left_out(tmp_path: Path) -> None:
    output = {"format": "messages", "fields": {"user": "question", "assistant": "answer", "system": "rules"}}
    made = written(tmp_path, {**ROW, "rules": ""}, output)
    assert [each["role"] for each in made["messages"]] == ["user", "assistant"]


def test_whole_conversations_are_taken_as_they_are(tmp_path: Path) -> None:
    assert written(tmp_path, TALK, {"format": "messages"}) == TALK
    made = written(tmp_path, TALK, {"format": "sharegpt"})
    assert made == {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}


def test_the_ending_says_how_the_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps(ROW), encoding="utf-8")
    path = tmp_path / "out.parquet"
    fields = {"prompt": "question", "chosen": "answer", "rejected": "bad"}
    data = {
        "input": "in.jsonl",
        "output": {"path": str(path), "format": "dpo", "fields": fields},
        "steps": ["dedup_exact"],
    }
    api.run(api.recipe(data, tmp_path), runs=tmp_path / "runs").done()
    assert pl.read_parquet(path).to_dicts() == [{"prompt": "2 + 2?", "chosen": "4", "rejected": "5"}]


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"format": "alpaca"}, "output: format alpaca needs a column 'instruction'; name yours: fields: {instruction: …}"),
    (
        {"format": "dpo", "fields": {"prompt": "question", "chosen": "answr", "rejected": "bad"}},
        "output: fields: there is no column 'answr'; did you mean 'answer'?",
    ),
    (
        {"format": "sharegpt", "fields": {"user": "question"}},
        "output: fields: sharegpt has no field 'user'; it has system, human, gpt, messages",
    ),
    ({"fields": {"user": "question"}}, "output: fields belong to a chat format: alpaca, sharegpt, messages, dpo"),
    (
        {"format": "messages", "fields": {"user": "question", "assistant": "n"}},
        "output: messages takes text, and the column 'n' is int",
    ),
    (
        {"format": "messages", "fields": {"messages": "question"}},
        "output: the column 'question' must be a list of objects with role and content, not str",
    ),
]


@pytest.mark.parametrize(("output", "sentence"), MISTAKES)
def test_a_field_that_is_not_there_is_found_before_the_run(
    tmp_path: Path, output: dict[str, Any], sentence: str
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({**ROW, "n": 4}), encoding="utf-8")
    data = {"input": "in.jsonl", "output": {"path": "out.jsonl", **output}, "steps": ["dedup_exact"]}
    with pytest.raises(RecipeError) as raised:
        api.recipe(data, tmp_path)
    assert [each.sentence for each in raised.value.problems] == [sentence]
