from __future__ import annotations

import pytest

from dfcli.agent.diff import semantic, unified
from dfcli.agent.edits import (
    Edit,
    InsertStep,
    MoveStep,
    RemoveStep,
    SetCondition,
    SetModel,
    SetOperator,
    SetOption,
    SetOutput,
    apply,
)

RECIPE = """input: a.jsonl
output: a.jsonl
models: {default: {model: a/b}}
steps:
- op: language_id
  keep: language = 'en'
- op: word_count
  keep: word_count > 3
- sort
- repeat: 2
  steps: [trim]
"""


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ([], []),
        ([InsertStep(step="dedup_minhash", after="language_id")], ["+ dedup_minhash after language_id"]),
        (
            [InsertStep(step={"op": "dedup_minhash", "threshold": 0.8}, place="first")],
            ["+ dedup_minhash {threshold: 0.8} as the first step"],
        ),
        (
            [SetCondition(step="language_id", key="keep", condition="language in ('en','zh')")],
            ["language_id.keep: language = 'en' → language in ('en','zh')"],
        ),
        ([RemoveStep(step="sort")], ["- sort"]),
        ([SetOutput(path="b")], ["output: a.jsonl → b"]),
        ([SetOption(step="trim", name="text", value="x")], ["+ trim.text: x"]),
        ([MoveStep(step="sort", before="language_id")], ["sort moves as the first step"]),
        ([SetOperator(step="sort", op="shuffle")], ["- sort", "+ shuffle after word_count"]),
        ([SetModel(role="default", model={"model": "c"})], ["models.default.model: a/b → c"]),
        ([SetOption(step="sort", name="id", value="order")], ["sort is called order"]),
    ],
)
def test_a_change_is_said_in_words(edits: list[Edit], says: list[str]) -> None:
    assert semantic(RECIPE, apply(RECIPE, edits)) == says


def test_comments_and_layout_are_no_change() -> None:
    assert semantic(RECIPE, "# hello\n" + RECIPE.replace("- sort", "-   op: sort  # why")) == []


def test_texts_that_are_no_yaml_are_compared_line_by_line() -> None:
    assert semantic("steps:\n\t- trim\n", "steps:\n- trim\n") == ["- line - trim", "+ line - trim"]


def test_the_lines_are_shown_as_diff_shows_them() -> None:
    assert unified("a\nb\n", "a\nc\n").splitlines() == ["--- before", "+++ after", "@@ -1,2 +1,2 @@", " a", "-b", "+c"]
