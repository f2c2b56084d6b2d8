"""What a run tells whoever watches it; the command prints these, a notebook collects them, a test lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dfcli.recipes.model import Check


@dataclass
class Usage:
    """What model calls took: sent ones, replies that were stored already, tokens, and money where a price is known.

    `usd` counts the calls whose price is known; `unpriced` those sent to a model whose price nobody knows. `repaired`
    counts the replies that were only nearly JSON, and were mended.
    """

    calls: int = 0
    reused: int = 0
    retries: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    usd: float = 0.0
    unpriced: int = 0
    repaired: int = 0

    def add(self, other: Usage) -> None:
        """Add another count to this one."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class ModelUsage:
    """What one model took in one role, over all steps."""

    role: str
    model: str
    usage: Usage


@dataclass
class StepReport:
    """What one step did to its rows: `rows_in + expanded == rows_out + dropped + failed`, always.

    `dropped` and `failed` count by reason. `parts_reused` of `parts` came from a checkpoint.
    `rows_total` is how many rows will come in, once that is known.
    """

    number: int
    label: str
    op: str
    rows_in: int = 0
    expanded: int = 0
    rows_out: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    parts: int = 0
    parts_reused: int = 0
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    rows_total: int | None = None
    asks: bool = False


@dataclass(frozen=True)
class RunStarted:
    """A run begins, in its folder; `steps` are its reports to come, in order."""

    recipe: str
    folder: Path
    steps: tuple[StepReport, ...]


@dataclass(frozen=True)
class Noted:
    """Something the user should know that stops nothing: one sentence."""

    sentence: str


@dataclass(frozen=True)
class Progressed:
    """The reports as they stand; sent a few times a second."""

    steps: tuple[StepReport, ...]
    seconds: float


@dataclass(frozen=True)
class StepDone:
    """A step has seen all its rows."""

    report: StepReport

    @property
    def reused(self) -> bool:
        """Whether all of its result came from checkpoints."""
        return self.report.parts > 0 and self.report.parts == self.report.parts_reused


@dataclass(frozen=True)
class Checked:
    """One of the recipe's checks was looked at."""

    check: Check
    passed: bool
    found: str = ""


@dataclass(frozen=True)
class RunDone:
    """The run is over: what it kept, where, and the exit code (0, or 1 when a check failed).

    `parts` are the Parquet files of the result, in order. `models` say what this run took by role, `spent` what it and
    all runs before it in the folder took.
    """

    steps: tuple[StepReport, ...]
    rows: int
    folder: Path
    output: str | None
    seconds: float
    checks: Mapping[str, bool] = field(default_factory=dict)
    parts: tuple[Path, ...] = ()
    models: tuple[ModelUsage, ...] = ()
    spent: Usage = field(default_factory=Usage)

    @property
    def exit_code(self) -> int:
        """0, or 1 when a check failed."""
        return 0 if all(self.checks.values()) else 1


@dataclass(frozen=True)
class Stopped:
    """The run ended before its time: why, and the label of the step that stopped it, empty where none did.

    It stands in the log of events alone; who watches a run gets the error itself.
    """

    why: str
    step: str = ""


Event = RunStarted | Noted | Progressed | StepDone | Checked | RunDone
