"""The number, or the numbers, that a reply states as its answer.

Numbers as people and models write them: `1,234.5`, `-3`, `$20`, `60%`, `3/4`, `9/10`, `\\frac{3}{4}`, `7 out of 10`.
What may be read in two ways is refused: ranges, `5k`, `2 million`, `1,5`, `5 * 3`, several statements that differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from dfcli.errors import BadReply

_NUMBER = re.compile(
    r"(?P<sign>[-+])?(?P<money>[$€£¥]\s?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<power>[eE][-+]?\d{1,3}(?![\w.]))?"
    r"(?:(?P<percent>\s?%)|\s*/\s*(?P<under>\d+(?:\.\d+)?)|\s+out\s+of\s+(?P<of>\d+(?:\.\d+)?))?"
)
_SPOILED = re.compile(
    r"[ \t]*(?:[-–—~]|to\b|or\b|and\b|\.\.+)[ \t]*[-+$€£]?\.?\d"  # a range, or two numbers
    r"|[ \t]*(?:[*×÷+=^/<>]|x[ \t])[ \t]*[\d(\\]"  # arithmetic
    r"|(?:k|m|b|bn|mm|x|th|st|nd|rd|[A-Za-z]+\d)\b"
    r"|\s*(?:hundred|thousand|million|billion|trillion|dozen)\b"
    r"|:\d|\.\d|,\d|[ \t]\d",
    re.IGNORECASE,
)
_STRONG = re.compile(r"\[\[(?P<a>[^\[\]\n]*)\]\]|\\boxed\{(?P<b>[^{}\n]*)\}|^#{4}\s*(?P<c>[^\n]*)$", re.MULTILINE)
_DECOR = r"[\s*_`\"'(\[$]{0,8}"
_VERB = (
    r"\b(?:give|rate|score|grade|assign)\s+(?:it|this|that|(?:the|this)\s+\w+)\s+(?:an?\s+)?"
    r"(?:(?:score|rating|grade)\s+)?(?:of\s+|as\s+|at\s+)?"
)
_NOUNS = r"answer|rating|score|result|grade|mark|overall|total"
_SUPPOSED = re.compile(r"\b(?:if|unless|whether|suppose|assum\w+|claim\w*|would be)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|never|wrong\w*|incorrect\w*|said|could|may|might)\b|n't", re.IGNORECASE)
_LAST_WORD = re.compile(r"\b(?:final|overall|total)\b", re.IGNORECASE)
_UNIT = re.compile(r"\s(?:points?|stars?)\Z")


@dataclass(frozen=True)
class Scale:
    """What a number must be: its output's name, whether it is whole, and its bounds."""

    name: str
    whole: bool
    low: float | None = None
    high: float | None = None

    def value(self, stated: re.Match[str]) -> int | float:
        """Return the value of a number as it is written; BadReply when it is none on this scale."""
        if len(stated[0]) > 400:
            raise BadReply(f"{self.name} is too large")
        value = self._part(stated, Fraction(stated["digits"].replace(",", "") + (stated["power"] or "")))
        value = -value if stated["sign"] == "-" else value
        if abs(value) >= (2**63 if self.whole else 10**308):
            raise BadReply(f"{self.name} is too large")
        if self.whole and value.denominator != 1:
            raise BadReply(f"{self.name} must be a whole number, not {stated[0].strip()}")
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise BadReply(f"{self.name} must be {self.bounds}, not {stated[0].strip()}")
        return int(value) if self.whole else float(value)

    @property
    def bounds(self) -> str:
        """The bounds in words."""
        low = "" if self.low is None else f"at least {self.low:g}"
        high = "" if self.high is None else f"at most {self.high:g}"
        return " and ".join(filter(None, [low, high]))

    def _part(self, stated: re.Match[str], value: Fraction) -> Fraction:
        """Return a number with what it is a part of: a percentage, a fraction, a score out of the highest one."""
        if stated["percent"]:
            return value / 100 if self.high == 1 else value
        under = stated["under"] or stated["of"]
        if under is None or (self.high is not None and Fraction(under) == self.high != 1):
            return value
        if stated["of"] or (self.high is not None and self.high > 1) or not Fraction(under):
            raise BadReply(f"{stated[0].strip()} may be read in two ways: give {self.name} as one number")
        return value / Fraction(under)


