"""Clean documents of what stands around their text: notices, boilerplate, tables, lists of references."""

from __future__ import annotations

import re
from typing import Annotated

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import Cleaner, RowCleaner, kept_lines
from dfcli.ops.base import Example

_FIRST = re.compile(r"(?:#!.*\n)?(?:<\?(?:php|xml).*\n)?(?:#.*coding[:=].*\n)?")
_BLOCK = re.compile(r"[ \t]*(?:/\*.*?\*/|<!--.*?-->|\"\"\".*?\"\"\")[ \t\r]*(?:\n|\Z)", re.DOTALL)
_DIRECTIVE = r"!|if\b|\s*(?:include|define|undef|pragma|ifn?def|endif)\b"
_LINES = re.compile(rf"(?:[ \t]*(?:\#(?!{_DIRECTIVE})|//|--|;;|%)[^\n]*(?:\n|\Z))+")
_BLANK = re.compile(r"(?:[ \t\r]*\n)+")
_LEGAL = re.compile(r"copyright|\blicen[cs]e|all rights reserved|版权所有", re.IGNORECASE)


class RemoveLicenseHeader(RowCleaner):
    """Remove the comments that name copyright or licence from the comments at the top of source code.

    A comment is a block (/* */, <!-- -->, triple quotes) on lines of its own, or lines in a row that start with #, //,
    --, ;; or %. Other comments stay, and so do a first line with #!, <?php or <?xml and a line that names the coding.
    """

    use_for = ("remove copyright notice", "license header in code", "strip file headers", "去除版权声明")
    aliases = (
        "license comments",
        "copyright header",
        "许可证头",
        "版权头",
        "code begins with legal comments",
        "代码开头的版权注释",
    )
    not_for = ("lines such as all rights reserved in pages: use remove_boilerplate_lines",)
    examples = [
        Example(
            [{"text": "/* Copyright 2020 Ada */\nint x;\n"}, {"text": "#!/bin/sh\n# Licensed under MIT\n\necho\n"}],
            [{"text": "int x;\n"}, {"text": "#!/bin/sh\necho\n"}],
        ),
        Example([{"text": "# counts words\nx = 1 # license"}], [{"text": "# counts words\nx = 1 # license"}]),
        Example([{"text": "// main.c\n\n/* Copyright */\n\nint x;"}], [{"text": "// main.c\n\nint x;"}]),
    ]
    version = 2

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains("(?i)copyright|licen[cs]e|all rights reserved|版权所有")

    def cleaned(self, text: str) -> str:
        before, left = "", text
        while left != before:
            before, left = left, _without_notices(left)
        return left


def _without_notices(text: str) -> str:
    first = _FIRST.match(text)
    at = first.end() if first else 0
    kept = [text[:at]]
    while found := _BLANK.match(text, at) or _BLOCK.match(text, at) or _LINES.match(text, at):
        at = found.end()
        if not _LEGAL.search(found[0]):
            kept.append(found[0])
        elif blank := _BLANK.match(text, at):
            at = blank.end()
    return "".join([*kept, text[at:]])


_PHRASES = """
accept all cookies|we use cookies|uses cookies|use of cookies|cookie settings|our privacy policy|our terms of
all rights reserved|enable javascript|javascript is disabled|requires javascript|share on facebook|share on twitter
follow us on|subscribe to our|sign up for our|lorem ipsum|powered by wordpress|your email address will not be published
skip to content|skip to main content|版权所有|上一篇：|下一篇：|上一篇:|下一篇:|点击这里|点击查看
责任编辑|未经授权|本站所有
"""
_OPENINGS = """
read more|continue reading|click here|share this|back to top|leave a comment|related posts|you may also like|add to cart
advertisement|sponsored content|log in|sign in|privacy policy|cookie policy|terms of service|terms of use
terms and conditions|copyright ©|print this|分享到|隐私政策|用户协议|扫一扫|相关推荐|阅读全文|返回顶部|免责声明|广告
"""
_MOST_WORDS, _MOST_CHINESE = 5, 10


