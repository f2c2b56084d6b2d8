"""The nodes of the agent's graph: each reads the state, does one thing, and returns what it found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dfcli.agent.asked import Asked
from dfcli.agent.places import home_of, next_free, placed, replaced_in, seen_from
from dfcli.agent.planner import Plan
from dfcli.agent.planner import plan as planned
from dfcli.agent.profile import Profile, shown
from dfcli.agent.profile import profile as profiled
from dfcli.agent.reading import read as understood
from dfcli.agent.retrieval.shortlist import serving, shortlist
from dfcli.agent.review import Card, Review, certified
from dfcli.agent.sample import Sampling
from dfcli.agent.session import REFUSED, STOPPED, UNCLEAR, UNMET, VERIFIED, WRONG, Request
from dfcli.agent.spec import Spec
from dfcli.agent.state import State, made, plain
from dfcli.agent.synthesis.filling import Make, Place, fill, missing_in, without_filler
from dfcli.agent.synthesis.model import Outcome as Made
from dfcli.agent.thinking import stages
from dfcli.agent.thinking.planning import Served, with_models
from dfcli.agent.thinking.stages import Case
from dfcli.agent.thinking.thinker import Thinker
from dfcli.agent.verdict import LEVELS, Level, Verdict
from dfcli.agent.verify import verify
from dfcli.agent.writer import named, written
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Transport, transport_for

ROUNDS = 4
"""Repairs at most."""

_LEAST = 1e-9
"""US dollars that stand for none, since a budget is more than nothing."""

_LEVEL: dict[str, Level] = {"check": "static", "mock": "mock", "sample": "sample"}


@dataclass(frozen=True)
class Desk:
    """What the nodes work with besides the state: folders, the models' clients, and the person who reviews.

    `folder` is what paths of the request are relative to; `scratch` and `runs` are the agent's own. With `beside` a
    file that is there already is left, and the recipe goes beside it. `watch` hears of each node as it begins. `seen`
    holds verdicts whole, by text, and `looked` the level up to which each was tried: the state has their rows cut and
    masked. `make` makes operators that are missing, where a model is there for that; `thinker` is the model
    that plans, None where rules alone do.
    """

    folder: Path
    scratch: Path
    runs: Path
    review: Review
    transport: Callable[[ModelSpec], Transport] = transport_for
    notes: list[str] = field(default_factory=list)
    beside: bool = False
    watch: Callable[[str], None] = field(default=lambda node: None)
    seen: dict[str, Verdict] = field(default_factory=dict)
    looked: dict[str, Level] = field(default_factory=dict)
    make: Make | None = None
    thinker: Thinker | None = None

    def verdict(self, state: State) -> Verdict | None:
        """Return the verdict on a state's recipe, with its rows whole where they were seen in this process."""
        if not state.get("verdict"):
            return None
        return self.seen.get(state.get("text", "")) or made(Verdict, state["verdict"])


def desk(request: Request, folder: Path, review: Review, *, beside: bool = False) -> Desk:
    """Return the desk for a request: everything but the recipe is written below `runs` in the folder."""
    runs = folder / "runs"
    return Desk(folder, runs / "agent" / key(request, folder), runs, review, beside=beside)


def profile(desk: Desk, state: State) -> State:
    """Look at the data and the database."""
    request = made(Request, state["request"])
    return {"profile": plain(profiled(request.data, request.database, desk.folder))}


def read(desk: Desk, state: State) -> State:
    """Understand the request."""
    spec = understood(state["request"]["text"], made(Profile, state["profile"]))
    found: State = {"spec": plain(spec), "unread": list(spec.unread), "refusal": spec.refusal, "questions": []}
    return {**found, "exit_code": REFUSED} if spec.refusal else found


def clarify(desk: Desk, state: State) -> State:
    """Stop for a question where nothing could be read, or nothing is there to work on."""
    spec, data = made(Spec, state["spec"]), made(Profile, state["profile"])
    questions = list(spec.questions)
    helped = desk.thinker is not None or (desk.make is not None and spec.unread)
    if not spec.wanted and not helped:
        questions.append(f"What shall be done with the data? Nothing in the request was understood.{_may_serve(spec)}")
    if not data.tables and data.database is None:
        questions.append("Which data is this about? Name a file with --data, or a database with --database.")
    return {"questions": questions, **({"exit_code": UNCLEAR} if questions else {})}


def retrieve(desk: Desk, state: State) -> State:
    """Find what may serve the request for a model that plans, and what may serve the parts that were not understood."""
    request, unread = made(Request, state["request"]), state.get("unread", [])
    if not unread and request.model is None:
        return {"cards": [], "serving": []}
    found, near = shortlist([*unread, request.text]), serving(unread)
    return {"cards": [each.name for each in found], "serving": [each.name for each in near]}


def _may_serve(spec: Spec) -> str:
    names = [each.name for each in serving(spec.unread)]
    return f" What may serve it: {', '.join(names)}." if names else ""


