"""English tokens by rules that give what spaCy's blank English pipeline gives, for tools that count by its tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from dfcli.ops._english_exceptions import EXCEPTIONS

_PUNCT = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪"
_QUOTES = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉⟦⟧"
_SIGNS = "$£€¥฿₽﷼₴" + "".join(map(chr, range(0x20A0, 0x20C0)))
_HYPHEN = "(?:[-–—~]|--|---|——)"
_UNITS = (
    "km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa "
    "mbar mb MB kb KB gb GB tb TB T G M K % км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч "
    "кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тб"
)

# spaCy's letters: cased ones of these scripts, and all characters of blocks without capitals.
_CASED = (
    "A-Za-zÀ-ÖØ-öø-ƿǄ-ʯᴀ-ᴥᵫ-ᵷᵹ-ᶚḀ-ỿⱠ-ⱻⱾ-ⱿꜢ-ꝯꝱ-ꞇꞋ-ꞎꞐ-Ꞹꟺꬰ-ꭚꭠ-ꭤＡ-Ｚａ-ｚ"
    "ѐёЀЁа-яА-ЯәөүҗңһӘӨҮҖҢҺіїєґІЇЄҐѓѕјљњќѝЃЅЈЉЊЌЍα-ωάέίόώήύΑ-ΩΆΈΊΌΏΉΎ"
)
_UNCASED = (
    r"\u1200-\u137F\u0980-\u09FF\u0591-\u05F4\uFB1D-\uFB4F\u0620-\u064A\u066E-\u06D5\u06E5-\u06FF\u0750-\u077F"
    r"\u08A0-\u08BD\uFB50-\uFBB1\uFBD3-\uFD3D\uFD50-\uFDC7\uFDF0-\uFDFB\uFE70-\uFEFC\U0001EE00-\U0001EEBB\u0D80-\u0DFF"
    r"\u0900-\u097F\u0C80-\u0CFF\u0B80-\u0BFF\u0C00-\u0C7F\uAC00-\uD7AF\u1100-\u11FF\u3040-\u30FF\u4E00-\u9FFF"
    r"\u3400-\u4DBF\U00020000-\U0002EBEF\u2E80-\u2FDF\u2FF0-\u303F\u31C0-\u31EF\u3200-\u33FF\uF900-\uFAFF\uFE30-\uFE4F"
    r"\U0001F200-\U0001F2FF\U0002F800-\U0002FA1F"
)
_SYMBOL_PLANES = ((0xA6, 0x3300), (0x4DC0, 0x4E00), (0xA490, 0xA840), (0xFDFD, 0xFFFE), (0x10137, 0x1FB00))


class _Rules(NamedTuple):
    """What is cut off before and behind a word, where it is cut inside, and what is never cut."""

    prefix: re.Pattern[str]
    suffix: re.Pattern[str]
    infix: re.Pattern[str]
    address: re.Pattern[str]


def tokens_of(chunk: str) -> list[str]:
    """Return the tokens of a text without whitespace."""
    if chunk.isascii() and chunk.isalpha() and chunk not in EXCEPTIONS:
        return [chunk]
    return _rejoined(_cut(chunk))


def _cut(chunk: str) -> list[str]:
    if chunk in EXCEPTIONS:
        return list(EXCEPTIONS[chunk])
    before, word, behind = _stripped(chunk)
    return [*before, *_middle(word), *reversed(behind)]


def _stripped(word: str) -> tuple[list[str], str, list[str]]:
    """Return what is cut off before a word, the rest of it, and what is cut off behind it, the last first."""
    before: list[str] = []
    behind: list[str] = []
    size = -1
    while word and len(word) != size and word not in EXCEPTIONS:
        size = len(word)
        front, back = _ends(word)
        if front and word[front:] in EXCEPTIONS:
            back = 0
        elif back and word[:-back] in EXCEPTIONS:
            front = 0
        elif front + back > size:
            back = 0
        before += [word[:front]] if front else []
        behind += [word[size - back :]] if back else []
        word = word[front : size - back]
    return before, word, behind


def _ends(word: str) -> tuple[int, int]:
    """Return how many characters can be cut off before a word, and behind what is left."""
    rules = _rules()
    found = rules.prefix.match(word)
    front = found.end() if found else 0
    found = rules.suffix.search(word[front:])
    return front, found.end() - found.start() if found else 0


def _middle(word: str) -> list[str]:
    if not word:
        return []
    if word in EXCEPTIONS:
        return list(EXCEPTIONS[word])
    return [word] if _rules().address.match(word) else _split_inside(word)


def _split_inside(word: str) -> list[str]:
    pieces, free = [], 0
    for found in _rules().infix.finditer(word):
        if free == 0 and found.start() == 0:
            continue
        pieces += [word[free : found.start()], found.group()]
        free = found.end()
    return [each for each in (*pieces, word[free:]) if each]


def _rejoined(tokens: list[str]) -> list[str]:
    """Join neighbours that together are an exception which the rules alone would cut, such as :-) or <3."""
    joined = _joined_exceptions()
    done: list[str] = []
    at = 0
    spans = [
        (first, last)
        for first in range(len(tokens))
        if tokens[first] in joined.openers
        for last in range(first + 2, min(len(tokens), first + joined.longest) + 1)
        if "".join(tokens[first:last]) in joined.words
    ]
    for first, last in sorted(_apart(spans)):
        done += [*tokens[at:first], *EXCEPTIONS["".join(tokens[first:last])]]
        at = last
    return done + tokens[at:]


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans that do not overlap: the longest are taken first, of equals the first."""
    taken: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if all(last <= other[0] or first >= other[1] for other in taken):
            taken.append((first, last))
    return taken


