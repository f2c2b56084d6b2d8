"""A ranked search over cards: BM25 over their words and ideas, whole phrases first, and what a card is not for last."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from dfcli.agent.retrieval.cards import KINDS, Card, CardKind, catalogue
from dfcli.agent.retrieval.words import Unit, ideas, parts, units, words

SATURATION, LENGTH = 1.2, 0.5
"""BM25's k1 as its authors recommend, and a weak b: a card with more phrases is no worse for it."""

NAME, PHRASE, FIRST_LINE, REST = 3.0, 2.0, 1.5, 0.4
"""How much a word counts by where it stands."""

AN_IDEA = 0.8
"""How much an idea counts beside a word."""

BEGINNING = 0.5
"""How much a word counts that begins with the one that is sought: `deduplicate` for `dedup`."""

WHOLE = 2.0
"""How much a phrase adds that says all of the wish and nothing else, as a share of the rarity of the wish's words.

As much is lost by what a card is not for, where the wish is nearer to that.
"""

ENOUGH = 0.3
"""The share of a wish, by the rarity of its words, that the best card must have: with less, nothing is near.

A higher one knows more of what nothing serves, and loses more of what something does; benchmarks/retrieval.py measures.
"""

SAYING = 1.0
"""What the best card must have of a wish, by rarity: a word that most cards have, such as text, says nothing."""

_SHORTEST_BEGINNING = 4


@dataclass(frozen=True)
class Hit:
    """A card that was found: how well it fits, and the phrase of it that is nearest to the wish."""

    card: Card
    score: float
    why: str


class Common(NamedTuple):
    """What a wish and a card have in common, and the whole of the wish, each by the rarity of its words."""

    had: float
    whole: float

    @property
    def share(self) -> float:
        """The share of the wish that the card has, from 0 to 1."""
        return self.had / self.whole if self.whole else 0.0


@dataclass(frozen=True)
class _Phrase:
    """A text as likeness sees it: its words and ideas, and how much they are worth by their rarity."""

    text: str
    tokens: frozenset[str]
    size: float


