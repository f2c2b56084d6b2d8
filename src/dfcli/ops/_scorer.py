"""What a local model gives texts or pairs of texts: numbers per label, read in one of several ways."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dfcli.ops._bare_head import with_bare_head
from dfcli.ops._blank import BLANK
from dfcli.ops._presets import How, Long, Scorer
from dfcli.ops._pretrained import Head, Pretrained, pretrained

DIGITS = "123456"
"""What a scorer that writes its rating is asked for (DEITA, Liu et al. 2024, section 2)."""

Pair = tuple[str, str | None]


@dataclass(frozen=True)
class Scores:
    """A model, what it is given, and the way to read what it gives."""

    model: Pretrained
    how: How
    layout: str | None
    max_tokens: int | None
    long: Long

    def names(self) -> list[str]:
        """Return what the model calls its outputs, in their order."""
        return [str(name) for _, name in sorted(self.model.network.config.id2label.items())]

    def of(self, pairs: Sequence[Pair]) -> list[list[float] | None]:
        """Return the outputs for texts, or for pairs: all have a second text, or none; None where no token is seen.

        With `long` "mean" a text is read in pieces, whose outputs are averaged by the number of their tokens.
        """
        import torch

        with self.model.busy, torch.inference_mode():
            given = self._encoded(pairs).to(self.model.device)
            rows = torch.arange(len(pairs), device=self.model.device)
            owners = given.pop("overflow_to_sample_mapping", rows)
            sizes = given["attention_mask"].sum(dim=1, keepdim=True).float()
            if not sizes.any():
                return [None] * len(pairs)
            outputs = self._outputs(given, len(pairs)) * sizes
            sums = outputs.new_zeros(len(pairs), outputs.shape[1]).index_add(0, owners, outputs)
            totals = sizes.new_zeros(len(pairs), 1).index_add(0, owners, sizes)
            means = (sums / totals.clamp(min=1)).cpu().tolist()
        return [mean if total else None for mean, (total,) in zip(means, totals.tolist(), strict=True)]

    def _encoded(self, pairs: Sequence[Pair]) -> Any:
        firsts = [self._filled(*pair) if self.layout else pair[0] for pair in pairs]
        seconds = [second for _, second in pairs if second is not None and not self.layout]
        return self.model.tokenizer(
            firsts,
            *([seconds] if seconds else []),
            padding=True,
            padding_side="right",
            truncation=True,
            max_length=self.model.limit(self.max_tokens),
            return_overflowing_tokens=self.long == "mean",
            return_tensors="pt",
        )

    def _outputs(self, given: Any, size: int) -> Any:
        import torch

        found = []
        for start in range(0, len(given["attention_mask"]), size):
            some = {name: each[start : start + size] for name, each in given.items()}
            if self.how == "digits":
                some.pop("token_type_ids", None)  # causal models that take them count them as words
            found.append(self._read(self.model.network(**some).logits.float(), some["attention_mask"]))
        return torch.cat(found)

    def _read(self, logits: Any, mask: Any) -> Any:
        import torch

        if self.how == "digits":
            rows = torch.arange(len(mask), device=mask.device)
            last = (mask * torch.arange(mask.shape[1], device=mask.device)).argmax(dim=1)
            ids = [self.model.tokenizer.encode(digit, add_special_tokens=False)[-1] for digit in DIGITS]
            shares = logits[rows, last][:, ids].softmax(dim=-1)
            return (shares * torch.arange(1.0, len(DIGITS) + 1, device=mask.device)).sum(dim=-1, keepdim=True)
        if self.how == "sigmoid":
            return logits.sigmoid()
        return logits if self.how == "regression" else logits.softmax(dim=-1)

    def _filled(self, first: str, second: str | None) -> str:
        """Return the layout with the texts in it, the longest cut by as much as the whole is too long."""
        texts = {"text": first, "second": second or ""}
        while True:
            whole = re.sub(r"\{(text|second)\}", lambda field: texts[field[1]], self.layout or "")
            over = len(self.model.tokenizer(whole, verbose=False)["input_ids"]) - self.model.limit(self.max_tokens)
            inside = [name for name, text in texts.items() if text and f"{{{name}}}" in (self.layout or "")]
            if over <= 0 or not inside:
                return whole
            longest = max(inside, key=lambda name: len(texts[name]))
            texts[longest] = self._shorter(texts[longest], over)

    def _shorter(self, text: str, tokens: int) -> str:
        made = self.model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ends = [end for _, end in made["offset_mapping"][:-tokens]]
        return text[: min(ends[-1], len(text) - 1)] if ends else ""


def scores(known: Scorer, revision: str | None, layout: str | None) -> Scores:
    """Return a scorer with its model; EnvironmentLacks when that cannot be loaded."""
    if known.backbone and known.transformer != BLANK:
        model = with_bare_head(known.transformer, revision)
    else:
        head: Head = "AutoModelForCausalLM" if known.how == "digits" else "AutoModelForSequenceClassification"
        model = pretrained(head, known.transformer, revision, outputs=len(known.labels))
    return Scores(model, known.how, layout, known.max_tokens, known.long)


def in_order(labels: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """Return labels in the order in which a model names them; as they are where it names others."""
    known = {label.lower(): label for label in labels}
    named = [name.lower() for name in names]
    return [known[name] for name in named] if sorted(named) == sorted(known) else labels
