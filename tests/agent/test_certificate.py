from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.agent.certificate import certificate
from dfcli.agent.verdict import LEVELS, Held, Issue, Level, Verdict

SAMPLED = Verdict("sample", rows_in=20, rows_out=18, calls=40, tokens=1200, usd=0.0123)


def test_a_sample_is_told_with_its_rows_and_cost() -> None:
    assert certificate(SAMPLED, asks=True) == (
        "# Checked by dfcli agent, level sample: it ran on real rows and passed the gates, with its models.",
        "# Sample: 20 rows in, 18 rows out; 40 calls, 1,200 tokens, $0.01.",
    )


def test_a_sample_that_asks_no_model_says_so() -> None:
    lines = certificate(Verdict("sample", rows_in=1, rows_out=1), asks=False)
    assert lines[0].endswith("passed the gates; it asks no model.")
    assert lines[1] == "# Sample: 1 row in, 1 row out."


def test_a_cost_that_nobody_knows_is_not_nothing() -> None:
    lines = certificate(Verdict("sample", rows_in=1, calls=3, tokens=9, usd=None), asks=True)
    assert "cost unknown" in lines[1]


def test_what_does_not_hold_and_what_was_not_measured_is_told() -> None:
    checks = (
        Held("id: unique", held=True),
        Held("rows: at least 9", held=False, found="3 rows"),
        Held("a: unique", held=None),
    )
    lines = certificate(Verdict("sample", checks=checks), asks=False)
    assert lines[2:] == ("# Does not hold: rows: at least 9 (3 rows)", "# Not measured: a: unique")


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_below_a_sample_nothing_is_said_of_real_rows(level: Level) -> None:
    text = "\n".join(certificate(Verdict(level, rows_in=18, rows_out=12, issues=(Issue("x", "It is so."),)), asks=True))
    assert f"level {level}:" in text
    assert "passed the gates" not in text
    assert "Sample" not in text
    assert "# In the way: It is so." in text


def test_errors_come_first_and_the_rest_is_counted() -> None:
    issues = (Issue("w", "w", severity="warning"), *(Issue("e", f"e{n}") for n in range(6)))
    lines = certificate(Verdict("mock", issues=issues), asks=True)
    assert lines[1] == "# In the way: e0"
    assert lines[-1] == "# … and 2 more."


@given(st.text(max_size=400))
def test_whatever_a_text_holds_a_line_stays_a_comment(text: str) -> None:
    verdict = Verdict("sample", issues=(Issue("x", text),), checks=(Held(text, held=None, found=text),))
    lines = certificate(verdict, asks=True)
    assert all(each.startswith("# ") and len(each.splitlines()) == 1 for each in lines)
