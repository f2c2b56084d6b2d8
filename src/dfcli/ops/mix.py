"""Mix the rows of several sources in shares that are said, counted in rows or in tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl
from pydantic import Field, PositiveFloat

from dfcli.ops._choice import count, draws
from dfcli.ops.base import HIDDEN, Context, Example, Reads, Row, Rows, Whole

_OWN = "input"
_COPIES = "__copies__"
_BOOKS: list[Row] = [{"id": number, "source": "web" if number < 4 else "books"} for number in range(6)]


class Mix(Whole):
    """Mix sources in shares: of each source so many rows go on, chosen at random, that the shares come out right.

    The column `by` says a row's source; rows of `files` are added under the names they have there. A row that came in
    without a source belongs to `input`. Shares are proportional to `weights`, and rows of sources without a weight
    leave; without weights to the sources' sizes, raised to the power of 1 / `temperature` as multilingual corpora are
    (Conneau and Lample 2019, section 3.1, where it is alpha). Sources without rows have no share. `size` counts a
    column such as token_count instead of rows: of a source then rows are taken while its share is not exceeded.

    Without a `total` the mixture is the largest in which no row comes more than `epochs` times; with one, a source
    that is too small gives what it has, and others give no more for it. Rows that come several times come beside each
    other: shuffle follows.
    """

    use_for = (
        "mix datasets by weight",
        "domain mixture weights",
        "upsample a small source",
        "token budget per source",
        "temperature sampling of languages",
        "按比例混合多个数据源",
    )
    aliases = (
        "data mixture",
        "sampling weights",
        "blend sources",
        "ratio of sources",
        "数据配比",
        "混合比例",
        "dominant source",
        "over-represented source",
        "来源比例",
        "shares of each source",
        "too much of one source",
        "ratio 3:1",
        "某来源太多",
        "各来源占比",
    )
    not_for = (
        "rows of other files, all of them: use concat",
        "as many rows of each group: use quota",
        "a random part without shares: use sample",
    )
    examples = [
        Example(
            _BOOKS, [{"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}], {"by": "source", "weights": {"web": 1, "books": 1}}
        ),
        Example(
            [{"text": "a"}, {"text": "b"}],
            [{"text": "a", "source": "input"}, {"text": "b"}, {"text": "c", "source": "more"}, {"text": "c"}],
            {"by": "source", "files": {"more": "more.jsonl"}, "weights": {"input": 1, "more": 1}, "epochs": 2},
            files={"more.jsonl": [{"text": "c"}]},
        ),
        Example(
            [{"source": "a", "tokens": 10}, {"source": "b", "tokens": 3}, {"source": "b", "tokens": 3}],
            [{"source": "a", "tokens": 10}, {"source": "b", "tokens": 3}],
            {"by": "source", "weights": {"a": 2, "b": 1}, "size": "tokens", "total": 15},
        ),
    ]
    kind = "filter"
    drop_reason = "not_in_mix"

    by: Reads = Field(description="The column that says a row's source; with files it is filled in.")
    weights: dict[str, PositiveFloat] | None = Field(
        default=None, description="Source: weight; they need not add up to 1. Without it, all sources by their sizes."
    )
    files: dict[str, str] = Field(default={}, description="Source: path of a data file, whose rows are added.")
    size: Reads | None = Field(default=None, description="A column of numbers that is counted instead of rows: tokens.")
    total: int | None = Field(default=None, ge=0, description="How many rows, or tokens, there are to be in all.")
    epochs: float = Field(default=1.0, ge=1, description="How often a row may come: 2.5 is two or three times.")
    temperature: float = Field(
        default=1.0, gt=0, description="Without weights: 1 as sizes are, more makes small sources larger."
    )

    def effect(self) -> Rows:
        return "fewer" if self.epochs == 1 and not self.files else "any"

    def keeps_siblings(self) -> bool:
        return self.epochs == 1

    def can_lack(self) -> Collection[str]:
        return [self.by] if self.files else []

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.by: pl.String()} if self.files else {}

    def outside(self, ctx: Context) -> str:
        return " ".join(ctx.content(path) for path in self.files.values())

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        rows = self._together(frame, ctx)
        times = self._times(rows, draws(ctx.rng(), count(rows)))
        if self.effect() == "fewer":
            return rows.filter(times > 0)
        copies = times.rename(_COPIES)
        return (
            rows.with_columns(copies)
            .filter(pl.col(_COPIES) > 0)
            .select(pl.all().exclude(_COPIES), pl.int_ranges(0, _COPIES).alias(_COPIES))
            .explode(_COPIES)
            .drop(_COPIES)
        )

    def _together(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        """Return the rows given and those of the files, each with its source."""
        if not self.files:
            return frame
        has = self.by in frame.collect_schema()
        own = pl.col(self.by).cast(pl.String).fill_null(_OWN) if has else pl.lit(_OWN)
        files = [
            ctx.read(path).select(pl.all().exclude(HIDDEN, self.by), pl.lit(name).alias(self.by))
            for name, path in self.files.items()
        ]
        return pl.concat([frame.with_columns(own.alias(self.by)), *files], how="diagonal_relaxed")

    def _times(self, rows: pl.LazyFrame, drawn: pl.Series) -> pl.Series:
        """Return how often each row goes on."""
        size = (
            pl.lit(1.0) if self.size is None else pl.col(self.size).cast(pl.Float64).fill_nan(None).clip(lower_bound=0)
        )
        source = pl.col(self.by).cast(pl.String).fill_null(_OWN)
        given = rows.select(source=source, size=size.fill_null(0.0)).collect(engine="streaming")
        placed = given.with_columns(drawn.alias("drawn")).with_row_index("row").sort("drawn", maintain_order=True)
        sizes = dict(given.group_by("source", maintain_order=True).agg(pl.col("size").sum()).iter_rows())
        goals = self._goals(sizes)
        rounds = {source: goal / sizes[source] if sizes[source] else 0.0 for source, goal in goals.items()}
        return (
            placed.with_columns(
                rounds=pl.col("source").replace_strict(rounds, default=0.0, return_dtype=pl.Float64),
                before=pl.col("size").cum_sum().over("source"),
                all=pl.col("size").sum().over("source"),
            )
            .with_columns(part=(pl.col("rounds") % 1) * pl.col("all") * (1 + 1e-9))
            .with_columns(
                times=pl.col("rounds").floor() + ((pl.col("part") > 0) & (pl.col("before") <= pl.col("part")))
            )
            .sort("row")["times"]
            .cast(pl.Int64)
        )

    def _goals(self, sizes: Mapping[str, float]) -> dict[str, float]:
        """Return how much each source with rows is to give, at most `epochs` times its size."""
        there = {source: size for source, size in sizes.items() if size > 0}
        raised = {source: size ** (1 / self.temperature) for source, size in there.items()}
        weights = {source: each for source, each in (self.weights or raised).items() if source in there}
        whole = sum(weights.values())
        shares = {source: each / whole for source, each in weights.items()}
        most = min((there[source] * self.epochs / share for source, share in shares.items()), default=0.0)
        total = most if self.total is None else float(self.total)
        return {source: min(share * total, there[source] * self.epochs) for source, share in shares.items()}
