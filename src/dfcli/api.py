"""dfcli from Python: load or build a recipe, run it, get the frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.ops.base import HIDDEN
from dfcli.recipes import load as loading
from dfcli.recipes.model import Recipe
from dfcli.runtime.engine import Options
from dfcli.runtime.engine import run as run_events
from dfcli.runtime.events import Event, RunDone
from dfcli.runtime.world import Here


def load(path: Path | str, sets: Mapping[str, Any] | None = None, models: Mapping[str, str] | None = None) -> Recipe:
    """Return the recipe of a file, or of the zoo by its name; RecipeError holds every mistake in it."""
    return loading.load(path, sets=sets or {}, models=models or {}, world=Here())


def recipe(data: Mapping[str, Any], folder: Path | str = ".") -> Recipe:
    """Return a recipe from plain data, the same as its YAML would hold; steps may be Operator instances."""
    return loading.parse(data, folder=Path(folder), world=Here())


class Run:
    """One execution of a recipe: iterate over it for its events, or ask for its frame right away."""

    def __init__(self, recipe: Recipe, options: Options) -> None:
        self._events = run_events(recipe, options)
        self._done: RunDone | None = None

    def __iter__(self) -> Iterator[Event]:
        for event in self._events:
            if isinstance(event, RunDone):
                self._done = event
            yield event

    def done(self) -> RunDone:
        """Return the last event, after running to the end; DfcliError says why a run stopped."""
        for _ in self:
            pass
        assert self._done is not None
        return self._done

    def frame(self) -> pl.DataFrame:
        """Return the rows of the result, after running to the end."""
        return pl.scan_parquet(list(self.done().parts)).select(pl.all().exclude(HIDDEN)).collect()


def run(recipe: Recipe, **options: Any) -> Run:
    """Return a run of a recipe; `options` are those of `dfcli.runtime.engine.Options`. Nothing happens until asked."""
    return Run(recipe, Options(**options))
