"""Suites over repeated lines, paragraphs and n-grams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops._ngrams import NGRAMS, gram_shares
from dfcli.ops._pieces import Pieces, lines_of, paragraphs_of, ratio, raw_lines_of, split, words_of
from dfcli.ops._profiles import READINGS, Language, Profile
from dfcli.ops._suite import Stage, Suite
from dfcli.ops.base import Example

_Share = Annotated[float, Field(ge=0)]
_ONCE = (
    "Each of these few words is here one time only, so nothing in it comes again; no pair, and by that no run either."
)
_PARTS = ("line", "paragraph", "line_char", "paragraph_char")
_TOP = range(2, 5)
_LONG = range(5, 11)

_ORDER: Mapping[Profile, Sequence[str]] = {
    "paper": _PARTS,
    "datatrove": ("paragraph", "paragraph_char", "line", "line_char"),
    "nemo": _PARTS,
}
_REASONS: Mapping[Profile, Mapping[str, str]] = {
    "paper": {},
    "datatrove": {
        "duplicate_lines": "dup_line_frac",
        "duplicate_paragraphs": "dup_para_frac",
        "duplicate_line_chars": "dup_line_char_frac",
        "duplicate_paragraph_chars": "dup_para_char_frac",
        **{f"top_{n}_grams": f"top_{n}_gram" for n in _TOP},
        **{f"duplicate_{n}_grams": f"duplicated_{n}_n_grams" for n in _LONG},
    },
    "nemo": {
        "duplicate_lines": "repeated_lines",
        "duplicate_paragraphs": "repeated_paragraphs",
        "duplicate_line_chars": "repeated_lines_char",
        "duplicate_paragraph_chars": "repeated_paragraphs_char",
        **{f"top_{n}_grams": f"repeating_top_{n}grams" for n in _TOP},
        **{f"duplicate_{n}_grams": f"repeating_dup_{n}gram" for n in _LONG},
    },
}
_SPLITS: Mapping[Profile, tuple[Callable[[pl.Series], Pieces], Callable[[pl.Series], Pieces]]] = {
    "paper": (lines_of, paragraphs_of),
    "datatrove": (
        lambda text: split(text.str.replace_all("\n+", "\n"), "\n"),
        lambda text: split(_stripped(text).str.replace_all("\n{2,}", "\n\n"), "\n\n"),
    ),
    "nemo": (raw_lines_of, lambda text: split(text, "\n\n")),
}


class GopherRepetition(Suite):
    """Keep documents that do not repeat themselves, by Gopher's rules (Rae et al. 2021, arXiv 2112.11446, Table A1).

    A document leaves by the first rule it breaks, in the table's order: `duplicate_lines`, `duplicate_paragraphs` (more
    than 0.30 of them), `duplicate_line_chars`, `duplicate_paragraph_chars` (0.20 of the characters), `top_2_grams` to
    `top_4_grams` (the most frequent n-gram takes more than 0.20, 0.18, 0.16 of the characters), `duplicate_5_grams`
    to `duplicate_10_grams` (0.15, 0.14, 0.13, 0.12, 0.11, 0.10). A null text leaves as `null_text`; an empty one has
    nothing that repeats, and stays.

    Under `profile: paper` a line or paragraph is a duplicate if an equal one stands before it in the document; both are
    taken without whitespace around them, blank lines are none and part paragraphs; shares are of the characters of all
    lines or paragraphs. A word is what stands between whitespace, as written (with `language: zh` each Chinese
    character, and each run of others). The share of n-grams is that of the words' characters which lie in any n-gram
    that occurs more than once, each character counted once, as the paper has it; of n-grams that occur equally often
    the top one is the first. So all shares are between 0 and 1.

    `datatrove` decides as GopherRepetitionFilter of datatrove 0.10: spaCy's English tokens (found by rules that agree
    with spaCy's in nearly all texts, not in all), shares of all characters of the text, the top n-gram also when it
    occurs once and with its overlaps, duplicate n-grams only from the second time on and without overlaps, compared
    with their words joined; an empty text leaves as `empty`. `nemo` decides as the filters of NeMo Curator 1.4, but of
    top n-grams that are equally frequent takes the first: there it is random. A text with fewer than n words leaves.
    """

    use_for = (
        "drop repetitive documents",
        "Gopher repetition filter",
        "n-gram repetition filter",
        "去除重复内容多的文档",
    )
    aliases = (
        "repetition filter",
        "repetitive pages",
        "Gopher重复规则",
        "endless repetition",
        "babbling text",
        "pages that repeat themselves",
        "反复出现的内容",
        "啰嗦重复",
    )
    not_for = ("copies of whole documents: use dedup_minhash", "rules about words and symbols: use gopher_quality")
    examples = [
        Example([{"text": "Home\nHome\nNews"}, {"text": _ONCE}, {"text": None}], [{"text": _ONCE}]),
        Example(
            [{"text": "a b c a b c"}, {"text": ""}],
            [
                {"gopher_top_2_gram_share": 2 / 3, "gopher_duplicate_5_gram_share": 0.0},
                {"gopher_top_2_gram_share": 0.0, "gopher_duplicate_5_gram_share": 0.0},
            ],
            {"signals": True, "drop": False},
        ),
        Example([{"text": ""}, {"text": _ONCE}], [{"text": _ONCE}], {"profile": "datatrove"}),
        Example([{"text": "one"}, {"text": _ONCE}], [{"text": _ONCE}], {"profile": "nemo"}),
    ]
    measures: ClassVar[Sequence[str]] = (
        *(f"duplicate_{part}_share" for part in _PARTS),
        *(f"top_{n}_gram_share" for n in _TOP),
        *(f"duplicate_{n}_gram_share" for n in _LONG),
    )

    profile: Profile = Field(default="paper", description="Whose reading of the rules.")
    language: Language = Field(default="en", description="Decides what a word is, under the paper's profile.")
    max_duplicate_share: float = Field(default=0.3, ge=0, description="Of lines, and of paragraphs.")
    max_duplicate_char_share: float = Field(default=0.2, ge=0, description="Of characters in lines, and in paragraphs.")
    max_top_gram_shares: tuple[_Share, _Share, _Share] = Field(
        default=(0.2, 0.18, 0.16), description="Of 2, 3 and 4 words."
    )
    max_duplicate_gram_shares: tuple[_Share, _Share, _Share, _Share, _Share, _Share] = Field(
        (0.15, 0.14, 0.13, 0.12, 0.11, 0.10), description="Of 5 to 10 words."
    )

    def stages(self) -> Sequence[Stage]:
        top = {f"top_{n}": most for n, most in zip(_TOP, self.max_top_gram_shares, strict=True)}
        long = {f"duplicate_{n}": most for n, most in zip(_LONG, self.max_duplicate_gram_shares, strict=True)}
        grams = [
            (self._reason(f"{name}_grams"), pl.col(f"{name}_gram_share") <= most) for name, most in (top | long).items()
        ]
        return [Stage(self._measure_parts, self._part_rules()), Stage(self._measure_grams, grams)]

    def _part_rules(self) -> list[tuple[str, pl.Expr]]:
        most = {part: self.max_duplicate_char_share if "char" in part else self.max_duplicate_share for part in _PARTS}
        rules = [
            (self._reason(f"duplicate_{part}s"), pl.col(f"duplicate_{part}_share") <= most[part])
            for part in _ORDER[self.profile]
        ]
        return [("empty", pl.col("chars") > 0), *rules] if self.profile == "datatrove" else rules

    def _reason(self, ours: str) -> str:
        return _REASONS[self.profile].get(ours, ours)

    def _measure_parts(self, text: pl.Series) -> pl.DataFrame:
        shares: dict[str, Any] = {"chars": text.str.len_chars()}
        for part, pieces_of in zip(_PARTS, _SPLITS[self.profile], strict=False):
            pieces = pieces_of(text)
            repeats, chars = pieces.repeats(), pieces.lengths()
            whole = shares["chars"].to_numpy() if self.profile == "datatrove" else pieces.total(chars)
            shares[f"duplicate_{part}_share"] = pieces.share(repeats)
            shares[f"duplicate_{part}_char_share"] = ratio(pieces.total(repeats.to_numpy() * chars), whole)
        return pl.DataFrame(shares)

    def _measure_grams(self, text: pl.Series) -> pl.DataFrame:
        chinese = self.language == "zh" and self.profile == "paper"
        words = words_of(text, "han" if chinese else READINGS[self.profile].splitter)
        return pl.DataFrame(gram_shares(text, words, NGRAMS[self.profile]))


def _stripped(text: pl.Series) -> pl.Series:
    return text.str.replace_all(r"^[\s\x1c-\x1f]+|[\s\x1c-\x1f]+$", "")
