"""Collecting what is wrong with one recipe, and where.

A place is the way to a value in a recipe: `("steps", 2, "keep")`. For a recipe from a file it becomes the line, for
one built in Python `steps[2].keep`. A value whose mistake is reported becomes `WRONG`; whoever meets that says no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dfcli.errors import Code, Problem
from dfcli.ops.sentences import Place, written


class Wrong:
    """Stands for a value whose mistake is reported already."""

    def __repr__(self) -> str:
        return "WRONG"


WRONG: Final = Wrong()


@dataclass
class Mistakes:
    """What is wrong with one recipe; `lines` is empty for one that is built in Python."""

    file: str
    lines: dict[Place, int] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)

    def add(self, place: Place, sentence: str, code: Code = "other") -> Wrong:
        """Note a mistake, and return what to use for the value it is about."""
        file, line = self.at(place)
        self.found.append(Problem(file, line, sentence, code=code, option=option(place)))
        return WRONG

    def add_at(self, line: int, sentence: str, code: Code = "other") -> None:
        """Note a mistake on a line of the file."""
        self.found.append(Problem(self.file, line, sentence, code=code))

    def at(self, place: Place) -> tuple[str, int]:
        """Return the file and line of a place; in Python, the place as it is written there and 0."""
        if not self.lines:
            return written(place) or self.file, 0
        while place and place not in self.lines:
            place = place[:-1]
        return self.file, self.lines.get(place, 1)

    def line(self, place: Place) -> int:
        """Return the line of a place, 0 in Python."""
        return self.at(place)[1]

    def lines_under(self, place: Place) -> dict[str, int]:
        """Return the line of each key of a mapping."""
        return {
            each[-1]: line
            for each, line in self.lines.items()
            if each[:-1] == place and each and isinstance(each[-1], str)
        }


def option(place: Place) -> str:
    """Return the key that a place is in: of a step (`keep`), or of the recipe and its blocks (`input.columns`)."""
    inside = place
    while len(inside) > 1 and inside[0] == "steps" and isinstance(inside[1], int):
        inside = inside[2:]
    keys = inside[: 2 if inside == place else 1]
    return ".".join(each for each in keys if isinstance(each, str))


def mapped(value: Any, place: Place, function: Callable[[Place, Any], Any]) -> Any:
    """Return nested data with a function of place and value applied to everything that is no mapping or list."""
    if isinstance(value, Mapping):
        return {key: mapped(each, (*place, key), function) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [mapped(each, (*place, number), function) for number, each in enumerate(value)]
    return function(place, value)


def has_wrong(value: Any) -> bool:
    """Tell whether nested data holds a value whose mistake is reported already."""
    if isinstance(value, Mapping):
        return any(map(has_wrong, value.values()))
    return any(map(has_wrong, value)) if isinstance(value, list | tuple) else value is WRONG


def ordered(problems: Iterable[Problem], first: str) -> list[Problem]:
    """Return problems without repeats in the order of the file: those of the file `first`, then of the others.

    What is only lacking here comes last; in Python, where there are no lines, the order found is kept.
    """
    kept = dict.fromkeys(problems)
    return sorted(kept, key=lambda each: (each.lacking, each.file != first and each.line > 0, each.line))
