"""The offline model: any schema, the same answer every time, and vectors."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_model import Meter, prompt

from dfcli.ops.base import Message, Prompt
from dfcli.ops.reading import Output, Outputs
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import ECHO, Completion, Request, transport_for
from dfcli.runtime.transports.echo import Echo

SPEC = ModelSpec(model=ECHO)


def complete(text: str, schema: dict[str, Any] | None = None, sample: int = 0) -> Completion:
    return asyncio.run(Echo().complete(Request(SPEC, (Message("user", text),), schema, sample)))


def numbers(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    low = st.none() | st.integers(-1000, 1000)
    return st.tuples(low, st.integers(0, 50), st.booleans()).map(
        lambda given: (
            {"type": kind}
            | ({} if given[0] is None else {"min": given[0]})
            | ({"max": (given[0] or 0) + given[1]} if given[2] else {})
        )
    )


PLAIN = st.sampled_from(["str", "int", "float", "bool", "date", "datetime"])
TYPES = st.recursive(
    PLAIN,
    lambda inner: (
        st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, min_size=1, max_size=3)
        | PLAIN.map(lambda each: f"list[{each}]")
        | PLAIN.map(lambda each: f"list[list[{each}]]")
    ),
    max_leaves=5,
)
OUTPUTS = st.one_of(
    TYPES.map(lambda each: {"type": each}),
    numbers("int"),
    numbers("float"),
    st.just({"type": "str", "enum": ["yes", "no", "tie"]}),
    st.just({"type": "int", "enum": [1, 3, 5]}),
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["one", "two", "three", "four"]), OUTPUTS, min_size=1), st.text())
def test_an_answer_meets_any_schema_a_prompt_can_declare(outputs: dict[str, Any], text: str) -> None:
    read = Outputs({name: Output.of(each) for name, each in outputs.items()}, "json")
    assert set(read.read(complete(text, read.schema).text)) == set(outputs)


@pytest.mark.parametrize(
    ("schema", "meets"),
    [
        ({"const": "x"}, lambda v: v == "x"),
        ({"type": ["null", "integer"]}, lambda v: isinstance(v, int)),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, lambda v: isinstance(v, bool)),
        ({"oneOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"type": "null"}}}, lambda v: v is None),
        ({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}, lambda v: v == 4),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e-6}, lambda v: 0 < v < 1e-6),
        ({"type": "integer", "maximum": -100}, lambda v: v <= -100),
        ({"type": "integer", "minimum": -(10**18), "maximum": 10**18}, lambda v: abs(v) <= 10**18),
        ({"type": "string", "minLength": 100, "maxLength": 101}, lambda v: 100 <= len(v) <= 101),
        ({"type": "array", "minItems": 5, "maxItems": 5, "items": {"type": "integer"}}, lambda v: len(v) == 5),
        ({"type": "array", "maxItems": 0}, lambda v: v == []),
        ({"properties": {"a": {"type": "null"}}}, lambda v: v == {"a": None}),
        (
            {"$ref": "#/$defs/Tree", "$defs": {"Tree": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}},
            lambda v: isinstance(v, list),
        ),
    ],
)
def test_an_answer_meets_schemas_from_elsewhere(schema: dict[str, Any], meets: Any) -> None:
    assert all(meets(json.loads(complete(str(number), schema).text)) for number in range(20))


def test_the_same_prompt_gets_the_same_answer_and_another_one_another() -> None:
    assert complete("a") == complete("a")
    assert len({complete(text, sample=sample).text for text in "abc" for sample in range(3)}) == 9


def test_values_spread_over_what_is_allowed() -> None:
    schema = {"type": "integer", "minimum": 1, "maximum": 5}
    assert {complete(str(number), schema).text for number in range(100)} == {"1", "2", "3", "4", "5"}


def test_tokens_are_words() -> None:
    answer = complete("three words here", {"type": "object", "properties": {}})
    assert (answer.tokens_in, answer.tokens_out, answer.finish) == (3, 1, "stop")


def test_it_may_take_its_time() -> None:
    spec = SPEC.model_copy(update={"latency": 0.05})
    start = time.perf_counter()
    asyncio.run(Echo().complete(Request(spec, (Message("user", "a"),))))
    assert time.perf_counter() - start >= 0.05


def test_it_costs_nothing_and_needs_no_key(tmp_path: Path) -> None:
    meter = Meter()
    read = Outputs({"score": Output.of({"type": "int", "min": 1, "max": 5})})
    replies = Replies(tmp_path / "r.sqlite")
    with Models({"default": SPEC}, replies) as m:
        reply, text = m.ask(
            "default", [Prompt((Message("user", "?"),), read.read, read.schema), prompt("free text")], meter
        )
    replies.close()
    assert reply.values is not None
    assert 1 <= reply.values["score"] <= 5
    assert text.text
    assert (meter.total.calls, meter.total.usd, meter.total.unpriced) == (2, 0.0, 0)


def test_vectors_are_of_length_one_and_nearer_for_texts_with_common_words() -> None:
    def vectors(*texts: str) -> list[list[float]]:
        return asyncio.run(Echo().embed(SPEC, texts)).vectors

    def dot(one: list[float], two: list[float]) -> float:
        return sum(a * b for a, b in zip(one, two, strict=True))

    same, near, far, empty = vectors("the red fox runs", "the red fox sleeps", "prices rose in May", "")
    assert [dot(each, each) for each in (same, near, far, empty)] == pytest.approx([1.0] * 4)
    assert dot(same, near) > dot(same, far)
    assert vectors("the red fox runs") == [same]


def test_echo_is_chosen_by_its_name() -> None:
    assert isinstance(transport_for(SPEC), Echo)
