"""One part through one stage: from its checkpoint where there is one, else for real, and then kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from dfcli.ops.base import Context
from dfcli.recipes.model import Recipe
from dfcli.runtime.apply import Outcome, Runner, apply
from dfcli.runtime.checkpoint import Bundle, Checkpoints, chain
from dfcli.runtime.context import StepContext
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.events import Usage
from dfcli.runtime.models import Models
from dfcli.runtime.parts import Part
from dfcli.runtime.plan import Planned
from dfcli.runtime.tally import Tally


@dataclass(frozen=True)
class Kit:
    """What every stage of a run works with."""

    recipe: Recipe
    databases: Databases
    models: Models
    store: Checkpoints
    tally: Tally
    runner: Runner

    def context(self, planned: Planned, usage: Usage) -> StepContext:
        """Return the context of one step on one part, which adds its model calls to `usage`."""
        return StepContext(self.recipe, planned.step, self.databases, self.models, self.tally.usage(planned, usage))


def through(stage: Sequence[Planned], part: Part, kit: Kit, *, reuse: bool) -> Part:
    """Return a part after a stage; a checkpoint of the whole stage, or of its first steps, saves the work."""
    keys = _keys(stage, part.key)
    known, bundle = _known(stage, keys, kit.store) if reuse else (0, None)
    for report in bundle.reports if bundle else ():
        kit.tally.add(report, reused=True)
    if known < len(stage):
        bundle = _work(stage, known, bundle, part, kit, keys)
    assert bundle is not None
    kit.tally.stage(stage[-1].step, part.number, bundle.key, bundle.left)
    return Part(part.number, bundle.key, bundle.rows, file=kit.store.root / bundle.file)


def _keys(stage: Sequence[Planned], key: str) -> list[str]:
    keys = []
    for planned in stage:
        key = chain(key, planned.identity)
        keys.append(key)
    return keys


def _known(stage: Sequence[Planned], keys: Sequence[str], store: Checkpoints) -> tuple[int, Bundle | None]:
    """Return how many of a stage's first steps have a checkpoint, and that checkpoint."""
    for count in range(len(stage), 0, -1):
        bundle = store.load(stage[count - 1].step, keys[count - 1])
        if bundle is not None:
            return count, bundle
    return 0, None


def _work(
    stage: Sequence[Planned], known: int, bundle: Bundle | None, part: Part, kit: Kit, keys: Sequence[str]
) -> Bundle:
    if bundle is not None:
        part = Part(part.number, bundle.key, bundle.rows, file=kit.store.root / bundle.file)
    rest = stage[known:]
    used = {planned.step.label: Usage() for planned in rest}
    with ExitStack() as stack:

        def context(planned: Planned) -> Context:
            return stack.enter_context(kit.context(planned, used[planned.step.label]))

        outcome = apply(rest, part.load(), context, kit.runner)
    for report in outcome.reports:
        report.usage = used[report.label]
        kit.tally.add(report, reused=False)
    return _keep(stage, bundle, outcome, kit.store, dict(zip((each.step.label for each in stage), keys, strict=True)))


def _keep(
    stage: Sequence[Planned], before: Bundle | None, outcome: Outcome, store: Checkpoints, keys: dict[str, str]
) -> Bundle:
    """Write what a stage made of a part; the file that makes it count comes last."""
    last = stage[-1].step
    key = keys[last.label]
    file = store.store(last, key, outcome.frame)
    left = [store.store(each.step, f"{keys[each.step.label]}.{fate}", rows) for each, fate, rows in outcome.left]
    replies = [store.store(each.step, f"{keys[each.step.label]}.replies", rows) for each, rows in outcome.replies]
    reports = (*(before.reports if before else ()), *outcome.reports)
    left = [*(before.left if before else ()), *left]
    return store.commit(last, Bundle(key, file, outcome.frame.height, tuple(reports), tuple(left), tuple(replies)))
