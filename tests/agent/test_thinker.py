"""The model that plans is asked within bounds, and what was used is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planner import Planner

from dfcli.agent.thinking.asking import Matter, meanings
from dfcli.agent.thinking.bounds import Bounds
from dfcli.agent.thinking.names import names_of
from dfcli.agent.thinking.thinker import Thinker, unable
from dfcli.errors import BudgetReached, StepError
from dfcli.ops.base import Message, Prompt
from dfcli.runtime.transports import TransportError, transport_for


def thinker(folder: Path, planner: Planner, model: str = "openai/some-model", **bounds: Any) -> Thinker:
    return Thinker(
        model, Bounds(**bounds), names_of([], None, [folder]), folder / "replies.sqlite", folder / "note.json", planner
    )


def prompt(text: str) -> Prompt:
    return Prompt((Message("user", text),), lambda reply: {"reply": reply})


def ask(given: Thinker, text: str) -> Any:
    """Return what the model says to a text."""
    values = given(prompt(text)).values
    return values and values["reply"]


def test_after_so_many_calls_nothing_is_asked_any_more(tmp_path: Path) -> None:
    planner = Planner(rows=str.upper)
    given = thinker(tmp_path, planner, calls=2)
    assert [ask(given, each) for each in ("one", "two", "one")] == ["ONE", "TWO", "ONE"]
    for each in ("three", "four"):
        with pytest.raises(BudgetReached, match="2 of 2 calls"):
            given(prompt(each))
    assert (len(planner.sent), given.thought.calls, given.thought.reused) == (2, 2, 1)


def test_tokens_are_bounded(tmp_path: Path) -> None:
    given = thinker(tmp_path, planner := Planner(), tokens=6000)
    assert ask(given, "short") == "fine"
    with pytest.raises(BudgetReached, match="tokens"):
        given(prompt("long " * 5000))
    assert len(planner.sent) == 1


def test_money_is_bounded_where_a_price_is_known(tmp_path: Path) -> None:
    planner = Planner()
    with pytest.raises(BudgetReached, match="US dollars"):
        thinker(tmp_path, planner, "openai/gpt-4.1-mini", usd=1e-6)(prompt("x"))
    given = thinker(tmp_path, planner, "openai/gpt-4.1-mini", usd=0.5)
    given.elsewhere = 0.5
    with pytest.raises(BudgetReached, match=r"the budget of \$0.5 is used up"):
        given(prompt("x"))
    assert planner.sent == []
    assert ask(thinker(tmp_path, planner, usd=1e-6), "x") == "fine", "calls and tokens bound it where no price is known"


def test_time_is_bounded(tmp_path: Path) -> None:
    given = thinker(tmp_path, planner := Planner(), seconds=0)
    with pytest.raises(BudgetReached, match="0 seconds for planning are used up"):
        given(prompt("x"))
    assert planner.sent == []


def test_a_call_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    planner = Planner(meanings=TransportError("transient", "busy"))
    given = thinker(tmp_path, planner, seconds=0.2)
    with pytest.raises(BudgetReached, match=r"0\.2 seconds"):
        meanings(given, Matter("wish", ()), ["wish"])


def test_what_was_used_is_known_to_the_next_process(tmp_path: Path) -> None:
    planner = Planner(rows=str.upper)
    ask(thinker(tmp_path, planner, calls=2), "one")
    again = thinker(tmp_path, planner, calls=2)
    assert again.thought.calls == 1
    assert ask(again, "two") == "TWO"
    with pytest.raises(BudgetReached):
        again(prompt("three"))


def test_a_reply_is_stored_before_it_is_read(tmp_path: Path) -> None:
    planner = Planner()

    def broken(reply: str) -> Any:
        raise RuntimeError("the reader has a bug")

    failed = thinker(tmp_path, planner)(Prompt((Message("user", "x"),), broken))
    assert "the reader has a bug" in str(failed.failed)
    sent = len(planner.sent)
    assert ask(thinker(tmp_path, planner), "x") == "fine"
    assert len(planner.sent) == sent


def test_a_model_that_takes_no_temperature_is_asked_without(tmp_path: Path) -> None:
    refusal = TransportError("bad_request", "Unsupported value: 'temperature' does not support 0.0", status=400)
    planner = Planner(meanings=[refusal, {"parts": []}])
    given = thinker(tmp_path, planner)
    assert meanings(given, Matter("wish", ()), ["wish"]) is not None
    assert [each.temperature for each in planner.specs] == [0.0, None]
    meanings(thinker(tmp_path, planner), Matter("other", ()), ["other"])
    assert [each.temperature for each in planner.specs] == [0.0, None, None], "and that is remembered"


def test_a_prompt_with_a_key_in_it_is_not_sent(tmp_path: Path) -> None:
    planner = Planner()
    with pytest.raises(StepError, match="looks like a key"):
        thinker(tmp_path, planner)(prompt("my key is sk-abc123defghijklmnopqrstuvwx"))
    assert planner.sent == []


def test_a_model_that_cannot_be_asked_is_not_asked_again(tmp_path: Path) -> None:
    planner = Planner(meanings=TransportError("fatal", "wrong key", status=401))
    given = thinker(tmp_path, planner)
    for _ in range(2):
        with pytest.raises(StepError, match="refuses the key"):
            meanings(given, Matter("wish", ()), ["wish"])
    assert len(planner.sent) == 1
    assert "refuses the key" in given.thought.stopped


def test_without_a_key_no_model_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert unable("openai/gpt-4.1-mini", transport_for) == (
        "rules alone planned: openai/gpt-4.1-mini needs a key, set OPENAI_API_KEY in the environment"
    )
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert unable("openai/gpt-4.1-mini", transport_for) is None
    assert unable("dfcli/echo", transport_for) == ""
    assert unable(None, transport_for) == ""
