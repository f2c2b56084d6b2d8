"""What stands in for a step that could not be built, so that the steps around it are checked all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from dfcli.ops.base import Context, Operator
from dfcli.recipes.columns import Columns


class Unbuilt(Operator):
    """Stands for a step whose mistakes are noted already; a recipe that holds one is never run.

    `names` are the columns it may write; with `more` it may do anything else to the columns too.
    """

    names: tuple[str, ...] = ()
    more: bool = True

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        raise NotImplementedError

    def after(self, columns: Columns) -> Columns:
        """Return the columns after the step, as far as its options tell."""
        return replace(columns.excuse(self.names), more=columns.more or self.more)


def instead_of(cls: type[Operator] | None, options: Mapping[Any, Any]) -> Unbuilt:
    """Return what stands for a step of a class that could not be built from its options."""
    if cls is None or cls.columns_vary:
        return Unbuilt()
    defaults = [each.default for each in cls.model_fields.values() if isinstance(each.default, str)]
    return Unbuilt(names=tuple(dict.fromkeys([*_texts(options), *defaults])), more=False)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (key for key in value if isinstance(key, str))
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
