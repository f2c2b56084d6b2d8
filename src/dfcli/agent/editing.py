"""A wish about a recipe that is there: the fewest typed edits that make it come true, everything else left as written.

The wish is read by the same skills as a request for a new recipe, over the columns that the recipe has by its end. What
they would build is compared with the steps that are there: a step of that operator gets other options, one that is
missing is put in where the planner would put it, one that is not wanted any more is taken out.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from dfcli.agent import nodes
from dfcli.agent.block_edits import SetBudget, TypedEdit
from dfcli.agent.changes import Place, by_words
from dfcli.agent.draft import Draft
from dfcli.agent.edits import Edit, InsertStep, RemoveStep, SetCondition, SetOption, SetOutput, apply
from dfcli.agent.outline import Entry, Outline, outline
from dfcli.agent.planner import ordered
from dfcli.agent.profile import Profile, profile
from dfcli.agent.reading import read
from dfcli.agent.session import REFUSED, UNCLEAR, UNMET, VERIFIED, Outcome, Request
from dfcli.agent.skills import BY_NAME
from dfcli.agent.spec import Wish
from dfcli.agent.verify import verify
from dfcli.errors import DfcliError, UsageError
from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import installed

_LATE = ("sample", "quota", "top_k", "split", "shuffle", "sort", "rename", "select")
"""Operators that belong at the end of a recipe, in this order."""


_MARKUP = ("html_to_text", "markdown_to_text", "remove_html_tags", "fix_mojibake", "decode_html_entities")
"""Operators that make text of what is none yet: nothing is cleaned or measured before."""


def edit(request: Request, recipe: Path, folder: Path) -> Outcome:
    """Return a recipe's text as a wish would have it, with the verdict on it; nothing is written.

    Paths are relative to `folder`. UsageError when the recipe is no YAML, InputError when its input cannot be read. A
    wish of which nothing is understood, or that would leave a recipe which cannot be loaded, leaves the text as it is,
    and is told as `unread`.
    """
    text = (folder / recipe).read_text(encoding="utf-8")
    there = outline(text)
    if there is None:
        raise UsageError(f"{recipe} is not YAML that can be read; mend it first, dfcli check says where")
    data = profile(_inputs(there, request), None, (folder / recipe).parent)
    edits, place, request_text = by_words(request.text, there)
    spec = read(request_text, data, more=_columns(there, data))
    if spec.refusal:
        return Outcome(REFUSED, refusal=spec.refusal)
    draft = _drafted(there, data)
    edits += [each for wish in spec.wishes if wish.excluded for each in _without(wish, draft, there)]
    for wish in ordered(spec.wanted):
        edits += _placed(_with(wish, draft, there), place)
    if draft.questions:
        return Outcome(UNCLEAR, questions=tuple(draft.questions), unread=spec.unread)
    more = [SetBudget.model_validate({"kind": kind, "value": value}) for kind, value in draft.budget.items()]
    after = _applied(text, [*edits, *more])
    scratch = folder / "runs" / "agent" / nodes.key(request, folder)
    try:
        verdict = verify(after, (folder / recipe).parent, scratch, upto="mock")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if verdict.level == "draft" and after != text:  # no recipe that cannot be loaded comes of a wish
        return Outcome(UNMET, text, unread=(request.text,), assumptions=tuple(draft.assumptions))
    wrong = verdict.errors or verdict.unmet or spec.unread or after == text
    return Outcome(
        UNMET if wrong else VERIFIED, after, None, verdict, spec.unread, assumptions=tuple(draft.assumptions)
    )


def _inputs(there: Outline, request: Request) -> list[str]:
    """Return the files that the recipe reads first."""
    given = there.blocks.get("input")
    path = given.get("path") if isinstance(given, Mapping) else given
    names = [path] if isinstance(path, str) else list(path or ())
    return [each for each in names if "${" not in str(each)] or list(request.data)


def _drafted(there: Outline, data: Profile) -> Draft:
    """Return a draft that has done what the recipe does, as far as its columns go."""
    draft = Draft.of(data)
    for each in there.steps:
        operator = _operator(each.op)
        if operator is not None:
            known = set(draft.columns)
            draft.step(each.op, "", **each.keys)
            if issubclass(operator, Prompted) and operator.kind == "evaluate":
                numbers = (name for name, kind in draft.columns.items() if kind in ("int", "float"))
                draft.judged += [name for name in numbers if name not in known][:1]
        if each.op == "rename" and isinstance(each.keys.get("columns"), Mapping):
            pairs = {str(old): str(new) for old, new in each.keys["columns"].items()}
            draft.columns = {pairs.get(name, name): kind for name, kind in draft.columns.items()}
    return draft


def _columns(there: Outline, data: Profile) -> Sequence[str]:
    return list(_drafted(there, data).columns)


def _without(wish: Wish, draft: Draft, there: Outline) -> Iterator[Edit]:
    """Yield what takes out the steps that a wish would have put in."""
    trial = deepcopy(draft)
    trial.steps.clear()
    trial.why.clear()
    BY_NAME[wish.skill].build(wish, trial)
    for step in trial.steps:
        for each in _same(step, there):
            yield RemoveStep(step=each.id)


def _with(wish: Wish, draft: Draft, there: Outline) -> Iterator[Edit]:
    """Yield what makes a wish come true: other options, another condition, a new step, another output."""
    steps, output, selected = deepcopy(draft.steps), dict(draft.output), draft.selected
    BY_NAME[wish.skill].build(wish, draft)
    known = [each for each in there.steps if _operator(each.op) is not None]
    for entry, old, new in zip(known, steps, draft.steps, strict=False):
        yield from _other(entry, {"op": entry.op, **{key: new[key] for key in new if new[key] != old.get(key)}})
    for step in draft.steps[len(steps) :]:
        if not _spares(step, wish):
            yield from _step(step, there)
    if draft.selected != selected:
        yield InsertStep(step={"op": "select", "columns": draft.selected}, place="last")
    if draft.output != output:
        yield from _output(draft.output, there)


def _spares(step: Mapping[str, Any], wish: Wish) -> bool:
    """Tell whether a step only spares work for the one that a wish is about: equal rows are near-duplicates, too."""
    return step["op"] == "dedup_exact" and bool(wish.options.get("near")) and not wish.options.get("exact")


def _placed(edits: Iterable[Edit], place: Place | None) -> Iterator[Edit]:
    """Yield edits, new steps at the place that was said in words."""
    for each in edits:
        if place is not None and isinstance(each, InsertStep):
            yield InsertStep.model_validate({"step": each.step, **place})
        else:
            yield each


def _step(step: dict[str, Any], there: Outline) -> Iterator[Edit]:
    condition = step.get("condition") if step["op"] == "where" else None
    if condition is not None and (place := _bounded(str(condition), there)) is not None:
        entry, key = place
        if key == "condition":
            yield SetOption(step=entry.id, name="condition", value=condition)
        else:
            yield SetCondition(step=entry.id, key="keep", condition=str(condition))
        return
    if step["op"] != "where" and (same := _same(step, there)):
        yield from _other(same[0], step)
        return
    yield _inserted(step, there)


def _bounded(condition: str, there: Outline) -> tuple[Entry, str] | None:
    """Return the step whose condition compares the same column by itself, and the key of that condition."""
    compared = re.compile(r"(?:try_cast\()?(?P<name>\w+)(?: as double\))?\s*(?P<sign>>=|<=|>|<|=|between)", re.I)
    wanted = compared.match(condition)
    for entry in there.steps if wanted else ():
        for key in ("keep", "condition"):
            found = compared.fullmatch(re.sub(r"\s*[\d.]+(\s+and\s+[\d.]+)?$", "", str(entry.keys.get(key, ""))))
            if wanted and found and (found["name"], found["sign"][0]) == (wanted["name"], wanted["sign"][0]):
                return entry, key
    return None


def _same(step: Mapping[str, Any], there: Outline) -> list[Entry]:
    """Return the steps of the same operator on the same column."""
    named = step.get("text", step.get("on"))
    return [
        each
        for each in there.steps
        if each.op == step["op"] and (named is None or each.keys.get("text", each.keys.get("on", named)) == named)
    ]


def _other(entry: Entry, step: Mapping[str, Any]) -> Iterator[Edit]:
    """Yield what gives a step the options that it is to have; those nobody spoke of stay."""
    for name, value in step.items():
        if name == "keep" and entry.keys.get("keep") != value:
            into = entry.keys.get("into")
            said = re.sub(r"^\w+", str(into), str(value)) if into else str(value)
            yield SetCondition(step=entry.id, key="keep", condition=said)
        elif name not in ("op", "into", "keep") and entry.keys.get(name) != value:
            yield SetOption(step=entry.id, name=name, value=value)


def _inserted(step: dict[str, Any], there: Outline) -> InsertStep:
    """Return the edit that puts a step in behind the last one that the planner would have put before it."""
    entry: dict[str, Any] | str = step["op"] if list(step) == ["op"] else step
    rank = _rank(step["op"])
    outer = [each for each in there.steps if not each.loop]
    if step["op"] in _MARKUP and (later := next((each for each in outer if _rank(each.op) >= rank), None)):
        return InsertStep(step=entry, before=later.id)
    before = [each for each in outer if _rank(each.op) <= rank]
    return InsertStep(step=entry, after=before[-1].id) if before else InsertStep(step=entry, place="first")


def _rank(op: str) -> tuple[int, int]:
    """Return where an operator belongs: what cleans, what measures and drops, what asks models, what ends a recipe."""
    if op in _LATE:
        return 4, _LATE.index(op)
    kind = _operator(op)
    if kind is None:
        return 2, 0
    return ({"source": 0, "refine": 1, "evaluate": 2, "filter": 2}.get(kind.kind, 3), 0)


def _operator(op: str) -> type[Operator] | None:
    try:
        return installed().get(op)
    except DfcliError:
        return None


def _output(wanted: Mapping[str, Any], there: Outline) -> Iterator[Edit]:
    """Yield the edit of the output; a path keeps its name when only the format changes."""
    given = there.blocks.get("output")
    path = given.get("path") if isinstance(given, Mapping) else given
    if "path" in wanted:
        yield SetOutput(path=str(wanted["path"]))
    elif "ending" in wanted and isinstance(path, str):
        yield SetOutput(path=f"{path.rpartition('.')[0] or path}.{wanted['ending']}")
    elif "format" in wanted:
        fields = wanted.get("fields") or {}
        yield SetOutput(format=wanted["format"], fields=fields) if fields else SetOutput(format=wanted["format"])


def _applied(text: str, edits: Sequence[TypedEdit]) -> str:
    """Return the text after edits, in their order; an edit made twice is made once."""
    done: list[TypedEdit] = []
    for each in sorted(edits, key=lambda each: isinstance(each, RemoveStep)):  # others may stand beside what leaves
        if each not in done:
            done.append(each)
            try:
                text = apply(text, [each])
            except DfcliError as error:
                raise UsageError(f"the recipe cannot be changed as wished: {error}") from error
    return text
