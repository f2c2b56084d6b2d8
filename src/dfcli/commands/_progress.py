"""A run as it is shown: moving lines in a terminal, lines that stay elsewhere, or events as JSON; then the summary."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

import typer
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from dfcli.commands._moving import Seen, in_all, moving
from dfcli.commands._waterfall import all_reused, waterfall
from dfcli.runtime.events import Event, Noted, RunDone, RunStarted, StepDone, StepReport
from dfcli.runtime.rundir import REPORT
from dfcli.runtime.wording import asked, cost, duration, per_row, plural, printable


def as_json(events: Iterable[Event]) -> int:
    """Print one JSON object per event on stdout, and notes also on stderr; return the exit code."""
    from dfcli.runtime.rundir import describe

    code = 0
    for event in events:
        typer.echo(json.dumps(describe(event), ensure_ascii=False))
        if isinstance(event, Noted):
            typer.echo(f"note: {printable(event.sentence)}", err=True)
        if isinstance(event, RunDone):
            code = event.exit_code
    return code


def watch(events: Iterable[Event], console: Console) -> RunDone:
    """Show a run as it happens, then what came of it; return its last event."""
    seen = Seen()
    (_in_place if console.is_terminal else _line_by_line)(events, seen, console)
    assert seen.done is not None
    show(summary(seen.done, {str(each.check): each.found for each in seen.checks}), console)
    return seen.done


def follow(events: Iterable[Event], console: Console) -> RunDone:
    """Show in a terminal how far a run is, and leave nothing on it; return the run's last event."""
    seen = Seen()
    if console.is_terminal:
        _in_place(events, seen, console)
    else:
        for event in events:
            seen.take(event)
    assert seen.done is not None
    return seen.done


def show(lines: Iterable[RenderableType], console: Console) -> None:
    """Print what a summary yields; outside a terminal, lines stay whole."""
    for each in lines:
        console.print(each, soft_wrap=isinstance(each, Text) and not console.is_terminal)


def summary(done: RunDone, found: Mapping[str, str]) -> Iterator[RenderableType]:
    """Yield what people see once a run is over; `found` says what a check found instead."""
    yield waterfall(done.steps)
    yield Text()
    for check, passed in done.checks.items():
        word = Text("check passed  ", "green") if passed else Text("check FAILED  ", "bold red")
        instead = f" ({found[check]})" if found.get(check) and not passed else ""
        yield word + Text(printable(f"{check}{instead}"))
    parts = [f"{plural(done.rows, 'row')} in {done.output or done.folder}", duration(done.seconds), *_took(done)]
    yield Text(printable(", ".join(filter(None, parts))), "bold")
    if len(done.models) > 1:
        yield from (Text(printable(f"{each.role} ({each.model}): {asked(each.usage)}")) for each in done.models)
    for fate in ("dropped", "failed"):
        if number := sum(sum(getattr(step, fate).values()) for step in done.steps):
            yield Text(
                printable(f"{plural(number, 'row')} {fate}; to see them: dfcli runs show {done.folder} --{fate}")
            )
    if (report := done.folder / REPORT).is_file():
        yield Text(printable(f"report: {report}"))


def _took(done: RunDone) -> tuple[str, str, str]:
    """Return what a run took, what that comes to with the runs before it, and what each row it kept cost."""
    usage, spent = in_all(done.steps), done.spent
    more = spent.usd > usage.usd or spent.unpriced > usage.unpriced
    return asked(usage), f"{cost(spent)} with the runs before" if more else "", per_row(spent, done.rows)


def _in_place(events: Iterable[Event], seen: Seen, console: Console) -> None:
    with Live(Text(), console=console, transient=True, refresh_per_second=8) as live:
        for event in events:
            seen.take(event)
            if isinstance(event, Noted):
                live.console.print(_note(event))
            live.update(moving(seen, console.width, console.height))


def _line_by_line(events: Iterable[Event], seen: Seen, console: Console) -> None:
    for event in events:
        seen.take(event)
        if line := _line(event, seen):
            console.print(line, soft_wrap=True)


def _line(event: Event, seen: Seen) -> Text | None:
    """Return the line an event gets where lines stay, if it is worth one."""
    match event:
        case RunStarted():
            return Text(printable(f"{event.recipe}: {plural(len(event.steps), 'step')}, in {event.folder}"))
        case Noted():
            return _note(event)
        case StepDone():
            place = f"[{len(seen.finished)}/{len(seen.steps)}]"
            return Text(printable(f"{place} {event.report.label}: {_did(event.report)}"))
    return None


def _did(report: StepReport) -> str:
    """Return what a step did to its rows, in one phrase."""
    fates = [("new", report.expanded)]
    fates += [(fate, sum(getattr(report, fate).values())) for fate in ("dropped", "failed")]
    counts = [f"{number:,} {word}" for word, number in fates if number]
    time = "reused" if all_reused(report) else duration(report.seconds)
    rows = f"{report.rows_in:,} -> {plural(report.rows_out, 'row')}"
    return ", ".join(filter(None, [rows, *counts, time, asked(report.usage)]))


def _note(event: Noted) -> Text:
    return Text("note: ", "yellow") + Text(printable(event.sentence))