class _Joined(NamedTuple):
    words: frozenset[str]
    openers: frozenset[str]
    longest: int


@lru_cache(maxsize=1)
def _joined_exceptions() -> _Joined:
    cut = {word: _uncut(word) for word in EXCEPTIONS}
    several = {word: pieces for word, pieces in cut.items() if len(pieces) > 1}
    longest = max(map(len, several.values()))
    return _Joined(frozenset(several), frozenset(pieces[0] for pieces in several.values()), longest)


def _uncut(word: str) -> list[str]:
    """Return what the rules alone make of an exception."""
    rules = _rules()
    before: list[str] = []
    behind: list[str] = []
    while word:
        front = rules.prefix.match(word)
        rest = word[front.end() :] if front else word
        back = rules.suffix.search(rest)
        if not front and not back:
            break
        before += [front.group()] if front else []
        behind += [back.group()] if back else []
        word = rest[: back.start()] if back else rest
    return [*before, *_split_inside(word), *reversed(behind)]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    icons = "".join(chr(c) for low, high in _SYMBOL_PLANES for c in range(low, high) if _is_symbol(chr(c)))
    letters = [chr(c) for c in range(0x10000) if re.match(f"[{_CASED}]", chr(c))]
    lower = "".join(each for each in letters if each.islower()) + _UNCASED
    upper = "".join(each for each in letters if each.isupper()) + _UNCASED
    alpha, quotes, punct = _CASED + _UNCASED, re.escape(_QUOTES), re.escape(_PUNCT)
    signs, units = re.escape(_SIGNS), "|".join(map(re.escape, _UNITS.split()))
    runs = rf"\.\.+|…|[{re.escape(icons)}]"
    return _Rules(
        re.compile(rf"[§%=—–]|\+(?![0-9])|[{punct}]|{runs}|[{quotes}]|[UCA]\$|[{signs}]"),
        re.compile(
            rf"(?:[{punct}]|……|{runs}|[{quotes}]|['’][sS]|[—–]|(?<=[0-9])\+|(?<=°[FfCcKk])\.|(?<=[0-9])[{signs}]|"
            rf"(?<=[0-9])(?:[UCA]\$|{units})|(?<=[0-9{lower}%²\-+|{punct}(?:{quotes})])\.|(?<=[{upper}][{upper}])\.)\Z"
        ),
        re.compile(
            rf"{runs}|(?<=[0-9])[+\-*^](?=[0-9-])|(?<=[{lower}{quotes}])\.(?=[{upper}{quotes}])|(?<=[{alpha}]),(?=[{alpha}])|"
            rf"(?<=[{alpha}0-9]){_HYPHEN}(?=[{alpha}])|(?<=[{alpha}0-9])[:<>=/](?=[{alpha}])"
        ),
        _address(lower),
    )


def _address(lower: str) -> re.Pattern[str]:
    """Return what an address of the web or of mail looks like, with or without its scheme."""
    label = r"[A-Za-z0-9\u00a1-\uffff]"
    private = r"(?!(?:10|127)(?:\.\d{1,3}){3})(?!(?:169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2})"
    octet, last = r"(?:1?\d{1,2}|2[0-4]\d|25[0-5])", r"(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4])"
    numbers = rf"{private}(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])(?:\.{octet}){{2}}\.{last}"
    names = rf"(?:(?:{label}(?:{label}|[_-]){{0,62}})?{label}\.)+[{lower}]{{2,63}}"
    return re.compile(rf"(?:[\w+\-.]{{2,}}://)?(?:\S+@)?(?:{numbers}|{names})(?::\d{{2,5}})?(?:[/?#]\S*)?\Z")


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char) == "So"
