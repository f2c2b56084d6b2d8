"""The vectors that a transformer gives the tokens of texts, and how well those of two texts match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dfcli.errors import EnvironmentLacks
from dfcli.ops._pretrained import Pretrained, pretrained


class Tokens(NamedTuple):
    """One text's token vectors, each of length 1; `own` is false for tokens that the model adds around a text."""

    vectors: npt.NDArray[np.float32]
    own: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TokenModel:
    """A transformer whose layers give each token a vector."""

    model: Pretrained

    @staticmethod
    def load(name: str, revision: str | None) -> TokenModel:
        """Return a model by its folder or name; EnvironmentLacks when it cannot be loaded."""
        return TokenModel(pretrained("AutoModel", name, revision))

    def tokens(self, texts: Sequence[str], layer: int) -> list[Tokens]:
        """Return the tokens of each text at a layer; EnvironmentLacks when the model has no such layer."""
        import torch

        with self.model.busy, torch.inference_mode():
            given = self._encoded(texts)
            special = given.pop("special_tokens_mask").bool()
            layers = self.model.network(**given.to(self.model.device), output_hidden_states=True).hidden_states
        if not -len(layers) <= layer < len(layers):
            raise EnvironmentLacks(f"the model has the layers 0 to {len(layers) - 1}, and none is {layer}")
        units = torch.nn.functional.normalize(layers[layer].float(), dim=-1).cpu().numpy()
        there = given["attention_mask"].bool().cpu().numpy()
        own = ~special.numpy()
        return [Tokens(units[row][there[row]], own[row][there[row]]) for row in range(len(texts))]

    def _encoded(self, texts: Sequence[str]) -> Any:
        return self.model.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.model.limit(),
            return_special_tokens_mask=True,
            return_tensors="pt",
        )


def matched(tokens: Tokens, others: Tokens) -> float:
    """Return the mean, over a text's own tokens, of the cosine with the nearest token of another text; 0.0 of none."""
    if not tokens.own.any() or not others.own.any():
        return 0.0
    nearest = (tokens.vectors @ others.vectors.T).max(axis=1)
    return float(nearest[tokens.own].mean(dtype=np.float64))
