"""The front matter of a prompt template: YAML between two lines of `---` that says what the operator is.

---
doc: Sum up a text in one sentence.
params: {language: {type: str, default: English, doc: The language to write in}}
outputs: {summary: str}
---
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from dfcli.errors import TemplateError
from dfcli.ops.base import Example, Kind, Row
from dfcli.ops.reading import How, Output, Outputs, bounded
from dfcli.ops.sentences import Place, sentences

_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


class Param(BaseModel):
    """An option of a template: `style: formal`, or `style: {type: str, default: formal, enum: […], doc: …}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Any
    default: Any = None
    enum: tuple[str | int | float | bool, ...] | None = None
    min: int | float | None = None
    max: int | float | None = None
    doc: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_type(cls, given: Any) -> Any:
        spec = given if isinstance(given, Mapping) else {"default": given}
        return spec if "type" in spec else {"type": _type_of(spec.get("default")), **spec}

    @model_validator(mode="after")
    def _fits(self) -> Param:
        annotation = self.annotation
        if self.default is not None:
            try:
                TypeAdapter(annotation).validate_python(self.default, strict=True)
            except ValidationError as error:
                raise ValueError(f"its default{sentences(error, None)[0].sentence.removeprefix('it')}") from error
        return self

    @property
    def annotation(self) -> Any:
        """The type that Pydantic checks an option's value with."""
        return bounded(self.type, self.enum, self.min, self.max, self.doc)


class Shown(BaseModel):
    """An example in front matter; its fields are those of `dfcli.ops.base.Example`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    given: tuple[Row, ...]
    want: tuple[Row, ...]
    options: Row = {}
    replies: tuple[str, ...] = ()
    files: Mapping[str, tuple[Row, ...]] = {}
    database: str = ""

    def example(self) -> Example:
        """Return the example it is."""
        return Example(**{name: getattr(self, name) for name in type(self).model_fields})


class Front(BaseModel):
    """A template's front matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doc: str = Field(min_length=1)
    kind: Kind = "generate"
    outputs: dict[str, Output]
    params: dict[str, Param] = {}
    optional: tuple[str, ...] = ()
    reply: How | None = None
    samples: Annotated[int, Field(ge=1)] = 1
    version: int = 1
    use_for: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    examples: tuple[Shown, ...] = ()

    @field_validator("outputs")
    @classmethod
    def _has_outputs(cls, given: dict[str, Output]) -> dict[str, Output]:
        if not given:
            raise ValueError("name at least one")
        return given

    @model_validator(mode="after")
    def _reads_replies(self) -> Front:
        self.read_as  # noqa: B018  it says what does not fit
        return self

    @cached_property
    def read_as(self) -> Outputs:
        """The outputs, and how a reply is read."""
        return Outputs(self.outputs, self.reply)


_KEYS = (*Front.model_fields, *Param.model_fields, *Shown.model_fields)


class Matter:
    """The front matter of a template and of those it extends, as data; each key knows its file and line."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self._added: list[tuple[str, str]] = []

    def add(self, text: str, file: str) -> None:
        """Put the front matter of a template's text over what is there."""
        found = _MATTER.match(text)
        if found is None:
            return
        self.data |= _loaded(found[1], file)
        self._added.append((found[1], file))

    def front(self, file: str) -> Front:
        """Return what it says; TemplateError with the place of every mistake."""
        try:
            return Front.model_validate(self.data)
        except ValidationError as error:
            wrong = sentences(error, self.data, _KEYS)
            said = "\n".join(f"{self.at(each.place, file)}: {each.sentence}" for each in wrong)
            raise TemplateError(said) from error

    def at(self, place: Place, file: str) -> str:
        """Return the file and line of a key, or of the one that it stands under."""
        lines = self._lines
        while place and place not in lines:
            place = place[:-1]
        return lines.get(place, f"{file}:1")

    @cached_property
    def _lines(self) -> dict[Place, str]:
        """The place of each key; made when there is a mistake to place, for it takes as long as reading does."""
        lines: dict[Place, str] = {}
        for text, file in self._added:
            found = dict(_lines(YAML(typ="safe", pure=True).compose(text), ()))
            own = {place[0] for place in found}
            lines = {place: line for place, line in lines.items() if place[0] not in own}
            lines |= {place: f"{file}:{line}" for place, line in found.items()}
        return lines


def has_front(text: str) -> bool:
    """Tell whether a template's text begins with front matter."""
    return _MATTER.match(text) is not None


def without_front(text: str) -> str:
    """Return a template without its front matter, its lines keeping their numbers."""
    found = _MATTER.match(text)
    return text if found is None else "{#" + "\n" * found[0].count("\n") + "#}" + text[found.end() :]


def text_of(path: Path) -> str:
    """Return the text of a template file; TemplateError when it has none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: is not UTF-8 text") from error
    except OSError as error:
        raise TemplateError(f"{path}: cannot be read: {error.strerror}") from error


def _loaded(text: str, file: str) -> dict[str, Any]:
    try:
        data = YAML(typ="safe", pure=True).load(text) or {}
    except (YAMLError, ValueError) as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        problem = str(getattr(error, "problem", None) or error).partition("\n")[0]
        raise TemplateError(f"{file}:{mark.line + 2 if mark else 1}: front matter is not YAML: {problem}") from error
    if not isinstance(data, dict):
        raise TemplateError(f"{file}:1: front matter is a mapping with doc, outputs and so on")
    return data


def _lines(node: Node, place: Place) -> Iterator[tuple[Place, int]]:
    """Yield the line of everything in a node, in the file: its front matter begins on line 2."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key.start_mark.line + 2
            yield from _lines(value, (*place, key.value))
    elif isinstance(node, SequenceNode):
        for number, each in enumerate(node.value):
            yield (*place, number), each.start_mark.line + 2
            yield from _lines(each, (*place, number))


def _type_of(default: Any) -> str:
    """Return the type of a param that gives only its default."""
    if isinstance(default, list) and default and len({type(each) for each in default}) == 1:
        return f"list[{_type_of(default[0])}]"
    if default is None or isinstance(default, list | dict):
        raise ValueError("needs a type, such as {type: int, default: 3}, or a default that shows it")
    return type(default).__name__
