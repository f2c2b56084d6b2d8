"""Remove rows that mean nearly the same as others, by vectors of what they mean."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops._duplicates import Duplicates
from dfcli.ops.base import Context, Example, Reads

_TEXTS = 1024


class _Meaning(Duplicates):
    """Rows compared by the cosine of their vectors."""

    drop_reason: ClassVar[str] = "same_meaning"

    threshold: float = Field(
        default=0.95, ge=-1, le=1, description="The least cosine of duplicates: SemDeDup's 1 - epsilon."
    )
    clusters: int | None = Field(
        default=None, ge=1, description="How many clusters; the square root of the rows by default."
    )

    @abstractmethod
    def vectors(self, frame: pl.LazyFrame, ctx: Context) -> pl.Series:
        """Return each row's vector, null for one that is nobody's duplicate."""

    def leaders(self, frame: pl.LazyFrame, rank: pl.Series, ctx: Context) -> pl.Series:
        import numpy as np

        from dfcli.ops import _components, _dedup_vectors

        vectors, filled = _dedup_vectors.units(self.vectors(frame, ctx))
        seed = ctx.rng().getrandbits(32)
        alike = _dedup_vectors.close(vectors, filled, self.threshold, self.clusters, seed)
        return pl.Series(_components.leaders(rank.to_numpy(), np.arange(rank.len()), alike))


class DedupSemantic(_Meaning):
    """Drop texts that mean nearly the same as others: the cosine of their embeddings is at least `threshold`.

    The embeddings are those of the step's model. As in SemDeDup (Abbas et al. 2023, section 3) k-means makes clusters
    of them, and only rows of one cluster are compared, each with all before it, so that pairs which a border between
    clusters separates are missed. Clusters are made again of the rows that stay until none leaves. With as many
    clusters as the square root of the rows, by default, the work grows with the rows' number to the power of 1.5. Null
    and blank texts are nobody's duplicates. Memory: 4 bytes for each number of a row's embedding, twice.
    """

    use_for = ("semantic deduplication", "SemDeDup", "paraphrases and near-duplicate meaning", "语义去重")
    aliases = (
        "semantic duplicates",
        "same meaning",
        "embedding dedup",
        "paraphrased copies",
        "语义重复",
        "意思相同",
        "says the same in different words",
        "换一种说法的重复",
        "paraphrases of each other",
        "rephrased duplicates",
        "the same question asked differently",
        "换个说法",
        "同义问题",
        "含义相近",
    )
    not_for = ("texts with the same words: use dedup_minhash", "vectors in a column: use dedup_vectors")
    examples = [
        Example(
            [{"text": "How many?"}, {"text": "How many?"}, {"text": ""}, {"text": ""}, {"text": "Who?"}],
            [{"text": "How many?"}, {"text": ""}, {"text": ""}, {"text": "Who?"}],
        )
    ]
    embeds = True

    text: Annotated[Reads, pl.String] = "text"

    def length(self, given: pl.Schema) -> pl.Expr:
        return pl.col(self.text).str.len_chars()

    def vectors(self, frame: pl.LazyFrame, ctx: Context) -> pl.Series:
        texts = frame.select(self.text).collect(engine="streaming").to_series()
        different = texts.filter(texts.str.contains(r"\S")).unique().sort()
        slices = [different.slice(start, _TEXTS) for start in range(0, different.len(), _TEXTS)]
        parts = [pl.Series(ctx.embed(part.to_list()), dtype=pl.List(pl.Float32)) for part in slices]
        empty = pl.Series(dtype=pl.List(pl.Float32))
        known = pl.DataFrame({"text": different, "vector": pl.concat([empty, *parts])})
        return pl.DataFrame({"text": texts}).join(known, on="text", how="left", maintain_order="left")["vector"]


class DedupVectors(_Meaning):
    """Drop rows whose vectors, lists of numbers in a column, have a cosine of at least `threshold` with another's.

    Rows are compared as `dedup_semantic` does. A vector that is null, has no direction, or has another number of
    numbers than most, is nobody's duplicate. Of equally good rows the first stays; longest is the one of the longest
    list, so that best is of more use.
    """

    use_for = (
        "deduplicate by embeddings in a column",
        "cosine similarity of vectors",
        "cluster embeddings",
        "向量去重",
    )
    aliases = ("vector dedup", "cosine dedup", "按向量去重")
    not_for = ("texts without vectors: use dedup_semantic",)
    examples = [
        Example(
            [{"id": 1, "vector": [1.0, 0.0]}, {"id": 2, "vector": [0.0, 2.0]}, {"id": 3, "vector": [3.0, 0.1]}],
            [
                {"id": 1, "duplicate_cluster": "3", "duplicate_of": "3"},
                {"id": 2, "duplicate_cluster": "2", "duplicate_of": None},
                {"id": 3, "duplicate_cluster": "3", "duplicate_of": None},
            ],
            {"vector": "vector", "mode": "mark", "prefer": "best", "by": "id", "clusters": 1},
        )
    ]

    vector: Reads = Field(description="The column of vectors.")

    def length(self, given: pl.Schema) -> pl.Expr:
        return pl.col(self.vector).cast(pl.List(pl.Float32)).list.len()

    def vectors(self, frame: pl.LazyFrame, ctx: Context) -> pl.Series:
        return frame.select(self.vector).collect(engine="streaming").to_series()
