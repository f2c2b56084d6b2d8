"""One stage on one part: which rows go on, which leave and why."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl
from polars.exceptions import PanicException, PolarsError

from dfcli.errors import DfcliError, StepError, first_line
from dfcli.ops.base import (
    DROPPED,
    FAILED,
    FAMILY,
    REPLY,
    ROW_ID,
    Collapse,
    Context,
    Filter,
    Map,
    RowFunction,
    Score,
    with_families,
)
from dfcli.ops.lineage import went_on
from dfcli.ops.prompted import TWIN
from dfcli.runtime.checkpoint import REASON, Fate
from dfcli.runtime.events import StepReport
from dfcli.runtime.plan import Planned

_PLACE = "__place__"
_ACTIVE = "__active__"
_BROKEN = "__broken__"

MOST_FAILED = 20
"""A query that fails on more rows of a part than this, and on most of them, is wrong itself, and stops the run."""

Query = Callable[[pl.DataFrame], pl.DataFrame]
Runner = Callable[[RowFunction, pl.DataFrame], pl.DataFrame]
"""Runs a row function over a frame, in worker processes when that pays."""


@dataclass
class Outcome:
    """What became of a part; `left` holds the rows that went, `replies` who got which reply."""

    frame: pl.DataFrame
    left: list[tuple[Planned, Fate, pl.DataFrame]] = field(default_factory=list)
    replies: list[tuple[Planned, pl.DataFrame]] = field(default_factory=list)
    reports: list[StepReport] = field(default_factory=list)

    def leave(self, planned: Planned, fate: Fate, rows: pl.DataFrame) -> None:
        """Take rows out, and count them by reason; of a failure's reason the code before the colon counts."""
        if rows.is_empty():
            return
        rows = rows.drop(_PLACE, strict=False)
        reasons = rows[REASON].str.split(": ").list.first() if fate == "failed" else rows[REASON]
        # What leaves a step by one fate becomes one file.
        same = [at for at, each in enumerate(self.left) if each[0] is planned and each[1] == fate]
        before = [self.left.pop(at)[2] for at in same]
        self.left.append((planned, fate, pl.concat([*before, rows], how="diagonal_relaxed")))
        counts = getattr(self.reports[-1], fate)
        for reason, count in reasons.value_counts().sort("count", reasons.name, descending=[True, False]).iter_rows():
            counts[reason] = counts.get(reason, 0) + count


def apply(
    stage: Sequence[Planned], frame: pl.DataFrame, context: Callable[[Planned], Context], runner: Runner
) -> Outcome:
    """Take a part through the steps of a stage."""
    outcome = Outcome(frame)
    for planned in stage:
        step = planned.step
        started = time.perf_counter()
        report = StepReport(step.number, step.label, step.operator.op(), rows_in=outcome.frame.height, parts=1)
        outcome.reports.append(report)
        try:
            _step(planned, outcome, context, runner)
        except DfcliError:
            raise
        except Exception as error:
            error.add_note(f"{place(planned)}, while it ran {step.operator.op()}; what is finished is kept")
            raise
        report.rows_out = outcome.frame.height
        report.seconds = time.perf_counter() - started
        assert report.rows_in + report.expanded == report.rows_out + _sum(report.dropped) + _sum(report.failed), report
    return outcome


def place(planned: Planned) -> str:
    """Return where a step stands, as messages begin: `recipe.yaml:7: step 3 (where)`."""
    step = planned.step
    return f"{f'{step.file}:{step.line}: ' if step.line else ''}step {step.number} ({step.label})"


def stopped_at(error: BaseException) -> str:
    """Return the label of the step that an error of a run came from, empty when it came from none."""
    said = [*getattr(error, "__notes__", ()), str(error)]
    found = (re.search(r"step \d+ \((\S+)\)", each) for each in said)
    return next((each[1] for each in found if each), "")


def _step(planned: Planned, outcome: Outcome, context: Callable[[Planned], Context], runner: Runner) -> None:
    _open_loop(planned, outcome)
    if isinstance(planned.operator, Map | Score | Filter):
        _expressions(planned, outcome)
    else:
        _rows(planned, outcome, context(planned), runner)
    _turn_loop(planned, outcome)


def _sum(counts: dict[str, int]) -> int:
    return sum(counts.values())


def condition(text: str) -> pl.Expr:
    """Return a recipe's condition as an expression; a null counts as false."""
    return pl.sql_expr(text).fill_null(False)


def loop_column(planned: Planned) -> str:
    """Return the engine's column that marks the rows still in a loop."""
    assert planned.step.loop is not None
    return f"__in_{planned.step.loop.id.replace('-', '_')}__"


def _active(planned: Planned) -> pl.Expr | None:
    """Return which rows take part in a step, or None when all do."""
    masks = [condition(planned.step.when)] if planned.step.when else []
    masks += [pl.col(loop_column(planned))] if planned.step.loop else []
    return pl.all_horizontal(masks) if masks else None


