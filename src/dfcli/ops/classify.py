"""Score texts with models that run in this process: classifiers, regressors and raters that others have published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field, model_validator

from dfcli.errors import EnvironmentLacks
from dfcli.ops._presets import SCORERS, How, Preset
from dfcli.ops._pretrained import batches, fingerprint
from dfcli.ops._scorer import Pair, scores
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema

_DIGITS = 6
"""Digits that are the same however texts were batched: models compute in single precision."""


class ScoreText(Operator):
    """Score texts, or pairs of texts, by a published model of the library transformers that runs here.

    A preset names the model, how its outputs are read and what they are called: `fineweb_edu` (educational value,
    about 0 to 5, Penedo et al. 2024), `nvidia_quality` (high, medium, low), `qurating` (four criteria, Wettig et al.
    2024), `reward_deberta` (a response to an instruction, any number), `toxicity` and `toxic_bert`, `deita_complexity`
    and `deita_quality` (1 to 6, Liu et al. 2024). Without a preset `transformer` names any model, `how` the reading:
    `regression` takes outputs as they are, `softmax` makes them shares that sum to 1, `sigmoid` shares each by itself,
    `digits` is for causal models and gives the expected digit from 1 to 6 after the text.

    With one output it goes into `into`; with `labels` each goes into `into`_label, and for `softmax` the likeliest
    label into `into`_label. `second` is the column of a pair's second text. `template` is what the model is given, with
    {text} and {second}; digits need it, as the model's card has it. Texts are cut at `max_tokens`, or what the model
    takes. A null or blank text has no score. The library fetches models of the Hub once; no code beside them is run.
    """

    use_for = (
        "FineWeb-Edu score",
        "quality classifier model",
        "reward model score",
        "toxicity classifier",
        "DEITA scorer",
        "QuRating",
        "本地模型打分",
    )
    not_for = ("a prompt to a chat model: use judge_text_aspects", "fastText models: use fasttext_label")
    examples = [
        Example([{"text": None}], [{"edu": None}], {"preset": "fineweb_edu", "into": "edu"}),
        Example(
            [{"text": None}],
            [{"score_neutral": None, "score_toxic": None, "score_label": None}],
            {"preset": "toxicity"},
        ),
        Example(
            [{"text": "Hi", "response": None}], [{"score": None}], {"preset": "reward_deberta", "second": "response"}
        ),
    ]
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "models"

    text: Annotated[Reads, pl.String] = "text"
    second: str | None = Field(default=None, description="The column of the second text, where the model rates pairs.")
    preset: Preset | None = Field(default=None, description="A published scorer by its name.")
    transformer: str | None = Field(default=None, description="A model by its folder or its name on the Hub.")
    revision: str | None = Field(default=None, description="The commit, tag or branch of a model on the Hub.")
    how: How | None = Field(default=None, description="How outputs are read; a preset knows, else regression.")
    labels: tuple[str, ...] | None = Field(default=None, description="The names of several outputs, in their order.")
    template: str | None = Field(default=None, description="What the model is given, with {text} and {second}.")
    into: str = Field(default="score", min_length=1, description="The column of the score, or what columns start with.")
    max_tokens: int | None = Field(default=None, ge=1, description="Where texts are cut.")
    batch_size: int = Field(default=16, ge=1, description="How many texts the model is given at a time.")

    @model_validator(mode="after")
    def _named(self) -> ScoreText:
        if not (self.preset or self.transformer):
            raise ValueError("name a preset, or a model as transformer")
        if self._how() == "digits" and not self.template:
            raise ValueError("a scorer of digits needs template: the text that its card gives, with {text} in it")
        if self.preset and SCORERS[self.preset].pair and self.second is None:
            raise ValueError(f"{self.preset} rates pairs: name the column of the second text as second")
        return self

    def _how(self) -> How:
        return self.how or (SCORERS[self.preset].how if self.preset else "regression")

    def _labels(self) -> Sequence[str]:
        return self.labels if self.labels is not None else SCORERS[self.preset].labels if self.preset else ()

    def reads(self) -> dict[str, pl.DataType | None]:
        return {self.text: pl.String(), **({self.second: pl.String()} if self.second else {})}

    def writes(self) -> dict[str, pl.DataType | None]:
        labels = self._labels()
        if not labels:
            return {self.into: pl.Float64()}
        label = {f"{self.into}_label": pl.String()} if self._how() == "softmax" else {}
        return {**{f"{self.into}_{each}": pl.Float64() for each in labels}, **label}

    def outside(self, ctx: Context) -> str:
        return (
            fingerprint(self.transformer)
            if self.transformer
            else SCORERS[self.preset].transformer
            if self.preset
            else ""
        )

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
        if self.template:
            return self.template.replace("{text}", text).replace("{second}", second or ""), None
        return text, second

    def _outputs(self, pairs: Sequence[Pair]) -> Iterator[Mapping[str, Any]]:
        if not pairs:
            return
        known = SCORERS[self.preset] if self.preset else None
        name = self.transformer or (known.transformer if known else "")
        model = scores(name, self.revision, self._how(), backbone=bool(known and known.backbone))
        for some in batches(pairs, self.batch_size):
            for outputs in model.of(some, self.max_tokens):
                yield self._row([round(each, _DIGITS) for each in outputs])

    def _row(self, outputs: list[float]) -> dict[str, Any]:
        labels = self._labels()
        if not labels and len(outputs) != 1:
            raise EnvironmentLacks(f"the model gives {len(outputs)} outputs: name them as labels")
        if labels and len(outputs) != len(labels):
            raise EnvironmentLacks(f"the model gives {len(outputs)} outputs, and labels names {len(labels)}")
        if not labels:
            return {self.into: outputs[0]}
        named = dict(zip(labels, outputs, strict=True))
        label = {f"{self.into}_label": max(named, key=lambda each: named[each])} if self._how() == "softmax" else {}
        return {**{f"{self.into}_{each}": value for each, value in named.items()}, **label}


class FasttextLabel(Operator):
    """Write the likeliest label that a fastText classifier gives a text, and how likely it is, from 0 to 1.

    `file` is a model of yours, .bin or .ftz, relative to where dfcli runs. Line breaks count as spaces, as a fastText
    model reads lines. With `values` the column `value` gets the expected value: that of each label by its likelihood,
    as textbook classifiers are used (Low 1, Mid 3, High 5). A null or blank text has no label.
    """

    use_for = ("fastText classifier", "textbook quality classifier", "label documents with fastText", "fastText分类")
    not_for = ("which language a text is in: use language_id", "transformers models: use score_text")
    examples = [
        Example(
            [{"text": None}, {"text": " "}],
            [{"fasttext_label": None, "fasttext_score": None}, {"fasttext_label": None, "fasttext_score": None}],
            {"file": "model.bin"},
        )
    ]
    kind: ClassVar[Kind] = "evaluate"
    needs: ClassVar[str | None] = "text"

    text: Annotated[Reads, pl.String] = "text"
    file: str = Field(min_length=1, description="The model's file.")
    label: Annotated[Writes, pl.String] = "fasttext_label"
    score: Annotated[Writes, pl.Float64] = "fasttext_score"
    values: dict[str, float] = Field(default_factory=dict, description="What each label is worth, without __label__.")
    value: str = Field(default="fasttext_value", description="The column of the expected value.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return super().writes() | ({self.value: pl.Float64()} if self.values else {})

    def outside(self, ctx: Context) -> str:
        return fingerprint(self.file)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        rows = [self._labelled(text) for text in frame[self.text].cast(pl.String())]
        return frame.with_columns(
            pl.Series(name, [row.get(name) for row in rows], dtype=kind) for name, kind in self.writes().items()
        )

    def _labelled(self, text: str | None) -> dict[str, Any]:
        if text is None or not text.strip():
            return {}
        found = _fasttext(self.file).predict(" ".join(text.split()), k=-1 if self.values else 1)
        shares = {each.removeprefix("__label__"): min(float(share), 1.0) for each, share in zip(*found, strict=True)}
        best = max(shares, key=lambda each: shares[each], default=None)
        expected = sum(self.values.get(each, 0.0) * share for each, share in shares.items())
        value = {self.value: round(expected, _DIGITS)} if self.values else {}
        return {self.label: best, self.score: round(shares[best], _DIGITS) if best else None, **value}


@lru_cache(maxsize=2)
def _fasttext(file: str) -> Any:
    """Return a fastText model; EnvironmentLacks when its file cannot be read."""
    try:
        import fasttext  # type: ignore[import-untyped]
    except ImportError as error:
        raise EnvironmentLacks("fastText models need an extra: pip install 'dfcli[text]'") from error
    try:
        return fasttext.load_model(file)
    except (ValueError, OSError) as error:
        raise EnvironmentLacks(f"the fastText model {file} cannot be loaded: {error}") from error
