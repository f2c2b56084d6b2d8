"""What the agent is asked for, and what comes of it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dfcli.agent.thinking.bounds import Thought
from dfcli.agent.verdict import Verdict
from dfcli.errors import DfcliError, Interrupted, UsageError

if TYPE_CHECKING:
    from dfcli.agent.nodes import Desk

VERIFIED, UNMET, WRONG, LACKING, STOPPED, UNCLEAR, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
"""Exit codes: verified as far as was asked; written, but something is unmet; usage; environment; budget or limits;
questions must be answered first; refused as unsafe; interrupted."""


@dataclass(frozen=True)
class Request:
    """A wish in words, and what it is about.

    `data` are data files, the first of them the rows to work on; `database` a URL or path. `out` is the recipe file to
    be written. Without `model` (a litellm name, or `dfcli/echo`) the agent plans by rules alone. `usd` bounds what
    planning and sample runs may cost, `sample` is the number of rows that the real model sees. With `yes` nobody is
    asked: the defaults stand, and are told as assumptions. Without `samples` no row is told to the model that plans.
    """

    text: str
    data: tuple[str, ...] = ()
    database: str | None = None
    out: Path = Path("recipe.yaml")
    model: str | None = None
    usd: float = 0.5
    sample: int = 20
    yes: bool = False
    samples: bool = True


@dataclass(frozen=True)
class Outcome:
    """What the agent did: `recipe` is the text it wrote, None where it wrote none.

    `unread` are the words of the request that it did not understand, `questions` what it must know first, `assumptions`
    what it took for granted, `refusal` why it will not, or cannot, do it. `valid_at_once` says that the first recipe
    passed the check without repair. The file is there only when `written` names it. `thought` is what was used of the
    model that plans, None where none was asked. `serving` names operators, templates and recipes that may serve what is
    unread.
    """

    exit_code: int
    recipe: str | None = None
    written: Path | None = None
    verdict: Verdict | None = None
    unread: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    refusal: str = ""
    valid_at_once: bool = False
    thought: Thought | None = None
    serving: tuple[str, ...] = ()


def work(request: Request, folder: Path, desk: Desk | None = None) -> Outcome:
    """Return what becomes of a request, paths in it being relative to `folder`.

    Run again after an interruption it goes on where it stopped. Nothing is written but the recipe and the agent's own
    files below `runs`. DfcliError when the data cannot be read, UsageError when a key or password stands in the
    request, Interrupted on Ctrl-C.
    """
    from dfcli.agent import graph, nodes
    from dfcli.agent.places import home_of, standing
    from dfcli.agent.state import State, plain
    from dfcli.agent.thinking.nodes import with_thinker

    _guard(request)
    desk = with_thinker(desk or nodes.desk(request, folder, lambda card: "accept"), request)
    state: State = {"request": plain(request)}
    try:
        file = desk.runs / "agent" / "sessions.sqlite"
        with standing(home_of(folder, request.out)):
            for _, found in graph.run(desk, state, file, nodes.key(request, folder)):
                state = {**state, **(found or {})}
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted("interrupted; the same command, run again, goes on from here") from None
    except DfcliError as error:
        error.__notes__ = []  # LangGraph's, which name its tasks
        raise
    shutil.rmtree(desk.scratch, ignore_errors=True)
    return Outcome(
        state["exit_code"],
        state.get("text") or None,
        Path(state["written"]) if state.get("written") else None,
        desk.verdict(state),
        tuple(state.get("unread", ())),
        tuple(state.get("questions", ())),
        tuple(state.get("assumptions", ())),
        state.get("refusal", ""),
        state.get("valid_at_once", False),
        desk.thinker.thought if desk.thinker else None,
        tuple(state.get("serving", ())) if state.get("unread") else (),
    )


LONGEST = 4000
"""Characters of a request at most."""


def _guard(request: Request) -> None:
    """Refuse a request that is no sentence, or holds a key or a password: those would stand in files."""
    from dfcli.ops.database import literal_password
    from dfcli.recipes.secrets import holds_key

    if len(request.text) > LONGEST:
        raise UsageError(
            f"the request has {len(request.text):,} characters, more than {LONGEST:,}; say what is wanted, and hand in "
            "data by --data"
        )
    if holds_key(request.text):
        raise UsageError("the request holds what looks like a key; leave it out, keys come from the environment")
    for each in re.findall(r"\w+://[^\s\"'`]+", f"{request.text} {request.database or ''}"):
        if literal_password(each):
            raise UsageError(
                "the request holds a password; write $NAME in its place, as in postgresql://me:$NAME@host/shop, and "
                "set NAME in the environment"
            )
