"""What is said after its object comes to stand before it, as skills read it: `the links should go`, `remove the links`.

Each verb has one list here, so that a new way to say it is known to all skills at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dfcli.agent.wording import HELD, Worded

_WHERE = (
    r"(?: (?:in|into|among|with)(?: (?:the|my|our|this|a|any))?(?: (?:final|finished|training"
    r"|new))? (?:output|result|results"
    r"|data|dataset|set|file|corpus|mix|collection|sample|rest|others))?"
)
_NO_MORE = r"(?: (?:any ?more|any longer|at all|please|here|there|in there|in here|for (?:us|me)|to (?:us|me)))*"
_NOT = r"(?: not|n'?t)"
_MODAL = r"(?:(?:has|have) (?:got )?to|needs? to|(?:should|must|can|could|may|shall)|ought to|(?:is|are) to)"
_ALSO = r"(?: (?:all|both|also|definitely|really|simply|just|therefore|please|then))*"
_GONE = (
    r"(?:be )?(?:remov|dropp|delet|discard|exclud|stripp|eras|cut|eliminat|throw|filter|weed"
    r"|kick)\w*(?: (?:out|away|off))?"
    r"|be (?:drop|gone|taken out|left out|got rid of)|go(?: away)?|leave|disappear|vanish"
)
_BAD = (
    r"(?:no (?:use|good|help)|of no (?:use|value|interest)|useless|worthless|unwanted|superfluous|unusable"
    r"|(?:just |only |mere(?:ly)? |pure |all )?(?:noise|junk|garbage|rubbish|trash|crap|clutter))"
)
_VERBS = {
    "remove": (
        rf"{_MODAL}{_ALSO} (?:{_GONE}){_WHERE}{_NO_MORE}|(?:is|are){_ALSO} {_BAD}{_WHERE}{_NO_MORE}"
        rf"|{_MODAL}{_NOT} (?:remain|stay|appear|occur|show up|turn up|end up|survive|be (?:left|there|present"
        rf"|included|kept))"
        rf"{_WHERE}{_NO_MORE}|(?:has|have) no (?:place|business){_WHERE}{_NO_MORE}"
        rf"|do(?:es)?{_NOT} belong{_WHERE}{_NO_MORE}"
    ),
    "mask": (
        rf"{_MODAL}{_NOT} be (?:readable|visible|recogni[sz]able|identifiable|legible|shown|seen|exposed"
        rf"|leaked){_NO_MORE}"
        rf"|{_MODAL}{_ALSO} be (?:made )?(?:hidden|masked|anonymi[sz]ed|redacted|unreadable|unrecogni[sz]able|invisible"
        rf"|blacked out|scrubbed){_NO_MORE}"
    ),
}
_SAID = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join(f'(?P<{verb}>{ways})' for verb, ways in _VERBS.items())})"
    r"(?=\s*(?:[.,;:!?)\n]|$|(?:and|but|while|whereas)\b))".replace(" ", r"\s+"),
    re.A | re.I,
)
_HARD = re.compile(r"[.;:!?\n](?=\s|$)|[。；：！？]|\b(?:and then|then|but|while|whereas|also)\b", re.A | re.I)
_SOFT = re.compile(r"[，,(（]|\s-\s|\b(?:and|or)\b", re.A | re.I)
_VERB = re.compile(
    r"\b(?:(?:keep|sort|save|convert|add|split|join|merg|renam|remov|drop|delet|strip|mask|de-?dup)\w*|writes?|must|should"
    r"|may|ought|is|are|has|have|can|wants?|needs?|choose)\b",
    re.A | re.I,
)
_RELATIVE = re.compile(r"\b(?:that|which|who|whose\s+\w+|where\s+\w+(?:\s+\w+)?)\s+\w+", re.A | re.I)
_LEADING = re.compile(
    r"\s*(?:(?:and|or|also|please|then|so|plus|finally|next|furthermore|before that|after that|afterwards)\b[,:]?\s*)*",
    re.I,
)
_CONTRAST = re.compile(r"(?:only|nothing|none|no|not|neither|nobody|everything|all else|the rest|what|who)\b", re.I)
"""Subjects whose verb cannot be put before them: `nothing should remain`."""

_THOSE = re.compile(
    r"(?:all |both )?(?:of )?(?:those|these|they|them|that|this|it|both|such|all)"
    r"(?: (?:two|three|four|kinds?|sorts?|types?|ones|things?|rows?|documents?|pages?|texts?|cases?|of"
    r"|boilerplate|stuff"
    r"|junk))*\s*".replace(" ", r"\s+"),
    re.I,
)
"""Words for what was said right before."""

_CARRY = re.compile(
    r"(?:(?:the|my|our|some|many|most|all|these|those|a lot of|lots of|several)\s+)?(?:[\w.-]+\s+){1,3}?"
    r"(?:(?:still|also|often|sometimes)\s+)?(?:carry|carries|contains?|ha(?:s|ve)|holds?|includes?|come\s+with|(?:is|are)"
    r"\s+full\s+of)\s+(?!been|to\b|not\b|no\b)",
    re.A | re.I,
)
"""Whose description it is: `the pages still carry` banners."""

_FIRST = re.compile(
    rf"(?<=[.!?:;]\s)(?P<verb>remove|drop|delete|strip|mask)(?:\s+{_THOSE.pattern}|\s*)(?=[.,;!?\n]|$|and\b|then\b)",
    re.A | re.I,
)
"""A verb before words for what was said right before: `Remove those.`"""


def inverted(said: Worded) -> Worded:
    """Return a request with the verbs that come after what leaves, or is masked, before it."""
    parts: list[str] = []
    origin: list[int] = []
    at = 0
    for each in _moves(said.text):
        if each.place < at:
            continue
        verb = f"{each.verb} "
        parts += [said.text[at : each.place], verb, said.text[each.start : each.end]]
        origin += [*said.origin[at : each.place], *[said.origin[each.start]] * len(verb)]
        origin += said.origin[each.start : each.end]
        at = each.after
        if said.text[at : at + 1].isalnum():
            parts.append(" ")
            origin.append(said.origin[at])
    return Worded("".join([*parts, said.text[at:]]), [*origin, *said.origin[at:]])


class _Move(NamedTuple):
    """A verb that stands after its object, which goes from `start` to `end`; what stands from `place` on is replaced.

    The request goes on at `after`.
    """

    place: int
    start: int
    end: int
    verb: str
    after: int


def _moves(text: str) -> Iterator[_Move]:
    """Yield the verbs that stand after their objects."""
    held = [found.span() for found in re.finditer(HELD, text)]
    for found in sorted([*_SAID.finditer(text), *_FIRST.finditer(text)], key=lambda each: each.start()):
        verb = found.groupdict().get("verb") or str(found.lastgroup)
        start = place = found.start() if "verb" in found.groupdict() else _subject(text, found.start(), held)
        subject = text[start : found.start()].strip()
        if "verb" in found.groupdict() or _THOSE.fullmatch(subject):
            place, start, end = _before(text, start, held)
        else:
            end = start + len(text[start : found.start()].rstrip())
        if end > start and not _CONTRAST.match(text[start:end]):
            yield _Move(place, start, end, verb.lower(), found.end())


def _before(text: str, end: int, held: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Return where a sentence begins that stands before words for it, and where in it what it describes; or nothing.

    It is what stands before in the same sentence, else the sentence before, and none that asks for something.
    """
    stop = len(text[:end].rstrip(" \t\n.;:!?，,"))
    start = place = _start(text, stop, held)
    if carried := _CARRY.match(text, start, stop):
        start = carried.end()
    asks = re.compile(r"(?:keep|remove|drop|delete|strip|mask|want|need|sort|write|save)\b", re.I)
    return (stop, stop, stop) if asks.search(text, start, stop) else (place, start, stop)


def _subject(text: str, end: int, held: list[tuple[int, int]]) -> int:
    """Return where the subject of a verb begins: with its sentence, or after the last clause that has a verb."""
    start = _start(text, end, held)
    for each in _SOFT.finditer(text, start, end):
        clause = _RELATIVE.sub("", text[start : each.start()])
        if _VERB.search(clause) and not any(a <= each.start() < b for a, b in held):
            start = each.end()
    return start + _leading(text[start:end])


def _start(text: str, end: int, held: list[tuple[int, int]]) -> int:
    """Return where the sentence begins that a place is in."""
    stops = [each.end() for each in _HARD.finditer(text, 0, end) if not any(a <= each.start() < b for a, b in held)]
    start = stops[-1] if stops else 0
    return start + _leading(text[start:end])


def _leading(words: str) -> int:
    found = _LEADING.match(words)
    return found.end() if found else 0
