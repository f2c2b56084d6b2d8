"""What a local model gives texts or pairs of texts: numbers per label, read in one of four ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dfcli.errors import EnvironmentLacks
from dfcli.ops._presets import How
from dfcli.ops._pretrained import Pretrained, pretrained

DIGITS = "123456"
"""What a scorer that writes its rating is asked for (DEITA, Liu et al. 2024, section 2)."""

Pair = tuple[str, str | None]


@dataclass(frozen=True)
class Scores:
    """A model and the way to read what it gives."""

    model: Pretrained
    how: How

    def of(self, pairs: Sequence[Pair], max_tokens: int | None) -> list[list[float]]:
        """Return the outputs for texts, or for pairs where the second is not None; all with it, or all without."""
        import torch

        firsts, seconds = [first for first, _ in pairs], [second for _, second in pairs if second is not None]
        given = self.model.tokenizer(
            firsts,
            *([seconds] if seconds else []),
            padding=True,
            truncation=True,
            max_length=self.model.limit(max_tokens),
            return_tensors="pt",
        ).to(self.model.device)
        with torch.inference_mode():
            logits = self.model.network(**given).logits.float()
        made: list[list[float]] = self._read(logits, given["attention_mask"]).cpu().tolist()
        return made

    def _read(self, logits: Any, mask: Any) -> Any:
        import torch

        if self.how == "digits":
            rows = torch.arange(len(mask), device=mask.device)
            last = (mask * torch.arange(mask.shape[1], device=mask.device)).argmax(dim=1)
            ids = [self.model.tokenizer.encode(digit, add_special_tokens=False)[-1] for digit in DIGITS]
            shares = logits[rows, last][:, ids].softmax(dim=-1)
            return (shares * torch.arange(1.0, len(DIGITS) + 1, device=mask.device)).sum(dim=-1, keepdim=True)
        return (
            logits.softmax(dim=-1) if self.how == "softmax" else logits.sigmoid() if self.how == "sigmoid" else logits
        )


def scores(name: str, revision: str | None, how: How, *, backbone: bool) -> Scores:
    """Return a scorer by the folder or name of its model; EnvironmentLacks when it cannot be loaded."""
    if backbone:
        return Scores(_with_bare_head(name, revision), how)
    head = "AutoModelForCausalLM" if how == "digits" else "AutoModelForSequenceClassification"
    return Scores(pretrained(head, name, revision), how)


@lru_cache(maxsize=1)
def _with_bare_head(name: str, revision: str | None) -> Pretrained:
    """Return a model published as an encoder under `model` and one linear layer under `fc` over its first token."""
    import json
    from types import SimpleNamespace

    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    folder = Path(name) if Path(name).is_dir() else _fetched(name, revision)
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "model.safetensors")
    base = str(folder / about["base_model"]) if (folder / about["base_model"]).is_dir() else about["base_model"]
    body: Any = AutoModel.from_config(AutoConfig.from_pretrained(base))  # type: ignore[no-untyped-call]
    body.load_state_dict(
        {key.removeprefix("model."): each for key, each in weights.items() if key.startswith("model.")}
    )
    body.eval()

    class WithHead(torch.nn.Module):
        config = body.config

        def forward(self, **given: Any) -> Any:
            first = body(**given).last_hidden_state[:, 0]
            return SimpleNamespace(logits=torch.nn.functional.linear(first, weights["fc.weight"], weights["fc.bias"]))

    return Pretrained(AutoTokenizer.from_pretrained(folder), WithHead().eval(), "cpu")


def _fetched(name: str, revision: str | None) -> Path:
    """Return the folder that a model of the Hub is in, fetching it where it is not there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise EnvironmentLacks(f"the model {name} cannot be loaded: {error}") from error
