"""Removing what several patterns find, one after another: for things that begin alike and end far away.

In one pattern they would be looked for again from each match on, which is quadratic in texts that never close them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import Cleaner, settled

_ELEMENTS = (
    "a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption center "
    "cite code col colgroup data dd del details dfn dialog div dl dt em embed fieldset figcaption figure font "
    "footer form frame frameset h[1-6] head header hr html i iframe img input ins kbd label legend li link main "
    "map mark meta meter nav noscript object ol optgroup option output p param picture pre progress q rp rt ruby "
    "s samp script section select small source span strike strong style sub summary sup svg table tbody td "
    "template textarea tfoot th thead time title tr track tt u ul var video wbr"
)
TAGS = (
    r"(?s)<!--.*?-->",
    r"(?is)<(?:script|style)\b[^<>]*>.*?</(?:script|style)\s*>",
    rf"(?i)<!doctype[^<>]*>|<\?xml[^<>]*>|</?(?:{'|'.join(_ELEMENTS.split())})(?:\s[^<>]*|/)?>",
)
"""Comments, scripts and styles with what is in them, and the tags of HTML's elements."""


class PassRemover(Cleaner):
    """A cleaner that takes out what its patterns find, and all of them again until nothing is found any more."""

    by: str = Field(default="", description="What stands in place of each thing removed; nothing by default.")

    @abstractmethod
    def patterns(self) -> Sequence[str]:
        """Return what to remove, in the order of removal; what a pattern's groups `before` and `after` hold stays."""

    @abstractmethod
    def marks(self) -> Sequence[str]:
        """Return what all such things contain one of, in small letters."""

    def expr(self) -> pl.Expr:
        marks = list(self.marks())
        return settled(
            pl.col(self.text), self.rewritten, lambda text: text.str.contains_any(marks, ascii_case_insensitive=True)
        )

    def rewritten(self, text: pl.Expr) -> pl.Expr:
        """Return a text after one round of removals."""
        return self.without(text, self.patterns())

    def without(self, text: pl.Expr, patterns: Sequence[str]) -> pl.Expr:
        """Return a text without what each of some patterns finds in it."""
        for pattern in patterns:
            before, after = (f"${{{name}}}" if f"<{name}>" in pattern else "" for name in ("before", "after"))
            text = text.str.replace_all(pattern, before + self.by.replace("$", "$$") + after)
        return text