def _open_loop(planned: Planned, outcome: Outcome) -> None:
    if not planned.opens or planned.step.loop is None:
        return
    until = planned.step.loop.until
    known = until is not None and set(pl.sql_expr(until).meta.root_names()) <= set(outcome.frame.columns)
    stays = ~condition(until) if until is not None and known else pl.lit(value=True)
    _compute(planned, outcome, lambda frame: frame.with_columns(stays.alias(loop_column(planned))))


def _turn_loop(planned: Planned, outcome: Outcome) -> None:
    loop = planned.step.loop
    if loop is None or not planned.turns:
        return
    inside = loop_column(planned)
    if planned.closes:
        outcome.frame = outcome.frame.drop(inside)
    elif loop.until is not None:
        stays = pl.col(inside) & ~condition(loop.until)
        _compute(planned, outcome, lambda frame: frame.with_columns(stays))


def _compute(planned: Planned, outcome: Outcome, query: Query, *, apart: bool = True) -> None:
    """Replace the rows by what a query makes of them; a row that it fails on has failed.

    `apart` says that what it makes of a row does not depend on others; else it is made anew without the failed rows.
    """
    given = outcome.frame
    try:
        outcome.frame = query(given)
    except (PolarsError, PanicException):
        made = pl.concat(_by_halves(given, query), how="diagonal_relaxed")
        if FAILED not in made.columns:
            raise
        failed = made[FAILED].drop_nulls()
        if failed.len() > max(MOST_FAILED, made.height / 2):
            raise StepError(f"{place(planned)} fails on most rows: {failed[0]}; what is finished is kept") from None
        outcome.frame = made if apart else _without(made[FAILED], given, query)
        _quarantine(planned, outcome)


def _without(failed: pl.Series, given: pl.DataFrame, query: Query) -> pl.DataFrame:
    """Return what a query makes of the rows that have not failed, and then those that have, as they were."""
    fine = query(given.filter(failed.is_null()))
    return pl.concat([fine, given.with_columns(failed).filter(failed.is_not_null())], how="diagonal_relaxed")


def _by_halves(frame: pl.DataFrame, query: Query) -> Iterator[pl.DataFrame]:
    """Yield what a query makes of a frame, halving it where that fails, until the bad row stands alone."""
    try:
        yield query(frame)
    except (PolarsError, PanicException) as error:
        if frame.height <= 1:
            why = f"cannot_compute: {first_line(error)}"
            yield query(frame.clear())
            yield frame.with_columns(pl.lit(why).alias(FAILED))
            return
        half = frame.height // 2
        yield from _by_halves(frame[:half], query)
        yield from _by_halves(frame[half:], query)


def _expressions(planned: Planned, outcome: Outcome) -> None:
    """Run a Map, Score or Filter and its `keep` as one query over the part."""
    operator, active = planned.operator, _active(planned)
    made = {operator.into: operator.expr()} if isinstance(operator, Map) else {}
    made = operator.exprs() if isinstance(operator, Score) else made
    rules = {**(operator.rules() if isinstance(operator, Filter) else {}), **_keep_rule(planned)}

    def query(frame: pl.DataFrame) -> pl.DataFrame:
        lazy = frame.lazy() if active is None else frame.lazy().with_columns(active.alias(_ACTIVE))
        lazy = lazy.with_columns(**{name: _where(expr, name, planned, frame) for name, expr in made.items()})
        judged = lazy.with_columns(_broken(rules, some=active is not None)) if rules else lazy
        return judged.drop(_ACTIVE, strict=False).collect()

    _compute(planned, outcome, query)
    if rules:
        _leave_with_reason(planned, outcome, _BROKEN, "dropped")


def _where(expr: pl.Expr, name: str, planned: Planned, frame: pl.DataFrame) -> pl.Expr:
    """Return an expression's value for the rows that take part, and what stood there for the others."""
    if _active(planned) is None:
        return expr.alias(name)
    before = pl.col(name) if name in frame.columns else None
    return pl.when(pl.col(_ACTIVE)).then(expr).otherwise(before).alias(name)


def _keep_rule(planned: Planned) -> dict[str, pl.Expr]:
    keep = planned.step.keep
    return {f"keep: {keep}": pl.sql_expr(keep)} if keep else {}


def _broken(rules: dict[str, pl.Expr], *, some: bool) -> pl.Expr:
    """Return the name of the first rule a row breaks; null for rows that stay."""
    takes_part = pl.col(_ACTIVE) if some else pl.lit(value=True)
    broken = [
        pl.when(takes_part & ~rule.fill_null(False)).then(pl.lit(name, dtype=pl.String)) for name, rule in rules.items()
    ]
    return pl.coalesce([each.otherwise(None) for each in broken]).alias(_BROKEN)


def _leave_with_reason(planned: Planned, outcome: Outcome, column: str, fate: Fate) -> None:
    """Take out the rows that have a reason in one of the engine's columns, and the column."""
    judged = outcome.frame
    outcome.frame = judged.drop(column)
    stays = judged[column].is_null()
    if not stays.all():
        outcome.leave(planned, fate, judged.filter(~stays).rename({column: REASON}))
        outcome.frame = outcome.frame.filter(stays)


