"""Near-JSON is read as a person would read it, flagged, or refused; never cut short, never guessed."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dfcli.errors import BadReply
from dfcli.ops.base import Repaired, Reply
from dfcli.ops.reading import Output, Outputs


def outputs(**declared: Any) -> Outputs:
    return Outputs({name: Output.of(each) for name, each in declared.items()}, "json")


AB = outputs(a="str", b="int")
A = outputs(a="str")


def refused(reader: Outputs, reply: str) -> str:
    with pytest.raises(BadReply) as caught:
        reader.read(reply)
    return str(caught.value)


@pytest.mark.parametrize(
    ("reply", "a"),
    [
        ("{'a': 'x', 'b': 2}", "x"),
        ("{“a”: “x”, “b”: 2}", "x"),
        ("{`a`: `x`, `b`: 2}", "x"),
        ('{a: "x", b: 2}', "x"),
        ('{"a": "x", "b": 2,}', "x"),
        ('{"a": "x",, "b": 2}', "x"),
        ('{"a": "x" "b": 2}', "x"),
        ('{"a": "x"\n"b": 2}', "x"),
        ('{"a": "x", // why\n"b": 2}', "x"),
        ('{"a": "x", # why {\n"b": 2}', "x"),
        ('{"a": "x", /* "b": 3 */ "b": 2}', "x"),
        ('{"a": "x", "b": 2, "c": None, "d": True, "e": undefined}', "x"),
        ('{"a": "x", "b": 2, "c": NaN}', "x"),
        ('{"a": "x", "b": 2, "b": 2}', "x"),
        ('{"a": "two\nlines", "b": 2}', "two\nlines"),
        ('{"a": "he said "hi" to me", "b": 2}', 'he said "hi" to me'),
        ('{"a": "say "hi", then go", "b": 2}', 'say "hi", then go'),
        ("{'a': 'don't do it', 'b': 2}", "don't do it"),
        ("{'a': 'it''s', 'b': 2}", "it''s"),
        ("{'a': \"it's\", 'b': 2}", "it's"),
        ("{'a': 'it\\'s', 'b': 2}", "it's"),
        ('{"a": "\\d+ \\s", "b": 2}', "\\d+ \\s"),
        ("{'a': 'http://x.y/z#q // no', 'b': 2}", "http://x.y/z#q // no"),
        ("{'a': 'f('p', q=1)', 'b': 2}", "f('p', q=1)"),
        ("{'a': 'SELECT \"x, y\" FROM t WHERE z = 'w'', 'b': 2}", "SELECT \"x, y\" FROM t WHERE z = 'w'"),
        ("Sure, here:\n{'a': 'x', 'b': 2}\nAnything else?", "x"),
        ("```json\n{'a': 'x', 'b': 2}\n```", "x"),
    ],
)
def test_near_json_is_mended_and_flagged(reply: str, a: str) -> None:
    values = AB.read(reply)
    assert values == {"a": a, "b": 2}
    assert isinstance(values, Repaired)
    assert Reply("", reply, values).repaired


@pytest.mark.parametrize(
    "reply",
    [
        '{"a": "x", "b": 2}',
        'Sure!\n```json\n{"a": "x", "b": 2}\n```\nDone {really}.',
        'I use {x, y} here: {"a": "x", "b": 2}',
        'First {"a": "x", "b": 2}, so again:\n```\n{"a": "x", "b": 2}\n```',
        '<reasoning>{"a": "no", "b": 0}</reasoning>{"a": "x", "b": 2}',
        '{"a": "no"}</think>\n{"a": "x", "b": 2}',
        '```json\n{"a": "x", "b": 2}',
        '{"a": "x", "b": 2}}',
    ],
)
def test_what_stands_around_json_is_no_repair(reply: str) -> None:
    values = AB.read(reply)
    assert values == {"a": "x", "b": 2}
    assert not Reply("", reply, values).repaired


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("", "the reply is empty"),
        ("<think>so", "the reply is cut off: its <think> never ends"),
        ('<Thinking>{"a": "x", "b": 2}', "the reply is cut off: its <Thinking> never ends"),
        ("no", "the reply is not JSON: it holds no object"),
        ("[1, 2]", "the reply must be one JSON object, not a list"),
        ('[{"a": "x", "b": 2}]', "the reply must be one JSON object, not a list"),
        ('Here: [{"a": "x", "b": 2}]', "the JSON object in the reply is part of another value"),
        ('{"a": "x}', "the reply is cut off"),
        ("{'a': 'x}', 'b': 2", "the reply is cut off"),
        ("{'a': 'x}", "the reply is cut off"),
        ('{"a": {"a": "x", "b": 2}', "the reply is cut off"),
        ('Here:\n```json\n{"a": "x", "b"\n```', "the reply is cut off"),
        ('{"a": "x", "b": 2} or {"a": "y", "b": 2}', "the reply holds several JSON objects that differ"),
        ('```\n{"a": "x", "b": 1}\n```\n```\n{"a": "x", "b": 2}\n```', "the reply holds several JSON objects"),
        ('{"a": "x", "b": 2, "b": 3}', "the key 'b' stands there twice, with different values"),
        ("{'a': 'x', 'b': 2, 'b': 3}", "the key 'b' stands there twice, with different values"),
        ('{"a": "x", "b": [2}', "the reply is not JSON: its brackets do not match"),
        ('{"a": "x"}, "b": 2}', "the reply is not JSON: its brackets do not match"),
        ('{"a": """x""", "b": 2}', "the reply is not JSON: a string has one quote at either end"),
        ("{'a': 'x\", 'c': 'y', 'b': 2}", "the reply is not JSON, and can be mended in more than one way"),
        ('{"a": "x", "b": }', "the reply is not JSON, and can be mended in more than one way"),
        ('{"a": "x", "b"}', "the reply is not JSON, and can be mended in more than one way"),
        ('{"a": "x", "b": NaN}', "b must be int, not null"),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused(reply: str, says: str) -> None:
    assert refused(AB, reply).startswith(says)


EVERYTHING = outputs(
    n={"type": "int", "min": 1, "max": 5},
    f={"type": "float", "max": 1},
    yes="bool",
    tags="list[str]",
    tone={"enum": ["very warm", "cold"]},
    on="date",
    at="datetime",
    who={"name": "str", "age": "int"},
)
GIVEN = {
    "n": 3,
    "f": 0.5,
    "yes": True,
    "tags": ["x"],
    "tone": "cold",
    "on": "2024-05-01",
    "at": "2024-05-01T10:00",
    "who": {"name": "Ada", "age": 36},
}


def coerced(**changed: Any) -> Any:
    return EVERYTHING.read(json.dumps({**GIVEN, **changed}))[next(iter(changed))]


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ({"n": "5"}, 5),
        ({"n": " +5 "}, 5),
        ({"n": 5.0}, 5),
        ({"n": "4/5"}, 4),
        ({"f": 1}, 1.0),
        ({"f": "0.25"}, 0.25),
        ({"yes": "True"}, True),
        ({"yes": " no"}, False),
        ({"tags": "x"}, ["x"]),
        ({"tags": []}, []),
        ({"tone": "Very  Warm\n"}, "very warm"),
        ({"on": "2024-05-01"}, date(2024, 5, 1)),
        ({"at": "2024-05-01T10:00:00+02:00"}, datetime(2024, 5, 1, 8)),
        ({"who": {"Name": "Ada", "AGE": "36", "job": "?"}}, {"name": "Ada", "age": 36}),
    ],
)
def test_a_value_may_be_written_as_documented(changed: dict[str, Any], value: Any) -> None:
    found = coerced(**changed)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"n": "five"}, "n must be int from 1 to 5, not 'five'"),
        ({"n": 4.5}, "n must be int from 1 to 5, not 4.5"),
        ({"n": True}, "n must be int from 1 to 5, not true"),
        ({"n": 9}, "n must be int from 1 to 5, not 9"),
        ({"n": "4/10"}, "n must be int from 1 to 5, not '4/10'"),
        ({"n": "1,000"}, "n must be int from 1 to 5, not '1,000'"),
        ({"n": None}, "n must be int from 1 to 5, not null"),
        ({"n": [3]}, "n must be int from 1 to 5, not a list"),
        ({"f": "4/5"}, "f must be float of at most 1, not '4/5'"),
        ({"f": 10**400}, "f must be float of at most 1, not "),
        ({"yes": 1}, "yes must be bool, not 1"),
        ({"yes": "maybe"}, "yes must be bool, not 'maybe'"),
        ({"tags": ["x", None]}, "tags[1] must be str, not null"),
        ({"tags": 5}, "tags must be list[str], not 5"),
        ({"tone": "warm"}, "tone must be 'very warm' or 'cold', not 'warm'"),
        ({"on": "May 1st"}, "on must be date, not 'May 1st'"),
        ({"on": 5}, "on must be date, not 5"),
        ({"who": {"name": "Ada"}}, "who.age must be int, not null"),
        ({"who": {"name": 5, "age": 1}}, "who.name must be str, not 5"),
    ],
)
def test_nothing_else_is_guessed(changed: dict[str, Any], says: str) -> None:
    assert refused(EVERYTHING, json.dumps({**GIVEN, **changed})).startswith(says)


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert refused(outputs(a="int", b="int", c="int", d="bool"), '{"a": "x", "d": "y"}') == (
        "missing: 'b', 'c'; a must be int, not 'x'; d must be bool, not 'y'"
    )


def test_keys_match_in_another_case_when_it_can_be_only_one() -> None:
    assert AB.read('{"A": "x", "B": 2, "c": 0}') == {"a": "x", "b": 2}
    assert outputs(score="int").read('{"Score": 1, "score": 2}') == {"score": 2}
    assert refused(outputs(score="int"), '{"Score": 1, "SCORE": 1}') == "missing: 'score'"


def test_a_number_too_large_for_its_column_is_refused() -> None:
    assert outputs(n="int").read(json.dumps({"n": 2**63 - 1})) == {"n": 2**63 - 1}
    assert refused(outputs(n="int"), json.dumps({"n": 2**63})).startswith("n must be int, not ")
    assert refused(outputs(n="int"), f'{{"n": {"9" * 5000}}}').startswith("n must be int, not ")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text("{}[]\"'`:,\\/#\n ab", max_size=16)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.fixed_dictionaries({"a": TEXTS, "b": st.integers(-(2**63), 2**63 - 1)}, optional={"c": JSON, "d": JSON})


def dumped(value: Any, draw: st.DataObject) -> str:
    return json.dumps(value, ensure_ascii=draw.draw(st.booleans()), indent=draw.draw(st.sampled_from([None, 2])))


@given(OBJECTS, st.data())
def test_what_json_writes_reads_back(value: dict[str, Any], data: st.DataObject) -> None:
    read = AB.read(dumped(value, data))
    assert read == {"a": value["a"], "b": value["b"]}
    assert not isinstance(read, Repaired)


@given(OBJECTS, st.data())
def test_fences_chatter_and_reasoning_change_nothing(value: dict[str, Any], data: st.DataObject) -> None:
    text = dumped(value, data)
    before = data.draw(
        st.sampled_from(["", "Sure! Here it is:\n", "<think>hm {</think>\n", "<reasoning>a: b</reasoning>"])
    )
    opening, closing = data.draw(
        st.sampled_from([("", ""), ("```json\n", "\n```"), ("```\n", "\n```"), ("~~~~\n", "\n~~~~")])
    )
    after = data.draw(st.sampled_from(["", "\n", "\nI hope that it helps.", "\n\nNote: a is the name, b the number."]))
    assert AB.read(before + opening + text + closing + after) == {"a": value["a"], "b": value["b"]}


@given(OBJECTS, st.data())
def test_an_object_that_is_cut_off_never_yields_a_value(value: dict[str, Any], data: st.DataObject) -> None:
    text = dumped(value, data)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    around = data.draw(st.sampled_from(["{}", "```json\n{}", "Here:\n{}", "<think>x</think>{}"]))
    refused(AB, around.replace("{}", cut))
    refused(A, around.replace("{}", cut))


@given(OBJECTS, st.data())
def test_a_python_object_that_is_cut_off_never_yields_a_shorter_one(value: dict[str, Any], data: st.DataObject) -> None:
    text = repr({key: value[key] for key in ("a", "b")} | {"c": "done"})
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        read = AB.read(cut)
    except BadReply:
        return
    assert read == {"a": value["a"], "b": value["b"]}


@given(st.fixed_dictionaries({"a": st.text("abc 'x\"", max_size=8), "b": st.integers(0, 9)}))
def test_what_python_writes_is_read_as_it_is_or_refused(value: dict[str, Any]) -> None:
    assume("\\" not in repr(value))
    try:
        read = AB.read(repr(value))
    except BadReply:
        return
    assert read == value


@given(st.text("{}[]\"'`:,\\/#\n ab1", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = A.read(text)
    except BadReply:
        return
    assert isinstance(read["a"], str)
