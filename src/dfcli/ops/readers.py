"""The readers of replies: how an answer is found in what a model wrote. A template names one as `reply: code(sql)`.

Reasoning before the answer is left away first. A reader takes what its docstring says and nothing else; what a person
could not read without a doubt is a BadReply, with a sentence that the model is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dfcli.errors import BadReply, did_you_mean
from dfcli.ops._code import is_code, is_language
from dfcli.ops._items import items_in
from dfcli.ops._near_json import value_in
from dfcli.ops._numbers import Scale, number_in, numbers_in
from dfcli.ops._prose import Fence, answer_in, fences
from dfcli.ops._verdicts import Labels, yes_or_no
from dfcli.ops.base import Repaired, Row
from dfcli.ops.coercion import Declared, value_of, values_of

Declarations = Mapping[str, Declared]

_HOW = re.compile(r"\s*(?P<name>[a-z_]+)\s*(?:\((?P<args>.*)\))?\s*", re.DOTALL)


class How(NamedTuple):
    """A reader's name and arguments, as in `verdict(A, B, tie)`."""

    name: str
    args: tuple[str, ...] = ()


def parse(how: str) -> How:
    """Return the reader that a template or recipe names; ValueError says what is wrong with it."""
    found = _HOW.fullmatch(how)
    name = found["name"] if found else how
    if found is None or name not in READERS:
        raise ValueError(f"there is no reader {name!r}{did_you_mean(name, READERS)}; there are {', '.join(READERS)}")
    args = tuple(each.strip().strip("\"'") for each in (found["args"] or "").split(",") if each.strip())
    fewest, most = READERS[name].args
    if not fewest <= len(args) <= most:
        raise ValueError(f"{name} is written {READERS[name].written}, not {how.strip()!r}")
    if len({each.casefold() for each in args}) < len(args):
        raise ValueError(f"the labels of {how.strip()!r} differ in more than their case")
    return How(name, args)


def bind(how: How, outputs: Declarations) -> Callable[[str], Row]:
    """Return the function that reads a reply into the outputs; ValueError when they do not fit the reader."""
    reader = READERS[how.name]
    wrong = reader.unfit(outputs, how.args)
    if wrong:
        raise ValueError(f"a reply that is read as {how.name} has {wrong}")
    return lambda reply: reader.read(reply, outputs, *how.args)


def text(reply: str, outputs: Declarations) -> Row:
    """Take the whole reply without the blanks around it."""
    return {_name(outputs): answer_in(reply)}


def json_object(reply: str, outputs: Declarations) -> Row:
    """Take the one JSON object in the reply, with fences and chatter around it or not.

    Nearly-JSON is mended: other quotes, quotes and line breaks inside strings, comments, commas too many or missing,
    Python's literals, NaN (as null), keys that stand twice with one value. One that is cut off is refused, and so are
    several that differ. The values may be written as `dfcli.ops.coercion` lists.
    """
    wanted = {name.casefold() for name in outputs}
    found = value_in(answer_in(reply), "{", lambda value: bool(wanted & {str(key).casefold() for key in value}))
    values = values_of(found.value, outputs)
    return Repaired(values) if found.repaired else values


def code(reply: str, outputs: Declarations, language: str = "") -> Row:
    """Take the inside of the last fenced block of the language, or of any.

    The only block of a reply may be one that names no language. A reply without fences is taken when it cannot be
    anything but code: Python that parses and does something, one SQL statement, JSON.
    """
    answer = answer_in(reply)
    blocks = fences(answer)
    mine = [each for each in blocks if not language or is_language(language, each.language)]
    if not mine and len(blocks) == 1 and not blocks[0].language:
        mine = blocks
    if not blocks and is_code(answer, language):
        mine = [Fence(language, answer.strip("`"), 0, len(answer))]
    if not mine or not mine[-1].body.strip():
        raise BadReply(f"the reply holds no ```{language} block: put the {language or 'code'} in one")
    return {_name(outputs): mine[-1].body}


def tag(reply: str, outputs: Declarations, name: str) -> Row:
    """Take what stands between the last `<name>` and `</name>`; its value may be written as in JSON."""
    answer = answer_in(reply, wanted=name)
    opened, closed = f"<{name}>", f"</{name}>"
    end = answer.rfind(closed)
    start = answer.rfind(opened, 0, max(end, 0))
    if answer.find(opened, max(end, 0)) >= 0:
        raise BadReply(f"the reply is cut off: its last {opened} has no {closed}")
    if start < 0:
        raise BadReply(f"the reply has no {opened}…{closed}: put the answer between them")
    value = answer[start + len(opened) : end].strip()
    output = _name(outputs)
    if not value:
        raise BadReply(f"there is nothing between {opened} and {closed}")
    return {output: value_of(value, outputs[output], output)}


