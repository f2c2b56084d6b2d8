"""The operators of other tools, and the steps here that do their work: none is missing, and each runs."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dfcli import recipe, run

FOLDER = Path(__file__).parents[1] / "docs" / "parity"
ENTRIES = [each for path in sorted(FOLDER.glob("*.yaml")) for each in YAML(typ="safe", pure=True).load(path)]
MODELS = {role: {"model": "dfcli/echo"} for role in ("default", "judge", "embedder")}
TEXTS = [
    "The quick brown fox jumps over the lazy dog. It was not amused, and it said so: twice.",
    "Call me at +1 202-555-0143 or write to ada@example.com; see https://example.com/a?b=c for more.",
    "The quick brown fox jumps over the lazy dog. It was not amused, and it said so: twice.",
    "敏捷的棕色狐狸跳过了懒狗。它并不高兴。",
    "<p>Caf&eacute; <b>Zürich</b></p>\n- one\n- two\n\n\nread more...",
    "",
    None,
]


def required() -> list[tuple[str, str]]:
    with (FOLDER / "required.csv").open(encoding="utf-8", newline="") as file:
        return [(row["project"], row["operator"]) for row in csv.DictReader(file)]


def test_no_operator_of_the_other_tools_is_missing() -> None:
    listed = {(each["project"], each["operator"]) for each in ENTRIES}
    assert [each for each in required() if each not in listed] == []


def test_no_operator_is_listed_twice() -> None:
    times = Counter((each["project"], each["operator"]) for each in ENTRIES)
    assert [each for each, count in times.items() if count > 1] == []


def test_what_is_not_done_says_why() -> None:
    silent = [each["operator"] for each in ENTRIES if not each.get("steps") and not each.get("differs")]
    assert silent == []


@pytest.mark.parametrize(
    "entry", [each for each in ENTRIES if each.get("steps")], ids=lambda each: f"{each['project']}-{each['operator']}"
)
def test_the_steps_of_each_run(entry: Mapping[str, Any], tmp_path: Path) -> None:
    rows = [_row(number, text) for number, text in enumerate(TEXTS)]
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "in.jsonl").write_text("".join(lines), encoding="utf-8")
    data = {
        "name": "parity",
        "input": str(tmp_path / "in.jsonl"),
        "output": str(tmp_path / "out.jsonl"),
        "steps": entry["steps"],
        "models": MODELS,
    }
    done = run(recipe(data), runs=tmp_path / "runs").done()
    assert done.steps[0].rows_in + sum(each.expanded for each in done.steps) >= done.steps[-1].rows_out


def _row(number: int, text: str | None) -> dict[str, Any]:
    """Return a row with the columns that operators of text, pairs and references read."""
    other = "A quick brown fox jumped over a lazy dog."
    return {"id": number, "text": text, "reference": other, "instruction": text, "response": other, "score": number}
