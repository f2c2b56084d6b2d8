from __future__ import annotations

from typing import Annotated

import polars as pl
import pytest

from dfcli.ops.base import Map, Reads, Writes
from dfcli.ops.registry import installed
from dfcli.ops.search import search, words


def operator(name: str, doc: str, *use_for: str) -> type[Map]:
    class Made(Map):
        text: Annotated[Reads, pl.String] = "text"
        into: Annotated[Writes, pl.String] = "text"

        def expr(self) -> pl.Expr:
            return pl.col(self.text)

    Made.__name__, Made.__doc__, Made.use_for = name, doc, use_for
    return Made


OPERATORS = {
    "dedup_exact": operator("DedupExact", "Keep the first of equal rows.", "remove duplicates", "精确去重"),
    "word_count": operator("WordCount", "Count the words of a text.", "drop short texts", "按词数过滤文本"),
    "mask_email": operator("MaskEmail", "Replace addresses in a text.", "remove personal data", "隐私脱敏"),
}


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ("remove duplicates", ["dedup_exact", "mask_email"]),
        ("duplicate", ["dedup_exact"]),
        ("DEDUP", ["dedup_exact"]),
        ("word_count", ["word_count"]),
        ("去重", ["dedup_exact"]),
        ("过滤掉太短的文本", ["word_count"]),
        ("personal", ["mask_email"]),
        ("astronomy", []),
        ("?!", []),
        ("", []),
    ],
)
def test_a_wish_finds_operators_the_best_first(wish: str, names: list[str]) -> None:
    assert search(OPERATORS, wish) == names


def test_a_name_that_is_typed_in_full_comes_first() -> None:
    operators = installed().operators()
    assert {name for name in operators if search(operators, name)[0] != name} == set()


def test_a_phrase_of_use_for_leads_to_its_operator() -> None:
    operators = installed().operators()
    lost = [
        (phrase, name)
        for name, cls in operators.items()
        for phrase in cls.use_for
        if name not in search(operators, phrase)[:3]
    ]
    assert lost == []


def test_nothing_is_found_among_no_operators() -> None:
    assert search({}, "anything") == []


def test_text_without_spaces_is_searched_by_pairs_of_characters() -> None:
    assert list(words("去重texts, 数 ab_cd")) == ["去重", "text", "数", "ab", "cd"]
