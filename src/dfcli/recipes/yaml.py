"""A recipe's text → plain data and the line of each part, with the mistakes of strict YAML.

YAML 1.2 scalars; a date stays text. Duplicate keys, empty values, tags, anchors and merge keys are mistakes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from dfcli.ops.sentences import Place
from dfcli.recipes.mistakes import WRONG, Mistakes

_CORE = "tag:yaml.org,2002:"
_TEXT = {"str", "timestamp", "value"}
_NUMBERS = {"int": int, "float": float}

_SENTENCES = (
    (r"'\\t'", "a tab cannot indent; use spaces"),
    (
        r"mapping values are not allowed",
        "a ': ' where none can stand: a text that holds one needs quotes around it, or the line is indented too far",
    ),
    (r"but got '\['", 'a [ that nothing expects; inside { } a value with [ ] needs quotes: "list[str]"'),
    (r"expected <block end>", "the line is not indented as the others of its block are"),
    (r"but got '\{'", 'a { that nothing expects; inside { } a value with ${…} needs quotes: "${name}"'),
    (r"found character ('.') that cannot start", r"a text that starts with \1 needs quotes around it"),
    (r"undefined alias", "a text that starts with '*' needs quotes around it"),
    (r"another document", "a recipe is one YAML document, and here a second one starts"),
    (r"end of stream", "the quotes that open here are never closed"),
    (r"stream end", "the bracket that opens here is never closed"),
)


def read(text: str, file: str) -> tuple[Any, Mistakes]:
    """Return the data of a recipe's text, WRONG where it has none, and what was found wrong on the way."""
    mistakes = Mistakes(file, {(): 1})
    data = _read(text, mistakes)
    mistakes.found = [replace(each, code="yaml") for each in mistakes.found]
    return data, mistakes


def _read(text: str, mistakes: Mistakes) -> Any:
    if text.lstrip("\ufeff").startswith("%"):
        return mistakes.add((), "a line that starts with % is a YAML directive, and recipes have none")
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, RecursionError) as error:
        mistakes.add_at(*_mistake(error, text))
        return WRONG
    if node is None:
        return mistakes.add((), "the recipe is empty; it needs at least steps")
    return _Nodes(mistakes).value(node, ())


def _mistake(error: Exception, text: str) -> tuple[int, str]:
    """Return the line that is wrong, and what is wrong with it."""
    line = _line(error, text)
    above = text.splitlines()[line - 2 : line - 1]
    if "mapping values" in str(error) and above and (found := re.match(r"\s*(?:- )?(\w+):(?=[^\s/])", above[0])):
        return line - 1, f"not YAML: a colon needs a space after it: {found[1]}: …"
    return line, f"not YAML: {_sentence(error)}"


def _line(error: Exception, text: str) -> int:
    if isinstance(error, ReaderError):
        return text.count("\n", 0, error.position) + 1
    if not isinstance(error, MarkedYAMLError):
        return 1
    opened = error.context_mark if "stream" in (error.problem or "") else None
    mark = opened or error.problem_mark or error.context_mark
    return 1 if mark is None else mark.line + 1


def _sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, ReaderError):
        return f"the character U+{error.character:04X} cannot stand in it"
    problem = str(getattr(error, "problem", None) or error).partition("\n")[0]
    for pattern, sentence in _SENTENCES:
        if found := re.search(pattern, problem):
            return found.expand(sentence)
    return problem


class _Nodes:
    """Turns the nodes of one document into plain data."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.seen: set[int] = set()

    def value(self, node: Node, place: Place) -> Any:
        """Return a node's data."""
        if id(node) in self.seen:
            return WRONG  # an alias: reported at its anchor
        self.seen.add(id(node))
        if node.anchor is not None:
            line = node.start_mark.line + 1
            self.mistakes.add_at(line, f"anchors such as &{node.anchor} have no place in a recipe; use vars")
        kind = (node.tag or "").removeprefix(_CORE)
        if isinstance(node, MappingNode) and kind == "map":
            return self._mapping(node, place)
        if isinstance(node, SequenceNode) and kind == "seq":
            return self._sequence(node, place)
        if isinstance(node, ScalarNode):
            return self._scalar(node, kind, place)
        return self._foreign(node, place)

    def _mapping(self, node: MappingNode, place: Place) -> Any:
        if node.flow_style and any(isinstance(key, MappingNode) for key, _ in node.value):
            return self.mistakes.add(place, "a text that starts with {{ needs quotes around it")
        data: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node, line)
            here = (*place, key)
            if key in data:
                self.mistakes.add_at(line, f"{key} stands here twice, first on line {self.mistakes.lines[here]}")
            elif key is not WRONG:
                self.mistakes.lines[here] = line
                data[key] = self.value(value_node, here)
        return data

    def _key(self, node: Node, line: int) -> Any:
        if node.tag == f"{_CORE}merge":
            self.mistakes.add_at(line, "merge keys (<<) have no place in a recipe; use vars")
        elif not isinstance(node, ScalarNode) or node.tag == f"{_CORE}null":
            self.mistakes.add_at(line, "a key must be text")
        else:
            return self.value(node, ())
        return WRONG

    def _sequence(self, node: SequenceNode, place: Place) -> list[Any]:
        data = []
        for number, each in enumerate(node.value):
            self.mistakes.lines[here := (*place, number)] = each.start_mark.line + 1
            data.append(self.value(each, here))
        return data

    def _scalar(self, node: ScalarNode, kind: str, place: Place) -> Any:
        if kind == "null":
            return None if node.value else self.mistakes.add(place, f"{_what(place)} has no value")
        if kind == "bool":
            return node.value.lower() == "true"
        if kind in _NUMBERS:
            return self._number(node.value, kind, place)
        if kind not in _TEXT:
            return self._foreign(node, place)
        if any("\ud800" <= each <= "\udfff" for each in node.value):
            return self.mistakes.add(place, f"{_what(place)} holds half of a surrogate pair, which is no character")
        return node.value

    def _number(self, text: str, kind: str, place: Place) -> Any:
        plain = text.replace("_", "")
        try:
            if kind == "float":
                return float(plain.lower().replace(".inf", "inf").replace(".nan", "nan"))
            based = plain.lstrip("+-")[:2].lower() in {"0o", "0x", "0b"}
            return int(plain, 0 if based else 10)
        except ValueError:
            return self.mistakes.add(place, f"{_what(place)} is no number, or too long a one")

    def _foreign(self, node: Node, place: Place) -> Any:
        return self.mistakes.add(
            place, f"tags such as {(node.tag or '').replace(_CORE, '!!')} have no place in a recipe"
        )


def _what(place: Place) -> str:
    return str(place[-1]) if place and isinstance(place[-1], str) else "this entry"
