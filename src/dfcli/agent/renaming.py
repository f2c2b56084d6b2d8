"""One column instead of another, wherever a recipe names it: options, conditions, prompts, checks, output.

A step that reads or writes the column by default names it nowhere; it gets the option.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pydantic.fields import FieldInfo
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dfcli.agent import rendering
from dfcli.agent.spans import EditError, Spot, compose, end, pairs, spots, start, value_of
from dfcli.agent.splices import Splice, spliced
from dfcli.errors import DfcliError
from dfcli.ops.base import Column
from dfcli.ops.expressions import Sql
from dfcli.ops.registry import installed

_CONDITIONS = ("keep", "when", "until")
_PROMPTS = ("prompt", "system", "rubric")
_NAME = re.compile(r"[A-Za-z_]\w*")


def renamed(text: str, old: str, new: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a text with a column renamed where it is named, and the steps with the options that name it by default.

    EditError where a pinned step names it, or nothing does.
    """
    root = compose(text)
    found = list(_parts(root, text, old, new))
    defaults = [(spot, name) for spot in spots(root, text) for name in _by_default(spot, old)]
    pinned = [spot for spot, _ in found if spot and spot.pinned] + [spot for spot, _ in defaults if spot.pinned]
    if pinned:
        raise EditError(f"step {pinned[0].id!r} is pinned, and it names the column {old!r}")
    if not found and not defaults:
        raise EditError(f"nothing in the recipe names the column {old!r}")
    return spliced(text, [each for _, each in found]), [(spot.id, name) for spot, name in defaults]


def in_sql(condition: str, old: str, new: str) -> str:
    """Return an SQL expression with a column renamed; texts in quotes and functions stay."""
    name = new if _NAME.fullmatch(new) else f'"{new}"'
    pattern = rf"""'(?:[^']|'')*'|(?P<name>"{re.escape(old)}"|(?<![\w."]){re.escape(old)}(?![\w"]|\s*\())"""
    return re.sub(pattern, lambda found: name if found["name"] else found[0], condition)


def in_prompt(prompt: str, old: str, new: str) -> str:
    """Return a prompt with a column renamed where it is a simple variable: `{{ x }}`, `{% if x %}`."""
    lead = r"\{\{-?\s*|\{%-?\s*(?:(?:el)?if(?:\s+not)?|for\s+\w+\s+in)\s+"
    return re.sub(rf"({lead})\b{re.escape(old)}\b", lambda found: found[1] + new, prompt)


@lru_cache
def options_of(op: str) -> dict[str, FieldInfo]:
    """Return the options of an operator by name, none where it is not known."""
    try:
        return dict(installed().get(op).model_fields)
    except DfcliError:
        return {}


def names_columns(info: FieldInfo, role: str = "") -> bool:
    """Tell whether an option names columns: that the operator reads or writes, where a role is given."""
    inner = [mark for each in _inside(info.annotation) for mark in getattr(each, "__metadata__", ())]
    return any(isinstance(each, Column) and each.role == (role or each.role) for each in [*info.metadata, *inner])


def _inside(annotation: object) -> Iterator[object]:
    for each in getattr(annotation, "__args__", ()):
        yield each
        yield from _inside(each)


def _by_default(spot: Spot, old: str) -> Iterator[str]:
    given = pairs(spot.node)
    for name, info in options_of(spot.op).items():
        if name not in given and info.default == old and names_columns(info):
            yield name


def _parts(root: MappingNode, text: str, old: str, new: str) -> Iterator[tuple[Spot | None, Splice]]:
    """Yield what is to be replaced, with the step it is in."""
    for spot in spots(root, text):
        for key, (_, node) in pairs(spot.node).items():
            yield from ((spot, each) for each in _option(text, spot.op, key, node, (old, new)))
    for key in ("columns", "without", "fields"):
        if (names := value_of(root, "output", key)) is not None:
            yield from ((None, each) for each in _names(text, names, old, new))
    checks = value_of(root, "checks")
    for key, (key_node, node) in (pairs(checks) if checks else {}).items():
        if key == old:
            yield None, _written(text, key_node, new)
        if key == "each":
            yield from ((None, each) for each in _texts(text, node, lambda sql: in_sql(sql, old, new)))


def _option(text: str, op: str, key: str, node: Node, names: tuple[str, str]) -> Iterator[Splice]:
    if key in ("op", "id", "model", "repeat", "recipe", "steps"):
        return
    info = options_of(op).get(key)
    if key in _CONDITIONS or (info is not None and any(isinstance(each, Sql) for each in info.metadata)):
        yield from _texts(text, node, lambda sql: in_sql(sql, *names))
    elif key in _PROMPTS:
        yield from _texts(text, node, lambda prompt: in_prompt(prompt, *names))
    elif info is None or names_columns(info) or key == "outputs":
        yield from _names(text, node, *names)


def _names(text: str, node: Node, old: str, new: str) -> Iterator[Splice]:
    """Yield the column's name where it is a value, an entry of a list, or a key or value of a mapping."""
    if isinstance(node, ScalarNode):
        if node.value == old:
            yield _written(text, node, new)
    elif isinstance(node, SequenceNode):
        for each in node.value:
            yield from _names(text, each, old, new)
    else:
        for pair in node.value:
            for each in pair:
                if isinstance(each, ScalarNode):
                    yield from _names(text, each, old, new)


def _texts(text: str, node: Node, change: object) -> Iterator[Splice]:
    for each in node.value if isinstance(node, SequenceNode) else [node]:
        if isinstance(each, ScalarNode) and callable(change) and (after := change(each.value)) != each.value:
            if each.style in ("|", ">"):
                raw = text[start(each) : end(each, text)]
                yield Splice(start(each), end(each, text), change(raw))
            else:
                yield _written(text, each, after)


def _written(text: str, node: ScalarNode, value: str) -> Splice:
    in_brackets = text[: start(node)].count("{") + text[: start(node)].count("[") > 0
    style = node.style if node.style in ("'", '"') else None
    return Splice(start(node), end(node, text), rendering.scalar(value, style, flow=in_brackets and style is None))
