"""What a running step offers its operator, and what a check offers instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Self

import polars as pl

from dfcli.errors import EnvironmentLacks, InputError, StepError
from dfcli.ops.base import Prompt, Reply
from dfcli.ops.database import Database
from dfcli.recipes.model import Recipe, Step
from dfcli.runtime import frames
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.events import Usage
from dfcli.runtime.models import Models

if TYPE_CHECKING:
    from dfcli.runtime.sandbox import Worker


class CheckContext:
    """The `ops.base.Context` of a check: it reads schemas, connects to databases, and asks no model.

    Databases are those given, or its own, which are closed with it; use it as a context manager.
    """

    def __init__(self, recipe: Recipe, step: Step, databases: Databases | None = None) -> None:
        self.recipe = recipe
        self.step = step
        self._databases = databases or Databases(recipe.folder)
        self._lent = databases is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._lent:
            self._databases.close()

    def ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Answer no prompts; an operator that asks during a check is wrong."""
        if prompts:
            raise StepError(f"step {self.step.label} asks a model while the recipe is only checked")
        return []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return no vectors, like `ask`."""
        if texts:
            raise StepError(f"step {self.step.label} asks for embeddings while the recipe is only checked")
        return []

    def database(self, url: str) -> Database:
        """Return the database of a URL or path."""
        return self._databases.database(url)

    def databases(self, url: str) -> Mapping[str, Database]:
        """Return the databases of a folder or server by name."""
        return self._databases.databases(url)

    def read(self, path: str) -> pl.LazyFrame:
        """Return the rows of a data file, its path relative to the recipe."""
        return frames.scan(path, self.recipe.folder)

    def content(self, path: str) -> str:
        """Return a hash of a data file's content."""
        return frames.content(path, self.recipe.folder)

    def text(self, path: str) -> str:
        """Return the text of a file named in an option, its path relative to the recipe."""
        try:
            return (self.recipe.folder / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read as text: {error}") from error

    def sandbox(self, source: str, seconds: float) -> Worker:
        """Return where functions of a source are called; EnvironmentLacks where it is not strong, or none insists."""
        from dfcli.runtime.sandbox import INSISTS, Limits, Worker, strength

        found = strength()
        if not found.serves:
            raise EnvironmentLacks(
                f"generated code needs a strong sandbox: {found.why}; to run it all the same, set {INSISTS}=1"
            )
        return Worker(source, Limits(seconds=seconds), isolated=found.level == "strong")

    def rng(self) -> Random:
        """Return a generator that starts the same on each run of this step."""
        return Random(f"{self.recipe.seed}:{self.step.id}")


class StepContext(CheckContext):
    """The context of a running step."""

    def __init__(
        self,
        recipe: Recipe,
        step: Step,
        databases: Databases,
        models: Models,
        on_usage: Callable[[Usage], None],
    ) -> None:
        super().__init__(recipe, step, databases)
        self._models = models
        self._on_usage = on_usage

    def ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Return one reply per prompt, in order, from the step's model."""
        return self._models.ask(self.step.model, prompts, self._on_usage)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector per text, in order, from the step's model."""
        return self._models.embed(self.step.model, texts, self._on_usage)


def at(folder: Path) -> CheckContext:
    """Return a context for reading files and databases outside any recipe."""
    step = Step(0, "", operator=None)  # type: ignore[arg-type]  # nothing is run with it
    return CheckContext(Recipe("", (), folder=folder), step)
