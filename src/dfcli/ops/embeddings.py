"""Measure how near texts are to each other in meaning, by the embeddings of the step's model.

An operator belongs here when it asks for embeddings and for nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul
from typing import Annotated, ClassVar

import polars as pl

from dfcli.ops.base import FAMILY, Context, Example, Kind, Operator, Reads, Writes, declared_schema, with_families

_DIGITS = 6
"""Digits that are the same however a model's texts were batched: it computes in single precision."""


class Centrality(Operator):
    """Measure how near a text is in meaning to those of its siblings, the other rows made of the same row.

    It is the mean cosine of the embeddings by the step's model, from -1 to 1, to six digits: 1 for texts that are all
    equal, and for one without siblings. `best_of: {score: centrality}` then keeps the medoid, of several the first. A
    row whose text is null has no number and does not count for the others.
    """

    use_for = (
        "medoid by embedding",
        "the question nearest to the others",
        "most typical of several samples",
        "semantic self-consistency",
        "语义中心样本",
    )
    aliases = (
        "medoid",
        "most central sample",
        "closest to the average",
        "中心样本",
        "最具代表性的样本",
        "nearest sibling",
    )
    not_for = ("the value that most siblings agree on exactly: use vote", "keep the nearest one alone: use best_of")
    examples = [
        Example(
            [
                {"__row__": "1.1", "text": "How many?"},
                {"__row__": "1.2", "text": "Who?"},
                {"__row__": "1.3", "text": "How many?"},
                {"__row__": "2.1", "text": "Why?"},
            ],
            [{"centrality": 0.923931}, {"centrality": 0.847863}, {"centrality": 0.923931}, {"centrality": 1.0}],
            {"text": "text"},
        ),
        Example([{"q": "Who?"}, {"q": None}], [{"near": 1.0}, {"near": None}], {"text": "q", "into": "near"}),
    ]
    kind: ClassVar[Kind] = "evaluate"
    embeds = True
    with_siblings = True

    text: Annotated[Reads, pl.String]
    into: Annotated[Writes, pl.Float64] = "centrality"

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        families, texts = with_families(frame)[FAMILY].to_list(), frame[self.text].to_list()
        groups: dict[str | int, list[str | None]] = {family: [] for family in families}
        for family, text in zip(families, texts, strict=True):
            groups[family].append(text)
        compared = dict.fromkeys(text for each in groups.values() for text in _different(each))
        vectors = dict(zip(compared, ctx.embed(list(compared)), strict=True))
        found = {family: iter(_centralities(each, vectors)) for family, each in groups.items()}
        return frame.with_columns(pl.Series(self.into, [next(found[each]) for each in families], dtype=pl.Float64()))

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)


def _different(texts: Sequence[str | None]) -> list[str]:
    """Return the texts whose embeddings are needed to compare them: each once, and none where all are equal."""
    distinct = list(dict.fromkeys(text for text in texts if text is not None))
    return distinct if len(distinct) > 1 else []


def _centralities(texts: Sequence[str | None], vectors: Mapping[str, Sequence[float]]) -> list[float | None]:
    """Return each text's mean cosine with the others, from -1 to 1: 1 where there is none, None for a None.

    `vectors` holds the embedding of each text that is different. Equal texts get equal numbers.
    """
    present = [text for text in texts if text is not None]
    units = {text: _unit(vectors[text]) for text in _different(texts)}
    found = {
        text: _mean([1.0 if text == each else _product(units[text], units[each]) for each in present]) for text in units
    }
    return [None if text is None else found.get(text, 1.0) for text in texts]


def _mean(cosines: Sequence[float]) -> float:
    """Return the mean of a text's cosines without the one with itself."""
    return round(min(max((math.fsum(cosines) - 1.0) / (len(cosines) - 1), -1.0), 1.0), _DIGITS)


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    product: float = sum(map(mul, first, second))
    return product


def _unit(vector: Sequence[float]) -> list[float]:
    """Return a vector of length 1 in the same direction; one of length 0 has none, and is near nothing."""
    length = math.sqrt(_product(vector, vector))
    return [each / length for each in vector] if length else list(vector)
