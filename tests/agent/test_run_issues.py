from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from dfcli.agent.run_issues import issues_of_run
from dfcli.errors import DfcliError, UsageError
from dfcli.recipes.load import read
from dfcli.runtime.engine import Options, run
from dfcli.runtime.world import Here


def ran(tmp_path: Path, steps: str, checks: str = "") -> Path:
    """Return the folder of a run over five rows, be it that it stopped."""
    rows = [{"n": str(number) if number % 2 else "many", "text": "a word"} for number in range(5)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    text = f"name: r\ninput: a.jsonl\noutput: {tmp_path}/out.jsonl\nsteps:\n{steps}{checks}"
    with suppress(DfcliError):
        list(run(read(text, tmp_path / "r.yaml", world=Here()), Options(runs=tmp_path / "runs")))
    return tmp_path / "runs" / "r"


def test_a_run_in_which_all_is_well_has_no_issues(tmp_path: Path) -> None:
    assert issues_of_run(ran(tmp_path, "- word_count\n")) == ()


def test_steps_that_fail_rows_are_named_with_reasons_and_rows(tmp_path: Path) -> None:
    (issue,) = issues_of_run(ran(tmp_path, "- op: cast\n  columns: {n: int}\n"))
    assert (issue.code, issue.step) == ("failed_rows", "cast")
    assert issue.sentence == "cast: 3 of 5 rows fail: cannot_cast (3)"
    assert [each["text"] for each in issue.rows] == ["a word", "a word"]


def test_a_step_that_lets_all_rows_go_is_named(tmp_path: Path) -> None:
    issues = issues_of_run(ran(tmp_path, "- op: word_count\n  keep: word_count > 9\n"))
    assert [(each.code, each.step) for each in issues] == [("drops_all", "word_count")]
    assert "no row is left; 5 of 5 are dropped" in issues[0].sentence


def test_checks_that_do_not_hold_are_told_with_what_was_found(tmp_path: Path) -> None:
    (issue,) = issues_of_run(ran(tmp_path, "- word_count\n", "checks: {text: unique, rows: at least 1}\n"))
    assert (issue.code, issue.column) == ("unmet_check", "text")
    assert issue.sentence == "the check does not hold: text: unique (4 repeated values)"


def test_a_run_that_stopped_says_why_and_at_which_step(tmp_path: Path) -> None:
    issues = issues_of_run(ran(tmp_path, "- word_count\n- op: cast\n  columns: {n: int}\n  on_error: fail\n"))
    assert (issues[0].code, issues[0].step) == ("stopped", "cast")
    assert "the run was stopped: " in issues[0].sentence
    assert "cannot_cast" in issues[0].sentence


def test_a_folder_that_is_none_of_a_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of a run"):
        issues_of_run(tmp_path)
