"""The tasks of missing operators: each can be solved, hides its cases, and measures what is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from standin import Model, gate, run, shop

from dfcli.agent.evaluation.synthesised import HIDDEN, Task, measure, report, scripted, tasks
from dfcli.agent.synthesis import sandboxed
from dfcli.agent.synthesis.making import make
from dfcli.agent.synthesis.model import Outcome
from dfcli.agent.synthesis.sandboxed import weakness
from dfcli.agent.synthesis.trials import Suite, failures
from dfcli.ops.code_gate import refused
from dfcli.ops.registry import installed


def test_there_are_twenty_tasks_four_of_them_chinese() -> None:
    assert len(tasks()) == 20
    assert sum(each.language == "zh" for each in tasks()) == 4
    assert len({each.wish for each in tasks()}) == len({each.name for each in tasks()}) == 20


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.id)
def test_the_gold_function_does_what_is_shown_and_what_is_hidden(task: Task) -> None:
    suite = Suite((*task.cases(task.shown), *task.cases(task.hidden)))
    assert gate(task.gold) == []
    assert failures(task.function, task.gold, suite, [], gate, run) == ()


@pytest.mark.skipif(weakness() != "", reason=f"the sandbox is not strong: {weakness()}")
@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.id)
def test_the_gold_function_passes_the_gate_and_its_tests_in_the_sandbox(task: Task) -> None:
    suite = Suite((*task.cases(task.shown), *task.cases(task.hidden)))
    assert failures(task.function, task.gold, suite, [], refused, sandboxed.run) == ()


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.id)
def test_hidden_cases_are_no_shown_ones(task: Task) -> None:
    given = [json.dumps(each[:-1]) for each in (*task.shown, *task.hidden)]
    assert len(set(given)) == len(given)


def solved(task: Task, folder: Path) -> tuple[Outcome, Model]:
    model = Model(**scripted(task))
    return make(task.missing, shop(model), installed(), folder), model


def test_good_replies_pass_all_hidden_cases_and_the_model_sees_none_of_them_before_it_writes(tmp_path: Path) -> None:
    found = list(measure(tasks(), lambda task: solved(task, tmp_path)[0], run))
    assert report(found).endswith("hidden cases 200/200, whole tasks 20/20"), report(found)
    task = tasks()[0]
    _, model = solved(task, tmp_path)
    said = "\n".join(each.content for _, prompt in model.asked for each in prompt.messages)
    hidden = [json.dumps(each.given, ensure_ascii=False) for each in task.cases(task.hidden)]
    assert not any(each in said for each in hidden)


def test_a_constant_and_nothing_at_all_pass_few(tmp_path: Path) -> None:
    task = tasks()[0]
    replies: dict[str, Any] = {**scripted(task), "code": f"```python\ndef {task.name}(row):\n    return None\n```"}
    (found,) = measure([task], lambda task: make(task.missing, shop(Model(**replies)), installed(), tmp_path), run)
    assert (found.outcome.kind, found.passed, found.whole) == ("scaffold", 0, False)


def test_a_wrong_function_that_got_through_is_caught_by_hidden_cases(tmp_path: Path) -> None:
    task = next(each for each in tasks() if each.id == "roman-numerals")
    outcome, _ = solved(task, tmp_path)
    path = str(outcome.step["file"])
    wrong = {**outcome.files, path: outcome.files[path].replace('"C": 100', '"C": 101')}
    (found,) = measure([task], lambda _: Outcome("code", "", outcome.step, wrong), run)
    assert 0 < found.passed < HIDDEN


def test_an_operator_that_is_there_is_measured_as_well() -> None:
    task = Task(
        wish="make it small",
        columns={"text": "str"},
        name="small",
        inputs=("text",),
        type="str",
        gold="",
        shown=(("A", "a"), ("B", "b"), ("C", "c"), ("D", "d"), ("E", "e")),
        hidden=tuple((f"X{at}", f"x{at}") for at in range(HIDDEN)),
    )
    (found,) = measure([task], lambda _: Outcome("existing", "", {"op": "lowercase"}), run)
    assert found.whole
    (found,) = measure([task], lambda _: Outcome("existing", "", {"op": "lowercase", "text": "nowhere"}), run)
    assert found.passed == 0


@pytest.mark.parametrize("case", [["a"], ["a", "b", "c"], ["a", 1], [1, "a"]])
def test_a_task_whose_cases_do_not_fit_is_refused(case: Any) -> None:
    data = tasks()[0].model_dump()
    data |= {
        "columns": {"n": "str"},
        "inputs": ["n"],
        "type": "str",
        "hidden": [case] * HIDDEN,
        "shown": [["a", "b"]] * 5,
    }
    with pytest.raises(ValueError, match=r"a case has|is not of its column's type"):
        Task.model_validate(data)
