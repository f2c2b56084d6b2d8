"""Changes to the text of a recipe: a key set or taken away, an entry of a list put in, moved or taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dfcli.agent import rendering
from dfcli.agent.spans import EditError, Spot, end, is_flow, lead, line_end, line_start, pairs, start


class Splice(NamedTuple):
    """Characters `begin` to `stop` of a text, and what stands there instead."""

    begin: int
    stop: int
    instead: str


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """Return a text with parts replaced, none of which overlap."""
    for each in sorted(splices, reverse=True):
        text = text[: each.begin] + each.instead + text[each.stop :]
    return text


def set_key(text: str, node: Node, key: str, value: Any) -> str:
    """Return a text with a key of a mapping set: its value replaced, or the key added as the last one."""
    known = pairs(node)
    if key in known:
        return spliced(text, [_replaced(text, node, *known[key], value)])
    last = node.value[-1][1] if node.value else None
    if is_flow(node) or last is None:
        at = end(last, text) if last is not None else int(node.end_mark.index) - 1
        written = f"{rendering.scalar(key, flow=True)}: {rendering.flow(value)}"
        return spliced(text, [Splice(at, at, f", {written}" if last is not None else written)])
    indent = int(node.start_mark.column)
    return after_line(text, end(last, text), rendering.mapping({key: value}, indent))


def _replaced(text: str, node: Node, key: ScalarNode, old: Node, value: Any) -> Splice:
    colon = text.index(":", int(key.end_mark.index)) + 1
    stop = max(end(old, text), colon)
    if is_flow(node):
        return Splice(start(old), stop, rendering.flow(value))
    style = old.style if isinstance(old, ScalarNode) and old.style in ("'", '"') else None
    if isinstance(value, str) and "\n" not in value and isinstance(old, ScalarNode) and old.style not in ("|", ">"):
        return Splice(start(old), stop, rendering.scalar(value, style))
    return Splice(colon, stop, rendering.after_key(value, int(key.start_mark.column)))


def unset_key(text: str, node: Node, key: str, nth: int = 0) -> str:
    """Return a text without a key of a mapping and its value; `nth` tells those apart that stand there twice."""
    places = [number for number, (each, _) in enumerate(node.value) if getattr(each, "value", None) == key]
    number = places[nth]
    if len(node.value) == 1:
        raise EditError(f"{key} is all there is here, and cannot be taken away")
    begin, stop = start(node.value[number][0]), end(node.value[number][1], text)
    if is_flow(node):
        if number + 1 < len(node.value):
            return spliced(text, [Splice(begin, start(node.value[number + 1][0]), "")])
        return spliced(text, [Splice(end(node.value[number - 1][1], text), stop, "")])
    first = line_start(text, begin)
    if text[first:begin].strip():  # the first key, after the dash of its step
        return spliced(text, [Splice(begin, start(node.value[1][0]), "")])
    return spliced(text, [Splice(first, line_end(text, stop), "")])


def after_line(text: str, at: int, lines: str) -> str:
    """Return a text with lines put in after the line that a character is on."""
    stop = line_end(text, at)
    broken = "" if text[:stop].endswith("\n") else "\n"
    return text[:stop] + f"{broken}{lines}" + ("\n" if not broken else "") + text[stop:]


def insert_entry(text: str, siblings: SequenceNode, index: int, value: Any) -> str:
    """Return a text with an entry put into a list, so that it stands at an index."""
    entries = siblings.value
    if is_flow(siblings):
        if index < len(entries):
            return spliced(text, [Splice(start(entries[index]), start(entries[index]), f"{rendering.flow(value)}, ")])
        at = end(entries[-1], text) if entries else int(siblings.end_mark.index) - 1
        return spliced(text, [Splice(at, at, f"{', ' if entries else ''}{rendering.flow(value)}")])
    return _insert_lines(text, siblings, index, rendering.item(value, int(siblings.start_mark.column)))


def _insert_lines(text: str, siblings: SequenceNode, index: int, lines: str) -> str:
    blank = "\n" if _is_airy(text, siblings) else ""
    if index == 0:
        at = lead(text, start(siblings.value[0]))
        return f"{text[:at]}{lines}\n{blank}{text[at:]}"
    return after_line(text, end(siblings.value[index - 1], text), blank + lines)


def _is_airy(text: str, siblings: SequenceNode) -> bool:
    """Tell whether there are blank lines between the entries of a list: between most of them."""
    gaps = [
        text[line_end(text, end(one, text)) : line_start(text, start(other))]
        for one, other in zip(siblings.value, siblings.value[1:], strict=False)
    ]
    return sum(any(not line.strip() for line in each.splitlines()) for each in gaps) * 2 > len(gaps)


def chunk(text: str, node: Node) -> tuple[int, int]:
    """Return the lines of an entry of a block list, with the comment right above it."""
    return lead(text, start(node)), line_end(text, end(node, text))


def remove_entry(text: str, spot: Spot) -> str:
    """Return a text without a step, the comment right above it, and the blank lines that held it apart."""
    entries = spot.siblings.value
    if len(entries) == 1:
        raise EditError(f"step {spot.id!r} is the only one here; a list of steps cannot be empty")
    if is_flow(spot.siblings):
        last = spot.index + 1 == len(entries)
        begin = end(entries[spot.index - 1], text) if last else start(spot.node)
        stop = end(spot.node, text) if last else start(entries[spot.index + 1])
        return spliced(text, [Splice(begin, stop, "")])
    begin, stop = chunk(text, spot.node)
    if spot.index + 1 < len(entries):
        apart = not spot.index or not text[line_start(text, begin - 1) : begin].strip()
        while apart and stop < len(text) and not text[stop : line_end(text, stop)].strip():
            stop = line_end(text, stop)
    else:
        begin = max(line_end(text, end(entries[spot.index - 1], text)), len(text[:begin].rstrip()) + 1)
    return spliced(text, [Splice(begin, stop, "")])


def replace_entry(text: str, spot: Spot, value: Any) -> str:
    """Return a text with another step in the place of one; the comment above stays."""
    stop = end(spot.node, text)
    if is_flow(spot.siblings):
        return spliced(text, [Splice(start(spot.node), stop, rendering.flow(value))])
    indent = int(spot.siblings.start_mark.column)
    dash = line_start(text, start(spot.node)) + indent
    return spliced(text, [Splice(dash, stop, rendering.item(value, indent)[indent:])])


def move_entry(text: str, spot: Spot, index: int) -> str:
    """Return a text with a step at another index of the same list, counted without it, its comments with it."""
    if is_flow(spot.siblings):
        words = [text[start(each) : end(each, text)] for each in spot.siblings.value]
        words.insert(index, words.pop(spot.index))
        return spliced(
            text,
            [Splice(start(each), end(each, text), word) for each, word in zip(spot.siblings.value, words, strict=True)],
        )
    chunks = [chunk(text, each) for each in spot.siblings.value]
    lines = [text[begin:stop] for begin, stop in chunks]
    lines = [each if each.endswith("\n") else f"{each}\n" for each in lines]
    lines.insert(index, lines.pop(spot.index))
    return spliced(text, [Splice(*span, line) for span, line in zip(chunks, lines, strict=True)])


def as_mapping(text: str, spot: Spot) -> str:
    """Return a text in which a step that is a bare name is a mapping with `op`."""
    if not isinstance(spot.node, ScalarNode):
        return text
    name = rendering.scalar(spot.node.value, flow=is_flow(spot.siblings))
    written = f"{{op: {name}}}" if is_flow(spot.siblings) else f"op: {name}"
    return spliced(text, [Splice(start(spot.node), end(spot.node, text), written)])


def insert_block(text: str, root: MappingNode, key: str, value: Any, order: Sequence[str]) -> str:
    """Return a text with a block of the recipe that was not there, before the first one that comes later in `order`."""
    later = order[order.index(key) + 1 :]
    after = [number for number, (each, _) in enumerate(root.value) if each.value in later]
    lines = rendering.mapping({key: value}, 0)
    if not after or (after[0] == 0 and is_flow(root)):
        return after_line(text, end(root.value[-1][1], text), lines)
    at = lead(text, start(root.value[after[0]][0]))
    if after[0] == 0:  # what stands at the head of the file is about the file
        at = line_start(text, start(root.value[0][0]))
    blank = "\n" if text[:at].endswith("\n\n") else ""
    return f"{text[:at]}{lines}\n{blank}{text[at:]}"
