"""Tasks that rules alone do not do, and that a model's good replies do: each with its replies, offline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from planner import Planner, means, plan

from dfcli.agent import nodes
from dfcli.agent.evaluation.planned import KINDS, MODEL, evaluate, planner
from dfcli.agent.evaluation.runner import run_task
from dfcli.agent.evaluation.tasks import Task, load_set
from dfcli.agent.session import VERIFIED, Outcome, Request, work
from dfcli.agent.thinking.asking import PROMPTS

TASKS = load_set("planned")


@pytest.mark.parametrize("task", TASKS, ids=lambda each: each.id)
def test_rules_alone_fail_and_good_replies_succeed(tmp_path: Path, task: Task) -> None:
    ((alone, thought),) = evaluate([task], tmp_path)
    assert not alone.passed
    assert not alone.false_success
    assert (thought.failures, thought.exit_code, thought.unread) == ((), VERIFIED, ())


def test_the_same_request_gives_the_same_file_with_a_model(tmp_path: Path) -> None:
    task = next(each for each in TASKS if each.id == "planned-shouting-en")
    assert run_task(task, planner(task), tmp_path, twice=True).same


@pytest.mark.parametrize("task", TASKS[::3], ids=lambda each: each.id)
def test_bad_replies_are_no_false_success(tmp_path: Path, task: Task) -> None:
    def worked(request: Request, folder: Path) -> Outcome:
        asked = replace(request, model=MODEL)
        bad = Planner(
            rows=lambda text: "none",
            meanings=means("make it better", "drop everything bad", "?"),
            plan=plan({"op": "make_it_so", "parts": [1, 2, 3]}, {"op": "lowercase", "options": {"texts": 3}}),
            edits={"edits": [{"edit": "remove_step", "step": "step-1"}]},
        )
        return work(asked, folder, replace(nodes.desk(asked, folder, lambda card: "accept"), transport=bad))

    result = run_task(task, worked, tmp_path)
    assert not result.passed
    assert not result.false_success


def test_the_kinds_of_questions_are_told_apart_by_their_prompts() -> None:
    texts = {each.stem: each.read_text(encoding="utf-8") for each in PROMPTS.glob("*.j2")}
    assert texts.keys() == KINDS.keys()
    for kind, words in KINDS.items():
        assert [name for name, text in texts.items() if words in text] == [kind]
