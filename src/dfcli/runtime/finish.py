"""The end of a run: the output file, the recipe's checks, the rows that left where people can see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from dfcli.ops.base import HIDDEN
from dfcli.recipes.checks import verdict
from dfcli.recipes.model import Recipe
from dfcli.runtime import frames
from dfcli.runtime.events import Checked, Event, RunDone
from dfcli.runtime.parts import Part
from dfcli.runtime.report import write_report
from dfcli.runtime.rundir import RunFolder
from dfcli.runtime.tally import Tally


def finish(recipe: Recipe, folder: RunFolder, tally: Tally, parts: Sequence[Part]) -> Iterator[Event]:
    """Write the result of a run whose steps are done; the manifest, and the report from it, come last."""
    files = [part.file for part in parts if part.file is not None]
    result = pl.scan_parquet(files).select(pl.all().exclude(HIDDEN))
    checks = {}
    for each in recipe.checks:
        passed, found = verdict(each, result)
        checks[str(each)] = passed
        yield Checked(each, passed, found)
    output = None
    rows = sum(part.rows for part in parts)
    if recipe.output is not None:
        frames.write(files, pl.scan_parquet(files).collect_schema(), recipe.output, Path())
        output = recipe.output.path
    folder.publish(tally.left())
    folder.write_recipe(recipe.text)
    status = "done" if all(checks.values()) else "checks failed"
    manifest = tally.manifest(status, {"output": output, "rows": rows, "checks": checks})
    folder.write_manifest(manifest)
    write_report(recipe, manifest, folder, files)
    yield RunDone(
        tally.reports(),
        rows,
        folder.path,
        output,
        manifest.seconds,
        checks,
        tuple(files),
        manifest.models,
        manifest.spent,
    )
