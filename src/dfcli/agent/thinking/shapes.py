"""What the replies of a model that plans must hold: the schemas that are sent, and the models that read them.

Reading is lenient where the check of a recipe will say more: an operator that does not exist is read, and told as what
it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from dfcli.agent.thinking.cards import Card

_SCALARS = ("string", "integer", "number", "boolean")
_TEXT = {"type": "string"}
_MAYBE = {"anyOf": [_TEXT, {"type": "null"}]}


class Meaning(BaseModel):
    """What one part of a request means, in words that rules can read; None where no such words say it."""

    part: int
    means: str | None = None


class Meanings(BaseModel):
    """What the parts of a request mean that nobody understood."""

    parts: tuple[Meaning, ...] = ()


class PlannedStep(BaseModel):
    """A step that a model proposes: `parts` are the numbers of the parts of the request that it serves."""

    op: str = Field(min_length=1)
    options: dict[str, Any] = {}
    keep: str | None = None
    why: str = ""
    parts: tuple[int, ...] = ()

    def entry(self) -> dict[str, Any]:
        """Return the step as a recipe has it."""
        given = {name: read_value(value) for name, value in self.options.items() if value is not None}
        kept = {"keep": self.keep} if self.keep else {}
        return {"op": self.op, **{name: each for name, each in given.items() if name not in ("op", "id")}, **kept}


class Planned(BaseModel):
    """The steps that a model proposes; none where it has no better ones."""

    steps: tuple[PlannedStep, ...] = Field(default=(), max_length=30)


class Option(BaseModel):
    """An option with its value as JSON, or as a text that is not JSON."""

    name: str
    value: str


class NewStep(BaseModel):
    """A step that an edit puts in."""

    op: str
    options: tuple[Option, ...] = ()
    keep: str | None = None

    def entry(self) -> dict[str, Any]:
        """Return the step as a recipe has it."""
        kept = {"keep": self.keep} if self.keep else {}
        return {"op": self.op, **{each.name: read_value(each.value, whole=True) for each in self.options}, **kept}


Kind = Literal[
    "set_option",
    "unset_option",
    "set_condition",
    "rename_column",
    "insert_step",
    "remove_step",
    "replace_step",
    "move_step",
    "set_operator",
    "set_prompt",
]
"""The edits that a model may make: none of where rows come from or go to, of models, of checks."""


class ProposedEdit(BaseModel):
    """One edit; which of the fields it needs depends on its kind."""

    edit: Kind
    step: str | None = None
    name: str | None = None
    value: str | None = None
    key: Literal["keep", "when", "until"] | None = None
    condition: str | None = None
    old: str | None = None
    new: str | None = None
    after: str | None = None
    before: str | None = None
    place: Literal["first", "last"] | None = None
    op: str | None = None
    prompt: str | None = None
    new_step: NewStep | None = None

    def data(self) -> dict[str, Any]:
        """Return the edit as plain data, with the fields of its kind alone."""
        given = {name: getattr(self, name) for name in _FIELDS[self.edit]}
        found = {name: each for name, each in given.items() if each is not None}
        if self.edit == "set_option" and self.value is not None:
            found["value"] = read_value(self.value, whole=True)
        if self.edit == "set_condition":
            found["condition"] = self.condition
        if (step := found.pop("new_step", None)) is not None:
            found["by" if self.edit == "replace_step" else "step"] = step.entry()
        return {"edit": self.edit, **found}


_FIELDS: Mapping[str, tuple[str, ...]] = {
    "set_option": ("step", "name", "value"),
    "unset_option": ("step", "name"),
    "set_condition": ("step", "key", "condition"),
    "rename_column": ("old", "new"),
    "insert_step": ("after", "before", "place", "new_step"),
    "remove_step": ("step",),
    "replace_step": ("step", "new_step"),
    "move_step": ("step", "after", "before"),
    "set_operator": ("step", "op"),
    "set_prompt": ("step", "prompt"),
}


class Edits(BaseModel):
    """The edits that a model proposes, made in their order."""

    edits: tuple[ProposedEdit, ...] = Field(default=(), max_length=10)


def read_value(value: Any, *, whole: bool = False) -> Any:
    """Return an option's value: JSON in a text where it is a list or an object, with `whole` where it is any JSON."""
    if not isinstance(value, str) or not (whole or value.lstrip().startswith(("{", "["))):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def plan_schema(cards: Sequence[Card]) -> Mapping[str, Any]:
    """Return the JSON Schema of a plan made of some operators, each with the options it has."""
    return _object({"steps": {"type": "array", "items": {"anyOf": [_step(each) for each in cards]}}})


def _step(card: Card) -> dict[str, Any]:
    schema = card.cls.model_json_schema()
    options = {name: _option(each, schema.get("$defs", {})) for name, each in schema.get("properties", {}).items()}
    numbers = {"type": "array", "items": {"type": "integer"}}
    return _object(
        {
            "op": {"type": "string", "enum": [card.op]},
            "options": _object(options),
            "keep": _MAYBE,
            "why": _TEXT,
            "parts": numbers,
        }
    )


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _option(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an option, null for its default; what strict providers do not take is JSON in a text."""
    kinds = [kind for each in schema.get("anyOf", [schema]) if (kind := _simple(_resolved(each, defs)))]
    found = [each for place, each in enumerate(kinds) if each not in kinds[:place]]
    return {"anyOf": [*(found or [_TEXT]), {"type": "null"}]}


def _resolved(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = defs.get(name, schema)
    return found


def _simple(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = schema.get("type")
    if kind in _SCALARS:
        return {"type": kind, **({"enum": schema["enum"]} if "enum" in schema else {})}
    items = schema.get("items")
    if kind == "array" and isinstance(items, Mapping) and items.get("type") in _SCALARS:
        return {"type": "array", "items": {"type": items["type"]}}
    return None
