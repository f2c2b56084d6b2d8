"""A function on trial: its cases and laws, the contract, and whether its tests notice faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dfcli.agent.synthesis import contract, laws
from dfcli.agent.synthesis.laws import Law
from dfcli.agent.synthesis.model import Case, Function, Gate, Run
from dfcli.agent.synthesis.mutants import mutants
from dfcli.agent.synthesis.values import is_of, same, shown
from dfcli.ops.base import Row

ENOUGH = 0.6
"""The share of faults that tests must notice, else they say nothing."""

SHOWN = 5
"""Failures of one kind that are told."""


@dataclass(frozen=True)
class Suite:
    """What a function must do: on these rows these results, and laws that hold on any."""

    cases: tuple[Case, ...]
    laws: tuple[Law, ...] = ()

    def failures(self, function: Function, source: str, rows: Sequence[Row], run: Run) -> Iterator[str]:
        """Yield what a function does not do, case by case, then law by law; `rows` are more rows for the laws."""
        given = [*(each.given for each in self.cases), *rows]
        got = run(source, function.name, given)
        for case, result in zip(self.cases, got, strict=False):
            if result.error is not None:
                yield f"given {shown(dict(case.given))}, wanted {shown(case.wanted)}, but it stops: {result.error}"
            elif not same(result.value, case.wanted):
                yield f"given {shown(dict(case.given))}, wanted {shown(case.wanted)}, got {shown(result.value)}"
        if all(each.error is None and is_of(each.value, function.type) for each in got):
            yield from laws.broken(self.laws, function, source, given, got, run)


@dataclass(frozen=True)
class Killed:
    """How many faults were put in, how many were noticed, and the kinds of those that were not."""

    mutants: int
    killed: int
    missed: Counter[str]

    @property
    def vacuous(self) -> bool:
        """Whether so few were noticed that the tests say nothing."""
        return self.killed < ENOUGH * self.mutants


def failures(
    function: Function, source: str, suite: Suite, rows: Sequence[Row], gate: Gate, run: Run
) -> tuple[str, ...]:
    """Return what is wrong with a source, in the order of gate, cases, laws, contract: the first of these that fails.

    Nothing of a source runs that the gate does not let through.
    """
    if refused := gate(source):
        return tuple(refused[:SHOWN])
    if failed := list(suite.failures(function, source, rows, run)):
        return tuple(failed[:SHOWN])
    usual = [*(each.given for each in suite.cases), *rows]
    return tuple(contract.broken(function, source, usual, run)[:SHOWN])


def killed(function: Function, source: str, suite: Suite, rows: Sequence[Row], run: Run) -> Killed:
    """Return how many faults, put into a function that passes its tests, they notice."""
    found = mutants(source, function.name, next(iter(function.inputs)))
    missed = Counter(each.fault for each in found if not any(suite.failures(function, each.source, rows, run)))
    return Killed(len(found), len(found) - missed.total(), missed)
