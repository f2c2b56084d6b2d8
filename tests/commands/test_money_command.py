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


ESTIMATED = """\
name: pairs
input: rows.jsonl
models:
  default: {model: acme/writer, price: {input: 10, output: 100}, max_tokens: 50}
  judge: {model: acme/judge, max_tokens: 50}
budget: {usd: 1, calls: 20}
steps:
  - op: ask
    prompt: "Who wrote this? {{ text }}"
    outputs: {author: str}
  - op: ask
    id: check
    model: judge
    prompt: "Is it {{ author }}?"
    outputs: {sure: bool}
    keep: sure
"""


def test_an_estimate_is_a_table_with_what_was_assumed(dfcli: Call, here: Path) -> None:
    (here / "pairs.yaml").write_text(ESTIMATED, encoding="utf-8")
    done = dfcli("run", "pairs.yaml", "--estimate")
    assert (done.code, done.err) == (0, "")
    assert [line.rstrip() for line in done.out.splitlines()] == [
        "   step           calls  tokens in  tokens out           cost",
        "1  ask                8         40      56–400  $0.0060–$0.04",
        "     acme/writer",
        "2  check              8    286–630      32–400   cost unknown",
        "     acme/judge",
        "",
        "default (acme/writer): 8 calls, 40 tokens in, 56–400 out, $0.0060–$0.04",
        "judge (acme/judge): 8 calls, 286–630 tokens in, 32–400 out, cost unknown",
        "8 rows to ask about: 16 calls, 326–670 tokens in, 88–800 out, $0.0060–$0.04 + unknown",
        "budget: whether it fits into $1.00 depends on the price of acme/judge",
        "budget: it fits into 20 calls",
        "",
        "assumed: all rows were made into prompts; a token is taken to be 4 bytes",
        "assumed: at the low end half of the rows meet a condition on what a model writes, at the high end all",
        "assumed: an answer takes from as little as its outputs need to max_tokens",
        "assumed: not counted: retries, corrections, and what a provider's cache of prompts saves",
    ]
    assert not (here / "runs").exists()


def test_an_estimate_for_programs_has_both_ends_of_each_range(dfcli: Call, here: Path) -> None:
    (here / "pairs.yaml").write_text(ESTIMATED, encoding="utf-8")
    done = dfcli("run", "pairs.yaml", "--estimate", "--sample", "2", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["rows"], found["sampled"], found["fits"]) == (8, 2, {"usd": "unknown", "calls": "yes"})
    assert found["total"]["calls"] == {"low": 16, "high": 16}
    assert [each["takes"]["usd"] is None for each in found["models"]] == [False, True]


def test_an_estimate_subtracts_what_is_stored(dfcli: Call) -> None:
    assert dfcli("run", "asking.yaml").code == 4
    first = dfcli("run", "asking.yaml", "--estimate").out.splitlines()
    assert first[0].split() == ["step", "calls", "stored", "tokens", "in", "tokens", "out", "cost"]
    assert first[1].split()[:4] == ["1", "ask", "5", "3"]
    assert "budget: it does not fit into 3 calls, of which 3 are used" in first


def test_a_recipe_without_models_is_said_to_ask_none(dfcli: Call, here: Path) -> None:
    (here / "rules.yaml").write_text("name: rules\ninput: rows.jsonl\nsteps: [word_count]\n", encoding="utf-8")
    assert dfcli("run", "rules.yaml", "--estimate").out == "rules asks no model\n"


def test_a_sample_without_an_estimate_is_a_mistake(dfcli: Call) -> None:
    done = dfcli("run", "asking.yaml", "--sample", "3")
    assert (done.code, done.err.startswith("error: --sample goes with --estimate")) == (2, True)
