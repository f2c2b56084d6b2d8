"""Clean LaTeX sources: comments, what stands before the text, macros of the author's own."""

from __future__ import annotations

import re

import polars as pl

from dfcli.ops._cleaner import Cleaner, RowCleaner
from dfcli.ops.base import Example


class RemoveLatexComments(Cleaner):
    r"""Remove comments from LaTeX: whole lines that start with %, and the rest of a line from a % that is not \%."""

    use_for = ("remove LaTeX comments", "percent comments in tex", "strip comments from papers", "去除LaTeX注释")
    not_for = ("comments of code with a licence: use remove_license_header",)
    examples = [Example([{"text": "% note\nIt is 5\\% more. % check\nEnd"}], [{"text": "It is 5\\% more. \nEnd"}])]

    def expr(self) -> pl.Expr:
        whole = pl.col(self.text).str.replace_all(r"(?m)^[ \t]*%[^\n]*(?:\n|\z)", "")
        return whole.str.replace_all(r"(?m)((?:^|[^\\\n])(?:\\\\)*)%[^\n]*", "${1}")


class RemoveLatexHeader(Cleaner):
    r"""Remove what stands before the first \part, \chapter or section of any depth; a text without one stays."""

    use_for = ("remove LaTeX preamble", "text before the first section", "tex header", "去除LaTeX导言区")
    not_for = ("the end of a paper: use remove_bibliography",)
    examples = [
        Example(
            [{"text": "\\documentclass{a}\n\\section{One}\nText"}, {"text": "plain"}],
            [{"text": "\\section{One}\nText"}, {"text": "plain"}],
        )
    ]

    def expr(self) -> pl.Expr:
        heads = r"\\(?:part|chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?(?:\[[^\]]*\])?\{"
        return pl.col(self.text).str.replace(rf"(?s)^.*?({heads})", "${1}")


_DEFINED = re.compile(r"\\(?:(?:re)?newcommand\*?\s*\{?\\([A-Za-z]+)\}?|def\\([A-Za-z]+))\s*\{")
_DEPTH = 20
_LONGEST = 1_000_000


class ExpandLatexMacros(RowCleaner):
    r"""Write what \newcommand and \def without arguments stand for in place of them, and remove the definitions.

    Macros inside macros are expanded to a depth of 20; a text that would grow beyond a million characters and ten times
    its length stays as it is. Macros with arguments stay, with their definitions.
    """

    use_for = ("expand LaTeX macros", "newcommand", "inline tex definitions", "展开LaTeX宏")
    not_for = ("comments: use remove_latex_comments",)
    examples = [
        Example(
            [{"text": "\\newcommand{\\R}{\\mathbb{R}}\n\\def\\x{y}$\\x \\in \\R$, \\Rest"}, {"text": "no macro"}],
            [{"text": "\n$y \\in \\mathbb{R}$, \\Rest"}, {"text": "no macro"}],
        )
    ]

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(r"\\(?:(?:re)?newcommand|def\\)")

    def cleaned(self, text: str) -> str:
        macros: dict[str, str] = {}
        parts, end = [], 0
        for found in _DEFINED.finditer(text):
            if found.start() < end or (close := _closing(text, found.end())) is None:
                continue
            macros[found[1] or found[2]] = text[found.end() : close]
            parts.append(text[end : found.start()])
            end = close + 1
        left = "".join([*parts, text[end:]])
        return _expanded(left, macros) or text if macros else text


def _closing(text: str, start: int) -> int | None:
    """Return where the brace that is open at a place closes."""
    depth = 1
    for found in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    return None


def _expanded(text: str, macros: dict[str, str]) -> str | None:
    """Return a text with its macros expanded, or None when it grows too long."""
    names = re.compile(rf"\\({'|'.join(sorted(macros, key=len, reverse=True))})(?![A-Za-z])")
    most = max(_LONGEST, 10 * len(text))
    for _ in range(_DEPTH):
        new = names.sub(lambda found: macros[found[1]], text)
        if new == text:
            break
        if len(new) > most:
            return None
        text = new
    return text
