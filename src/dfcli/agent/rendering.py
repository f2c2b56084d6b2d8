"""Values as YAML text that reads back as the same values, in the plainest writing there is for each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode

_WIDE = 100
_STR = "tag:yaml.org,2002:str"
_OPENING = tuple("-?:,[]{}#&*!|>'\"%@` ")


def scalar(value: Any, style: str | None = None, *, flow: bool = False) -> str:
    """Return a scalar on one line; `style` are the quotes that it had before, which it keeps."""
    if not isinstance(value, str):
        return "null" if value is None else json.dumps(value)
    if style == "'" and "\n" not in value:
        return "'" + value.replace("'", "''") + "'"
    if style == '"' or not _is_plain(value, flow):
        return "".join(map(_escaped, json.dumps(value, ensure_ascii=False)))
    return value


def _escaped(character: str) -> str:
    """Return a character as it can stand between double quotes in YAML."""
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def flow(value: Any) -> str:
    """Return any value on one line: `[a, b]`, `{on: text}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key), flow=True)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value, flow=True)


def after_key(value: Any, indent: int) -> str:
    """Return what follows `key:` in a block mapping whose keys stand at `indent`, the space or line break included."""
    if isinstance(value, str) and "\n" in value and _is_block(value):
        return " " + _literal(value, indent + 2)
    if not isinstance(value, str | Mapping | Sequence) or not value or isinstance(value, str):
        return f" {scalar(value) if not isinstance(value, Mapping | list | tuple) else flow(value)}"
    if not _is_deep(value) and len(line := flow(value)) <= _WIDE:
        return f" {line}"
    body = mapping(value, indent + 2) if isinstance(value, Mapping) else listing(value, indent + 2)
    return "\n" + body


def mapping(value: Mapping[str, Any], indent: int) -> str:
    """Return a mapping as lines of a block, the last without its line break."""
    pad = " " * indent
    return "\n".join(f"{pad}{scalar(str(key))}:{after_key(each, indent)}" for key, each in value.items())


def listing(value: Sequence[Any], indent: int) -> str:
    """Return a list as lines of a block, a dash before each entry, the last without its line break."""
    return "\n".join(item(each, indent) for each in value)


def item(value: Any, indent: int) -> str:
    """Return one entry of a block list whose dashes stand at `indent`."""
    pad = " " * indent
    if isinstance(value, Mapping) and value:
        return f"{pad}- {mapping(value, indent + 2)[indent + 2 :]}"
    return f"{pad}- {flow(value)}"


def _is_deep(value: Any) -> bool:
    """Tell whether a value does not read well on one line: steps, or a text of several lines."""
    if isinstance(value, Mapping):
        return "steps" in value or any(map(_is_deep, value.values()))
    if isinstance(value, list | tuple):
        return any(_is_deep(each) or (isinstance(each, Mapping) and "op" in each) for each in value)
    return isinstance(value, str) and "\n" in value


def _is_block(text: str) -> bool:
    """Tell whether a text of several lines can stand as it is below `|`."""
    lines = text.splitlines()
    return text.isprintable() or (
        bool(lines[0].strip())
        and not lines[0].startswith((" ", "\t"))
        and all(each.isprintable() and each == each.rstrip() for each in lines)
        and text.split("\n") == [*lines, ""][: len(text.split("\n"))]
    )


def _literal(text: str, indent: int) -> str:
    mark = "|" if text.endswith("\n") else "|-"
    lines = text.removesuffix("\n").split("\n")
    if lines and not lines[-1]:
        mark = "|+" if text.endswith("\n") else "|-"
    pad = " " * indent
    return f"{mark}\n" + "\n".join(f"{pad}{each}" if each else "" for each in lines)


def _is_plain(text: str, flow: bool) -> bool:
    """Tell whether a text needs no quotes: YAML itself says so."""
    if not text or text != text.strip() or not text.isprintable() or text.startswith(_OPENING):
        return False
    if re.search(r": |:$| #", text) or (flow and re.search(r"[\[\]{},:]", text)):
        return False
    try:
        root = YAML(typ="safe", pure=True).compose(f"k: {text}\n")
    except YAMLError:
        return False
    value = root.value[0][1] if isinstance(root, MappingNode) else None
    return isinstance(value, ScalarNode) and value.tag == _STR and value.value == text
