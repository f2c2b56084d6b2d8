"""What a run would take from models: counted where it can be, bounded where it cannot, and never asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted_model import Scripted, last

from dfcli.errors import BudgetReached, UsageError
from dfcli.ops.registry import installed
from dfcli.recipes.load import parse
from dfcli.recipes.model import Recipe
from dfcli.runtime.engine import Options, run
from dfcli.runtime.estimate import Estimate, estimate
from dfcli.runtime.events import RunDone
from dfcli.runtime.transports import Completion, Request

PRICED = {"model": "test/m", "price": {"input": 1_000_000, "output": 1_000_000}, "max_tokens": 100}
ASK = {"op": "ask", "prompt": "Q {{ text }}"}
GRADE = {
    "op": "ask",
    "id": "grade",
    "prompt": "Grade {{ answer }}",
    "outputs": {"grade": "int", "why": "str"},
    "keep": "grade > 99",
}
AGAIN = {"op": "ask", "id": "again", "prompt": "Again {{ why }}", "outputs": {"more": "str"}}


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Recipe]:
    """Make recipes over so many rows of 40 characters."""

    def make(*steps: Any, rows: int = 8, **more: Any) -> Recipe:
        lines = (json.dumps({"text": f"{number:040}", "n": number}) for number in range(rows))
        (tmp_path / "in.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        data = {"name": "r", "input": "in.jsonl", "models": {"default": PRICED}, "steps": list(steps), **more}
        return parse(data, folder=tmp_path, registry=installed())

    return make


def options(recipe: Recipe) -> Options:
    return Options(runs=recipe.folder / "runs")


def calls(found: Estimate) -> list[tuple[float, float]]:
    return [(each.takes.calls.low, each.takes.calls.high) for each in found.steps]


def go(recipe: Recipe, model: Scripted) -> RunDone:
    *_, done = run(recipe, replace(options(recipe), transport=lambda spec: model))
    assert isinstance(done, RunDone)
    return done


def shout(request: Request) -> Completion:
    return Completion(last(request).upper(), "stop", 30, 7)


def test_it_asks_nothing_needs_no_key_and_leaves_nothing(made: Callable[..., Recipe]) -> None:
    recipe = made(ASK, models={"default": "anthropic/claude-sonnet-4-5"})
    before = sorted(recipe.folder.rglob("*"))
    found = estimate(recipe, options(recipe))
    assert calls(found) == [(8, 8)]
    assert found.total.usd.high > found.total.usd.low > 0
    assert sorted(recipe.folder.rglob("*")) == before


def test_tokens_are_those_of_the_real_prompts_and_of_the_limits_of_an_answer(made: Callable[..., Recipe]) -> None:
    recipe = made(ASK)
    takes = estimate(recipe, options(recipe)).total
    assert tuple(takes.tokens_in) == (8 * 11, 8 * 11)  # "Q " and 40 characters
    assert 8 <= takes.tokens_out.low < takes.tokens_out.high == 8 * 100
    assert tuple(takes.usd) == (
        takes.tokens_in.low + takes.tokens_out.low,
        takes.tokens_in.high + takes.tokens_out.high,
    )


@pytest.mark.parametrize(
    ("steps", "asked"),
    [
        ([{"op": "where", "condition": "n < 30"}, ASK], 30),
        ([{"op": "sample", "n": 25}, ASK], 25),
        ([{"op": "dedup_exact", "on": "text"}, {**ASK, "when": "n % 2 = 0"}], 50),
        ([{**ASK, "samples": 3}], 300),
        ([{**ASK, "keep": "n % 2 = 0"}, AGAIN | {"prompt": "Again {{ answer }}"}], 100 + 50),
        ([ASK, {"op": "sample", "n": 5}, AGAIN | {"prompt": "Again {{ answer }}"}], 100 + 5),
    ],
)
def test_rules_are_counted_and_not_guessed(made: Callable[..., Recipe], steps: list[Any], asked: int) -> None:
    recipe = made(*steps, rows=100)
    found = estimate(recipe, options(recipe))
    assert list(found.total.calls) == pytest.approx([asked, asked])
    assert go(recipe, Scripted(shout)).spent.calls == asked


def test_half_or_all_of_the_rows_pass_a_condition_on_what_a_model_writes(made: Callable[..., Recipe]) -> None:
    recipe = made(ASK, GRADE, AGAIN)
    found = estimate(recipe, options(recipe))
    assert calls(found) == [(8, 8), (8, 8), (4, 8)]
    assert any("condition on what a model writes" in each for each in found.assumed)


def test_when_and_loops_on_what_a_model_writes_are_bounded_too(made: Callable[..., Recipe]) -> None:
    grade = {name: value for name, value in GRADE.items() if name != "keep"}
    loop = {"repeat": 3, "until": "grade >= 4", "steps": [grade]}
    recipe = made(ASK, loop, {**AGAIN, "when": "grade > 2"})
    found = estimate(recipe, options(recipe))
    assert calls(found) == [(8, 8), (8, 8), (4, 8), (2, 8), (4, 8)]


def test_the_answer_of_one_step_makes_the_prompt_of_the_next_longer(made: Callable[..., Recipe]) -> None:
    recipe = made(ASK, AGAIN | {"prompt": "Again {{ answer }}"})
    second = estimate(recipe, options(recipe)).steps[1].takes
    assert second.tokens_in.low < 8 * 20
    assert 8 * 90 < second.tokens_in.high < 8 * 110


def test_steps_that_read_what_no_made_up_answer_gives_are_asked_about_all_the_same(made: Callable[..., Recipe]) -> None:
    cast = {"op": "cast", "columns": {"answer": "int"}}
    recipe = made(ASK, cast, AGAIN | {"prompt": "Again {{ answer }}"})
    assert calls(estimate(recipe, options(recipe))) == [(8, 8), (8, 8)]


def test_one_of_each_family_goes_on_after_a_vote(made: Callable[..., Recipe]) -> None:
    recipe = made({**ASK, "samples": 4}, {"op": "vote", "by": "answer"}, AGAIN | {"prompt": "Again {{ answer }}"})
    assert calls(estimate(recipe, options(recipe))) == [(32, 32), (8, 8)]


def test_samples_come_in_one_call_at_the_low_end_where_the_provider_can(made: Callable[..., Recipe]) -> None:
    recipe = made({**ASK, "samples": 4}, models={"default": "openai/gpt-4.1-mini"})
    found = estimate(recipe, options(recipe))
    assert calls(found) == [(8, 32)]
    assert found.total.tokens_in.high == 4 * found.total.tokens_in.low


def test_a_few_rows_stand_for_all(made: Callable[..., Recipe]) -> None:
    recipe = made(ASK, {"op": "where", "condition": "n % 2 = 0"}, AGAIN | {"prompt": "Again {{ n }}"}, rows=1000)
    found = estimate(recipe, options(recipe), sample=50)
    assert (found.rows, found.sampled) == (1000, 50)
    assert calls(found)[0] == (1000, 1000)
    assert found.assumed[0].startswith("50 rows of 1,000, at even distances, were made into prompts")


@pytest.mark.parametrize("rows", [0, 1])
def test_few_or_no_rows_are_no_trouble(made: Callable[..., Recipe], rows: int) -> None:
    recipe = made({"op": "where", "condition": f"n < {rows}"}, ASK, GRADE)
    assert calls(estimate(recipe, options(recipe)))[0] == (rows, rows)


def test_a_recipe_that_asks_nothing_takes_nothing(made: Callable[..., Recipe]) -> None:
    recipe = made({"op": "where", "condition": "n < 3"})
    assert estimate(recipe, options(recipe)).steps == ()


# --- what is stored ------------------------------------------------------------------------------------------------


def test_stored_replies_are_subtracted_and_tell_how_long_further_ones_are(made: Callable[..., Recipe]) -> None:
    model = {**PRICED, "concurrency": 1}
    recipe = made(ASK, rows=60, models={"default": model}, budget={"calls": 45})
    with pytest.raises(BudgetReached):
        go(recipe, Scripted(shout))
    found = estimate(recipe, options(recipe))
    assert found.sampled == 60
    assert (calls(found), tuple(found.total.stored)) == ([(15, 15)], (45, 45))
    assert tuple(found.total.tokens_out) == (15 * 7, 15 * 7)
    assert found.fits() == {"calls": "no"}


def test_nothing_is_left_to_ask_after_a_run(made: Callable[..., Recipe]) -> None:
    recipe = made({**ASK, "samples": 2}, AGAIN | {"prompt": "Again {{ answer }}"}, rows=30)
    done = go(recipe, Scripted(shout))
    found = estimate(recipe, options(recipe))
    assert (tuple(found.total.calls), tuple(found.total.stored)) == ((0, 0), (done.spent.calls, done.spent.calls))
    assert found.total.usd.high == 0


def test_a_recording_tells_as_the_store_does(made: Callable[..., Recipe]) -> None:
    recipe = made(ASK, rows=5)
    file = recipe.folder / "replies.jsonl"
    list(run(recipe, replace(options(recipe), transport=lambda spec: Scripted(shout), record=file)))
    found = estimate(recipe, Options(runs=recipe.folder / "others", replay=file))
    assert (tuple(found.total.calls), tuple(found.total.stored)) == ((0, 0), (5, 5))


# --- money ---------------------------------------------------------------------------------------------------------


def test_what_nobody_knows_the_price_of_is_unknown_and_never_nothing(made: Callable[..., Recipe]) -> None:
    models = {"default": PRICED, "judge": "test/other"}
    recipe = made(ASK, {**GRADE, "model": "judge"}, models=models, budget={"usd": 10_000})
    found = estimate(recipe, options(recipe))
    assert found.total.unpriced == ("test/other",)
    assert found.models()["default", "test/m"].unpriced == ()
    assert found.fits() == {"usd": "unknown"}


@pytest.mark.parametrize(
    ("budget", "fits"),
    [
        ({"calls": 8}, {"calls": "yes"}),
        ({"calls": 7}, {"calls": "no"}),
        ({"tokens": 500, "usd": 2000}, {"tokens": "maybe", "usd": "yes"}),
        (None, {}),
    ],
)
def test_whether_the_budget_is_enough_is_said(
    made: Callable[..., Recipe], budget: dict[str, int] | None, fits: dict[str, str]
) -> None:
    recipe = made(ASK, **({"budget": budget} if budget else {}))
    assert estimate(recipe, options(recipe)).fits() == fits


def test_what_earlier_runs_spent_is_gone_from_the_budget_unless_they_are_forgotten(made: Callable[..., Recipe]) -> None:
    go(made(ASK, rows=6), Scripted(shout))
    recipe = made(AGAIN | {"prompt": "Again {{ text }}"}, rows=6, budget={"calls": 10})
    assert estimate(recipe, options(recipe)).fits() == {"calls": "no"}
    assert estimate(recipe, replace(options(recipe), fresh=True)).fits() == {"calls": "yes"}


@pytest.mark.parametrize("more", [{"resume": "1"}, {"record": Path("r.jsonl")}])
def test_it_is_for_whole_runs(made: Callable[..., Recipe], more: dict[str, Any]) -> None:
    recipe = made(ASK)
    with pytest.raises(UsageError, match="leave out --resume and --record"):
        estimate(recipe, replace(options(recipe), **more))
