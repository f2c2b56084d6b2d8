"""What a run would take from models, estimated without asking any: `dfcli run --estimate`.

The steps before the first one that asks are run for real, in passing, so its rows are counted and not guessed. Some of
these rows then go through the other steps as `rehearsal` does it, and what is seen of them is taken for all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from dfcli.errors import UsageError
from dfcli.recipes.model import Budget, ModelSpec, Recipe, Repeat, Step
from dfcli.runtime.amounts import NONE, Part, Range
from dfcli.runtime.assumptions import assumptions
from dfcli.runtime.endpoint import USUAL_REPLY
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import Event, RunDone, StepReport, Usage
from dfcli.runtime.madeup import Asked, in_one_call, samples
from dfcli.runtime.plan import plan
from dfcli.runtime.prices import price_of
from dfcli.runtime.rehearsal import Act, rehearse
from dfcli.runtime.replies import Known, Recording, Replies
from dfcli.runtime.rundir import RunFolder
from dfcli.runtime.spending import cost
from dfcli.runtime.transports.echo import Echo

MANY = 5_000
"""Rows looked at where some replies are stored: a few tell little of how many there are."""

_PLACE = "__place__"

HALF = 0.5
"""The share of rows taken to pass a condition on what a model writes, at the low end."""

Watch = Callable[[Iterator[Event]], RunDone]


@dataclass(frozen=True)
class Asking:
    """A step that asks, the model that it asks, and what that takes for the rows that come in."""

    number: int
    label: str
    role: str
    model: str
    rows: Range
    takes: Part


@dataclass(frozen=True)
class Estimate:
    """What a run would take: by step that asks and in all; `rows` reach the first of them, `sampled` were looked at.

    `spent` is what earlier runs used of the budget.
    """

    recipe: str
    rows: int
    sampled: int
    steps: tuple[Asking, ...]
    budget: Budget | None
    spent: Usage
    assumed: tuple[str, ...]

    @property
    def total(self) -> Part:
        """All steps together."""
        return _together(self.steps)

    def models(self) -> dict[tuple[str, str], Part]:
        """Return what each model takes, by role and name."""
        names = dict.fromkeys((each.role, each.model) for each in self.steps)
        return {name: _together([each for each in self.steps if (each.role, each.model) == name]) for name in names}

    def used(self) -> dict[str, float]:
        """Return what earlier runs used, by the budget's names."""
        spent = self.spent
        return {"usd": spent.usd, "tokens": spent.tokens_in + spent.tokens_out, "calls": spent.calls}

    def fits(self) -> dict[str, str]:
        """Return, by limit of the budget, whether the run fits into what is left of it: yes, no, maybe or unknown."""
        total = self.total
        takes = {"usd": total.usd, "tokens": total.tokens_in.plus(total.tokens_out), "calls": total.calls}
        needs = {what: Range.of(used).plus(takes[what]) for what, used in self.used().items()}
        limits = self.budget.model_dump(exclude_none=True) if self.budget else {}
        unknown = {"usd"} if total.unpriced else set()
        return {what: _fits(needs[what], limit, unknown=what in unknown) for what, limit in limits.items()}


def _fits(needs: Range, limit: float, *, unknown: bool) -> str:
    if needs.low > limit:
        return "no"
    return "unknown" if unknown else "yes" if needs.high <= limit else "maybe"


def last(events: Iterator[Event]) -> RunDone:
    """Return the last event of a run."""
    *_, done = events
    assert isinstance(done, RunDone)
    return done


def estimate(recipe: Recipe, options: Options, sample: int = 20, watch: Watch = last) -> Estimate:
    """Return what a run with these options would take; `watch` follows the steps that are run in passing."""
    if options.resume is not None or options.record is not None:
        raise UsageError("--estimate is for a whole run; leave out --resume and --record")
    first = next((place for place, each in enumerate(recipe.steps) if _asks(each)), len(recipe.steps))
    with tempfile.TemporaryDirectory(prefix="dfcli-") as name, _known(options) as known:
        folder = Path(name)
        before = replace(recipe, steps=recipe.steps[:first], output=None, checks=(), budget=None)
        done = watch(run(before, Options(runs=folder, transport=lambda _: Echo())))
        rehearsal = _Rehearsal(recipe, first, done, known, folder)
        acts = rehearsal.on(sampled := min(sample, done.rows))
        if sampled < min(done.rows, MANY) and any(act.asked and act.asked.stored for act in acts):
            acts = rehearsal.on(sampled := min(done.rows, MANY))
    steps = (*_before(recipe, done.steps), *_after(recipe, acts, done.rows))
    manifest = None if options.fresh else RunFolder(options.runs / recipe.name).manifest()
    spent = manifest.spent if manifest else Usage()
    assumed = tuple(assumptions(recipe, acts, done.rows, sampled))
    return Estimate(recipe.name, done.rows, sampled, steps, recipe.budget, spent, assumed)


def _asks(each: Step | Repeat) -> bool:
    return any(step.asks for step in (each.steps if isinstance(each, Repeat) else (each,)))


