"""The table at the end of a run: how many rows came into each step, went on, or left, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.padding import Padding
from rich.table import Table

from dfcli.runtime.events import StepReport
from dfcli.runtime.wording import asked, duration, plural, printable, ranked

MOST_REASONS = 5


def waterfall(reports: Sequence[StepReport]) -> Table:
    """Return the table: a line per step, and beneath it the reasons of the rows that left and what models took."""
    shown = [name for name in ("expanded", "dropped", "failed") if any(_total(report, name) for report in reports)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("step", overflow="fold")
    for title in ("rows in", *("new" if name == "expanded" else name for name in shown), "rows out", "time"):
        table.add_column(title, justify="right", no_wrap=True)
    for report in reports:
        counts = [f"{total:,}" if (total := _total(report, name)) else "" for name in shown]
        time = "reused" if all_reused(report) else duration(report.seconds)
        name = printable(report.label)
        table.add_row(str(report.number), name, f"{report.rows_in:,}", *counts, f"{report.rows_out:,}", time)
        for line, fate, number in _details(report):
            cells = [f"{number:,}" if name == fate else "" for name in shown]
            table.add_row("", Padding(printable(line), (0, 0, 0, 2)), "", *cells, "", "", style="dim")
    return table


def all_reused(report: StepReport) -> bool:
    """Tell whether all of a step's result came from checkpoints."""
    return 0 < report.parts == report.parts_reused


def _total(report: StepReport, name: str) -> int:
    value: int | Mapping[str, int] = getattr(report, name)
    return value if isinstance(value, int) else sum(value.values())


def _details(report: StepReport) -> Iterator[tuple[str, str, int]]:
    """Yield the lines beneath a step: what each says, and the count that goes under `dropped` or `failed`."""
    for fate, reasons in (("dropped", report.dropped), ("failed", report.failed)):
        for reason, number in ranked(reasons, MOST_REASONS):
            yield reason, fate, number
    if report.parts_reused and not all_reused(report):
        yield f"{report.parts_reused} of {plural(report.parts, 'part')} reused", "", 0
    if phrase := asked(report.usage):
        yield phrase, "", 0
