"""Words, lines and paragraphs of many texts as one long column, with what is counted over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Splitter = Literal["spaces", "python", "han", "english"]
"""`spaces`: runs between Unicode whitespace; `python`: the same for `str.split`, to which U+001C–1F are spaces too;
`han`: each Chinese character by itself, and runs of others; `english`: tokens as `_english_tokens` finds them."""

_ASCII_SPACES = ["\n", "\t", "\r", "\x0b", "\x0c"]
_CONTROL_SPACES = "[\x1c-\x1f]"
_WIDE_SPACES = "[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_HAN_WORDS = r"\p{Han}|[^\s\p{Han}]+"
_LINE_BREAKS = "\r\n|[\r\x0b\x0c\x1c-\x1e\u0085\u2028\u2029]"


class Pieces(NamedTuple):
    """The pieces of all texts, in order; those of text `i` are `flat[starts[i]:starts[i + 1]]`."""

    flat: pl.Series
    starts: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many pieces each text has."""
        return self.starts[1:] - self.starts[:-1]

    @property
    def texts(self) -> NDArray[np.int64]:
        """Of each piece the number of its text."""
        import numpy as np

        return np.repeat(np.arange(len(self.starts) - 1), self.counts)

    def lengths(self) -> NDArray[np.int64]:
        """Return the characters of each piece."""
        lengths: NDArray[np.int64] = self.flat.str.len_chars().cast(pl.Int64).to_numpy()
        return lengths

    def total(self, values: NDArray[Any] | pl.Series) -> NDArray[np.int64]:
        """Return the sum of a value of each piece, per text."""
        import numpy as np

        plain = values.cast(pl.Int64).to_numpy() if isinstance(values, pl.Series) else values
        sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(plain, dtype=np.int64)])
        per_text: NDArray[np.int64] = sums[self.starts[1:]] - sums[self.starts[:-1]]
        return per_text

    def share(self, test: NDArray[Any] | pl.Series) -> NDArray[np.float64]:
        """Return which share of a text's pieces passes a test; of none it is 0."""
        return ratio(self.total(test), self.counts)

    def where(self, kept: pl.Series) -> Pieces:
        """Return the pieces that pass a test."""
        import numpy as np

        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept.to_numpy(), dtype=np.int64)])
        return Pieces(self.flat.filter(kept), before[self.starts])

    def map(self, change: Callable[[pl.Series], pl.Series]) -> Pieces:
        """Return the pieces changed one by one."""
        return Pieces(change(self.flat), self.starts)

    def repeats(self) -> pl.Series:
        """Return of each piece whether its text has an equal one before it."""
        keys = pl.DataFrame({"text": pl.Series(self.texts, dtype=pl.Int64), "hash": self.flat.hash(seed=2)})
        return ~keys.select(pl.struct("text", "hash").is_first_distinct()).to_series()

    def different(self, among: Sequence[str]) -> NDArray[np.int64]:
        """Return how many of some words each text has, each counted once."""
        import numpy as np

        known = pl.DataFrame({"word": among, "code": range(len(among))}, schema={"word": pl.String, "code": pl.Int64})
        at = self.flat.is_in(known["word"].implode()).arg_true()
        codes = self.flat.gather(at).replace_strict(known["word"], known["code"], return_dtype=pl.Int64)
        pairs = np.unique(self.texts[at.to_numpy()] * (len(among) or 1) + codes.to_numpy())
        return np.bincount(pairs // (len(among) or 1), minlength=len(self.starts) - 1)


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """Return quotients; where the whole is nothing they are 0."""
    import numpy as np

    quotients: NDArray[np.float64] = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return quotients


def words_of(text: pl.Series, splitter: Splitter) -> Pieces:
    """Return the words of texts, none of which is null."""
    if splitter == "han":
        lists = text.str.extract_all(_HAN_WORDS)
        return Pieces(lists.explode(empty_as_null=False), _starts(lists.list.len()))
    spaced = _with_plain_spaces(text, controls=splitter != "spaces")
    chunks = split(spaced.str.replace_many(_ASCII_SPACES, [" "]), " ")
    words = chunks.where(chunks.flat.str.len_bytes() > 0)
    if splitter == "english":
        from dfcli.ops._english_tokens import tokens_of

        return _split_again(words, tokens_of)
    return words


def split(text: pl.Series, by: str) -> Pieces:
    """Return what stands between the separators; an empty text has one empty piece."""
    lists = text.str.split(by)
    return Pieces(lists.explode(), _starts(lists.list.len()))


def lines_of(text: pl.Series) -> Pieces:
    """Return the lines that are not blank, without whitespace around them; only U+000A ends a line."""
    lines = split(text, "\n").map(lambda flat: flat.str.strip_chars())
    return lines.where(lines.flat.str.len_bytes() > 0)


def paragraphs_of(text: pl.Series) -> Pieces:
    """Return what stands between blank lines, without whitespace around it."""
    paragraphs = split(text.str.replace_all(r"\n\s*\n", "\n\n"), "\n\n").map(lambda flat: flat.str.strip_chars())
    return paragraphs.where(paragraphs.flat.str.len_bytes() > 0)


def raw_lines_of(text: pl.Series) -> Pieces:
    """Return the lines that are not blank, as they stand; only U+000A ends a line."""
    lines = split(text, "\n")
    return lines.where(lines.flat.str.contains(r"[^\s\x1c-\x1f]"))


def python_lines_of(text: pl.Series) -> Pieces:
    """Return the lines as Python's `str.splitlines` finds them: blank ones too, but none after the last break."""
    import numpy as np

    lines = split(text.str.replace_all(_LINE_BREAKS, "\n").str.strip_suffix("\n"), "\n")
    return lines.where(pl.Series(np.repeat((text != "").to_numpy(), lines.counts)))


def _split_again(chunks: Pieces, tokens: Callable[[str], list[str]]) -> Pieces:
    """Split each chunk into tokens; equal chunks are split once."""
    different = chunks.flat.unique()
    table = pl.DataFrame({"chunk": different, "tokens": pl.Series([tokens(each) for each in different.to_list()])})
    table = table.cast({"tokens": pl.List(pl.String)})
    lists = chunks.flat.alias("chunk").to_frame().join(table, on="chunk", how="left", maintain_order="left")["tokens"]
    counts = chunks.total(lists.list.len())
    return Pieces(lists.explode(empty_as_null=False), _starts(pl.Series(counts)))


def _with_plain_spaces(text: pl.Series, *, controls: bool) -> pl.Series:
    """Put a plain space in the place of whitespace beyond ASCII, where there is any."""
    for pattern in [_WIDE_SPACES, *([_CONTROL_SPACES] if controls else [])]:
        if text.str.contains(pattern).any():
            text = text.str.replace_all(pattern, " ")
    return text


def _starts(counts: pl.Series) -> NDArray[np.int64]:
    import numpy as np

    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts.to_numpy(), dtype=np.int64)])
