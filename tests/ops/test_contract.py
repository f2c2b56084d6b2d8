"""Every operator keeps every promise; and each promise catches the fault it is there for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from dfcli.ops.base import Operator
from dfcli.ops.cases import Case
from dfcli.ops.contract import CLASS_PROMISES, PROMISES, check_catalogue, unfound
from dfcli.ops.registry import installed

OPERATORS = installed().operators()
CASES = [
    pytest.param(Case(cls, example), id=f"{name}-{number}")
    for name, cls in OPERATORS.items()
    for number, example in enumerate(cls.examples)
]


def test_every_plugin_can_be_loaded() -> None:
    assert installed().broken == []


@pytest.mark.parametrize("promise", CLASS_PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", OPERATORS)
def test_operator(name: str, promise: Callable[[type[Operator]], None]) -> None:
    promise(OPERATORS[name])


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("case", CASES)
def test_example(case: Case, promise: Callable[[Case], None]) -> None:
    promise(case)


@pytest.mark.parametrize(
    ("use_for", "aliases", "not_for", "why"),
    [
        (("a", "b", "丙"), (), ("c: use d",), ""),
        (("a", "A", "丙"), (), ("c: use d",), "use_for has 2 different phrases, fewer than three"),
        (("a", "b", "c"), ("丁",), ("c: use d",), "no phrase in use_for is Chinese"),
        (("a", "b", "丙"), (), (), "not_for names no neighbour"),
        (("a", "b", "丙"), "abc", ("c: use d",), "'abc' is one text, and should be a list of phrases"),
    ],
)
def test_phrases_that_do_not_lead_anywhere_are_told(
    use_for: Sequence[str], aliases: Sequence[str], not_for: Sequence[str], why: str
) -> None:
    assert unfound(use_for, aliases, not_for) == why


def test_operators_have_names_and_phrases_of_their_own() -> None:
    check_catalogue(OPERATORS)
