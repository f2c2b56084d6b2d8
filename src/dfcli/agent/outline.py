"""A recipe's text as plain data by parts, for whoever compares two texts or asks what a recipe checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dfcli.agent.spans import EditError, compose, spots
from dfcli.recipes import yaml
from dfcli.recipes.mistakes import WRONG


@dataclass(frozen=True)
class Entry:
    """A step as data: its id, its operator or kind, its keys without `op`, `id` and the steps inside it."""

    id: str
    op: str
    keys: Mapping[str, Any]
    loop: str = ""


@dataclass(frozen=True)
class Outline:
    """The steps of a recipe in order, those of loops after their loop, and its other blocks."""

    steps: tuple[Entry, ...]
    blocks: Mapping[str, Any]


def outline(text: str) -> Outline | None:
    """Return what a recipe's text holds, None where it is not YAML."""
    try:
        root = compose(text)
    except EditError:
        return None
    data, _ = yaml.read(text, "")
    if not isinstance(data, Mapping):
        return None
    items = list(_items(data.get("steps")))
    steps = tuple(_entry(spot.id, spot.loop, item) for spot, item in zip(spots(root, text), items, strict=False))
    return Outline(steps, {str(key): each for key, each in data.items() if key != "steps" and each is not WRONG})


def checks(text: str) -> frozenset[tuple[str, str]]:
    """Return the checks of a recipe's text as pairs of subject and phrase; none where it is not YAML."""
    found = outline(text)
    block = found.blocks.get("checks") if found else None
    return frozenset(
        (str(subject), str(phrase))
        for subject, phrases in (block.items() if isinstance(block, Mapping) else ())
        for phrase in (phrases if isinstance(phrases, list) else [phrases])
    )


def _items(steps: Any) -> list[Any]:
    found = []
    for each in steps if isinstance(steps, list) else []:
        found.append(each)
        if isinstance(each, Mapping) and "repeat" in each:
            found += _items(each.get("steps"))
    return found


def _entry(id: str, loop: str, item: Any) -> Entry:
    if not isinstance(item, Mapping):
        return Entry(id, str(item), {}, loop)
    kind = next((each for each in ("repeat", "recipe") if each in item), "")
    keys = {
        str(key): value for key, value in item.items() if key not in ("op", "id") and (key, kind) != ("steps", "repeat")
    }
    return Entry(id, kind or str(item.get("op", "")), keys, loop)