def _listed(phrases: str) -> tuple[str, ...]:
    return tuple(phrases.strip().replace("\n", "|").split("|"))


class RemoveBoilerplateLines(Cleaner):
    """Remove short lines that pages have around their text: cookie notices, read more, share this, 版权所有.

    A line goes that has one of the phrases, in any case, and at most `max_words` words; in Chinese each character is
    one. What also stands in sentences, such as read more, must begin the line, and the line have at most 5 words and 10
    Chinese characters. Longer lines are taken for sentences about these things, and stay.
    """

    use_for = ("remove boilerplate", "cookie notices", "navigation and share buttons", "去除网页模板文字")
    aliases = (
        "boilerplate",
        "cookie banners",
        "share buttons",
        "copyright lines",
        "模板文字",
        "版权行",
        "导航栏",
        "ads and subscriptions",
        "accept cookies",
        "footer text",
        "广告语",
        "订阅提示",
        "页面底部声明",
    )
    not_for = ("lines that many documents share: use dedup_lines", "C4's rules for lines: use c4_lines")
    examples = [
        Example(
            [
                {"text": "We use cookies.\nI read more books.\nRead more...\n© 2020 All rights reserved"},
                {"text": "正文。\n上一篇：无"},
            ],
            [{"text": "I read more books."}, {"text": "正文。"}],
        )
    ]
    version = 2

    phrases: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=_listed(_PHRASES), description="What such lines have, in small letters."
    )
    openings: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=_listed(_OPENINGS), description="What such lines begin with, in small letters."
    )
    max_words: int = Field(default=15, ge=1, description="Lines of more words stay.")

    def expr(self) -> pl.Expr:
        line = pl.element()
        chinese = line.str.count_matches(r"\p{Han}")
        others = line.str.count_matches(r"[\p{L}\p{N}&&[^\p{Han}]]+")
        named = line.str.contains_any(list(self.phrases), ascii_case_insensitive=True)
        opened = line.str.contains(rf"(?i)^[^\p{{L}}\p{{N}}]*(?:{'|'.join(map(pl.escape_regex, self.openings))})")
        short = (others <= _MOST_WORDS) & (chinese <= _MOST_CHINESE)
        goes = named & (chinese + others <= self.max_words)
        return kept_lines(pl.col(self.text), ~(goes | (opened & short) if self.openings else goes))


class RemoveSymbolLines(Cleaner):
    """Remove lines that hold neither a letter nor a digit, such as ---- and * * *; blank lines stay."""

    use_for = ("remove separator lines", "lines of dashes", "lines of symbols", "去除符号行")
    aliases = ("separator lines", "rulers", "dashes", "分隔线")
    not_for = ("punctuation everywhere: use remove_punctuation",)
    examples = [Example([{"text": "a\n-----\n\n* * *\nb"}], [{"text": "a\n\nb"}])]

    def expr(self) -> pl.Expr:
        line = pl.element()
        return kept_lines(pl.col(self.text), line.str.contains(r"[\p{L}\p{N}]") | ~line.str.contains(r"\S"))


