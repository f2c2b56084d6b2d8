from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.recipes.mistakes import Mistakes as Found
from dfcli.recipes.vars import declared, fill, values

from .conftest import Loads, Mistakes

STEPS = "input: a.jsonl\nsteps:\n- trim\n"


def read(block: dict[str, Any], sets: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    return values(declared(block, Found("r")), sets, "--set {name}=…")


@pytest.mark.parametrize(
    ("declaration", "text", "value"),
    [
        ("x", "5", "5"),
        (5, "7", 7),
        (5, "-7", -7),
        (0.5, "1", 1.0),
        (0.5, "1e3", 1000.0),
        (True, "false", False),
        (["a"], "b, c", ["b", "c"]),
        (["a"], "[b]", ["b"]),
        (["a"], "", []),
        ([1], "2,3", [2, 3]),
        ({"type": "int"}, "7", 7),
        ({"default": 5, "type": "float"}, None, 5.0),
        ({"default": 5, "doc": "How many."}, None, 5),
        ({"default": [1, 2], "type": "list[float]"}, None, [1.0, 2.0]),
        ({"default": "2025-01-01"}, None, "2025-01-01"),
    ],
)
def test_a_value_has_the_type_of_its_variable(declaration: Any, text: str | None, value: Any) -> None:
    found, wrong = read({"v": declaration}, {} if text is None else {"v": text})
    assert (found, wrong) == ({"v": value}, {})
    assert type(found["v"]) is type(value)


@pytest.mark.parametrize(
    ("declaration", "text", "sentence"),
    [
        (5, "x", "v must be an int, not 'x'"),
        (5, "1.5", "v must be an int, not '1.5'"),
        (5, "", "v must be an int, not ''"),
        (0.5, "half", "v must be a number, not 'half'"),
        (True, "yes", "v must be true or false, not 'yes'"),
        ([1], "1,x", "v must be a list of int, not '1,x'"),
        ({"type": "str"}, None, "v has no default; set it with --set v=…"),
    ],
)
def test_a_value_of_another_type_is_a_mistake(declaration: Any, text: str | None, sentence: str) -> None:
    assert read({"v": declaration}, {} if text is None else {"v": text})[1] == {"v": sentence}


@pytest.mark.parametrize(
    ("declaration", "sentence"),
    [
        ("{default: 5, typ: int}", "v: unknown option 'typ'; did you mean 'type'?"),
        ("{default: a, type: int}", "v: default must be an int, not 'a'"),
        ("{default: a, type: number}", "v: type must be str, int, float, bool or list[…] of one, not 'number'"),
        ("{}", "v needs a default or a type: {type: str}"),
        ("null", "v needs a default or a type: {type: str}"),
        ("[1, a]", "v: a variable is text, a number, true or false, or a list of one of these"),
        ("{default: {a: 1}}", "v: a variable is text, a number, true or false, or a list of one of these"),
    ],
)
def test_a_wrong_declaration_is_the_only_mistake_about_its_variable(
    mistakes: Mistakes, declaration: str, sentence: str
) -> None:
    text = f"vars: {{v: {declaration}}}\ninput: a.jsonl\nsteps:\n- op: trim\n  text: ${{v}}\n"
    assert mistakes(text) == [f"r.yaml:1: {sentence}"]


def test_a_name_that_nothing_could_use_is_a_mistake(mistakes: Mistakes) -> None:
    found = mistakes(f"vars: {{9 a: 1}}\n{STEPS}")
    assert found == ["r.yaml:1: '9 a' cannot be a variable's name: use letters, digits, _ and -"]


def test_setting_what_is_not_there_is_a_mistake(mistakes: Mistakes) -> None:
    found = mistakes(f"vars:\n  least: 5\n{STEPS}", sets={"lest": "3"})
    assert found == ["r.yaml:1: --set lest=…: there is no variable 'lest'; did you mean 'least'?"]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${n}", 5),
        ("${f}", True),
        ("${l}", ["a", "b"]),
        ("n is ${n}", "n is 5"),
        ("${n}${n}", "55"),
        ("x = ${f}", "x = true"),
        ("$${n}", "${n}"),
        ("$$${n}", "$${n}"),
        ("a $${n} and ${n}", "a ${n} and 5"),
        ("{{ question }} $n {n} $", "{{ question }} $n {n} $"),
    ],
)
def test_names_are_filled_in(text: str, filled: Any) -> None:
    found = Found("r")
    assert fill({"a": [text]}, (), {"n": 5, "f": True, "l": ["a", "b"]}, found) == {"a": [filled]}
    assert found.found == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("${m}", "unknown variable 'm'; write $${m} for the text itself"),
        ("${cuont}", "unknown variable 'cuont'; did you mean 'count'?"),
        ("${}", "unknown variable ''; write $${} for the text itself"),
        ("cost: ${5", "a ${ that is never closed; write $${ for the text itself"),
        ("all of ${l}", "the variable 'l' is a list, so ${l} must stand alone"),
    ],
)
def test_a_name_that_cannot_be_filled_in_is_a_mistake(text: str, sentence: str) -> None:
    found = Found("r")
    fill({"a": text}, (), {"count": 5, "l": ["a"]}, found)
    assert [each.sentence for each in found.found] == [sentence]


@given(st.text().filter(lambda text: "${" not in text))
def test_text_without_variables_stays_as_it_is(text: str) -> None:
    assert fill(text, (), {}, Found("r")) == text


@given(st.text() | st.text(alphabet="${}n"))
def test_any_text_can_be_written_by_doubling_the_dollar(text: str) -> None:
    assert fill(text.replace("${", "$${"), (), {}, Found("r")) == text


def test_the_variables_of_a_recipe_stand_in_it_as_they_were_set(loads: Loads) -> None:
    assert loads(f"vars: {{n: 5, m: a}}\n{STEPS}", sets={"n": "7"}).vars == {"n": 7, "m": "a"}
