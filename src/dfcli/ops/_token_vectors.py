"""The vectors that a transformer gives the tokens of texts, and how well those of two texts match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dfcli.errors import EnvironmentLacks

_LONGEST = 512
"""Tokens taken of a text where a tokenizer names no limit."""

_UNLIMITED = 10**6
"""A tokenizer without a limit names a number far beyond this one."""


class Tokens(NamedTuple):
    """One text's token vectors, each of length 1; `own` is false for tokens that the model adds around a text."""

    vectors: npt.NDArray[np.float32]
    own: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TokenModel:
    """A transformer and its tokenizer, on a GPU where there is one."""

    tokenizer: Any
    network: Any
    device: str

    @staticmethod
    @lru_cache(maxsize=1)
    def load(name: str, revision: str | None) -> TokenModel:
        """Return a model by its folder or name; EnvironmentLacks when it cannot be loaded."""
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise EnvironmentLacks("models need an extra: pip install 'dfcli[models]'") from error
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(name, revision=revision)
            network: Any = AutoModel.from_pretrained(name, revision=revision)
        except (OSError, ValueError) as error:
            raise EnvironmentLacks(f"the model {name} cannot be loaded: {error}") from error
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return TokenModel(tokenizer, network.to(device).eval(), device)

    def tokens(self, texts: Sequence[str], layer: int) -> list[Tokens]:
        """Return the tokens of each text at a layer; EnvironmentLacks when the model has no such layer."""
        import torch

        given = self._encoded(texts)
        special = given.pop("special_tokens_mask").bool()
        with torch.inference_mode():
            layers = self.network(**given.to(self.device), output_hidden_states=True).hidden_states
        if not -len(layers) <= layer < len(layers):
            raise EnvironmentLacks(f"the model has the layers 0 to {len(layers) - 1}, and none is {layer}")
        units = torch.nn.functional.normalize(layers[layer].float(), dim=-1).cpu().numpy()
        there = given["attention_mask"].bool().cpu().numpy()
        own = ~special.numpy()
        return [Tokens(units[row][there[row]], own[row][there[row]]) for row in range(len(texts))]

    def _limit(self) -> int:
        """Return how many tokens the model takes; some need two positions of theirs for other things."""
        named: int = self.tokenizer.model_max_length
        positions: int = getattr(self.network.config, "max_position_embeddings", _LONGEST + 2)
        return min(named, positions) if named < _UNLIMITED else positions - 2

    def _encoded(self, texts: Sequence[str]) -> Any:
        return self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self._limit(),
            return_special_tokens_mask=True,
            return_tensors="pt",
        )


def matched(tokens: Tokens, others: Tokens) -> float:
    """Return the mean, over a text's own tokens, of the cosine with the nearest token of another text; 0.0 of none."""
    if not tokens.own.any() or not others.own.any():
        return 0.0
    nearest = (tokens.vectors @ others.vectors.T).max(axis=1)
    return float(nearest[tokens.own].mean(dtype=np.float64))


def fingerprint(name: str) -> str:
    """Return a hash of a model's files where its name is a folder; a name on the Hub says itself what it is."""
    import xxhash

    folder = Path(name)
    if not folder.is_dir():
        return ""
    digest = xxhash.xxh3_128()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
