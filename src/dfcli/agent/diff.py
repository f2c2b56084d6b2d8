"""What is different between two texts of a recipe, in words: steps, their options, and the other blocks."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dfcli.agent import rendering
from dfcli.agent.outline import Entry, Outline, outline

_CUT = 80


def semantic(before: str, after: str) -> list[str]:
    """Return what changed as short sentences: `+ trim after run_sql`, `output.path: a → b`; none when nothing did."""
    old, new = outline(before), outline(after)
    if old is None or new is None:
        return list(_lines(before, after))
    return [*_steps(old, new), *_blocks("", old.blocks, new.blocks)]


def unified(before: str, after: str) -> str:
    """Return the lines that changed with three lines around them, as `diff -u` shows them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="")
    return "\n".join(lines)


def _lines(before: str, after: str) -> Iterator[str]:
    """Yield the changed lines of texts of which one is not YAML."""
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line.startswith(("+ ", "- ")):
            yield f"{line[0]} line {line[2:].strip()}"


def _steps(old: Outline, new: Outline) -> Iterator[str]:
    pairs = _matched(old.steps, new.steps)
    kept = {id(other): one for one, other in pairs}
    stays = _in_order([old.steps.index(kept[id(each)]) for each in new.steps if id(each) in kept])
    gone = {id(one) for one, _ in pairs}
    yield from (f"- {each.id}" for each in old.steps if id(each) not in gone)
    for number, each in enumerate(new.steps):
        where = _where(new.steps, number)
        if id(each) not in kept:
            yield f"+ {each.id}{_brief(each)} {where}"
            continue
        one = kept[id(each)]
        if one.id != each.id:
            yield f"{one.id} is called {each.id}"
        if one.loop != each.loop or old.steps.index(one) not in stays:
            yield f"{each.id} moves {where}"
        if one.op != each.op:
            yield f"{each.id}.op: {one.op} → {each.op}"
        yield from _blocks(f"{each.id}.", one.keys, each.keys)


def _matched(old: Sequence[Entry], new: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Return the steps that are the same in both: by id and operator, by content, by id alone, by operator alone."""
    left, right = list(old), list(new)
    found = []
    ways: tuple[Callable[[Entry, Entry], bool], ...] = (
        lambda one, other: one.id == other.id and one.op == other.op and one.keys == other.keys,
        lambda one, other: one.op == other.op and one.keys == other.keys,
        lambda one, other: one.id == other.id and one.op == other.op,
        lambda one, other: one.op == other.op and _alike(one, other),
        lambda one, other: one.id == other.id or (bool(one.keys) and one.keys == other.keys),
    )
    for same in ways:
        for one in list(left):
            for other in right:
                if same(one, other):
                    left.remove(one)
                    right.remove(other)
                    found.append((one, other))
                    break
    return found


def _alike(one: Entry, other: Entry) -> bool:
    keys = {*one.keys, *other.keys}
    return not keys or sum(one.keys.get(key) == other.keys.get(key) for key in keys) * 2 >= len(keys)


def _in_order(places: Sequence[int]) -> set[int]:
    """Return the longest run of places that are in order already: the steps that did not move."""
    best: list[list[int]] = []
    for number, place in enumerate(places):
        before = [best[each] for each in range(number) if places[each] < place]
        best.append([*_longest(before), place])
    return set(_longest(best))


def _longest(runs: Sequence[list[int]]) -> list[int]:
    return max(runs, key=lambda run: len(run), default=[])


def _where(steps: Sequence[Entry], number: int) -> str:
    inside = [each for each in steps[:number] if each.loop == steps[number].loop]
    if inside:
        return f"after {inside[-1].id}"
    return f"first in {steps[number].loop}" if steps[number].loop else "as the first step"


def _brief(step: Entry) -> str:
    """Return the options of a new step for a line, and its operator where its id does not tell it."""
    op = "" if step.id.startswith(step.op) else f" ({step.op})"
    keys = {key: each for key, each in step.keys.items() if key != "repeat"}
    return op + (f" {_shown(keys)}" if keys else "")


def _blocks(lead: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield how two mappings differ, those inside them key by key."""
    for key in dict.fromkeys([*old, *new]):
        name = f"{lead}{key}"
        if key not in new:
            yield f"- {name}: {_shown(old[key])}"
        elif key not in old:
            yield f"+ {name}: {_shown(new[key])}"
        elif isinstance(old[key], Mapping) and isinstance(new[key], Mapping):
            yield from _blocks(f"{name}.", old[key], new[key])
        elif old[key] != new[key] or type(old[key]) is not type(new[key]):
            yield f"{name}: {_shown(old[key])} → {_shown(new[key])}"


def _shown(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else rendering.flow(value)).split())
    return text if len(text) <= _CUT else f"{text[: _CUT - 1]}…"
