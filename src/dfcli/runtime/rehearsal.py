"""Taking a few rows through a recipe's steps without asking any model, to see what would be asked.

Prompts are rendered for real. Replies come from the store where they are there, else they are made up from what the
prompt must be answered with; so no condition on what a model wrote is applied here, and the caller is told of each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from dfcli.ops.base import FAMILY, ROW_ID, Collapse, Filter, Whole, is_hidden, with_families
from dfcli.ops.lineage import went_on
from dfcli.ops.select import Sample
from dfcli.recipes.model import Recipe, Step
from dfcli.runtime.apply import apply
from dfcli.runtime.checkpoint import Checkpoints
from dfcli.runtime.context import CheckContext
from dfcli.runtime.madeup import Asked, MadeUp, filled
from dfcli.runtime.parts import Cutter, Part, on_disk
from dfcli.runtime.plan import Plan, Planned
from dfcli.runtime.replies import Known
from dfcli.runtime.whole import Cut, parts_of, run_whole
from dfcli.runtime.workers import Workers

_TWINS = "^__twin_.*__$"


@dataclass(frozen=True)
class Act:
    """What one step did to the rows.

    `some` says that only part of the rows may take part in it, `drops` that it may drop some, both by what a model
    writes; neither was done here. `most` rows go on, where the step says so. `reads` are the columns that a model wrote
    of those it reads, `wrote` those that a model wrote here.
    """

    step: Step
    rows_in: int
    rows_out: int
    some: bool = False
    drops: bool = False
    most: int | None = None
    asked: Asked | None = None
    reads: frozenset[str] = frozenset()
    wrote: frozenset[str] = frozenset()


def rehearse(recipe: Recipe, plan: Plan, frame: pl.DataFrame, known: Known | None, folder: Path) -> list[Act]:
    """Return what each step of a plan does to the rows of a frame; `folder` is for files in passing."""
    acts = []
    with Workers(recipe.registry.local if recipe.registry else ()) as workers:
        stage = _Stage(recipe, known, folder, workers)
        for segment in plan.segments:
            frame = Cutter(segment.twins).part(frame.select(pl.all().exclude(_TWINS))).load()
            for planned in (*segment.steps(), *([segment.whole] if segment.whole else ())):
                act, frame = stage.act(planned, frame)
                acts.append(act)
    return acts


class _Stage:
    """The rows' way through the steps; `_models` are the columns that depend on what a model wrote."""

    def __init__(self, recipe: Recipe, known: Known | None, folder: Path, workers: Workers) -> None:
        self._recipe = recipe
        self._known = known
        self._store = Checkpoints(folder)
        self._workers = workers
        self._models: set[str] = set()

    def act(self, planned: Planned, frame: pl.DataFrame) -> tuple[Act, pl.DataFrame]:
        """Return what a step does to the rows, and the rows after it."""
        step, operator = planned.step, planned.operator
        reads = frozenset(self._reads(step) & self._models)
        some = step.when is not None and bool(_columns(step.when) & self._models)
        touched = step.asks or bool(reads) or some
        written = set(operator.writes()) if touched else set()
        drops = step.keep is not None and bool(_columns(step.keep) & (self._models | written))
        act = Act(step, frame.height, frame.height, some, drops, reads=reads)
        if isinstance(operator, Sample) and operator.n is not None:
            return replace(act, most=operator.n), frame
        if touched and (isinstance(operator, Filter) or (isinstance(operator, Whole) and operator.effect() == "fewer")):
            return replace(act, drops=True), frame
        eased = replace(planned, step=_eased(step, some=some, drops=drops, touched=touched))
        after, asked = self._apply(eased, frame, touched=touched)
        return self._done(act, eased, frame, after, asked, touched=touched), after

    def _done(
        self, act: Act, eased: Planned, frame: pl.DataFrame, after: pl.DataFrame, asked: Asked, *, touched: bool
    ) -> Act:
        wrote = {*eased.operator.writes(), *(set(after.columns) - set(frame.columns))}
        wrote = {name for name in wrote if not is_hidden(name)}
        self._models = self._models | wrote if touched else self._models - wrote
        by_model = frozenset(wrote) if eased.step.asks else frozenset[str]()
        counted = asked if asked != Asked() or eased.step.asks else None
        return replace(act, rows_out=after.height, asked=counted, wrote=by_model)

    def _reads(self, step: Step) -> set[str]:
        """Return the columns a step goes by; a step over all rows that names none goes by all of them."""
        named = set(step.operator.reads())
        return named if named or not isinstance(step.operator, Whole) else set(self._models)

    def _apply(self, planned: Planned, frame: pl.DataFrame, *, touched: bool) -> tuple[pl.DataFrame, Asked]:
        operator, asked = planned.operator, Asked()
        if isinstance(operator, Whole):
            return self._over_all(planned, frame), asked
        if isinstance(operator, Collapse) and touched:
            return _first_of_each(operator, frame), asked
        if planned.step.asks:
            frame = frame.with_columns(filled(frame, set(operator.reads()) & self._models))
        with MadeUp(self._recipe, planned.step, self._known, asked) as ctx:
            return apply([planned], frame, lambda _: ctx, self._workers.run).frame, asked

    def _over_all(self, planned: Planned, frame: pl.DataFrame) -> pl.DataFrame:
        part = on_disk(Part(0, f"rows-{planned.step.number}", frame.height, frame), self._store.root)
        cut = Cut(Cutter({}), max(frame.height, 1), reuse=False)
        with CheckContext(self._recipe, planned.step) as ctx:
            bundle, _ = run_whole(planned, [part], self._store, cut, ctx)
        return pl.concat([each.load() for each in parts_of(bundle, self._store)], how="vertical_relaxed")


def _columns(condition: str) -> set[str]:
    return set(pl.sql_expr(condition).meta.root_names())


def _eased(step: Step, *, some: bool, drops: bool, touched: bool) -> Step:
    """Return a step without the conditions on what a model wrote, and which no row fails for what it lacks."""
    loop = replace(step.loop, until=None) if step.loop else None
    when, keep = (None if some else step.when), (None if drops else step.keep)
    return replace(step, when=when, keep=keep, loop=loop, on_error="keep" if touched else step.on_error)


def _first_of_each(operator: Collapse, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the first row of each family, as if it had been chosen."""
    judged = with_families(frame).with_columns(**operator.exprs())
    first = judged.filter(pl.col(FAMILY).is_first_distinct()).drop(FAMILY)
    return first.with_columns(went_on(first[ROW_ID]))
