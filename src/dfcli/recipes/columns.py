"""The columns at one point of a recipe, as far as they can be known without running it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl
from polars.datatypes import DataTypeClass

from dfcli.errors import did_you_mean
from dfcli.ops.base import is_hidden
from dfcli.ops.types import name_of

_SHOWN = 12


@dataclass(frozen=True)
class Columns:
    """Columns whose type is known, and `vague` ones: there but of unknown type, or (false) reported as missing already.

    `more` says that there may be others too, as when the input cannot be looked at; then no column is ever missing.
    `left_out` says, for columns that were there before, which step left them out.
    """

    known: pl.Schema = field(default_factory=pl.Schema)
    vague: Mapping[str, bool] = field(default_factory=dict)
    more: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)

    def knows(self, names: Iterable[str]) -> bool:
        """Tell whether the types of all of these are known."""
        return all(name in self.known for name in names)

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are certainly no columns here."""
        return [] if self.more else [name for name in names if name not in self.known and name not in self.vague]

    def no_column(self, name: str) -> str:
        """Return the sentence about a missing column."""
        there = [
            each for each in (*self.known, *(each for each, is_ in self.vague.items() if is_)) if not is_hidden(each)
        ]
        if name in self.left_out:
            hint = f": step {self.left_out[name]!r} leaves it out;"
        else:
            hint = f"{near}?" if (near := did_you_mean(name, there).removesuffix("?")) else ";"
        if name.startswith("$"):
            hint = f": a variable is written ${{{name[1:]}}};"
        shown = ", ".join(there[:_SHOWN]) + (f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else "")
        return f"no column {name!r} here{hint} {f'columns: {shown}' if there else 'there are no columns'}"

    def types(self, names: Iterable[str]) -> str:
        """Return the types of columns for a sentence: `score is int, text is str`."""
        return ", ".join(
            f"{name} is {name_of(self.known[name])}" for name in dict.fromkeys(names) if name in self.known
        )

    def excuse(self, names: Iterable[str], *, there: bool = False) -> Columns:
        """Return columns among which these are vague, so that what is said about them is said once.

        `there` says that they certainly are columns; without it, those that were before.
        """
        vaguer = {name: there or name in self.known or self.vague.get(name, False) for name in names}
        known = pl.Schema({name: kind for name, kind in self.known.items() if name not in vaguer})
        return replace(self, known=known, vague={**self.vague, **vaguer})

    def written(self, columns: Mapping[str, pl.DataType | None]) -> Columns:
        """Return the columns after some were written, with their types where these are declared."""
        typed = {name: kind for name, kind in columns.items() if kind is not None}
        vaguer = self.excuse([name for name, kind in columns.items() if kind is None], there=True)
        return replace(vaguer, known=pl.Schema({**vaguer.known, **typed}), vague=_without(vaguer.vague, typed))

    def become(self, known: pl.Schema, step: str) -> Columns:
        """Return the columns after a step of which Polars has told the result."""
        seen = {name: kind for name, kind in known.items() if not is_hidden(name)}
        gone = {name: step for name in self.known if name not in seen}
        left_out = {name: by for name, by in {**self.left_out, **gone}.items() if name not in seen}
        return replace(self, known=pl.Schema(seen), vague=_without(self.vague, seen), left_out=left_out)


def _without(vague: Mapping[str, bool], names: Container[str]) -> dict[str, bool]:
    return {name: there for name, there in vague.items() if name not in names}


def fits(given: pl.DataType, wanted: pl.DataType | None) -> bool:
    """Tell whether a column's type does where another is wanted; an int does for a float, all nulls for anything."""
    if wanted is None or given == pl.Null():
        return True
    if isinstance(given, pl.List) and isinstance(wanted, pl.List):
        return fits(_instance(given.inner), _instance(wanted.inner))
    if isinstance(given, pl.Struct) and isinstance(wanted, pl.Struct):
        there = {each.name: _instance(each.dtype) for each in given.fields}
        return all(each.name in there and fits(there[each.name], _instance(each.dtype)) for each in wanted.fields)
    return name_of(given) == name_of(wanted) or (given.is_integer() and wanted.is_float())


def _instance(kind: DataTypeClass | pl.DataType) -> pl.DataType:
    return kind() if isinstance(kind, type) else kind
