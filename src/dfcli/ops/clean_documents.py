"""Clean documents by their lines, paragraphs and sentences: what stands around the text, and lines that were broken."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated

import polars as pl
from pydantic import Field

from dfcli.ops import _passages
from dfcli.ops._cleaner import Cleaner, RowCleaner, kept_lines, settled
from dfcli.ops.base import Example

_BLOCK = re.compile(r"\s*(?:/\*.*?\*/|<!--.*?-->|\"\"\".*?\"\"\")[ \t]*\n?", re.DOTALL)
_COMMENT = re.compile(r"(?:[ \t]*(?:\#(?!!|\s*include|\s*define|\s*if|\s*pragma)|//|--|;;|%)[^\n]*(?:\n|$)|[ \t]*\n)+")
_LEGAL = re.compile(r"copyright|\blicen[cs]e|all rights reserved|版权所有", re.IGNORECASE)


class RemoveLicenseHeader(RowCleaner):
    """Remove the comment with copyright or licence at the top of source code, and all such comments after it.

    A comment is a block (/* */, <!-- -->, triple quotes) or lines that start with #, //, --, ;; or %. A first line with
    #! stays. Comments that name neither copyright nor licence stay.
    """

    use_for = ("remove copyright notice", "license header in code", "strip file headers", "去除版权声明")
    not_for = ("lines such as all rights reserved in pages: use remove_boilerplate_lines",)
    examples = [
        Example(
            [{"text": "/* Copyright 2020 Ada */\nint x;\n"}, {"text": "#!/bin/sh\n# Licensed under MIT\n\necho\n"}],
            [{"text": "int x;\n"}, {"text": "#!/bin/sh\necho\n"}],
        ),
        Example([{"text": "# counts words\nx = 1 # license"}], [{"text": "# counts words\nx = 1 # license"}]),
    ]

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains("(?i)copyright|licen[cs]e|all rights reserved|版权所有")

    def cleaned(self, text: str) -> str:
        first = text[: text.find("\n") + 1] if text.startswith("#!") else ""
        rest = text[len(first) :]
        while (found := _BLOCK.match(rest) or _COMMENT.match(rest)) and _LEGAL.search(found[0]):
            rest = rest[found.end() :]
        return first + rest


_BOILERPLATE = (
    *("accept all cookies", "use cookies", "cookie policy", "cookie settings", "privacy policy", "terms of service"),
    *("terms of use", "terms and conditions", "all rights reserved", "enable javascript", "javascript is disabled"),
    *("read more", "continue reading", "click here to", "share this", "share on facebook", "share on twitter"),
    *(
        "follow us on",
        "subscribe to our",
        "sign up for our",
        "log in to",
        "sign in to",
        "skip to content",
        "back to top",
    ),
    *("lorem ipsum", "powered by wordpress", "leave a comment", "your email address will not be published"),
    *("related posts", "you may also like", "add to cart", "advertisement", "sponsored content"),
    *(
        "版权所有",
        "上一篇",
        "下一篇",
        "点击这里",
        "点击查看",
        "分享到",
        "责任编辑",
        "隐私政策",
        "用户协议",
        "扫一扫",
        "相关推荐",
    ),
)


class RemoveBoilerplateLines(Cleaner):
    """Remove short lines that pages have around their text: cookie notices, read more, share this, 版权所有.

    A line goes that has one of the phrases, in any case, and at most `max_words` words; in Chinese each character is
    one. Longer lines are taken for sentences about these things, and stay.
    """

    use_for = ("remove boilerplate", "cookie notices", "navigation and share buttons", "去除网页模板文字")
    not_for = ("lines that many documents share: use dedup_lines", "C4's rules for lines: use c4_lines")
    examples = [
        Example(
            [
                {"text": "We use cookies.\nThe text.\nRead more...\n© 2020 All rights reserved"},
                {"text": "正文。\n上一篇：无"},
            ],
            [{"text": "The text."}, {"text": "正文。"}],
        )
    ]

    phrases: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=_BOILERPLATE, min_length=1, description="What such lines have, in small letters."
    )
    max_words: int = Field(default=15, ge=1, description="Lines of more words stay.")

    def expr(self) -> pl.Expr:
        line = pl.element()
        words = line.str.count_matches(r"\p{Han}|[\p{L}\p{N}&&[^\p{Han}]]+")
        named = line.str.contains_any(list(self.phrases), ascii_case_insensitive=True)
        return kept_lines(pl.col(self.text), ~(named & (words <= self.max_words)))


class RemoveSymbolLines(Cleaner):
    """Remove lines that hold neither a letter nor a digit, such as ---- and * * *; blank lines stay."""

    use_for = ("remove separator lines", "lines of dashes", "lines of symbols", "去除符号行")
    not_for = ("punctuation everywhere: use remove_punctuation",)
    examples = [Example([{"text": "a\n-----\n\n* * *\nb"}], [{"text": "a\n\nb"}])]

    def expr(self) -> pl.Expr:
        line = pl.element()
        return kept_lines(pl.col(self.text), line.str.contains(r"[\p{L}\p{N}]") | ~line.str.contains(r"\S"))


_TITLES = "references|bibliography|works cited|literature cited|参考文献"
_HEADING = rf"(?is)(?:^|\n)[ \t]*(?:#{{1,6}}[ \t]*)?(?:[0-9]{{1,2}}[.)]?[ \t]+)?(?:{_TITLES})[ \t]*:?[ \t]*\n.*$"
_LATEX_END = r"(?s)\\(?:appendix\b|begin\{(?:references|REFERENCES|thebibliography)\}|bibliography\{).*$"


class RemoveBibliography(Cleaner):
    """Cut a document at its list of references: the heading alone on a line, or LaTeX's bibliography or appendix.

    Headings are references, bibliography, works cited, literature cited and 参考文献, with or without a number or #.
    """

    use_for = (
        "remove references section",
        "cut the bibliography",
        "scientific papers without references",
        "去除参考文献",
    )
    not_for = ("marks of references in the text: use remove_references",)
    examples = [
        Example(
            [
                {"text": "Text.\n\n5. References\n[1] A. B."},
                {"text": "See the references.\n"},
                {"text": "a\\bibliography{x}"},
            ],
            [{"text": "Text.\n"}, {"text": "See the references.\n"}, {"text": "a"}],
        )
    ]

    def expr(self) -> pl.Expr:
        return pl.col(self.text).str.replace(_LATEX_END, "").str.replace(_HEADING, "")


class RemoveTableText(RowCleaner):
    """Remove tables that were written as text: two or more lines in a row with the same number of columns.

    Columns are divided by tabs, by two or more spaces, or by |; a table has from `min_columns` to `max_columns`.
    """

    use_for = ("remove tables from text", "plain text tables", "columns of numbers", "去除表格文本")
    not_for = ("tables of HTML: use html_to_text",)
    examples = [
        Example(
            [{"text": "Prices:\nTea  2  3\nRice  1  4\nThat is all."}, {"text": "one  gap\nhere"}],
            [{"text": "Prices:\nThat is all."}, {"text": "one  gap\nhere"}],
        )
    ]

    min_columns: int = Field(default=2, ge=2, description="Lines of fewer columns are text.")
    max_columns: int = Field(default=20, ge=2, description="Lines of more columns are text.")

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(r"\S(?:\t| {2}| ?\|).*\n")

    def cleaned(self, text: str) -> str:
        lines = text.split("\n")
        columns = [len(re.split(r"\t+| {2,}|\s*\|\s*", line.strip(" \t|"))) if line.strip() else 0 for line in lines]
        inside = [self.min_columns <= each <= self.max_columns for each in columns]
        same = [first == second for first, second in pairwise(columns)]
        beside = [any(pair) for pair in zip([False, *same], [*same, False], strict=True)]
        left = [line for line, table, near in zip(lines, inside, beside, strict=True) if not (table and near)]
        return "\n".join(left) if len(left) == len(lines) else self.cleaned("\n".join(left))


_SENTENCE = re.compile(r"[^.!?。！？\n]*(?:[.!?]+[\"'”’)\]]*(?:[ \t]+|(?=\n)|$)|[。！？]+[”’）」』]*|[.!?]+|\n|$)")


class RemoveRepeatedSentences(RowCleaner):
    """Remove sentences that a text has had before, of at least `min_chars` letters and digits.

    Sentences are compared by their letters and digits, without case; they end with a mark or a line.
    """

    use_for = ("repeated sentences in a document", "remove repetition", "a model that repeats itself", "去除重复句子")
    not_for = ("sentences that many documents share: use dedup_sentences", "how much repeats: use repeated_text")
    examples = [
        Example(
            [{"text": "It rains. It is cold. It rains. Yes. Yes."}, {"text": "下雨了。天冷。下雨了。"}],
            [{"text": "It rains. It is cold. Yes."}, {"text": "下雨了。天冷。"}],
            {"min_chars": 3},
        )
    ]

    min_chars: int = Field(default=10, ge=1, description="Sentences of fewer letters and digits stay.")

    def cleaned(self, text: str) -> str:
        seen: set[str] = set()
        kept = []
        for sentence in _SENTENCE.findall(text):
            key = "".join(each for each in sentence.lower() if each.isalnum())
            if len(key) < self.min_chars or key not in seen:
                kept.append(sentence)
                seen.add(key)
        made = "".join(kept)
        return made if len(made) == len(text) else made.rstrip(" \t")


class SplitSentences(Cleaner):
    """Write each sentence of a text, as sentence_count counts them, on a line of its own, without blank lines."""

    use_for = ("one sentence per line", "sentence splitting", "sentence segmentation", "按句分行")
    not_for = ("count sentences: use sentence_count", "broken lines: use repair_lines")
    examples = [
        Example(
            [{"text": "One. Two!  Three?\n\nFour"}, {"text": "一。二！"}],
            [{"text": "One.\nTwo!\nThree?\nFour"}, {"text": "一。\n二！"}],
        )
    ]

    def expr(self) -> pl.Expr:
        return _passages.sentences(pl.col(self.text)).list.join("\n")


class RepairLines(Cleaner):
    """Join lines that were broken inside a sentence, as in text from PDF files, and words that were hyphenated there.

    A line is joined to the next when it ends without a mark and the next begins with a small letter, or when Chinese
    stands on both sides. A hyphen between a letter and a small letter on the next line goes with the break.
    """

    use_for = ("join broken lines", "line breaks inside sentences", "dehyphenation", "text from PDF", "合并断行")
    not_for = ("all line breaks: use collapse_whitespace", "one sentence per line: use split_sentences")
    examples = [
        Example(
            [{"text": "This sen-\ntence was broken\nhere. A new\n\nParagraph"}, {"text": "这是一\n句话。\n新的"}],
            [{"text": "This sentence was broken here. A new\n\nParagraph"}, {"text": "这是一句话。\n新的"}],
        )
    ]

    def expr(self) -> pl.Expr:
        return settled(pl.col(self.text), _joined, lambda text: text.str.contains(r"[^\n]\n[^\n]"))


def _joined(text: pl.Expr) -> pl.Expr:
    for pattern, by in (
        (r"(\p{L})[-\u00ad\u2010]\n[ \t]*(\p{Ll})", "${1}${2}"),
        (r"([\p{L}\p{N},;)\]'’”\"])[ \t]*\n[ \t]*(\p{Ll})", "${1} ${2}"),
        (r"([\p{Han}，、；])\n(\p{Han})", "${1}${2}"),
    ):
        text = text.str.replace_all(pattern, by)
    return text
