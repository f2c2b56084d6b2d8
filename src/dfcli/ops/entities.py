"""Names of people, places and organisations, by a recogniser of the library spaCy that the user names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.errors import EnvironmentLacks
from dfcli.ops._cleaner import InPlace
from dfcli.ops._pretrained import fingerprint
from dfcli.ops.base import Context, Example, Kind, Writes, declared_schema

_LABELS = ("PERSON", "PER", "GPE", "LOC", "FAC", "ORG", "NORP")


class MaskEntities(InPlace):
    """Put placeholders in the place of names that a spaCy pipeline recognises: <PERSON>, or with `number` <PERSON_1>.

    `pipeline` is the name of an installed pipeline, such as en_core_web_sm, or its folder; none comes with dfcli. Its
    labels say what can be masked; the default ones are those of people, places, organisations and peoples in spaCy's
    pipelines. With `number` equal names of a text have equal numbers. How many were masked goes into `count`. What the
    pipeline misses stays, and what it takes for a name goes.
    """

    use_for = ("mask names", "named entity recognition", "anonymize people and places", "人名地名脱敏")
    aliases = (
        "name masking",
        "NER",
        "anonymise persons",
        "姓名脱敏",
        "实体识别",
        "names of customers",
        "hide names",
        "person and company names",
        "客户姓名",
        "隐去人名",
        "公司名",
    )
    not_for = ("e-mails, phones and numbers: use mask_pii", "only count personal data: use find_pii")
    examples = [
        Example([{"text": None}, {"text": ""}], [{"text": None}, {"text": ""}], {"pipeline": "blank:en"}),
    ]
    kind: ClassVar[Kind] = "refine"
    needs: ClassVar[str | None] = "ner"

    pipeline: str = Field(min_length=1, description="A spaCy pipeline: its name, its folder, or blank:en.")
    labels: tuple[str, ...] = Field(default=_LABELS, min_length=1, description="The labels to mask.")
    how: Literal["label", "number"] = Field(default="label", description="Whether equal names of a text are numbered.")
    count: Annotated[Writes, pl.Int64] = "entity_count"

    def outside(self, ctx: Context) -> str:
        return fingerprint(self.pipeline)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        texts = frame[self.text].cast(pl.String())
        made = dict(zip(texts.drop_nulls().unique(maintain_order=True), self._masked(texts), strict=True))
        rows = [(None, None) if text is None else made[text] for text in texts]
        return frame.with_columns(
            pl.Series(self.into, [text for text, _ in rows], dtype=pl.String()),
            pl.Series(self.count, [count for _, count in rows], dtype=pl.Int64()),
        )

    def _masked(self, texts: pl.Series) -> Iterator[tuple[str, int]]:
        different = texts.drop_nulls().unique(maintain_order=True).to_list()
        if not different:
            return
        recogniser = _recogniser(self.pipeline)
        recogniser.max_length = max(map(len, different)) + 1
        for text, document in zip(different, recogniser.pipe(different), strict=True):
            found = [each for each in document.ents if each.label_ in self.labels]
            yield self._replaced(text, found), len(found)

    def _replaced(self, text: str, found: list[Any]) -> str:
        numbers: dict[tuple[str, str], int] = {}
        parts, end = [], 0
        for each in found:
            key = (each.label_, each.text)
            known = numbers.setdefault(key, sum(label == each.label_ for label, _ in numbers) + 1)
            suffix = f"_{known}" if self.how == "number" else ""
            parts += [text[end : each.start_char], f"<{each.label_}{suffix}>"]
            end = each.end_char
        return "".join([*parts, text[end:]])


@lru_cache(maxsize=2)
def _recogniser(name: str) -> Any:
    """Return a pipeline by its name or folder; EnvironmentLacks when it cannot be loaded."""
    try:
        import spacy
    except ImportError as error:
        raise EnvironmentLacks("recognising names needs an extra: pip install 'dfcli[ner]'") from error
    try:
        return spacy.blank(name.removeprefix("blank:")) if name.startswith("blank:") else spacy.load(name)
    except (OSError, ImportError) as error:
        raise EnvironmentLacks(f"the spaCy pipeline {name} cannot be loaded: install it, or name its folder") from error
