"""Where the parts of a recipe stand in its text: each step with its id, its lines, and the comment above it.

Whoever changes a recipe replaces exactly these characters, so that everything else stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dfcli.errors import DfcliError, did_you_mean

KINDS = ("op", "repeat", "recipe")
_PINNED = re.compile(r"(^|\s)#\s*pinned\b")


class EditError(DfcliError):
    """A recipe cannot be edited so: the step or option is not there, or may not be touched."""


@dataclass(frozen=True)
class Spot:
    """A step as it stands in a text: `index` is its place in the list it is an entry of, from 0.

    `number` counts the entries of the recipe's own list, from 1; the steps of a loop share its number. `op` is the
    operator's name, empty where there is none, as in a loop.
    """

    id: str
    number: int
    node: Node
    siblings: SequenceNode
    index: int
    op: str = ""
    loop: str = ""
    pinned: bool = False


def compose(text: str) -> MappingNode:
    """Return a recipe's text as nodes that know their characters; EditError where it is no YAML mapping."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise EditError(
            f"the recipe is not YAML{where}: its lines must be mended before its steps can change"
        ) from error
    if not isinstance(root, MappingNode):
        raise EditError("a recipe is a mapping with steps; this text is none")
    return root


def pairs(node: Node) -> dict[str, tuple[ScalarNode, Node]]:
    """Return the keys of a mapping, each with its own node and its value's; the first where a key stands twice."""
    found: dict[str, tuple[ScalarNode, Node]] = {}
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode):
            found.setdefault(key.value, (key, value))
    return found


def value_of(node: Node, *keys: str) -> Node | None:
    """Return the node of a value inside mappings, None where there is none."""
    for key in keys:
        found = pairs(node).get(key)
        if found is None:
            return None
        node = found[1]
    return node


def text_at(node: Node, *keys: str) -> str:
    """Return the text of a scalar inside mappings, empty where there is none."""
    found = value_of(node, *keys)
    return found.value if isinstance(found, ScalarNode) else ""


def is_flow(node: Node) -> bool:
    """Tell whether a mapping or list is written in brackets."""
    return bool(getattr(node, "flow_style", False))


def start(node: Node) -> int:
    """Return the first character of a node."""
    return int(node.start_mark.index)


def end(node: Node, text: str) -> int:
    """Return the character after a node's last one: not after the comments and blank lines that follow a block."""
    if isinstance(node, ScalarNode):
        stop = int(node.end_mark.index)
        return len(text[:stop].rstrip()) if node.style in ("|", ">") else stop
    if is_flow(node) or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return end(last[1] if isinstance(last, tuple) else last, text)


def line_start(text: str, at: int) -> int:
    """Return the first character of the line that a character is on."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Return the character after the line that a character is on, its line break included."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def lead(text: str, at: int) -> int:
    """Return where the comment lines that stand right above a line begin; the line itself where there are none."""
    begin = line_start(text, at)
    while begin and text[line_start(text, begin - 1) : begin].lstrip(" ").startswith("#"):
        begin = line_start(text, begin - 1)
    return begin


def spots(root: MappingNode, text: str) -> Iterator[Spot]:
    """Yield the steps of a recipe, the loops and the steps inside them, with the ids that dfcli gives them."""
    listed = value_of(root, "steps")
    if isinstance(listed, SequenceNode):
        yield from _of_list(listed, text, {}, None)


def _of_list(listed: SequenceNode, text: str, ids: dict[str, bool], loop: Spot | None) -> Iterator[Spot]:
    for index, node in enumerate(listed.value):
        kind, op, named = _kind(node)
        id = _free(named, ids) if kind in ("", "recipe") else text_at(node, "id") or _free(named, ids)
        ids[id] = True
        pinned = _is_pinned(node, text) or (loop is not None and loop.pinned)
        number = loop.number if loop else index + 1
        spot = Spot(id, number, node, listed, index, op, loop.id if loop else "", pinned)
        yield spot
        inner = value_of(node, "steps") if kind == "repeat" else None
        if isinstance(inner, SequenceNode):
            yield from _of_list(inner, text, ids, spot)


def _kind(node: Node) -> tuple[str, str, str]:
    """Return which kind of step a node is, its operator, and what its id is made of."""
    if isinstance(node, ScalarNode):
        return "op", node.value, node.value
    kinds = [each for each in KINDS if each in pairs(node)]
    if len(kinds) != 1:
        return "", text_at(node, "op"), "step"
    if kinds == ["op"]:
        op = text_at(node, "op")
        return "op", op, op or "step"
    if kinds == ["repeat"]:
        return "repeat", "", "repeat"
    return "recipe", "", text_at(node, "id") or PurePosixPath(text_at(node, "recipe")).stem


def _free(wanted: str, ids: dict[str, bool]) -> str:
    number, id = 1, wanted
    while id in ids:
        number += 1
        id = f"{wanted}-{number}"
    return id


def _is_pinned(node: Node, text: str) -> bool:
    first = text[line_start(text, start(node)) : line_end(text, start(node))]
    return _PINNED.search(first) is not None


def find(root: MappingNode, text: str, step: str | int) -> Spot:
    """Return the step of an id or number; EditError names the nearest where there is none, or when it is pinned."""
    spot = seek(root, text, step)
    if spot.pinned:
        raise EditError(f"step {spot.id!r} is pinned: take away its comment '# pinned' before it is changed")
    return spot


def seek(root: MappingNode, text: str, step: str | int) -> Spot:
    """Return the step of an id or number, pinned or not; EditError names the nearest where there is none."""
    known = list(spots(root, text))
    for each in known:
        if each.id == step:
            return each
    number = int(step) if isinstance(step, int) or step.isdecimal() else 0
    for each in known:
        if each.number == number and not each.loop:
            return each
    ids = [each.id for each in known]
    near = did_you_mean(str(step), ids)
    raise EditError(f"there is no step {step!r}{near}; steps: {', '.join(ids) or 'none'}")
