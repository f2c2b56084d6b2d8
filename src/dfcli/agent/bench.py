"""What a fixer looks at: a recipe's text taken apart, an issue's sentence, and the operators there are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from dfcli.agent.edits import Edit, SetCondition, SetInput, SetModel, SetOption, SetOutput
from dfcli.agent.outline import Entry, Outline, outline
from dfcli.agent.renaming import names_columns, options_of
from dfcli.agent.roles import Role, known_names
from dfcli.agent.verdict import Issue
from dfcli.ops.registry import installed

Candidate = tuple[str, list[Edit]]
"""What would be done, in words, and the edits that do it."""

_CONDITIONS = ("keep", "when", "until")
_MEANT = re.compile(r"did you mean '([^']+)'")
_THERE = re.compile(r"columns: ([^;]+?)(?: and \d+ more)?(?: \(in round 2\))?$")


@dataclass(frozen=True)
class Bench:
    """A recipe to be mended; `columns` are those of its input, where they are known."""

    text: str
    columns: tuple[str, ...] = ()

    @cached_property
    def outline(self) -> Outline:
        """The recipe's steps and blocks; empty where the text is not YAML."""
        return outline(self.text) or Outline((), {})

    def step(self, id: str) -> Entry | None:
        """Return the step of an id, None where the recipe itself has none."""
        return next((each for each in self.outline.steps if each.id == id), None)

    def value(self, issue: Issue) -> Any:
        """Return what stands at the place of an issue, None where nothing does."""
        if step := self.step(issue.step):
            return step.keys.get(issue.option)
        found: Any = self.outline.blocks
        for key in issue.option.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def there(self, issue: Issue) -> list[str]:
        """Return the columns that there are at the place of an issue, as its sentence says, or else all known ones."""
        found = _THERE.search(issue.sentence)
        return found[1].split(", ") if found else self.all_columns()

    def all_columns(self) -> list[str]:
        """Return the columns of the input and those that the steps write, the latest first."""
        written = [name for step in reversed(self.outline.steps) for name in writes(step)]
        return list(dict.fromkeys([*written, *self.columns]))


def setting(issue: Issue, value: Any) -> list[Edit]:
    """Return the edit that puts a value at the place of an issue; none where no edit reaches it."""
    block, _, key = issue.option.partition(".")
    if issue.step and issue.option in _CONDITIONS:
        return [SetCondition(step=issue.step, key=issue.option, condition=value)]  # type: ignore[arg-type]  # tested
    if issue.step:
        return [SetOption(step=issue.step, name=issue.option, value=value)] if issue.option else []
    if block == "models" and key:
        return [SetModel(role=key, model=value)]
    if block in ("input", "output"):
        model = SetInput if block == "input" else SetOutput
        return [model.model_validate({key or "path": value})] if (key or "path") in model.model_fields else []
    return []


def meant(issue: Issue) -> str:
    """Return the name that an issue's sentence says is meant, empty where it says none."""
    found = _MEANT.search(issue.sentence)
    return found[1] if found else ""


def near(name: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return the known names that a name may mean, the likeliest first: as it sounds, then as it is spelt."""
    names = list(dict.fromkeys(known))
    same = [each for each in names if plain(each) == plain(name)]
    words = [each for each in names if set(_words(each)) == set(_words(name))]
    return list(dict.fromkeys([*same, *words, *difflib.get_close_matches(name, names, 3, cutoff)]))


def plain(name: str) -> str:
    """Return a name without case and signs: `WordCount` and `word_count` are one."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _words(name: str) -> list[str]:
    return [each.casefold().removesuffix("s") for each in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]


@lru_cache
def operators() -> tuple[str, ...]:
    """Return the names of all operators."""
    return tuple(installed().names())


def columns_of(step: Entry, role: str) -> dict[str, str]:
    """Return the single columns that a step's operator reads or writes, by option, defaults included."""
    found = {}
    for name, info in options_of(step.op).items():
        value = step.keys.get(name, info.default)
        if isinstance(value, str) and names_columns(info, role):
            found[name] = value
    return found


def writes(step: Entry) -> list[str]:
    """Return the columns that a step adds, as far as its options tell."""
    outputs = step.keys.get("outputs")
    if not isinstance(outputs, Mapping):
        outputs = {"answer": "str"} if step.op == "ask" else {}
    renamed = step.keys.get("columns") if step.op == "rename" else None
    made = renamed.values() if isinstance(renamed, Mapping) else ()
    return list(dict.fromkeys(map(str, [*columns_of(step, "writes").values(), *outputs, *made])))


def role_of(name: str) -> frozenset[Role]:
    """Return what a column of this name usually is."""
    return frozenset(role for role, names in known_names().items() if plain(name) in map(plain, names))


def like(name: str, there: Collection[str]) -> list[str]:
    """Return the columns that usually mean the same as another name: `content` and `text`."""
    wanted = role_of(name)
    return [each for each in there if wanted & role_of(each)]


def unnamed(step: Entry, name: str) -> Sequence[str]:
    """Return the options of a step that name a column by default."""
    given = columns_of(step, "reads") | columns_of(step, "writes")
    return [option for option, column in given.items() if column == name and option not in step.keys]
