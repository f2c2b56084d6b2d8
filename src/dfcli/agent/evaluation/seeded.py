"""Recipes with seeded faults, and whether a repair makes them do the right thing: what the right recipe does.

A file in `faults/` has a recipe that is right and the ways in which it is broken, each a fault or two.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from dfcli.agent.verdict import Held, Issue, Verdict
from dfcli.agent.verify import issue_of
from dfcli.errors import DfcliError, RecipeError
from dfcli.recipes.load import read
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import Checked, RunDone
from dfcli.runtime.world import Here

FAULTS = Path(__file__).with_name("faults")


class _Broken(BaseModel):
    """What was put in the place of what; `cannot` marks what only its author can know.

    Without `same_rows` the repaired recipe must run and meet its checks, and its rows may be others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    types: tuple[str, ...]
    swap: tuple[tuple[str, str], ...]
    same_rows: bool = True
    cannot: bool = False


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    files: Mapping[str, tuple[Mapping[str, Any], ...]]
    right: str
    broken: Mapping[str, _Broken]


@dataclass(frozen=True)
class Fault:
    """A recipe with seeded faults of some types, the right one, and the rows to work on by file."""

    id: str
    types: tuple[str, ...]
    text: str
    right: str
    files: Mapping[str, Sequence[Mapping[str, Any]]]
    same_rows: bool = True
    cannot: bool = False


@cache
def faults() -> tuple[Fault, ...]:
    """Return all recipes with seeded faults; ValueError where one of them is not what it says."""
    return tuple(fault for path in sorted(FAULTS.glob("*.yaml")) for fault in _of_page(path))


def _of_page(path: Path) -> Iterator[Fault]:
    page = _Page.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    for name, broken in page.broken.items():
        text = page.right
        for old, new in broken.swap:
            if old not in text:
                raise ValueError(f"{path.name}: {name}: {old!r} does not stand in the recipe")
            text = text.replace(old, new, 1)
        yield Fault(name, broken.types, text, page.right, page.files, broken.same_rows, broken.cannot)


def write_files(fault: Fault, folder: Path) -> None:
    """Write the rows that a fault's recipe works on."""
    for name, rows in fault.files.items():
        if name.endswith(".csv"):
            out = io.StringIO()
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            text = out.getvalue()
        else:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Attempt:
    """What came of a recipe on all its rows: the verdict, and the rows that it wrote."""

    verdict: Verdict
    rows: tuple[Mapping[str, Any], ...] = ()


def attempt(text: str, folder: Path, scratch: Path) -> Attempt:
    """Read a recipe as if it stood in a folder, and run it on all rows; it writes into the scratch folder alone."""
    try:
        recipe = read(text, folder / "recipe.yaml", world=Here())
    except RecipeError as error:
        return Attempt(Verdict("draft", tuple(map(issue_of, error.problems))))
    written = scratch / "out.jsonl"
    held: list[Held] = []
    try:
        for event in run(recipe.writing_to(written), Options(runs=scratch / "runs")):
            if isinstance(event, Checked):
                held.append(Held(str(event.check), event.passed, event.found))
            elif isinstance(event, RunDone):
                issues = tuple(_failed(each.label) for each in event.steps if each.failed)
                rows = tuple(map(json.loads, written.read_text(encoding="utf-8").splitlines()))
                return Attempt(Verdict("mock" if issues else "sample", issues, tuple(held)), rows)
    except DfcliError as error:
        return Attempt(Verdict("static", (Issue("stopped", f"the run stopped: {error}"),)))
    raise AssertionError("a run ends with RunDone, or stops")


def _failed(label: str) -> Issue:
    return Issue("failed_rows", f"{label}: it could not finish some rows", label)


def is_right(fault: Fault, text: str, folder: Path, scratch: Path) -> bool:
    """Tell whether a repaired recipe does what the right one does: it runs, meets its checks, and has the same rows."""
    found, wanted = attempt(text, folder, scratch / "found"), attempt(fault.right, folder, scratch / "wanted")
    if found.verdict.progress() > wanted.verdict.progress():
        return False
    return not fault.same_rows or _same(wanted.rows, found.rows)


def _same(wanted: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether rows are the same, in order, in the columns that are wanted."""
    return len(wanted) == len(found) and all(
        key in row and (row[key] == value or (isinstance(value, int | float) and _close(row[key], value)))
        for each, row in zip(wanted, found, strict=True)
        for key, value in each.items()
    )


def _close(value: Any, wanted: float) -> bool:
    return isinstance(value, int | float) and math.isclose(value, wanted)
