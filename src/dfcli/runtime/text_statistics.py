"""What the texts of a data file are like as a whole: their lengths and diversity, and how far other texts are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import polars as pl

from dfcli.errors import InputError
from dfcli.ops import _set_measures
from dfcli.ops._dedup_vectors import units
from dfcli.ops._encodings import counted
from dfcli.ops._kernel import Language
from dfcli.ops._set_measures import Distance, Estimate, Vectors
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies

_BATCH = 16
_BATCHES = 50
_BOUNDS = (pl.all().min(), pl.all().max(), pl.all().mean())


@dataclass(frozen=True)
class Bin:
    """How many texts have a length from one number to another, both included."""

    least: int
    most: int
    texts: int


@dataclass(frozen=True)
class Lengths:
    """How long texts are, in one unit; `bins` double in width."""

    total: int
    mean: float | None
    least: float | None
    p5: float | None
    median: float | None
    p95: float | None
    most: float | None
    bins: Sequence[Bin]


@dataclass(frozen=True)
class Diversity:
    """How diverse texts are, measured on `texts` of them; what they are compared by is `vectors`.

    `distinct` are the shares of different words, pairs and triples of words among all of them.
    """

    texts: int
    vectors: str
    distinct: tuple[float, ...]
    vendi: float
    vendi_share: float
    batch_distance: Estimate | None


@dataclass(frozen=True)
class Texts:
    """What the texts of a column are like; lengths in tokens, and what is below, are those of a random sample.

    `duplicate_share` is how many of the texts that are not blank are equal to an earlier one.
    """

    column: str
    nulls: int
    blank: int
    duplicate_share: float
    characters: Lengths
    words: Lengths
    tokens: Lengths
    tokens_in_all: int
    diversity: Diversity
    distance: Distance | None = None


@dataclass(frozen=True)
class Looking:
    """What is looked at, and how: `sample` texts at most for what takes the square of their number.

    `by` names columns of categories, `sigma` is the width of the kernel by which sets of texts are compared.
    Texts are compared by their embeddings by a `model`, by the `vectors` of a column, else by n-grams of words.
    """

    text: str | None = None
    by: Sequence[str] = ()
    vectors: str | None = None
    model: str | None = None
    sample: int = 2000
    language: Language = "en"
    tokenizer: str = "cl100k_base"
    sigma: float = 1.0
    seed: int = 0


def texts(data: pl.LazyFrame, text: str, looking: Looking, other: pl.LazyFrame | None) -> Texts:
    """Return what the texts of a column are like, and how far those of other data are from them."""
    measured = _measured(data, text)
    filled = measured.drop_nulls("characters")
    rng = Random(looking.seed)
    with tempfile.TemporaryDirectory(prefix="dfcli-") as temporary:
        compare = _comparing(looking, Path(temporary))
        sample = _sample(data, measured["words"], text, looking, rng)
        vectors = compare(sample)
        distance = None
        if other is not None:
            theirs = _sample(other, _measured(other, text)["words"], text, looking, rng)
            distance = _distance(vectors, compare(theirs), looking.sigma, rng)
    tokens = _lengths(pl.Series(counted(looking.tokenizer, sample["text"].to_list()), dtype=pl.Int64()))
    with_words = filled.filter(pl.col("words") > 0)
    return Texts(
        column=text,
        nulls=measured.height - filled.height,
        blank=filled.height - with_words.height,
        duplicate_share=1 - with_words["hash"].n_unique() / with_words.height if with_words.height else 0.0,
        characters=_lengths(filled["characters"]),
        words=_lengths(filled["words"]),
        tokens=tokens,
        tokens_in_all=round((tokens.mean or 0.0) * with_words.height),
        diversity=_diversity(sample["text"], vectors, looking, rng),
        distance=distance,
    )


def _distance(ours: Vectors, theirs: Vectors, sigma: float, rng: Random) -> Distance | None:
    if len(ours) and len(theirs) and ours.shape[1] != theirs.shape[1]:
        widths = f"{ours.shape[1]} numbers, those of the other {theirs.shape[1]}"
        raise InputError(f"the vectors of one file have {widths}: compare vectors of one model")
    return _set_measures.mmd(ours, theirs, sigma, rng)


def _measured(data: pl.LazyFrame, name: str) -> pl.DataFrame:
    text = pl.col(name)
    return data.select(
        characters=text.str.len_chars().cast(pl.Int64),
        words=text.str.count_matches(r"\S+").cast(pl.Int64),
        hash=text.hash(0),
    ).collect(engine="streaming")


def _sample(data: pl.LazyFrame, words: pl.Series, text: str, looking: Looking, rng: Random) -> pl.DataFrame:
    """Return the texts, and vectors if they are in a column, of a random sample of the rows whose text is not blank."""
    places = (words > 0).fill_null(value=False).arg_true().to_list()
    some = sorted(rng.sample(places, min(looking.sample, len(places))))
    columns = {"text": pl.col(text)} | ({"vector": pl.col(looking.vectors)} if looking.vectors else {})
    numbered = data.with_row_index("row number").filter(pl.col("row number").is_in(some))
    return numbered.select(**columns).collect(engine="streaming")


def _comparing(looking: Looking, folder: Path) -> Callable[[pl.DataFrame], Vectors]:
    """Return what makes vectors of length 1 of a sample."""

    def embedded(sample: pl.DataFrame) -> Vectors:
        spec = ModelSpec(model=looking.model or "")
        with Models({"default": spec}, Replies(folder / "replies.sqlite")) as models:
            found = models.embed("default", sample["text"].to_list())
        return units(pl.Series(found, dtype=pl.List(pl.Float32)))[0]

    if looking.model is not None:
        return embedded
    if looking.vectors is not None:
        return lambda sample: units(sample["vector"])[0]
    return lambda sample: _set_measures.ngram_vectors(sample["text"], looking.language)


def _diversity(texts: pl.Series, vectors: Vectors, looking: Looking, rng: Random) -> Diversity:
    shares = tuple(_set_measures.distinct(texts, n, looking.language) for n in (1, 2, 3))
    score = _set_measures.vendi(vectors)
    return Diversity(
        len(texts),
        looking.model or (f"column {looking.vectors}" if looking.vectors else "n-grams of words"),
        distinct=shares,
        vendi=score,
        vendi_share=score / len(vectors) if len(vectors) else 0.0,
        batch_distance=_set_measures.batch_distance(vectors, _BATCH, _BATCHES, rng),
    )


def _lengths(values: pl.Series) -> Lengths:
    bins = values.rename("length").to_frame().group_by(_exponent(pl.col("length")).alias("bits")).agg(times=pl.len())
    found = [Bin(2 ** (bits - 1) if bits else 0, 2**bits - 1, times) for bits, times in bins.sort("bits").iter_rows()]
    low, median, high = (values.quantile(each, interpolation="linear") for each in (0.05, 0.5, 0.95))
    least, most, mean = (values.cast(pl.Float64).to_frame().select(each).item() for each in _BOUNDS)
    return Lengths(int(values.sum()), mean, least, low, median, high, most, found)


def _exponent(length: pl.Expr) -> pl.Expr:
    """Return how many bits a length has: 0, 1, 2 for 2 and 3, 3 for 4 to 7."""
    return 64 - length.bitwise_leading_zeros().cast(pl.Int64)
