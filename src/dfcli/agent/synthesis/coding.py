"""A function for what is missing: examples, then tests, then code, each asked for by itself; at most three attempts."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dfcli.agent.synthesis import asking, files, trials
from dfcli.agent.synthesis.model import Ask, Case, Function, Gate, Missing, Outcome, Run
from dfcli.agent.synthesis.trials import Killed, Tests
from dfcli.ops.base import Row

ATTEMPTS = 3
"""Sources that are written for one function at most."""


@dataclass(frozen=True)
class Shop:
    """What functions are made with: the model, the gate, the sandbox, and the modules that a function may import.

    `weak` says why the sandbox is not strong, and is empty where it is.
    """

    ask: Ask
    gate: Gate
    run: Run
    modules: tuple[str, ...]
    weak: str = ""


@dataclass
class _Attempt:
    """How far a function is: the last source, what is wrong with it, the trees of all sources so far."""

    tests: Tests
    source: str = ""
    failures: tuple[str, ...] = ()
    number: int = 0
    sharpened: bool = False
    killed: Killed | None = None
    seen: set[str] = field(default_factory=set)


def code(missing: Missing, function: Function, shop: Shop) -> Outcome:
    """Return a function that passes its tests, which notice faults; else what was reached, to be finished by hand."""
    known = asking.examples(shop.ask, missing, function)
    rows = _rows(missing, function)
    at = _Attempt(asking.tests(shop.ask, missing, function, known))
    why = ""
    while not why and at.number < ATTEMPTS:
        at.number += 1
        source = asking.source(shop.ask, missing, function, known, shop.modules, at.source, at.failures)
        if _tree(source) in at.seen:
            why = "the model wrote the same wrong function again"
            break
        at.seen.add(_tree(source))
        at.source = source
        at.failures = trials.failures(function, source, at.tests, rows, shop.gate, shop.run)
        if at.failures:
            continue
        why = _weighed(missing, function, known, rows, shop, at)
        if not why and not at.failures:
            return _made(missing, function, known, at)
    return _scaffold(missing, function, known, at, why or f"it is not right after {at.number} attempts")


def _weighed(  # noqa: PLR0913  a step of `code`, and all of it is needed
    missing: Missing, function: Function, known: Sequence[Case], rows: Sequence[Row], shop: Shop, at: _Attempt
) -> str:
    """Return why the tests are worth nothing; before that they are asked for once more, and the source must pass them."""
    at.killed = trials.killed(function, at.source, at.tests, rows, shop.run)
    if at.killed.vacuous and not at.sharpened:
        at.sharpened = True
        more = asking.tests(shop.ask, missing, function, at.tests.cases, list(at.killed.missed))
        at.tests = replace(more, laws=tuple(dict.fromkeys((*at.tests.laws, *more.laws))))
        at.failures = trials.failures(function, at.source, at.tests, rows, shop.gate, shop.run)
        if at.failures:
            return ""
        at.killed = trials.killed(function, at.source, at.tests, rows, shop.run)
    if at.killed.vacuous:
        return f"its tests notice only {at.killed.killed} of {at.killed.mutants} faults put into it"
    return ""


def _made(missing: Missing, function: Function, known: Sequence[Case], at: _Attempt) -> Outcome:
    assert at.killed is not None
    text = files.finished(missing, at.source)
    said = (
        f"“{missing.words}” is done by a function that a model wrote and nobody has read yet: {function.doc} It passes "
        f"{len(at.tests.cases)} cases, which notice {at.killed.killed} of {at.killed.mutants} faults put into it"
    )
    return Outcome(
        "code",
        said,
        files.step(function, text),
        {files.source_path(function): text, files.cases_path(function): files.lines(at.tests.cases)},
        tuple(known),
        at.number,
        at.killed.mutants,
        at.killed.killed,
    )


def _scaffold(missing: Missing, function: Function, known: Sequence[Case], at: _Attempt, why: str) -> Outcome:
    text = files.unfinished(missing, function, at.source, at.failures or (why,))
    said = f"“{missing.words}” has no step: {why}; {files.source_path(function)} is to be finished by hand"
    written = {files.source_path(function): text, files.cases_path(function): files.lines(at.tests.cases)}
    killed = at.killed or Killed(0, 0, trials.Counter())
    return Outcome("scaffold", said, {}, written, tuple(known), at.number, killed.mutants, killed.killed)


def _rows(missing: Missing, function: Function) -> list[Row]:
    """Return the rows of the data, as the function is given them."""
    return [{name: row.get(name) for name in function.inputs} for row in missing.rows]


def _tree(source: str) -> str:
    """Return what two sources that differ in nothing but layout share."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return source
