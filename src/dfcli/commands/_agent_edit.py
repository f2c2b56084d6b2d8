"""`dfcli agent --edit` and `--fix`: a recipe that is there is changed, after its changes were shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from dfcli.agent import nodes
from dfcli.agent.card import planned_steps
from dfcli.agent.certificate import certificate
from dfcli.agent.diff import semantic, unified
from dfcli.agent.places import replaced_in
from dfcli.agent.review import recertified
from dfcli.agent.sample import Sampling
from dfcli.agent.session import UNMET, Outcome, Request
from dfcli.agent.verdict import Verdict
from dfcli.agent.verify import verify
from dfcli.commands._agent import Asked, answer
from dfcli.commands._plan_card import Shown, as_data
from dfcli.commands._progress import show
from dfcli.commands._reviewing import consented, print_changes, print_unified
from dfcli.commands._text import console
from dfcli.errors import Interrupted, UsageError
from dfcli.runtime.wording import printable

Edit = Callable[[Request, Path, Path], Outcome]
"""What edits a recipe: the request, the recipe's file, the working folder → the new text and the verdict on it."""

Fix = Callable[[Request, Path, Path, Path], Outcome]
"""What repairs one: the request, the recipe's file, the run's folder, the working folder → the same."""


@dataclass(frozen=True)
class Change:
    """A recipe's file, its text and the verdict on it before, and what became of both."""

    file: Path
    before: str
    was: Verdict
    outcome: Outcome
    target: Path

    @property
    def differs(self) -> bool:
        """Whether there is anything to be written."""
        return self.outcome.recipe is not None and self.outcome.recipe != self.before


def edited(recipe: Path, asked: Asked, edit: Edit | None = None) -> int:
    """Change a recipe as a request says, and return the exit code; it is written with consent alone."""
    edit = edit or import_module("dfcli.agent.editing").edit
    target = _target(recipe, asked)
    request = _request(asked, target)
    return _offered(recipe, target, request, asked, lambda: edit(request, recipe, Path()))


def fixed(run: str, runs: Path, asked: Asked, fix: Fix | None = None) -> int:
    """Repair the recipe of a run, and return the exit code; it is written with consent alone."""
    from dfcli.runtime import rundir

    fix = fix or import_module("dfcli.agent.fixing").fix
    folder = rundir.find(runs, run).path
    recipe = recipe_of(folder, Path(), asked.out)
    target = _target(recipe, asked)
    request = _request(asked, target)
    return _offered(recipe, target, request, asked, lambda: fix(request, recipe, folder, Path()))


def recipe_of(run: Path, folder: Path, out: Path | None) -> Path:
    """Return the recipe that a run was one of: the file in a folder, or one below, that says what the run's copy says.

    UsageError where there is none, or the run has no copy.
    """
    copy = run / "recipe.yaml"
    if not copy.is_file():
        raise UsageError(f"{run} has no recipe.yaml: it does not say what was run")
    text = copy.read_bytes()
    places = [folder, *(each for each in folder.iterdir() if each.is_dir() and each.name != "runs")]
    files = [each for place in places for each in sorted(place.glob("*.y*ml")) if each.read_bytes() == text]
    if not files:
        raise UsageError(
            f"no file here says what {copy} says, so the recipe of that run was changed or is elsewhere; "
            f"to change the copy's text, copy it beside its data and use --edit"
        )
    return files[0]


def _target(recipe: Path, asked: Asked) -> Path:
    """Return the file that is to be written; UsageError where it may not be."""
    if not recipe.is_file():
        raise UsageError(f"{recipe}: there is no such recipe file")
    target = asked.out or recipe
    if target.resolve().parent != recipe.resolve().parent:
        raise UsageError(f"--out {target}: paths in {recipe} are relative to its folder, so it is to lie beside it")
    if target.exists() and not (asked.talks or asked.yes):
        raise UsageError(f"{target} would be replaced: say --yes, or name another file with --out")
    return target


def _request(asked: Asked, target: Path) -> Request:
    return Request(asked.text, asked.data, asked.database, target, asked.served, asked.usd, asked.sample, asked.yes)


def _offered(recipe: Path, target: Path, request: Request, asked: Asked, work: Callable[[], Outcome]) -> int:
    """Show what an agent would change, write it where that is wanted, and return the exit code."""
    before = recipe.read_text(encoding="utf-8")
    scratch = Path("runs") / "agent" / nodes.key(request, Path())
    try:
        was = verify(before, recipe.parent, scratch, sampling=Sampling(request.sample, request.usd, Path("runs")))
        change = Change(recipe, before, was, _recertified(work()), target)
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted(f"interrupted; {recipe} is as it was") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    wanted = change.differs and (asked.as_json or _wanted(change, asked))
    if wanted:
        replaced_in(target, change.outcome.recipe or "")
        change = replace(change, outcome=replace(change.outcome, written=target))
    _told(change, asked, console())
    rejected = change.differs and not wanted
    return UNMET if rejected and not change.outcome.exit_code else change.outcome.exit_code


def _recertified(outcome: Outcome) -> Outcome:
    """Return an outcome whose recipe says at its head what was found out about it as it is now."""
    if outcome.recipe is None or outcome.verdict is None:
        return outcome
    return replace(outcome, recipe=recertified(outcome.recipe, outcome.verdict))


def _wanted(change: Change, asked: Asked) -> bool:
    screen = console()
    show(_lines(change), screen)
    if asked.talks and change.target.exists():
        assert change.outcome.recipe is not None
        name, old = str(change.target), change.target.read_text(encoding="utf-8")
        return consented(old, change.outcome.recipe, name, screen, _asking)
    print_changes(semantic(change.before, change.outcome.recipe or ""), screen)
    print_unified(unified(change.before, change.outcome.recipe or ""), screen)
    return True


def _asking(question: str) -> str:
    """Put a question; nobody there is a no."""
    try:
        return answer(question)
    except EOFError:
        return ""


def _lines(change: Change) -> Iterator[RenderableType]:
    """Yield the verdicts before and after."""
    for title, text, verdict in (
        ("before", change.before, change.was),
        ("after", change.outcome.recipe or "", change.outcome.verdict),
    ):
        if verdict is not None:
            yield Text(title, "bold")
            said = certificate(verdict, asks="\nmodels:" in text)
            yield from (Text(f"  {line.removeprefix('# ')}") for line in said)
    yield from (Text(printable(f"not understood: {each}"), "yellow") for each in change.outcome.unread)


def _told(change: Change, asked: Asked, screen: Console) -> None:
    """Say how it ended."""
    outcome = change.outcome
    if asked.as_json:
        shown = None
        if outcome.recipe is not None and outcome.verdict is not None:
            shown = Shown(outcome.recipe, outcome.verdict, planned_steps(outcome.recipe, outcome.verdict))
        changes = semantic(change.before, outcome.recipe) if outcome.recipe is not None else []
        data = as_data(outcome, shown) | {"changes": changes, "level_before": change.was.level}
        typer.echo(json.dumps(data, ensure_ascii=False, default=str))
        return
    show((Text(printable(each)) for each in _said(change)), screen)


def _said(change: Change) -> Iterator[str]:
    outcome = change.outcome
    if outcome.refusal:
        yield f"refused: {outcome.refusal}"
    yield from (f"question: {each}" for each in outcome.questions)
    if outcome.written is not None:
        yield f"written: {outcome.written}"
    elif change.differs:
        yield f"{change.target} is as it was."
    else:
        yield "Nothing was changed."
