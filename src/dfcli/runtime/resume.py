"""`--resume STEP`: start again at a step, on what the steps before it left, even if those were edited since.

What a cheap step left is not on disk; it is made again from the nearest checkpoint before it, by the step as it was
then, which the manifest describes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dfcli.errors import UsageError, did_you_mean
from dfcli.ops.registry import installed
from dfcli.recipes.model import Recipe, Step
from dfcli.runtime.checkpoint import Checkpoints, chain, folder_name
from dfcli.runtime.parts import Cutter, Part, together
from dfcli.runtime.plan import Planned, Segment, generations, identity
from dfcli.runtime.rundir import Manifest, StageKeys
from dfcli.runtime.whole import parts_of


@dataclass(frozen=True)
class Point:
    """Where a run begins: at step `number`, on stored parts or the input, after redoing the cheap steps of `bridge`.

    `forced` says that the user named the step, so nothing from it on is taken from a checkpoint.
    """

    number: int = 1
    forced: bool = False
    stored: tuple[tuple[str, str], ...] | None = None
    bridge: tuple[Planned, ...] = ()
    notes: tuple[str, ...] = ()

    def parts(self, store: Checkpoints, cutter: Cutter, segment: Segment) -> Iterator[Part]:
        """Yield the stored parts, as a segment can take them; UsageError when one has been removed."""
        found = (part for folder, key in self.stored or () for part in _stored(store, folder, key))
        for number, part in enumerate(together(found, generations([*self.bridge, *segment.steps()]))):
            rows = part.load()
            lacks_twins = any(each not in rows.columns for each in segment.twins)
            yield cutter.part(rows) if lacks_twins else replace(part, number=number)


def find(recipe: Recipe, wanted: str | None, before: Manifest | None, outside: dict[str, str]) -> Point:
    """Return where to begin; UsageError, with the list of steps, for a step there is not."""
    if wanted is None:
        return Point()
    number = _number(recipe, wanted)
    if number == 1:
        return Point(forced=True)
    if before is None:
        raise UsageError(f"nothing to resume: {recipe.name} has not run here yet; run it without --resume")
    old = [each for each in before.steps if each["number"] < number]
    if len({each["number"] for each in old}) < number - 1:
        raise UsageError(f"the last run had only {len(before.steps)} steps; run without --resume")
    base, bridge = _base(before, old)
    rebuilt = tuple(_rebuilt(recipe, each) for each in bridge)
    if any(not each.operator.cheap for each in rebuilt) or (base is not None and not base.complete):
        raise UsageError(f"the last run did not finish step {number - 1}; run without --resume to go on with it")
    stored = None if base is None else tuple((_folder(old, base.label), key) for key in base.keys)
    return Point(number, True, stored, rebuilt, _changes(recipe, old, outside))


def _base(before: Manifest, old: Sequence[Mapping[str, Any]]) -> tuple[StageKeys | None, Sequence[Mapping[str, Any]]]:
    """Return the last stage with a checkpoint among the old steps, and the steps after it."""
    labels = [each["label"] for each in old]
    stages = [each for each in before.stages if each.label in labels]
    base = max(stages, key=lambda stage: labels.index(stage.label), default=None)
    return base, old if base is None else old[labels.index(base.label) + 1 :]


def _number(recipe: Recipe, wanted: str) -> int:
    steps = {each.id: each.number for each in recipe.steps}
    if wanted in steps:
        return steps[wanted]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(recipe.steps):
        return int(wanted)
    listed = "\n".join(f"  {each.number} {each.id}" for each in recipe.steps)
    raise UsageError(f"no step {wanted!r} to resume at{did_you_mean(wanted, steps)}; the steps are\n{listed}")


def _folder(old: Sequence[Mapping[str, Any]], label: str) -> str:
    return next(folder_name(each["number"], label) for each in old if each["label"] == label)


def _stored(store: Checkpoints, folder: str, key: str) -> Iterator[Part]:
    bundle = store.read(folder, key)
    if bundle is None:
        raise UsageError(f"a checkpoint of {folder} was removed; run without --resume to make it again")
    if bundle.keys:
        yield from parts_of(bundle, store)
    else:
        yield Part(0, bundle.key, bundle.rows, file=store.root / bundle.file)


def _rebuilt(recipe: Recipe, old: Mapping[str, Any]) -> Planned:
    operator = (recipe.registry or installed()).get(old["op"]).model_validate(old["options"])
    step = Step(old["number"], old["id"], operator, old["when"], old["keep"], on_error=old["on_error"])
    return Planned(step, identity(recipe, step, ""))


def _changes(recipe: Recipe, old: Sequence[Mapping[str, Any]], outside: dict[str, str]) -> tuple[str, ...]:
    """Say which earlier steps are not what they were when their results were made."""
    now = {step.label: chain("step", identity(recipe, step, outside.get(step.label, ""))) for step in recipe.flat()}
    changed = [each for each in old if now.get(each["label"]) != each["identity"]]
    if not changed:
        return ()
    names = ", ".join(f"{each['number']} ({each['label']})" for each in changed)
    what = "steps" if len(changed) > 1 else "step"
    return (f"{what} {names} changed since; their earlier results are used all the same",)
