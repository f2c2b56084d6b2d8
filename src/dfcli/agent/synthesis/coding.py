"""A function for what is missing: examples, then tests, then code, each asked for by itself; at most three attempts."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dfcli.agent.synthesis import asking, files, trials
from dfcli.agent.synthesis.model import Ask, Case, Function, Gate, Missing, Outcome, Run
from dfcli.agent.synthesis.trials import Killed, Suite
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


def code(missing: Missing, function: Function, shop: Shop) -> Outcome:
    """Return a function that passes its tests, which notice faults; else what was reached, to be finished by hand."""
    known = asking.examples(shop.ask, missing, function)
    suite = asking.suite(shop.ask, missing, function, known, [])
    rows = [{name: row.get(name) for name in function.inputs} for row in missing.rows]
    return _Work(missing, function, shop, known, rows, suite).done()


@dataclass
class _Work:
    """How far a function is: the last source, what is wrong with it, the trees of all sources so far."""

    missing: Missing
    function: Function
    shop: Shop
    known: tuple[Case, ...]
    rows: Sequence[Row]
    suite: Suite
    source: str = ""
    failures: tuple[str, ...] = ()
    attempts: int = 0
    sharpened: bool = False
    killed: Killed = field(default_factory=lambda: Killed(0, 0, Counter()))
    seen: set[str] = field(default_factory=set)

    def done(self) -> Outcome:
        """Write until it is right, the attempts are used up, or the model repeats itself."""
        while self.attempts < ATTEMPTS:
            self.attempts += 1
            if not self._write():
                return self._scaffold("the model wrote the same wrong function again")
            self._try()
            if self.failures:
                continue
            self._weigh()
            if self.killed.vacuous and not self.failures:
                said = f"its tests notice only {self.killed.killed} of {self.killed.mutants} faults put into it"
                return self._scaffold(said)
            if not self.failures:
                return self._made()
        return self._scaffold(f"it is not right after {self.attempts} attempts")

    def _write(self) -> bool:
        """Have a source written; tell whether it is another one than before."""
        shop = self.shop
        source = asking.source(
            shop.ask, self.missing, self.function, self.known, shop.modules, self.source, self.failures
        )
        known = len(self.seen)
        self.seen.add(_tree(source))
        self.source = source
        return len(self.seen) > known

    def _try(self) -> None:
        found = trials.failures(self.function, self.source, self.suite, self.rows, self.shop.gate, self.shop.run)
        self.failures = found

    def _weigh(self) -> None:
        """Put faults into the source; where too few are noticed, have tests added once, which it must pass as well."""
        self._count()
        if not self.killed.vacuous or self.sharpened:
            return
        self.sharpened = True
        more = asking.suite(self.shop.ask, self.missing, self.function, self.suite.cases, list(self.killed.missed))
        self.suite = replace(more, laws=tuple(dict.fromkeys((*self.suite.laws, *more.laws))))
        self._try()
        if not self.failures:
            self._count()

    def _count(self) -> None:
        self.killed = trials.killed(self.function, self.source, self.suite, self.rows, self.shop.run)

    def _made(self) -> Outcome:
        text = files.finished(self.missing, self.source)
        said = (
            f"by a function that a model wrote and nobody has read yet: {self.function.doc} It passes "
            f"{len(self.suite.cases)} cases, which notice {self.killed.killed} of {self.killed.mutants} faults put "
            "into it"
        )
        return self._outcome(Outcome("code", said, files.step(self.function, text)), text)

    def _scaffold(self, why: str) -> Outcome:
        source = "" if self.shop.gate(self.source) else self.source
        text = files.unfinished(self.missing, self.function, source, self.failures or (why,))
        path = files.source_path(self.function)
        said = f"{why}; {path} is to be finished by hand"
        return self._outcome(Outcome("scaffold", said), text)

    def _outcome(self, outcome: Outcome, text: str) -> Outcome:
        cases = files.lines(self.suite.cases)
        return replace(
            outcome,
            files={files.source_path(self.function): text, files.cases_path(self.function): cases},
            examples=self.known,
            writes=(self.function.output,),
            attempts=self.attempts,
            mutants=self.killed.mutants,
            killed=self.killed.killed,
        )


def _tree(source: str) -> str:
    """Return what two sources that differ in nothing but layout share."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return source
