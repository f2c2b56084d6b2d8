"""A sentence-transformers model of a few kilobytes with random weights, made and loaded by the library itself."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] how many singers are there count the in each city list all names a dog ran"


def make(folder: Path) -> Path:
    """Write the model into a folder, and return that."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    (vocabulary := folder / "vocab.txt").write_text("\n".join(WORDS.split()), encoding="utf-8")
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    config = BertConfig(vocab_size=len(WORDS.split()), max_position_embeddings=32, **sizes)
    bert = folder / "bert"
    with warnings.catch_warnings(action="ignore"):
        BertModel(config).save_pretrained(bert)
        BertTokenizer(vocab=str(vocabulary)).save_pretrained(bert)
        parts = [Transformer(str(bert)), Pooling(16, "mean")]
        SentenceTransformer(modules=parts, device="cpu").save(str(folder / "tiny"), create_model_card=False)
    return folder / "tiny"
