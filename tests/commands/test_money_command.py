"""`run` and money: a budget that stops it, and what it says of what it took."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from calling import Call

ASKING = """\
name: asking
input: rows.jsonl
output: out.jsonl
models: {default: dfcli/echo}
budget: {calls: 3}
steps:
  - op: ask
    prompt: "Who wrote this? {{ text }}"
    outputs: {author: str}
"""


@pytest.fixture(autouse=True)
def files(here: Path) -> None:
    (here / "rows.jsonl").write_text("".join(json.dumps({"text": each}) + "\n" for each in "abcdefgh"), "utf-8")
    (here / "asking.yaml").write_text(ASKING, encoding="utf-8")


def stored(here: Path) -> int:
    with closing(sqlite3.connect(here / "runs" / "replies.sqlite")) as store:
        number: int = store.execute("select count(*) from replies").fetchone()[0]
        return number


def test_a_budget_stops_a_run_with_all_kept_and_the_command_that_goes_on(dfcli: Call, here: Path) -> None:
    done = dfcli("run", "asking.yaml")
    assert done.code == 4
    assert done.err.splitlines() == [
        "error: the budget is used up: 3 of 3 calls; what is finished is kept, raise it to go on",
        "to go on: dfcli run asking.yaml",
    ]
    assert stored(here) == 3
    assert dfcli("run", "asking.yaml").code == 4
    assert stored(here) == 3


def test_a_run_whose_budget_was_raised_goes_on_and_asks_nothing_twice(dfcli: Call, here: Path) -> None:
    assert dfcli("run", "asking.yaml").code == 4
    (here / "asking.yaml").write_text(ASKING.replace("calls: 3", "calls: 8"), encoding="utf-8")
    done = dfcli("run", "asking.yaml", "--json")
    last = json.loads(done.out.splitlines()[-1])
    assert (done.code, last["rows"], last["spent"]["calls"]) == (0, 8, 8)
    (model,) = last["models"]
    assert (model["role"], model["model"]) == ("default", "dfcli/echo")
    assert (model["usage"]["calls"], model["usage"]["reused"]) == (5, 3)
    assert stored(here) == 8
