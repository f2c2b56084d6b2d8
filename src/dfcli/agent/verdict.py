"""What was found out about a recipe: the level it reached, and what stands in the way of the next.

    draft     written, and not loaded yet
    static    loads and passes the check: nothing is wrong that can be found without running
    mock      ran from end to end on the offline model, failures included
    sample    ran on real rows with the real model, where it asks one, and passed the gates

A recipe that was accepted by a person is no level: nothing was measured by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["draft", "static", "mock", "sample"]
LEVELS: tuple[Level, ...] = ("draft", "static", "mock", "sample")
Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong with a recipe: a code for programs, a sentence for people, and where it is.

    `step` is the id of the step, `column` the column it is about; `rows` are at most two rows that show it, their texts
    cut. `option` is the step's key that is wrong, or the recipe's (`input.columns`), where one is. A warning does not
    keep a recipe from reaching a level.
    """

    code: str
    sentence: str
    step: str = ""
    column: str = ""
    severity: Severity = "error"
    rows: tuple[Mapping[str, Any], ...] = ()
    option: str = ""


@dataclass(frozen=True)
class Held:
    """What became of one of the recipe's `checks`: `held` is None where the sample cannot tell."""

    check: str
    held: bool | None
    found: str = ""


@dataclass(frozen=True)
class Flow:
    """What one step did to the rows of the sample."""

    step: str
    rows_in: int
    rows_out: int
    dropped: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the verification of a recipe found: the level reached, and all that was seen on the way.

    `before` and `after` are some rows of the sample, the same ones, those that changed first. `calls`, `tokens` and
    `usd` are what the sample run used of models; `usd` is None where a price is not known.
    """

    level: Level
    issues: tuple[Issue, ...] = ()
    checks: tuple[Held, ...] = ()
    flow: tuple[Flow, ...] = ()
    rows_in: int = 0
    rows_out: int = 0
    before: tuple[Mapping[str, Any], ...] = ()
    after: tuple[Mapping[str, Any], ...] = ()
    calls: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    seconds: float = field(default=0.0, compare=False)

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that keep the recipe from the next level."""
        return tuple(each for each in self.issues if each.severity == "error")

    @property
    def unmet(self) -> tuple[str, ...]:
        """The checks that were measured and do not hold, each with what was found."""
        return tuple(f"{each.check} ({each.found})" for each in self.checks if each.held is False)

    def progress(self) -> tuple[int, int, int, int]:
        """Return how far the recipe is from being right, the smaller the better, compared from left to right.

        Levels not reached, checks that do not hold, errors, warnings.
        """
        missing = len(LEVELS) - 1 - LEVELS.index(self.level)
        return missing, len(self.unmet), len(self.errors), len(self.issues) - len(self.errors)
