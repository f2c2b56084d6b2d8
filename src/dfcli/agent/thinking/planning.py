"""A second recipe, planned by a model, and which of the two is better as far as could be measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from dfcli.agent.edits import UnsetOption, apply
from dfcli.agent.outline import checks, outline
from dfcli.agent.planner import Plan
from dfcli.agent.repair import distance
from dfcli.agent.spec import Spec
from dfcli.agent.synthesis.model import Ask
from dfcli.agent.thinking import asking
from dfcli.agent.thinking.asking import Matter, Part, lines_of
from dfcli.agent.thinking.cards import Card, card, cards
from dfcli.agent.thinking.names import Names
from dfcli.agent.thinking.shapes import PlannedStep
from dfcli.agent.verdict import Verdict
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import installed

_SLIP = 0.85
"""How much of two names must agree for one to be the other misspelt."""

MARK = "step-"
"""How the ids begin that the steps of a model's plan have while it is mended."""


@dataclass(frozen=True)
class Served:
    """A part of a request and the steps, by id and operator, that a model named as serving it."""

    words: str
    steps: tuple[tuple[str, str], ...]
    read: bool = False

    def holds(self, text: str) -> bool:
        """Tell whether these steps are in a recipe's text."""
        found = outline(text)
        there = {(each.id, each.op) for each in found.steps} if found else set()
        return bool(self.steps) and there >= set(self.steps)


@dataclass(frozen=True)
class Rival:
    """A recipe that a model planned, or the sentence why it gave none that may be tried.

    Its steps have ids of their own until it is mended, so that `parts`, what they serve by those ids, stays known.
    """

    plan: Plan | None = None
    parts: tuple[tuple[Part, tuple[str, ...]], ...] = ()
    why_not: str = ""

    @property
    def ops(self) -> dict[str, str]:
        """The operators that the model named, by those ids."""
        return {each["id"]: each["op"] for each in self.plan.recipe["steps"]} if self.plan else {}

    @property
    def invents(self) -> bool:
        """Whether it names operators that do not exist, and that are no other one's name misspelt."""
        return any(
            card(op) is None and not any(_is_near(op, each) for each in installed().operators())
            for op in self.ops.values()
        )

    def finished(self, text: str, given: Collection[str]) -> tuple[str, tuple[Served, ...]]:
        """Return the text of its recipe without those ids, and what serves each part in it.

        A step that has come to another operator serves nothing, unless the model gave it that one.
        """
        marked = outline(text)
        before = [each.id for each in marked.steps] if marked else []
        own = [each for each in before if each.startswith(MARK)]
        text = apply(text, [UnsetOption(step=each, name="id") for each in own])
        left = outline(text)
        found = zip(before, left.steps if left else (), strict=True)
        steps = {id: each for id, each in found if each.op in given or _is_near(each.op, self.ops.get(id, ""))}
        return text, tuple(
            Served(part.words, tuple((steps[id].id, steps[id].op) for id in ids if id in steps), part.read)
            for part, ids in self.parts
        )


@dataclass(frozen=True)
class Tried:
    """A recipe's text after its trial, and how many parts of the request it leaves unserved."""

    text: str
    verdict: Verdict
    unserved: int

    def beats(self, first: Tried) -> bool:
        """Tell whether a model's recipe is better than the one that rules planned.

        Whether rows are left comes first, then parts of the request that nothing serves, then what is wrong. Where all
        that is the same it must ask models less, and that not by leaving rows out.
        """
        if self._worth != first._worth:
            return self._worth < first._worth
        return self.verdict.rows_out >= first.verdict.rows_out and self._cost < first._cost

    @property
    def _worth(self) -> tuple[int, ...]:
        nothing = self.verdict.rows_in > 0 and not self.verdict.rows_out
        return (int(nothing), self.unserved, *distance(self.verdict))

    @property
    def _cost(self) -> int:
        return cost(self.text, self.verdict)


def cost(text: str, verdict: Verdict) -> int:
    """Return the rows that steps were to ask a model about in the last trial."""
    found = outline(text)
    asking_ids = {each.id for each in found.steps if _asks(each.op)} if found else set()
    return sum(each.rows_in for each in verdict.flow if each.step.partition("#")[0] in asking_ids)


def is_settled(first: Tried) -> bool:
    """Tell whether no other recipe could be better than one: all is served, nothing is wrong, and it costs nothing."""
    return not first.unserved and not any(distance(first.verdict)[:-1]) and not cost(first.text, first.verdict)


