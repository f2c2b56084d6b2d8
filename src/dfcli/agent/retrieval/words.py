"""What a text is found by: its words without endings, pairs of characters in Chinese, and the ideas behind them.

`vocabulary.txt` has an idea on each line, with the words for it in English and Chinese; a text that has one of them has
the idea, so that 脱敏 finds what was described as masking.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from dfcli.ops._stop_words import STOP_WORDS

_SPACELESS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(rf"[{_SPACELESS}]+|[^\W_{_SPACELESS}]+")
_CHINESE = re.compile(rf"[{_SPACELESS}]")
_ASKING = """
please want wants need needs would like help way let lets get gets got put use using used thing things stuff everything
everywhere something someone somebody anyone people show shows come comes came go goes went turn take takes half full
already instead rather actually simply really whose whole part parts lot lots bunch kind kinds sort sorts according my
given giving certain various them ones whichever whatever happen happens happened seem seems keep keeps end ends ended
try tries tried know see seen look looks work works put nice possible able every according contain contains well
"""
_SAY_LITTLE = (STOP_WORDS["en"] | {*_ASKING.split()}) - {"not", "no", "own", "same", "end", "ends", "keep", "keeps"}
_ASKING_IN_CHINESE = re.compile(
    "怎么样|怎么|怎样|如何|能不能|可不可以|可以|能够|需要|希望|想要|帮我|麻烦|请问|是否|有没有|所有|全部|全是|都是|到处|尽量|出来"
    "|里面|其中|之类|一些|一批|一下|[一两几某][个条份张首道段场篇句件种]|这些|那些|每个|每条|每篇|很多|许多|好多|老是|总是|我的|我们|同样|进行|关于|对应"
)
_PARTICLES = STOP_WORDS["zh"] - set("不一有对") | set("请帮想让给每条些里")
_BETWEEN = re.compile(rf"[{''.join(sorted(_PARTICLES))}]+")

_BREAKS = re.compile(
    r"[,;，；、。]|\.\s|\b(?:and then|then|and|after that|finally)\b|然后|再|接着|最后|并且|同时|以及|并"
)
_LONGEST_PHRASE, _LONGEST_PIECE = 4, 5
_SHORTEST = 3
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("us", "us"), ("s", ""), ("ing", ""), ("ed", ""), ("ly", ""))


class Unit(NamedTuple):
    """A word or a Chinese character of a text: the words that have it, and the ideas it is part of."""

    words: tuple[str, ...]
    ideas: tuple[str, ...]


def parts(request: str) -> list[str]:
    """Return the parts of a request that may each be a wish."""
    return [each for each in map(str.strip, _BREAKS.split(request)) if each]


def units(text: str) -> Iterator[Unit]:
    """Yield the words and Chinese characters of a text, but for those that say nothing."""
    latin: list[str] = []
    for run in _runs(text):
        if _CHINESE.match(run):
            yield from _characters(run)
        else:
            latin.append(run)
    yield from _latin(latin)


def words(text: str) -> Iterator[str]:
    """Yield the words of a text that say something, without endings; of Chinese each pair of characters."""
    for run in _runs(text):
        if _CHINESE.match(run):
            yield from (pair for piece in filter(None, _BETWEEN.split(run)) for pair in _pairs(piece))
        elif run not in _SAY_LITTLE:
            yield stem(run)


def ideas(text: str) -> tuple[str, ...]:
    """Return the ideas of a text, each once."""
    return tuple(dict.fromkeys(idea for unit in units(text) for idea in unit.ideas))


def _runs(text: str) -> list[str]:
    """Return the words of a text, and its stretches of Chinese without what only asks."""
    return _RUNS.findall(_ASKING_IN_CHINESE.sub(" ", text.lower()))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return a lower-case English word without its ending: `remov` for remove, removes, removed and removing."""
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word.removesuffix(ending) + instead
            break
    if len(word) > _SHORTEST and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    if word.endswith(("tion", "sion")) and len(word) > _SHORTEST + 3:
        word = word[:-3]
    return word[:-1] if len(word) > _SHORTEST and word.endswith("e") else word


def _latin(runs: list[str]) -> Iterator[Unit]:
    stems = [*map(stem, runs)]
    behind = _behind(stems, _vocabulary().phrases, _LONGEST_PHRASE, " ")
    for at, run in enumerate(runs):
        own = () if run in _SAY_LITTLE or run.isdecimal() else (stems[at],)
        if own or behind[at]:
            yield Unit(own, tuple(dict.fromkeys(behind[at])))


def _characters(run: str) -> Iterator[Unit]:
    behind = _behind(run, _vocabulary().pieces, _LONGEST_PIECE, "")
    for at, character in enumerate(run):
        near = [*_BETWEEN.split(run[:at])[-1:], character, *_BETWEEN.split(run[at + 1 :])[:1]]
        if character not in _PARTICLES or behind[at]:
            own = () if character in _PARTICLES else tuple(_around(*near))
            yield Unit(own, tuple(dict.fromkeys(behind[at])))


def _behind(parts: Sequence[str], known: Mapping[str, list[str]], longest: int, by: str) -> list[list[str]]:
    """Return the ideas that each part of a text is part of."""
    found: list[list[str]] = [[] for _ in parts]
    for start in range(len(parts)):
        for end in range(start + 1, min(start + longest, len(parts)) + 1):
            for at in range(start, end):
                found[at] += known.get(by.join(parts[start:end]), ())
    return found


def _around(before: str, character: str, after: str) -> Iterator[str]:
    """Yield the pairs that a character is part of, or itself where it stands alone."""
    if not before and not after:
        yield character
    if before:
        yield before[-1] + character
    if after:
        yield character + after[0]


def _pairs(piece: str) -> Iterator[str]:
    yield from (piece[n : n + 2] for n in range(max(len(piece) - 1, 1)))


class _Vocabulary(NamedTuple):
    phrases: Mapping[str, list[str]]
    pieces: Mapping[str, list[str]]


@lru_cache
def _vocabulary() -> _Vocabulary:
    """Return the ideas of each phrase, its words without endings, and those of each piece of Chinese."""
    phrases: dict[str, list[str]] = defaultdict(list)
    pieces: dict[str, list[str]] = defaultdict(list)
    lines = (Path(__file__).parent / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        for each in filter(None, map(str.strip, line.lower().split(","))):
            chinese = _CHINESE.search(each)
            key = each if chinese else " ".join(map(stem, _RUNS.findall(each)))
            (pieces if chinese else phrases)[key].append(f"#{number}")
    return _Vocabulary(phrases, pieces)