def plan(desk: Desk, state: State) -> State:
    """Write the first recipe."""
    request, spec = made(Request, state["request"]), made(Spec, state["spec"])
    found = planned(spec, made(Profile, state["profile"]), database=request.database, model=request.model)
    if found.questions:
        return {"questions": list(found.questions), "assumptions": list(found.assumptions), "exit_code": UNCLEAR}
    found = replace(found, assumptions=(*state.get("understood", ()), *found.assumptions))
    name = named(request.text)
    return {
        "name": name,
        "text": written_for(desk, request, found),
        "assumptions": [*desk.notes, *found.assumptions],
    }


def synthesise(desk: Desk, state: State) -> State:
    """Make what the recipe is missing: a step for each part of the request that was not understood."""
    assert desk.make is not None
    request, profile = made(Request, state["request"]), made(Profile, state["profile"])
    rows = case_of(desk, state).rows(desk.thinker) if request.samples else {}
    wished = missing_in(state["unread"], request.text, profile, next(iter(rows.values()), ()))
    found = fill(state["text"], wished, desk.make, _place(desk, state), request.model)
    wanted = made(Spec, state["spec"]).wanted
    if not wanted and not found.made and found.text == state["text"] and not state.get("served"):
        asked = f"What shall be done with the data? Nothing could be made of {'; '.join(found.unread)}."
        return {"text": "", "questions": [asked], "unread": list(found.unread), "exit_code": UNCLEAR}
    text = found.text if wanted else without_filler(found.text)
    assumptions = [*state.get("assumptions", ()), *found.assumptions]
    return {"text": text, "made": plain(found.made), "unread": list(found.unread), "assumptions": assumptions}


def check(desk: Desk, state: State) -> State:
    """Load it, and look for every mistake that shows without running."""
    found = _verify(desk, state, "check")
    first = {} if "valid_at_once" in state else {"valid_at_once": found["verdict"]["level"] != "draft"}
    return {**found, **first}  # type: ignore[typeddict-item]  # a bool


def mock(desk: Desk, state: State) -> State:
    """Run it on the offline model."""
    return _verify(desk, state, "mock")


def sample(desk: Desk, state: State) -> State:
    """Run it on real rows."""
    return _verify(desk, state, "sample")


def repair(desk: Desk, state: State) -> State:
    """Mend what rules can mend of what stands in the way, then what the model can, or say that nothing helps.

    Less is wrong after each edit that is kept, so this ends; a check of the result is never weakened.
    """
    request, rounds = made(Request, state["request"]), state.get("rounds", 0)
    found = stages.mended(
        desk.thinker,
        case_of(desk, state),
        state["text"],
        lambda text, level: look(desk, state, text, level),
        ROUNDS - rounds,
        _names(desk, request),
        upto="sample" if state.get("verdict", {}).get("level") == "mock" else "mock",
    )
    lost = [each for each in stages.lost(_served(state), found.text) if each not in state.get("unread", ())]
    return {
        "text": found.text,
        "unread": [*state.get("unread", ()), *lost],
        "repairs": [*state.get("repairs", []), "; ".join(found.steps)],
        "rounds": rounds + max(found.rounds, 1),
    }


def review(desk: Desk, state: State) -> State:
    """Show it to whoever asked; a text that they put in its place is checked, and shown in turn."""
    while (decision := desk.review(_card(desk, state))) not in ("accept", "reject"):
        state = {**state, "text": decision}
        state = {**state, **_verify(desk, state, "sample")}
    return {"decision": decision, "text": state["text"], "verdict": state["verdict"]}


def _card(desk: Desk, state: State) -> Card:
    request, tables = made(Request, state["request"]), made(Profile, state["profile"]).tables
    out, verdict = desk.folder / request.out, desk.verdict(state)
    assert verdict is not None
    return Card(
        state["text"],
        verdict,
        tuple(state.get("assumptions", ())),
        tuple(state.get("unread", ())),
        tuple(each for each in state.get("repairs", ()) if each),
        request.out,
        out.read_text(encoding="utf-8") if out.is_file() else None,
        tables[0].rows if tables else None,
        _tried(desk, state, state["text"]),
        desk.thinker.thought if desk.thinker else None,
        tuple(state.get("serving", ())),
    )


def write(desk: Desk, state: State) -> State:
    """Write the recipe, with what was found out about it at its head; a file that holds just that stays as it is."""
    file = certified(state["text"], made(Verdict, state["verdict"]))
    asked = Path(state["request"]["out"])
    out = next_free(desk.folder / asked, file) if desk.beside else desk.folder / asked
    _place(desk, state).write(state["text"], _made(state))
    replaced_in(out, file)
    return {"written": str(asked.with_name(out.name))}


def report(desk: Desk, state: State) -> State:
    """Say how it ended."""
    if state.get("exit_code"):
        return {"exit_code": state["exit_code"]}
    if state.get("decision") == "reject":
        return {"exit_code": UNMET}
    return {"exit_code": _code(state, made(Verdict, state["verdict"]))}


