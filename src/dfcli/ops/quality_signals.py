"""The quality signals of RedPajama-V2, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops import _repetition as grams
from dfcli.ops._ngrams import in_parts
from dfcli.ops._pieces import Pieces, ratio, split, words_of
from dfcli.ops._profiles import Language
from dfcli.ops._slices import by_slices
from dfcli.ops._stop_words import STOP_WORDS
from dfcli.ops._suite import measure_type
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, declared_schema

_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_BULLETS = r"^\s*[•‣▶◀◦■□▪▫–]"
_PLAIN = (
    *("curly_bracket", "frac_all_caps_words", "frac_lines_end_with_ellipsis", "frac_no_alph_words", "lorem_ipsum"),
    *("symbol_to_word_ratio", "sentence_count"),
)
_NORMAL = ("word_count", "mean_word_length", "frac_unique_words", "stop_word_fraction", "unigram_entropy")
_GRAMS = (*(f"frac_chars_top_{n}gram" for n in range(2, 5)), *(f"frac_chars_dupe_{n}grams" for n in range(5, 11)))
_LINES = (
    *("lines_ending_with_terminal_mark", "lines_javascript_count", "lines_num_words", "lines_numerical_chars_fraction"),
    *("lines_start_with_bulletpoint", "lines_uppercase_letter_fraction"),
)


class RedpajamaSignals(Operator):
    """Write the quality signals of RedPajama-V2 (Weber et al. 2024, arXiv 2411.12372, Tables 11 to 14) into columns.

    A signal is named as there, without `rps_doc_` but with a prefix. Normal text is in small letters, decomposed
    (NFD), without ASCII punctuation, its whitespace single spaces; its words stand between spaces. Raw words are runs
    of letters, digits and underscores, or of other signs. Of normal words: `word_count`, `mean_word_length`,
    `frac_unique_words`, `stop_word_fraction`, `unigram_entropy` (natural logarithm), `frac_chars_top_{2,3,4}gram` (the
    most frequent n-gram's characters times its count, 0 if it comes once) and `frac_chars_dupe_{5..10}grams` (of the
    characters in n-grams that repeat, each counted once). Of raw words: `frac_all_caps_words`, `frac_no_alph_words`
    (no ASCII letter), `symbol_to_word_ratio` (`#`, `...`, `…`). Of characters: `curly_bracket`, and `lorem_ipsum` of
    normal ones. `sentence_count` counts `\\b[^.!?]+[.!?]*`. Lines end at a line feed, blank ones count.

    Signals that the original has for each line are means over lines (`lines_…`), and the sum for Javascript. What
    needs models, lists of domains or of bad words, or the whole corpus is not here. A ratio of nothing is 0, the mean
    word length of no words null, where the original has none; figures are not rounded. Null text: null signals.
    """

    use_for = ("RedPajama quality signals", "rps_doc signals", "quality annotations as columns", "RedPajama质量信号")
    aliases = ("RedPajama", "quality signals", "质量信号")
    not_for = ("rules that drop rows: use gopher_quality", "a few numbers of lines: use line_stats")
    examples = [
        Example(
            [{"text": "The END, the end: {a}"}, {"text": ""}, {"text": None}],
            [
                {"rps_word_count": 5, "rps_frac_unique_words": 0.6, "rps_frac_chars_top_2gram": 12 / 13},
                {"rps_word_count": 0, "rps_mean_word_length": None, "rps_curly_bracket": 0.0},
                {"rps_word_count": None},
            ],
        ),
        Example(
            [{"text": "• 12 Items\nUse Javascript!"}],
            [{"q_lines_start_with_bulletpoint": 0.5, "q_lines_javascript_count": 1, "q_sentence_count": 1}],
            {"prefix": "q_"},
        ),
    ]
    kind: ClassVar[Kind] = "evaluate"

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="rps_", description="What the names of the written columns start with.")
    language: Language = Field(
        default="en", description="Decides the stop words, and in Chinese each character is a word."
    )

    def writes(self) -> dict[str, pl.DataType | None]:
        return {**_types(self.prefix)}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return by_slices(frame, self.text, self._on_slice)

    def _on_slice(self, frame: pl.DataFrame) -> pl.DataFrame:
        given = frame[self.text]
        measured = self._measured(given.fill_null(""))
        columns = [
            pl.select(pl.when(given.is_not_null()).then(values.cast(kind)).alias(name)).to_series()
            for (name, kind), values in zip(_types(self.prefix).items(), measured, strict=True)
        ]
        return frame.with_columns(columns)

    def _measured(self, text: pl.Series) -> pl.DataFrame:
        normal = _normal(text)
        words = words_of(normal, "han" if self.language == "zh" else "python")
        return pl.DataFrame(self._plain(text, normal) | self._of_words(words) | _of_grams(words) | _of_lines(text))

    def _plain(self, text: pl.Series, normal: pl.Series) -> dict[str, Any]:
        lists = text.str.extract_all(r"\w+|[^\w\s]+")
        raw = Pieces(lists.explode(empty_as_null=False), _starts(lists))
        lines = split(text, "\n")
        shouted = raw.flat.str.contains(r"\p{Uppercase}") & ~raw.flat.str.contains(r"\p{Lowercase}")
        symbols = sum(_count(text, each) for each in ("#", "...", "…"))
        values = (
            ratio(_count(text, "{") + _count(text, "}"), text.str.len_chars().to_numpy()),
            raw.share(shouted),
            lines.share(lines.flat.str.contains(r"(?:\.\.\.|…)\s*$")),
            raw.share(~raw.flat.str.contains("[a-zA-Z]")),
            ratio(_count(normal, "lorem ipsum"), normal.str.len_chars().to_numpy()),
            ratio(symbols, raw.counts),
            text.str.count_matches(r"\b[^.!?]+[.!?]*"),
        )
        return dict(zip(_PLAIN, values, strict=True))

    def _of_words(self, words: Pieces) -> dict[str, Any]:
        stops = pl.Series(sorted(STOP_WORDS[self.language]))
        values = (
            words.counts,
            pl.Series(words.total(words.lengths())) / pl.Series(words.counts).replace(0, None),
            words.share(~words.repeats()),
            words.share(words.flat.is_in(stops.implode())),
            _entropy(words),
        )
        return dict(zip(_NORMAL, values, strict=True))


def _types(prefix: str) -> dict[str, pl.DataType]:
    return {prefix + name: measure_type(name) for name in (*_PLAIN, *_NORMAL, *_GRAMS, *_LINES)}


def _normal(text: pl.Series) -> pl.Series:
    bare = text.str.replace_all(_PUNCTUATION, "").str.to_lowercase()
    return bare.str.replace_all(r"\s+", " ").str.strip_chars().str.normalize("NFD")


def _of_grams(words: Pieces) -> dict[str, Any]:
    """Return the shares of characters in the most frequent and in repeated n-grams."""
    numbers = grams.hashed(words)
    chars = words.total(words.lengths())
    found = in_parts(numbers, _counted)
    return {name: ratio(found[name], chars) for name in _GRAMS}


def _counted(part: grams.Hashed) -> Mapping[str, Any]:
    counts = {}
    for each in grams.repeated(part, 10):
        if each.n in range(2, 5):
            top = grams.most_frequent(part, each)
            counts[f"frac_chars_top_{each.n}gram"] = part.per_text(
                top.at, part.before[top.at + each.n] - part.before[top.at]
            )
        else:
            counts[f"frac_chars_dupe_{each.n}grams"] = grams.covered(part, each)
    return counts


def _of_lines(text: pl.Series) -> dict[str, Any]:
    lines = split(text, "\n")
    normal = _normal(lines.flat)
    numbers = normal.str.count_matches(r"\p{N}").cast(pl.Int64).to_numpy()
    capitals = lines.flat.str.count_matches(r"\p{Uppercase}").cast(pl.Int64).to_numpy()
    values = (
        lines.share(lines.flat.str.contains(r"[.!?”]\s*$")),
        lines.total(normal.str.count_matches("javascript", literal=True).cast(pl.Int64)),
        ratio(lines.total(normal.str.count_matches(r"\S+").cast(pl.Int64)), lines.counts),
        _mean(lines, ratio(numbers, normal.str.len_chars().to_numpy())),
        lines.share(lines.flat.str.contains(_BULLETS)),
        _mean(lines, ratio(capitals, lines.lengths())),
    )
    return dict(zip(_LINES, values, strict=True))


def _mean(lines: Pieces, values: Any) -> Any:
    import numpy as np

    return np.bincount(lines.texts, weights=values, minlength=len(lines.counts)) / lines.counts


def _entropy(words: Pieces) -> Any:
    """Return -sum(p ln p) over the different words of each text; of no words it is 0."""
    import numpy as np

    keys = pl.DataFrame({"text": pl.Series(words.texts, dtype=pl.Int64), "hash": words.flat.hash(seed=3)})
    counts = keys.group_by("text", "hash", maintain_order=True).len()
    of, times = counts["text"].to_numpy(), counts["len"].cast(pl.Float64).to_numpy()
    whole = words.counts[of]
    return np.bincount(of, weights=-times / whole * np.log(times / whole), minlength=len(words.counts))


def _count(text: pl.Series, what: str) -> Any:
    return text.str.count_matches(what, literal=True).cast(pl.Int64).to_numpy()


def _starts(lists: pl.Series) -> Any:
    import numpy as np

    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lists.list.len().to_numpy(), dtype=np.int64)])
