"""Measures of a whole set of texts by their vectors: how diverse it is, and how far it is from another set."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dfcli.ops._grams import ngrams, word_tokens
from dfcli.ops._kernel import Language

Vectors = NDArray[np.float32]

_BUCKETS = 4096
_PERMUTATIONS = 200


@dataclass(frozen=True)
class Estimate:
    """A mean, and half the width of its 95 % interval."""

    mean: float
    plus_minus: float


@dataclass(frozen=True)
class Distance:
    """How far two sets are apart: MMD² as it is estimated with and without bias, and how often chance does as much."""

    mmd2: float
    mmd2_unbiased: float
    p_value: float


def ngram_vectors(texts: pl.Series, language: Language) -> Vectors:
    """Return a vector of length 1 per text: how often each word and each pair of words comes, hashed with signs.

    The product of two is about the mean of the cosines of their counts of words and of pairs. A text without words has
    a vector of zeros.
    """
    tokens = word_tokens(texts, language)
    parts = []
    for n in (1, 2):
        found = ngrams(tokens, n)
        grams, times = found["gram"].to_numpy(), found["times"].to_numpy()
        part = np.zeros((len(texts), _BUCKETS), np.float32)
        signs = np.where(grams & np.uint64(1), 1, -1)
        np.add.at(part, (found["row"].to_numpy(), (grams >> np.uint64(52)).astype(np.int64)), signs * times)
        parts.append(_units(part))
    return _units(np.concatenate(parts, axis=1))


def distinct(texts: pl.Series, n: int, language: Language) -> float:
    """Return the share of different n-grams of words among all of a set, 0.0 of a set without any."""
    found = ngrams(word_tokens(texts, language), n)
    total = int(found["times"].sum())
    return found["gram"].n_unique() / total if total else 0.0


def vendi(vectors: Vectors) -> float:
    """Return the Vendi score: how many entirely different vectors are as diverse as these, 0.0 of none.

    It is the exponential of the entropy of the eigenvalues of the cosines, divided by their number (Friedman and Dieng
    2023, definition 3.1): from 1, all alike, to the number of vectors, no two alike. Vectors of zeros do not count.
    """
    wide = vectors[np.any(vectors, axis=1)].astype(np.float64)
    if not len(wide):
        return 0.0
    cosines = wide @ wide.T if len(wide) <= wide.shape[1] else wide.T @ wide
    values = np.clip(np.linalg.eigvalsh(cosines), 0, None)
    chances = values[values > 0] / values.sum()
    return float(np.exp(-(chances * np.log(chances)).sum()))


def mmd(ours: Vectors, theirs: Vectors, sigma: float, rng: Random) -> Distance | None:
    """Return the maximum mean discrepancy of two sets, squared; None when one has fewer than two vectors.

    The kernel is exp(-|x - y|² / 2σ²); the estimates are those of Gretton et al. 2012, equations 3 (unbiased) and 5.
    The p-value is the share of random divisions of all vectors into two such sets, this one included, with an unbiased
    estimate as large.
    """
    m, n = len(ours), len(theirs)
    if min(m, n) < 2:
        return None
    both = np.concatenate([ours, theirs]).astype(np.float64)
    squares = (both**2).sum(axis=1)
    kernel = np.exp(-np.maximum(squares[:, None] + squares - 2 * both @ both.T, 0) / (2 * sigma**2))
    members = np.zeros((_PERMUTATIONS, m + n))
    members[0, :m] = 1
    for row in members[1:]:
        row[rng.sample(range(m + n), m)] = 1
    within = np.einsum("pi,pi->p", members @ kernel, members)
    rest = np.einsum("pi,pi->p", (1 - members) @ kernel, 1 - members)
    across = 2 * (kernel.sum() - within - rest) / (2 * m * n)
    unbiased = (within - m) / (m * (m - 1)) + (rest - n) / (n * (n - 1)) - across
    biased = within[0] / m**2 + rest[0] / n**2 - across[0]
    as_much = float((unbiased >= unbiased[0] - 1e-12).mean())
    return Distance(max(float(biased), 0.0), float(unbiased[0]), as_much)


def batch_distance(vectors: Vectors, size: int, batches: int, rng: Random) -> Estimate | None:
    """Return the mean cosine distance between random batches, each the mean of its vectors; None of too few vectors.

    The diversity coefficient (Lee et al. 2023, definition 1) with another vector of a batch: theirs is Task2Vec's.
    """
    if len(vectors) < 2 * size:
        return None
    means = _units(np.stack([vectors[rng.sample(range(len(vectors)), size)].mean(axis=0) for _ in range(batches)]))
    distances = 1 - (means @ means.T)[np.triu_indices(batches, 1)].astype(np.float64)
    return Estimate(float(distances.mean()), float(1.96 * distances.std(ddof=1) / np.sqrt(len(distances))))


def _units(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