def reached(state: State, node: str) -> bool:
    """Tell whether the recipe reached the level of a node, or could not for a reason that no repair helps."""
    verdict = made(Verdict, state["verdict"])
    wanted = LEVELS.index(_LEVEL[node])
    return LEVELS.index(verdict.level) >= wanted or (node == "sample" and not verdict.errors)


def _verify(desk: Desk, state: State, node: str) -> State:
    """Try the recipe up to a node's level, unless it was tried further already."""
    text, level = state["text"], _LEVEL[node]
    further = LEVELS.index(desk.looked.get(text, "draft")) >= LEVELS.index(level)
    return {"verdict": plain(_masked(desk.seen[text] if further else look(desk, state, text, level)))}


def look(desk: Desk, state: State, text: str, level: Level) -> Verdict:
    """Return the verdict on a text up to a level; samples have of the budget what planning has left."""
    request, thinker = made(Request, state["request"]), desk.thinker
    left = max(request.usd - (thinker.spent if thinker else 0.0), _LEAST)
    verdict = verify(
        _tried(desk, state, text),
        home_of(desk.folder, request.out),
        desk.scratch,
        upto=level,
        sampling=Sampling(rows=request.sample, usd=left, runs=desk.runs, transport=desk.transport),
        asked=_asked(state),
    )
    if thinker:
        thinker.elsewhere = max(thinker.elsewhere, verdict.usd or 0.0)
    if LEVELS.index(level) >= LEVELS.index(desk.looked.get(text, "draft")):
        desk.seen[text], desk.looked[text] = verdict, level
    return verdict


def case_of(desk: Desk, state: State) -> Case:
    """Return what a session is about, for its model."""
    return Case(made(Request, state["request"]), made(Profile, state["profile"]), desk.folder)


def _served(state: State) -> tuple[Served, ...]:
    return made(tuple[Served, ...], state.get("served", ()))


def written_for(desk: Desk, request: Request, found: Plan) -> str:
    """Return the text of a plan, its files named as they lie from the recipe."""
    recipe = with_models(found.recipe, request.model) if request.model else found.recipe
    found = replace(found, recipe=placed(recipe, _names(desk, request)))
    return written(found, named(request.text), request.text)


def _names(desk: Desk, request: Request) -> dict[str, str]:
    names = [*request.data, *([request.database] if request.database else [])]
    return seen_from(home_of(desk.folder, request.out), desk.folder, names)


def _tried(desk: Desk, state: State, text: str) -> str:
    """Return a recipe's text as it can be run before it is accepted: its new files lie in the scratch folder."""
    return _place(desk, state).tried(text, _made(state))


def _made(state: State) -> tuple[Made, ...]:
    return made(tuple[Made, ...], state.get("made", ()))


def _place(desk: Desk, state: State) -> Place:
    return Place(home_of(desk.folder, Path(state["request"]["out"])), desk.scratch)


def _masked(verdict: Verdict) -> Verdict:
    """Return a verdict as it may be stored: of its rows no more than a profile gives, personal data masked."""
    return replace(
        verdict,
        issues=tuple(replace(each, rows=tuple(map(shown, each.rows))) for each in verdict.issues),
        before=tuple(map(shown, verdict.before)),
        after=tuple(map(shown, verdict.after)),
    )


def _asked(state: State) -> Asked:
    """Return what the request says about how much may be left, and in which language."""
    spec = made(Spec, state["spec"])
    skills = {wish.skill for wish in spec.wanted}
    language = next(
        (str(wish.options["language"]) for wish in spec.wanted if wish.options.get("write") == "translation"), ""
    )
    narrowing = skills & {
        "choosing",
        "groups",
        "conditions",
        "categories",
        "languages",
        "lengths",
        "duplicates",
        "privacy",
        "quality",
        "judging",
        "joining",
        "sql",
    }
    short = any(wish.options.get("write") in ("label", "extract") for wish in spec.wanted)
    return Asked(any_share=bool(narrowing), repeats=short, same_score=True, language=language)


def _code(state: State, verdict: Verdict) -> int:
    """Return 0 only when all that was asked was understood, and all that can be measured here holds."""
    if any(each.code == "budget" for each in verdict.issues):
        return STOPPED
    if verdict.level in ("draft", "static") or verdict.errors or verdict.unmet or state.get("unread"):
        return UNMET
    return VERIFIED


def key(request: Request, folder: Path) -> str:
    """Return what tells sessions apart: the request, the files as they are, and where they lie."""
    said: list[Any] = [plain(request), str(folder.resolve())]
    for name in (*request.data, *([request.database] if request.database else [])):
        path = folder / name
        said.append((name, path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else name)
    return hashlib.blake2b(repr(said).encode(), digest_size=12).hexdigest()


__all__ = ["STOPPED", "UNCLEAR", "WRONG", "Card", "Desk", "desk", "key"]
