"""What holds for a function whatever it is given: a closed set, so that a model states laws and writes no tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dfcli.agent.synthesis.model import Function, Result, Run
from dfcli.agent.synthesis.values import same, shown
from dfcli.ops.base import Row

Name = Literal["idempotent", "ignores_case", "ignores_outer_space", "not_longer", "matches", "between", "one_of"]

_NEEDED: Mapping[str, tuple[str, ...]] = {"matches": ("pattern",), "between": ("low", "high"), "one_of": ("values",)}


class Law(BaseModel):
    """A law by its name: of texts `idempotent`, `ignores_case`, `ignores_outer_space` and `not_longer`; of any value
    `matches` (a `pattern`, of the whole text), `between` (`low` and `high`) and `one_of` (`values`).

    A null result breaks none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    law: Name
    pattern: str | None = Field(default=None, max_length=200)
    low: float | None = None
    high: float | None = None
    values: tuple[str | int | float | bool, ...] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Law:
        for name in _NEEDED.get(self.law, ()):
            if getattr(self, name) is None:
                raise ValueError(f"the law {self.law} needs {' and '.join(_NEEDED[self.law])}")
        if self.pattern is not None:
            _matches([""], self.pattern)
        return self

    def fits(self, function: Function) -> bool:
        """Tell whether the law can be asked of a function: those that compare texts need one text in and one out."""
        kinds = list(function.inputs.values())
        match self.law:
            case "idempotent" | "not_longer":
                return kinds == ["str"] and function.type == "str"
            case "ignores_case" | "ignores_outer_space":
                return "str" in kinds
            case "matches":
                return function.type == "str"
            case "between":
                return function.type in ("int", "float")
        return True

    def __str__(self) -> str:
        said = [shown(getattr(self, name)) for name in _NEEDED.get(self.law, ())]
        return " ".join([self.law, *said])


def broken(
    laws: Sequence[Law], function: Function, source: str, given: Sequence[Row], got: Sequence[Result], run: Run
) -> Iterator[str]:
    """Yield a sentence for each law that a function breaks, with the first row on which it does."""
    for law in laws:
        rows, values = _changed(law, function, given, got), [each.value for each in got]
        if rows is None:
            found = _first(values, _holding(law, values, [next(iter(row.values())) for row in given]))
        else:
            again = [None if each.error else each.value for each in run(source, function.name, rows)]
            held = [value is None or same(other, value) for value, other in zip(values, again, strict=True)]
            found = _first(values, held)
        if found is not None:
            row = given[found] if rows is None else rows[found]
            yield f"the law “{law}” does not hold for {shown(dict(row))} (result {shown(values[found])})"


def _changed(law: Law, function: Function, given: Sequence[Row], got: Sequence[Result]) -> list[Row] | None:
    """Return the rows on which the results must be the same again; None where the results say it all."""
    match law.law:
        case "idempotent":
            name = next(iter(function.inputs))
            return [{name: each.value} for each in got]
        case "ignores_case":
            return [_with_texts(row, function, str.swapcase) for row in given]
        case "ignores_outer_space":
            return [_with_texts(row, function, lambda text: f"  {text} ") for row in given]
    return None


def _with_texts(row: Row, function: Function, change: Any) -> Row:
    texts = {name for name, kind in function.inputs.items() if kind == "str"}
    return {
        name: change(value) if name in texts and isinstance(value, str) and value.isascii() else value
        for name, value in row.items()
    }


def _holding(law: Law, values: Sequence[Any], inputs: Sequence[Any]) -> list[bool]:
    match law.law:
        case "not_longer":
            pairs = zip(values, inputs, strict=True)
            return [not isinstance(given, str) or value is None or len(value) <= len(given) for value, given in pairs]
        case "matches":
            return _matches(values, law.pattern or "")
        case "between":
            assert law.low is not None
            assert law.high is not None
            return [value is None or law.low <= value <= law.high for value in values]
    return [value is None or any(same(value, each) for each in law.values or ()) for value in values]


def _matches(values: Sequence[Any], pattern: str) -> list[bool]:
    """Tell which values match; the pattern is a model's, so an engine that is never slow looks at it."""
    texts = pl.Series([each if isinstance(each, str) else None for each in values], dtype=pl.String)
    try:
        return texts.str.contains(f"^(?s:{pattern})$", strict=True).fill_null(True).to_list()
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"{pattern!r} is no pattern that can be used: {str(error).splitlines()[0]}") from error


def _first(values: Sequence[Any], held: Sequence[bool]) -> int | None:
    return next((at for at, holds in enumerate(held) if not holds), None)
