"""Where the parts of a recipe stand in its text, and which of its lines an edit left as they were."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StepLines:
    """A step: its id, operator and options, its first line and the one after its last; comments before it left out."""

    id: str
    op: str
    options: Mapping[str, Any]
    start: int
    end: int


@dataclass(frozen=True)
class Layout:
    """A recipe's lines, its steps, and for each top-level block its first line and the one after its last."""

    lines: Sequence[str]
    steps: Sequence[StepLines]
    blocks: Mapping[str, tuple[int, int]]


def layout(text: str) -> Layout:
    """Return where the steps and blocks of a recipe stand; it must be valid YAML."""
    from ruamel.yaml import YAML

    data = YAML().load(text)
    lines = text.splitlines()
    starts = sorted((data.lc.key(name)[0], name) for name in data)
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    blocks = {name: (start, _last(lines, start, end)) for (start, name), end in zip(starts, ends, strict=True)}
    steps = data["steps"]
    first = [steps.lc.item(place)[0] for place in range(len(steps))]
    bounds = zip(first, [*first[1:], blocks["steps"][1]], strict=True)
    return Layout(lines, [_step(each, lines, *bound) for each, bound in zip(steps, bounds, strict=True)], blocks)


def untouched(
    old: Layout,
    new: Layout,
    *,
    removed: Collection[str],
    changed: Collection[str],
    added: Collection[int],
    blocks: Collection[str],
) -> list[str]:
    """Return a sentence for the first line that differs outside the parts that an edit was about, if one does."""
    ours = [each for each in old.steps if {each.id, each.op} & {*removed, *changed}]
    theirs = [each for place, each in enumerate(new.steps) if place in added or {each.id, each.op} & {*changed}]
    leaving = [each for each in old.steps if {each.id, each.op} & {*removed}]
    comments = {old.lines[at] for each in leaving for at in _comments(old.lines, each.start)}
    fresh = {
        at for place in added for at in _comments(new.lines, new.steps[place].start) if new.lines[at] not in old.lines
    }
    before = _rest(old, ours, blocks)
    after = [line for at, line in _rest(new, theirs, blocks) if at not in fresh and line not in comments]
    kept = [line for _, line in before if line not in comments]
    if kept == after:
        return []
    pairs = zip([*kept, "(the end)"], [*after, "(the end)"], strict=False)
    one, other = next((a, b) for a, b in pairs if a != b)
    return [f"lines that the wish is not about were changed, the first of them: {one.strip()!r} → {other.strip()!r}"]


def _rest(given: Layout, steps: Sequence[StepLines], blocks: Collection[str]) -> list[tuple[int, str]]:
    """Return the numbered lines outside some steps and blocks; empty lines at the ends of blocks do not count."""
    spans = [(each.start, each.end) for each in steps] + [given.blocks[name] for name in blocks if name in given.blocks]
    inside = {at for start, end in spans for at in range(start, end)}
    return [(at, line) for at, line in enumerate(given.lines) if at not in inside and line.strip()]


def _step(data: Any, lines: Sequence[str], start: int, end: int) -> StepLines:
    options = data if isinstance(data, dict) else {"op": data}
    op = str(options.get("op") or next(iter(options)))
    return StepLines(str(options.get("id", op)), op, options, start, _last(lines, start, end))


def _last(lines: Sequence[str], start: int, end: int) -> int:
    """Return the line after the last that says something: what follows belongs to the next part."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _comments(lines: Sequence[str], start: int) -> range:
    """Return the places of the comments right before a line."""
    first = start
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return range(first, start)
