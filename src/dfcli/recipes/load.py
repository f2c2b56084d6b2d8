"""A recipe file, or plain data, becomes a recipe; or one RecipeError with every mistake in it.

Reading goes on after a mistake: what is wrong is left out, or an `Unbuilt` step stands for it, and the check walks
over what could be read. So one pass finds the mistakes of all parts.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dfcli.errors import Problem, RecipeError
from dfcli.ops.registry import Registry, installed
from dfcli.recipes import yaml
from dfcli.recipes.blocks import budget_of, checks_of, input_of, output_of
from dfcli.recipes.check import check
from dfcli.recipes.contents import Contents, contents
from dfcli.recipes.files import locate, near, text_of
from dfcli.recipes.mistakes import Mistakes, ordered
from dfcli.recipes.model import ModelSpec, Recipe, Repeat, World
from dfcli.recipes.page import Page
from dfcli.recipes.roles import overridden, roles, unused
from dfcli.recipes.secrets import guard
from dfcli.recipes.steps import numbered, read_steps
from dfcli.recipes.structure import steps_of
from dfcli.recipes.vars import values

_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True)
class _Given:
    """What the caller says besides the recipe itself; `inherited` is the environment's model for `default`."""

    sets: Mapping[str, Any]
    models: Mapping[str, str]
    world: World | None
    registry: Registry
    inherited: str | None = None


def load(
    path: Path | str,
    *,
    sets: Mapping[str, Any] = _NONE,
    models: Mapping[str, str] = _NONE,
    world: World | None = None,
    registry: Registry | None = None,
    environ: Mapping[str, str] | None = None,
) -> Recipe:
    """Return the recipe of a file, or of the zoo by its name; RecipeError holds every mistake in it.

    `sets` gives variables their values (text is read as the variable's type), `models` puts a model into a role, and
    `DFCLI_MODEL` in the environment puts one into the role `default`. `world` is what the check may look at.
    """
    file = locate(str(path), Path())
    if file is None:
        sentence = f"there is no such file, and no recipe of that name{near(str(path), Path())}"
        raise RecipeError([Problem(str(path), 0, sentence, code="unknown_recipe")])
    try:
        text = text_of(file)
    except ValueError as error:
        raise RecipeError([Problem(str(file), 0, str(error), code="unknown_recipe")]) from error
    inherited = (os.environ if environ is None else environ).get("DFCLI_MODEL")
    return _of_text(text, file, _Given(sets, models, world, registry or installed(), inherited or None))


def read(text: str, file: Path, *, world: World | None = None, registry: Registry | None = None) -> Recipe:
    """Return the recipe that a text would be in a file, which need not be there; RecipeError as of `load`."""
    inherited = os.environ.get("DFCLI_MODEL")
    return _of_text(text, file, _Given({}, {}, world, registry or installed(), inherited or None))


def _of_text(text: str, file: Path, given: _Given) -> Recipe:
    data, mistakes = yaml.read(text, str(file))
    page = Page(mistakes, file.parent, given.registry, trail=(file.resolve(),))
    return _recipe(data, page, given, text)


def parse(
    data: Mapping[str, Any],
    *,
    folder: Path | str = ".",
    sets: Mapping[str, Any] = _NONE,
    models: Mapping[str, str] = _NONE,
    world: World | None = None,
    registry: Registry | None = None,
) -> Recipe:
    """Return a recipe from the data that its YAML would hold; steps may be Operator instances, too.

    RecipeError holds every mistake, each with the place in the data: `steps[2].keep`.
    """
    given = _Given(sets, models, world, registry or installed())
    return _recipe(data, Page(Mistakes("<recipe>"), Path(folder), given.registry), given, "")


def _recipe(data: Any, page: Page, given: _Given, text: str) -> Recipe:
    found = contents(data, page.mistakes)
    if found is None:
        raise RecipeError(page.mistakes.found)
    known = _variables(found, page.mistakes, given)
    blocks = found.filled(known, page.mistakes)
    page.with_operators(blocks.get("operators", []))
    recipe = Recipe(
        name=_name(blocks.get("name"), page),
        doc=blocks.get("doc", ""),
        steps=numbered(read_steps(page, blocks.get("steps", []), ("steps",))),
        input=input_of(blocks.get("input"), page.mistakes),
        output=output_of(blocks.get("output"), page.mistakes),
        budget=budget_of(blocks.get("budget"), page.mistakes),
        checks=checks_of(blocks.get("checks"), page.mistakes),
        models=_models(blocks.get("models", {}), page.mistakes, given),
        seed=blocks.get("seed", 0),
        vars=known,
        folder=page.folder,
        file=page.mistakes.file,
        text=text,
        lines=_lines(data, page.mistakes),
        registry=given.registry.with_files(tuple(dict.fromkeys(page.local))),
        world=given.world,
    )
    unused(given.models, [*blocks.get("models", {}), *(step.model for step in steps_of(recipe))], page.mistakes)
    if problems := ordered([*page.mistakes.found, *check(recipe)], recipe.file):
        raise RecipeError([_in_step(each, recipe) for each in problems])
    return recipe


def _in_step(problem: Problem, recipe: Recipe) -> Problem:
    """Return a problem with the id of the step whose lines it is on, when it does not say so itself."""
    if problem.step or not problem.line:
        return problem
    end = min((line for line in recipe.lines.values() if line > recipe.lines.get("steps", 0)), default=math.inf)
    if problem.file == recipe.file and not recipe.lines.get("steps", 0) < problem.line < end:
        return problem
    entries = (*recipe.steps, *steps_of(recipe))
    above = [each for each in entries if each.file == problem.file and each.line <= problem.line]
    # A step that is written in one line with its repeat is the nearer of the two.
    nearest = max(above, key=lambda each: (each.line, not isinstance(each, Repeat)), default=None)
    return replace(problem, step=nearest.id) if nearest else problem


def _variables(found: Contents, mistakes: Mistakes, given: _Given) -> dict[str, Any]:
    sets = {name: guard(each, ("vars", name), mistakes) for name, each in given.sets.items()}
    known, wrong = values(found.variables, sets, "--set {name}=…")
    for name, sentence in wrong.items():
        mistakes.add(("vars", name), sentence, "bad_value")
    return known


def _models(data: Mapping[Any, Any], mistakes: Mistakes, given: _Given) -> dict[str, ModelSpec]:
    inherited = {"default": given.inherited} if given.inherited else {}
    return overridden(roles(data, mistakes), {**inherited, **given.models})


def _name(given: str | None, page: Page) -> str:
    if given is None:
        stem = page.trail[0].stem if page.trail else "recipe"
        return re.sub(r"[^\w.-]+", "-", stem).strip("-.") or "recipe"
    if not re.fullmatch(r"\w[\w.-]*", given):
        sentence = f"{given!r} cannot be a recipe's name: use letters, digits, _, . and -"
        page.mistakes.add(("name",), sentence, "bad_value")
    return given


def _lines(data: Mapping[Any, Any], mistakes: Mistakes) -> dict[str, int]:
    """Return the line of each block and of the keys in it, `output` and `output.columns`; 0 in Python."""
    places: dict[str, tuple[Any, ...]] = {str(key): (key,) for key in data}
    for block, each in data.items():
        if isinstance(each, Mapping):
            places |= {f"{block}.{key}": (block, key) for key in each}
    return {name: mistakes.line(place) for name, place in places.items()}
