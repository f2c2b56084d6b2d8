"""Every operator keeps every promise; and each promise catches the fault it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dfcli.ops.base import Operator
from dfcli.ops.cases import Case
from dfcli.ops.contract import CLASS_PROMISES, PROMISES, check_catalogue
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


def test_operators_have_names_and_phrases_of_their_own() -> None:
    check_catalogue(OPERATORS)