class Index:
    """Cards that can be searched."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self.cards = tuple(cards)
        pointed = _pointed(self.cards)
        documents = [_document(each, pointed[each.name]) for each in self.cards]
        self._rarities, self._places = _rarities(documents), _places(documents)
        self._phrases = [[*map(self._sized, _texts(each, pointed[each.name]))] for each in self.cards]
        self._against = [[self._sized(said) for said, _ in each.neighbours()] for each in self.cards]
        self._words = sorted(self._rarities)
        self._at = {each.name: at for at, each in enumerate(self.cards)}
        self._called = [{*map(_plain, (each.name, *each.use_for, *each.aliases))} for each in self.cards]

    def search(self, text: str, limit: int = 8, kinds: Collection[CardKind] = KINDS) -> list[Hit]:
        """Return the cards that fit a wish, the best first; none when nothing is near enough."""
        hits = self.ranked(text)
        return [each for each in hits if each.card.kind in kinds][:limit] if self.is_near(text, hits) else []

    def ranked(self, text: str) -> list[Hit]:
        """Return all cards that have anything of a wish, the best first, near or not."""
        wish = _plain(text)
        scores = dict.fromkeys((at for at, called in enumerate(self._called) if wish in called), 0.0) | self._scores(
            text
        )
        order = sorted(scores, key=lambda at: (wish not in self._called[at], -scores[at], self.cards[at].name))
        said = self._sized(text)
        return [Hit(self.cards[at], round(scores[at], 3), self._nearest(at, said)) for at in order]

    def is_near(self, text: str, hits: Sequence[Hit]) -> bool:
        """Tell whether the best hit has enough of a wish, or of one of its parts."""
        if not hits:
            return False
        best = hits[0].card
        if _plain(text) in self._called[self._at[best.name]]:
            return True
        common = [self.common(part, best) for part in parts(text)]
        return any(each.had >= SAYING and each.share >= ENOUGH for each in common)

    def common(self, text: str, card: Card) -> Common:
        """Return how much of a wish a card has."""
        whole = had = 0.0
        for unit in units(text):
            known = [self._rarity(each) for each in (*unit.words, *unit.ideas) if each in self._rarities]
            weight = max(known, default=self._rarity(""))
            whole += weight
            had += weight * self._had(unit, self._at[card.name])
        return Common(had, whole)

    def _had(self, unit: Unit, card: int) -> float:
        """Return how much a card has of a word: itself, the idea behind it, a word that begins with it, or nothing."""
        meant = [share for word in unit.words for each, share in self._meant(word) if card in self._places[each]]
        thought = [AN_IDEA for each in unit.ideas if card in self._places.get(each, ())]
        return max([*meant, *thought], default=0.0)

    def _scores(self, text: str) -> dict[int, float]:
        """Return what each card scores, those without anything of the wish left out."""
        scores: dict[int, float] = defaultdict(float)
        for token, weight in _weights(text).items():
            for found, share in self._meant(token):
                for at, count in self._places.get(found, {}).items():
                    scores[at] += weight * share * self._rarity(found) * count
        wish = self._sized(text)
        for at in scores:
            like, unlike = self._likeness(wish, self._phrases[at]), self._likeness(wish, self._against[at])
            scores[at] += WHOLE * wish.size * (like - max(unlike - like, 0.0))
        return scores

    def _meant(self, token: str) -> Iterator[tuple[str, float]]:
        """Yield the words of cards that a word of a wish means: itself, or else those that begin with it."""
        if token in self._rarities:
            yield token, 1.0
        if len(token) >= _SHORTEST_BEGINNING:
            for each in self._words[bisect_left(self._words, token) :]:
                if not each.startswith(token):
                    break
                if each != token:
                    yield each, BEGINNING

    def _rarity(self, token: str) -> float:
        return self._rarities.get(token, math.log(1 + len(self.cards) / 0.5))

    def _size(self, tokens: Iterable[str]) -> float:
        return sum(self._rarity(each) * _worth(each) for each in tokens)

    def _sized(self, text: str) -> _Phrase:
        tokens = frozenset(_weights(text))
        return _Phrase(text, tokens, self._size(tokens))

    def _likeness(self, wish: _Phrase, phrases: Iterable[_Phrase]) -> float:
        """Return how like a wish the likest phrase is, from 0 to 1."""
        return max((self._like(wish, each) for each in phrases), default=0.0)

    def _like(self, wish: _Phrase, phrase: _Phrase) -> float:
        common = wish.tokens & phrase.tokens
        return 2 * self._size(common) / (wish.size + phrase.size) if common else 0.0

    def _nearest(self, at: int, wish: _Phrase) -> str:
        return max(self._phrases[at], key=lambda each: self._like(wish, each)).text


@lru_cache
def index() -> Index:
    """Return the index of everything installed; made once per process."""
    return Index(catalogue())


def _plain(text: str) -> str:
    """Return a text as it is compared with whole phrases."""
    return " ".join(text.casefold().split())


def _pointed(cards: Iterable[Card]) -> Mapping[str, list[str]]:
    """Return, by card, what others say that it is for and they are not."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in cards:
        for said, name in each.neighbours():
            found[name].append(said)
    return found


def _texts(card: Card, pointed: Iterable[str]) -> list[str]:
    return [card.name.replace("_", " "), *card.use_for, *card.aliases, *pointed]


@lru_cache(maxsize=10_000)
def _weights(text: str) -> dict[str, float]:
    """Return the words and ideas of a text, and what each is worth."""
    return dict.fromkeys(words(text), 1.0) | dict.fromkeys(ideas(text), AN_IDEA)


def _worth(token: str) -> float:
    return AN_IDEA if token.startswith("#") else 1.0


def _document(card: Card, pointed: Iterable[str]) -> dict[str, float]:
    """Return the words and ideas of a card, weighed by where they stand."""
    found: dict[str, float] = defaultdict(float)
    parts = [
        (card.name, NAME),
        (card.doc, FIRST_LINE),
        (card.more, REST),
        *((each, PHRASE) for each in _texts(card, pointed)),
    ]
    for text, weight in parts:
        for token, times in Counter((*words(text), *ideas(text))).items():
            found[token] += times * weight
    return found


def _rarities(documents: list[dict[str, float]]) -> dict[str, float]:
    having = Counter(token for each in documents for token in each)
    return {token: math.log(1 + (len(documents) - n + 0.5) / (n + 0.5)) for token, n in having.items()}


def _places(documents: list[dict[str, float]]) -> dict[str, dict[int, float]]:
    """Return, by token, the cards that have it, each with BM25's weight of how often it does."""
    average = sum(sum(each.values()) for each in documents) / max(len(documents), 1)
    places: dict[str, dict[int, float]] = defaultdict(dict)
    for at, document in enumerate(documents):
        norm = SATURATION * (1 - LENGTH + LENGTH * sum(document.values()) / average)
        for token, count in document.items():
            places[token][at] = count * (SATURATION + 1) / (count + norm)
    return places
