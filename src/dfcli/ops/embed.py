"""Write embeddings into a column, for steps and tools that work on vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, ClassVar

import polars as pl

from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema


def _shown(text: str) -> list[float]:
    """Return the vector that the model of examples gives a text."""
    return [byte / 255 for byte in hashlib.blake2b(text.encode(), digest_size=8).digest()]


class Embed(Operator):
    """Write the embedding of each text, by the step's model, into a column of lists of numbers.

    The numbers are as the model gives them, neither cut nor brought to a length. A null text has no vector; an empty or
    blank one has what the model makes of it. Equal texts of a part are embedded once.
    """

    use_for = (
        "embedding vectors as a column",
        "embed texts with a model",
        "vectors for search or clustering",
        "生成文本向量",
    )
    aliases = ("embeddings", "text vectors", "vectorize", "encode", "向量化", "嵌入")
    not_for = (
        "drop texts of nearly the same meaning: use dedup_semantic",
        "the text nearest to its siblings: use centrality",
    )
    examples: ClassVar[Sequence[Example]] = [
        Example([{"text": "a"}, {"text": None}], [{"vector": _shown("a")}, {"vector": None}]),
        Example([{"q": "Who?"}], [{"v": _shown("Who?")}], {"text": "q", "into": "v"}),
    ]
    kind: ClassVar[Kind] = "generate"
    embeds: ClassVar[bool] = True

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.List(pl.Float64)] = "vector"

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        texts = frame[self.text].to_list()
        wanted = list(dict.fromkeys(text for text in texts if text is not None))
        vectors = dict(zip(wanted, ctx.embed(wanted) if wanted else [], strict=True))
        column = pl.Series(self.into, [vectors.get(text) for text in texts], dtype=pl.List(pl.Float64()))
        return frame.with_columns(column)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)
