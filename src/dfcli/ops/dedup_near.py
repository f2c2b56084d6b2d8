"""Remove texts that nearly repeat others, by the words or characters that they have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._duplicates import Duplicates
from dfcli.ops.base import Context, Example, Reads

_TALE = "the quick brown fox jumps over the lazy dog while the old cat sleeps by the warm fire all day long"


class _Near(Duplicates):
    """Texts compared by their shingles: the runs of `ngram` words or characters, without case and signs."""

    drop_reason: ClassVar[str] = "near_duplicate"

    text: Annotated[Reads, pl.String] = "text"
    unit: Literal["words", "characters"] = Field(
        default="words",
        description="What shingles are made of; words are runs of letters, and single Chinese characters.",
    )

    def length(self, given: pl.Schema) -> pl.Expr:
        return pl.col(self.text).str.len_chars()


class DedupMinhash(_Near):
    """Drop texts whose sets of shingles are nearly equal: their Jaccard similarity is at least `threshold`.

    Signatures of `permutations` minima (Broder 1997) are cut into bands, so many and so long that misses above the
    threshold and hits below are fewest; rows that share a band are pairs, pairs that verify hold make groups, and of a
    group one row stays. verify: none takes all pairs; signature those whose signatures are as similar (by 128 minima
    the error is about 0.035); jaccard counts the shingles of candidates. A group is all that hangs together, so two of
    its rows may be less similar than the threshold. A text with fewer tokens than `ngram` is nobody's duplicate. Memory
    for each row: 8 bytes a band, and `permutations` bytes for signature, or a candidate's shingles for jaccard.
    """

    use_for = ("near-duplicate documents", "MinHash LSH deduplication", "fuzzy deduplication", "模糊去重")
    aliases = (
        "near duplicates",
        "fuzzy dedup",
        "almost identical documents",
        "MinHash",
        "LSH",
        "近似去重",
        "相似文档去重",
        "近重复",
        "lightly edited copies",
        "mirrored pages",
        "articles that differ in a few words",
        "nearly the same text",
        "改了几个字的文章",
        "高度相似",
        "镜像页面",
    )
    not_for = ("texts that are equal: use dedup_exact", "texts of the same meaning in other words: use dedup_semantic")
    examples = [
        Example(
            [{"text": _TALE}, {"text": f"{_TALE.upper()}!"}, {"text": "another text of more than five words"}],
            [{"text": _TALE}, {"text": "another text of more than five words"}],
        ),
        Example(
            [{"text": "天地玄黄宇宙洪荒日月盈昃"}, {"text": "天地玄黄，宇宙洪荒，日月盈昃。"}, {"text": "短"}],
            [
                {"duplicate_cluster": "2", "duplicate_count": 2, "duplicate_of": "2"},
                {"duplicate_cluster": "2", "duplicate_count": 2, "duplicate_of": None},
                {"duplicate_cluster": "3", "duplicate_count": 1, "duplicate_of": None},
            ],
            {"mode": "mark", "prefer": "longest", "unit": "characters", "verify": "jaccard"},
        ),
    ]

    ngram: int = Field(default=5, ge=1, description="How many words or characters are a shingle.")
    threshold: float = Field(default=0.7, gt=0, le=1, description="The least Jaccard similarity of duplicates.")
    permutations: int = Field(default=128, ge=8, le=1024)
    verify: Literal["none", "signature", "jaccard"] = "signature"
    bands: int | None = Field(default=None, ge=1, description="How many bands, each as long as permutations allow.")

    def leaders(self, frame: pl.LazyFrame, rank: pl.Series, ctx: Context) -> pl.Series:
        import numpy as np

        from dfcli.ops import _components, _dedup_minhash

        bands = _dedup_minhash.best_bands(self.threshold, self.permutations, 0.5 if self.verify == "none" else 0.9)
        if self.bands is not None:
            bands = _dedup_minhash.Bands(self.bands, max(self.permutations // self.bands, 1))
        sketch = self.verify == "signature"
        shingles = _dedup_minhash.shingles(frame, self.text, self.unit, self.ngram)
        signed = _dedup_minhash.signatures(shingles, bands, self.permutations, sketch=sketch)
        similarity = _dedup_minhash.estimated(signed) if sketch else None
        rows = np.arange(rank.len())
        if self.verify == "jaccard":
            candidates = np.unique(np.concatenate(_dedup_minhash.alike(signed, 0, None)(rows)))
            again = _dedup_minhash.shingles(frame, self.text, self.unit, self.ngram)
            similarity = _dedup_minhash.counted(_dedup_minhash.sets_of(again, candidates))
        alike = _dedup_minhash.alike(signed, self.threshold, similarity)
        return pl.Series(_components.leaders(rank.to_numpy(), rows, alike))


class DedupSimhash(_Near):
    """Drop texts whose 64-bit SimHash fingerprints differ in at most `distance` bits.

    Each bit of a fingerprint is the one that most of the text's shingles have in their hashes (Charikar 2002). Rows
    are compared where they agree on some blocks of bits, as fingerprints within the distance must (Manku et al. 2007,
    section 3), so that every such pair is found, but where more than 500 rows agree on a block. Groups are all that
    hangs together. A text with fewer tokens than `ngram` is nobody's duplicate. Memory: 9 bytes for each row.
    """

    use_for = ("SimHash deduplication", "near-duplicate web pages", "fingerprints by Hamming distance", "SimHash去重")
    aliases = ("SimHash", "fingerprint dedup", "指纹去重")
    not_for = ("a similarity that can be stated: use dedup_minhash",)
    examples = [
        Example(
            [{"text": _TALE}, {"text": f"{_TALE}."}, {"text": "one"}, {"text": "two"}, {"text": ""}, {"text": ""}],
            [{"text": _TALE}, {"text": "one"}, {"text": "two"}, {"text": ""}, {"text": ""}],
        )
    ]

    ngram: int = Field(default=3, ge=1, description="How many words or characters are a shingle.")
    distance: int = Field(default=3, ge=0, le=16, description="In how many of 64 bits duplicates may differ.")

    def leaders(self, frame: pl.LazyFrame, rank: pl.Series, ctx: Context) -> pl.Series:
        import numpy as np

        from dfcli.ops import _components, _dedup_minhash, _dedup_simhash

        shingles = _dedup_minhash.shingles(frame, self.text, self.unit, self.ngram)
        prints, filled = _dedup_simhash.fingerprints(shingles)
        alike = _dedup_simhash.within(prints, filled, self.distance)
        return pl.Series(_components.leaders(rank.to_numpy(), np.arange(rank.len()), alike))


class DedupNgrams(_Near):
    """Drop texts of whose different n-grams more than a share come in rows before them, whichever these are.

    Before means preferred: above in the data, or longer, or better. Rows that leave count as before, too, so that a
    text goes that repeats several others in pieces. `duplicate_of` is the row that has most of the n-grams, or the one
    that this is a duplicate of. A text with fewer tokens than `ngram` stays. Memory: about 40 bytes for each n-gram;
    `every: 16` looks at one in 16, chosen by their hashes, and takes a sixteenth.
    """

    use_for = ("share of n-grams seen before", "n-gram overlap deduplication", "texts pieced together", "N元组重叠去重")
    aliases = ("n-gram dedup", "overlapping n-grams", "n-gram去重")
    not_for = ("two texts that are alike as wholes: use dedup_minhash", "benchmarks: use decontaminate")
    examples = [
        Example(
            [{"text": "a b c d e"}, {"text": "v w x y z"}, {"text": "a b c d v w x y"}, {"text": "a b q r s"}],
            [{"text": "a b c d e"}, {"text": "v w x y z"}, {"text": "a b q r s"}],
            {"ngram": 2, "share": 0.8},
        )
    ]
    drop_reason = "seen_before"

    ngram: int = Field(default=13, ge=1, description="How many words or characters are an n-gram.")
    share: float = Field(default=0.8, ge=0, lt=1, description="Texts leave of whose n-grams more than this were seen.")
    every: int = Field(default=1, ge=1, description="Look at one n-gram in so many.")

    def leaders(self, frame: pl.LazyFrame, rank: pl.Series, ctx: Context) -> pl.Series:
        from dfcli.ops import _dedup_minhash, _dedup_ngrams

        shingles = _dedup_minhash.shingles(frame, self.text, self.unit, self.ngram)
        seen = _dedup_ngrams.seen_before(shingles, rank, self.every).filter(pl.col("share") > self.share)
        rows = pl.int_range(rank.len(), eager=True)
        return _dedup_ngrams.roots(rows.scatter(seen["row"], seen["owner"].cast(pl.Int64)))
