"""The lines that move while a run goes on in a terminal: one per step, with its rows, rate, time left and money."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from dfcli.commands._waterfall import all_reused
from dfcli.runtime.events import Checked, Event, Progressed, RunDone, RunStarted, StepDone, StepReport, Usage
from dfcli.runtime.wording import cost, duration, printable, short

WIDE = 110
"""Columns from which on a line has room for a bar and for tokens."""

_NUMBERS = 42
"""Columns that mark, number, rows, rate, time and money need where there is no bar."""


@dataclass
class Seen:
    """What has been told of a run so far."""

    steps: Sequence[StepReport] = ()
    seconds: float = 0.0
    finished: set[str] = field(default_factory=set)
    first: dict[str, tuple[float, int]] = field(default_factory=dict)
    checks: list[Checked] = field(default_factory=list)
    done: RunDone | None = None
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))

    def take(self, event: Event) -> None:
        """Remember an event."""
        match event:
            case RunStarted():
                self.steps = event.steps
            case Progressed():
                self.steps, self.seconds = event.steps, event.seconds
                for step in event.steps:
                    if step.rows_in:
                        self.first.setdefault(step.label, (event.seconds, step.rows_in))
            case StepDone():
                self.finished.add(event.report.label)
                self.steps = [event.report if step.label == event.report.label else step for step in self.steps]
            case Checked():
                self.checks.append(event)
            case RunDone():
                self.done = event

    def rate(self, step: StepReport) -> float | None:
        """Return a step's rows per second since its first ones were seen; None until that can be told."""
        since, rows = self.first.get(step.label, (self.seconds, 0))
        spent = self.seconds - since
        return (step.rows_in - rows) / spent if spent > 0 and step.rows_in > rows else None

    def expected(self) -> dict[str, float | None]:
        """Return how many rows each step will see, if the share that goes on from the steps before stays as it is."""
        found: dict[str, float | None] = {}
        rows: float | None = self.steps[0].rows_total if self.steps else None
        for step in self.steps:
            found[step.label] = rows
            if step.label in self.finished:
                rows = step.rows_out
            elif rows is not None and step.rows_in:
                rows *= step.rows_out / step.rows_in
        return found


def moving(seen: Seen, width: int, height: int) -> RenderableType:
    """Return the lines of a running recipe: as many steps as there is room for, from just before the first open one."""
    wide = width >= WIDE
    table = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "right", "left", *["left"] * wide, "right", "right", "right", "left"):
        table.add_column(justify=justify, no_wrap=True)  # type: ignore[arg-type]  # a list of literals is of type str
    expected = seen.expected()
    for step in _window(seen, max(height - 3, 3)):
        table.add_row(*_cells(step, seen, expected[step.label], width))
    total = in_all(seen.steps)
    spent = f", {cost(total)}" if total.calls else ""
    return Group(table, Text(f"{duration(seen.seconds)}{spent}; Ctrl-C stops, and nothing finished is lost", "dim"))


def in_all(steps: Iterable[StepReport]) -> Usage:
    """Return what all steps together took from models."""
    total = Usage()
    for step in steps:
        total.add(step.usage)
    return total


def _window(seen: Seen, room: int) -> Sequence[StepReport]:
    first = next((n for n, step in enumerate(seen.steps) if step.label not in seen.finished), 0)
    start = max(min(first - 1, len(seen.steps) - room), 0)
    return seen.steps[start : start + room]


def _cells(step: StepReport, seen: Seen, total: float | None, width: int) -> list[RenderableType]:
    wide, done = width >= WIDE, step.label in seen.finished
    begun = done or step.rows_in > 0 or step.rows_out > 0 or step.usage.calls > 0
    mark: RenderableType = Text("✓", "green") if done else seen.spinner if begun else Text("·")
    bar: RenderableType = ProgressBar(total=total or None, completed=step.rows_in, width=20)
    label = Text(printable(step.label))
    label.truncate(max(width - _NUMBERS - 40 * wide, 16), overflow="ellipsis")
    cells: list[RenderableType] = [mark, Text(str(step.number)), label]
    cells += [bar if begun and not done else Text()] if wide else []
    return [*cells, *map(Text, _numbers(step, seen, total)), Text(_spent(step.usage, wide))]


def _numbers(step: StepReport, seen: Seen, total: float | None) -> tuple[str, str, str]:
    """Return a step's rows, its rate, and the time it took or still needs, as far as they are known."""
    if step.label in seen.finished:
        return f"{short(step.rows_out)} rows", "", "reused" if all_reused(step) else duration(step.seconds)
    rate, rows = seen.rate(step), step.rows_in or step.rows_out
    of = f"/{short(total)}" if total and rows else ""
    left = f"{duration(max(total - step.rows_in, 0) / rate)} left" if rate and total else ""
    asked = f"{short(step.usage.calls)} calls" if step.usage.calls else ""
    return f"{short(rows)}{of}" if rows else asked, f"{short(rate)}/s" if rate else "", left


def _spent(usage: Usage, wide: bool) -> str:
    if not usage.calls:
        return ""
    money = "$?" if usage.unpriced and not usage.usd else f"${usage.usd:.2f}{'+?' if usage.unpriced else ''}"
    return f"{short(usage.tokens_in + usage.tokens_out)} tokens  {money}" if wide else money