class _Stated(NamedTuple):
    """A number stated as the answer: where, and whether as the final one."""

    value: int | float
    at: int
    final: bool = False


def number_in(text: str, scale: Scale) -> int | float:
    """Return the number that a text states as its answer."""
    values = _stated(_plain(text), scale)
    if not values:
        raise BadReply(f"the reply does not state {scale.name}: end it with a line like {scale.name}: <number>")
    if len(values) > 1:
        raise BadReply(f"the reply states different numbers for {scale.name}: {_listed(values)}")
    return values.pop()


def _stated(text: str, scale: Scale) -> set[int | float]:
    """Return the numbers that are stated most clearly, with those that speak against them."""
    marked = [
        _Stated(_exactly(next(filter(None, found.groups()), ""), scale), found.start())
        for found in _STRONG.finditer(text)
    ]
    said = list(_said(text, scale))
    if marked:
        return {each.value for each in [*marked, *(each for each in said if each.at > marked[-1].at)]}
    values = {each.value for each in (said[-1:] if said and said[-1].final else said)}
    values |= {value for line in _ends(text) if (value := _alone(line, scale)) is not None}
    return values or set(_out_of(text, scale))


def numbers_in(text: str, scales: Sequence[Scale]) -> list[int | float]:
    """Return as many numbers as there are scales, in their order.

    They stand in one line that holds nothing else, the first or the last of the reply or one that begins with a word
    such as `Scores:`; or each in a line of its own, after its output's name or after the same words with a number or
    letter that counts up (`Assistant 1: 8`, `Assistant 2: 9`).
    """
    text = _plain(text)
    rows = [*_rows(text, scales), *_labelled(text, scales)]
    if not rows:
        names = ", ".join(scale.name for scale in scales)
        raise BadReply(f"the reply does not state {len(scales)} numbers: begin it with one line that holds {names}")
    if any(row != rows[0] for row in rows):
        raise BadReply("the reply states the numbers more than once, and they differ")
    return rows[0]


def _plain(text: str) -> str:
    """Return a text without LaTeX's ways to write numbers."""
    text = re.sub(r"\\[dt]?frac\{(-?[\d.]+)\}\{([\d.]+)\}", r"\1/\2", text.replace("−", "-").replace("{,}", ","))
    text = re.sub(r"\\(?:text|mathrm|mathbf|textbf)\{([^{}]*)\}", r" \1", text)
    return re.sub(r"\\([%$#])", r"\1", re.sub(r"\\[,!](?=\d)", "", text))


def _exactly(text: str, scale: Scale) -> int | float:
    """Return the one number of a text that is nothing else but its unit; BadReply otherwise."""
    bare = text.strip().strip("$*_` ")
    stated = _NUMBER.match(bare)
    rest = bare[stated.end() :] if stated else ""
    if stated is None or _SPOILED.match(rest) or re.search(r"\d|[=]", rest):
        raise BadReply(f"the reply's answer, {bare[:40]!r}, is not one number")
    return scale.value(stated)


def _said(text: str, scale: Scale) -> Iterator[_Stated]:
    """Yield each number after `answer is`, `Rating:`, `I give it` or the output's name."""
    named = re.escape(scale.name.replace("_", " ")).replace(r"\ ", r"[ _]")
    key = (
        rf"(?:\b(?:final\s+|overall\s+|total\s+)?(?:{_NOUNS}|{named})\b(?:\s*\([^()\n]{{0,40}}\))?[*_`\"']*"
        rf"(?:\s*[:=→]|\s+(?:is|was|=))(?:\s*equal\s+to\b)?(?:\s*:)?|{_VERB})"
    )
    for found in re.finditer(key + _DECOR, text, re.IGNORECASE):
        stated = _NUMBER.match(text, found.end() - (text[found.end() - 1] == "$"))
        if stated is None or _is_doubted(text, found.start(), stated.end()):
            continue
        if _SPOILED.match(text, stated.end()):
            raise BadReply(f"the reply does not state {scale.name} as one number: {text[found.start() :][:60]!r}")
        yield _Stated(scale.value(stated), found.start(), _LAST_WORD.search(found[0]) is not None)


