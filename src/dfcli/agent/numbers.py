"""Numbers as requests write them: 1,500, 5k, 30%, ten, 两千, 三成."""

from __future__ import annotations

import re

_ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "hundred": 100, "thousand": 1000,
}  # fmt: skip
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_SCALES = {"k": 1e3, "m": 1e6, "千": 1e3, "万": 1e4}

NUMBER = (
    r"(?:\d[\d,]*(?:\.\d+)?(?:\s*[kKmM]\b|\s*[千万])?|[零〇一二两三四五六七八九十百千万]+"
    rf"|\b(?:{'|'.join(sorted(_ENGLISH, key=len, reverse=True))})\b)"
)
"""A pattern for a number without a percent sign, no group in it."""


def number(text: str) -> float | int:
    """Return the number that a text matched by NUMBER stands for, an int where it is whole."""
    said = text.strip().lower().replace(",", "")
    if said in _ENGLISH:
        return _ENGLISH[said]
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([km千万]?)", said):
        value = float(found[1]) * _SCALES.get(found[2], 1)
        return int(value) if value == int(value) else value
    return _chinese(said)


def share(value: str, unit: str) -> float:
    """Return a share from 0 to 1: `30` with `%`, `三` with `成`, `half`."""
    by = {"%": 100, "％": 100, "percent": 100, "成": 10}
    return float(number(value)) / by[unit]


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
