"""What a prompt's reply must hold: the outputs it declares, their JSON Schema, and the reader that finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dfcli.ops.base import Row
from dfcli.ops.readers import bind, parse
from dfcli.ops.sentences import describe, sentences
from dfcli.ops.types import Typename, dtype, object_type, python_type


def _is_reader(how: str) -> str:
    parse(how)
    return how


How = Annotated[str, AfterValidator(_is_reader), Field(examples=["text", "json", "code(sql)", "verdict(A, B, tie)"])]
"""How a reply is read: the name of a reader in `dfcli.ops.readers`, with its arguments."""

Bound = int | float | None
Plain = str | int | float | bool


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
            raise ValueError("; ".join(each.sentence for each in sentences(error, given, cls.model_fields))) from error

    @cached_property
    def dtype(self) -> pl.DataType:
        """The type of the column it is written to."""
        return dtype(self.type)

    @cached_property
    def annotation(self) -> Any:
        """The type that Pydantic checks a reply's value with."""
        return bounded(self.type, self.enum, self.min, self.max, self.doc)


class Outputs:
    """The outputs of one prompt, and how its reply is read; ValueError when the one does not fit the other."""

    def __init__(self, outputs: Mapping[str, Output], how: How | None = None) -> None:
        self.outputs = dict(outputs)
        single = len(self.outputs) == 1 and all(each.type == "str" and not each.enum for each in self.outputs.values())
        self.how = parse(how) if how else parse("text" if single else "json")
        self.read: Callable[[str], Row] = bind(self.how, self.outputs)
        if self.how.name == "verdict":
            self.outputs = {
                name: each.model_copy(update={"enum": self.how.args}) for name, each in self.outputs.items()
            }

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema the reply must meet; None for one that is not read as JSON."""
        return _strict(self._model.model_json_schema()) if self.how.name == "json" else None

    @cached_property
    def _model(self) -> type[BaseModel]:
        return object_type("Reply", {name: each.annotation for name, each in self.outputs.items()})


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
