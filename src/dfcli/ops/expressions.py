"""Options that are SQL expressions over the columns of one row: their types, and what the check reads of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import polars as pl
from polars.exceptions import PanicException, PolarsError
from pydantic import AfterValidator, BaseModel

Gives = Literal["condition", "number", "value"]


@dataclass(frozen=True)
class Sql:
    """Marks an option as an SQL expression, and says what it must give: true or false, a number or either, anything."""

    gives: Gives

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return handler(core) | {"sql": self.gives}


@dataclass(frozen=True)
class Expression:
    """The SQL that an option holds, and what it must give."""

    text: str
    gives: Gives

    @property
    def columns(self) -> list[str]:
        """The columns it reads, each once."""
        return list(dict.fromkeys(pl.sql_expr(self.text).meta.root_names()))


def expressions(options: BaseModel) -> dict[str, Expression]:
    """Return the SQL expressions among options, by option."""
    marked = {
        name: mark.gives
        for name, info in type(options).model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Sql)
    }
    given = {name: getattr(options, name) for name in marked}
    return {name: Expression(text, marked[name]) for name, text in given.items() if text is not None}


def _is_sql(text: str) -> str:
    try:
        pl.sql_expr(text)
    except (PolarsError, PanicException) as error:
        raise ValueError(f"not an SQL expression: {error}") from error
    return text


def _reads_columns(text: str) -> str:
    if not pl.sql_expr(text).meta.root_names():
        raise ValueError(f"{text} reads no column, so it is the same for all rows")
    return text


Condition = Annotated[str, Sql("condition"), AfterValidator(_is_sql)]
"""A condition on a row, as in `keep`."""

Number = Annotated[str, Sql("number"), AfterValidator(_is_sql), AfterValidator(_reads_columns)]
"""A number computed from a row, or a condition on it, which counts as 1 or 0."""

Value = Annotated[str, Sql("value"), AfterValidator(_is_sql), AfterValidator(_reads_columns)]
"""Any value computed from a row: a column, or more."""
