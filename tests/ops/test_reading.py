"""From a reply's text to values, and what a model is told of a reply that is not right."""

from __future__ import annotations

from typing import Any

import pytest

from dfcli.errors import BadReply
from dfcli.ops.reading import How, Output, Outputs


def outputs(how: How | None = None, **given: Any) -> Outputs:
    return Outputs({name: Output.of(each) for name, each in given.items()}, how)


PEOPLE = outputs(names="list[str]", tone={"type": "str", "enum": ["warm", "cold"]}, at={"x": "int", "y": "float"})
ANSWER = '{"names": ["Ada"], "tone": "warm", "at": {"x": 1, "y": 0.5}}'
VALUES = {"names": ["Ada"], "tone": "warm", "at": {"x": 1, "y": 0.5}}


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        f"\n {ANSWER}\n",
        f"<think>It is {{}} warm.</think>\n{ANSWER}",
        f"<thinking>hm</thinking>{ANSWER}",
        f"Here it is:\n```json\n{ANSWER}\n```\nDone.",
        f"```\n{{}}\n```\nor better\n```json\n{ANSWER}\n```",
    ],
)
def test_the_object_in_a_reply_is_found(text: str) -> None:
    assert PEOPLE.read(text) == VALUES


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the reply is empty"),
        ("<think>…</think> ", "the reply is empty"),
        ("Ada is warm.", "the reply is not JSON: it holds no object"),
        ('{"names": ["Ada"]', "the reply is cut off"),
        ("[1]", "the reply must be one JSON object, not a list"),
        ('{"names": ["Ada"], "tone": "warm"}', "missing: 'at'"),
        (ANSWER.replace("warm", "hot"), "tone must be 'warm' or 'cold', not 'hot'"),
        (ANSWER.replace('["Ada"]', "[1]"), "names[0] must be str, not 1"),
        (ANSWER.replace('{"x": 1, "y": 0.5}', "[1, 0.5]"), "at must be {x: int, y: float}, not a list"),
        (ANSWER.replace("0.5", '"far"'), "at.y must be float, not 'far'"),
    ],
)
def test_a_reply_that_is_not_right_says_how(text: str, says: str) -> None:
    with pytest.raises(BadReply) as caught:
        PEOPLE.read(text)
    assert str(caught.value).startswith(says)


def test_one_text_is_the_reply_itself_without_its_thinking() -> None:
    assert outputs(a="str").read("<think>hm</think> Yes.\n") == {"a": "Yes."}
    assert outputs(a="str").schema is None
    assert outputs("json", a="str").read('{"a": "Yes."}') == {"a": "Yes."}
    with pytest.raises(BadReply, match="the reply is empty"):
        outputs(a="str").read("<think>hm</think>")


def test_a_schema_is_strict_and_keeps_what_fields_are_called() -> None:
    schema = outputs(title={"type": "int", "min": 1, "max": 5, "doc": "How."}, b="bool").schema
    assert schema == {
        "type": "object",
        "properties": {
            "title": {"type": "integer", "minimum": 1, "maximum": 5, "description": "How."},
            "b": {"type": "boolean"},
        },
        "required": ["title", "b"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("text", "unknown type 'text': a type is str, int, "),
        (["a"], r"unknown type \['a'\]: a type is str, int, "),
        ({"x": "nope"}, "unknown type 'nope': a type is str, int, "),
        ("list[nope]", "unknown type 'nope': a type is str, int, "),
        ({"type": "int", "mx": 3}, "unknown key 'mx'; did you mean 'max'?"),
        ({"type": "str", "max": 3}, "min and max are bounds of a number, not of str"),
        ({"type": "int", "min": 3, "max": 1}, "min is 3, and max is less: 1"),
        ({"type": "int", "min": "low"}, "min must be an int or a number, not 'low'"),
        ({"type": "bool", "enum": [1]}, "enum must hold values of type bool, not 1"),
        ({"type": "int", "enum": [True]}, "enum must hold values of type int, not true"),
        ({"type": "list[str]", "enum": ["a"]}, "enum must hold values of type list.str., not 'a'"),
    ],
)
def test_an_output_that_cannot_be_is_refused(given: Any, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{says.replace('?', '[?]')}"):
        Output.of(given)


def test_an_output_with_choices_has_their_type() -> None:
    assert Output.of({"enum": ["a", "b"]}).type == "str"
    assert Output.of({"enum": [1, 2]}).type == "int"
    assert Output.of({"type": "float", "enum": [1, 0.5]}).enum == (1, 0.5)


def test_text_is_read_as_exactly_one_output() -> None:
    with pytest.raises(ValueError, match="exactly one output, of type str"):
        outputs("text", a="str", b="str")
    with pytest.raises(ValueError, match="exactly one output, of type str"):
        outputs("text", a="int")
