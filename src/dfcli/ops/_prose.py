"""What models put around an answer: reasoning before it, fences about it."""

from __future__ import annotations

import re
from typing import NamedTuple

from dfcli.errors import BadReply

_REASONING = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE)
_ORPHAN = re.compile(r"(?:\A|\n)[ \t]*</think(?:ing)?>|</think(?:ing)?>[ \t]*(?:\n|\Z)", re.IGNORECASE)
"""The end of reasoning that began in the prompt, as the chat templates of some models have it."""

_OPENS = re.compile(r"[ \t]*(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)\Z")
_ONE_LINE = re.compile(r"\A```(?:(?P<language>python3?|py|sql|json|bash|sh|js)[ \t]+)?(?P<body>[^`\n]+)```\Z")


class Fence(NamedTuple):
    """A fenced block; `start` and `end` are the offsets of what is inside."""

    language: str
    body: str
    start: int
    end: int


def answer_in(reply: str, wanted: str = "") -> str:
    """Return a reply without the reasoning before it, unless that is the wanted tag; BadReply when nothing is left."""
    text = reply.strip()
    while (opening := _REASONING.match(text)) and opening[1].lower() != wanted.lower():
        end = re.compile(rf"</{opening[1]}>", re.IGNORECASE).search(text, opening.end())
        if end is None:
            raise BadReply(f"the reply is cut off: its {opening[0]} never ends, and no answer follows")
        text = text[end.end() :].strip()
    while (orphan := _ORPHAN.search(text)) and not re.search("<think", text[: orphan.start() + 1], re.IGNORECASE):
        text = text[orphan.end() :].strip()
    if not text:
        raise BadReply("the reply is empty")
    return text


def fences(text: str) -> list[Fence]:
    """Return the fenced blocks of a text in order; BadReply when the last one never ends."""
    if whole := _ONE_LINE.match(text):
        return [Fence(whole["language"] or "", whole["body"].strip(), whole.start("body"), whole.end("body"))]
    found: list[Fence] = []
    marks, language, start, offset = "", "", 0, 0
    for line in text.splitlines(keepends=True):
        offset += len(line)
        bare = line.strip()
        if not marks and (opening := _OPENS.match(line.rstrip())):
            marks, language, start = opening["marks"], _first_word(opening["info"]), offset
        elif marks and len(bare) >= len(marks) and set(bare) == {marks[0]}:
            found.append(_fence(text, language, start, offset - len(line)))
            marks = ""
    if marks and text.endswith(marks) and start < len(text):
        return [*found, _fence(text, language, start, len(text) - len(marks))]
    if marks:
        raise BadReply(f"the reply is cut off: its last {marks} block never ends")
    return found


def _fence(text: str, language: str, start: int, end: int) -> Fence:
    return Fence(language, text[start:end].rstrip("\n"), start, end)


def _first_word(info: str) -> str:
    return (info.split() or [""])[0].strip("{}.").lower()
