"""`recipe: other.yaml` as a step: the steps of another recipe, in place.

Of the other recipe only `vars`, `operators` and `steps` count, and its variables are given by `set`; its models,
budget, input, output, checks and seed are those of the recipe that includes it. Templates and Python files that it
names are looked for beside it, all other paths beside the outermost recipe. Its steps' ids begin with its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from dfcli.ops.sentences import Place
from dfcli.recipes import yaml
from dfcli.recipes.contents import contents
from dfcli.recipes.files import locate, near, text_of
from dfcli.recipes.keys import IncludeKeys
from dfcli.recipes.options import build
from dfcli.recipes.page import Page
from dfcli.recipes.vars import values


class Other(NamedTuple):
    """Another recipe's page, and what its list of steps holds."""

    page: Page
    steps: list[Any]


def opened(page: Page, item: Mapping[Any, Any], place: Place) -> Other | None:
    """Return the recipe that an inclusion names, its variables filled in; None when it cannot be read."""
    keys = build(IncludeKeys, item, place, page.mistakes, "recipe")
    if keys is None:
        return None
    path = locate(keys.recipe, page.folder)
    text = _text(page, keys.recipe, path, (*place, "recipe"))
    if path is None or text is None:
        return None
    data, mistakes = yaml.read(text, str(path))
    page.mistakes.found += mistakes.found
    mistakes.found = page.mistakes.found
    prefix = f"{page.free(keys.id or path.stem)}/"
    trail = (*page.trail, path.resolve())
    inner = replace(page, mistakes=mistakes, folder=path.parent, trail=trail, prefix=prefix)
    return _filled(page, inner, data, keys, place)


def _text(page: Page, name: str, path: Path | None, place: Place) -> str | None:
    if path is None:
        hint = near(name, page.folder)
        page.mistakes.add(
            place, f"recipe: there is no file {name!r}, and no recipe of that name{hint}", "unknown_recipe"
        )
        return None
    if path.resolve() in page.trail:
        trail = " → ".join(each.name for each in (*page.trail[page.trail.index(path.resolve()) :], path))
        page.mistakes.add(place, f"recipe: {path.name} includes itself: {trail}", "unknown_recipe")
        return None
    try:
        return text_of(path)
    except ValueError as error:
        page.mistakes.add(place, f"recipe: {name}: {error}", "unknown_recipe")
        return None


def _filled(page: Page, inner: Page, data: Any, keys: IncludeKeys, place: Place) -> Other | None:
    found = contents(data, inner.mistakes)
    if found is None:
        return None
    known, wrong = values(found.variables, keys.set, "set: {{{name}: …}}")
    for name, sentence in wrong.items():
        where = ("set", name) if name in keys.set else ("recipe",)
        page.mistakes.add((*place, *where), f"recipe: {sentence}", "bad_value")
    blocks = found.filled(known, inner.mistakes, ("operators", "steps"))
    inner.with_operators(blocks.get("operators", []))
    return Other(inner, blocks.get("steps", []))
