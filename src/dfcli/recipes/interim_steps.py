"""From the `steps` of a recipe's data to steps with operators; every mistake on the way is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from dfcli.errors import DfcliError, TemplateError, UnknownOperator
from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import Registry
from dfcli.recipes.mistakes import WRONG, Mistakes, Place
from dfcli.recipes.model import Loop, OnError, Repeat, Step
from dfcli.recipes.options import build, describe
from dfcli.recipes.unbuilt import instead_of

Include = Callable[[str, Mapping[str, Any], Place], "Sequence[Step | Repeat]"]
"""Returns the steps of another recipe, given its path and the values of its variables."""


class StepKeys(BaseModel):
    """The keys that any step has besides its operator's options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    op: str
    id: Annotated[str, Field(min_length=1)] | None = None
    when: str | None = None
    keep: str | None = None
    model: str = "default"
    on_error: OnError = "quarantine"
    checkpoint: bool = False
    template: str | None = None


class RepeatKeys(BaseModel):
    """The keys of a loop."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repeat: Annotated[int, Field(ge=1, le=100)]
    steps: Annotated[list[Any], Field(min_length=1)]
    until: str | None = None
    id: Annotated[str, Field(min_length=1)] | None = None


class IncludeKeys(BaseModel):
    """The keys of an inclusion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str
    set: dict[str, Any] = {}


@dataclass
class Steps:
    """Builds the steps of one recipe."""

    mistakes: Mistakes
    registry: Registry
    folder: Path
    include: Include
    ids: Counter[str] = field(default_factory=Counter)

    def build(self, data: Any, place: Place) -> tuple[Step | Repeat, ...]:
        """Return the steps, numbered from 1; a step that could not be built is stood in for."""
        if data is WRONG:
            return ()
        if not isinstance(data, list | tuple) or not data:
            self.mistakes.add(place, "steps must be a list with at least one step")
            return ()
        found = [step for number, each in enumerate(data) for step in self._one(each, (*place, number))]
        return tuple(_numbered(step, number) for number, step in enumerate(found, start=1))

    def _one(self, data: Any, place: Place) -> Sequence[Step | Repeat]:
        if data is WRONG:
            return ()
        if isinstance(data, Operator):
            return [Step(0, self._id(data.op()), data, file=self.mistakes.file)]
        if isinstance(data, str):
            data = {"op": data}
        if not isinstance(data, Mapping):
            self.mistakes.add(place, f"a step is an operator's name or a mapping with op, not {describe(data)}")
            return ()
        if "repeat" in data:
            return self._repeat(data, place)
        if "recipe" in data:
            keys = build(IncludeKeys, data, place, self.mistakes, "recipe")
            return self.include(keys.recipe, keys.set, (*place, "recipe")) if keys else ()
        if "op" not in data:
            self.mistakes.add(place, "a step needs op (an operator's name), repeat or recipe")
            return ()
        return [self._step(data, place)]

    def _repeat(self, data: Mapping[str, Any], place: Place) -> Sequence[Repeat]:
        keys = build(RepeatKeys, data, place, self.mistakes, "repeat")
        inner = data.get("steps")
        steps = self.build(inner, (*place, "steps")) if isinstance(inner, list | tuple) else ()
        if keys is None:
            return ()
        if any(isinstance(each, Repeat) for each in steps):
            self.mistakes.add((*place, "steps"), "a repeat cannot stand inside a repeat")
        plain = tuple(each for each in steps if isinstance(each, Step))
        loop = Loop(keys.id or self._id("repeat"), keys.repeat, keys.until)
        file, line = self.mistakes.at(place)
        return [Repeat(0, loop, plain, file, line, self.mistakes.lines_under(place))]

    def _step(self, data: Mapping[str, Any], place: Place) -> Step:
        own = {key: value for key, value in data.items() if key in StepKeys.model_fields}
        options = {key: value for key, value in data.items() if key not in StepKeys.model_fields}
        name = data["op"] if isinstance(data["op"], str) else "step"
        keys = build(StepKeys, own, place, self.mistakes, name)
        cls = self._class(data, place)
        operator = build(cls, options, place, self.mistakes, name, StepKeys.model_fields) if cls else None
        file, line = self.mistakes.at(place)
        step = Step(
            0,
            (keys and keys.id) or self._id(name),
            operator or instead_of(cls, options),
            file=file,
            line=line,
            lines=self.mistakes.lines_under(place),
        )
        taken = {"when", "keep", "model", "on_error", "checkpoint"}
        return replace(step, **keys.model_dump(include=taken)) if keys else step

    def _class(self, data: Mapping[str, Any], place: Place) -> type[Operator] | None:
        if not isinstance(data["op"], str):
            return None
        try:
            cls = self.registry.get(data["op"])
        except UnknownOperator as error:
            self.mistakes.add((*place, "op"), str(error))
            return None
        except TemplateError as error:
            self.mistakes.add((*place, "op"), str(error))
            return None
        template = data.get("template")
        return self._from_template(cls, template, place) if isinstance(template, str) else cls

    def _from_template(self, cls: type[Operator], template: str, place: Place) -> type[Operator] | None:
        here, name = (*place, "template"), cls.op()
        if not issubclass(cls, Prompted):
            self.mistakes.add(here, f"{name}: asks no model, so it takes no template")
            return None
        try:
            made = self.registry.with_template(self.folder / template)
        except TemplateError as error:
            self.mistakes.add(here, f"{name}: {error}")
            return None
        wanted = {column for option, column in _outputs(cls).items() if option not in _outputs(made)}
        if cls.file is not None and wanted:
            self.mistakes.add(here, f"{name}: {template} lacks the output {sorted(wanted)[0]!r}, which {name} writes")
            return None
        return made

    def _id(self, name: str) -> str:
        self.ids[name] += 1
        return name if self.ids[name] == 1 else f"{name}-{self.ids[name]}"


def load_files(registry: Registry, paths: Any, folder: Path, mistakes: Mistakes) -> Registry:
    """Return a registry that has the operators of a recipe's local files too."""
    if paths is WRONG or paths is None:
        return registry
    if not isinstance(paths, list | tuple) or not all(isinstance(each, str) or each is WRONG for each in paths):
        mistakes.add(("operators",), "operators must be a list of Python files")
        return registry
    for number, each in enumerate(paths):
        place = ("operators", number)
        if each is WRONG:
            continue
        if not (folder / each).is_file():
            mistakes.add(place, f"operators: there is no file {each} beside the recipe")
            continue
        try:
            registry = registry.with_files((folder / each,))
        except DfcliError as error:
            mistakes.add(place, f"operators: {error}")
    return registry


def _outputs(cls: type[Prompted]) -> dict[str, str]:
    """Return the options of a template's class that name written columns."""
    front = getattr(cls, "front", None)
    return {} if front is None else {name: name for name in front.outputs}


def _numbered(step: Step | Repeat, number: int) -> Step | Repeat:
    if isinstance(step, Step):
        return replace(step, number=number)
    return replace(step, number=number, steps=tuple(replace(each, number=number) for each in step.steps))
