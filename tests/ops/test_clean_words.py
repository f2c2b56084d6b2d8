"""Cleaning word by word, line by line and in LaTeX: what changes, what stays, and that twice is once."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.ops._cleaner import InPlace
from dfcli.ops.clean_documents import (
    RemoveBibliography,
    RemoveBoilerplateLines,
    RemoveLicenseHeader,
    RemoveRepeatedSentences,
    RemoveSymbolLines,
    RemoveTableText,
    RepairLines,
    SplitSentences,
)
from dfcli.ops.clean_latex import ExpandLatexMacros, RemoveLatexComments, RemoveLatexHeader
from dfcli.ops.clean_numbers import NormalizeDates, NormalizeUnits
from dfcli.ops.clean_words import (
    CorrectSpelling,
    ExpandContractions,
    LemmatizeWords,
    RemoveLongWords,
    RemoveStopWords,
    RemoveWordsWith,
    StemWords,
)
from dfcli.ops.scripted import Scripted

CLEANERS: list[InPlace] = [
    CorrectSpelling(),
    ExpandContractions(),
    LemmatizeWords(),
    LemmatizeWords(language="de"),
    StemWords(),
    RemoveStopWords(),
    RemoveStopWords(language="zh"),
    RemoveLongWords(max_chars=5),
    RemoveWordsWith(),
    NormalizeDates(),
    NormalizeDates(day_first=False),
    NormalizeUnits(),
    RemoveLicenseHeader(),
    RemoveBoilerplateLines(),
    RemoveSymbolLines(),
    RemoveBibliography(),
    RemoveTableText(),
    RemoveRepeatedSentences(min_chars=2),
    SplitSentences(),
    RepairLines(),
    RemoveLatexComments(),
    RemoveLatexHeader(),
]
"""Those for which cleaning twice is cleaning once; a macro may stand for text that looks like another's definition."""

PIECES = st.sampled_from(
    [
        "the",
        "The cat's",
        "won't",
        "don’t",
        " ",
        "  ",
        "\n",
        "\n\n",
        ". ",
        ",",
        "。",
        "这是",
        "的",
        "running",
        "mistke",
        "http://a",
        "12/03/2024",
        "March 5, 2023",
        "2024年3月12日",
        "1.2.3",
        "$12.50",
        "5 kilometers",
        "3kgs",
        "%",
        "\\%",
        "\\section{a}",
        "# Copyright\n",
        "/* license */",
        "// x\n",
        "read more",
        "References",
        "\t",
        "|",
        "1",
        "a-",
        "-\n",
        "It rains.",
        "---",
        "was",
        "better",
        "Häuser",
        "\\bibliography{x}",
        "gonna",
        "x" * 60,
        "é",
        "\u0301",
        "👩",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)


def clean(operator: InPlace, *texts: str | None) -> list[str | None]:
    """Return texts as an operator leaves them."""
    frame = pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})
    return operator(frame, Scripted())["text"].to_list()


@pytest.mark.parametrize("operator", CLEANERS, ids=lambda each: each.op())
@given(texts=st.lists(TEXTS, max_size=4))
def test_cleaning_twice_is_cleaning_once(operator: InPlace, texts: list[str]) -> None:
    once = clean(operator, *texts)
    assert clean(operator, *once) == once


@pytest.mark.parametrize("operator", [*CLEANERS, ExpandLatexMacros()], ids=lambda each: each.op())
def test_nothing_and_a_megabyte_are_cleaned(operator: InPlace) -> None:
    rows = clean(operator, None, "", " \n ", "a" * 1_000_000, "שלום \u202eעולם", *["to be or not"] * 1000)
    assert rows[:2] == [None, ""]
    assert len(set(rows[5:])) == 1


@pytest.mark.parametrize(
    ("operator", "given", "wanted"),
    [
        (ExpandContractions(), "I'd; she's; Bob's; YOU'RE; ain't", "I would; she is; Bob's; YOU ARE; is not"),
        (RemoveStopWords(), "(The) end of it.\nAnd the start", "() end.\nstart"),
        (CorrectSpelling(), "I definately beleive NASA", "I definitely believe NASA"),
        (CorrectSpelling(min_chars=8), "beleive", "beleive"),
        (RemoveLongWords(max_chars=3), "one four two", "one two"),
        (
            NormalizeDates(),
            "192.168.10.1, 1.2.2024, 30/02/2024, 2024/3/1",
            "192.168.10.1, 2024-02-01, 30/02/2024, 2024-03-01",
        ),
        (NormalizeDates(), "born 5th of May 2001; in May 2001", "born 2001-05-05; in May 2001"),
        (NormalizeUnits(), "€3,50 and US$4, $5bn, 10 metersticks", "3,50 EUR and 4 USD, $5bn, 10 metersticks"),
        (RemoveLicenseHeader(), "// Copyright A\n// B\n\n// why\nint x;", "int x;"),
        (RemoveLicenseHeader(), "#include <a>\n# license\n", "#include <a>\n# license\n"),
        (RemoveBoilerplateLines(), "He wrote that they use cookies " + "and so on " * 5, None),
        (RemoveBibliography(), "# References\nx", ""),
        (RemoveBibliography(), "References are good.\nx", None),
        (RemoveTableText(), "a | b\n--- | ---\n1 | 2\ntext", "text"),
        (RemoveTableText(), "a\tb\n\nc\td", None),
        (RemoveRepeatedSentences(), "Once upon a time.\nOnce upon a time!", "Once upon a time.\n"),
        (RepairLines(), "Title\nThe text goes\non.", "Title\nThe text goes on."),
        (RepairLines(), "well-\nKnown", None),
        (RemoveLatexComments(), "50\\% of % x\n\\\\% y\n", "50\\% of \n\\\\\n"),
        (RemoveLatexHeader(), "\\author{A}\n\\chapter*{One}", "\\chapter*{One}"),
        (
            ExpandLatexMacros(),
            "\\newcommand{\\a}{x{y}}\\newcommand{\\b}[1]{#1}\\a \\b{1}",
            "\\newcommand{\\b}[1]{#1}x{y} \\b{1}",
        ),
        (ExpandLatexMacros(), "\\def\\a{\\a\\a}\\a", None),
    ],
)
def test_what_changes_and_what_stays(operator: InPlace, given: str, wanted: str | None) -> None:
    assert clean(operator, given) == [given if wanted is None else wanted]
