"""What replies about missing operators must hold, as models: their schema is sent, and what they refuse is told."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from dfcli.agent.synthesis.laws import Law
from dfcli.agent.synthesis.model import Function, Kind
from dfcli.ops.types import object_type, python_type

EXAMPLES = 5
"""Examples at least."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def _is_name(name: str) -> str:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > 40:
        raise ValueError(f"{name!r} is no name: lower_snake, at most 40 characters, as in roman_value")
    return name


class Option(BaseModel):
    """An option of a step: its name, and its value as JSON, or as a text that is not JSON."""

    name: str
    value: str

    @property
    def data(self) -> Any:
        """The value."""
        try:
            return json.loads(self.value)
        except json.JSONDecodeError:
            return self.value


class Decision(BaseModel):
    """What serves a part of a request."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    reason: str = ""
    op: str | None = None
    options: tuple[Option, ...] = ()
    name: Annotated[str, AfterValidator(_is_name)] | None = None
    doc: str | None = None
    inputs: tuple[str, ...] = ()
    output: str | None = None
    type: Literal["str", "int", "float", "bool", "list[str]", "list[int]", "list[float]"] = "str"

    @model_validator(mode="after")
    def _is_whole(self) -> Decision:
        needed = {"existing": ("op",), "none": ()}.get(self.kind, ("name", "doc", "inputs", "output"))
        if missing := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"{self.kind} needs {', '.join(missing)}")
        return self


def cases_shape(function: Function, fewest: int) -> type[BaseModel]:
    """Return the shape of a list of cases, no two of which want different things of the same row."""

    def _are_cases(cases: list[Any]) -> list[Any]:
        wanted: dict[str, str] = {}
        for each in cases:
            case = each.model_dump(by_alias=True)
            given, result = json.dumps(case["given"], sort_keys=True), json.dumps(case["wanted"])
            if wanted.setdefault(given, result) != result:
                raise ValueError(f"two cases give {given} and want different things of it")
        if len(wanted) < fewest:
            raise ValueError(f"{len(wanted)} different cases are too few, there must be {fewest}")
        return cases

    case = object_type("Case", {"given": _given(function.inputs), "wanted": python_type(function.type) | None})
    return create_model("Cases", cases=(Annotated[list[case], AfterValidator(_are_cases)], ...))  # type: ignore[valid-type,arg-type]


def suite_shape(function: Function) -> type[BaseModel]:
    """Return the shape of tests: cases and laws."""
    return create_model("Suite", __base__=cases_shape(function, 3), laws=(list[Law], Field([], max_length=4)))


def template_shape(function: Function) -> type[BaseModel]:
    """Return the shape of a prompt template with its examples."""
    fields = {"given": _given(function.inputs), "reply": str, "wanted": python_type(function.type)}
    example = object_type("Example", fields)
    text = Annotated[str, Field(min_length=1)]
    examples = Annotated[list[example], Field(min_length=2, max_length=5)]  # type: ignore[valid-type]
    return create_model("Template", instructions=(text, ...), material=(text, ...), examples=(examples, ...))


def _given(inputs: Mapping[str, Any]) -> type[BaseModel]:
    return object_type("Given", {name: python_type(kind) | None for name, kind in inputs.items()})
