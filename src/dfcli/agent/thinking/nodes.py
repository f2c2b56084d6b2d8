"""The nodes that a session has besides where a model plans: it interprets the request, and thinks of a second plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dfcli.agent.nodes import Desk, case_of, look, written_for
from dfcli.agent.places import home_of
from dfcli.agent.planner import plan as planned
from dfcli.agent.session import STOPPED, UNCLEAR, Request
from dfcli.agent.spec import Spec
from dfcli.agent.state import State, made, plain
from dfcli.agent.thinking import stages
from dfcli.agent.thinking.bounds import Bounds
from dfcli.agent.thinking.making import maker
from dfcli.agent.thinking.names import names_of
from dfcli.agent.thinking.thinker import Thinker, unable


def with_thinker(desk: Desk, request: Request) -> Desk:
    """Return a desk with the model that plans and makes, where the request names one that can be asked here."""
    if desk.thinker is not None or request.model is None:
        return desk
    why = unable(request.model, desk.transport)
    if why is not None:
        desk.notes.extend([why] if why else [])
        return desk
    home = home_of(desk.folder, request.out)
    names = names_of(request.data, request.database, (desk.scratch, desk.runs, home, desk.folder, Path.home()))
    thinker = Thinker(
        request.model,
        Bounds(usd=request.usd),
        names,
        desk.runs / "replies.sqlite",
        desk.scratch / "thinking.json",
        desk.transport,
        samples=request.samples,
    )
    return replace(desk, thinker=thinker, make=desk.make or maker(thinker, desk.scratch))


def interpret(desk: Desk, state: State) -> State:
    """Have the model say in other words what was not understood."""
    assert desk.thinker is not None
    found = stages.understand(desk.thinker, case_of(desk, state), made(Spec, state["spec"]))
    return {"spec": plain(found.spec), "unread": list(found.spec.unread), "understood": list(found.sentences)}


def think(desk: Desk, state: State) -> State:
    """Have the model plan as well, where its plan could be the better one, and take the better of the two."""
    assert desk.thinker is not None
    request, spec = made(Request, state["request"]), made(Spec, state["spec"])
    case = case_of(desk, state)
    offline = planned(spec, case.profile, database=request.database, model=request.model)
    offline = replace(offline, assumptions=(*state.get("understood", ()), *offline.assumptions))
    chosen = stages.choose(
        desk.thinker,
        case,
        spec,
        offline,
        state["text"],
        lambda plan: written_for(desk, request, plan),
        lambda text, level: look(desk, state, text, level),
        state.get("cards", ()),
    )
    can_make = desk.make is not None and bool(spec.unread) and not desk.thinker.stopped
    if not spec.wanted and not chosen.by_model and not can_make:
        return {"text": "", **_helpless(desk.thinker)}
    found: State = {
        "text": chosen.text,
        "unread": list(chosen.unread),
        "assumptions": [*state.get("assumptions", ()), *chosen.said],
        "served": plain(chosen.served),
        "repairs": [*state.get("repairs", ()), *chosen.repairs],
        "rounds": state.get("rounds", 0) + chosen.rounds,
    }
    return {**found, "valid_at_once": False} if chosen.repairs else found


def _helpless(thinker: Thinker) -> State:
    """Return that nothing could be planned: for what kept the model from it, or because nobody understood anything."""
    if thinker.stopped:
        return {"questions": [], "refusal": f"nothing could be planned: {thinker.stopped}", "exit_code": STOPPED}
    question = "What shall be done with the data? Nothing in the request was understood."
    return {"questions": [question], "exit_code": UNCLEAR}
