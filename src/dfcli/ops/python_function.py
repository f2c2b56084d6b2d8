"""A function of a row from a file beside the recipe, in the sandbox."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from pydantic import Field, TypeAdapter, ValidationError, field_validator

from dfcli.errors import StepError
from dfcli.ops.base import FAILED, Context, Example, Operator, Reads, Row, declared_schema
from dfcli.ops.code_gate import refused
from dfcli.ops.types import Typename, dtype, python_type

_SOURCE = "def initials(row):\n    return ''.join(word[0] for word in (row['name'] or '').split())\n"


def pin(text: str) -> str:
    """Return the hash by which a step names a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()


class PythonFunction(Operator):
    """Call a Python function from a file with each row, in the sandbox, and write what it gives.

    The function takes one argument, the row as a mapping of the `inputs` to their values: null is None, dates and times
    are text. It gives the value of the only output, or with several a mapping of output to value; None is null, in all
    of them. A row for which it raises, takes longer than `seconds`, or gives what the type does not hold, fails with
    the reason.

    The file is named by its hash: where its text is another, the check says so, and nothing runs. Read it, then set
    `sha256`; with `reviewed: true` dfcli no longer warns. It may import what gives the same for the same row (re, json,
    math, datetime, …), and sees no files, network, clock or processes. It needs the sandbox of Linux with bubblewrap,
    as `dfcli doctor` finds it.
    """

    use_for = ["custom Python logic", "run my own function on each row", "code written by the agent", "自定义函数"]
    aliases = ["python udf", "map with python", "lambda per row", "custom operator", "user function", "自定义代码"]
    not_for = ["a single expression: use compute", "a condition: use where"]
    examples = [
        Example(
            given=[{"name": "Ada Lovelace"}, {"name": "Alan Turing"}],
            want=[{"initials": "AL"}, {"initials": "AT"}],
            options={
                "file": "operators/initials.py",
                "function": "initials",
                "sha256": pin(_SOURCE),
                "inputs": ["name"],
                "outputs": {"initials": "str"},
            },
            texts={"operators/initials.py": _SOURCE},
        )
    ]

    file: str = Field(description="Path of the file, relative to the recipe.")
    function: str = Field(pattern=r"^[A-Za-z]\w*$", description="The function's name.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 of the file's text, in UTF-8.")
    inputs: tuple[Reads, ...] = Field(min_length=1, description="Columns that the function is given.")
    outputs: Mapping[str, Typename] = Field(min_length=1, description="Columns that it writes, with their types.")
    seconds: float = Field(default=5.0, gt=0, le=600, description="What a row may take.")
    reviewed: bool = Field(default=False, description="Whether a person has read the file.")

    @field_validator("outputs")
    @classmethod
    def _types_are_known(cls, outputs: Mapping[str, Typename]) -> Mapping[str, Typename]:
        for kind in outputs.values():
            dtype(kind)
        return outputs

    def reads(self) -> dict[str, pl.DataType | None]:
        return dict.fromkeys(self.inputs)

    def writes(self) -> dict[str, pl.DataType | None]:
        return {name: dtype(kind) for name, kind in self.outputs.items()}

    def identity(self) -> str:  # what the file is called, and who has read it, changes no result
        told = self.model_dump(mode="json", exclude={"reviewed", "file"})
        return f"{self.op()} v{self.version} {sorted(told.items())}"

    def cautions(self, ctx: Context) -> Sequence[str]:
        if self.reviewed:
            return ()
        return [f"{self.file} runs though nobody has read it (reviewed: false): read it, then say reviewed: true"]

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        with ctx.sandbox(self._source(ctx), self.seconds):
            return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        rows = frame.select(self.inputs).to_dicts()
        with ctx.sandbox(self._source(ctx), self.seconds) as sandbox:
            called = sandbox.call(self.function, rows)
        values = [self._values(each.value, each.error) for each in called]
        columns = [
            pl.Series(name, [each.get(name) for each, _ in values], dtype=kind, strict=False)
            for name, kind in self.writes().items()
        ]
        failed = pl.Series(FAILED, [reason for _, reason in values], dtype=pl.String())
        return frame.with_columns(*columns, failed)

    def _source(self, ctx: Context) -> str:
        """Return the file's text; StepError when it is another than the one named, or holds what it may not."""
        text = ctx.text(self.file)
        if (found := pin(text)) != self.sha256:
            raise StepError(f"{self.file} is not the file that was pinned: read it, then set sha256 to {found}")
        if reasons := refused(text):
            raise StepError(f"{self.file}: {reasons[0]}")
        return text

    def _values(self, value: Any, error: str | None) -> tuple[Row, str | None]:
        """Return what a function gave by column, or why the row fails."""
        if error is not None:
            return {}, error
        if value is None:
            return {}, None
        if len(self.outputs) > 1 and not isinstance(value, Mapping):
            return {}, f"it gives no mapping of {', '.join(self.outputs)}"
        given = value if len(self.outputs) > 1 else {next(iter(self.outputs)): value}
        for name, kind in self.outputs.items():
            if not _holds(kind, given.get(name)):
                return {}, f"{name} is to be {kind}, and it gives {type(given.get(name)).__name__}"
        return given, None


def _holds(kind: Typename, value: Any) -> bool:
    """Tell whether a value is null or of a type."""
    if value is None:
        return True
    try:
        TypeAdapter(python_type(kind)).validate_json(json.dumps(value), strict=True)
    except ValidationError:
        return False
    return True
