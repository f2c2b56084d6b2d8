"""Models of the library transformers that run in this process: loaded once, on a GPU where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from dfcli.errors import EnvironmentLacks

Head = Literal["AutoModel", "AutoModelForSequenceClassification", "AutoModelForCausalLM"]
Item = TypeVar("Item")

_LONGEST = 512
"""Tokens taken of a text where a tokenizer names no limit."""

_UNLIMITED = 10**6
"""A tokenizer without a limit names a number far beyond this one."""


@dataclass(frozen=True)
class Pretrained:
    """A transformer and its tokenizer."""

    tokenizer: Any
    network: Any
    device: str

    def limit(self, wanted: int | None = None) -> int:
        """Return how many tokens it takes, or fewer that are wanted; some models need two positions for more."""
        named: int = self.tokenizer.model_max_length
        positions: int = getattr(self.network.config, "max_position_embeddings", _LONGEST + 2)
        most = min(named, positions) if named < _UNLIMITED else max(positions - 2, 1)
        return min(most, wanted) if wanted else most


@lru_cache(maxsize=2)
def pretrained(head: Head, name: str, revision: str | None) -> Pretrained:
    """Return a model by its folder or its name on the Hub; EnvironmentLacks when it cannot be loaded.

    No code that lies beside the weights is run.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise EnvironmentLacks("models need an extra: pip install 'dfcli[models]'") from error
    try:
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(name, revision=revision)
        network: Any = getattr(transformers, head).from_pretrained(name, revision=revision)
    except (OSError, ValueError) as error:
        raise EnvironmentLacks(f"the model {name} cannot be loaded: {error}") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        network.config.pad_token_id = tokenizer.pad_token_id
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Pretrained(tokenizer, network.to(device).eval(), device)


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield so many items at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def fingerprint(name: str) -> str:
    """Return a hash of a model's files where its name is a folder or file; a name on the Hub says itself what it is."""
    import xxhash

    place = Path(name)
    if not place.exists():
        return ""
    digest = xxhash.xxh3_128()
    for path in sorted(each for each in ([place] if place.is_file() else place.rglob("*")) if each.is_file()):
        digest.update(f"{path.relative_to(place)} {path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
