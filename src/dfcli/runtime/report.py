"""The report of a run: one HTML file for people, with what the run's folder can tell them.

It needs no network and no script, and holds only what the manifest, the log of events, the recipe and a few rows say.
None of that is trusted: the template escapes all of it, values are cut, and the page's own policy lets nothing load.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfcli import shipped
from dfcli.recipes.model import Recipe
from dfcli.runtime import wording
from dfcli.runtime.checkpoint import Fate, folder_name, write_text
from dfcli.runtime.events import StepDone, StepReport, Usage
from dfcli.runtime.examples import Example, Room, first
from dfcli.runtime.left import by_reason
from dfcli.runtime.rundir import Manifest, RunFolder

if TYPE_CHECKING:
    from jinja2 import Template

_ROWS = 3
"""Rows shown of the result, and for each reason."""

_REASONS = 5
"""Reasons shown for each step and fate; the others are counted together."""

_NOTES = 20
_LINE, _TEXT = 300, 16_000
"""Characters shown of a sentence, and of the recipe."""

FATES: tuple[Fate, ...] = ("dropped", "failed")


@dataclass(frozen=True)
class Reason:
    """Why some rows left a step, and the first of them."""

    text: str
    fate: Fate
    count: int
    rows: Sequence[Example]


@dataclass(frozen=True)
class Stage:
    """What one step did: how many rows `came` in or were made, `model` that it asks, if any."""

    report: StepReport
    model: str
    reasons: tuple[Reason, ...]

    @property
    def reused(self) -> bool:
        """Whether all of it came from checkpoints."""
        return StepDone(self.report).reused

    @property
    def dropped(self) -> int:
        """How many rows conditions removed."""
        return sum(self.report.dropped.values())

    @property
    def failed(self) -> int:
        """How many rows it could not finish."""
        return sum(self.report.failed.values())

    @property
    def came(self) -> int:
        """How many rows came in or were made: as many as went on, were dropped or failed."""
        return self.report.rows_out + self.dropped + self.failed


def write_report(
    recipe: Recipe, manifest: Manifest, folder: RunFolder, result: Sequence[Path] = (), why: str = ""
) -> None:
    """Write the report of a run that ends now into its folder; see `page`."""
    write_text(page(recipe, manifest, folder, datetime.now().astimezone(), result, why), folder.report)


def page(
    recipe: Recipe, manifest: Manifest, folder: RunFolder, now: datetime, result: Sequence[Path] = (), why: str = ""
) -> str:
    """Return the report of a run that ended now; `result` are the Parquet files of its rows, `why` what stopped it.

    The same run gives the same page, apart from times.
    """
    room, usage = Room(), Usage()
    rows = room.take(first(result, _ROWS, recipe.output.columns if recipe.output else None))
    stages = tuple(_stages(recipe, manifest.reports, folder, room))
    for each in stages:
        usage.add(each.report.usage)
    return _template().render(
        recipe=recipe,
        text=recipe.text,
        manifest=manifest,
        now=now,
        why=why,
        stages=stages,
        widest=max((max(each.came, each.report.rows_in) for each in stages), default=0),
        usage=usage,
        rows=rows,
        room=room,
        run=shlex.quote(str(folder.path)),
        **_told(folder),
    )


def _told(folder: RunFolder) -> dict[str, list[Any]]:
    """Return the checks and notes that the log of events has."""
    events = list(folder.events())
    checks = [each for each in events if each["event"] == "checked"]
    return {"checks": checks, "notes": [each["sentence"] for each in events if each["event"] == "noted"]}


def _stages(recipe: Recipe, reports: Sequence[StepReport], folder: RunFolder, room: Room) -> Iterator[Stage]:
    models = {each.label: recipe.models[each.model].model for each in recipe.flat() if each.model in recipe.models}
    for report in reports:
        model = models.get(report.label, "") if report.asks else ""
        reasons = tuple(reason for fate in FATES for reason in _reasons(report, fate, folder, room))
        yield Stage(report, model, reasons)


def _reasons(report: StepReport, fate: Fate, folder: RunFolder, room: Room) -> Iterator[Reason]:
    ranked = list(wording.ranked(getattr(report, fate), _REASONS))
    place = folder.path / fate / folder_name(report.number, report.label)
    rows = by_reason(place, fate, [reason for reason, _ in ranked[:_REASONS]], _ROWS)
    for reason, count in ranked:
        yield Reason(reason, fate, count, room.take(rows.get(reason, [])))


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(shipped.folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    shared = (wording.cost, wording.cut, wording.duration, wording.per_row, wording.plural, wording.short)
    environment.filters |= {each.__name__: each for each in shared} | {"percent": _percent}
    environment.globals |= {"LINE": _LINE, "TEXT": _TEXT, "NOTES": _NOTES}
    return environment.get_template("report.html.jinja")


def _printable(value: Any) -> Any:
    """Take what no page should obey out of plain text; what is marked as HTML was made from such text."""
    return wording.printable(value) if type(value) is str else value


def _percent(number: float, whole: float) -> str:
    return f"{100 * number / whole:.2f}%" if whole else "0%"
