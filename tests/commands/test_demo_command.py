from __future__ import annotations

from pathlib import Path

import polars as pl
from calling import Call


def test_the_demo_runs_offline_and_shows_the_table_the_pairs_and_what_to_do_next(dfcli: Call, here: Path) -> None:
    done = dfcli("demo")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("$ dfcli run dfcli-demo/demo.yaml --replay dfcli-demo/demo/replies.jsonl ")
    assert "check passed  sql: unique\n" in done.out
    rows = pl.read_parquet(here / "dfcli-demo" / "result.parquet").height
    assert f"\n{rows} rows in dfcli-demo/result.parquet, " in done.out
    assert rows >= 15
    assert "failed" in done.out
    shown = done.out.splitlines()
    assert any(line.startswith("question ") and line.rstrip().endswith(" sql") for line in shown)
    assert max(len(line.rstrip()) for line in shown if "dfcli " not in line and line[:1] != "[") <= 80


def test_every_command_the_demo_prints_works(dfcli: Call) -> None:
    printed = dfcli("demo").out.splitlines()
    commands = [
        line.partition("dfcli ")[2].split() for line in printed if "   dfcli trace" in line or " dfcli runs" in line
    ]
    assert len(commands) >= 3
    for command in commands:
        done = dfcli(*command)
        assert (done.code, done.err) == (0, "")
    again = next(line for line in printed if line.startswith("$ dfcli "))
    assert dfcli(*again.split()[2:]).code == 0


def test_a_file_that_the_user_changed_is_left_as_it_is(dfcli: Call, here: Path) -> None:
    dfcli("demo")
    recipe = here / "dfcli-demo" / "demo.yaml"
    changed = recipe.read_text(encoding="utf-8").replace("at least 15", "at least 1")
    recipe.write_text(changed, encoding="utf-8")
    done = dfcli("demo")
    assert done.code == 0
    assert done.out.startswith("dfcli-demo/demo.yaml is not the shipped one; it is left as it is\n")
    assert "check passed  rows: at least 1\n" in done.out
    assert recipe.read_text(encoding="utf-8") == changed


def test_a_second_demo_reuses_what_the_first_one_did(dfcli: Call) -> None:
    dfcli("demo")
    done = dfcli("demo")
    assert done.code == 0
    assert "[2/6] write_sql: 7 -> 27 rows, 21 new, 1 failed, reused" in done.out
