"""From a markdown document (CommonMark, with GitHub's tables and strikethrough) to the text that a reader sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from textwrap import indent
from typing import TYPE_CHECKING

import polars as pl

from dfcli.ops._passes import TAGS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.tree import SyntaxTreeNode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n[A-Za-z_][\w-]*:.*\n(?:[A-Za-z_ \t#-].*\n|\n)*?---[ \t]*(?:\n|\Z)")
_TAG = re.compile(TAGS[-1])
_MATH = re.compile(
    r"\$\$[^$]{1,2000}\$\$|\$(?![\s$])[^$\n]{0,500}(?<![\s\\])\$(?!\d)|"
    r"\\\((?:[^\\]|\\[^()]){1,1000}\\\)|\\\[(?:[^\\]|\\[^\[\]]){1,2000}\\\]"
)
_FACTOR = re.compile(r"[A-Za-z0-9()]")


@dataclass(frozen=True)
class Plain:
    """What is written of a document besides its text."""

    code: bool
    links: bool
    alt_texts: bool

    def text(self, source: str) -> str:
        """Return a document as text: blocks between blank lines, list items and rows of tables by lines."""
        from markdown_it.tree import SyntaxTreeNode

        body = _FRONT_MATTER.sub("", source.replace("\r\n", "\n").replace("\r", "\n"), count=1)
        return self._joined(SyntaxTreeNode(_parser().parse(body)), "\n\n").strip("\n")

    def _joined(self, node: SyntaxTreeNode, by: str) -> str:
        return by.join(filter(None, map(self._of, node.children)))

    def _of(self, node: SyntaxTreeNode) -> str:
        if node.type in ("fence", "code_block"):
            code = node.content.rstrip("\n") if self.code else ""
            return code if node.type == "fence" else indent(code, "    ")
        if node.type in _LEAVES:
            return _LEAVES[node.type](node)
        if node.type in ("bullet_list", "ordered_list"):
            return self._list(node)
        if node.type == "link":
            return self._link(node)
        if node.type == "image":
            return node.content if self.alt_texts else ""
        return self._joined(node, _BETWEEN.get(node.type, ""))

    def _list(self, node: SyntaxTreeNode) -> str:
        first = node.attrs.get("start", 1)
        lines = []
        for number, item in enumerate(node.children, int(first)):
            mark = f"{number}. " if node.type == "ordered_list" else "- "
            lines.append(mark + self._joined(item, "\n").replace("\n", "\n" + " " * len(mark)))
        return "\n".join(lines)

    def _link(self, node: SyntaxTreeNode) -> str:
        shown, target = self._joined(node, ""), str(node.attrs.get("href", ""))
        return f"{shown} ({target})" if self.links and shown and target != shown else shown


def _inline_tag(node: SyntaxTreeNode) -> str:
    return "" if node.content.startswith("<!--") or _TAG.fullmatch(node.content) else node.content


def _without_tags(node: SyntaxTreeNode) -> str:
    text = pl.Series([node.content])
    for pattern in TAGS:
        text = text.str.replace_all(pattern, "")
    return str(text[0]).strip()


_LEAVES: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "text": lambda node: node.content,
    "code_inline": lambda node: node.content,
    "softbreak": lambda _: "\n",
    "hardbreak": lambda _: "\n",
    "html_inline": _inline_tag,
    "html_block": _without_tags,
    "hr": lambda _: "",
}
_BETWEEN = {"blockquote": "\n\n", "table": "\n", "thead": "\n", "tbody": "\n", "tr": " | "}


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.before("emphasis", "product", _product)
    parser.inline.ruler.at("newline", _line_end)
    return parser


def _formula(state: StateInline, silent: bool) -> bool:
    """Take a formula as text, so that its backslashes, underscores and stars stay: a rule of the parser."""
    if not (found := _MATH.match(state.src, state.pos)):
        return False
    if not silent:
        state.pending += found[0]
    state.pos = found.end()
    return True


def _product(state: StateInline, silent: bool) -> bool:
    """Take a star between two ASCII letters, digits or brackets, as in 2*3, for a sign of its own: a rule."""
    sides = state.src[max(state.pos - 1, 0) : state.pos + 2]
    if len(sides) != 3 or sides[1] != "*" or not (_FACTOR.match(sides[0]) and _FACTOR.match(sides[2])):
        return False
    if not silent:
        state.pending += "*"
    state.pos += 1
    return True


def _line_end(state: StateInline, silent: bool) -> bool:
    """End a line without the spaces before, and keep those that begin the next one: a rule."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("softbreak", "br", 0)
    state.pos += 1
    return True
