"""How replies about missing operators are read: a JSON object of a known shape, or a sentence why it is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from dfcli.errors import BadReply
from dfcli.ops._near_json import value_in
from dfcli.ops.base import Row
from dfcli.ops.reading import Output, Outputs
from dfcli.ops.sentences import sentences


def reader(shape: type[BaseModel]) -> Callable[[str], Row]:
    """Return what reads a reply's text into the data of a shape; it raises BadReply with what is wrong."""

    def read(text: str) -> Row:
        found = value_in(text, "{", lambda value: isinstance(value, dict)).value
        _whole(json.dumps(found, ensure_ascii=False))
        try:
            return {"reply": shape.model_validate(found).model_dump(by_alias=True)}
        except ValidationError as error:
            said = "; ".join(each.sentence for each in sentences(error, found, shape.model_fields))
            raise BadReply(said) from error

    return read


def code_of(text: str) -> Row:
    """Return the source of a reply: its last Python block, or all of it where there is none."""
    return {"reply": _whole(Outputs({"source": Output.of("str")}, "code(python)").read(text)["source"])}


def _whole(text: str) -> str:
    """Return a text that can be written to a file; BadReply for one with half a character in it."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadReply(f"the reply holds half a character, {error.object[error.start]!r}") from error
    return text


def schema_of(shape: type[BaseModel]) -> Mapping[str, Any]:
    """Return the JSON Schema of a shape as strict providers want it: every key required, and no others."""
    found: Mapping[str, Any] = _strict(shape.model_json_schema())
    return found


_LEFT_OUT = ("title", "default", "description", "minLength", "maxLength")


def _strict(schema: Any, *, names: bool = False) -> Any:
    """Return a part of a schema; in one whose keys are `names` of properties all of them stay."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: _strict(value, names=key in ("properties", "$defs") and not names)
        for key, value in schema.items()
        if names or key not in _LEFT_OUT
    }
    if not names and "properties" in found:
        found |= {"required": list(found["properties"]), "additionalProperties": False}
    return found
