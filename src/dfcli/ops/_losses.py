"""How well a causal model foresees the tokens of texts: the loss of each, several texts at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dfcli.ops._pretrained import Pretrained

_AT_ONCE = 2048
"""Tokens given to a model together: each of them brings a number for each of the vocabulary's."""


class _Window(NamedTuple):
    """A stretch of one text's tokens, of which those from `new` on were not foreseen in the window before."""

    text: int
    tokens: Sequence[int]
    new: int


def losses(model: Pretrained, texts: Sequence[Sequence[int]], window: int, stride: int | None) -> list[list[float]]:
    """Return the loss of each token but the first, for each text.

    A text longer than `window` is read in windows that begin `stride` tokens after each other, by default half of
    one; each token counts where it first stands behind others.
    """
    step = min(stride or max(window // 2, 1), max(window - 1, 1))
    windows = [each for number, tokens in enumerate(texts) for each in _windows(number, tokens, window, step)]
    order = sorted(range(len(windows)), key=lambda place: len(windows[place].tokens))
    found: dict[int, list[float]] = {}
    for some in _batches(order, windows):
        found |= zip(some, _of(model, [windows[place] for place in some]), strict=True)
    made: list[list[float]] = [[] for _ in texts]
    for place, each in enumerate(windows):
        made[each.text] += found[place]
    return made


def mean(of_tokens: Sequence[float]) -> float | None:
    """Return the mean of losses; None of no tokens, and where the model gave no number."""
    value = math.fsum(of_tokens) / len(of_tokens) if of_tokens else math.nan
    return value if math.isfinite(value) else None


def _windows(text: int, tokens: Sequence[int], window: int, step: int) -> Iterator[_Window]:
    done = 0
    for start in range(0, max(len(tokens) - 1, 0), step):
        some = tokens[start : start + window]
        yield _Window(text, some, done - start)
        done = start + len(some) - 1
        if start + window >= len(tokens):
            return


def _batches(order: Sequence[int], windows: Sequence[_Window]) -> Iterator[list[int]]:
    """Yield places of windows, from the shortest to the longest, so many that they fit padded to the last one."""
    some: list[int] = []
    for place in order:
        if some and (len(some) + 1) * len(windows[place].tokens) > _AT_ONCE:
            yield some
            some = []
        some.append(place)
    if some:
        yield some


def _of(model: Pretrained, windows: Sequence[_Window]) -> list[list[float]]:
    import torch

    longest = len(windows[-1].tokens)
    padded = [[*each.tokens, *[0] * (longest - len(each.tokens))] for each in windows]
    there = [[1] * len(each.tokens) + [0] * (longest - len(each.tokens)) for each in windows]
    ids, mask = torch.tensor(padded, device=model.device), torch.tensor(there, device=model.device)
    with model.busy, torch.inference_mode():
        logits = model.network(input_ids=ids, attention_mask=mask).logits
        return [_row(logits[row], ids[row], each) for row, each in enumerate(windows)]


def _row(logits: Any, ids: Any, window: _Window) -> list[float]:
    import torch

    last = len(window.tokens)
    each = torch.nn.functional.cross_entropy(
        logits[window.new : last - 1].float(), ids[window.new + 1 : last], reduction="none"
    )
    made: list[float] = each.cpu().tolist()
    return made
