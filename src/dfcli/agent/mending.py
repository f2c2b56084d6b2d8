"""Lines of a text that is not YAML, or says the same key twice, put right without a word lost."""

from __future__ import annotations

import re
from typing import Literal

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dfcli.agent.spans import EditError, compose
from dfcli.agent.splices import set_key, unset_key

_CONDITIONS = ("keep", "when", "until")


def mended(text: str, line: int, instead: str) -> str:
    """Return a text with another line; EditError unless only marks and spaces between its words differ."""
    lines = text.splitlines(keepends=True)
    if line > len(lines):
        raise EditError(f"there is no line {line}; the text has {len(lines)}")
    before = lines[line - 1]
    if _words(before) != _words(instead) or "\n" in instead:
        raise EditError(f"line {line} may differ in marks and spaces only, and its words stay: {before.strip()}")
    lines[line - 1] = instead + before[len(before.rstrip("\r\n")) :]
    return "".join(lines)


def _words(line: str) -> list[str]:
    """Return what a line says: its words and numbers, and the marks with which they are compared or computed."""
    return re.findall(r"(?<=\s)-\d+|\w+|[<>=!%*.]", line)


def merged(text: str, line: int, stays: Literal["first", "last"]) -> str:
    """Return a text in which the key on a line, which stands there twice, stands once; EditError where it does not."""
    for node, checks in _mappings(compose(text), inside_checks=False):
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if key.value in seen and key.start_mark.line + 1 == line:
                return _one(text, node, (key.value, seen[key.value], value), "all" if checks else stays)
            seen.setdefault(key.value, value)
    raise EditError(f"no key stands on line {line} for the second time")


def _one(text: str, node: MappingNode, twice: tuple[str, Node, Node], stays: str) -> str:
    key, first, second = twice
    both = [*_phrases(first), *_phrases(second)]
    if key in _CONDITIONS and len(both) == 2 and both[0] != both[1]:
        changed = set_key(text, node, key, " and ".join(f"({each})" if " or " in each else each for each in both))
    elif stays == "all":
        changed = set_key(text, node, key, list(dict.fromkeys(both)))
    elif stays == "last":
        return unset_key(text, node, key, 0)
    else:
        return unset_key(text, node, key, 1)
    again = next(
        each
        for each, _ in _mappings(compose(changed), inside_checks=False)
        if each.start_mark.index == node.start_mark.index and len(each.value) == len(node.value)
    )
    return unset_key(changed, again, key, 1)


def _phrases(node: Node) -> list[str]:
    if isinstance(node, ScalarNode):
        return [node.value]
    return [each.value for each in node.value if isinstance(each, ScalarNode)] if isinstance(node, SequenceNode) else []


def _mappings(node: Node, *, inside_checks: bool) -> list[tuple[MappingNode, bool]]:
    """Return all mappings of a text, and whether each is in its checks."""
    if isinstance(node, SequenceNode):
        return [found for each in node.value for found in _mappings(each, inside_checks=inside_checks)]
    if not isinstance(node, MappingNode):
        return []
    inner = [
        found
        for key, value in node.value
        for found in _mappings(value, inside_checks=inside_checks or key.value == "checks")
    ]
    return [(node, inside_checks), *inner]
