"""Clean LaTeX sources: comments, what stands before the text, macros of the author's own."""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from dfcli.ops._cleaner import Cleaner, RowCleaner, settled
from dfcli.ops.base import Example

_LITERAL = r"\{(?:[vV]erbatim|lstlisting|minted|alltt)\*?\}"
_COMMENT = (
    rf"(?s)(?P<stays>\\begin{_LITERAL}.*?(?:\\end{_LITERAL}|\z)|\\verb\*?(?:\|[^|\n]*\||\+[^+\n]*\+|![^!\n]*!)"
    r"|\\(?:url|href|path|nolinkurl)\s*\{[^{}\n]*\})"
    r"|\\begin\{comment\}.*?(?:\\end\{comment\}[ \t]*\n?|\z)"
    r"|(?P<escaped>\\.)|(?m:^)[ \t]*%[^\n]*(?:\n|\z)|%[^\n]*"
)


class RemoveLatexComments(Cleaner):
    r"""Remove comments from LaTeX: lines that start with %, the rest of a line from a %, the environment comment.

    \% is no comment, nor is a % in an address (\url, \href), in \verb or in a verbatim environment.
    """

    use_for = ("remove LaTeX comments", "percent comments in tex", "strip comments from papers", "去除LaTeX注释")
    aliases = ("tex comments", "LaTeX注释")
    not_for = ("comments of code with a licence: use remove_license_header",)
    examples = [
        Example([{"text": "% note\nIt is 5\\% more. % check\nEnd"}], [{"text": "It is 5\\% more. \nEnd"}]),
        Example([{"text": "\\url{a.b/x%20y} % see"}], [{"text": "\\url{a.b/x%20y} "}]),
    ]
    version = 2

    def expr(self) -> pl.Expr:
        return settled(
            pl.col(self.text),
            lambda text: text.str.replace_all(_COMMENT, "${stays}${escaped}"),
            lambda text: text.str.contains_any(["%", "\\begin{comment}"]),
        )


class RemoveLatexHeader(Cleaner):
    r"""Remove what stands before the first \part, \chapter or section of any depth; a text without one stays."""

    use_for = ("remove LaTeX preamble", "text before the first section", "tex header", "去除LaTeX导言区")
    aliases = ("preamble", "documentclass", "导言区")
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

    Macros inside macros are expanded to a depth of 20; a text whose macros go deeper or name themselves stays as it is,
    as does one that would grow beyond a million characters and ten times its length. Macros with arguments stay, with
    their definitions.
    """

    use_for = ("expand LaTeX macros", "newcommand", "inline tex definitions", "展开LaTeX宏")
    aliases = ("LaTeX macros", "tex commands", "LaTeX宏")
    not_for = ("comments: use remove_latex_comments",)
    examples = [
        Example(
            [{"text": "\\newcommand{\\R}{\\mathbb{R}}\n\\def\\x{y}$\\x \\in \\R$, \\Rest"}, {"text": "no macro"}],
            [{"text": "\n$y \\in \\mathbb{R}$, \\Rest"}, {"text": "no macro"}],
        )
    ]

    version = 2

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(r"\\(?:(?:re)?newcommand|def\\)")

    def cleaned(self, text: str) -> str:
        macros: dict[str, str] = {}
        closed = _braces(text)
        parts, end = [], 0
        for found in _DEFINED.finditer(text):
            if found.start() < end or (close := closed.get(found.end())) is None:
                continue
            macros[found[1] or found[2]] = text[found.end() : close]
            parts.append(text[end : found.start()])
            end = close + 1
        left = "".join([*parts, text[end:]])
        return _expanded(left, macros) or text if macros else text


def _braces(text: str) -> dict[int, int]:
    """Return where each brace closes, by the place behind the opening one."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if found[0] == "{":
            opened.append(found.end())
        elif found[0] == "}" and opened:
            closed[opened.pop()] = found.start()
    return closed


def _expanded(text: str, macros: dict[str, str]) -> str | None:
    """Return a text with its macros expanded, or None when it grows too long or never ends."""
    names = re.compile(rf"\\({'|'.join(sorted(macros, key=len, reverse=True))})(?![A-Za-z])")
    most = max(_LONGEST, 10 * len(text))
    for _ in range(_DEPTH):
        used = Counter(names.findall(text))
        if not used:
            return text
        if len(text) + sum(times * len(macros[name]) for name, times in used.items()) > most:
            return None
        text = names.sub(lambda found: macros[found[1]], text)
    return None
