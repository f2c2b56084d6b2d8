"""Measure how near a text is to a reference in meaning, token by token, by a model that runs here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops._pretrained import fingerprint
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, declared_schema

_DIGITS = 5
"""Digits that are the same however texts were batched: models compute in single precision."""


class BertScore(Operator):
    """Score a text against a reference by BERTScore (Zhang et al. 2020): precision, recall and F1, to five digits.

    Each token is matched with the token of the other text that is nearest by the cosine of their vectors at a `layer`
    of the model; precision is the mean over the text's tokens, recall over the reference's, F1 the harmonic mean.
    Tokens are not weighted, scores are not rescaled. They run from -1 to 1, mostly well above 0; equal texts score 1,
    a text without tokens 0. Of a text longer than the model takes, the beginning counts. Numbers of different models
    or layers cannot be compared.
    """

    use_for = ("BERTScore", "semantic similarity to a reference", "paraphrase score", "语义相似度评分")
    aliases = ("BERT similarity", "contextual embedding match", "BERT相似度")
    not_for = ("n-grams in common, without a model: use rouge", "rows of one family: use centrality")
    examples = [
        Example(
            [{"text": "A cat.", "reference": "A cat."}, {"text": None, "reference": "A dog."}],
            [{"bert_f1": 1.0, "bert_recall": 1.0}, {"bert_f1": None, "bert_recall": None}],
            {"transformer": "distilbert-base-uncased"},
        )
    ]
    kind: ClassVar[Kind] = "evaluate"
    needs = "models"

    text: Annotated[Reads, pl.String] = "text"
    reference: Annotated[Reads, pl.String] = Field(
        default="reference", description="The column with the text to compare with."
    )
    prefix: str = Field(default="bert_", description="What the names of the written columns start with.")
    transformer: str = Field(description="A model of the library transformers: its folder, or its name on the Hub.")
    revision: str | None = Field(default=None, description="The commit, tag or branch of a model on the Hub.")
    layer: int = Field(default=-1, description="Whose vectors to compare: 0 is the model's input, -1 its last layer.")
    batch_size: int = Field(default=32, ge=1, description="How many pairs the model is given at a time.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {f"{self.prefix}{name}": pl.Float64() for name in ("precision", "recall", "f1")}

    def outside(self, ctx: Context) -> str:
        return fingerprint(self.transformer)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        pairs = frame.select(pl.col(self.text, self.reference).cast(pl.String)).rows()
        different = list(dict.fromkeys(pair for pair in pairs if None not in pair and pair[0] != pair[1]))
        different.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
        found = dict(zip(different, self._scores(different), strict=True))
        scores = [(None,) * 3 if None in pair else found.get(pair, (1.0,) * 3) for pair in pairs]
        made = pl.DataFrame(scores, schema=list(self.writes()), orient="row").cast(pl.Float64)
        return frame.with_columns(made.get_columns())

    def _scores(self, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[float, float, float]]:
        if not pairs:
            return
        from dfcli.ops._token_vectors import TokenModel, matched

        model = TokenModel.load(self.transformer, self.revision)
        for start in range(0, len(pairs), self.batch_size):
            some = pairs[start : start + self.batch_size]
            texts, references = (model.tokens([pair[side] for pair in some], self.layer) for side in (0, 1))
            for text, reference in zip(texts, references, strict=True):
                precision, recall = matched(text, reference), matched(reference, text)
                total = precision + recall
                f1 = 2 * precision * recall / total if total > 0 else 0.0
                yield round(precision, _DIGITS), round(recall, _DIGITS), round(f1, _DIGITS)
