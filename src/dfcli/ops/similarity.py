"""Measure how like a text is to a reference in another column, by its characters, words and n-grams.

Measures run from 0 to 1, edit distances in characters; a row whose text or reference is null has null measures. By
meaning: `bert_score`, which needs a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._kernel import Language, words
from dfcli.ops._overlap import bleu_scorer, chrf_scorer, rouge
from dfcli.ops._passages import share
from dfcli.ops.base import Context, Example, Kind, Reads, Row, RowFunction, Score, Whole, Writes

_REFERENCE = "The column with the text to compare with."
_LANGUAGE = "What a word is: en, runs of letters and digits; zh, also each Chinese character."
_SAME = [{"text": "a cat sat", "reference": "a cat sat"}, {"text": "", "reference": "a cat"}]


class _Compared(RowFunction):
    """What measures of a text and its reference have in common."""

    kind: ClassVar[Kind] = "evaluate"

    text: Annotated[Reads, pl.String] = "text"
    reference: Annotated[Reads, pl.String] = Field(default="reference", description=_REFERENCE)


class WordJaccard(Score):
    """Give the Jaccard similarity of the sets of words of a text and its reference, from 0 to 1.

    It is the number of words in both by the number of words in either; 0.0 where neither has words. Words are runs of
    letters and digits in lower case; with `language: zh` each Chinese character is one.
    """

    use_for = ("jaccard similarity of words", "word overlap of two columns", "杰卡德相似度")
    aliases = ("word overlap", "token set similarity", "词重叠")
    not_for = ("the order of words as well: use rouge", "duplicates among rows: use dedup_exact")
    examples = [
        Example(
            [{"text": "A cat sat", "reference": "the cat sat!"}, {"text": "", "reference": ""}],
            [{"word_jaccard": 0.5}, {"word_jaccard": 0.0}],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    reference: Annotated[Reads, pl.String] = Field(default="reference", description=_REFERENCE)
    into: Annotated[Writes, pl.Float64] = "word_jaccard"
    language: Language = Field(default="en", description=_LANGUAGE)

    def exprs(self) -> dict[str, pl.Expr]:
        first, second = (words(pl.col(each), self.language) for each in (self.text, self.reference))
        shared, all_of = first.list.set_intersection(second).list.len(), first.list.set_union(second).list.len()
        return {self.into: share(shared, all_of)}


class EditSimilarity(_Compared):
    """Measure how many characters must be inserted, deleted or replaced to make the reference of a text (Levenshtein).

    `edit_similarity` is 1 - distance / length of the longer one, from 0 to 1, and 1.0 where both are empty;
    `edit_distance` is the number itself.
    """

    use_for = ("edit distance", "levenshtein similarity", "how much a text was changed", "编辑距离")
    aliases = (
        "Levenshtein",
        "character distance",
        "diff ratio",
        "编辑相似度",
        "how different two columns are",
        "changes between versions",
        "两列文字的差异",
    )
    not_for = ("words in another order: use word_jaccard",)
    examples = [
        Example(
            [{"text": "kitten", "reference": "sitting"}, {"text": "", "reference": ""}],
            [{"edit_similarity": 4 / 7, "edit_distance": 3}, {"edit_similarity": 1.0, "edit_distance": 0}],
        )
    ]
    needs = "text"

    into: Annotated[Writes, pl.Float64] = "edit_similarity"
    distance_into: Annotated[Writes, pl.Int64] = "edit_distance"

    def value(self, row: Row) -> Mapping[str, Any]:
        from rapidfuzz.distance import Levenshtein

        text, reference = row[self.text], row[self.reference]
        distance = Levenshtein.distance(text, reference)
        similar = 1.0 - distance / max(len(text), len(reference), 1)
        return {self.into: similar, self.distance_into: distance}


class Bleu(_Compared):
    """Score a text against a reference by BLEU (Papineni et al. 2002), of orders 1 to 4, each from 0 to 1.

    The scores are sacrebleu's divided by 100: the geometric mean of the n-gram precisions up to each order, times the
    brevity penalty, with exponential smoothing of precisions of zero; with `effective`, orders for which the text is
    too short do not count. `bleu_4` is what is called BLEU. Sentence scores are no parts of a corpus score.
    """

    use_for = ("BLEU", "BLEU-1 to BLEU-4", "score a translation", "机器翻译评测")
    aliases = ("BLEU score", "machine translation metric", "n-gram precision", "BLEU分数")
    not_for = ("how much of the reference is there: use rouge", "characters: use chrf")
    examples = [
        Example(_SAME, [{"bleu_1": 1.0, "bleu_2": 1.0}, {"bleu_1": 0.0, "bleu_4": 0.0}]),
        Example([{"text": "你好吗", "reference": "你好"}], [{"bleu_1": 2 / 3}], {"tokenizer": "zh"}),
    ]
    needs = "text"

    prefix: str = Field(default="bleu_", description="What the names of the written columns start with.")
    tokenizer: Literal["13a", "intl", "zh", "char", "none"] = Field(
        default="13a", description="sacrebleu's name of it."
    )
    effective: bool = Field(default=True, description="Leave out orders for which the text is too short.")
    case: bool = Field(default=True, description="Whether capitals and small letters differ.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return {f"{self.prefix}{order}": pl.Float64() for order in (1, 2, 3, 4)}

    def value(self, row: Row) -> Mapping[str, Any]:
        score = bleu_scorer(self.tokenizer, self.effective, self.case)
        found = score(row[self.text], row[self.reference])
        return {f"{self.prefix}{order}": each for order, each in enumerate(found, start=1)}


class Chrf(_Compared):
    """Score a text against a reference by chrF (Popović 2015): n-grams of 1 to 6 characters, from 0 to 1.

    It is sacrebleu's score divided by 100; recall counts twice as much as precision. With `words: 2` it is chrF++
    (Popović 2017). It needs no words, and so suits Chinese and languages with many forms.
    """

    use_for = ("chrF", "chrF++", "character n-gram F-score", "字符级翻译评分")
    aliases = ("chrF score", "character F-score", "字符F值")
    not_for = ("n-grams of words: use bleu",)
    examples = [Example(_SAME, [{"chrf": 1.0}, {"chrf": 0.0}])]
    needs = "text"

    into: Annotated[Writes, pl.Float64] = "chrf"
    words: int = Field(
        default=0, ge=0, le=4, description="Up to which order n-grams of words count as well; 2 for chrF++."
    )

    def value(self, row: Row) -> float:
        return chrf_scorer(self.words)(row[self.text], row[self.reference])


class Rouge(_Compared):
    """Score a text against a reference by ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), each from 0 to 1.

    ROUGE-N counts the n-grams of words in both, ROUGE-L the words of their longest common subsequence, over the whole
    text. `score` says what is written: F (of precision and recall alike), precision (by the text's number) or recall
    (by the reference's). Words are runs of letters and digits in lower case, and are not stemmed.
    """

    use_for = ("ROUGE-L", "ROUGE-1 and ROUGE-2", "score a summary", "摘要评测")
    aliases = ("ROUGE score", "summary metric", "ROUGE分数")
    not_for = ("translations: use bleu", "sets of words: use word_jaccard")
    examples = [
        Example(
            [{"text": "the cat sat", "reference": "The cat was sat on"}, {"text": "", "reference": "a"}],
            [{"rouge_1": 0.75, "rouge_2": 1 / 3, "rouge_l": 0.75}, {"rouge_1": 0.0, "rouge_2": 0.0, "rouge_l": 0.0}],
        ),
        Example([{"text": "我爱你", "reference": "我你"}], [{"rouge_l": 1.0}], {"score": "recall", "language": "zh"}),
    ]
    needs = "text"

    prefix: str = Field(default="rouge_", description="What the names of the written columns start with.")
    score: Literal["f", "precision", "recall"] = Field(default="f", description="Which of the three to write.")
    language: Language = Field(default="en", description=_LANGUAGE)

    def writes(self) -> dict[str, pl.DataType | None]:
        return {f"{self.prefix}{name}": pl.Float64() for name in ("1", "2", "l")}

    def value(self, row: Row) -> Mapping[str, Any]:
        found = rouge(row[self.text], row[self.reference], self.language)
        return {f"{self.prefix}{name}": getattr(each, self.score) for name, each in found.items()}


class Cider(Whole):
    """Score a text against a reference by CIDEr-D (Vedantam et al. 2015), from 0 to 10.

    It is ten times the mean, over n-grams of 1 to `n` words, of the cosine of their tf-idf weights, those of the text
    clipped to the reference's, times exp(-d²/2σ²) for a difference of d words. Document frequencies are counted over
    the references of all rows: an n-gram in every one weighs nothing, so that one row alone, or rows of one reference,
    score 0. Memory grows with the number of different n-grams. Words are in lower case and not stemmed.
    """

    use_for = ("CIDEr", "score image captions", "consensus with a reference", "图像描述评测")
    aliases = ("CIDEr-D", "caption metric", "图像描述指标")
    not_for = ("one row alone: use rouge",)
    examples = [
        Example(
            [{"text": "a red cat", "reference": "a red cat"}, {"text": "no dog", "reference": "the big dog"}],
            [{"cider": 10.0}, {"cider": 4.08248290463863}],
            {"n": 1, "sigma": 1e9},
        )
    ]
    kind: ClassVar[Kind] = "evaluate"
    rows = "same"

    text: Annotated[Reads, pl.String] = "text"
    reference: Annotated[Reads, pl.String] = Field(default="reference", description=_REFERENCE)
    into: Annotated[Writes, pl.Float64] = "cider"
    n: int = Field(default=4, ge=1, le=10, description="How many words the longest n-grams have.")
    sigma: float = Field(default=6.0, gt=0, description="How much a difference in length matters; the less, the more.")
    language: Language = Field(default="en", description=_LANGUAGE)

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        from dfcli.ops._cider import scores

        read = {"text": self.text, "reference": self.reference}
        pairs = frame.select(**{name: words(pl.col(each), self.language) for name, each in read.items()})
        found = scores(pairs.collect(engine="streaming"), self.n, self.sigma)
        return frame.with_columns(pl.Series(self.into, found, dtype=pl.Float64()))
