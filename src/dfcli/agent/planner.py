"""From a spec to a draft without a model: wishes become steps, in an order that is cheap and fits the request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills import BY_NAME
from dfcli.agent.skills.chat import chat_fields, missing_fields
from dfcli.agent.spec import Spec, Wish

NOTHING = "nothing but the format or the columns changes"
"""The reason of a step that is there only because a recipe must have one."""


@dataclass(frozen=True)
class Plan:
    """A recipe as data, and why it is so: `why` gives the reason for each step, by its place."""

    recipe: dict[str, Any]
    why: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def steps(self) -> tuple[Any, ...]:
        """The steps that do something."""
        return () if self.why == (NOTHING,) else tuple(self.recipe["steps"])


def plan(spec: Spec, profile: Profile, *, database: str | None = None, model: str | None = None) -> Plan:
    """Return the plan that rules make of a spec; its questions say what could not be decided."""
    draft = Draft.of(profile)
    draft.database = database or (profile.database.url if profile.database else "")
    _foreseen(spec, draft)
    for wish in ordered(_sequenced(spec.wanted)):
        if draft.fresh_pairs and wish.options.get("write") == "answer":
            continue  # the candidates of the pairs
        BY_NAME[wish.skill].build(wish, draft)
    _once(draft)
    _last(draft)
    return Plan(_recipe(draft, model), tuple(draft.why), tuple(draft.assumptions), tuple(draft.questions))


def ordered(wishes: tuple[Wish, ...]) -> list[Wish]:
    """Return wishes in the order of their steps: what is said to come later, later; else what is cheap first."""
    return sorted(wishes, key=lambda wish: (_turn(wish), BY_NAME[wish.skill].place(wish), wish.at))


def _sequenced(wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Return wishes, the first rows chosen a turn later where the request puts the rows in order before it says so."""
    order = min((each.at for each in wishes if each.skill == "ordering"), default=None)
    return tuple(
        replace(each, turn=max(each.turn, 1) + 900)
        if order is not None and "first" in each.options and "quota" not in each.options and order < each.at
        else each
        for each in wishes
    )


def _turn(wish: Wish) -> int:
    """Return the turn of a wish; what the output looks like is settled at the end, whenever it is said."""
    return 1000 if wish.skill == "outputs" or "select" in wish.options or "without" in wish.options else wish.turn


def _foreseen(spec: Spec, draft: Draft) -> None:
    """Look ahead for what decides earlier steps: hard queries are best asked for as such."""
    written = {wish.options.get("write") for wish in spec.wanted}
    draft.fresh_pairs = {"preference", "answer"} <= written
    draft.ranking = next((each for each in spec.wanted if each.skill == "ordering" and "by" in each.options), None)


def _once(draft: Draft) -> None:
    """Leave out a step that is the same as an earlier one, as from a wish that was said in two ways."""
    first = [at for at, step in enumerate(draft.steps) if step not in draft.steps[:at]]
    draft.steps, draft.why = [draft.steps[at] for at in first], [draft.why[at] for at in first]


def _last(draft: Draft) -> None:
    """Bring the rows to the number wanted, and the columns to those wanted."""
    if draft.wanted_rows is not None:
        draft.step("sample", f"{draft.wanted_rows} rows were asked for", n=draft.wanted_rows)
        draft.check("rows", f"{'at most' if draft.wanted_at_most else 'exactly'} {draft.wanted_rows}")
    if "format" in draft.output:
        _settle_fields(draft)


def _settle_fields(draft: Draft) -> None:
    """Say which columns are the fields of the chat format that is written; ask where it is not known."""
    name = draft.output["format"]
    draft.output["fields"] = {key: column for key, column in chat_fields(name, draft).items() if column is not None}
    for key in missing_fields(name, draft):
        draft.ask(f"Which column is {key!r} in the format {name}? There are {', '.join(draft.columns)}.")


def _steps(draft: Draft) -> list[Any]:
    """Return the steps; where nothing is to be done to the rows, one that says which columns go on."""
    if not draft.steps:
        names = list(draft.columns) or ["text"]
        draft.steps.append({"op": "select", "columns": names})
        draft.why.append(NOTHING)
    return [_short(step) for step in draft.steps]


def _recipe(draft: Draft, model: str | None) -> dict[str, Any]:
    """Return the recipe; only what is wanted in the output is written."""
    recipe: dict[str, Any] = {"name": "recipe"}
    if draft.models:
        recipe["models"] = {role: _served(spec, role, model) for role, spec in draft.models.items()}
    if draft.seed is not None:
        recipe["seed"] = draft.seed
    if draft.budget:
        recipe["budget"] = draft.budget
    if draft.input is not None:
        recipe["input"] = draft.input
    recipe["output"] = _output(draft)
    recipe["steps"] = _steps(draft)
    checks = {
        subject: said[0] if len(said) == 1 else said
        for subject, said in draft.checks.items()
        if _checkable(subject, draft)
    }
    if checks:
        recipe["checks"] = checks
    return recipe


def _served(spec: Any, role: str, model: str | None) -> Any:
    if model is None or role == "embedder":
        return spec
    return {**spec, "model": model} if isinstance(spec, dict) else model


def _checkable(subject: str, draft: Draft) -> bool:
    return subject in ("rows", "each") or subject in draft.columns


def _output(draft: Draft) -> Any:
    path = draft.output.get("path") or f"output.{draft.output.get('ending', 'jsonl')}"
    output: dict[str, Any] = {"path": path}
    if "format" in draft.output:
        output["format"] = draft.output["format"]
        fields = draft.output["fields"]
        output["fields"] = {key: column for key, column in fields.items() if column != key}
        others = draft.beside or draft.selected or draft.judged
        output["columns"] = [each for each in others if each in draft.columns and each not in fields.values()]
        return {key: value for key, value in output.items() if value} if len(output) > 1 else path
    if draft.selected:
        output["columns"] = [each for each in draft.selected if each in draft.columns]
    elif draft.first:
        there = [name for name in draft.columns if name not in draft.hidden | draft.dropped]
        output["columns"] = [*draft.first, *(each for each in there if each not in draft.first)]
    elif unwanted := draft.hidden & {*draft.columns} | draft.dropped:
        output["without"] = sorted(unwanted)
    return output if len(output) > 1 else path


def _short(step: dict[str, Any]) -> Any:
    return step["op"] if list(step) == ["op"] else step
