"""The JSON Schema of recipes, from the registry, so that editors complete operators and options.

Any value may be a `${name}` instead. The schema knows installed operators only, not those of a recipe's own files.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import Registry, installed
from dfcli.recipes.keys import IncludeKeys, RepeatKeys, StepKeys
from dfcli.recipes.model import Budget, Input, ModelSpec, Output
from dfcli.recipes.vars import Variable

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_STEPS: Schema = {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1}
_USE: Schema = {"type": "string", "pattern": r"\$\{[^}]+\}"}


def recipe_schema(registry: Registry | None = None) -> Schema:
    """Return the JSON Schema (draft 2020-12) of recipes that use the operators of a registry."""
    operators = (registry or installed()).operators()
    defs: Schema = {"use": {**_USE, "description": "A variable's value."}}
    defs |= {f"op.{name}": _operator(name, cls, defs) for name, cls in operators.items()}
    loop = _object(RepeatKeys, defs)
    loop["properties"]["steps"] = _STEPS
    kinds = [{"$ref": f"#/$defs/op.{name}"} for name in operators]
    defs["step"] = {"anyOf": [{"enum": sorted(operators)}, *kinds, loop, _object(IncludeKeys, defs)]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dfcli recipe",
        "type": "object",
        "properties": _blocks(defs),
        "required": ["steps"],
        "additionalProperties": False,
        "$defs": defs,
    }


def _blocks(defs: Schema) -> Schema:
    variable = {"anyOf": [{"type": ["string", "number", "boolean", "array"]}, _object(Variable, defs)]}
    model = {"anyOf": [_TEXT, _object(ModelSpec, defs)]}
    return {
        "name": _TEXT,
        "doc": _TEXT,
        **{key: {"type": "array", "items": _TEXT} for key in ("use_for", "aliases", "not_for")},
        "vars": {"type": "object", "additionalProperties": variable},
        "models": {"type": "object", "additionalProperties": model},
        "budget": _object(Budget, defs),
        "seed": _or_use({"type": "integer"}),
        "operators": _TEXTS,
        "input": {"anyOf": [*_TEXTS["anyOf"], _object(Input, defs)]},
        "output": {"anyOf": [_TEXT, _object(Output, defs)]},
        "steps": _STEPS,
        "checks": {"type": "object", "additionalProperties": _TEXTS},
    }


def _operator(name: str, cls: type[Operator], defs: Schema) -> Schema:
    """Return the schema of a step with an operator; a template of its own decides the options of a prompt step."""
    keys, options = _object(StepKeys, defs), _object(cls, defs)
    doc = inspect.cleandoc(cls.__doc__ or "")
    properties = {"op": {"const": name, "description": doc}, **options["properties"], **keys["properties"]}
    closed = {
        "type": "object",
        "title": name,
        "description": doc,
        "properties": properties,
        "required": ["op", *options.get("required", [])],
        "additionalProperties": False,
    }
    if not issubclass(cls, Prompted):
        return closed
    opened = {
        "type": "object",
        "properties": {"op": {"const": name}, "template": _TEXT},
        "required": ["op", "template"],
    }
    return {"anyOf": [closed, opened]}


def _object(model: type[BaseModel], defs: Schema) -> Schema:
    """Return the schema of a mapping; the models inside it go into the definitions, under the name of this one."""
    made = model.model_json_schema(ref_template=f"#/$defs/{model.__name__}.{{model}}")
    inner = made.pop("$defs", {})
    defs |= {f"{model.__name__}.{name}": each for name, each in inner.items()}
    made["properties"] = {name: _or_use(each) for name, each in made.get("properties", {}).items()}
    return {**made, "additionalProperties": False}


def _or_use(schema: Mapping[str, Any]) -> Schema:
    """Return a schema that a `${name}` meets too; what editors show stays outside."""
    shown = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    return {
        **shown,
        "anyOf": [{key: each for key, each in schema.items() if key not in shown}, {"$ref": "#/$defs/use"}],
    }
