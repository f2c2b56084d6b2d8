"""What may be demanded of the rows that a recipe makes, and of the recipe itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Values(_Part):
    """Values of a column by which rows can be told."""

    column: str
    values: tuple[Any, ...]
    any_order: bool = False


class Bounds(_Part):
    """Numbers of rows, both ends included."""

    at_least: int = 0
    at_most: int | None = None


class Columns(_Part):
    """Columns that must be there, and that must not."""

    has: tuple[str, ...] = ()
    not_: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        return (
            {{"not": "not_"}.get(name, name): each for name, each in data.items()} if isinstance(data, dict) else data
        )


class FileRows(_Part):
    """The number of rows of a further file."""

    rows: int


class Check(_Part):
    """One demand: exactly one of its kinds.

    kept            exactly these values of a column, in order unless `any_order`
    gone, has       none of these values is there; these are there at least
    rows            bounds for the number of rows
    columns         exactly these, in any order; or some that must be there, and some that must not
    query           DuckDB SQL over `output`, and over the fixture's files by their stems; its first cell, or the list
                    of its first column, is `want`
    equals          exactly these rows, in order; columns besides those named are not looked at
    files           further files, with their rows
    unchanged       files of the fixture that are as before (asked of all of them anyway)
    same_recipe_as  the task whose recipe must be the same, comments aside; `clean` is this one, nothing injected
    recipe_lacks    regular expressions that must not be found in the recipe's text
    recipe_has      regular expressions that must be found in it
    """

    kept: Values | None = None
    gone: Values | None = None
    has: Values | None = None
    rows: Bounds | None = None
    columns: tuple[str, ...] | Columns | None = None
    query: str | None = None
    want: Any = None
    equals: tuple[Mapping[str, Any], ...] | None = None
    files: Mapping[str, FileRows] | None = None
    unchanged: tuple[str, ...] | None = None
    same_recipe_as: str | None = None
    recipe_lacks: tuple[str, ...] | None = None
    recipe_has: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _one(self) -> Check:
        given = self.model_fields_set - {"want"}
        if len(given) != 1:
            raise ValueError(f"a check is of exactly one kind, and this one is of {', '.join(sorted(given)) or 'none'}")
        if ("want" in self.model_fields_set) != (given == {"query"}):
            raise ValueError("`query` needs `want`, and only `query` has it")
        return self

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return next(iter(self.model_fields_set - {"want"}))
