"""How replies about missing operators are read: a JSON object of a known shape, or a sentence why it is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from dfcli.errors import BadReply
from dfcli.ops._near_json import value_in
from dfcli.ops.base import Row
from dfcli.ops.sentences import sentences

Shape = TypeVar("Shape", bound=BaseModel)


def reader(shape: type[BaseModel]) -> Callable[[str], Row]:
    """Return what reads a reply's text into the data of a shape; it raises BadReply with what is wrong."""

    def read(text: str) -> Row:
        found = value_in(text, "{", lambda value: isinstance(value, dict)).value
        try:
            return {"reply": shape.model_validate(found).model_dump(by_alias=True)}
        except ValidationError as error:
            said = "; ".join(each.sentence for each in sentences(error, found, shape.model_fields))
            raise BadReply(said) from error

    return read


def code_of(text: str) -> Row:
    """Return the source of a reply: its last Python block, or all of it where there is none."""
    from dfcli.ops.reading import Output, Outputs

    return {"reply": Outputs({"source": Output.of("str")}, "code(python)").read(text)["source"]}


def made(shape: type[Shape], data: Any) -> Shape:
    """Return the object that the data of a reply are of."""
    return shape.model_validate(data)