def parts_of(spec: Spec, unread: Sequence[str]) -> list[Part]:
    """Return the parts of a request in its order of reading: those that rules understood, and those left."""
    said = list(dict.fromkeys(each.said for each in spec.wanted if each.said))
    return [*(Part(each, True) for each in said), *(Part(each, False) for each in unread)]


def rival(  # noqa: PLR0913  what a plan is made from
    ask: Ask,
    matter: Matter,
    spec: Spec,
    offline: Plan,
    unread: Sequence[str],
    names: Names,
    wrong: Sequence[str] = (),
    found: Sequence[str] = (),
) -> Rival:
    """Return the recipe that a model plans beside the one that rules planned.

    `wrong` is what was found to be wrong with the latter; `found` are operators that may serve what is unread.
    """
    parts = parts_of(spec, unread)
    steps = list(offline.steps)
    chosen = cards([*unread, spec.request], [*map(op_of, steps), *found])
    hidden = Names({real: short for short, real in names.real.items()}).shown(steps)
    candidate = lines_of(hidden, offline.why) if steps else "no steps"
    reply = asking.planned(ask, matter, chosen, parts, candidate, wrong)
    if reply is None or not reply.steps:
        return Rival(why_not="the model gave no plan" if reply is not None else "the model's plan could not be read")
    if strange := next(filter(None, (names.strange(each.options) for each in reply.steps)), ""):
        return Rival(why_not=f"the model's plan opens {strange}, which the request does not name")
    serving = tuple(
        (part, tuple(f"{MARK}{at}" for at, each in enumerate(reply.steps, 1) if number in each.parts))
        for number, part in enumerate(parts, 1)
    )
    return Rival(_plan(offline, reply.steps, serving, names), serving)


def _plan(
    offline: Plan,
    steps: Sequence[PlannedStep],
    serving: Sequence[tuple[Part, tuple[str, ...]]],
    names: Names,
) -> Plan:
    """Return a model's steps with the rest of the recipe as rules made it: input, output, checks are not a model's."""
    entries = {f"{MARK}{at}": names.shown(each.entry()) for at, each in enumerate(steps, 1)}
    marked = [{"op": each["op"], "id": id, **each} for id, each in entries.items()]
    recipe = {**offline.recipe, "steps": marked}
    new = dict.fromkeys(id for part, ids in serving if not part.read for id in ids)
    recipe["output"] = with_columns(recipe["output"], [entries[id] for id in new])
    return replace(offline, recipe=recipe, why=tuple(each.why for each in steps))


def with_models(recipe: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return a recipe with a model for the steps that ask one, where it names none yet."""
    if not any(_writes_words(op_of(each)) for each in recipe["steps"]) or "default" in recipe.get("models", {}):
        return dict(recipe)
    return {**recipe, "models": {"default": model, **recipe.get("models", {})}}


def keeps(first: Tried, offline: Plan, other: str) -> bool:
    """Tell whether a text has the checks of a first one and, where nothing is wrong with that, all its operators.

    What rules read is built by rules: that another operator does the same is a model's word, and no measurement.
    """
    if not checks(first.text) <= checks(other):
        return False
    found = outline(other)
    there = Counter(each.op for each in found.steps) if found else Counter[str]()
    return bool(first.verdict.errors or first.verdict.unmet) or Counter(map(op_of, offline.steps)) <= there


def op_of(step: Any) -> str:
    """Return the operator of a step as a recipe has it."""
    return step if isinstance(step, str) else str(step.get("op", ""))


def with_columns(output: Any, steps: Sequence[Mapping[str, Any]]) -> Any:
    """Return an output that has the columns which new steps write, where it names its columns."""
    if not isinstance(output, Mapping) or "columns" not in output:
        return output
    written = [name for each in steps for name in _writes(each) if name not in output["columns"]]
    return {**output, "columns": [*output["columns"], *dict.fromkeys(written)]}


def _writes(step: Mapping[str, Any]) -> Iterator[str]:
    found = card(str(step["op"]))
    if found is None:
        return
    own = {name: value for name, value in step.items() if name in found.cls.model_fields}
    try:
        yield from found.cls(**own).writes()
    except ValueError:  # the check will say what is wrong with it
        return


def _is_near(op: str, other: str) -> bool:
    """Tell whether two names are the same but for a slip."""
    return SequenceMatcher(None, op, other).ratio() >= _SLIP


def _writes_words(op: str) -> bool:
    found = card(op)
    return found is not None and issubclass(found.cls, Prompted)


def _asks(op: str) -> bool:
    found: Card | None = card(op)
    return found is not None and (issubclass(found.cls, Prompted) or found.cls.embeds)
