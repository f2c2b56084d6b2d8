"""Scores of a text against one reference: BLEU and chrF by sacrebleu, ROUGE by its definition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from dfcli.ops._kernel import Language

_ORDERS = (1, 2, 3, 4)
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORDS: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(r"[^\W_]+"),
    "zh": re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+"),
}


class Overlap(NamedTuple):
    """How much two texts share: by the text's size, by the reference's, and the harmonic mean of both."""

    precision: float
    recall: float
    f: float


@lru_cache(maxsize=8)
def bleu_scorer(tokenizer: str, effective: bool, case: bool) -> Callable[[str, str], list[float]]:
    """Return a function that gives BLEU of orders 1 to 4 of a text and its reference."""
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize=tokenizer, effective_order=effective, lowercase=not case)

    def score(text: str, reference: str) -> list[float]:
        found = metric.sentence_score(text, [reference])
        sums = (found.counts, found.totals, found.sys_len, found.ref_len)
        each = [BLEU.compute_bleu(*sums, "exp", None, effective, order) for order in _ORDERS]
        return [float(of_order.score) / 100 for of_order in each]

    return score


@lru_cache(maxsize=8)
def chrf_scorer(words: int) -> Callable[[str, str], float]:
    """Return a function that gives chrF of a text and its reference, chrF++ with n-grams of up to two words."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(word_order=words)
    return lambda text, reference: float(metric.sentence_score(text, [reference]).score) / 100


def rouge(text: str, reference: str, language: Language) -> dict[str, Overlap]:
    """Return ROUGE-1, -2 and -L of a text and its reference, under `1`, `2` and `l`."""
    from rapidfuzz.distance import LCSseq

    first, second = (_WORDS[language].findall(each.lower()) for each in (text, reference))
    common = LCSseq.similarity(first, second)
    found = {str(n): _of_counts(_ngrams(first, n), _ngrams(second, n)) for n in (1, 2)}
    return found | {"l": _overlap(common, len(first), len(second))}


def _ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(n)), strict=False))


def _of_counts(first: Counter[tuple[str, ...]], second: Counter[tuple[str, ...]]) -> Overlap:
    return _overlap((first & second).total(), first.total(), second.total())


def _overlap(common: int, first: int, second: int) -> Overlap:
    precision, recall = common / max(first, 1), common / max(second, 1)
    return Overlap(precision, recall, 2 * common / max(first + second, 1))
