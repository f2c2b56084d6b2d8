"""Every error a user can cause; each message is a sentence that says what is wrong, where, and what to do.

DfcliError                 anything dfcli explains instead of showing a traceback; `exit_code` is its process's
├── RecipeError       (2)  the recipe is wrong; carries every problem found, each with file and line (3 when the
│                          recipe is right and only lacks something here)
├── UsageError        (2)  the command line asks for something that is not there
├── UnknownOperator   (2)  no operator of that name is installed
├── TemplateError     (2)  a prompt template's front matter or body is wrong
├── InputError        (2)  the input cannot be read, or has lines that cannot
├── EnvironmentLacks  (3)  a key, an extra, a database or a sandbox that the recipe needs is missing
├── RunLocked         (3)  another living process writes the same run folder
├── StepError         (4)  a step cannot go on; what is finished is kept
├── BudgetReached     (4)  the recipe's budget is used up; what is finished is kept
└── Interrupted     (130)  Ctrl-C; what is finished is kept

Two more carry a fact between layers and never reach the user as they are:

BadReply                   a model's reply does not say what was asked; its text is shown to the model once
RowError                   a row function's own reason code for one row
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Code = Literal[
    "yaml",
    "no_steps",
    "no_operator",
    "unknown_key",
    "unknown_operator",
    "unknown_option",
    "missing_option",
    "wrong_type",
    "bad_value",
    "bad_template",
    "unknown_variable",
    "unknown_recipe",
    "unknown_role",
    "useless_role",
    "unknown_column",
    "type_mismatch",
    "bad_condition",
    "bad_check",
    "bad_output",
    "no_input",
    "misplaced",
    "duplicate_id",
    "secret",
    "input_unreadable",
    "output_is_input",
    "output_unwritable",
    "missing_extra",
    "missing_database",
    "missing_model",
    "missing_key",
    "other",
]
"""What kind of mistake a problem is, for programs that mend recipes; the sentence is for people."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a recipe: the sentence, and where it is; line 0 where `file` is no file.

    `lacking` marks what is no fault of the recipe: something it needs is missing in this environment. `step` is the id
    of the step it is in, `option` the key there (`keep`, `text`) or in the recipe (`input.columns`), `column` the
    column of the data that it is about; each is empty where there is none.
    """

    file: str
    line: int
    sentence: str
    lacking: bool = field(default=False, compare=False)
    code: Code = field(default="other", compare=False)
    step: str = field(default="", compare=False)
    option: str = field(default="", compare=False)
    column: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}" if self.line else f"{self.file}: {self.sentence}"


class DfcliError(Exception):
    """A problem the user can solve; shown as one message, without a traceback."""

    exit_code = 2


class RecipeError(DfcliError):
    """The recipe is wrong; all its problems at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
        if problems and all(each.lacking for each in problems):
            self.exit_code = EnvironmentLacks.exit_code


class UsageError(DfcliError):
    """The command line asks for something that is not there."""


class UnknownOperator(DfcliError):
    """No operator of that name is installed."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown operator {name!r}{did_you_mean(name, known)}")


class TemplateError(DfcliError):
    """A prompt template's front matter or body is wrong."""


class InputError(DfcliError):
    """The input cannot be read, or has lines that cannot."""


class EnvironmentLacks(DfcliError):
    """A key, an extra, a database or a sandbox that the recipe needs is missing."""

    exit_code = 3


class RunLocked(EnvironmentLacks):
    """Another living process writes the same run folder."""


class StepError(DfcliError):
    """A step cannot go on; what is finished is kept."""

    exit_code = 4


class BudgetReached(StepError):
    """The recipe's budget is used up; what is finished is kept."""


class Interrupted(DfcliError):
    """Ctrl-C; what is finished is kept."""

    exit_code = 130


class BadReply(Exception):
    """A model's reply does not say what was asked; the sentence is written for the model."""


class RowError(Exception):
    """A row that an operator cannot finish: `reason` is its code in the report, `detail` a sentence."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


def first_line(error: BaseException) -> str:
    """Return what a library says in its first line, without the words it puts before what it says itself."""
    return (str(error) or type(error).__name__).splitlines()[0].removeprefix("parquet: Invalid parameter: ")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest of the known names, or nothing when none is near."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