_TITLES = "references|bibliography|works cited|literature cited|参考文献|引用文献"
_HEADING = re.compile(
    r"^[ \t]*(?:\\(?:sub)?section\*?\{|#{1,6}[ \t]*)?\**(?:[0-9]{1,2}[.)]?[ \t]+)?"
    rf"(?:{_TITLES})[:：]?\**\}}?[:：]?[ \t\r]*(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_LATEX_END = re.compile(r"\\(?:appendix\b|begin\{(?:references|REFERENCES|thebibliography)\}|bibliography\{)")
_ENTRY = re.compile(
    r"\s*(?:\[[^\]\n]{1,20}\]|\(?[0-9]{1,3}[.)\]]|[-*•]\s|\\bibitem)"
    r"|.*(?:\b(?:1[5-9]|20)[0-9]{2}\b|\bdoi\b|arxiv|https?:|\bet al\b|\bpp?\. ?[0-9])",
    re.IGNORECASE,
)
_SHARE_OF_ENTRIES = 1 / 3


class RemoveBibliography(RowCleaner):
    """Cut a document at its list of references: the heading alone on a line, or LaTeX's bibliography or appendix.

    Headings are references, bibliography, works cited, literature cited, 参考文献 and 引用文献, with or without a
    number, #, ** or \\section. The text is cut only where a third of the lines that follow look like references (a
    number, [key] or bullet in front, a year, a DOI, an address, et al., pages): a table of contents cuts nothing.
    """

    use_for = (
        "remove references section",
        "cut the bibliography",
        "scientific papers without references",
        "去除参考文献",
    )
    aliases = (
        "references section",
        "bibliography",
        "works cited",
        "参考文献列表",
        "papers end with many sources",
        "文末参考资料",
    )
    not_for = ("marks of references in the text: use remove_references",)
    examples = [
        Example(
            [
                {"text": "Text.\n\n5. References\n[1] A. B."},
                {"text": "See the references.\n"},
                {"text": "a\\bibliography{x}"},
                {"text": "Contents\nReferences\n\nThe text\nin two lines."},
            ],
            [
                {"text": "Text.\n"},
                {"text": "See the references.\n"},
                {"text": "a"},
                {"text": "Contents\nReferences\n\nThe text\nin two lines."},
            ],
        )
    ]
    version = 2

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(rf"(?i){_TITLES}|\\appendix")

    def cleaned(self, text: str) -> str:
        latex = _LATEX_END.search(text)
        end = latex.start() if latex else len(text)
        for heading in reversed([*_HEADING.finditer(text, 0, end)]):
            if not _are_references(text[heading.end() : end]):
                break
            end = max(heading.start() - 1, 0)
        return text[:end]


def _are_references(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    return sum(_ENTRY.match(line) is not None for line in lines) >= _SHARE_OF_ENTRIES * len(lines)


_COLUMNS = re.compile(r"[ \t]*\|[ \t]*|[ \t]{2,}|\t")


class RemoveTableText(RowCleaner):
    """Remove tables that were written as text: two or more lines in a row with the same number of columns.

    Columns are divided by tabs, by two or more spaces, or by |; a table has from `min_columns` to `max_columns`. Lines
    that meet where a table was are looked at again.
    """

    use_for = ("remove tables from text", "plain text tables", "columns of numbers", "去除表格文本")
    aliases = (
        "ASCII tables",
        "tabular text",
        "纯文本表格",
        "columns of figures from PDF",
        "表格残留",
    )
    not_for = ("tables of HTML: use html_to_text",)
    examples = [
        Example(
            [{"text": "Prices:\nTea  2  3\nRice  1  4\nThat is all."}, {"text": "one  gap\nhere"}],
            [{"text": "Prices:\nThat is all."}, {"text": "one  gap\nhere"}],
        )
    ]
    version = 2

    min_columns: int = Field(default=2, ge=2, description="Lines of fewer columns are text.")
    max_columns: int = Field(default=20, ge=2, description="Lines of more columns are text.")

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(r"\S(?:\t| {2}| ?\|).*\n")

    def cleaned(self, text: str) -> str:
        runs: list[tuple[int, list[str]]] = []
        for line in text.split("\n"):
            bare = line.strip(" \t\r|")
            columns = len(_COLUMNS.split(bare)) if bare else 0
            if runs and runs[-1][0] != columns:
                self._close(runs)
            if runs and runs[-1][0] == columns:
                runs[-1][1].append(line)
            else:
                runs.append((columns, [line]))
        self._close(runs)
        return "\n".join(line for _, lines in runs for line in lines)

    def _close(self, runs: list[tuple[int, list[str]]]) -> None:
        """Take away the last run of lines when it is a table."""
        columns, lines = runs[-1]
        if len(lines) > 1 and self.min_columns <= columns <= self.max_columns:
            runs.pop()
