"""A recipe file's blocks, before any of them is understood: known keys, each of the right kind, variables declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dfcli.errors import did_you_mean
from dfcli.recipes.mistakes import WRONG, Mistakes
from dfcli.recipes.options import describe
from dfcli.recipes.secrets import guard
from dfcli.recipes.vars import Variable, declared

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "name": ((str,), "text"),
    "doc": ((str,), "text"),
    "seed": ((int,), "an int"),
    "vars": ((Mapping,), "a mapping"),
    "models": ((Mapping,), "a mapping"),
    "budget": ((Mapping,), "a mapping"),
    "input": ((str, list, Mapping), "a path, a list of paths or a mapping"),
    "output": ((str, Mapping), "a path or a mapping"),
    "operators": ((str, list), "a Python file or a list of them"),
    "checks": ((Mapping,), "a mapping"),
    "steps": ((list,), "a list"),
}
KEYS = frozenset(_KINDS)
"""The keys a recipe may have."""

RESERVED = frozenset({"goal", "tests", "tune"})
"""Keys that are kept for later versions, and refused by this one."""


@dataclass(frozen=True)
class Contents:
    """The blocks of a recipe that are of the right kind, and its variables; `vars` is not among the blocks."""

    blocks: Mapping[str, Any]
    variables: Mapping[str, Variable | None] = field(default_factory=dict)


def contents(data: Any, mistakes: Mistakes) -> Contents | None:
    """Return what a recipe holds, or None when it is no recipe at all; its mistakes are noted."""
    if data is WRONG:
        return None
    if not isinstance(data, Mapping):
        mistakes.add((), f"a recipe is a mapping with name, steps and so on, not {describe(data)}")
        return None
    safe = guard(data, (), mistakes)
    blocks = {key: value for key, value in safe.items() if _is_right(key, value, mistakes)}
    if "steps" not in safe:
        mistakes.add((), "the recipe has no steps")
    elif blocks.get("steps") == []:
        mistakes.add(("steps",), "steps must not be empty")
    return Contents(blocks, declared(blocks.pop("vars", {}), mistakes))


def _is_right(key: Any, value: Any, mistakes: Mistakes) -> bool:
    if key in RESERVED:
        mistakes.add((key,), f"{key!r} is kept for a later version of dfcli, and cannot be used yet")
    elif key not in KEYS:
        mistakes.add((key,), f"unknown key {key!r}{did_you_mean(str(key), KEYS)}")
    elif value is not WRONG:
        kinds, words = _KINDS[key]
        if isinstance(value, kinds) and not isinstance(value, bool):
            return True
        if not (isinstance(value, str) and "${" in value):
            mistakes.add((key,), f"{key} must be {words}, not {describe(value)}")
            return False
        return True  # a variable, whose value is looked at when it is filled in
    return False
