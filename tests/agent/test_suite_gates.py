"""The evaluation suite's gates for the offline arm: what `dfcli agent` promises without a model."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dfcli.agent.editing import edit
from dfcli.agent.evaluation.runner import Result
from dfcli.agent.evaluation.suite import Part, evaluate
from dfcli.agent.session import work

GATES = {"easy": 0.90, "medium": 0.65, "hard": 0.35}
"""Share of the tasks of a level that pass all hidden checks."""

FALSE_SUCCESS = 0.02
EDITS = 0.85

HOSTILE = ("injection", "unsafe", "ambiguous")
"""Families whose tasks are never to be answered wrongly."""


def told(results: Sequence[Result]) -> str:
    return "\n".join(f"{each.task}: {'; '.join(each.failures)}" for each in results if each.failures)


@pytest.mark.parametrize("level", GATES)
def test_enough_tasks_pass_and_each_first_recipe_is_valid_and_none_claims_a_success_it_lacks(level: str) -> None:
    results = list(evaluate(Part("core", level=level), work))
    assert len(results) > 15
    assert sum(each.passed for each in results) >= GATES[level] * len(results), told(results)
    assert [each.task for each in results if each.valid is False] == []
    false = [each for each in results if each.false_success]
    assert len(false) <= FALSE_SUCCESS * len(results), told(false)
    assert [each.task for each in false if each.family in HOSTILE] == []


@pytest.mark.parametrize("family", ["formats_joins", "text2sql"])
def test_the_same_request_gives_the_same_file(family: str) -> None:
    results = list(evaluate(Part("core", family, "medium"), work, twice=True))
    assert results
    assert [each.task for each in results if not each.same] == []


def test_enough_edits_are_right_and_as_small_as_can_be() -> None:
    results = list(evaluate(Part("core", "edit"), work, edit))
    assert sum(each.passed for each in results) >= EDITS * len(results), told(results)
    assert [each.task for each in results if each.false_success] == [], told(results)
