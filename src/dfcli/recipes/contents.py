"""A recipe file's blocks, before any of them is understood: known keys, each of the right kind, variables declared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from dfcli.errors import did_you_mean
from dfcli.ops.sentences import describe
from dfcli.recipes.mistakes import WRONG, Mistakes
from dfcli.recipes.secrets import guard
from dfcli.recipes.vars import Variable, declared, fill

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "name": ((str,), "text"),
    "doc": ((str,), "text"),
    "use_for": ((list,), "a list of phrases that people search by"),
    "aliases": ((list,), "a list of other names"),
    "not_for": ((list,), "a list of what it is confused with, such as 'one row: use fix_sql'"),
    "seed": ((int,), "an int"),
    "vars": ((Mapping,), "a mapping of names to defaults"),
    "models": ((Mapping,), "a mapping of roles to models, such as {default: openai/gpt-4.1-mini}"),
    "budget": ((Mapping,), "a mapping such as {usd: 5}"),
    "input": ((str, list, Mapping), "a path, a list of paths or a mapping"),
    "output": ((str, Mapping), "a path or a mapping"),
    "operators": ((str, list), "a Python file or a list of them"),
    "checks": ((Mapping,), "a mapping such as {rows: at least 1}"),
    "steps": ((list,), "a list, with a dash before each step"),
}
RESERVED = frozenset({"goal", "tests", "tune"})
"""Keys that are kept for later versions, and refused by this one."""


@dataclass(frozen=True)
class Contents:
    """The blocks of a recipe as they stand there, but for `vars`: those are the variables it declares."""

    blocks: Mapping[str, Any]
    variables: Mapping[str, Variable | None]

    def filled(
        self, known: Mapping[str, Any], mistakes: Mistakes, only: Collection[str] = frozenset(_KINDS)
    ) -> dict[str, Any]:
        """Return the blocks with their variables filled in, those that are of the wrong kind left out."""
        blocks = fill({key: each for key, each in self.blocks.items() if key in only}, (), known, mistakes)
        return {key: each for key, each in blocks.items() if _is_right(key, each, mistakes)}


def contents(data: Any, mistakes: Mistakes) -> Contents | None:
    """Return what a recipe holds, or None when it is no recipe at all; its mistakes are noted."""
    if data is WRONG:
        return None
    if not isinstance(data, Mapping):
        mistakes.add((), f"a recipe is a mapping with name, steps and so on, not {describe(data)}", "yaml")
        return None
    if "steps" not in data:
        mistakes.add((), "the recipe has no steps", "no_steps")
    blocks = {key: each for key, each in guard(data, (), mistakes).items() if _is_known(key, mistakes)}
    given = blocks.pop("vars", {})
    return Contents(blocks, declared(given, mistakes) if _is_right("vars", given, mistakes) else {})


def _is_known(key: Any, mistakes: Mistakes) -> bool:
    if key in RESERVED:
        mistakes.add((key,), f"{key!r} is kept for a later version of dfcli, and cannot be used yet", "unknown_key")
    elif key not in _KINDS:
        mistakes.add((key,), f"unknown key {key!r}{_meant(str(key))}", "unknown_key")
    return key in _KINDS


def _meant(key: str) -> str:
    if key.startswith("-"):
        return "; a dash needs a space after it"
    return did_you_mean(key, _KINDS) or f"; those of a recipe are {', '.join(_KINDS)}"


def _is_right(key: str, value: Any, mistakes: Mistakes) -> bool:
    if value is WRONG:
        return False
    kinds, words = _KINDS[key]
    if not isinstance(value, kinds) or isinstance(value, bool):
        mistakes.add((key,), f"{key} must be {words}, not {describe(value)}", "wrong_type")
        return False
    if key == "steps" and not value:
        mistakes.add((key,), "steps must not be empty", "no_steps")
    return True
