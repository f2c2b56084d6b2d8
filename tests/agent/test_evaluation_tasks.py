"""Every task can be done, as its gold recipe shows, and doing nothing does not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfcli.agent.evaluation.edits import EditCase, load_edits, run_edit
from dfcli.agent.evaluation.runner import run_task
from dfcli.agent.evaluation.tasks import Task, load_set, sets
from dfcli.agent.session import VERIFIED, Outcome, Request

TASKS = [each for name in sets() for each in load_set(name)]
WITH_GOLD = [each for each in TASKS if each.gold is not None]


def writes(recipe: str | None) -> Outcome:
    return Outcome(VERIFIED, recipe=recipe)


def copy_of(task: Task) -> str:
    """Return a recipe that writes what it is given."""
    name = next(iter([*task.data, *task.files]), None)
    source = f"input: {name!r}\nsteps:\n  - op: where\n    condition: 1 = 1" if name else None
    tables = f"steps:\n  - op: sql_tables\n    database: {task.db or next(iter(task.database), 'none.db')!r}"
    return f"name: copy\noutput: copy.jsonl\n{source or tables}\n"


@pytest.mark.parametrize("task", WITH_GOLD, ids=lambda each: each.id)
def test_the_gold_recipe_passes(tmp_path: Path, task: Task) -> None:
    def perfect(request: Request, folder: Path) -> Outcome:
        recipe = task.gold or ""
        for each in task.injected:  # a gold recipe knows the file by the name it has without the hostile one
            recipe = recipe.replace(each.file, each.renamed) if each.renamed in request.data else recipe
        return writes(recipe)

    result = run_task(task, perfect, tmp_path, others=TASKS)
    assert result.failures == ()


@pytest.mark.parametrize("task", TASKS, ids=lambda each: each.id)
def test_the_input_written_through_fails(tmp_path: Path, task: Task) -> None:
    result = run_task(task, lambda request, folder: writes(copy_of(task)), tmp_path, others=TASKS)
    assert result.failures
    assert result.false_success


@pytest.mark.parametrize("case", load_edits(), ids=lambda each: each.id)
def test_the_gold_edit_passes_and_the_recipe_as_it_was_fails(tmp_path: Path, case: EditCase) -> None:
    assert run_edit(case, lambda request, recipe, folder: writes(case.gold), tmp_path / "gold").failures == ()
    assert run_edit(case, lambda request, recipe, folder: writes(case.recipe), tmp_path / "same").failures
