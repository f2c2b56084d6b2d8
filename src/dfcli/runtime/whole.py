"""A step over all rows: from disk to disk through one lazy query, with every row accounted for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from polars.exceptions import PanicException, PolarsError

from dfcli.errors import StepError, first_line
from dfcli.ops.base import ROW_ID, Context, Whole
from dfcli.ops.lineage import ancestors
from dfcli.runtime.apply import Outcome, condition, keep, place
from dfcli.runtime.checkpoint import REASON, Bundle, Checkpoints, atomically, chain
from dfcli.runtime.events import StepReport
from dfcli.runtime.parts import Cutter, Part
from dfcli.runtime.plan import Planned


@dataclass(frozen=True)
class Cut:
    """How a result becomes parts, and whether one from a checkpoint will do.

    A part has `rows` rows, or more where rows with an ancestor in common, `generations` back, would be separated.
    """

    cutter: Cutter
    rows: int
    reuse: bool
    generations: int = 0

    def slices(self, ids: pl.Series) -> Iterator[tuple[int, int]]:
        """Yield where each part of rows with these ids starts, and its length; one without rows for none."""
        keys = ancestors(ids, self.generations)
        ends = (keys != keys.shift(-1)).fill_null(value=True).arg_true() + 1
        start = 0
        while start < ids.len():
            end = ends[int(ends.search_sorted(min(start + self.rows, ids.len())))]
            yield start, end - start
            start = end
        if ids.is_empty():
            yield 0, 0


def run_whole(
    planned: Planned, parts: Sequence[Part], store: Checkpoints, cut: Cut, ctx: Context
) -> tuple[Bundle, bool]:
    """Return the bundle of a step over all rows, and whether it was there already."""
    together = (cut.generations,) if cut.generations else ()
    key = chain("whole", planned.identity, [part.key for part in parts], cut.rows, *together)
    known = store.load(planned.step, key) if cut.reuse else None
    if known is not None:
        return known, True
    report = StepReport(planned.step.number, planned.step.label, planned.operator.op(), parts=1)
    report.rows_in = sum(part.rows for part in parts)
    started = time.perf_counter()
    given = pl.scan_parquet([part.file for part in parts if part.file is not None])
    try:
        bundle = _Work(planned, key, store, report).bundle(given, cut, ctx)
    except (PolarsError, PanicException) as error:
        why = f"{place(planned)} cannot be computed: {first_line(error)}"
        raise StepError(f"{why}; what is finished is kept") from error
    report.seconds = time.perf_counter() - started
    assert report.rows_in + report.expanded == report.rows_out + sum(report.dropped.values()), report
    return store.commit(planned.step, replace(bundle, reports=(report,))), False


def parts_of(bundle: Bundle, store: Checkpoints) -> Iterator[Part]:
    """Yield the parts a step over all rows was cut into."""
    for number, (key, name) in enumerate(zip(bundle.keys, bundle.parts, strict=True)):
        file = store.root / name
        yield Part(number, key, _height(file), file=file)


@dataclass(frozen=True)
class _Work:
    """One step over all rows, being done."""

    planned: Planned
    key: str
    store: Checkpoints
    report: StepReport

    def bundle(self, given: pl.LazyFrame, cut: Cut, ctx: Context) -> Bundle:
        """Run the operator from disk to disk, and cut what it makes into parts."""
        temporary = self.store.folder(self.planned.step) / f".{self.key}.tmp.parquet"
        temporary.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._over(given, ctx).sink_parquet(temporary, compression="lz4", statistics=False)
            made = pl.scan_parquet(temporary)
            lost = self._lost(given, made)
            bundle = self._cut(made, cut)
        finally:
            temporary.unlink(missing_ok=True)
        return replace(bundle, left=(*lost, *bundle.left))

    def _over(self, given: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        """Return the operator's result; rows that do not meet `when` come after it."""
        operator, when = self.planned.operator, self.planned.step.when
        assert isinstance(operator, Whole)
        if when is None:
            return operator.over(given, ctx)
        passing = given.filter(~condition(when))
        return pl.concat([operator.over(given.filter(condition(when)), ctx), passing], how="diagonal_relaxed")

    def _lost(self, given: pl.LazyFrame, made: pl.LazyFrame) -> tuple[str, ...]:
        """Account for the rows the operator left out, and return the file they are in."""
        lost = given
        if ROW_ID in made.collect_schema():
            lost = given.join(made.select(ROW_ID), on=ROW_ID, how="anti", maintain_order="left")
        reason = self.planned.operator.drops_as()
        file = self.store.folder(self.planned.step) / f"{self.key}.dropped.parquet"
        rows = lost.with_columns(pl.lit(reason).alias(REASON))
        atomically(file, lambda temporary: rows.sink_parquet(temporary, compression="lz4", statistics=False))
        if count := _height(file):
            self.report.dropped[reason] = count
            return (self.store.name(file),)
        file.unlink()
        return ()

    def _cut(self, made: pl.LazyFrame, cut: Cut) -> Bundle:
        """Cut the result into parts, in order, each row with an id of its own."""
        step = self.planned.step
        ids, self.report.expanded = _ids(self.planned, made)
        names, keys, left = [], [], []
        for start, length in cut.slices(ids):
            frame = made.slice(start, length).collect().with_columns(ids.slice(start, length))
            outcome = Outcome(frame, reports=[self.report])
            keep(self.planned, outcome)
            for _, fate, gone in outcome.left:
                left.append(self.store.store(step, f"{self.key}-{start}.{fate}", gone))
            part = cut.cutter.part(outcome.frame.select(pl.all().exclude("^__twin_.*__$")))
            names.append(self.store.store(step, f"{self.key}-{start}", part.load()))
            keys.append(part.key)
            self.report.rows_out += part.rows
        return Bundle(self.key, "", self.report.rows_out, (), tuple(left), (), tuple(names), tuple(keys))


def _height(file: Path) -> int:
    height: int = pl.scan_parquet(file).select(pl.len()).collect().item()
    return height


def _ids(planned: Planned, made: pl.LazyFrame) -> tuple[pl.Series, int]:
    """Return the result's row ids, and how many rows the step added.

    A row that came twice gets `17.1` and `17.2`; a row from elsewhere the step's number and its own: `3/1`.
    """
    if ROW_ID not in made.collect_schema():
        made = made.with_columns(pl.lit(None, dtype=pl.String).alias(ROW_ID))
    ids = made.select(ROW_ID).collect()
    missing, repeated = pl.col(ROW_ID).is_null(), pl.col(ROW_ID).is_duplicated()
    ordinal = pl.int_range(1, pl.len() + 1).over(ROW_ID).cast(pl.String)
    new = (
        pl.when(missing)
        .then(pl.concat_str(pl.lit(f"{planned.step.number}/"), ordinal))
        .when(repeated)
        .then(pl.concat_str(ROW_ID, pl.lit("."), ordinal))
        .otherwise(ROW_ID)
    )
    added = ids.height - ids[ROW_ID].drop_nulls().n_unique()
    return ids.select(new.alias(ROW_ID))[ROW_ID], added
