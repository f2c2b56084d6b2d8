"""From a recipe to what the engine does: segments between steps over all rows, each a row of stages.

A stage is what happens to a part between two checkpoints: one step that is dear to recompute, or neighbouring cheap
ones fused. Within a segment a part goes from stage to stage without waiting for the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dfcli.ops.base import Collapse, Operator, Source, Whole
from dfcli.recipes.model import Recipe, Step


@dataclass(frozen=True)
class Planned:
    """A step, what decides its result, and its place in a loop.

    `opens` marks the first step of a loop's first round, `turns` the last of each round, `closes` the last of all.
    `twin` is the engine's column that numbers equal rows for this step, when its answers are drawn at random.
    """

    step: Step
    identity: tuple[Any, ...]
    opens: bool = False
    turns: bool = False
    closes: bool = False
    twin: str | None = None

    @property
    def operator(self) -> Operator:
        """The step's operator."""
        return self.step.operator


@dataclass(frozen=True)
class Segment:
    """Stages that parts go through one by one, and the step over all rows that ends them, if one does.

    `twins` says, per engine's column, which columns of a freshly cut part must be equal for rows to count as equal.
    """

    stages: tuple[tuple[Planned, ...], ...]
    whole: Planned | None = None
    twins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    asks: bool = False

    def steps(self) -> list[Planned]:
        """Return the steps that parts go through, in order."""
        return [each for stage in self.stages for each in stage]


@dataclass(frozen=True)
class Plan:
    """All that a run does after the input, or after its source."""

    source: Planned | None
    segments: tuple[Segment, ...]

    def planned(self) -> list[Planned]:
        """Return every planned step in order."""
        found = [self.source] if self.source else []
        for segment in self.segments:
            found += segment.steps()
            found += [segment.whole] if segment.whole else []
        return found


def plan(recipe: Recipe, outside: dict[str, str], first: int = 1) -> Plan:
    """Return the plan of a recipe from step number `first` on.

    `outside` holds, by step label, the hash of what a step reads besides its rows.
    """
    steps = [step for step in recipe.flat() if step.number >= first]
    planned = [_planned(recipe, steps, place, outside) for place in range(len(steps))]
    source = planned.pop(0) if planned and isinstance(planned[0].operator, Source) else None
    return Plan(source, tuple(_segments(planned)))


def generations(steps: Sequence[Planned]) -> int:
    """Return how far back rows must have no ancestor in common to go through these steps in different parts.

    It is how often siblings are collapsed that were made before these steps, or may have been; a step that
    looks at them together and lets all go on needs as much, and changes nothing for the steps after it.
    """
    balance, lowest = 0, 0
    for each in steps:
        if isinstance(each.operator, Collapse):
            balance -= 1
            lowest = min(lowest, balance)
        elif each.operator.with_siblings:
            lowest = min(lowest, balance - 1)
        elif each.operator.effect() == "more" and not each.step.when and not each.step.loop:
            balance += 1
    return -lowest


def _planned(recipe: Recipe, steps: Sequence[Step], place: int, outside: dict[str, str]) -> Planned:
    step = steps[place]
    after = steps[place + 1] if place + 1 < len(steps) else None
    before = steps[place - 1] if place else None
    same_loop = after is not None and after.loop == step.loop and after.number == step.number
    return Planned(
        step,
        identity(recipe, step, outside.get(step.label, "")),
        opens=step.loop is not None and (before is None or before.number != step.number),
        turns=step.loop is not None and not (same_loop and after is not None and after.round == step.round),
        closes=step.loop is not None and not same_loop,
        twin=f"__twin_{step.number}_{step.id}__".replace("-", "_") if _random(recipe, step) else None,
    )


def identity(recipe: Recipe, step: Step, outside: str) -> tuple[Any, ...]:
    """Return everything besides its rows that decides a step's result."""
    model = recipe.models.get(step.model) if step.asks else None
    loop = (step.loop.until, step.round, step.loop.times) if step.loop else None
    draws = (recipe.seed, step.id) if isinstance(step.operator, Whole | Source) else None
    return (
        step.operator.identity(),
        _local_source(recipe, step.operator),
        outside,
        step.when,
        step.keep,
        step.on_error,
        model.identity() if model else None,
        loop,
        draws,
    )


def _local_source(recipe: Recipe, operator: Operator) -> str:
    """Return a hash of the recipe's local operator files, for an operator that comes from one of them."""
    if not type(operator).__module__.startswith("dfcli_local_") or recipe.registry is None:
        return ""
    sources = b"".join(Path(each).read_bytes() for each in recipe.registry.local)
    return hashlib.blake2b(sources, digest_size=16).hexdigest()


def _random(recipe: Recipe, step: Step) -> bool:
    """Tell whether equal prompts of this step may get different answers; equal texts have the same embedding."""
    model = recipe.models.get(step.model)
    return (
        step.asks and not step.operator.embeds and (model is None or model.temperature is None or model.temperature > 0)
    )


def _segments(planned: Sequence[Planned]) -> list[Segment]:
    segments: list[Segment] = []
    steps: list[Planned] = []
    for each in planned:
        if isinstance(each.operator, Whole):
            segments.append(_segment(steps, each))
            steps = []
        else:
            steps.append(each)
    return [*segments, _segment(steps, None)]


def _segment(steps: Sequence[Planned], whole: Planned | None) -> Segment:
    stages: list[list[Planned]] = []
    for each in steps:
        fuses = stages and _fuses(stages[-1][-1]) and each.operator.cheap
        if fuses:
            stages[-1].append(each)
        else:
            stages.append([each])
    twins = {each.twin: _deciding(steps[:place], each) for place, each in enumerate(steps) if each.twin}
    return Segment(tuple(map(tuple, stages)), whole, twins, any(each.step.asks for each in steps))


def _fuses(planned: Planned) -> bool:
    return planned.operator.cheap and not planned.step.checkpoint


def _deciding(before: Sequence[Planned], planned: Planned) -> tuple[str, ...]:
    """Return the columns, as they stand at the segment's start, that decide what this step asks."""
    needed = set(planned.operator.reads())
    for each in reversed(before):
        written = set(each.operator.writes())
        if needed & written:
            needed = (needed - written) | set(each.operator.reads())
    return tuple(sorted(needed))
