"""Words and meaning together: the ranks of an index and of embeddings, fused by reciprocal rank."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean, pstdev

from dfcli.agent.retrieval.cards import KINDS, Card, CardKind
from dfcli.agent.retrieval.index import Hit, Index
from dfcli.errors import EnvironmentLacks, UsageError
from dfcli.recipes.model import ModelSpec

FLATTENING = 60
"""The constant of reciprocal rank fusion (Cormack et al. 2009)."""

STANDS_OUT = 3.0
"""How many standard deviations above the mean of all cards the nearest in meaning is, to be near without any word."""

Embed = Callable[[Sequence[str]], list[list[float]]]
"""What makes vectors of texts."""


@dataclass(frozen=True)
class Fused:
    """An index, and embeddings beside it; it is searched as the index is. The cards are embedded once."""

    index: Index
    embed: Embed

    def search(self, text: str, limit: int = 8, kinds: Collection[CardKind] = KINDS) -> list[Hit]:
        """Return the cards that fit a wish, the best first; none when nothing is near, by words nor by meaning."""
        if not self.index.is_near(text, self.index.ranked(text)) and not _stands_out(self._nearness(text)):
            return []
        return [each for each in self.ranked(text) if each.card.kind in kinds][:limit]

    def ranked(self, text: str) -> list[Hit]:
        """Return all cards, the best first by words and meaning together."""
        by_words, near = self.index.ranked(text), self._nearness(text)
        by_meaning = sorted(near, key=lambda name: (-near[name], name))
        fused: dict[str, float] = defaultdict(float)
        for names in ([each.card.name for each in by_words], by_meaning):
            for rank, name in enumerate(names, 1):
                fused[name] += 1 / (FLATTENING + rank)
        hits = {each.card.name: each for each in by_words}
        cards = {each.name: each for each in self.index.cards}
        order = sorted(fused, key=lambda name: (-fused[name], name))
        found = [hits.get(name) or Hit(cards[name], 0.0, "near in meaning") for name in order]
        return [replace(each, score=round(fused[each.card.name], 5)) for each in found]

    @cached_property
    def _vectors(self) -> Mapping[str, list[float]]:
        cards = self.index.cards
        return dict(zip((each.name for each in cards), self.embed([_told(each) for each in cards]), strict=True))

    def _nearness(self, text: str) -> Mapping[str, float]:
        if not text.strip():
            return {}
        (wish,) = self.embed([text])
        return {name: _cosine(wish, vector) for name, vector in self._vectors.items()}


def local(model: str) -> Embed:
    """Return what embeds by a sentence-transformers model that is on this machine; nothing is fetched.

    EnvironmentLacks when the extra or the model is missing, UsageError for a model of another kind.
    """
    from dfcli.runtime.transports.addresses import is_local, uninstalled
    from dfcli.runtime.transports.local import Local, unfound

    spec = ModelSpec(model=model)
    if not is_local(spec):
        raise UsageError(f"{model} does not run here; name one as in sentence-transformers/./folder")
    if why := uninstalled(spec):
        raise EnvironmentLacks(why)
    here = ModelSpec(model=f"sentence-transformers/{_folder(model)}")
    if why := unfound(here):
        raise EnvironmentLacks(why)

    transport = Local(here)

    def vectors(texts: Sequence[str]) -> list[list[float]]:
        return [list(each) for each in asyncio.run(transport.embed(here, texts)).vectors]

    return vectors


def _folder(model: str) -> Path:
    """Return the folder that a model is in: the one that is named, or the one it was fetched into before."""
    from huggingface_hub import try_to_load_from_cache

    from dfcli.runtime.transports.local import named

    given = named(model)
    if given.folder is not None:
        return given.folder
    listing = try_to_load_from_cache(given.repository, "modules.json", revision=given.revision)
    if not isinstance(listing, str):
        raise EnvironmentLacks(
            f"{model} is not on this machine, and a search fetches nothing; run a recipe with it once"
        )
    return Path(listing).parent


def _told(card: Card) -> str:
    return ". ".join((card.name.replace("_", " "), card.doc, *card.use_for, *card.aliases))


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    size = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / size if size else 0.0


def _stands_out(near: Mapping[str, float]) -> bool:
    if len(near) < 2:
        return False
    spread = pstdev(near.values())
    return spread > 0 and (max(near.values()) - fmean(near.values())) / spread >= STANDS_OUT
