"""Split rows into training, validation and test rows, without leaks between them."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl
from pydantic import Field, PositiveFloat

from dfcli.ops._choice import named
from dfcli.ops.base import Context, Example, Kind, Reads, Row, Rows, Whole, Writes

_ROWS: list[Row] = [{"id": f"q{number}"} for number in range(4, 8)]
_DEFAULT = {"train": 0.9, "validation": 0.05, "test": 0.05}
_LARGEST = 2**64


class Split(Whole):
    """Write into a column which part of the data a row belongs to: train, validation or test, or parts of other names.

    A hash of the columns `key` decides (xxh3, 64 bits), and nothing else: a key is in the same part on every run, on
    every machine and in every file, rows that are added move no others, and rows with equal keys are always in one
    part. So name what must not leak as the key: the text, or the id of the author, document or conversation. Shares
    then come out right to within chance. Null is a key like others.

    With `exact` the keys are put in the order of their hashes and cut where the shares end, to within a key; with
    `stratify` so in each group of equal values in a column, where a key belongs to the group of its first row. Rows
    that are added can then move others at a border.
    """

    use_for = (
        "train test split",
        "validation and test set",
        "split by group without leakage",
        "stratified train test split",
        "hold out a part of the data",
        "划分训练集和测试集",
    )
    aliases = (
        "train/test",
        "hold-out",
        "dev set",
        "partition",
        "划分",
        "训练集",
        "测试集",
        "验证集",
        "80/20",
        "keep some rows for evaluation",
        "training and validation part",
        "留一部分做验证",
        "按比例切分",
    )
    not_for = (
        "a random part without a remainder: use sample",
        "rows that are in a benchmark: use decontaminate",
    )
    examples = [
        Example(
            _ROWS,
            [{"split": "train"}, {"split": "train"}, {"split": "train"}, {"split": "test"}],
            {"key": "id", "shares": {"train": 1, "test": 1}},
        ),
        Example(
            [{"user": "ann"}, {"user": "bob"}, {"user": "ann"}],
            [{"part": "b"}, {"part": "a"}, {"part": "b"}],
            {"key": "user", "shares": {"a": 0.5, "b": 0.5}, "exact": True, "into": "part"},
        ),
    ]
    kind: ClassVar[Kind] = "evaluate"
    rows: ClassVar[Rows] = "same"

    key: Reads | tuple[Reads, ...] = Field(description="The column, or several, whose equal values stay together.")
    shares: dict[str, PositiveFloat] = Field(
        default=_DEFAULT, min_length=1, description="Name of a part: its share; they need not add up to 1."
    )
    exact: bool = Field(default=False, description="Cut at exact shares instead of by each hash alone.")
    stratify: Reads | tuple[Reads, ...] | None = Field(
        default=None, description="The column, or several, in each of whose groups the shares are exact."
    )
    salt: str = Field(default="", description="Another salt, another split.")
    into: Annotated[Writes, pl.String] = "split"

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        exact = self.exact or self.stratify is not None
        places = self._exact(frame) if exact else self._hashed(self._keys(frame))
        return frame.with_columns(self._parts(places).alias(self.into))

    def _keys(self, frame: pl.LazyFrame) -> pl.Series:
        """Return each row's key as text: a single column of text as it is, anything else as JSON."""
        names = named(self.key)
        kinds = frame.collect_schema()
        single = len(names) == 1 and kinds[names[0]] == pl.String
        together = pl.struct(pl.col(name).alias(str(at)) for at, name in enumerate(names))
        key = pl.col(names[0]) if single else together.struct.json_encode()
        return frame.select(key.alias("key")).collect(engine="streaming").to_series()

    def _hashed(self, keys: pl.Series) -> pl.Series:
        """Return the place of each key's hash among all hashes, from 0 to 1."""
        import xxhash

        start = xxhash.xxh3_64_intdigest(self.salt.encode()) if self.salt else 0
        hashes = [xxhash.xxh3_64_intdigest(b"\0" if each is None else each.encode(), start) for each in keys]
        return pl.Series([each / _LARGEST for each in hashes], dtype=pl.Float64())

    def _exact(self, frame: pl.LazyFrame) -> pl.Series:
        """Return where each key's middle row stands among all rows in the order of the keys' hashes, from 0 to 1."""
        groups = named(self.stratify)
        strata = frame.select(pl.col(name).alias(f"group {at}") for at, name in enumerate(groups)).collect()
        keys = self._keys(frame)
        columns = strata.get_columns() if groups else [(keys.is_null() & False).alias("group 0")]
        rows = pl.DataFrame([keys.alias("key"), self._hashed(keys).alias("hash"), *columns])
        names = [each.name for each in columns]
        each = rows.group_by("key", maintain_order=True).agg(pl.first("hash", *names), size=pl.len().cast(pl.Float64))
        middle = (pl.col("size").cum_sum() - pl.col("size") / 2) / pl.col("size").sum()
        placed = each.sort("hash", maintain_order=True).with_columns(place=middle.over(names))
        return rows.join(placed.select("key", "place"), on="key", how="left", nulls_equal=True, maintain_order="left")[
            "place"
        ]

    def _parts(self, places: pl.Series) -> pl.Series:
        """Return the name of the part in whose share each place lies."""
        whole, end = sum(self.shares.values()), 0.0
        *names, last = self.shares
        part = pl.lit(last)
        ends: list[tuple[str, float]] = []
        for name in names:
            end += self.shares[name] / whole
            ends.append((name, end))
        for name, each in reversed(ends):
            part = pl.when(pl.col("place") < each).then(pl.lit(name)).otherwise(part)
        return pl.DataFrame({"place": places}).select(part.alias("part"))["part"]
