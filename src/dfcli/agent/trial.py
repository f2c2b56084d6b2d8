"""One run of a recipe on some rows in a folder of its own, and what can be asked of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from dfcli.agent.verdict import Flow, Issue
from dfcli.errors import BudgetReached, DfcliError, Interrupted, first_line
from dfcli.ops.base import HIDDEN, ROW_ID
from dfcli.recipes.model import Output, Recipe, Step
from dfcli.runtime.apply import stopped_at
from dfcli.runtime.checkpoint import Checkpoints
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import Checked, RunDone, StepReport, Usage
from dfcli.runtime.few import on
from dfcli.runtime.rundir import RunFolder
from dfcli.runtime.wording import shown

ROW = "(row)"
"""The column of a trial's rows that holds their ids."""

_LONGEST = 200


@dataclass(frozen=True)
class Trial:
    """What came of a run: `done` where it ended, else the `error` that stopped it.

    `found` says of each of the recipe's checks what was found.
    """

    recipe: Recipe
    folder: Path
    done: RunDone | None = None
    error: Exception | None = None
    found: Mapping[str, str] = field(default_factory=dict)

    @property
    def reports(self) -> tuple[StepReport, ...]:
        """What the steps did to the rows, in order; none where the run did not end."""
        return self.done.steps if self.done else ()

    @property
    def flow(self) -> tuple[Flow, ...]:
        """The same, in the words of a verdict."""
        return tuple(
            Flow(each.label, each.rows_in, each.rows_out, sum(each.dropped.values()), sum(each.failed.values()))
            for each in self.reports
        )

    @property
    def usage(self) -> Usage:
        """What the models took in this run."""
        total = Usage()
        for each in self.reports:
            total.add(each.usage)
        return total

    def rows(self) -> pl.DataFrame:
        """Return the rows of the result, their ids first."""
        if self.done is None:
            return pl.DataFrame()
        data = pl.scan_parquet(list(self.done.parts))
        return data.select(pl.col(ROW_ID).alias(ROW), pl.all().exclude(HIDDEN, ROW)).collect()

    def after(self, step: Step) -> pl.DataFrame:
        """Return the rows as a step that asks a model left them, those that its `keep` then dropped included."""
        store, manifest = Checkpoints(self.folder / "steps"), RunFolder(self.folder).manifest()
        keys = [key for stage in manifest.stages if stage.label == step.label for key in stage.keys] if manifest else []
        bundles = [bundle for key in keys if (bundle := store.load(step, key)) is not None]
        folder = store.folder(step).name
        files = [
            store.root / name
            for each in bundles
            for name in (each.file, *each.left)
            if PurePosixPath(name).parent.name == folder and not name.endswith(".failed.parquet")
        ]
        found = [pl.read_parquet(each) for each in files]
        return pl.concat(found, how="diagonal_relaxed") if found else pl.DataFrame()

    def stopped(self) -> Issue | None:
        """Return the issue about a run that did not end: a crash is one of dfcli or of an operator."""
        if self.error is None:
            return None
        budget = isinstance(self.error, BudgetReached)
        code = "budget" if budget else "stopped" if isinstance(self.error, DfcliError) else "crash"
        kind = "" if isinstance(self.error, DfcliError) else f"{type(self.error).__name__}: "
        label = stopped_at(self.error)
        return Issue(code, f"the run stopped: {kind}{first_line(self.error)}", step=label.partition("#")[0])


def attempt(recipe: Recipe, options: Options) -> Trial:
    """Run a recipe to its end, or to what stops it; Ctrl-C goes on to whoever called."""
    folder, found = options.runs / recipe.name, {}
    try:
        for event in run(recipe, options):
            if isinstance(event, Checked):
                found[str(event.check)] = event.found
            elif isinstance(event, RunDone):
                return Trial(recipe, folder, event, None, found)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001  whatever an operator raises is what this is to find out
        return Trial(recipe, folder, None, error, found)
    raise AssertionError("a run ends with RunDone, or stops")


def moved(recipe: Recipe, rows: pl.DataFrame | None, folder: Path) -> Recipe:
    """Return a recipe that works on some rows (None: on what it names itself) and writes into a folder alone."""
    folder.mkdir(parents=True, exist_ok=True)
    output = None
    if recipe.output is not None:
        output = recipe.output.model_copy(update={"path": str((folder / _name(recipe.output)).absolute())})
    if rows is None:
        return replace(recipe, output=output)
    file = folder / "rows.parquet"
    rows.write_parquet(file)
    return replace(on(recipe, file), output=output, checks=recipe.checks)


def cut(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row to be shown: long texts, lists and objects cut to 200 characters."""
    plain = (int, float, bool, type(None))
    return {name: value if isinstance(value, plain) else shown(value, _LONGEST) for name, value in row.items()}


def first(frame: pl.DataFrame, number: int) -> tuple[dict[str, Any], ...]:
    """Return the first rows of a frame to be shown, without the engine's columns."""
    return tuple(map(cut, frame.head(number).select(pl.all().exclude(HIDDEN)).to_dicts()))


def _name(output: Output) -> str:
    return output.path.partition("?")[0].replace("\\", "/").rstrip("/").rpartition("/")[2] or "output.jsonl"