def number(reply: str, outputs: Declarations) -> Row:
    """Take the number that is stated as the answer.

    That is the one in `[[…]]`, `\\boxed{…}` or after `####`; else those after words such as `Rating:`, `The answer is`,
    `I give it a` or the output's name, and a first or last line that holds nothing else; else a score out of the
    highest one, `4/5`. They must be equal, or the last one be called the final, overall or total one. A percentage is
    its number (a part of 1 where the highest is 1), a fraction its value unless its lower number is the highest score.
    """
    (scale,) = _scales(outputs)
    return {scale.name: number_in(answer_in(reply), scale)}


def numbers(reply: str, outputs: Declarations) -> Row:
    """Take one number per output, in their order.

    They stand in one line that holds nothing else, the first or the last of the reply or one that begins with a word
    such as `Scores:`; or each in a line of its own, after its output's name or after the same words with a number or
    letter that counts up (`Assistant 1: 8`, `Assistant 2: 9`).
    """
    scales = _scales(outputs)
    values = numbers_in(answer_in(reply), scales)
    return {scale.name: value for scale, value in zip(scales, values, strict=True)}


def verdict(reply: str, outputs: Declarations, *labels: str) -> Row:
    """Take the label that the reply decides for.

    That is the one in `[[…]]`, `\\boxed{…}` or after words such as `Verdict:` or `The better answer is`; else the last
    line, or the first, when it holds nothing else; else the one of which a sentence says `… is better` or `I prefer …`.
    A label may follow a noun or stand in brackets: `Output (a)`, `Assistant A`. All statements of the clearest kind
    must agree, and so must those after them. `tie` is taken also when it says that neither is better.
    """
    return {_name(outputs): Labels(labels).decided(answer_in(reply))}


def yes_no(reply: str, outputs: Declarations) -> Row:
    """Take yes (or true) and no (or false): the first word or the last line, after `Answer:` or in `[[…]]`.

    Nothing else in the reply may say the opposite, and its sentence may not hedge.
    """
    return {_name(outputs): yes_or_no(answer_in(reply))}


def list_(reply: str, outputs: Declarations) -> Row:
    """Take the entries of a JSON list of strings, or the lines that are numbered or begin with a bullet.

    Words may stand before and after them, not between. An entry may go on in lines that are indented. Lists inside of
    lists, and several lists, are refused.
    """
    answer = answer_in(reply)
    blocks = fences(answer)
    body = blocks[0].body.strip() if len(blocks) == 1 else answer
    if re.match(r"\[\s*(?:[\"'\]]|\Z)", body) or re.search(r"""\[\s*["']""", body):
        found = value_in(body, "[", lambda value: all(isinstance(each, str) for each in value))
        values = {_name(outputs): _strings(found.value)}
        return Repaired(values) if found.repaired else values
    return {_name(outputs): items_in(body)}


def _strings(values: list[Any]) -> list[str]:
    if not all(isinstance(each, str) for each in values):
        raise BadReply("the reply's list must hold strings only")
    return values


def _name(outputs: Declarations) -> str:
    return next(iter(outputs))


def _scales(outputs: Declarations) -> list[Scale]:
    return [Scale(name, each.type == "int", each.min, each.max) for name, each in outputs.items()]


@dataclass(frozen=True)
class Reader:
    """A reader, how it is written, and what its outputs must be."""

    read: Callable[..., Row]
    written: str
    args: tuple[int, int] = (0, 0)
    outputs: str = "exactly one output, of type str"
    types: tuple[str, ...] = ("str",)
    several: bool = False

    def unfit(self, outputs: Declarations, args: tuple[str, ...]) -> str | None:
        """Return what the outputs must be when they are not."""
        enough = len(outputs) > 1 if self.several else len(outputs) == 1
        if self.types and not (enough and all(each.type in self.types for each in outputs.values())):
            return self.outputs
        enums = [each.enum for each in outputs.values() if each.enum is not None] if self.types else []
        if self.read is verdict and any(set(each) != set(args) for each in enums):
            return f"the labels {', '.join(args)} as its enum, or none"
        if self.read not in (verdict, tag) and enums:
            return f"{self.outputs}, without an enum"
        return None


_ANY_ONE = ("str", "int", "float", "bool", "date", "datetime")

READERS = {
    "text": Reader(text, "text"),
    "json": Reader(json_object, "json", outputs="outputs of any type", types=()),
    "code": Reader(code, "code or code(sql)", (0, 1)),
    "tag": Reader(tag, "tag(name)", (1, 1), "exactly one output, no list or object", _ANY_ONE),
    "number": Reader(number, "number", outputs="exactly one output, of type int or float", types=("int", "float")),
    "numbers": Reader(
        numbers, "numbers", outputs="two outputs or more, of type int or float", types=("int", "float"), several=True
    ),
    "verdict": Reader(verdict, "verdict(A, B, tie)", (2, 20)),
    "yes_no": Reader(yes_no, "yes_no", outputs="exactly one output, of type bool", types=("bool",)),
    "list": Reader(list_, "list", outputs="exactly one output, of type list[str]", types=("list[str]",)),
}
