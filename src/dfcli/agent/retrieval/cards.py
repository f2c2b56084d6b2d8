"""Operators, templates and recipes as cards: what they are called, what they are for, and what they are not for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted
from dfcli.recipes import zoo

CardKind = Literal["operator", "template", "recipe"]
KINDS: tuple[CardKind, ...] = ("operator", "template", "recipe")

_LONGEST = 900
"""Characters of a card's text, about 250 tokens."""

_NEIGHBOURS = re.compile(r"^(.*): use ([\w/.]+)((?: or [\w/.]+)*)")


@dataclass(frozen=True)
class Card:
    """What is to be known of an operator, template or recipe to choose it. `more` is the rest of its documentation."""

    name: str
    kind: CardKind
    doc: str
    more: str = ""
    use_for: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    operator: type[Operator] | None = field(default=None, compare=False, repr=False)

    def text(self) -> str:
        """Return the card as a planner is told of it, in at most about 250 tokens."""
        lines = [f"{self.name} ({self.kind}): {self.doc}"]
        if self.operator is not None:
            lines += _signature(self.operator)
        lines += [f"for: {'; '.join((*self.use_for, *self.aliases))}"] if self.use_for or self.aliases else []
        lines += [f"not for: {'; '.join(self.not_for)}"] if self.not_for else []
        return "\n".join(_cut(each, _LONGEST // len(lines)) for each in lines)

    def neighbours(self) -> Iterator[tuple[str, str]]:
        """Yield what it is not for, and the name of what to use there."""
        for each in self.not_for:
            if found := _NEIGHBOURS.match(each):
                yield from ((found[1], name) for name in (found[2], *found[3].split(" or ")) if name)


def card(name: str, cls: type[Operator]) -> Card:
    """Return an operator's card."""
    first, _, more = inspect.cleandoc(cls.__doc__ or "").partition("\n")
    kind: CardKind = "template" if issubclass(cls, Prompted) and cls.file is not None else "operator"
    return Card(name, kind, first, more.strip(), tuple(cls.use_for), tuple(cls.aliases), tuple(cls.not_for), cls)


def cards(operators: Mapping[str, type[Operator]]) -> list[Card]:
    """Return the cards of operators."""
    return [card(name, cls) for name, cls in operators.items()]


@lru_cache
def catalogue() -> tuple[Card, ...]:
    """Return the cards of everything installed: operators, templates and recipes; read once per process."""
    from dfcli.ops.registry import installed

    return (*cards(installed().operators()), *(_of_recipe(name, path) for name, path in zoo.recipes().items()))


def _of_recipe(name: str, path: Path) -> Card:
    head = zoo.head(path)
    return Card(name, "recipe", head.doc, "", head.use_for, head.aliases, head.not_for)


def _signature(cls: type[Operator]) -> list[str]:
    """Return the columns an operator reads and writes, as in its first example, and its options."""
    lines = []
    if cls.examples:
        made = cls(**cls.examples[0].options)
        lines.append(f"reads {_listed(made.reads())}; writes {_listed(made.writes())}; rows: {made.effect()}")
    options = ", ".join(
        option if info.is_required() else f"{option}={'…' if info.default_factory else repr(info.default)}"
        for option, info in cls.model_fields.items()
    )
    return [*lines, f"options: {options}"] if options else lines


def _listed(columns: Mapping[str, object]) -> str:
    return ", ".join(columns) or "no column"


def _cut(line: str, length: int) -> str:
    return line if len(line) <= length else f"{line[: length - 1]}…"
