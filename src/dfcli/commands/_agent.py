"""What `dfcli agent` does with its arguments: the request, the work, the questions, and what is printed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from dfcli.agent import nodes, session
from dfcli.agent.card import estimated, planned_steps
from dfcli.agent.mentions import mentioned
from dfcli.agent.places import home_of
from dfcli.agent.review import Card
from dfcli.agent.session import REFUSED, Outcome, Request
from dfcli.commands._plan_card import Shown, as_data, print_card
from dfcli.commands._progress import show
from dfcli.commands._reviewing import Reviewer
from dfcli.commands._text import console
from dfcli.errors import UsageError
from dfcli.runtime.wording import printable

OUT = Path("recipe.yaml")

ROUNDS = 3
"""How often questions are put, each time with the answers so far."""

_DOING = {
    "profile": "looking at the data",
    "read": "reading the request",
    "interpret": "reading the request with the model",
    "retrieve": "looking for operators",
    "plan": "planning",
    "think": "planning with the model",
    "synthesise": "making what is missing",
    "check": "checking the recipe",
    "mock": "running it on the offline model",
    "sample": "running it on rows of the data",
    "repair": "mending it",
}


@dataclass(frozen=True)
class Asked:
    """The arguments of the command."""

    text: str
    data: tuple[str, ...] = ()
    database: str | None = None
    out: Path | None = None
    model: str | None = None
    usd: float = 0.5
    sample: int = 20
    offline: bool = False
    yes: bool = False
    as_json: bool = False
    samples: bool = True

    @property
    def served(self) -> str | None:
        """The model that is asked, None for rules alone."""
        if self.offline and self.model:
            raise UsageError("--offline asks no model; leave out --model or --offline")
        return None if self.offline else self.model or os.environ.get("DFCLI_MODEL") or None

    @property
    def talks(self) -> bool:
        """Whether somebody is there to be asked."""
        return not self.yes and not self.as_json and sys.stdin.isatty() and sys.stdout.isatty()


def worked(asked: Asked) -> int:
    """Do what was asked, print what came of it, and return the exit code."""
    folder, screen = Path(), console()
    request = _request(asked, folder)
    for _ in range(ROUNDS):
        outcome = _outcome(request, folder, asked, screen)
        if not (asked.talks and outcome.questions):
            break
        answers = _answers(outcome.questions)
        if not answers:
            break
        request = _request(replace(asked, text=" ".join([request.text, *answers])), folder)
    if asked.as_json:
        shown = _shown_of(outcome, request, folder)
        typer.echo(json.dumps(as_data(outcome, shown), ensure_ascii=False, default=str))
    else:
        _report(outcome, request, screen)
    return outcome.exit_code


def evaluated(family: str | None, level: str | None, *, as_json: bool) -> int:
    """Run the evaluation suite or a part of it, print its report, and return 1 when a task failed."""
    from dfcli.agent.evaluation.report import figures, report
    from dfcli.agent.evaluation.suite import Part, evaluate

    results = list(evaluate(Part(family=family, level=level), session.work, twice=True))
    typer.echo(json.dumps(figures(results), indent=2, ensure_ascii=False) if as_json else report(results))
    return 0 if all(each.passed for each in results) else 1


def progress(screen: Console) -> tuple[Callable[[str], None], Callable[[], None]]:
    """Return what says which node begins, and what ends that: in a terminal a line that moves, else lines that stay."""
    if not screen.is_terminal:
        return lambda node: screen.print(Text(f"{_DOING[node]} …")) if node in _DOING else None, lambda: None
    status = screen.status("")

    def watch(node: str) -> None:
        if node not in _DOING:
            status.stop()
            return
        status.update(f"{_DOING[node]} …")
        status.start()

    return watch, status.stop


def answer(question: str) -> str:
    """Put a question to whoever sits at the terminal; EOFError when nobody will answer."""
    return input(question)


def changed(text: str, scratch: Path) -> str | None:
    """Return a text as somebody changed it in their editor, from a file in a scratch folder; None when they did not."""
    scratch.mkdir(parents=True, exist_ok=True)
    file = scratch / "edited.yaml"
    file.write_text(text, encoding="utf-8")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        failed = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode
    except OSError as error:
        raise UsageError(f"the editor {editor} cannot be started; set EDITOR to one that is there") from error
    if failed:
        raise UsageError(f"the editor {editor} ended with {failed}; the recipe stays as it was")
    found = file.read_text(encoding="utf-8")
    return None if found == text else found


def _request(asked: Asked, folder: Path) -> Request:
    """Return the request; UsageError where --out would take the place of something that is no recipe of theirs."""
    found = mentioned(asked.text, folder)
    data = asked.data or found.data
    if asked.database is None and len(found.databases) > 1:
        raise UsageError(f"the request names {' and '.join(found.databases)}; say which is meant with --database")
    database = asked.database or next(iter(found.databases), None)
    out = asked.out or OUT
    _check_out(out, data, database)
    if (folder / out).exists() and not (asked.talks or asked.yes):
        raise UsageError(f"{out} is there already: name another file with --out, or say --yes")
    return Request(
        asked.text,
        data,
        database,
        out,
        asked.served,
        asked.usd,
        asked.sample,
        yes=asked.yes or asked.as_json,
        samples=asked.samples,
    )


def _check_out(out: Path, data: tuple[str, ...], database: str | None) -> None:
    if out.suffix not in (".yaml", ".yml"):
        raise UsageError(f"--out {out}: a recipe's name ends in .yaml")
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder; name a file in it")
    if any(out.resolve() == Path(each).resolve() for each in (*data, *([database] if database else []))):
        raise UsageError(f"--out {out} is the data itself; name another file")


def _outcome(request: Request, folder: Path, asked: Asked, screen: Console) -> Outcome:
    watch, stop = progress(Console(stderr=True, highlight=False, markup=False))

    def display(card: Card) -> None:
        if not asked.as_json:
            print_card(_shown(card, folder), screen)

    def accept(card: Card) -> str:
        display(card)
        return "accept"

    desk = nodes.desk(request, folder, accept, beside=asked.yes and asked.out is None)
    if asked.talks:
        desk = replace(desk, review=Reviewer(screen, display, answer, lambda text: changed(text, desk.scratch)))
    try:
        return session.work(request, folder, replace(desk, watch=watch))
    finally:
        stop()


def _shown(card: Card, folder: Path) -> Shown:
    steps = planned_steps(card.text, card.verdict, card.rows)
    estimate = estimated(card.tried or card.text, home_of(folder, card.out), folder / "runs")
    remarks = (card.assumptions, card.unread, card.repairs, card.thought, card.serving)
    return Shown(card.text, card.verdict, steps, estimate, *remarks)


def _shown_of(outcome: Outcome, request: Request, folder: Path) -> Shown | None:
    if outcome.recipe is None or outcome.verdict is None:
        return None
    card = Card(
        outcome.recipe, outcome.verdict, outcome.assumptions, outcome.unread, (), request.out, serving=outcome.serving
    )
    return _shown(card, folder)


def _answers(questions: tuple[str, ...]) -> list[str]:
    """Return what was answered; a question that gets none ends it."""
    found = []
    for each in questions:
        try:
            said = answer(f"{printable(each)}\n> ").strip()
        except EOFError:
            return []
        if said:
            found.append(said)
    return found


def _report(outcome: Outcome, request: Request, screen: Console) -> None:
    show((Text(printable(each)) for each in _said(outcome, request)), screen)


def _said(outcome: Outcome, request: Request) -> Iterator[str]:
    """Yield how it ended, in sentences."""
    if outcome.refusal:
        yield f"refused: {outcome.refusal}" if outcome.exit_code == REFUSED else outcome.refusal
    yield from (f"question: {each}" for each in outcome.questions)
    if outcome.questions:
        yield "Nothing was written: put the answers into the request, and run it again."
    elif outcome.written is None:
        yield "Nothing was written."
    else:
        if outcome.written != request.out:
            yield f"{request.out} is there already and stays as it is."
        yield f"written: {outcome.written}; to run it: dfcli run {shlex.quote(str(outcome.written))}"
