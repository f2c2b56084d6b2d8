"""`dfcli trace`: one row's way through a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfcli.commands._parameters import RUNS, AsJson, Runs
from dfcli.commands.runs import RunName

if TYPE_CHECKING:
    from dfcli.runtime.ledger import Trace


def trace(
    name: RunName,
    row: Annotated[
        str,
        typer.Argument(metavar="ROW", help="A row's id, or @5 for the fifth row of the result.", show_default=False),
    ],
    runs: Runs = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show a row's way through a run, with prompts and replies.

    A row of the input has its number as its id, the second row made from it is 17.2, and 17.2+ once it has gone on
    for the others.

    \b
    Examples:
      dfcli trace text2sql @1
      dfcli trace text2sql 17.2
    """
    from dfcli.runtime import ledger, rundir

    run = rundir.find(runs, name)
    stops = ledger.trace(run, row, run.path.parent / "replies.sqlite")
    if as_json:
        typer.echo(json.dumps([_described(stop) for stop in stops], ensure_ascii=False, indent=1, default=str))
        return
    for text in _page(stops):
        typer.echo(text)


def _page(stops: list[Trace]) -> Iterator[str]:
    """Yield each stop: what the step changed, what a model was asked there, and what it said."""
    from dfcli.runtime.wording import printable

    before: dict[str, Any] = {}
    for stop in stops:
        reason = f": {stop.reason}" if stop.reason else ""
        yield printable(f"{stop.number}. {stop.label}  row {stop.row}  {stop.fate}{reason}")
        for role, text in _conversation(stop):
            yield _indented(f"{role}:", printable(text))
        changed = {key: value for key, value in stop.values.items() if key not in before or before[key] != value}
        for key, value in changed.items():
            yield _indented(f"{printable(key)} =", printable(value if isinstance(value, str) else _dumped(value)))
        before = dict(stop.values)
        yield ""


def _conversation(stop: Trace) -> list[tuple[str, str]]:
    """Return who said what to whom at a stop; nothing where no model was asked."""
    if stop.reply is None:
        return []
    request = json.loads(stop.reply.request) if stop.reply.request else {"messages": []}
    said = [(each["role"], each["content"]) for each in request["messages"]]
    return [*said, (f"reply of {request.get('model') or stop.reply.model}", stop.reply.text or stop.reply.why)]


def _indented(title: str, text: str) -> str:
    first, *more = text.splitlines() or [""]
    if not more:
        return f"   {title} {first}"
    return "\n".join([f"   {title}", *(f"     {line}" for line in (first, *more))])


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _described(stop: Trace) -> dict[str, Any]:
    plain = {name: value for name, value in vars(stop).items() if name != "reply"}
    return plain | {"messages": [{"from": role, "text": text} for role, text in _conversation(stop)]}
