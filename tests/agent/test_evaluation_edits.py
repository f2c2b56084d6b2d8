"""How edits are judged: what was wished is there, and every other line is as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dfcli.agent.evaluation.edits import EditCase, judge_edit, run_edit
from dfcli.agent.evaluation.lines import layout
from dfcli.agent.session import VERIFIED, Outcome, Request

RECIPE = """\
# Our pages.
name: pages
input: page.jsonl
output: out.jsonl

steps:
  # Short ones leave.
  - op: word_count   # by spaces
    keep: word_count >= 3

  - collapse_whitespace
  # Last of all.
  - op: sort
    by: id

checks:
  rows: at least 1
"""
ADDED = RECIPE.replace("  # Last of all.", "  # No copies.\n  - op: dedup_exact\n    on: text\n  # Last of all.")
REMOVED = RECIPE.replace("  # Last of all.\n  - op: sort\n    by: id\n", "")
CHANGED = RECIPE.replace(">= 3", ">= 2")


def case(**other: object) -> EditCase:
    rows = [{"id": 1, "text": "a b c"}, {"id": 2, "text": "a b c"}, {"id": 3, "text": "a"}]
    given = {"id": "e", "recipe": RECIPE, "request": "x", "files": {"page.jsonl": rows}, "gold": RECIPE}
    return EditCase.model_validate(given | {"checks": [{"rows": {"at_least": 1}}]} | other)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"added": ["dedup_minhash|dedup_exact"]}, ADDED),
        ({"removed": ["sort"]}, REMOVED),
        ({"removed": ["sort"]}, RECIPE.replace("  - op: sort\n    by: id\n", "")),
        ({"changed": {"word_count": {"keep": "word_count >= 2"}}}, CHANGED),
        ({"blocks": ["output"]}, RECIPE.replace("out.jsonl", "out.csv")),
        ({"steps": ["word_count", "collapse_whitespace", "sort"]}, RECIPE),
    ],
)
def test_an_edit_that_does_what_was_wished_and_nothing_else_is_right(wish: dict[str, Any], text: str) -> None:
    assert judge_edit(case(**wish), text) == []


@pytest.mark.parametrize(
    ("wish", "text", "said"),
    [
        ({"added": ["dedup_exact"]}, RECIPE, "the step dedup_exact should have been added"),
        ({}, ADDED, "the step dedup_exact was added, which nobody asked for"),
        ({"removed": ["sort"]}, RECIPE, "the step sort should be gone"),
        ({}, REMOVED, "the step sort is gone, which nobody asked for"),
        ({"changed": {"word_count": {"keep": "word_count >= 2"}}}, RECIPE, "should be 'word_count >= 2', and is"),
        ({"changed": {"nosuch": {"keep": "a"}}}, RECIPE, "the step nosuch is gone"),
        ({"steps": ["sort", "word_count"]}, RECIPE, "the steps should be sort, word_count"),
        ({}, CHANGED, "'keep: word_count >= 3' → 'keep: word_count >= 2'"),
        ({}, RECIPE.replace("   # by spaces", ""), "were changed"),
        ({}, RECIPE.replace("  # Short ones leave.\n", ""), "were changed"),
        ({"added": ["dedup_exact"]}, ADDED.replace("# Our pages.\n", ""), "were changed"),
        ({}, RECIPE.replace("out.jsonl", "out.csv"), "were changed"),
        ({}, RECIPE + "seed: 1\n", "'(the end)' → 'seed: 1'"),
    ],
)
def test_an_edit_that_does_too_little_or_too_much_is_told(wish: dict[str, Any], text: str, said: str) -> None:
    assert any(said in each for each in judge_edit(case(**wish), text))


def test_a_second_step_of_an_operator_is_the_added_one_wherever_it_stands() -> None:
    more = RECIPE.replace("steps:\n", "steps:\n  - op: sort\n    by: text\n")
    assert judge_edit(case(added=["sort"]), more) == []


def test_steps_are_found_with_their_lines() -> None:
    found = layout(RECIPE)
    assert [(each.op, each.start, each.end) for each in found.steps] == [
        ("word_count", 7, 9),
        ("collapse_whitespace", 10, 11),
        ("sort", 12, 14),
    ]
    assert found.blocks["steps"] == (5, 14)


def edits(text: str) -> Callable[[Request, Path, Path], Outcome]:
    def edit(request: Request, recipe: Path, folder: Path) -> Outcome:
        assert (folder / recipe).read_text() == RECIPE
        return Outcome(VERIFIED, recipe=text)

    return edit


def test_the_edited_recipe_is_run_and_its_rows_are_judged(tmp_path: Path) -> None:
    wished = case(added=["dedup_exact"], checks=[{"kept": {"column": "id", "values": [1]}}])
    assert run_edit(wished, edits(ADDED), tmp_path / "a").passed
    result = run_edit(wished, edits(RECIPE), tmp_path / "b")
    assert result.family == "edit"
    assert any(each.startswith("id should be [1]") for each in result.failures)


def test_an_edit_that_crashes_or_does_not_load_fails(tmp_path: Path) -> None:
    def breaks(request: Request, recipe: Path, folder: Path) -> Outcome:
        raise KeyError("x")

    assert run_edit(case(), breaks, tmp_path / "a").failures == ("the agent crashed: KeyError: 'x'",)
    assert run_edit(case(), edits(RECIPE.replace("sort", "sorts")), tmp_path / "b").valid is False
