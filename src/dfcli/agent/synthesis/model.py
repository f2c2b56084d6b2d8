"""What is missing, what is proposed for it, and what came of that: plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from dfcli.ops.base import Prompt, Reply, Row
from dfcli.ops.types import Typename

Kind = Literal["existing", "template", "code", "none"]

Ask = Callable[[Prompt], Reply]
"""Asks the model that plans; a reply that is not what the prompt reads has `failed`."""

Gate = Callable[[str], Sequence[str]]
"""Returns what a source holds that no function may, in sentences."""


class Result(Protocol):
    """What a function made of a row: a value, or the sentence of an error."""

    @property
    def value(self) -> Any: ...
    @property
    def error(self) -> str | None: ...


class Run(Protocol):
    """Runs a function of a source on rows, in a sandbox of their own each time."""

    def __call__(self, source: str, function: str, rows: Sequence[Row]) -> Sequence[Result]:
        """Return one result per row, in order."""


@dataclass(frozen=True)
class Missing:
    """A part of a request that nothing serves.

    `columns` are those of the data with their types as recipes write them, `rows` a few rows, cut and masked.
    """

    words: str
    request: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Function:
    """A function of a row, by what it is to do: `inputs` are columns with their types, `type` is its value's."""

    name: str
    doc: str
    inputs: Mapping[str, Typename]
    output: str
    type: Typename

    @property
    def signature(self) -> str:
        """How it begins."""
        return f"def {self.name}(row):"


@dataclass(frozen=True)
class Case:
    """What a function is given, by column, and what is wanted of it."""

    given: Row
    wanted: Any


@dataclass(frozen=True)
class Proposal:
    """What is to be done for what is missing: a step that is there, or what a template or function shall do."""

    kind: Kind
    reason: str
    step: Mapping[str, Any] = field(default_factory=dict)
    function: Function | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it: a step of the recipe and the files it needs, or why there is none.

    `files` are texts by their paths, seen from the recipe. A `scaffold` is files without a step: a function that is to
    be finished by hand, and what it fails. `said` is one sentence for whoever asked. `mutants` and `killed` count the
    faults that were put into the function, and those that its tests noticed; `calls` the questions to the model.
    """

    kind: Literal["existing", "template", "code", "scaffold", "refused"]
    said: str
    step: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Case, ...] = ()
    writes: tuple[str, ...] = ()
    attempts: int = 0
    mutants: int = 0
    killed: int = 0

    @property
    def made(self) -> bool:
        """Whether there is a step."""
        return bool(self.step)
