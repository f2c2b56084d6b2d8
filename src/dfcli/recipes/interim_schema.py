"""The JSON Schema of recipes, from the registry, so that editors complete operators and options."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from dfcli.ops.base import Operator
from dfcli.ops.registry import Registry, installed
from dfcli.recipes.interim_load import KEYS
from dfcli.recipes.model import Budget, Input, ModelSpec, Output
from dfcli.recipes.interim_steps import IncludeKeys, RepeatKeys, StepKeys


def recipe_schema(registry: Registry | None = None) -> dict[str, Any]:
    """Return the schema; a step is one of all operators, with its own options and any step's keys."""
    operators = (registry or installed()).operators()
    definitions: dict[str, Any] = {"variable": {"type": "string", "pattern": r"^\$\{[^}]+\}$"}}
    steps = [_step(name, cls, definitions) for name, cls in operators.items()]
    repeat = _object(RepeatKeys, definitions)
    repeat["properties"]["steps"] = {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1}
    names = {"enum": sorted(operators)}
    definitions["step"] = {"anyOf": [names, *steps, repeat, _object(IncludeKeys, definitions)]}
    text_or_list = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    properties: dict[str, Any] = {key: {} for key in KEYS}
    properties |= {
        "name": {"type": "string"},
        "doc": {"type": "string"},
        "vars": {"type": "object"},
        "models": {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "string"}, _object(ModelSpec, definitions)]},
        },
        "budget": _object(Budget, definitions),
        "seed": {"type": "integer"},
        "operators": {"type": "array", "items": {"type": "string"}},
        "input": {"anyOf": [text_or_list, _object(Input, definitions)]},
        "output": {"anyOf": [{"type": "string"}, _object(Output, definitions)]},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1},
        "checks": {"type": "object"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dfcli recipe",
        "type": "object",
        "properties": properties,
        "required": ["steps"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _step(name: str, cls: type[Operator], definitions: dict[str, Any]) -> dict[str, Any]:
    own, keys = _object(cls, definitions), _object(StepKeys, definitions)
    properties = {**keys["properties"], **own["properties"], "op": {"const": name, "description": cls.__doc__ or ""}}
    return {**own, "title": name, "properties": properties, "required": ["op", *own.get("required", [])]}


def _object(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return a model's schema; its inner models become definitions, and `${name}` may stand for any value."""
    made = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions |= made.pop("$defs", {})
    variable = {"$ref": "#/$defs/variable"}
    made["properties"] = {name: {"anyOf": [each, variable]} for name, each in made.get("properties", {}).items()}
    return made
