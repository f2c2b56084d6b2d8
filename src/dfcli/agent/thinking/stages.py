"""What the model adds to a session: at reading, at planning, at repair; a session without one goes the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dfcli.agent.planner import Plan
from dfcli.agent.profile import Profile, examples
from dfcli.agent.repair import Repaired, repair
from dfcli.agent.session import Request
from dfcli.agent.spec import Spec
from dfcli.agent.thinking import intent
from dfcli.agent.thinking.asking import Matter, wrong
from dfcli.agent.thinking.intent import Understood
from dfcli.agent.thinking.mending import Mender
from dfcli.agent.thinking.names import Names
from dfcli.agent.thinking.planning import Rival, Served, Tried, is_settled, keeps, rival
from dfcli.agent.thinking.telling import may_show, told
from dfcli.agent.thinking.thinker import Thinker
from dfcli.agent.verdict import LEVELS, Level, Verdict
from dfcli.errors import StepError

Look = Callable[[str, Level], Verdict]
"""Tries a recipe's text up to a level."""

IDLE = 2
"""Rounds in which a model may propose edits before something must have helped."""


@dataclass(frozen=True)
class Case:
    """What a session is about: the request, the data it names, and the folder that their paths are relative to."""

    request: Request
    profile: Profile
    folder: Path

    def rows(self, thinker: Thinker | None) -> dict[str, tuple[Mapping[str, Any], ...]]:
        """Return the rows of each file that a model may be told: none where they hold orders, or nobody wants it."""
        if thinker is not None and not thinker.samples:
            return {}
        paths = [each.path for each in self.profile.tables if may_show(each)]
        return examples(paths, self.folder)

    def matter(self, thinker: Thinker) -> Matter:
        """Return what all questions are about, its files by their short names."""
        short = {real: name for name, real in thinker.names.real.items()}
        rows = {short.get(path, path): found for path, found in self.rows(thinker).items()}
        tables = tuple(replace(each, path=short.get(each.path, each.path)) for each in self.profile.tables)
        base = self.profile.database
        database = replace(base, url=short.get(self.request.database or "", "database")) if base else None
        return Matter(self.request.text, tuple(told(Profile(tables, database), rows)))


@dataclass(frozen=True)
class Chosen:
    """The better of two recipes: `served` says what a model's steps are for, `said` what whoever reviews must know."""

    text: str
    unread: tuple[str, ...]
    by_model: bool = False
    served: tuple[Served, ...] = ()
    said: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    rounds: int = 0


def understand(thinker: Thinker, case: Case, spec: Spec) -> Understood:
    """Return a spec with what the model understood of its unread parts; as it was where the model cannot be asked."""
    if not intent.parts_of(spec):
        return Understood(spec)
    try:
        return intent.interpret(thinker, spec, case.profile, case.matter(thinker))
    except StepError:  # it is told with what was used
        return Understood(spec)


def choose(  # noqa: PLR0913  what a choice goes by
    thinker: Thinker,
    case: Case,
    spec: Spec,
    offline: Plan,
    text: str,
    write: Callable[[Plan], str],
    look: Look,
    found: Sequence[str] = (),
) -> Chosen:
    """Return the better of the recipe that rules planned and the one that the model plans beside it.

    The model is asked only where its plan could be the better one. `write` gives the text of a plan; `found` are
    operators that may serve what is unread.
    """
    unread = spec.unread if spec.wanted else intent.parts_of(spec)
    first = Tried(text, look(text, "sample"), len(unread))
    same = Chosen(text, spec.unread)
    if is_settled(first):
        return same
    try:
        matter = case.matter(thinker)
        other = rival(thinker, matter, spec, offline, unread, thinker.names, wrong(first.verdict, text), found)
        if other.plan is None:
            return replace(same, said=(f"{other.why_not}, so rules alone planned",))
        mender = Mender(thinker, matter, thinker.names)
        return _better(first, same, other, offline, write(other.plan), look, mender)
    except StepError:
        return same


def mended(  # noqa: PLR0913  what a repair goes by
    thinker: Thinker | None,
    case: Case,
    text: str,
    look: Look,
    rounds: int,
    names: Mapping[str, str],
    upto: Level,
) -> Repaired:
    """Return what rules can mend of a recipe, and then a model; `names` are files as recipes have them.

    Where a model could mend it, what only real rows show is looked at on real rows: `upto` is the level that counts.
    """
    columns = [each.name for each in case.profile.tables[0].columns] if case.profile.tables else []
    if thinker is None:
        return repair(text, lambda each: look(each, "mock"), rounds=1, columns=columns)
    known = Names({short: names.get(real, real) for short, real in thinker.names.real.items()})
    mender = Mender(thinker, case.matter(thinker), known)
    return repair(
        text, lambda each: look(each, upto), propose=mender, rounds=max(min(IDLE, rounds), 1), columns=columns
    )


def lost(served: Sequence[Served], text: str) -> Iterator[str]:
    """Yield the parts of a request whose steps are not in a text any more."""
    yield from (each.words for each in served if not each.read and each.steps and not each.holds(text))


def _better(  # noqa: PLR0913  what is compared, and with what it is tried
    first: Tried, same: Chosen, other: Rival, offline: Plan, text: str, look: Look, mender: Mender
) -> Chosen:
    if other.invents:  # what the model meant, it knows better than a likeness of names
        text = mender.edited(text, look(text, "static"))
    found = repair(text, lambda each: look(each, "mock"), propose=mender)
    text, served = other.finished(found.text, mender.given)
    left = [each for each in served if not each.steps]
    rough = Tried(text, found.verdict, len(left))
    if not keeps(first, offline, text) or not _may_win(rough, first):
        return same
    second = replace(rough, verdict=look(text, "sample"))
    if not second.beats(first):
        return same
    return Chosen(
        text,
        tuple(each.words for each in left if not each.read) + tuple(each.words for each in left if each.read),
        True,
        served,
        tuple(_said(served, left)),
        found.steps,
        found.rounds,
    )


def _may_win(rough: Tried, first: Tried) -> bool:
    """Tell whether a recipe that was tried on the offline model alone may be the better one on real rows."""
    level = min(LEVELS.index(first.verdict.level), LEVELS.index("mock"))
    return rough.unserved <= first.unserved and LEVELS.index(rough.verdict.level) >= level


def _said(served: Sequence[Served], left: Sequence[Served]) -> Iterator[str]:
    yield "the steps were planned by the model, since its recipe did better than the one planned by rules"
    for each in served:
        if not each.read and each not in left:
            yield f"understood by the model: “{each.words}” is done by {', '.join(id for id, _ in each.steps)}"
