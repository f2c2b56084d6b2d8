"""`recipe: other.yaml` as a step: the steps of another recipe, in place.

Of the other recipe only `vars`, `operators` and `steps` count, and its variables are given by `set`; its models,
budget, input, output, checks and seed are those of the recipe that includes it. Templates and Python files that it
names are looked for beside it, all other paths beside the outermost recipe. Its steps' ids begin with its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dfcli.recipes import yaml, zoo
from dfcli.recipes.contents import contents
from dfcli.recipes.files import locate, text_of
from dfcli.recipes.mistakes import Place
from dfcli.recipes.options import build
from dfcli.recipes.page import Page
from dfcli.recipes.steps import Entry, Named, read_steps
from dfcli.recipes.vars import fill, values


class IncludeKeys(Named):
    """The keys of an inclusion."""

    recipe: str
    set: dict[str, Any] = {}


def included(page: Page, item: Mapping[Any, Any], place: Place) -> list[Entry]:
    """Return the steps of the recipe that a step names, none when that cannot be read."""
    keys = build(IncludeKeys, item, place, page.mistakes, "recipe")
    if keys is None:
        return []
    path = locate(keys.recipe, page.folder)
    text = _text(page, keys.recipe, path, (*place, "recipe"))
    if path is None or text is None:
        return []
    data, mistakes = yaml.read(text, str(path))
    prefix = page.free(keys.id or path.stem)
    inner = replace(
        page, mistakes=mistakes, folder=path.parent, trail=(*page.trail, path.resolve()), prefix=f"{prefix}/"
    )
    try:
        return _steps(page, inner, data, keys, place)
    finally:
        page.mistakes.found += mistakes.found


def _text(page: Page, name: str, path: Path | None, place: Place) -> str | None:
    if path is None:
        page.mistakes.add(place, f"recipe: there is no file {name!r}, and no recipe of that name{zoo.near(name)}")
        return None
    if path.resolve() in page.trail:
        trail = " → ".join(each.name for each in (*page.trail[page.trail.index(path.resolve()) :], path))
        page.mistakes.add(place, f"recipe: {path.name} includes itself: {trail}")
        return None
    try:
        return text_of(path)
    except ValueError as error:
        page.mistakes.add(place, f"recipe: {name}: {error}")
        return None


def _steps(page: Page, inner: Page, data: Any, keys: IncludeKeys, place: Place) -> list[Entry]:
    found = contents(data, inner.mistakes)
    if found is None:
        return []
    known, wrong = values(found.variables, keys.set, "set: {{{name}: …}}")
    for name, sentence in wrong.items():
        where = ("set", name) if name in keys.set else ("recipe",)
        page.mistakes.add((*place, *where), f"recipe: {sentence}")
    blocks = {key: found.blocks[key] for key in ("operators", "steps") if key in found.blocks}
    filled = fill(blocks, (), known, inner.mistakes)
    inner.with_operators(filled.get("operators", []))
    steps = filled.get("steps")
    return read_steps(inner, steps, ("steps",)) if isinstance(steps, list) else []
