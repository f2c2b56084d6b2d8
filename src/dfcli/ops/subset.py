"""Keep a part of the rows that is as diverse, or as representative, as possible in meaning."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops._choice import size_of
from dfcli.ops.base import Context, Example, Kind, Reads, Rows, Whole

_TEXTS = 1024
_POINTS = {"a": [1.0, 0.0], "b": [0.99, 0.1], "c": [0.0, 1.0], "d": [0.1, 0.99], "e": [-1.0, 0.0]}


class _Subset(Whole):
    """So many rows, chosen greedily by the vectors of what they mean."""

    kind: ClassVar[Kind] = "filter"
    rows: ClassVar[Rows] = "fewer"
    drop_reason: ClassVar[str] = "not_in_subset"

    n: int | None = Field(default=None, ge=0, description="How many rows to keep; all when there are not as many.")
    fraction: float | None = Field(default=None, ge=0, le=1, description="Which share of the rows to keep.")
    method: Literal["k_center", "facility_location"] = Field(
        default="k_center", description="Rows that are far apart, or rows that stand for the others."
    )
    represented: int = Field(
        default=10_000, ge=1, description="How many rows, at random, facility_location stands for; all of fewer."
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.n is None) == (self.fraction is None):
            raise ValueError("give either n or fraction")
        return self

    @abstractmethod
    def vectors(self, frame: pl.LazyFrame, ctx: Context) -> pl.Series:
        """Return each row's vector, null for a row that is not to be chosen."""

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        import numpy as np

        from dfcli.ops import _dedup_vectors, _subset

        vectors, filled = _dedup_vectors.units(self.vectors(frame, ctx))
        rows, rng = np.flatnonzero(filled), ctx.rng()
        size = size_of(self.n, self.fraction, len(filled))
        if self.method == "k_center":
            places = _subset.k_center(vectors[rows], size, rng)
        else:
            places = _subset.facility_location(vectors[rows], size, self.represented, rng)
        stays = np.zeros(len(filled), np.bool_)
        stays[rows[places]] = True
        return frame.filter(pl.Series(stays))


class DiverseTexts(_Subset):
    """Keep the texts that are most diverse in meaning, by the embeddings of the step's model.

    `k_center` chooses the row that is farthest from all chosen before, again and again, from a random first one
    (greedy k-center, the core set of Sener and Savarese 2018, algorithm 1): it covers the edges, outliers included.
    `facility_location` chooses the row that raises the sum of all rows' similarities to the nearest chosen one most,
    looking each time at some candidates (stochastic greedy, Mirzasoleiman et al. 2015, epsilon 0.1): it covers the
    mass. Distances and cosines are of vectors of length 1. Null and blank texts are never chosen. Time grows with the
    rows times those kept (k_center), or times `represented`; memory with the rows alone.
    """

    use_for = (
        "diverse subset of texts",
        "k-center greedy core set",
        "facility location selection",
        "coreset for instruction tuning",
        "representative examples",
        "多样性子集选择",
        "核心集",
    )
    aliases = (
        "diversity sampling",
        "core set",
        "k-center",
        "coverage",
        "多样性采样",
        "代表性样本",
        "cover all topics",
        "as different as possible",
        "small but varied",
        "avoid redundancy in a subset",
        "尽可能不一样",
        "覆盖各种主题",
    )
    not_for = (
        "texts that mean the same as others: use dedup_semantic",
        "vectors in a column: use diverse_vectors",
        "a random part: use sample",
    )
    examples = [
        Example(
            [{"text": "How many?"}, {"text": " "}, {"text": "Who?"}, {"text": "How many?"}],
            [{"text": "How many?"}, {"text": "Who?"}],
            {"n": 2},
        )
    ]
    embeds = True

    text: Annotated[Reads, pl.String] = "text"

    def vectors(self, frame: pl.LazyFrame, ctx: Context) -> pl.Series:
        texts = frame.select(self.text).collect(engine="streaming").to_series()
        different = texts.filter(texts.str.contains(r"\S")).unique().sort()
        slices = [different.slice(start, _TEXTS) for start in range(0, different.len(), _TEXTS)]
        parts = [pl.Series(ctx.embed(part.to_list()), dtype=pl.List(pl.Float32)) for part in slices]
        known = pl.DataFrame({"text": different, "vector": pl.concat([pl.Series(dtype=pl.List(pl.Float32)), *parts])})
        return pl.DataFrame({"text": texts}).join(known, on="text", how="left", maintain_order="left")["vector"]


class DiverseVectors(_Subset):
    """Keep the rows whose vectors, lists of numbers in a column, are most diverse.

    Rows are chosen as `diverse_texts` does. A vector that is null, has no direction, or has another number of numbers
    than most, is never chosen.
    """

    use_for = (
        "diverse subset by embeddings in a column",
        "farthest point sampling of vectors",
        "submodular selection",
        "按向量选择多样性样本",
    )
    aliases = ("farthest points", "vector diversity", "最远点采样")
    not_for = ("texts without vectors: use diverse_texts", "vectors that are nearly equal: use dedup_vectors")
    examples = [
        Example(
            [{"id": name, "vector": each} for name, each in _POINTS.items()],
            [{"id": "a"}, {"id": "d"}, {"id": "e"}],
            {"vector": "vector", "n": 3},
        ),
        Example(
            [{"id": name, "vector": each} for name, each in _POINTS.items()],
            [{"id": "b"}, {"id": "d"}],
            {"vector": "vector", "fraction": 0.4, "method": "facility_location"},
        ),
    ]

    vector: Reads = Field(description="The column of vectors.")

    def vectors(self, frame: pl.LazyFrame, ctx: Context) -> pl.Series:
        return frame.select(self.vector).collect(engine="streaming").to_series()
