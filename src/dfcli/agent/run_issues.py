"""What went wrong in a run, from the folder it left: why it stopped, which steps fail rows, which checks fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dfcli.agent.trial import first
from dfcli.agent.verdict import Issue
from dfcli.errors import UsageError
from dfcli.runtime.checkpoint import folder_name
from dfcli.runtime.events import StepReport
from dfcli.runtime.left import left
from dfcli.runtime.rundir import Manifest, RunFolder

FAILING = 0.1
"""The share of a step's rows above which their failing is an issue of the recipe."""

_ROWS = 2


def issues_of_run(folder: Path) -> tuple[Issue, ...]:
    """Return what is wrong with a run, most important first; UsageError where the folder is none of a run.

    Codes: `stopped`, `interrupted`, `failed_rows`, `drops_all`, `unmet_check`, each about a step where there is one.
    """
    run = RunFolder(folder)
    manifest = run.manifest()
    if manifest is None:
        raise UsageError(f"{folder} is no folder of a run: it has no manifest.json that can be read")
    events = list(run.events())
    return (*_end(manifest, events), *_steps(manifest, folder), *_checks(manifest, events))


def _end(manifest: Manifest, events: list[dict[str, Any]]) -> Iterator[Issue]:
    """Yield why a run did not come to its end."""
    if manifest.status not in ("stopped", "interrupted"):
        return
    said: dict[str, Any] = next((each for each in reversed(events) if each.get("event") == "stopped"), {})
    done = {each["report"]["label"] for each in events if each.get("event") == "step_done"}
    begun = [each.label for each in manifest.reports if each.rows_in and each.label not in done]
    label = str(said.get("step") or (begun[-1] if begun else ""))
    why = str(said.get("why") or "") or "nobody noted why"
    yield Issue(manifest.status, f"the run was {manifest.status}: {why}", step=_id(label))


def _steps(manifest: Manifest, folder: Path) -> Iterator[Issue]:
    """Yield the steps that fail more than a tenth of their rows, and one that lets all of them go."""
    shown = {each.step: each.first for each in left(folder, "failed", _ROWS)}
    gone = {each.step: each.first for each in left(folder, "dropped", _ROWS)}
    for report in manifest.reports:
        name = folder_name(report.number, report.label)
        given, failed, dropped = report.rows_in + report.expanded, _sum(report.failed), _sum(report.dropped)
        if failed > FAILING * given:
            rows = first(shown[name], _ROWS) if name in shown else ()
            sentence = f"{report.label}: {failed} of {given} rows fail: {_reasons(report.failed)}"
            yield Issue("failed_rows", sentence, _id(report.label), rows=rows)
        if given and dropped and dropped + failed == given and _ended(manifest, report):
            rows = first(gone[name], _ROWS) if name in gone else ()
            sentence = f"{report.label}: no row is left; {dropped} of {given} are dropped: {_reasons(report.dropped)}"
            yield Issue("drops_all", sentence, _id(report.label), rows=rows)


def _ended(manifest: Manifest, report: StepReport) -> bool:
    """Tell whether a step has seen all its rows: the run came to its end, or a later step began."""
    return manifest.status in ("done", "checks failed") or report.rows_total == report.rows_in


def _checks(manifest: Manifest, events: list[dict[str, Any]]) -> Iterator[Issue]:
    found = {_phrase(each["check"]): each.get("found", "") for each in events if each.get("event") == "checked"}
    for check, held in manifest.checks.items():
        if not held:
            subject = check.partition(":")[0]
            column = "" if subject in ("rows", "each") else subject
            said = f" ({found[check]})" if found.get(check) else ""
            yield Issue(
                "unmet_check", f"the check does not hold: {check}{said}", column=column, option=f"checks.{subject}"
            )


def _phrase(check: Mapping[str, Any]) -> str:
    return f"{check['subject']}: {check['phrase']}"


def _reasons(counts: Mapping[str, int]) -> str:
    """Return the three most frequent reasons, each with its count."""
    most = sorted(counts.items(), key=lambda each: -each[1])[:3]
    return ", ".join(f"{reason} ({count})" for reason, count in most)


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _id(label: str) -> str:
    """Return the id of a step from its label, which has the round in a loop."""
    return label.partition("#")[0]
