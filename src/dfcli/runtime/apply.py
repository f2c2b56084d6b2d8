"""One stage on one part: which rows go on, which leave and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from dfcli.errors import StepError
from dfcli.ops.base import FAILED, REPLY, ROW_ID, Context, Filter, Map, RowFunction, Score
from dfcli.ops.prompted import TWIN
from dfcli.runtime.checkpoint import REASON, Fate
from dfcli.runtime.events import StepReport
from dfcli.runtime.plan import Planned

_PLACE = "__place__"
_ACTIVE = "__active__"

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
        self.left.append((planned, fate, rows))
        reasons = rows[REASON].str.split(": ").list.first() if fate == "failed" else rows[REASON]
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
        _open_loop(planned, outcome)
        if isinstance(step.operator, Map | Score | Filter):
            _expressions(planned, outcome)
        else:
            _rows(planned, outcome, context(planned), runner)
        _turn_loop(planned, outcome)
        report.rows_out = outcome.frame.height
        report.seconds = time.perf_counter() - started
        assert report.rows_in + report.expanded == report.rows_out + _sum(report.dropped) + _sum(report.failed), report
    return outcome


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
    outcome.frame = outcome.frame.with_columns(stays.alias(loop_column(planned)))


def _turn_loop(planned: Planned, outcome: Outcome) -> None:
    loop = planned.step.loop
    if loop is None or not planned.turns:
        return
    inside = loop_column(planned)
    if planned.closes:
        outcome.frame = outcome.frame.drop(inside)
    elif loop.until is not None:
        outcome.frame = outcome.frame.with_columns(pl.col(inside) & ~condition(loop.until))


def _expressions(planned: Planned, outcome: Outcome) -> None:
    """Run a Map, Score or Filter and its `keep` as one query over the part."""
    operator, active = planned.operator, _active(planned)
    lazy = outcome.frame.lazy()
    if active is not None:
        lazy = lazy.with_columns(active.alias(_ACTIVE))
    rules = operator.rules() if isinstance(operator, Filter) else {}
    if isinstance(operator, Map | Score):
        made = {operator.into: operator.expr()} if isinstance(operator, Map) else operator.exprs()
        lazy = lazy.with_columns(**{name: _where(expr, name, planned, outcome.frame) for name, expr in made.items()})
    if planned.step.keep:
        rules = {**rules, f"keep: {planned.step.keep}": pl.sql_expr(planned.step.keep)}
    if not rules:
        outcome.frame = lazy.drop(_ACTIVE, strict=False).collect()
        return
    judged = lazy.with_columns(_reason(rules, some=active is not None)).drop(_ACTIVE, strict=False).collect()
    _leave_with_reason(planned, outcome, judged)


def _where(expr: pl.Expr, name: str, planned: Planned, frame: pl.DataFrame) -> pl.Expr:
    """Return an expression's value for the rows that take part, and what stood there for the others."""
    if _active(planned) is None:
        return expr.alias(name)
    before = pl.col(name) if name in frame.columns else None
    return pl.when(pl.col(_ACTIVE)).then(expr).otherwise(before).alias(name)


def _reason(rules: dict[str, pl.Expr], *, some: bool) -> pl.Expr:
    """Return the name of the first rule a row breaks; null for rows that stay."""
    takes_part = pl.col(_ACTIVE) if some else pl.lit(value=True)
    broken = [
        pl.when(takes_part & ~rule.fill_null(False)).then(pl.lit(name, dtype=pl.String)) for name, rule in rules.items()
    ]
    return pl.coalesce([each.otherwise(None) for each in broken]).alias(REASON)


def _leave_with_reason(planned: Planned, outcome: Outcome, judged: pl.DataFrame, fate: Fate = "dropped") -> None:
    stays = judged[REASON].is_null()
    if stays.all():
        outcome.frame = judged.drop(REASON)
        return
    outcome.leave(planned, fate, judged.filter(~stays))
    outcome.frame = judged.filter(stays).drop(REASON)


def _rows(planned: Planned, outcome: Outcome, ctx: Context, runner: Runner) -> None:
    """Run an operator that works on rows: those that take part go through it and through `keep`, in their places."""
    active = _active(planned)
    if active is None:
        _through(planned, outcome, ctx, runner)
        return
    placed = outcome.frame.with_row_index(_PLACE).with_columns(active.alias(_ACTIVE))
    passing = placed.filter(~pl.col(_ACTIVE)).drop(_ACTIVE)
    outcome.frame = placed.filter(pl.col(_ACTIVE)).drop(_ACTIVE)
    _through(planned, outcome, ctx, runner)
    together = pl.concat([outcome.frame, passing], how="diagonal_relaxed")
    outcome.frame = together.sort(_PLACE, maintain_order=True).drop(_PLACE)


def _through(planned: Planned, outcome: Outcome, ctx: Context, runner: Runner) -> None:
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
    keep(planned, outcome)


def keep(planned: Planned, outcome: Outcome) -> None:
    """Take out the rows that do not meet a step's `keep`."""
    if planned.step.keep:
        rules = {f"keep: {planned.step.keep}": pl.sql_expr(planned.step.keep)}
        judged = outcome.frame.with_columns(_reason(rules, some=False))
        _leave_with_reason(planned, outcome, judged)


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
    reason = planned.operator.drop_reason or planned.operator.op()
    outcome.leave(planned, "dropped", gone.drop(TWIN, strict=False).with_columns(pl.lit(reason).alias(REASON)))


def _quarantine(planned: Planned, outcome: Outcome) -> None:
    if FAILED not in outcome.frame.columns:
        return
    judged = outcome.frame.rename({FAILED: REASON})
    bad = judged.filter(pl.col(REASON).is_not_null())
    if bad.is_empty() or planned.step.on_error == "keep":
        outcome.frame = judged.drop(REASON)
        return
    if planned.step.on_error == "fail":
        step = planned.step
        raise StepError(
            f"{step.file}:{step.line}: step {step.number} ({step.label}) failed on row {bad[ROW_ID][0]}: "
            f"{bad[REASON][0]}; its on_error is fail"
        )
    _leave_with_reason(planned, outcome, judged, "failed")
