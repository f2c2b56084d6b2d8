"""C4's rules about lines: which lines of a page stay, and which ones end the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import polars as pl
from pydantic import Field

from dfcli.ops._passages import sentence_count
from dfcli.ops._pieces import Pieces, python_lines_of, words_of
from dfcli.ops._profiles import SENTENCE_END, Language
from dfcli.ops.base import Operator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
_CITATION = r"\[\d*\]|\[edit\]|\[citation needed\]"
_EDGES = r"^[\s\x1c-\x1f]+|[\s\x1c-\x1f]+$"
_MARKS = {"paper": '[.!?"]', "datatrove": "[.!?\"']"}
_CHINESE_MARK = r"[。！？”」』]"


class Judged(NamedTuple):
    """The lines of pages without citations, which of them stay, and which hold what ends a page."""

    lines: Pieces
    stays: pl.Series
    lorem: pl.Series
    bracket: pl.Series


class LineRules(Operator):
    """The options of both C4 operators: what a line must be to stay."""

    profile: Literal["paper", "datatrove"] = Field(default="paper", description="Whose reading of the rules.")
    language: Language = Field(default="en", description="Decides marks and words: in Chinese each character is one.")
    min_words: int | None = Field(default=None, ge=0, description="Of a line; 5 by the paper, 3 by datatrove.")
    max_word_length: int = Field(default=1000, ge=1, description="A line with a longer word goes.")
    citations: bool = Field(default=True, description="Remove [1], [edit] and [citation needed].")
    end_marks: bool = Field(default=True, description="Lines must end in a mark.")
    javascript: bool = Field(default=True, description="Lines that name Javascript go.")
    policies: tuple[str, ...] = Field(
        default=POLICIES, description="Lines with one of these phrases go; in small letters."
    )

    def judged(self, text: pl.Series) -> Judged:
        """Return what becomes of each line."""
        lines = python_lines_of(text).map(lambda flat: flat.str.replace_all(_EDGES, ""))
        fits = ~self._has_long_word(lines.flat) & (self._words(lines.flat) >= self._fewest())
        if self.citations:
            lines = lines.map(lambda flat: flat.str.replace_all(_CITATION, ""))
        fits &= self._ends(lines.flat)
        low = lines.flat.str.to_lowercase()
        named = low.str.contains("javascript", literal=True) if self.javascript else fits & False
        lorem = fits & low.str.contains("lorem ipsum", literal=True)
        bracket = fits & ~lorem & ~named & lines.flat.str.contains("{", literal=True)
        policy = low.str.contains_any(list(self.policies)) if self.policies else fits & False
        return Judged(lines, fits & ~named & ~policy, lorem, bracket)

    def sentences(self, lines: Pieces) -> NDArray[np.int64]:
        """Return how many sentences the lines of each page have."""
        if self.profile == "datatrove":
            return lines.total(_sentences_by_spacy(lines.flat))
        return lines.total(lines.flat.to_frame("line").select(sentence_count(pl.col("line"))).to_series())

    def _fewest(self) -> int:
        by_profile = 5 if self.profile == "paper" else 3
        return by_profile if self.min_words is None else self.min_words

    def _words(self, lines: pl.Series) -> pl.Series:
        return lines.str.count_matches(r"\p{Han}|[^\s\p{Han}]+" if self.language == "zh" else r"[^\s\x1c-\x1f]+")

    def _ends(self, lines: pl.Series) -> pl.Series:
        if not self.end_marks:
            return lines.is_not_null()
        marks = _MARKS[self.profile] + (f"|{_CHINESE_MARK}" if self.language == "zh" else "")
        return lines.str.contains(f"(?:{marks})$") & ~lines.str.ends_with("...")

    def _has_long_word(self, lines: pl.Series) -> pl.Series:
        import numpy as np

        at = (lines.str.len_chars() > self.max_word_length).arg_true()
        words = words_of(lines.gather(at), "python")
        found = np.zeros(len(lines), bool)
        found[at.to_numpy()] = words.total(words.lengths() > self.max_word_length) > 0
        return pl.Series(found)


def _sentences_by_spacy(lines: pl.Series) -> NDArray[np.int64]:
    """Return the sentences of lines: a token that is no mark opens one if marks of an end stand before it."""
    import numpy as np

    tokens = words_of(lines, "english")
    ends = tokens.flat.str.contains(f"^(?:{SENTENCE_END})$")
    opens = (~ends & ~tokens.flat.str.contains(r"^\p{P}+$")).to_numpy()
    seen = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends.to_numpy(), dtype=np.int64)])
    at, line = np.flatnonzero(opens), tokens.texts[opens]
    since = seen[tokens.starts[line]]
    later = line[1:] == line[:-1]
    since[1:][later] = seen[at[:-1][later]]
    fresh = np.bincount(line[seen[at] > since], minlength=len(lines))
    return (tokens.counts > 0) + fresh
