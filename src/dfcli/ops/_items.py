"""The entries of a list that is written in lines: numbered, or with a bullet each."""

from __future__ import annotations

import re

from dfcli.errors import BadReply

_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:(?P<number>\d+)[.)]|(?P<bullet>[-*•–]))[ \t]+(?P<text>.*\S)")


def items_in(body: str) -> list[str]:
    """Return the entries of the one list in a text; BadReply when there is none, or it may be read in two ways."""
    entries: list[re.Match[str]] = []
    texts: list[str] = []
    blank = ended = False
    for line in body.splitlines():
        found = _ITEM.fullmatch(line.rstrip())
        if found:
            if ended or (entries and not _goes_on(entries, found)):
                raise BadReply("the reply holds more than one list, or a list in a list: give one flat list")
            entries.append(found)
            texts.append(found["text"])
        elif entries and line.strip() and not ended:
            ended = blank and not line[0].isspace()
            if not ended and not line[0].isspace():
                raise BadReply(
                    "a line of the reply follows an entry of its list without belonging to it: one line per entry"
                )
            texts[-1] += "" if ended else f" {line.strip()}"
        blank = not line.strip()
    if not texts:
        raise BadReply("the reply holds no list: give one entry per line, each with a number or a dash before it")
    return texts


def _goes_on(entries: list[re.Match[str]], found: re.Match[str]) -> bool:
    """Tell whether an entry is the next one of the list."""
    first, number = entries[0], found["number"]
    if found["indent"] != first["indent"] or found["bullet"] != first["bullet"]:
        return False
    counted = int(first["number"]) + len(entries) if number and first["number"] else 0
    return number is None or int(number) == counted or {each["number"] for each in entries} == {number}
