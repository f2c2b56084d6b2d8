"""Every operator keeps every promise; and each promise catches the fault it is there for."""

from __future__ import annotations

import pytest

from dfcli.ops.contract import CLASS_PROMISES, PROMISES, Case, check_catalogue
from dfcli.ops.registry import installed

OPERATORS = installed().operators()
CASES = [
    pytest.param(Case(cls, example), id=f"{name}-{number}")
    for name, cls in OPERATORS.items()
    for number, example in enumerate(cls.examples)
]


def test_every_plugin_can_be_loaded():
    assert installed().broken == []


@pytest.mark.parametrize("promise", CLASS_PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", OPERATORS)
def test_operator(name, promise):
    promise(OPERATORS[name])


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("case", CASES)
def test_example(case, promise):
    promise(case)


def test_operators_have_names_and_phrases_of_their_own():
    check_catalogue(OPERATORS)
