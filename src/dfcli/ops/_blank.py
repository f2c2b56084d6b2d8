"""A model without weights to fetch, for examples and for trying a recipe: to it all labels and tokens are alike."""

from __future__ import annotations

from typing import Any

BLANK = "dfcli/blank"
"""The name it goes by in place of a folder or of a name on the Hub."""

_END = "<end>"


def blank(head: str, outputs: int) -> tuple[Any, Any]:
    """Return its tokenizer, with a token for each byte and one for the end, and its network, whose weights are 0."""
    import torch
    from transformers import GPT2Config, GPT2ForSequenceClassification, GPT2LMHeadModel, GPT2Model

    kinds: dict[str, Any] = {
        "AutoModel": GPT2Model,
        "AutoModelForSequenceClassification": GPT2ForSequenceClassification,
        "AutoModelForCausalLM": GPT2LMHeadModel,
    }
    sizes: dict[str, Any] = {"n_embd": 2, "n_layer": 1, "n_head": 1, "n_positions": 512, "num_labels": max(outputs, 1)}
    tokenizer = _of_bytes()
    network = kinds[head](GPT2Config(vocab_size=len(tokenizer), **sizes))
    with torch.no_grad():
        for each in network.parameters():
            each.zero_()
    return tokenizer, network


def _of_bytes() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    signs = [*sorted(pre_tokenizers.ByteLevel.alphabet()), _END]
    made = Tokenizer(models.BPE(vocab={sign: number for number, sign in enumerate(signs)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made, eos_token=_END, pad_token=_END, model_max_length=512
    )
