"""Every operator of rules takes texts as corpora have them: none, huge, of one kind of sign, all alike."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from dfcli.ops.base import Example, Operator, Source
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import installed
from dfcli.ops.scripted import Scripted

ODD: dict[str, list[str | None]] = {
    "nulls": [None, None],
    "empty": ["", " ", "\n\t\r\n", "\u3000"],
    "only emoji": ["👩\u200d👩\u200d👧🏽", "😀" * 500, "\u2764\ufe0f"],
    "one word of a megabyte": ["x" * 1_000_000],
    "right to left": ["\u202eשלום עולם, مرحبا بالعالم!\u202c", "\u200f" * 50],
    "odd code points": ["\ufffd\ufeff\ue000\U0010ffff\ufdd0\x00\x07", "e\u0301" * 200 + "\u0301" * 50],
    "all alike": ["The same text, again and again. It ends here."] * 10_000,
}
"""A string of Polars cannot hold a lone surrogate; readers of files see to these."""


def of_rules() -> Iterator[tuple[type[Operator], Example]]:
    """Yield the operators that read texts and need neither a model nor a database, each with its first example."""
    for cls in installed().operators().values():
        if issubclass(cls, Prompted | Source) or cls.embeds or not cls.examples or _loads_a_model(cls):
            continue
        example = cls.examples[0]
        if example.replies or example.database or example.files or not _texts(cls, example):
            continue
        yield cls, example


def _texts(cls: type[Operator], example: Example) -> list[str]:
    """Return the columns of text that an operator reads."""
    return [name for name, kind in cls(**example.options).reads().items() if kind == pl.String]


def _loads_a_model(cls: type[Operator]) -> bool:
    """Tell whether an operator needs a model that the tests of these operators make."""
    return cls.needs == "models" or cls.op() == "fasttext_label"


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize(("cls", "example"), [pytest.param(cls, example, id=cls.op()) for cls, example in of_rules()])
def test_odd_texts_are_taken(cls: type[Operator], example: Example, kind: str) -> None:
    operator, texts = cls(**example.options), ODD[kind]
    others = dict(example.given[0]) if example.given else {}
    columns = {name: pl.Series(texts, dtype=pl.String) for name in _texts(cls, example)}
    frame = pl.DataFrame({**{name: [value] * len(texts) for name, value in others.items()}, **columns})
    made = operator(frame, Scripted())
    assert made.height <= frame.height or operator.effect() in ("more", "any")
