"""Models of a few kilobytes with random weights from a fixed seed, made and saved by the libraries themselves."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

_VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] <eos> 1 2 3 4 5 6 the a cat dog sat ran on mat good bad hi what is it to be"
)
WORDS = _VOCABULARY.split()
_SIZES: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


def tokenizer(folder: Path) -> None:
    """Write a tokenizer that knows some words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", eos_token="<eos>", model_max_length=32
    ).save_pretrained(folder)


def classifier(folder: Path, labels: int) -> Path:
    """Write a BERT that classifies, or for one label rates."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(labels)
    config = BertConfig(vocab_size=len(WORDS), max_position_embeddings=34, **{**_SIZES, "num_labels": labels})
    return _saved(BertForSequenceClassification(config), folder)


def encoder(folder: Path) -> Path:
    """Write a BERT without a head."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    return _saved(BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=34, **_SIZES)), folder)


def causal(folder: Path) -> Path:
    """Write a GPT-2."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(3)
    sizes: dict[str, Any] = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 34}
    return _saved(GPT2LMHeadModel(GPT2Config(vocab_size=len(WORDS), **sizes)), folder)


def bare_head(folder: Path) -> Path:
    """Write a model as one publishes an encoder and a linear layer, without a class of the library."""
    import torch
    from safetensors.torch import save_file

    body = encoder(folder / "base")
    weights = _weights(body)
    torch.manual_seed(9)
    head = {"fc.weight": torch.randn(3, 16), "fc.bias": torch.zeros(3)}
    save_file({**{f"model.{name}": each for name, each in weights.items()}, **head}, folder / "model.safetensors")
    about = {"base_model": "base", "id2label": {"0": "High", "1": "Medium", "2": "Low"}}
    (folder / "config.json").write_text(json.dumps({**about, "model_type": "bert"}), encoding="utf-8")
    tokenizer(folder)
    return folder


def _weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def _saved(model: Any, folder: Path) -> Path:
    with warnings.catch_warnings(action="ignore"):
        model.save_pretrained(folder)
    tokenizer(folder)
    return folder
