"""Asking with a prompt that stands in the recipe, and judging by a rubric that does."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from dfcli.ops.ask import Ask, Judge
from dfcli.ops.base import FAILED, Message
from dfcli.ops.scripted import Scripted


def ask(**options: Any) -> Ask:
    return Ask(**options)


def judge(**options: Any) -> Judge:
    return Judge(**options)


def test_a_prompt_with_a_system_message_asks_both() -> None:
    context = Scripted(("Yes.",))
    done = ask(prompt="{{ q }}?", system="Be {{ mood }}.")(pl.DataFrame({"q": ["why"], "mood": ["kind"]}), context)
    assert context.asked[0].messages == (Message("system", "Be kind."), Message("user", "why?"))
    assert done["answer"].to_list() == ["Yes."]


def test_a_prompt_may_extend_a_shipped_template() -> None:
    prompt = "{% extends 'judge_helpfulness.j2' %}{% block system %}Short.{% endblock %}"
    operator = ask(prompt=prompt, outputs={"helpfulness": "int"})
    assert list(operator.reads()) == ["instruction", "response"]


def test_a_prompt_that_is_the_same_for_all_rows_asks_for_each() -> None:
    context = Scripted(("a", "b"))
    ask(prompt="Invent a name.")(pl.DataFrame({"n": [1, 2]}), context)
    assert len(context.asked) == 2
    assert [each.twin for each in context.asked] == ["", "+1"]


@pytest.mark.parametrize("prompt", ['Give {"a": 1} back', "f(x) = {2x}", "{% raw %}{name}{% endraw %} {{ q }}"])
def test_other_braces_in_a_prompt_are_text(prompt: str) -> None:
    assert ask(prompt=prompt).prompt == prompt


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"prompt": "{{ q"}, "template:1: unexpected end of template"),
        ({"prompt": "Hi\n{{ q|nope }}"}, "template:2: No filter named 'nope'"),
        ({"prompt": "{name}, hello"}, "prompt: {name} is plain text, the same for every row; a column is {{name}}"),
        (
            {"prompt": "{{ q }}", "system": "{% if %}"},
            "template:1: Expected an expression, got 'end of statement block'",
        ),
        ({"prompt": "{% block user %}{{ q }}{% endblock %}", "system": "S"}, "block 'user' defined twice"),
        (
            {"prompt": "{{ q }}", "outputs": {"__row__": "str"}},
            "'__row__' is a name that only the engine's own columns",
        ),
        ({"prompt": "{{ q }}", "outputs": {"a": "text"}}, "a: unknown type 'text'"),
        ({"prompt": "{{ q }}", "outputs": {}}, "at least 1"),
        ({"prompt": "{{ q }}", "outputs": {"a": "int"}, "reply": "text"}, "exactly one output, of type str"),
        ({"prompt": "{% import 'x.j2' as x %}{{ q }}"}, "by {% extends %} alone, not by include or import"),
    ],
)
def test_a_prompt_that_cannot_be_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Ask(**options)
    assert says in str(caught.value)


def test_a_judge_writes_its_reason_beside_its_score() -> None:
    assert list(judge(rubric="Good?").writes()) == ["score_reason", "score"]
    assert list(judge(rubric="Good?", into="calm").writes()) == ["calm_reason", "calm"]
    assert list(judge(rubric="Good?", into="calm", reason_into="why").writes()) == ["why", "calm"]


def test_a_judge_sees_the_columns_it_is_given_and_scores_within_its_scale() -> None:
    context = Scripted(('{"reason": "r", "score": 1}', '{"reason": "r", "score": 2}'))
    scorer = judge(rubric="Calm, {{ not }} a variable?", columns=("a", "b"), scale=(0, 1))
    done = scorer(pl.DataFrame({"a": ["x", "y", "z"], "b": ["1", "2", None]}), context)
    system, user = (each.content for each in context.asked[0].messages)
    assert "Calm, {{ not }} a variable?" in system
    assert user == "a:\nx\n\nb:\n1"
    assert done["score"].to_list() == [1, None, None]
    assert [each and each.partition(":")[0] for each in done[FAILED]] == [None, "malformed", "null_input"]


@pytest.mark.parametrize("scale", [(5, 1), (3, 3)])
def test_a_scale_rises(scale: tuple[int, int]) -> None:
    with pytest.raises(ValidationError, match="from the lowest score to the highest"):
        judge(rubric="Good?", scale=scale)
