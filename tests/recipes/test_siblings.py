"""What is wrong with steps that choose among siblings is said before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dfcli.errors import RecipeError
from dfcli.recipes.load import parse

from .conftest import Known

ASK: dict[str, Any] = {"op": "ask", "prompt": "{{ text }}", "samples": 4}


def sentences(steps: Sequence[Any]) -> list[str]:
    recipe = {"input": "a", "models": {"default": "dfcli/echo"}, "steps": list(steps)}
    try:
        return [each.sentence for each in parse(recipe, world=Known()).check()]
    except RecipeError as error:
        return [each.sentence for each in error.problems]


VOTE = {"op": "vote", "by": "answer"}
SORT = {"op": "sort", "by": "text"}
JOIN = {"op": "join", "file": "b.csv", "on": "text"}
BEST = {"op": "best_of", "score": "n"}
APART = "vote: the siblings were put apart by step {!r}; vote before it"


@pytest.mark.parametrize(
    ("steps", "who"),
    [
        ([ASK, SORT, VOTE], "sort"),
        ([ASK, JOIN, VOTE], "join"),
        ([ASK, {**JOIN, "how": "inner", "id": "authors"}, VOTE], "authors"),
        ([ASK, SORT, JOIN, VOTE], "sort"),
        ([ASK, {"op": "dedup_exact", "when": "n > 3"}, VOTE], "dedup_exact"),
        ([ASK, {"op": "sort", "by": "n"}, {**ASK, "id": "again"}, BEST, VOTE], "sort"),
        ([ASK, SORT, {"repeat": 2, "steps": ["char_count", VOTE]}], "sort"),
    ],
)
def test_siblings_that_were_put_apart_are_a_mistake(steps: list[Any], who: str) -> None:
    assert sentences(steps) == [APART.format(who)]


@pytest.mark.parametrize(
    "steps",
    [
        [ASK, "char_count", VOTE],
        [ASK, VOTE, SORT],
        [SORT, ASK, VOTE],
        [ASK, "dedup_exact", {"op": "sample", "n": 9}, VOTE],
        [ASK, {**JOIN, "how": "semi"}, VOTE],
        [ASK, {"op": "concat", "files": "b.csv"}, VOTE],
        [SORT, {**VOTE, "by": "text"}],
        [{"repeat": 2, "until": "n > 3", "steps": [ASK, VOTE]}],
        [ASK, {**ASK, "id": "again"}, BEST, VOTE],
    ],
)
def test_siblings_that_are_together_are_none(steps: list[Any]) -> None:
    assert sentences(steps) == []


def test_a_step_that_keeps_failed_rows_cannot_choose_one() -> None:
    found = sentences([ASK, {**VOTE, "on_error": "keep"}])
    assert found == ["vote: on_error: keep would let several siblings go on; leave it out"]


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"op": "vote", "by": "lower(anser)"}, "vote: no column 'anser' here; did you mean 'answer'?"),
        ({"op": "vote", "by": "lower(n)"}, 'vote: by: "lower(n)" does not fit'),
        ({"op": "vote", "by": "max(answer)"}, 'vote: by: "max(answer)" goes over many rows; an expression looks at'),
        ({"op": "vote", "by": "__row__"}, "vote: the column '__row__' has a name that only dfcli may use"),
        ({"op": "best_of", "score": "answer"}, 'best_of: score: "answer" is str, not a number; answer is str'),
        ({"op": "best_of", "score": "answer > 3"}, 'best_of: score: "answer > 3" compares a number with text'),
        ({"op": "pass_rate", "condition": "n"}, 'pass_rate: condition: "n" is int, not true or false; n is int'),
        ({"op": "where", "condition": "n + 1"}, 'where: condition: "n + 1" is int, not true or false; n is int'),
    ],
)
def test_the_sql_of_an_option_is_checked_like_a_condition(step: dict[str, Any], sentence: str) -> None:
    (found,) = sentences([ASK, step])
    assert found.startswith(sentence)


def test_what_a_vote_writes_can_be_used_after_it() -> None:
    assert sentences([ASK, {**VOTE, "keep": "votes >= 2 and vote_share > 0.5"}]) == []
    labels = {"op": "pass_rate", "condition": "n > 3", "labels": {"hard": 0.5, "easy": 1.0}}
    assert sentences([ASK, {**labels, "keep": "difficulty = 'hard' and pass_rate > 0.1"}]) == []
