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
    RemoveSymbolLines,
    RemoveTableText,
)
from dfcli.ops.clean_forms import CorrectSpelling, ExpandContractions, LemmatizeWords, StemWords
from dfcli.ops.clean_latex import ExpandLatexMacros, RemoveLatexComments, RemoveLatexHeader
from dfcli.ops.clean_numbers import NormalizeDates, NormalizeUnits
from dfcli.ops.clean_sentences import RemoveRepeatedSentences, RepairLines, SplitSentences
from dfcli.ops.clean_words import RemoveLongWords, RemoveStopWords, RemoveWordsWith
from dfcli.ops.scripted import Scripted

CLEANERS: list[InPlace] = [
    CorrectSpelling(),
    ExpandContractions(),
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
    RepairLines(paragraphs=True),
    RepairLines(min_chars=4),
    RemoveLatexComments(),
    RemoveLatexHeader(),
]
"""Those for which cleaning twice is cleaning once."""

UNSETTLED: list[InPlace] = [StemWords(), LemmatizeWords(), LemmatizeWords(language="de"), ExpandLatexMacros()]
"""A stem is no word, a dictionary form may be another word's form, and a macro may stand for another's definition."""

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
        "ain't",
        "shouldn't've",
        " been",
        "we",
        "目的",
        "我们",
        "-",
        "/",
        "2024.01.02",
        "€",
        "元",
        "5",
        "Dr. ",
        "U.S. ",
        "。”",
        "<!-- copyright -->\n",
        "#!/bin/sh\n",
        "[1] A. 2020\n",
        "\\begin{comment}",
        "\\end{comment}",
        "\\begin{verbatim}",
        "\\verb|",
        "a  b\n",
        "a\tb\tc\n",
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


