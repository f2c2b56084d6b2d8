"""Classifiers published as an encoder and one linear layer, without a class of the library transformers."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dfcli.errors import EnvironmentLacks
from dfcli.ops._pretrained import Pretrained, loading, located, one_at_a_time, ready

_FILES = ["*.json", "*.safetensors", "*.model", "*.txt"]


def with_bare_head(name: str, revision: str | None) -> Pretrained:
    """Return a model whose encoder is saved under `model` and whose head, over its first token, under `fc`."""
    with one_at_a_time:
        return _loaded(name, revision)


@lru_cache(maxsize=1)
def _loaded(name: str, revision: str | None) -> Pretrained:
    with loading(name):
        from transformers import AutoTokenizer

        folder = _folder(name, revision)
        about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        network = _network(folder, about)
        network.config.id2label = {int(number): label for number, label in about["id2label"].items()}
        return ready(AutoTokenizer.from_pretrained(folder, trust_remote_code=False), network)


def _network(folder: Path, about: dict[str, Any]) -> Any:
    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModel

    weights = load_file(folder / "model.safetensors")
    base = folder / about["base_model"]
    config = AutoConfig.from_pretrained(str(base) if base.is_dir() else about["base_model"], trust_remote_code=False)
    body: Any = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
    parts = {key.removeprefix("model."): each for key, each in weights.items() if key.startswith("model.")}
    if lost := body.load_state_dict(parts, strict=False).missing_keys:
        raise EnvironmentLacks(f"the model in {folder} has no weights for {', '.join(lost)}: name one that is whole")
    layer = torch.nn.Linear(config.hidden_size, len(about["id2label"]))
    layer.load_state_dict({"weight": weights["fc.weight"], "bias": weights["fc.bias"]})

    class WithHead(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.config, self.body, self.layer = config, body, layer

        def forward(self, **given: Any) -> Any:
            return SimpleNamespace(logits=self.layer(self.body(**given).last_hidden_state[:, 0]))

    return WithHead()


def _folder(name: str, revision: str | None) -> Path:
    """Return the folder that a model is in, fetched from the Hub where it is not there yet."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    if (folder := Path(located(name))).is_dir():
        return folder
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=_FILES))
    except LocalEntryNotFoundError:
        raise EnvironmentLacks(
            f"the model {name} is not on this machine, and the Hugging Face Hub cannot be reached"
        ) from None
    except RepositoryNotFoundError:
        raise EnvironmentLacks(
            f"the Hugging Face Hub has no model {name}, or shows it only with HF_TOKEN set"
        ) from None
