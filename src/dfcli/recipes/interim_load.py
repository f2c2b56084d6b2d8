"""From a recipe's file, or from plain data, to a `Recipe`; all mistakes come out together.

`${name}` is filled in first, so that everything after sees values; then each block becomes its model, and a recipe
whose parts could all be read is checked as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dfcli.errors import RecipeError, UsageError, did_you_mean
from dfcli.ops.registry import Registry, installed
from dfcli.recipes import checks, vars, yaml
from dfcli.recipes import interim_zoo as zoo
from dfcli.recipes.check import check
from dfcli.recipes.mistakes import WRONG, Mistakes, Place, has_wrong, ordered
from dfcli.recipes.model import Budget, Check, Input, ModelSpec, Output, Recipe, Repeat, Step, World
from dfcli.recipes.options import build, describe
from dfcli.recipes.secrets import guard
from dfcli.recipes.interim_steps import Steps, load_files

KEYS = (
    "name",
    "doc",
    "vars",
    "models",
    "budget",
    "seed",
    "operators",
    "input",
    "output",
    "steps",
    "checks",
)
RESERVED = ("goal", "tests", "tune")


@dataclass(frozen=True)
class Given:
    """What a caller adds to a recipe: values of variables, models by role, and what it may look at."""

    sets: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    world: World | None = None
    registry: Registry | None = None


def load(
    path: Path | str,
    *,
    sets: Mapping[str, Any] | None = None,
    models: Mapping[str, str] | None = None,
    world: World | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Recipe:
    """Return the recipe of a file, or of the zoo by its name; RecipeError with every mistake in it.

    `sets` are values of its variables as text, `models` names by role; DFCLI_MODEL names the default role's model.
    """
    file = _file(path)
    text = _text(file)
    data, mistakes = yaml.read(text, str(path))
    named = {"default": environ["DFCLI_MODEL"]} if environ.get("DFCLI_MODEL") else {}
    given = Given(sets or {}, {**named, **(models or {})}, world)
    return _Recipe(data, mistakes, file.parent, given).recipe(file.stem, str(path), text)


def parse(
    data: Mapping[str, Any],
    *,
    folder: Path | str = ".",
    world: World | None = None,
    registry: Registry | None = None,
) -> Recipe:
    """Return a recipe from plain data, the same as its YAML would hold; steps may be Operator instances."""
    given = Given(world=world, registry=registry)
    return _Recipe(dict(data), Mistakes("<recipe>"), Path(folder), given).recipe("recipe", "<recipe>", "")


def _file(path: Path | str) -> Path:
    if Path(path).is_file():
        return Path(path)
    known = zoo.recipes()
    if str(path) in known:
        return known[str(path)]
    if Path(path).is_dir():
        raise UsageError(f"{path} is a folder; name a recipe's file in it")
    near = did_you_mean(str(path), known)
    raise UsageError(f"there is no recipe {path}, neither as a file nor among the shipped ones{near}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 at byte {error.start}; save the recipe as UTF-8") from error


class _Recipe:
    """One recipe on its way from data to model."""

    def __init__(
        self, data: Any, mistakes: Mistakes, folder: Path, given: Given, within: tuple[Path, ...] = ()
    ) -> None:
        self.mistakes = mistakes
        self.folder = folder
        self.given = given
        self.within = within
        self.vars: dict[str, Any] = {}
        self.data = self._filled(data)
        base = given.registry or installed()
        self.registry = load_files(base, self.data.get("operators"), folder, mistakes)

    def recipe(self, name: str, file: str, text: str) -> Recipe:
        """Return the recipe; RecipeError when anything is wrong with it."""
        steps = self.steps()
        recipe = Recipe(
            name=self._name(name),
            steps=steps,
            doc=self._plain("doc", str, ""),
            input=self._block("input", Input, "path"),
            output=self._block("output", Output, "path"),
            models=self._models(),
            budget=self._block("budget", Budget, None),
            checks=self._checks(),
            seed=self._plain("seed", int, 0),
            vars=self.vars,
            folder=self.folder,
            file=file,
            text=text,
            lines={".".join(map(str, place)): line for place, line in self.mistakes.lines.items() if place},
            registry=self.registry,
            world=self.given.world,
        )
        problems = [*self.mistakes.found, *(check(recipe) if steps else ())]
        if problems:
            raise RecipeError(ordered(problems, file))
        return recipe

    def steps(self) -> tuple[Step | Repeat, ...]:
        """Return the steps alone, for a recipe that includes this one."""
        if not self.data or "steps" not in self.data:
            if self.data:
                self.mistakes.add((), "the recipe has no steps")
            return ()
        return Steps(self.mistakes, self.registry, self.folder, self._include).build(self.data["steps"], ("steps",))

    def _filled(self, data: Any) -> dict[str, Any]:
        """Return the recipe's data with its variables filled in, and its unknown keys noted."""
        if data is WRONG:
            return {}
        if not isinstance(data, Mapping):
            self.mistakes.add((), f"a recipe is a mapping with steps, not {describe(data)}")
            return {}
        for key in data:
            self._key(key)
        declared = data.get("vars", {})
        if declared is not WRONG and not isinstance(declared, Mapping):
            self.mistakes.add(("vars",), f"vars must be a mapping, not {describe(declared)}")
        known = vars.declared(declared if isinstance(declared, Mapping) else {}, self.mistakes)
        how = "set: {name}" if self.within else "--set {name}=…"
        self.vars, wrong = vars.values(known, self.given.sets, how)
        for name, sentence in wrong.items():
            self.mistakes.add(("vars", name), sentence)
        rest = {key: value for key, value in data.items() if key in KEYS and key != "vars"}
        guarded = guard(rest, (), self.mistakes)
        filled: dict[str, Any] = vars.fill(guarded, (), self.vars, self.mistakes)
        return filled

    def _key(self, key: Any) -> None:
        if key in RESERVED:
            self.mistakes.add((key,), f"{key} is kept for a later version of dfcli, and cannot be used yet")
        elif key not in KEYS:
            self.mistakes.add((key,), f"unknown key {key!r}{did_you_mean(str(key), KEYS)}")

    def _name(self, default: str) -> str:
        name = self._plain("name", str, default)
        if (name and not all(each.isalnum() or each in "-_." for each in name)) or name.startswith("."):
            self.mistakes.add(("name",), f"name {name!r} becomes a folder's name: use letters, digits, -, _ and .")
        return name

    def _plain(self, key: str, kind: type[Any], default: Any) -> Any:
        value = self.data.get(key, default)
        if value is not WRONG and (not isinstance(value, kind) or isinstance(value, bool)):
            wanted = {"str": "text", "int": "an int"}[kind.__name__]
            self.mistakes.add((key,), f"{key} must be {wanted}, not {describe(value)}")
        return value if isinstance(value, kind) else default

    def _block(self, key: str, model: type[Any], short: str | None) -> Any:
        value = self.data.get(key)
        if key not in self.data or value is WRONG:
            return None
        if short is not None and isinstance(value, str | list | tuple):
            value = {short: value}
        if not isinstance(value, Mapping):
            self.mistakes.add((key,), f"{key} must be a mapping, not {describe(value)}")
            return None
        return build(model, value, (key,), self.mistakes, key)

    def _models(self) -> dict[str, ModelSpec]:
        data = self.data.get("models", {})
        if not isinstance(data, Mapping):
            if data is not WRONG:
                self.mistakes.add(("models",), f"models must be a mapping of roles, not {describe(data)}")
            return {}
        found = {}
        for role, value in data.items():
            spec = self._model(role, {"model": value} if isinstance(value, str) else value)
            if spec is not None:
                found[role] = spec
        for role, name in self.given.models.items():
            spec = found.get(role)
            found[role] = spec.model_copy(update={"model": name}) if spec else ModelSpec(model=name)
        return found

    def _model(self, role: str, value: Any) -> ModelSpec | None:
        if value is WRONG or has_wrong(value):
            return None
        if not isinstance(value, Mapping):
            self.mistakes.add(("models", role), f"models: {role} must be a model's name or a mapping with model")
            return None
        return build(ModelSpec, value, ("models", role), self.mistakes, f"model {role}")

    def _checks(self) -> tuple[Check, ...]:
        data = self.data.get("checks", {})
        if not isinstance(data, Mapping):
            if data is not WRONG:
                self.mistakes.add(("checks",), f"checks must be a mapping, not {describe(data)}")
            return ()
        return tuple(
            Check(str(subject), phrase, self.mistakes.line((*("checks", subject), *inner)))
            for subject, value in data.items()
            for inner, phrase in self._phrases(subject, value)
        )

    def _phrases(self, subject: str, value: Any) -> Sequence[tuple[Place, str]]:
        phrases = [((number,), each) for number, each in enumerate(value)] if isinstance(value, list) else [((), value)]
        found: list[tuple[Place, str]] = []
        for inner, each in phrases:
            if isinstance(each, str):
                found.append((inner, each))
            elif each is not WRONG:
                self.mistakes.add(("checks", subject, *inner), f"checks: {subject} must be a phrase: {checks.PHRASES}")
        return found

    def _include(self, path: str, sets: Mapping[str, Any], place: Place) -> Sequence[Step | Repeat]:
        """Return another recipe's steps, their ids led by its name; its other blocks stay behind."""
        file = self.folder / path
        if not file.is_file():
            known = zoo.recipes()
            if path not in known:
                self.mistakes.add(
                    place, f"recipe: there is no file {path} beside the recipe{did_you_mean(path, known)}"
                )
                return ()
            file = known[path]
        if file.resolve() in self.within or len(self.within) > 20:
            self.mistakes.add(place, f"recipe: {path} includes itself")
            return ()
        try:
            data, mistakes = yaml.read(_text(file), str(file))
        except UsageError as error:
            self.mistakes.add(place, f"recipe: {error}")
            return ()
        given = Given(sets, {}, None, self.registry)
        other = _Recipe(data, mistakes, file.parent, given, (*self.within, file.resolve()))
        steps = other.steps()
        self.mistakes.found += mistakes.found
        return [_led(each, file.stem) for each in steps]


def _led(step: Step | Repeat, name: str) -> Step | Repeat:
    from dataclasses import replace

    if isinstance(step, Repeat):
        inner = tuple(replace(each, id=f"{name}/{each.id}") for each in step.steps)
        return replace(step, loop=replace(step.loop, id=f"{name}/{step.loop.id}"), steps=inner)
    return replace(step, id=f"{name}/{step.id}")
