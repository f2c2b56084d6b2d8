"""Repair of a recipe in rounds: fixers by rule first, then a model's typed edits; nothing counts that does not help.

Each round goes through the issues and takes, of the candidates for each, the one after which least is wrong. A text is
looked at once. What is best so far is returned, whatever happens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from dfcli.agent import outline
from dfcli.agent.edits import Edit, RenameColumn, apply, edits_from
from dfcli.agent.fixers import fixes
from dfcli.agent.verdict import Issue, Verdict
from dfcli.errors import DfcliError

IDLE = 2
"""Rounds without progress after which a repair ends."""

_TRIED = 10
"""Candidates that are checked for one issue at most."""

_PHASES: tuple[frozenset[str], ...] = (
    frozenset({"yaml"}),
    frozenset({"no_steps", "unknown_key"}),
    frozenset({"no_operator", "unknown_operator"}),
    frozenset({"unknown_option", "missing_option", "wrong_type", "bad_value", "unknown_variable", "input_unreadable"}),
)
"""Codes of issues that hide others: what is found once they are gone is no step back."""

Check = Callable[[str], Verdict]
Propose = Callable[[str, Verdict], Sequence[Edit]]


@dataclass(frozen=True)
class Repaired:
    """What a repair came to: the best text, its verdict, the rounds it took, and what was done, in words.

    `by` says who mended it last: rules, or the model; rules where nothing was mended.
    """

    text: str
    verdict: Verdict
    rounds: int
    steps: tuple[str, ...] = ()
    by: Literal["rules", "model"] = "rules"


@dataclass
class _Bench:
    """The best text so far, and all that were looked at."""

    check: Check
    text: str
    verdict: Verdict
    columns: Sequence[str]
    steps: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def look(self, edits: Sequence[Edit]) -> tuple[str, Verdict] | None:
        """Return the text after edits and its verdict; None where they cannot be made, or lead nowhere new."""
        try:
            text = apply(self.text, edits)
        except DfcliError:
            return None
        mark = hashlib.sha256(text.encode()).hexdigest()
        if mark in self.seen or not keeps_checks(self.text, text, edits, self.verdict.issues):
            return None
        self.seen.add(mark)
        return text, self.check(text)

    def take(self, found: tuple[str, Verdict], words: str) -> None:
        """Make a text the best so far."""
        self.text, self.verdict = found
        self.steps.append(words)


def repair(
    text: str,
    check: Check,
    *,
    propose: Propose | None = None,
    rounds: int = 4,
    columns: Sequence[str] = (),
) -> Repaired:
    """Return the best that rules, and then a model, can make of a recipe's text in at most so many rounds.

    `check` gives the verdict on a text. `propose` is asked for edits when no rule helps; what it raises or returns that
    is no edit counts as a round without progress. `columns` are those of the input. Checks are never lost or changed.
    """
    bench = _Bench(check, text, check(text), columns)
    bench.seen.add(hashlib.sha256(text.encode()).hexdigest())
    by: Literal["rules", "model"] = "rules"
    done = idle = 0
    while done < rounds and idle < IDLE and _is_wrong(bench.verdict):
        done += 1
        if _by_rules(bench):
            by, idle = "rules", 0
        elif propose is None:
            break
        elif _by_model(bench, propose):
            by, idle = "model", 0
        else:
            idle += 1
    return Repaired(bench.text, bench.verdict, done, tuple(bench.steps), by)


def distance(verdict: Verdict) -> tuple[int, ...]:
    """Return how far a recipe is from being right, the smaller the better: `Verdict.progress`, with errors by phase.

    An error of YAML hides all others, an unknown operator those of its options: one of those less is a step forward,
    whatever comes to light behind it.
    """
    missing, unmet, _, warnings = verdict.progress()
    phases = [sum(each.code in phase for each in verdict.errors) for phase in _PHASES]
    return (missing, unmet, *phases, len(verdict.errors) - sum(phases), warnings)


def keeps_checks(before: str, after: str, edits: Sequence[Edit], issues: Sequence[Issue]) -> bool:
    """Tell whether all checks of a text are still there after edits.

    A check may follow its column to another name, but for one that leads it to a column which was there already: then
    its own must have been missing.
    """
    old = outline.checks(before)
    for each in edits:
        if isinstance(each, RenameColumn):
            old = frozenset((each.new if subject == each.old else subject, phrase) for subject, phrase in old)
    there = {subject for subject, _ in outline.checks(before)}
    missed = {each.column for each in issues} | {each.option.partition(".")[2] for each in issues}
    moved = [each for each in edits if isinstance(each, RenameColumn) and each.old in there and each.old not in missed]
    return not moved and old <= outline.checks(after)


def _is_wrong(verdict: Verdict) -> bool:
    return bool(verdict.errors or verdict.unmet)


def _by_rules(bench: _Bench) -> bool:
    """Take what helps most for each issue in turn; tell whether anything did."""
    before = distance(bench.verdict)
    told: set[tuple[str, ...]] = set()
    while (issue := next((each for each in bench.verdict.errors if _key(each) not in told), None)) is not None:
        told.add(_key(issue))
        best = _best(bench, issue)
        if best is not None:
            bench.take(*best)
    return distance(bench.verdict) < before


def _key(issue: Issue) -> tuple[str, ...]:
    return issue.code, issue.step, issue.option, issue.column, issue.sentence


def _best(bench: _Bench, issue: Issue) -> tuple[tuple[str, Verdict], str] | None:
    """Return the candidate for an issue after which least is wrong, if less than now; the first of equals."""
    best, least = None, distance(bench.verdict)
    for words, edits in islice(_candidates(bench, issue), _TRIED):
        found = bench.look(edits)
        if found is not None and (far := distance(found[1])) < least:
            best, least = (found, words), far
            if not _is_wrong(found[1]):
                break
    return best


def _candidates(bench: _Bench, issue: Issue) -> Iterator[tuple[str, list[Edit]]]:
    """Yield the candidates for an issue, also those that mend the same thing for two of the recipe's issues at once."""
    yield from fixes(bench.text, [issue], bench.columns)


def _by_model(bench: _Bench, propose: Propose) -> bool:
    """Take a model's edits where less is wrong after them; tell whether that was so."""
    try:
        proposed = propose(bench.text, bench.verdict)
        edits = edits_from([_plain(each) for each in proposed])
    except (DfcliError, TypeError):
        return False
    found = bench.look(edits)
    if found is None or distance(found[1]) >= distance(bench.verdict):
        return False
    bench.take(found, f"the model's edits: {', '.join(each.edit for each in edits)}")
    return True


def _plain(edit: object) -> object:
    """Return an edit as data, to be read again: what a model returns may be anything."""
    dump = getattr(edit, "model_dump", None)
    return (
        dump(exclude_unset=True) | {"edit": getattr(edit, "edit", "")}
        if dump and not isinstance(edit, Mapping)
        else edit
    )
