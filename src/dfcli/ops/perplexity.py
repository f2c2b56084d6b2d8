"""How surprising texts are to a causal language model that runs in this process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops._pretrained import Pretrained, fingerprint, pretrained
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema

_DIGITS = 6


class _Causal(Operator):
    """A causal model by its folder or name."""

    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "models"

    transformer: str = Field(default="openai-community/gpt2", description="A causal model: its folder, or its name.")
    revision: str | None = Field(default=None, description="The commit, tag or branch of a model on the Hub.")

    def outside(self, ctx: Context) -> str:
        return fingerprint(self.transformer)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def model(self) -> Pretrained:
        return pretrained("AutoModelForCausalLM", self.transformer, self.revision)


class Perplexity(_Causal):
    """Measure the perplexity of a text under a causal model: e to the mean loss of its tokens, 1 or more.

    The first token is not predicted. A text longer than `window` tokens, or than the model takes, is read in windows
    that begin `stride` tokens after each other; each token counts once, with what stands before it in its window. A
    text of fewer than two tokens, or null, has none. Numbers depend on the model's tokenizer.
    """

    use_for = ("perplexity", "language model score", "fluency of text", "GPT-2 perplexity", "困惑度")
    not_for = (
        "how hard an answer is to its question: use instruction_difficulty",
        "compression: use compression_ratio",
    )
    examples = [Example([{"text": None}, {"text": ""}], [{"perplexity": None}, {"perplexity": None}])]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Float64] = "perplexity"
    window: int | None = Field(default=None, ge=2, description="Tokens read together; what the model takes by default.")
    stride: int | None = Field(default=None, ge=1, description="Tokens from one window to the next; half by default.")

    @model_validator(mode="after")
    def _overlaps(self) -> Perplexity:
        if self.window and self.stride and self.stride >= self.window:
            raise ValueError("stride must be less than window, or tokens would be left out")
        return self

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        texts = frame[self.text].cast(pl.String())
        known = {text: self._of(text) for text in sorted(set(texts.drop_nulls()))}
        return frame.with_columns(pl.Series(self.into, [known.get(text) for text in texts], dtype=pl.Float64()))

    def _of(self, text: str) -> float | None:
        if not text:
            return None
        model = self.model()
        tokens = model.tokenizer(text, verbose=False)["input_ids"]
        return perplexity(losses(model, tokens, model.limit(self.window), self.stride))


class InstructionDifficulty(_Causal):
    """Measure how much an instruction helps a model to its response (IFD, Li et al. 2024, arXiv 2308.12032, eq. 4).

    It is the perplexity of the response after the instruction by that of the response alone: near 1 or above, the
    instruction helps little; far below, the pair is easy. A small model such as GPT-2 ranks pairs much as a large one
    does (superfiltering, Li et al. 2024, arXiv 2402.00530). The response is cut where both no longer fit the model; one
    of fewer than two tokens, or a null, has none.
    """

    use_for = (
        "IFD score",
        "instruction following difficulty",
        "superfiltering",
        "Cherry LLM selection",
        "指令跟随难度",
    )
    not_for = ("a single text: use perplexity", "complexity by a prompt: use judge_complexity")
    examples = [Example([{"instruction": "Say hi.", "response": None}], [{"ifd": None}])]

    instruction: Annotated[Reads, pl.String] = "instruction"
    response: Annotated[Reads, pl.String] = "response"
    into: Annotated[Writes, pl.Float64] = "ifd"
    between: str = Field(default="\n", description="What stands between the two.")

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        pairs = frame.select(pl.col(self.instruction, self.response).cast(pl.String)).rows()
        known = {pair: self._of(*pair) for pair in sorted({pair for pair in pairs if None not in pair})}
        return frame.with_columns(pl.Series(self.into, [known.get(pair) for pair in pairs], dtype=pl.Float64()))

    def _of(self, instruction: str, response: str) -> float | None:
        model = self.model()
        before = model.tokenizer(instruction + self.between, verbose=False)["input_ids"]
        tokens = model.tokenizer(response, add_special_tokens=False, verbose=False)["input_ids"]
        tokens = tokens[: max(model.limit() - len(before), 0)]
        if len(tokens) < 2 or not before:
            return None
        helped = perplexity(losses(model, before + tokens, model.limit(), None)[len(before) - 1 :])
        alone = perplexity(losses(model, tokens, model.limit(), None))
        return round(helped / alone, _DIGITS) if helped and alone else None


def losses(model: Pretrained, tokens: Sequence[int], window: int, stride: int | None) -> list[float]:
    """Return the loss of each token but the first."""
    import torch

    found: list[float] = []
    step = min(stride or max(window // 2, 1), max(window - 1, 1))
    for start in range(0, max(len(tokens) - 1, 0), step):
        some = torch.tensor([tokens[start : start + window]], device=model.device)
        with torch.inference_mode():
            logits = model.network(input_ids=some).logits[0, :-1].float()
        each = torch.nn.functional.cross_entropy(logits, some[0, 1:], reduction="none").cpu().tolist()
        found += each[len(found) - start :]
        if start + window >= len(tokens):
            break
    return found


def perplexity(of_tokens: Sequence[float]) -> float | None:
    """Return e to the mean of losses; none of no tokens."""
    return round(math.exp(math.fsum(of_tokens) / len(of_tokens)), _DIGITS) if of_tokens else None
