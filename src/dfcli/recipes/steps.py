"""The steps of a recipe: each entry of the list becomes a step, a loop, or the steps of another recipe."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from dfcli.ops.base import Operator
from dfcli.ops.sentences import Place, describe
from dfcli.recipes.include import opened
from dfcli.recipes.keys import RepeatKeys, StepKeys
from dfcli.recipes.mistakes import WRONG
from dfcli.recipes.model import Loop, Repeat, Step
from dfcli.recipes.operators import operator_class, operator_of
from dfcli.recipes.options import build
from dfcli.recipes.page import Page
from dfcli.recipes.structure import problem
from dfcli.recipes.unbuilt import Unbuilt, instead_of

Entry = Step | Repeat
_KINDS = ("op", "repeat", "recipe")


def numbered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries with their numbers, from 1; the steps of a loop share its number."""
    return tuple(_with_number(each, number) for number, each in enumerate(entries, start=1))


def read_steps(page: Page, items: Iterable[Any], place: Place) -> list[Entry]:
    """Return what a list of steps says, an `Unbuilt` step in place of each that is wrong."""
    return [entry for number, item in enumerate(items) for entry in _entries(page, item, (*place, number))]


def _entries(page: Page, item: Any, place: Place) -> list[Entry]:
    if isinstance(item, str | Operator):
        item = {"op": item}
    if not isinstance(item, Mapping):
        if item is not WRONG:
            page.mistakes.add(place, f"a step is an operator's name or a mapping, not {describe(item)}", "wrong_type")
        return [_stand_in(page, place)]
    kinds = [each for each in _KINDS if each in item]
    if len(kinds) != 1:
        sentence = _no_kind(page, item) if not kinds else f"a step has {' or '.join(kinds)}, not both"
        page.mistakes.add(place, sentence, "no_operator")
        return [_stand_in(page, place)]
    if kinds == ["op"]:
        return [_step(page, item, place)]
    if kinds == ["repeat"]:
        return [_repeat(page, item, place)]
    other = opened(page, item, place)
    return read_steps(other.page, other.steps, ("steps",)) if other else [_stand_in(page, place)]


def _no_kind(page: Page, item: Mapping[Any, Any]) -> str:
    names = page.registry.names()
    nested = [str(key) for key, value in item.items() if isinstance(value, Mapping)]
    near = [found for each in nested for found in difflib.get_close_matches(each, names, n=1)]
    return f"a step needs op, repeat or recipe{f'; did you mean op: {near[0]}?' if near else ''}"


def _step(page: Page, item: Mapping[Any, Any], place: Place) -> Step:
    given = item["op"]
    name = given.op() if isinstance(given, Operator) else given if isinstance(given, str) else "step"
    cls, rest = operator_class(page, item, place)
    options = {key: value for key, value in rest.items() if key not in StepKeys.model_fields}
    operator = operator_of(page, given, cls, options, place)
    keys = _keys(page, item, place, name)
    file, line = page.mistakes.at(place)
    return Step(
        number=0,
        id=page.named(keys.id) if keys.id else page.free(name),
        operator=operator or instead_of(cls, options),
        file=file,
        line=line,
        lines=page.mistakes.lines_under(place),
        **keys.model_dump(exclude={"id"}),
    )


def _keys(page: Page, item: Mapping[Any, Any], place: Place, subject: str) -> StepKeys:
    """Return a step's own keys; each is read by itself, so that one mistake does not hide another."""
    good = {}
    for key in StepKeys.model_fields:
        if key in item:
            value = item[key]
            if key in {"when", "keep"} and isinstance(value, bool):
                value = str(value).lower()
            if built := build(StepKeys, {key: value}, place, page.mistakes, subject):
                good[key] = getattr(built, key)
    return StepKeys(**good)


def _repeat(page: Page, item: Mapping[Any, Any], place: Place) -> Repeat:
    inner = item.get("steps")
    outline = {**item, "steps": ["…"] * len(inner)} if isinstance(inner, list) else item
    keys = build(RepeatKeys, outline, place, page.mistakes, "repeat", _KINDS)
    file, line = page.mistakes.at(place)
    given = keys.id if keys else item.get("id")
    id = page.named(given) if given and isinstance(given, str) else page.free("repeat")
    steps: list[Step] = []
    for each in read_steps(page, inner if isinstance(inner, list) else [], (*place, "steps")):
        if isinstance(each, Repeat):
            page.mistakes.found.append(problem(each, "repeat", "a repeat cannot stand inside another", "misplaced"))
        else:
            steps.append(each)
    loop = Loop(id, keys.repeat if keys else 1, keys.until if keys else None)
    return Repeat(0, loop, tuple(steps), file, line, page.mistakes.lines_under(place))


def _stand_in(page: Page, place: Place) -> Step:
    file, line = page.mistakes.at(place)
    return Step(number=0, id=page.free("step"), operator=Unbuilt(), file=file, line=line)


def _with_number(entry: Entry, number: int) -> Entry:
    if isinstance(entry, Step):
        return replace(entry, number=number)
    return replace(entry, number=number, steps=tuple(replace(each, number=number) for each in entry.steps))