def _rows(planned: Planned, outcome: Outcome, ctx: Context, runner: Runner) -> None:
    """Run an operator that works on rows: those that take part go through it and through `keep`, in their places."""
    active = _active(planned)
    if active is None:
        _through(planned, outcome, ctx, runner)
        return
    _compute(planned, outcome, lambda frame: frame.with_columns(active.alias(_ACTIVE)))
    placed = outcome.frame.with_row_index(_PLACE)
    takes_part = pl.col(_ACTIVE).fill_null(value=False)
    passing = placed.filter(~takes_part).drop(_ACTIVE)
    outcome.frame = placed.filter(takes_part).drop(_ACTIVE)
    _through(planned, outcome, ctx, runner)
    together = pl.concat([outcome.frame, passing], how="diagonal_relaxed")
    outcome.frame = together.sort(_PLACE, maintain_order=True).drop(_PLACE)


def _through(planned: Planned, outcome: Outcome, ctx: Context, runner: Runner) -> None:
    if isinstance(planned.operator, Collapse):
        _collapse(planned, planned.operator, outcome)
    else:
        _call(planned, outcome, ctx, runner)
    keep(planned, outcome)


def _collapse(planned: Planned, operator: Collapse, outcome: Outcome) -> None:
    """Let one row of each family go on, under an id that says so; the others leave by the first rule they break."""
    broken = _broken(operator.rules(), some=False)

    def query(frame: pl.DataFrame) -> pl.DataFrame:
        judged = with_families(frame).lazy().with_columns(**operator.exprs(), **{_BROKEN: broken})
        return judged.drop(FAMILY).collect()

    _compute(planned, outcome, query, apart=False)
    _leave_with_reason(planned, outcome, _BROKEN, "dropped")
    outcome.frame = outcome.frame.with_columns(went_on(outcome.frame[ROW_ID]))


def _call(planned: Planned, outcome: Outcome, ctx: Context, runner: Runner) -> None:
    """Replace the rows by what an operator returns for them, and account for what it does not return."""
    operator, given = planned.operator, outcome.frame
    if planned.twin and planned.twin in given.columns:
        numbers = pl.when(pl.col(planned.twin) > 0).then(pl.col(planned.twin).cast(pl.String)).otherwise(pl.lit(""))
        given = given.with_columns(numbers.alias(TWIN))
    made = runner(operator, given) if isinstance(operator, RowFunction) else operator(given, ctx)
    outcome.frame = made.drop(TWIN, strict=False)
    if operator.effect() == "more":
        _number_children(planned, outcome, given)
    elif outcome.frame.height < given.height:
        _leave_silently(planned, outcome, given)
    if REPLY in outcome.frame.columns:
        outcome.replies.append((planned, outcome.frame.select(ROW_ID, REPLY).drop_nulls()))
        outcome.frame = outcome.frame.drop(REPLY)
    _quarantine(planned, outcome)
    if DROPPED in outcome.frame.columns:
        _leave_with_reason(planned, outcome, DROPPED, "dropped")


def keep(planned: Planned, outcome: Outcome) -> None:
    """Take out the rows that do not meet a step's `keep`."""
    if rules := _keep_rule(planned):
        _compute(planned, outcome, lambda frame: frame.with_columns(_broken(rules, some=False)))
        _leave_with_reason(planned, outcome, _BROKEN, "dropped")


def _number_children(planned: Planned, outcome: Outcome, given: pl.DataFrame) -> None:
    """Give children their ids (`17` becomes `17.1`, `17.2`), and account for parents that have none."""
    children = outcome.frame
    ordinal = pl.int_range(1, pl.len() + 1).over(ROW_ID).cast(pl.String)
    _leave_silently(planned, outcome, given)
    outcome.reports[-1].expanded = children.height - children[ROW_ID].n_unique()
    outcome.frame = children.with_columns(pl.concat_str(ROW_ID, pl.lit("."), ordinal).alias(ROW_ID))


def _leave_silently(planned: Planned, outcome: Outcome, given: pl.DataFrame) -> None:
    """Account for rows that an operator returned nothing for."""
    gone = given.join(outcome.frame.select(ROW_ID), on=ROW_ID, how="anti", maintain_order="left")
    reason = planned.operator.drops_as()
    outcome.leave(planned, "dropped", gone.drop(TWIN, strict=False).with_columns(pl.lit(reason).alias(REASON)))


def _quarantine(planned: Planned, outcome: Outcome) -> None:
    """Deal with the rows that failed as the step's `on_error` says."""
    frame = outcome.frame
    if FAILED not in frame.columns:
        return
    bad = frame.filter(pl.col(FAILED).is_not_null())
    if planned.step.on_error == "keep":
        outcome.frame = frame.drop(FAILED)
    elif planned.step.on_error == "fail" and not bad.is_empty():
        raise StepError(f"{place(planned)} failed on row {bad[ROW_ID][0]}: {bad[FAILED][0]}; its on_error is fail")
    else:
        _leave_with_reason(planned, outcome, FAILED, "failed")
