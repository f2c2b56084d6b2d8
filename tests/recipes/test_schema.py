from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from ruamel.yaml import YAML

from dfcli.ops.registry import Registry, installed
from dfcli.recipes import zoo
from dfcli.recipes.schema import recipe_schema

STEPS = "input: a.jsonl\nsteps:\n"


def errors(text: str, registry: Registry) -> list[str]:
    data: Any = YAML(typ="safe", pure=True).load(text)
    return [each.message for each in Draft202012Validator(recipe_schema(registry)).iter_errors(data)]


@pytest.mark.parametrize(
    "text",
    [
        STEPS + "- trim\n",
        STEPS + "- op: word_count\n  min: 3\n  keep: word_count > 3\n  on_error: fail\n",
        STEPS + "- op: word_count\n  min: ${n}\n",
        "use_for: [clean pages, 清洗]\naliases: [x]\nnot_for: ['y: use z']\n" + STEPS + "- trim\n",
        STEPS + "- op: select\n  columns: [a, b]\n",
        STEPS + "- repeat: 3\n  until: n > 3\n  steps: [trim, {op: word_count}]\n",
        STEPS + "- recipe: other.yaml\n  set: {n: 3}\n",
        STEPS + "- op: grade\n  template: my.j2\n  anything: at all\n",
        "vars: {n: 3, d: {type: str, doc: x}}\n"
        "models: {default: a/b, judge: {model: c, price: {input: 1, output: 2}}}\n"
        "budget: {usd: 5}\nseed: 3\noperators: [./x.py]\noutput: {path: o, columns: [a]}\n"
        "checks: {rows: at least 3, text: [unique, not null]}\n" + STEPS + "- trim\n",
    ],
)
def test_a_recipe_meets_the_schema(text: str, registry: Registry) -> None:
    assert errors(text, registry) == []


@pytest.mark.parametrize(
    "text",
    [
        "name: x\n",
        "nam: x\n" + STEPS + "- trim\n",
        STEPS + "- wordcount\n",
        STEPS + "- op: wordcount\n",
        STEPS + "- op: word_count\n  txt: body\n",
        STEPS + "- op: word_count\n  min: 10\n",
        STEPS + "- op: where\n",
        STEPS + "- op: trim\n  on_error: drop\n",
        STEPS + "- repeat: 0\n  steps: [trim]\n",
        STEPS + "- repeat: 2\n",
        STEPS + "- repeat: 2\n  steps: [wordcount]\n",
        "aliases: x\n" + STEPS + "- trim\n",
        "models: {default: {temperature: 1}}\n" + STEPS + "- trim\n",
        "budget: {euros: 5}\n" + STEPS + "- trim\n",
    ],
)
def test_a_wrong_recipe_does_not(text: str, registry: Registry) -> None:
    assert errors(text, registry)


def test_the_schema_of_all_that_is_installed_is_one_and_names_every_operator() -> None:
    schema = recipe_schema()
    Draft202012Validator.check_schema(schema)
    assert {f"op.{name}" for name in installed().names()} <= set(schema["$defs"])


def test_every_reference_leads_somewhere() -> None:
    schema = recipe_schema()
    found = {each.removeprefix("#/$defs/") for each in _references(schema)}
    assert found <= set(schema["$defs"])
    assert "step" in found


def test_shipped_recipes_meet_the_schema() -> None:
    validator = Draft202012Validator(recipe_schema())
    for path in zoo.recipes().values():
        validator.validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for each in value for found in _references(each)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [found for each in value.values() for found in _references(each)]
