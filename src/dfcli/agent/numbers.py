"""Numbers as requests write them: 1,500, 5k, 30%, ten, 两千, 三成."""

from __future__ import annotations

import re

_ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12,
}  # fmt: skip
_FACTORS = frozenset({"hundred", "thousand", "million", "dozen"})
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twentieth": 20, "hundredth": 100,
}  # fmt: skip
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_SCALES = {"k": 1e3, "m": 1e6, "千": 1e3, "万": 1e4}

_WORD = "|".join(sorted(_ENGLISH, key=len, reverse=True))
NUMBER = (
    r"(?:\d[\d,]*(?:\.\d+)?(?:\s*[kKmM]\b|\s*[千万])?|[零〇一二两三四五六七八九十百千万]+"
    rf"|\b(?:(?:a|one|half a)\s+(?={'|'.join(sorted(_FACTORS))}))?(?:{_WORD})\b(?:(?:\s+|-|\s+and\s+)(?:{_WORD})\b)*)"
)
"""A pattern for a number without a percent sign, no group in it."""
FRACTION = (
    r"(?:\b(?:(?:an?|one|two|three|four|1|2|3)[\s-]+)?(?:half|(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth"
    r"|tenth|twentieth|hundredth)s?)\b(?!\s+(?:row|column|one|time)\b)|\b[1-9]\s*/\s*\d{1,2}(?![\d/.])"
    r"|\b(?:one|1|two|2)\s+(?:in|out\s+of)\s+(?:every\s+)?(?:ten|five|four|three|twenty|10|5|4|3|20|100)\b"
    r"|[一二两三四五六七八九十百]+分之[一二两三四五六七八九十]+|一半|半数)"
)
"""A pattern for a part of the whole in words, no group in it: a third, 1/4, 三分之一."""


def number(text: str) -> float | int:
    """Return the number that a text matched by NUMBER stands for, an int where it is whole."""
    said = text.strip().lower().replace(",", "")
    words = [each for each in re.split(r"[\s-]+", said) if each != "and"]
    if words and all(each in _ENGLISH or each in ("a", "half") for each in words):
        return _english(words)
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([km千万]?)", said):
        value = float(found[1]) * _SCALES.get(found[2], 1)
        return int(value) if value == int(value) else value
    return _chinese(said)


def share(value: str, unit: str) -> float:
    """Return a share from 0 to 1: `30` with `%`, `三` with `成`, `half`."""
    by = {"%": 100, "％": 100, "percent": 100, "成": 10}
    return float(number(value)) / by[unit]


def fraction(text: str) -> float:
    """Return the part of the whole that a text matched by FRACTION stands for, from 0 to 1."""
    said = text.strip().lower()
    if said in ("一半", "半数"):
        return 0.5
    if "分之" in said:
        below, _, above = said.partition("分之")
        return _chinese(above) / _chinese(below)
    if found := re.fullmatch(r"(\w+)\s*(?:/|in|out\s+of)\s*(?:every\s+)?(\w+)", said):
        return float(number(found[1])) / float(number(found[2]))
    *many, part = re.split(r"[\s-]+", said)
    times = float(number(many[0])) if many and many[0] not in ("a", "an") else 1.0
    return times / _PARTS[part if part in _PARTS else part.removesuffix("s")]


def _english(words: list[str]) -> int | float:
    """Return a number in words: `two hundred and fifty`, `a dozen`, `half a million`."""
    total, section = 0.0, 0.0
    for each in words:
        value = {"a": 1, "half": 0.5}.get(each, _ENGLISH.get(each, 0))
        if each in ("thousand", "million"):
            total, section = total + (section or 1) * value, 0.0
        elif each in _FACTORS:
            section = (section or 1) * value
        elif each != "a" or not section:
            section += value
    found = total + section
    return int(found) if found == int(found) else found


def _chinese(text: str) -> int:
    total = section = digit = 0
    for each in text:
        if each in _DIGITS:
            digit = _DIGITS[each]
        elif each == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * _UNITS[each], 0
    return total + section + digit
