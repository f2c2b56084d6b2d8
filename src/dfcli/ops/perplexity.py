"""How surprising texts are to a causal language model that runs in this process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import Field, model_validator

from dfcli.ops._blank import BLANK
from dfcli.ops._losses import losses, mean
from dfcli.ops._pretrained import Pretrained, batches, fingerprint, pretrained
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema

_TEXTS = 256
"""Texts whose tokens are kept at a time."""

_MOST = 700.0
"""The greatest loss of which e to its power is a number."""


class _Causal(Operator):
    """A causal model by its folder or name."""

    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "models"
    version: ClassVar[int] = 2

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
    text of fewer than two tokens, or null, has none. Numbers depend on the model's tokenizer, and have six digits.
    `dfcli/blank` in place of a model needs no weights, and finds all texts alike: to try a recipe.
    """

    use_for = ("perplexity", "language model score", "fluency of text", "GPT-2 perplexity", "困惑度")
    aliases = (
        "PPL",
        "language-model loss",
        "fluency",
        "语言模型困惑度",
        "通顺度",
        "unnatural text",
        "nonsense text",
        "language model surprise",
        "不通顺的文本",
        "语句不自然",
    )
    not_for = (
        "how hard an answer is to its question: use instruction_difficulty",
        "compression: use compression_ratio",
    )
    examples = [
        Example(
            [{"text": "Two words."}, {"text": "x"}, {"text": ""}, {"text": None}],
            [{"perplexity": 257.0}, {"perplexity": None}, {"perplexity": None}, {"perplexity": None}],
            {"transformer": BLANK},
        ),
        Example([{"text": "Read in windows."}], [{"ppl": 257.0}], {"transformer": BLANK, "window": 4, "into": "ppl"}),
    ]

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
        different = sorted({text for text in texts if text}, key=lambda text: (len(text), text))
        found = [each for some in batches(different, _TEXTS) for each in self._of(some)]
        known = dict(zip(different, found, strict=True))
        return frame.with_columns(pl.Series(self.into, [known.get(text) for text in texts], dtype=pl.Float64()))

    def _of(self, texts: Sequence[str]) -> list[float | None]:
        model = self.model()
        tokens = tokenized(model, texts)
        return [_power(mean(each)) for each in losses(model, tokens, model.limit(self.window), self.stride)]


class InstructionDifficulty(_Causal):
    """Measure how much an instruction helps a model to its response: IFD, instruction-following difficulty, above 0.

    It is the perplexity of the response after the instruction by that of the response alone (superfiltering, Li et al.
    2024, arXiv 2402.00530, section 2), or with `measure: loss` the mean loss of one by that of the other (Li et al.
    2024, arXiv 2308.12032, section 2.2). Near 1 or above, the instruction helps little; far below, the pair is easy. A
    small model such as GPT-2 ranks pairs much as a large one does. The first token of a response alone is not
    predicted. The response is cut where both no longer fit the model; one of which fewer than two tokens fit, or a
    null, has none.
    """

    use_for = (
        "IFD score",
        "instruction following difficulty",
        "superfiltering",
        "Cherry LLM selection",
        "指令跟随难度",
    )
    aliases = (
        "IFD",
        "instruction difficulty",
        "cherry data",
        "IFD分数",
        "which samples teach most",
        "informative instruction pairs",
        "最有价值的指令样本",
    )
    not_for = ("a single text: use perplexity", "complexity by a prompt: use judge_complexity")
    examples = [
        Example(
            [{"instruction": "Say hi.", "response": "Hi there!"}, {"instruction": "Say hi.", "response": None}],
            [{"ifd": 1.0}, {"ifd": None}],
            {"transformer": BLANK},
        ),
        Example(
            [{"instruction": "Say hi.", "response": "Hi!"}],
            [{"by_loss": 1.0}],
            {"transformer": BLANK, "measure": "loss", "into": "by_loss"},
        ),
    ]

    instruction: Annotated[Reads, pl.String] = "instruction"
    response: Annotated[Reads, pl.String] = "response"
    into: Annotated[Writes, pl.Float64] = "ifd"
    between: str = Field(default="\n", description="What stands between the two.")
    measure: Literal["perplexity", "loss"] = Field(default="perplexity", description="What is divided by what.")

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        pairs = frame.select(pl.col(self.instruction, self.response).cast(pl.String)).rows()
        different = sorted({pair for pair in pairs if None not in pair}, key=lambda pair: (len("".join(pair)), pair))
        found = [each for some in batches(different, _TEXTS) for each in self._of(some)]
        known = dict(zip(different, found, strict=True))
        return frame.with_columns(pl.Series(self.into, [known.get(pair) for pair in pairs], dtype=pl.Float64()))

    def _of(self, pairs: Sequence[tuple[str, str]]) -> list[float | None]:
        model = self.model()
        before = tokenized(model, [instruction + self.between for instruction, _ in pairs])
        whole = tokenized(model, [response for _, response in pairs], add_special_tokens=False)
        room = [max(model.limit() - len(each), 0) if each else 0 for each in before]
        after = [tokens[:most] for tokens, most in zip(whole, room, strict=True)]
        both = [[*first, *second] for first, second in zip(before, after, strict=True)]
        helped = losses(model, both, model.limit(), None)
        alone = losses(model, after, model.limit(), None)
        return [
            self._ratio(mean(with_it[len(first) - 1 :]), mean(without)) if without else None
            for first, with_it, without in zip(before, helped, alone, strict=True)
        ]

    def _ratio(self, helped: float | None, alone: float | None) -> float | None:
        if helped is None or alone is None:
            return None
        if self.measure == "perplexity":
            return _power(helped - alone)
        return _rounded(helped / alone) if alone else None


def tokenized(model: Pretrained, texts: Sequence[str], **options: bool) -> list[list[int]]:
    """Return the tokens of each text."""
    with model.busy:
        made: list[list[int]] = model.tokenizer(list(texts), verbose=False, **options)["input_ids"] if texts else []
    return made


def _power(loss: float | None) -> float | None:
    return None if loss is None else _rounded(math.exp(min(loss, _MOST)))


def _rounded(value: float) -> float:
    """Return six digits of a number: those that are the same however texts were batched."""
    return float(f"{value:.6g}")