@pytest.mark.parametrize("operator", [*CLEANERS, *UNSETTLED], ids=lambda each: each.op())
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
        (NormalizeUnits(), "€3,50 and US$4, $5bn, 10 metersticks", "3,50 EUR and 4 USD, 5bn USD, 10 metersticks"),
        (RemoveLicenseHeader(), "// Copyright A\n// B\n\n// why\nint x;", "// why\nint x;"),
        (RemoveLicenseHeader(), "#include <a>\n# license\n", "#include <a>\n# license\n"),
        (RemoveBoilerplateLines(), "He wrote that they use cookies " + "and so on " * 5, None),
        (RemoveBibliography(), "# References\nDoe, J. 2020. A.\nB.", ""),
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
        (ExpandContractions(), "shouldn't've, I'd've, she'd been", "should not have, I would have, she had been"),
        (ExpandContractions(), "They ain’t OK'd. o'clock, 'n'", "They are not OK'd. o'clock, 'n'"),
        (RemoveStopWords(), "one-of-a-kind end-to-end of", "one-of-a-kind end-to-end"),
        (RemoveStopWords(language="zh"), "但是他们的目的地很远", "目的地远"),
        (StemWords(), "only early", "onli earli"),
        (LemmatizeWords(), "founded, in meetings", "found, in meeting"),
        (RemoveLongWords(), "长" * 60 + "，" + "x" * 51 + "。", "长" * 60 + "，。"),
        (RemoveWordsWith(), "请看www.a.b。谢谢", "请看。谢谢"),
        (NormalizeDates(), "On 5/6/2024. v2024.1.2 2024.1.2", "On 2024-06-05. v2024.1.2 2024.1.2"),
        (NormalizeDates(), "http://a.b/2024/01/02 x_12-03-2024.txt 1-12/03/2024", None),
        (NormalizeDates(), "于2024年3月5日10时，12024年3月5日", "于2024-03-05 10时，12024年3月5日"),
        (NormalizeUnits(), "HK$5 XX$5 $x$ $5$ $1 and 5元。", "5 HKD XX$5 $x$ $5$ 1 USD and 5 CNY。"),
        (NormalizeUnits(), "3克拉 3克 5元素 5升级 1.5 million", "3克拉 3 g 5元素 5升级 1.5 million"),
        (RemoveLicenseHeader(), "# counts\n\n# Copyright\n# if not, see b\nx", "# counts\n\nx"),
        (
            RemoveLicenseHeader(),
            "#!/bin/sh\n# -*- coding: utf-8 -*-\n# License\nx",
            "#!/bin/sh\n# -*- coding: utf-8 -*-\nx",
        ),
        (RemoveLicenseHeader(), "<?php\r\n/* Copyright */\r\n\r\nx", "<?php\r\nx"),
        (
            RemoveBoilerplateLines(),
            "I want to read more books.\nThe advertisement was funny.\n我在广告公司工作。",
            None,
        ),
        (RemoveBoilerplateLines(), "Privacy Policy | Terms of Use\n> Advertisement\n扫一扫关注我们", ""),
        (
            RemoveBibliography(),
            "Contents\nReferences\n\nThe text.\nMore.\nReferences\n[1] A",
            "Contents\nReferences\n\nThe text.\nMore.",
        ),
        (RemoveBibliography(), "文\n\n参考文献：\n[1] 甲", "文\n"),
        (RemoveTableText(), "a  b\nc  d  e\nf  g  h\ni  j\nend", "end"),
        (RemoveRepeatedSentences(), "Of 1.5 million people. Of 2.5 million people.", None),
        (
            SplitSentences(),
            "Mr. A. B. Doe, e.g. in the U.S. Army. Yes! ok.",
            "Mr. A. B. Doe, e.g. in the U.S. Army.\nYes!\nok.",
        ),
        (SplitSentences(), "---\n👍\n!!!", None),
        (SplitSentences(), "Vol. 3, etc. and so on. He said no. Then", "Vol. 3, etc. and so on.\nHe said no.\nThen"),
        (RepairLines(), "It is\r\nbroken", "It is broken"),
        (RepairLines(paragraphs=True), "It is\n\nbroken.\n\nNew", "It is broken.\n\nNew"),
        (RemoveLatexComments(), "\\verb|%| \\begin{verbatim}\n%\n\\end{verbatim}", None),
        (RemoveLatexComments(), "a\\begin{comment}\nb\n\\end{comment}\nc", "ac"),
        (ExpandLatexMacros(), "\\def\\a{x\\a}\\a", None),
        (ExpandLatexMacros(), "\\def\\a{" + "x" * 9999 + "}" + "\\a " * 9999, None),
    ],
)
def test_what_changes_and_what_stays(operator: InPlace, given: str, wanted: str | None) -> None:
    assert clean(operator, given) == [given if wanted is None else wanted]


@pytest.mark.parametrize("operator", [StemWords, LemmatizeWords])
def test_an_unknown_language_is_refused_before_a_run(operator: type[InPlace]) -> None:
    with pytest.raises(ValueError, match="unknown language 'xx': it is one of"):
        operator.model_validate({"language": "xx"})


@given(
    st.lists(st.sampled_from(["Running", "ran", "mice", "x1", "東京", "l'eau"]), max_size=6),
    st.sampled_from([" ", ", ", "\n"]),
)
def test_words_take_their_forms_one_by_one(words: list[str], between: str) -> None:
    for operator in (StemWords(), LemmatizeWords()):
        assert clean(operator, between.join(words)) == [between.join(each or "" for each in clean(operator, *words))]


def test_tables_in_tables_without_end_are_cleaned() -> None:
    lines = ["a  b" if number % 2 else "a  b  c" for number in range(4000)]
    assert clean(RemoveTableText(), "\n".join([*lines, *reversed(lines)])) == [""]


@pytest.mark.parametrize("operator", [*CLEANERS, *UNSETTLED], ids=lambda each: each.op())
@pytest.mark.parametrize(
    "piece",
    [
        "a  b\n",
        "\xa0",
        " \t",
        ".",
        "。",
        "/*",
        "References\n",
        "\\begin{verbatim}%",
        "\\def\\a{",
        "1/2/",
        "$5",
        "a'",
        "a-\n",
    ],
)
def test_what_goes_on_and_on_takes_no_quadratic_time(operator: InPlace, piece: str) -> None:
    assert clean(operator, f"a  b\nread more {piece * 30_000}x")[0] is not None