def _is_doubted(text: str, start: int, end: int) -> bool:
    """Tell whether a statement is one of those that suppose, deny or ask something."""
    before = text[max(text.rfind(mark, 0, start) for mark in ".!?\n") + 1 : start]
    clause = re.split("[,;:]", before)[-1]
    after = re.compile(r"[^.!?\n]*(?:\?|\b(?:if|unless)\b)").match(text, end)
    return bool(_SUPPOSED.search(before) or _DENIED.search(clause) or after)


def _ends(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if len(lines) < 2 else [lines[0], lines[-1]]


def _alone(line: str, scale: Scale) -> int | float | None:
    """Return the number of a line that holds nothing else."""
    bare = line.lstrip(" \t*_`\"'([").rstrip(" \t*_`\"')].!")
    stated = _NUMBER.fullmatch(_UNIT.sub("", bare).rstrip()) if len(bare) < 500 else None
    return None if stated is None else scale.value(stated)


def _out_of(text: str, scale: Scale) -> list[int | float]:
    """Return the scores in a text that are said to be out of the highest one."""
    parts = [stated for stated in _NUMBER.finditer(text) if stated["under"] or stated["of"]]
    return [
        scale.value(each)
        for each in parts
        if float(each["under"] or each["of"]) == scale.high and not _SPOILED.match(text[each.end() :])
    ]


def _rows(text: str, scales: Sequence[Scale]) -> Iterator[list[int | float]]:
    headed = re.compile(
        r"[\s*_`#]*(?:final\s+)?(?:scores?|ratings?|output|answer|result)s?[*_`]*\s*:(.*)", re.IGNORECASE
    )
    lines = [*_ends(text), *(found[1] for line in text.splitlines() if (found := headed.fullmatch(line)))]
    for line in lines:
        head = headed.fullmatch(line)
        bare = (head[1] if head else line).strip().strip("*_`()[]. ")
        if re.search(r"\d,\d{3}\b", bare):
            continue
        parts = [_NUMBER.fullmatch(each) for each in re.split(r"\s*[,;|&]\s*|\s+and\s+|\s+", bare)]
        stated = [each for each in parts if each is not None]
        if len(parts) == len(stated) == len(scales):
            yield [scale.value(each) for scale, each in zip(scales, stated, strict=True)]


_LABELLED = re.compile(r"[\s*_`#>-]*(?P<label>[A-Za-z][\w ()#'’.-]{0,50}?)[*_`]*\s*[:=][\s*_`]*(?P<rest>.+)")
_COUNTED = re.compile(r"(?P<stem>.*?[\s(_#-])\(?(?P<count>\d+|[A-Za-z])\)?")


def _labelled(text: str, scales: Sequence[Scale]) -> Iterator[list[int | float]]:
    """Yield the numbers of lines that belong together by their labels."""
    stems: dict[str, list[list[re.Match[str]]]] = {}
    for line in re.split(r"\n|[;,|]\s+(?=[A-Z])", text):
        found = _LABELLED.fullmatch(line)
        place = _place(found["label"], scales) if found else None
        stated = _NUMBER.match(found["rest"]) if found else None
        if place is None or found is None or stated is None:
            continue
        rest = found["rest"][stated.end() :].strip("*_` ")
        if place[1] < len(scales) and re.match(r"[-–—(,.;]|\Z", rest) and not _SPOILED.match(rest):
            stems.setdefault(place[0], [[] for _ in scales])[place[1]].append(stated)
    for places in stems.values():
        if all(places):
            yield [_single(scale, stated) for scale, stated in zip(scales, places, strict=True)]


def _place(label: str, scales: Sequence[Scale]) -> tuple[str, int] | None:
    """Return what the labels of a group have in common, and which of them this is."""
    bare = " ".join(label.replace("_", " ").split()).casefold()
    names = [scale.name.replace("_", " ").casefold() for scale in scales]
    if bare in names:
        return "", names.index(bare)
    counted = _COUNTED.fullmatch(bare)
    if counted is None:
        return None
    count = counted["count"]
    return counted["stem"], (int(count) if count.isdecimal() else ord(count) - ord("a") + 1) - 1


def _single(scale: Scale, stated: Iterable[re.Match[str]]) -> int | float:
    values = {scale.value(each) for each in stated}
    if len(values) > 1:
        raise BadReply(f"the reply states different numbers for {scale.name}: {_listed(values)}")
    return values.pop()


def _listed(values: Iterable[int | float]) -> str:
    return " and ".join(f"{value:g}" for value in sorted(values))