@contextmanager
def _known(options: Options) -> Iterator[Known | None]:
    """Give the replies that a run would find: of the recording, or of the store, which is not made for this."""
    store = options.runs / "replies.sqlite"
    if options.replay is not None:
        yield Recording(options.replay)
    elif store.exists():
        with closing(Replies(store)) as replies:
            yield replies
    else:
        yield None


@dataclass(frozen=True)
class _Rehearsal:
    """The steps from the first one that asks on, and the rows that reach it."""

    recipe: Recipe
    first: int
    done: RunDone
    known: Known | None
    folder: Path

    def on(self, sample: int) -> list[Act]:
        """Return what the steps do to so many rows, taken at even distances."""
        if self.first == len(self.recipe.steps):
            return []
        places = [place * self.done.rows // sample for place in range(sample)]
        rows = pl.scan_parquet(list(self.done.parts)).with_row_index(_PLACE)
        chosen = rows.filter(pl.col(_PLACE).is_in(places)).drop(_PLACE).collect()
        steps = plan(self.recipe, {}, self.recipe.steps[self.first].number)
        return rehearse(self.recipe, steps, chosen, self.known, self.folder / f"rehearsal-{sample}")


def _before(recipe: Recipe, reports: Sequence[StepReport]) -> Iterator[Asking]:
    """Yield the steps that asked the offline model for embeddings on the way to the first prompt."""
    steps = {step.label: step for step in recipe.flat()}
    for each in reports:
        if (usage := each.usage).calls:
            calls, tokens = Range.of(usage.calls), Range.of(usage.tokens_in)
            yield _asking(recipe, steps[each.label], Range.of(each.rows_in), Part(calls, NONE, tokens))


def _after(recipe: Recipe, acts: Sequence[Act], rows: float) -> Iterator[Asking]:
    """Yield the steps that ask, as many rows coming in as those before are taken to let through."""
    left = Range.of(rows)
    longer: dict[str, float] = {}
    for act in acts:
        if act.asked is not None:
            yield _asking(recipe, act.step, left, _takes(recipe, act, act.asked, left, longer))
        left = _going_on(act, left)


def _going_on(act: Act, rows: Range) -> Range:
    share = act.rows_out / act.rows_in if act.rows_in else 1.0
    left = Range(rows.low * share * (HALF if act.drops else 1), rows.high * share)
    return left if act.most is None else Range(min(left.low, act.most), min(left.high, act.most))


def _takes(recipe: Recipe, act: Act, asked: Asked, rows: Range, longer: dict[str, float]) -> Part:
    """Return what a step takes; `longer` says, by column, how much longer than here a model may write it."""
    each = 1 / act.rows_in if act.rows_in else 0.0
    part, spec = _taking_part(act), recipe.models[act.step.model]
    calls = rows.times(part, asked.calls * each)
    sent = asked.tokens_in / asked.calls if asked.calls else 0.0
    answer = _answer(spec, asked)
    for column in act.wrote:
        longer[column] = (answer.high - (asked.tokens_out / asked.calls if asked.calls else 0.0)) / len(act.wrote)
    more = sum(max(longer.get(column, 0.0), 0.0) for column in act.reads)
    tokens_in = Range(calls.low * sent, calls.high * (sent + more))
    tokens_out = Range(calls.low * answer.low, calls.high * answer.high)
    once = 1 / samples(act.step) if in_one_call(act.step, spec) else 1.0
    calls, tokens_in = Range(calls.low * once, calls.high), Range(tokens_in.low * once, tokens_in.high)
    return Part(calls, rows.times(part, asked.stored * each), tokens_in, tokens_out)


def _taking_part(act: Act) -> Range:
    """Return the share of the rows that take part in a step: of a loop, those still in it."""
    loop = act.step.loop
    still = HALF ** (act.step.round - 1) if loop is not None and loop.until else 1.0
    return Range(still * (HALF if act.some else 1.0), 1.0)


def _answer(spec: ModelSpec, asked: Asked) -> Range:
    """Return the tokens of one answer: as stored ones are on average, else from the shortest to the longest.

    Embeddings have none.
    """
    if asked.replied:
        return Range.of(asked.replied / asked.stored)
    if not asked.tokens_out:
        return NONE
    shortest = asked.tokens_out / asked.calls if asked.calls else 0.0
    return Range(shortest, max(shortest, float(spec.max_tokens or USUAL_REPLY)))


def _asking(recipe: Recipe, step: Step, rows: Range, takes: Part) -> Asking:
    spec = recipe.models[step.model]
    price = price_of(spec)
    if price is None:
        takes = replace(takes, unpriced=(spec.model,) if takes.calls.high else ())
    else:
        low, high = (cost(price, tokens_in, tokens_out) for tokens_in, tokens_out in takes.tokens())
        takes = replace(takes, usd=Range(low, high))
    return Asking(step.number, step.label, step.model, spec.model, rows, takes)


def _together(steps: Iterable[Asking]) -> Part:
    total = Part()
    for each in steps:
        total = total.plus(each.takes)
    return total
