"""Where rows come from: the recipe's input or its source, cut into parts."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from dfcli.errors import InputError
from dfcli.ops.base import Source
from dfcli.recipes.model import Input, Recipe
from dfcli.runtime import frames
from dfcli.runtime.apply import Outcome, keep
from dfcli.runtime.checkpoint import Bundle
from dfcli.runtime.events import Event, Noted, StepReport
from dfcli.runtime.parts import Cutter, Part, with_ids
from dfcli.runtime.plan import Planned
from dfcli.runtime.stage import Kit
from dfcli.runtime.tally import Tally

_SHOWN = 5
"""Bad lines that a message names; the rest are counted."""


class BadLines:
    """The lines of an input that could not be read."""

    def __init__(self, given: Input | None) -> None:
        self._given = given
        self._lines: list[frames.BadLine] = []

    def __call__(self, line: frames.BadLine) -> None:
        self._lines.append(line)

    @property
    def fatal(self) -> bool:
        """Whether there are any and the recipe does not say to skip them."""
        return bool(self._lines) and self._given is not None and self._given.on_bad_lines == "fail"

    def fail(self) -> None:
        """Raise InputError when they are fatal."""
        if self.fatal:
            raise InputError(f"{self._said()}; mend them, or set on_bad_lines: skip on the input")

    def note(self) -> Iterator[Event]:
        """Say what was skipped."""
        if self._lines:
            yield Noted(f"skipped {self._said()}")

    def _said(self) -> str:
        count = len(self._lines)
        shown = "; ".join(f"{each.file}:{each.line}: {each.why}" for each in self._lines[:_SHOWN])
        more = f"; and {count - _SHOWN} more" if count > _SHOWN else ""
        return f"{count} line{'s' if count != 1 else ''} cannot be read: {shown}{more}"


def look(recipe: Recipe, tally: Tally) -> None:
    """Read the input once before any model is asked: unreadable lines come out, and the rows are counted."""
    if recipe.input is None:
        return
    bad = BadLines(recipe.input)
    rows = sum(frame.height for frame in frames.batches(recipe.input, recipe.folder, 10_000, bad))
    bad.fail()
    tally.expect(rows)


def parts(recipe: Recipe, cutter: Cutter, rows: int, bad: BadLines) -> Iterator[Part]:
    """Yield the input's parts; at least one, which may have no rows.

    With unreadable lines that fail the run, the rest is still read, so that the message counts them all.
    """
    assert recipe.input is not None
    count = 0
    for frame in frames.batches(recipe.input, recipe.folder, rows, bad):
        if not bad.fatal:
            yield cutter.part(with_ids(frame, count + 1))
        count += frame.height
    bad.fail()
    if not count:
        yield cutter.part(with_ids(pl.DataFrame(schema=frames.schema(recipe.input, recipe.folder)), 1))


def source_parts(planned: Planned, cutter: Cutter, rows: int, kit: Kit) -> Iterator[Part]:
    """Yield the parts of a recipe's source, kept as they are made; at least one, which may have no rows."""
    count = 0
    with kit.context(planned, StepReport(0, "", "").usage) as ctx:
        assert isinstance(planned.operator, Source)
        empty = pl.DataFrame(schema=planned.operator.schema_after(pl.Schema(), ctx))
        for whole in planned.operator.frames(ctx):
            for frame in whole.select(empty.columns).cast(empty.schema).iter_slices(rows):
                yield _source_part(planned, cutter, with_ids(frame, count + 1), kit)
                count += frame.height
    if not count:
        yield _source_part(planned, cutter, with_ids(empty, 1), kit)


def _source_part(planned: Planned, cutter: Cutter, frame: pl.DataFrame, kit: Kit) -> Part:
    step = planned.step
    report = StepReport(step.number, step.label, step.operator.op(), parts=1, expanded=frame.height)
    outcome = Outcome(frame, reports=[report])
    keep(planned, outcome)
    report.rows_out = outcome.frame.height
    part = cutter.part(outcome.frame)
    known = kit.store.load(step, part.key)
    if known is None:
        file = kit.store.store(step, part.key, part.load())
        left = [kit.store.store(step, f"{part.key}.{fate}", gone) for _, fate, gone in outcome.left]
        known = kit.store.commit(step, Bundle(part.key, file, part.rows, (report,), tuple(left)))
        kit.tally.add(report, reused=False)
    else:
        kit.tally.add(report, reused=True)
    kit.tally.stage(step, part.number, part.key, known.left)
    return Part(part.number, part.key, part.rows, file=kit.store.root / known.file)
