"""Missing operators as tasks: a wish that no operator serves, and ten hidden cases that measure what is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dfcli.agent.evaluation.tasks import parsed
from dfcli.agent.synthesis.model import Case, Function, Missing, Outcome, Run
from dfcli.agent.synthesis.values import is_of, same
from dfcli.errors import DfcliError
from dfcli.ops.base import visible
from dfcli.ops.registry import installed
from dfcli.ops.scripted import Scripted
from dfcli.ops.types import dtype

TASKS = Path(__file__).with_name("synthesis")

HIDDEN = 10
"""Cases of a task that decide."""


class Task(BaseModel):
    """A wish about a table with some columns; `inputs` are those that matter, `type` is what must come out.

    A case is a list: the inputs in order, then what is wanted. Rows that are `shown` are the data that the agent sees;
    `gold` is a function, called `name`, that does it right: it proves the task, and no agent sees it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = ""
    language: Literal["en", "zh"] = "en"
    wish: str = Field(min_length=1)
    columns: dict[str, str]
    name: str
    inputs: tuple[str, ...]
    type: str
    shown: tuple[tuple[Any, ...], ...] = Field(min_length=5)
    hidden: tuple[tuple[Any, ...], ...] = Field(min_length=HIDDEN, max_length=HIDDEN)
    gold: str

    @model_validator(mode="after")
    def _cases_fit(self) -> Task:
        for each in (*self.shown, *self.hidden):
            if len(each) != len(self.inputs) + 1:
                raise ValueError(f"a case has {len(self.inputs)} inputs and what is wanted, not {list(each)}")
            kinds = (*(self.columns[name] for name in self.inputs), self.type)
            if odd := [value for value, kind in zip(each, kinds, strict=True) if not is_of(value, kind)]:
                raise ValueError(f"{odd[0]!r} in the case {list(each)} is not of its column's type")
        return self

    @property
    def function(self) -> Function:
        """What is to be made."""
        inputs = {name: self.columns[name] for name in self.inputs}
        return Function(self.name, f"{self.wish}.", inputs, f"{self.name}_result", self.type)

    @property
    def missing(self) -> Missing:
        """What the agent is told: the wish, the columns, and three rows."""
        rows = tuple(each.given for each in self.cases(self.shown)[:3])
        return Missing(self.wish, self.wish, self.columns, rows)

    def cases(self, listed: Sequence[Sequence[Any]]) -> tuple[Case, ...]:
        """Return listed cases, by the names of columns; columns that do not matter are empty."""
        empty = dict.fromkeys(self.columns)
        return tuple(Case({**empty, **dict(zip(self.inputs, each, strict=False))}, each[-1]) for each in listed)


@dataclass(frozen=True)
class Measured:
    """How many of a task's hidden cases hold for what was made, and of which kind that is."""

    task: Task
    outcome: Outcome
    passed: int

    @property
    def whole(self) -> bool:
        """Whether all hold."""
        return self.passed == HIDDEN


def scripted(task: Task) -> dict[str, Any]:
    """Return good replies to each kind of question about a task: they prove that what is made is measured."""
    function = task.function
    cases = [{"given": _inputs(task, each), "wanted": each.wanted} for each in task.cases((*task.shown, *task.hidden))]
    return {
        "decide": {
            "kind": "code",
            "reason": "it has exact rules",
            "name": function.name,
            "doc": function.doc,
            "inputs": list(task.inputs),
            "output": function.output,
            "type": task.type,
        },
        "examples": {"cases": cases[: len(task.shown)]},
        "tests": {"cases": cases[len(task.shown) :], "laws": []},
        "code": f"```python\n{task.gold}\n```",
    }


def _inputs(task: Task, case: Case) -> dict[str, Any]:
    return {name: case.given[name] for name in task.inputs}


@cache
def tasks() -> tuple[Task, ...]:
    """Return the tasks that ship with dfcli, by id."""
    found = ((file.stem, parsed(Task, file)) for file in sorted(TASKS.glob("*.yaml")))
    return tuple(task.model_copy(update={"id": id}) for id, task in found)


def measure(
    wished: Sequence[Task],
    make: Callable[[Task], Outcome],
    run: Run,
) -> Iterator[Measured]:
    """Yield how what is made for each task does on its hidden cases."""
    for task in wished:
        outcome = make(task)
        hidden = task.cases(task.hidden)
        values = _values(outcome, hidden, task, run)
        passed = sum(same(value, case.wanted) for value, case in zip(values, hidden, strict=True))
        yield Measured(task, outcome, passed)


def report(found: Sequence[Measured]) -> str:
    """Return what was measured, a line for each task and one for all."""
    lines = [
        f"{each.task.id:20} {each.outcome.kind:9} {each.passed:2}/{HIDDEN}  attempts {each.outcome.attempts}, "
        f"faults noticed {each.outcome.killed}/{each.outcome.mutants}"
        + ("" if each.outcome.made else f"  {each.outcome.said}")
        for each in found
    ]
    held, whole = sum(each.passed for each in found), sum(each.whole for each in found)
    return "\n".join([*lines, f"hidden cases {held}/{HIDDEN * len(found)}, whole tasks {whole}/{len(found)}"])


_NOTHING = object()
"""What stands for a value that could not be computed: it is the same as no other."""


def _values(outcome: Outcome, cases: Sequence[Case], task: Task, run: Run) -> list[Any]:
    """Return what was made gives for the hidden cases: a function from its file, or an operator that is there."""
    given = [each.given for each in cases]
    if outcome.kind == "code":
        source = outcome.files[str(outcome.step["file"])]
        inputs: Any = outcome.step["inputs"]
        rows = [{name: row[name] for name in inputs} for row in given]
        results = run(source, str(outcome.step["function"]), rows)
        return [_NOTHING if each.error is not None else each.value for each in results]
    if outcome.kind == "existing":
        return _of_operator(outcome, given, task)
    return [_NOTHING] * len(cases)


def _of_operator(outcome: Outcome, given: Sequence[Any], task: Task) -> list[Any]:
    options = {key: value for key, value in outcome.step.items() if key != "op"}
    frame = pl.DataFrame(given, {name: dtype(kind) for name, kind in task.columns.items()})
    try:
        operator = installed().get(str(outcome.step["op"]))(**options)
        result = visible(operator(frame, Scripted()))
    except (DfcliError, ValueError, pl.exceptions.PolarsError):
        return [_NOTHING] * len(given)
    column = next(iter(operator.writes()), "")
    values = result[column].to_list() if column in result.columns else []
    return values if len(values) == len(given) else [_NOTHING] * len(given)
