"""The smaller blocks of a recipe: input, output, budget, checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dfcli.ops.sentences import Place, describe
from dfcli.ops.types import dtype
from dfcli.recipes.mistakes import WRONG, Mistakes
from dfcli.recipes.model import Budget, Check, Input, Output
from dfcli.recipes.options import build


def input_of(data: Any, mistakes: Mistakes) -> Input | None:
    """Return the input a recipe names, None when it names none or a wrong one."""
    if data is None or data is WRONG:
        return None
    given = data if isinstance(data, Mapping) else {"path": data}
    found = build(Input, given, ("input",), mistakes, "input")
    if found is None:
        return None
    for key, sentence in _contradictions(found):
        mistakes.add(("input", key), f"input: {sentence}", "bad_value")
    return found


def output_of(data: Any, mistakes: Mistakes) -> Output | None:
    """Return the output a recipe names, None when it names none or a wrong one."""
    if data is None or data is WRONG:
        return None
    return build(Output, data if isinstance(data, Mapping) else {"path": data}, ("output",), mistakes, "output")


def budget_of(data: Any, mistakes: Mistakes) -> Budget | None:
    """Return the budget of a recipe, None when it has none or a wrong one."""
    return build(Budget, data, ("budget",), mistakes, "budget") if isinstance(data, Mapping) else None


def checks_of(data: Any, mistakes: Mistakes) -> tuple[Check, ...]:
    """Return the checks of a recipe, one per phrase."""
    given = data if isinstance(data, Mapping) else {}
    return tuple(check for subject, phrases in given.items() for check in _phrases(str(subject), phrases, mistakes))


def _phrases(subject: str, phrases: Any, mistakes: Mistakes) -> Iterator[Check]:
    place: Place = ("checks", subject)
    several = isinstance(phrases, list)
    for number, each in enumerate(phrases if several else [phrases]):
        here = (*place, number) if several else place
        if isinstance(each, str) and each.strip():
            yield Check(subject, each.strip(), mistakes.line(here))
        elif each is not WRONG:
            mistakes.add(
                here, f"{subject}: a check is a phrase such as 'at least 5', not {describe(each)}", "bad_check"
            )


def _contradictions(given: Input) -> Iterator[tuple[str, str]]:
    if given.path is not None and given.database is not None:
        yield "database", "rows come from path or from database, not from both"
    elif given.path is None and given.database is None:
        yield "path", "name a path, or a database with a query"
    elif (given.database is None) != (given.query is None):
        yield "query", "database and query go together"
    for name, kind in given.columns.items():
        try:
            dtype(kind)
        except ValueError as error:
            yield "columns", f"columns.{name}: {error}"
