"""Score texts with models that run in this process: classifiers, regressors and raters that others have published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field, model_validator

from dfcli.errors import EnvironmentLacks
from dfcli.ops._blank import BLANK
from dfcli.ops._presets import SCORERS, How, Long, Preset, Scorer
from dfcli.ops._pretrained import batches, fingerprint
from dfcli.ops._scorer import Pair, in_order, scores
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, declared_schema

_DIGITS = 6
"""Digits that are the same however texts were batched: models compute in single precision."""


class ScoreText(Operator):
    """Score texts, or pairs of texts, by a published model of the library transformers that runs here.

    A preset names the model, how its outputs are read and what they are called: `fineweb_edu`, `fineweb_mixtral_edu`
    and `fineweb_nemotron_edu` (educational value, about 0 to 5, Penedo et al. 2024), `nvidia_quality` (high, medium,
    low), `nvidia_domain`, `nvidia_multilingual_domain` and `nvidia_content_type` (a label of theirs), `qurating` (four
    criteria, any numbers, Wettig et al. 2024), `reward_deberta` (a response to an instruction, any number), `toxicity`
    and `toxic_bert` (shares from 0 to 1), `deita_complexity` and `deita_quality` (1 to 6, Liu et al. 2024). Without a
    preset `transformer` names any model, `how` the reading: `regression` takes outputs as they are, `softmax` makes
    them shares that sum to 1, `sigmoid` shares each by itself, `label` gives the likeliest of the model's own labels
    and its share, `digits` is for causal models and gives the expected digit from 1 to 6 after the text.

    With one output it goes into `into`; with `labels` each goes into `into`_label, and for `softmax` and `label` the
    likeliest label into `into`_label. `second` is the column of a pair's second text. `layout` is what the model is
    given, with {text} and {second}; digits need it, as the model's card has it. Texts are cut at `max_tokens`, or what
    the model takes, and the layout never; with `long: mean` they are read in pieces of so many tokens, whose outputs
    are averaged by their sizes, as QuRating does. A null or blank text has no score, and no label.

    The library fetches models of the Hub once; without a `revision` the newest. No code beside them is run.
    `dfcli/blank` in place of a model needs no weights, and answers the same to all: to try a recipe.
    """

    use_for = (
        "FineWeb-Edu score",
        "quality classifier model",
        "reward model score",
        "toxicity classifier",
        "domain and content type of a text",
        "DEITA scorer",
        "QuRating",
        "本地模型打分",
    )
    aliases = (
        "quality classifier",
        "reward model",
        "transformers classifier",
        "local scorer",
        "质量分类器",
        "奖励模型",
        "质量打分",
        "rank by a classifier",
        "local quality model",
        "reward score",
        "本地质量模型",
    )
    not_for = ("a prompt to a chat model: use judge_text_aspects", "fastText models: use fasttext_label")
    examples = [
        Example(
            [{"text": "Water boils at 100 degrees."}, {"text": " "}, {"text": None}],
            [{"edu": 0.0}, {"edu": None}, {"edu": None}],
            {"preset": "fineweb_edu", "transformer": BLANK, "into": "edu"},
        ),
        Example(
            [{"text": "You are all fools."}],
            [{"score_neutral": 0.5, "score_toxic": 0.5, "score_label": "neutral"}],
            {"preset": "toxicity", "transformer": BLANK},
        ),
        Example(
            [{"text": "Say hi.", "response": "Hi!"}, {"text": "Say hi.", "response": None}],
            [{"score": 0.0}, {"score": None}],
            {"preset": "reward_deberta", "transformer": BLANK, "second": "response"},
        ),
        Example(
            [{"text": "Prove it."}],
            [{"score": 3.5}],
            {"preset": "deita_complexity", "transformer": BLANK, "layout": "Rate from 1 to 6: {text}\nRating: "},
        ),
    ]
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "models"
    version: ClassVar[int] = 2

    text: Annotated[Reads, pl.String] = "text"
    second: Annotated[Reads, pl.String] | None = Field(
        default=None, description="The column of the second text, where the model rates pairs."
    )
    preset: Preset | None = Field(default=None, description="A published scorer by its name.")
    transformer: str | None = Field(default=None, description="A model by its folder or its name on the Hub.")
    revision: str | None = Field(default=None, description="The commit, tag or branch of a model on the Hub.")
    how: How | None = Field(default=None, description="How outputs are read; a preset knows, else regression.")
    labels: tuple[str, ...] | None = Field(default=None, description="The names of several outputs, in their order.")
    layout: str | None = Field(default=None, description="What the model is given, with {text} and {second}.")
    into: str = Field(default="score", min_length=1, description="The column of the score, or what columns start with.")
    max_tokens: int | None = Field(default=None, ge=1, description="Where texts are cut.")
    long: Long | None = Field(default=None, description="What becomes of longer texts; a preset knows, else cut.")
    batch_size: int = Field(default=16, ge=1, description="How many texts the model is given at a time.")

    @model_validator(mode="after")
    def _fits(self) -> ScoreText:
        known = self._known()
        if not known.transformer:
            raise ValueError("name a preset, or a model as transformer")
        if known.how == "digits" and not self.layout:
            raise ValueError("a scorer of digits needs layout: the text that its card gives, with {text} in it")
        if self.layout and "{text}" not in self.layout:
            raise ValueError("layout says nowhere where the text goes: write {text} in it")
        if known.pair and self.second is None:
            raise ValueError(f"{self.preset} rates pairs: name the column of the second text as second")
        if known.long == "mean" and (self.second or self.layout):
            raise ValueError("long: mean is for single texts as they are: leave out second and layout")
        return self

    def _known(self) -> Scorer:
        """Return the preset with what the options say otherwise."""
        preset = SCORERS[self.preset] if self.preset else Scorer("", "regression")
        given = {name: getattr(self, name) for name in ("transformer", "how", "labels", "max_tokens", "long")}
        return replace(preset, **{name: value for name, value in given.items() if value is not None})

    def writes(self) -> dict[str, pl.DataType | None]:
        known = self._known()
        label = {f"{self.into}_label": pl.String()} if known.how in ("softmax", "label") else {}
        if known.how == "label" or not known.labels:
            return {self.into: pl.Float64(), **(label if known.how == "label" else {})}
        return {**{f"{self.into}_{each}": pl.Float64() for each in known.labels}, **label}

    def outside(self, ctx: Context) -> str:
        name = self._known().transformer
        return fingerprint(name) or name

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        rows: list[Pair | None] = [self._given(*row) for row in frame.select(list(self.reads())).iter_rows()]
        different = sorted({row for row in rows if row}, key=lambda pair: (len(pair[0]) + len(pair[1] or ""), pair))
        made = dict(zip(different, self._outputs(different), strict=True))
        columns = [made.get(row, {}) if row else {} for row in rows]
        return frame.with_columns(
            pl.Series(name, [each.get(name) for each in columns], dtype=kind) for name, kind in self.writes().items()
        )

    def _given(self, text: str | None, second: str | None = None) -> Pair | None:
        if not (text and text.strip()) or (self.second and not (second and second.strip())):
            return None
        return text, second

    def _outputs(self, pairs: Sequence[Pair]) -> Iterator[Mapping[str, Any]]:
        if not pairs:
            return
        known = self._known()
        model = scores(known, self.revision, self.layout)
        labels = in_order(known.labels, model.names()) or (model.names() if known.how == "label" else ())
        for some in batches(pairs, self.batch_size):
            for outputs in model.of(some):
                yield (
                    {} if outputs is None else self._row(known.how, labels, [round(each, _DIGITS) for each in outputs])
                )

    def _row(self, how: How, labels: Sequence[str], outputs: list[float]) -> dict[str, Any]:
        if not labels and len(outputs) != 1:
            raise EnvironmentLacks(f"the model gives {len(outputs)} outputs: name them as labels")
        if labels and len(outputs) != len(labels):
            raise EnvironmentLacks(f"the model gives {len(outputs)} outputs, and labels names {len(labels)}")
        if not labels:
            return {self.into: outputs[0]}
        best = max(range(len(outputs)), key=lambda place: outputs[place])
        if how == "label":
            return {self.into: outputs[best], f"{self.into}_label": labels[best]}
        named = {f"{self.into}_{each}": value for each, value in zip(labels, outputs, strict=True)}
        return {**named, f"{self.into}_label": labels[best]}
