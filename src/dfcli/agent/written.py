"""What the steps of a trial that ask a model have written, row by row, for the gates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dfcli.agent.trial import Trial, cut
from dfcli.ops.base import HIDDEN, ROW_ID
from dfcli.ops.prompted import Prompted
from dfcli.recipes.model import Step

_ROOT = re.compile(r"[^.+]+")


@dataclass(frozen=True)
class Written:
    """The values that a step wrote into one column, and the rows that it wrote them into.

    `before` holds, for each row, the texts that the step read, by column; where it read the column that it wrote, the
    text of the input. `free` says that a model chose the words: the column is no choice from a list.
    """

    step: Step
    column: str
    frame: pl.DataFrame
    before: tuple[Mapping[str, str], ...]
    free: bool

    @property
    def values(self) -> pl.Series:
        """The values, nulls included."""
        return self.frame[self.column]

    @property
    def is_text(self) -> bool:
        """Whether they are texts."""
        return self.values.dtype == pl.String

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield the texts that are not null, each with its row's place."""
        for place, text in enumerate(self.values.to_list()):
            if text is not None:
                yield place, text

    def rows(self, places: list[int]) -> tuple[dict[str, Any], ...]:
        """Return the first two of some rows, to be shown."""
        some = self.frame[places[:2]].select(pl.all().exclude(HIDDEN))
        return tuple(map(cut, some.to_dicts()))


def written(trial: Trial, given: pl.DataFrame) -> list[Written]:
    """Return what each step that asks a model for words wrote; `given` are the rows that the trial began with.

    A loop counts once, with its last round.
    """
    last = {step.id: step for step in trial.recipe.flat() if isinstance(step.operator, Prompted)}
    return [each for step in last.values() for each in _of_step(step, trial, given)]


def normal(text: str) -> str:
    """Return a text as it is compared: without case, spaces and punctuation at its ends."""
    return re.sub(r"\s+", " ", text).strip(" \t\n.。!！?？\"'“”").casefold()


def _of_step(step: Step, trial: Trial, given: pl.DataFrame) -> Iterator[Written]:
    assert isinstance(step.operator, Prompted)
    frame = trial.after(step)
    if frame.is_empty():
        return
    choices = {step.operator.column(name) for name, each in step.operator.expects().outputs.items() if each.enum}
    writes = list(step.operator.writes())
    before = tuple(_before(row, step, set(writes), given) for row in frame.iter_rows(named=True))
    for name in writes:
        if name in frame.columns:
            yield Written(step, name, frame, before, name not in choices)


def _before(row: Mapping[str, Any], step: Step, writes: set[str], given: pl.DataFrame) -> dict[str, str]:
    """Return the texts that a step read of a row."""
    root = _ROOT.match(str(row.get(ROW_ID, "")))
    place = int(root[0]) - 1 if root and root[0].isdecimal() else -1
    first = given.row(place, named=True) if 0 <= place < given.height else {}
    texts = {name: (first if name in writes else row).get(name) for name in step.operator.reads()}
    return {name: text for name, text in texts.items() if isinstance(text, str)}
