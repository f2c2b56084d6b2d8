"""Words that hold a language together and say little by themselves: English ones, and Chinese characters."""

from __future__ import annotations

from collections.abc import Mapping

_ENGLISH = """

from __future__ import annotations

from collections.abc import Mapping

STOP_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(_ENGLISH.split()),
    "zh": frozenset(
        "的一是不了在有和就也都而及与着或我你他她它们这那之于以被把从对但为所其此者吧吗呢啊嘛么很还又再已可"
    ),
}
