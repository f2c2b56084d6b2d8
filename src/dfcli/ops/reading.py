"""From a reply's text to values: the outputs a prompt declares, their JSON Schema, and the readers.

A reader raises BadReply with a sentence that names what is wrong; the model is shown it once and may correct itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dfcli.errors import BadReply
from dfcli.ops.base import Row
from dfcli.ops.sentences import describe, sentences
from dfcli.ops.types import Typename, dtype, object_type, python_type

How = Literal["text", "json"]
Bound = int | float | None
Plain = str | int | float | bool

_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"```[a-zA-Z0-9_+-]*\n(.*?)\n?```", re.DOTALL)


_OBJECT = "Input should be a JSON object"


class Output(BaseModel):
    """One value a reply holds: `score: int`, or with bounds `score: {type: int, min: 1, max: 5, doc: …}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    type: Any = "str"
    doc: str | None = None
    min: Bound = None
    max: Bound = None
    enum: tuple[Plain, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_type(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or not {"type", "enum"} & given.keys():
            return {"type": given}
        values = given.get("enum")
        return {"type": type(values[0]).__name__, **given} if isinstance(values, list) and values else given

    @model_validator(mode="after")
    def _fits(self) -> Output:
        bounded(self.type, self.enum, self.min, self.max)
        return self

    @classmethod
    def of(cls, given: Typename | Mapping[str, Any]) -> Output:
        """Return the output a template or recipe declares; ValueError says what is wrong with it."""
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ValueError("; ".join(each for _, each in sentences(error, given, cls.model_fields))) from error

    @cached_property
    def dtype(self) -> pl.DataType:
        """The type of the column it is written to."""
        return dtype(self.type)

    @cached_property
    def annotation(self) -> Any:
        """The type that Pydantic checks a reply's value with."""
        return bounded(self.type, self.enum, self.min, self.max, self.doc)


class Outputs:
    """The outputs of one prompt, and how its reply is read."""

    def __init__(self, outputs: Mapping[str, Output], how: How | None = None) -> None:
        self.outputs = dict(outputs)
        single = len(self.outputs) == 1 and all(each.type == "str" and not each.enum for each in self.outputs.values())
        self.how: How = how or ("text" if single else "json")
        if self.how == "text" and not single:
            raise ValueError("a reply that is read as text has exactly one output, of type str")

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema the reply must meet; None for text."""
        return None if self.how == "text" else _strict(self._model.model_json_schema())

    @cached_property
    def read(self) -> Callable[[str], Row]:
        """The reader of one reply."""
        return self._read_text if self.how == "text" else self._read_json

    @cached_property
    def _model(self) -> type[BaseModel]:
        return object_type("Reply", {name: each.annotation for name, each in self.outputs.items()})

    def _read_text(self, text: str) -> Row:
        answer = _THINKING.sub("", text).strip()
        if not answer:
            raise BadReply("the reply is empty")
        return {next(iter(self.outputs)): answer}

    def _read_json(self, text: str) -> Row:
        try:
            return self._model.model_validate(_json_in(text)).model_dump(by_alias=True)
        except ValidationError as error:
            raise BadReply(_sentences(error, "the reply")) from error


def bounded(name: Typename, enum: tuple[Plain, ...] | None, low: Bound, high: Bound, doc: str | None = None) -> Any:
    """Return the Python type of a value that is one of a few or within bounds; ValueError says what does not fit."""
    base = python_type(name)
    if (low, high) != (None, None) and base not in (int, float):
        raise ValueError(f"min and max are bounds of a number, not of {name}")
    if low is not None and high is not None and low > high:
        raise ValueError(f"min is {low:g}, and max is less: {high:g}")
    if enum is None:
        return Annotated[base, Field(ge=low, le=high, description=doc)]
    for each in enum:
        fits = isinstance(each, bool) if base is bool else base in (str, int, float) and not isinstance(each, bool)
        if not fits or not isinstance(each, (int, float) if base is float else base):
            raise ValueError(f"enum must hold values of type {name}, not {describe(each)}")
    return Annotated[Literal[enum], Field(description=doc)]


def _sentences(error: ValidationError, whole: str) -> str:
    """Return what is wrong where, `whole` standing for a mistake in no field of its own."""
    said = ((each["loc"], _OBJECT if each["type"].startswith("model_") else each["msg"]) for each in error.errors())
    return "; ".join(f"{'.'.join(map(str, place)) or whole}: {message}" for place, message in said)


def _json_in(text: str) -> Any:
    """Return the JSON object in a reply: the whole of it, or the last fenced block."""
    bare = _THINKING.sub("", text).strip()
    fenced = _FENCE.findall(bare)
    for candidate in [bare, *reversed(fenced)]:
        try:
            return json.loads(candidate)
        except json.JSONDecodeError as error:
            problem = f"{error.msg} at character {error.pos}"
    raise BadReply(f"the reply is not JSON ({problem})" if bare else "the reply is empty")


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in the strict form providers ask for: no titles, no further properties."""
    slim = {key: _slim(value) for key, value in schema.items() if key != "title"}
    return slim | {"additionalProperties": False} if slim.get("type") == "object" else slim


def _slim(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _strict(each) if isinstance(each, dict) else _slim(each)
            for key, each in value.items()
            if key != "title" or isinstance(each, dict)
        }
    return [_slim(each) for each in value] if isinstance(value, list) else value
