"""What a run took, by model and over all its resumes; and how it stops at a budget and goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from scripted_model import Scripted, last

from dfcli.errors import BudgetReached
from dfcli.ops.base import Context, Operator, Reads
from dfcli.ops.registry import Registry, installed
from dfcli.recipes.load import parse
from dfcli.recipes.model import ModelSpec, Recipe
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import RunDone, Usage
from dfcli.runtime.rundir import RunFolder
from dfcli.runtime.transports import Embedding, Request

WRITER = {"model": "test/writer", "price": {"input": 1_000_000, "output": 0}}
JUDGE = {"model": "test/judge"}
STEPS = (
    {"op": "ask", "prompt": "Q {{ text }}"},
    {"op": "ask", "id": "check", "model": "judge", "prompt": "OK? {{ answer }}", "outputs": {"verdict": "str"}},
)


class Near(Operator):
    """Asks for the direction of each text."""

    text: Reads = "text"

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        ctx.embed(frame[self.text].to_list())
        return frame


class Embedding10(Scripted):
    """Takes ten tokens for a batch of texts."""

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        return Embedding([[1.0] for _ in texts], 10)


def recipe(folder: Path, *steps: Any, **more: Any) -> Recipe:
    lines = (json.dumps({"text": text}) for text in "abcdef")
    (folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    data = {"name": "r", "input": "in.jsonl", "models": {"default": WRITER, "judge": JUDGE}, "steps": list(steps)}
    return parse({**data, **more}, folder=folder, registry=Registry({**installed().operators(), "near": Near}))


def go(made: Recipe, model: Scripted) -> RunDone:
    *_, done = run(made, Options(runs=made.folder / "runs", transport=lambda spec: model, ask_rows=2, threads=1))
    assert isinstance(done, RunDone)
    return done


def shout(request: Request) -> str:
    return last(request).upper()


def test_each_model_has_its_own_account_and_what_nobody_knows_stays_unknown(tmp_path: Path) -> None:
    done = go(recipe(tmp_path, *STEPS), Scripted(shout))
    writer = Usage(calls=6, tokens_in=18, tokens_out=12, usd=18.0)
    judge = Usage(calls=6, tokens_in=18, tokens_out=12, unpriced=6)
    assert [(each.role, each.model, each.usage) for each in done.models] == [
        ("default", "test/writer", writer),
        ("judge", "test/judge", judge),
    ]
    manifest = RunFolder(tmp_path / "runs" / "r").manifest()
    assert manifest is not None
    assert manifest.models == done.models
    assert manifest.spent == done.spent == Usage(12, 0, 0, 36, 24, 0, 18.0, 6)


def test_what_earlier_runs_took_is_part_of_the_whole_but_not_of_this_run(tmp_path: Path) -> None:
    go(recipe(tmp_path, STEPS[0]), Scripted(shout))
    done = go(recipe(tmp_path, *STEPS), Scripted(shout))
    assert [(each.role, each.usage.calls) for each in done.models] == [("default", 0), ("judge", 6)]
    assert (done.spent.calls, done.spent.usd, done.spent.unpriced) == (12, 18.0, 6)


def test_embeddings_are_on_the_account_too(tmp_path: Path) -> None:
    done = go(recipe(tmp_path, "near"), Embedding10(shout))
    assert [each.usage for each in done.models] == [Usage(calls=1, tokens_in=10, usd=10.0)]
    assert done.spent.usd == 10.0


@pytest.mark.parametrize("budget", [{"calls": 3}, {"tokens": 15}, {"usd": 9}])
def test_a_run_stopped_by_its_budget_goes_on_where_it_was_once_that_is_raised(
    tmp_path: Path, budget: dict[str, int]
) -> None:
    writer = {**WRITER, "concurrency": 1, "max_tokens": 2}
    models = {"default": writer}
    first = Scripted(shout)
    with pytest.raises(BudgetReached, match="what is finished is kept, raise it to go on"):
        go(recipe(tmp_path, STEPS[0], models=models, budget=budget), first)
    second = Scripted(shout)
    with pytest.raises(BudgetReached):
        go(recipe(tmp_path, STEPS[0], models=models, budget=budget), second)
    assert second.asked == []
    done = go(recipe(tmp_path, STEPS[0], models=models, budget=dict.fromkeys(budget, 100)), second)
    assert len(first.asked) > 0
    assert sorted(first.texts() + second.texts()) == [f"Q {text}" for text in "abcdef"]
    assert (done.rows, done.spent.calls, done.spent.usd) == (6, 6, 18.0)
