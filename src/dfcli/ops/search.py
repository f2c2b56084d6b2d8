"""Find operators by what they are for: a ranked search over names, documentation and `use_for` phrases.

BM25 over words, and over pairs of characters where a script has no spaces between words (Chinese, Japanese, Thai).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from dfcli.ops.base import Operator

SATURATION, LENGTH = 1.2, 0.75
"""BM25's k1 and b, at the values its authors recommend."""

NAME_WEIGHT = 3
"""How many times a word in an operator's name counts."""

_SPACELESS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[{_SPACELESS}]+|[^\W_{_SPACELESS}]+")
_SHORTEST_STEM = 4


def search(operators: Mapping[str, type[Operator]], wish: str) -> list[str]:
    """Return the names of the operators that have something of a wish, the best first.

    First of all come an operator whose name the wish is, and one that has the whole wish among its `use_for` phrases.
    """
    documents = {name: Counter(_document(name, cls)) for name, cls in operators.items()}
    scores = dict.fromkeys(documents, 0.0)
    for word in dict.fromkeys(words(wish)):
        for name, score in _scores(word, documents).items():
            scores[name] += score
    found = [name for name, score in scores.items() if score > 0]
    own = {name for name in found if list(words(wish)) in [list(words(each)) for each in operators[name].use_for]}
    return sorted(found, key=lambda name: (name != wish.strip(), name not in own, -scores[name], name))


def words(text: str) -> Iterator[str]:
    """Yield what a text is searched by: words in lower case without plural, or pairs of characters."""
    for word in _WORDS.findall(text.lower()):
        if re.match(rf"[{_SPACELESS}]", word):
            yield from (word[n : n + 2] for n in range(max(len(word) - 1, 1)))
        else:
            yield word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _document(name: str, cls: type[Operator]) -> Iterator[str]:
    for _ in range(NAME_WEIGHT):
        yield from words(name)
    for text in ((cls.__doc__ or ""), *cls.use_for):
        yield from words(text)


def _scores(word: str, documents: Mapping[str, Counter[str]]) -> dict[str, float]:
    counts = {name: _occurrences(word, document) for name, document in documents.items()}
    having = sum(count > 0 for count in counts.values())
    rarity = math.log(1 + (len(documents) - having + 0.5) / (having + 0.5))
    average = sum(map(_length, documents.values())) / max(len(documents), 1)
    return {
        name: rarity
        * count
        * (SATURATION + 1)
        / (count + SATURATION * (1 - LENGTH + LENGTH * _length(document) / average))
        for (name, count), document in zip(counts.items(), documents.values(), strict=True)
        if count
    }


def _occurrences(word: str, document: Counter[str]) -> int:
    """Count a word; one that begins a longer word is found there too: `dedup` in `deduplicate`."""
    if len(word) < _SHORTEST_STEM:
        return document[word]
    return sum(count for each, count in document.items() if each.startswith(word))


def _length(document: Counter[str]) -> int:
    return document.total()
