"""The review of a recipe in a terminal: accept, edit, replace a step, explain a step, reject."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from dfcli.agent.diff import semantic, unified
from dfcli.agent.edits import ReplaceStep, apply
from dfcli.agent.outline import Entry, outline
from dfcli.agent.retrieval.cards import cards
from dfcli.agent.retrieval.index import Index
from dfcli.agent.review import Card
from dfcli.commands._operator import first_line, page
from dfcli.errors import DfcliError, UsageError
from dfcli.ops.base import Operator
from dfcli.ops.registry import installed
from dfcli.runtime.wording import printable

CHOICES = "[a]ccept, [e]dit, re[p]lace a step, e[x]plain a step, [r]eject"
_SUGGESTED = 5
_OWN_KEYS = ("id", "keep", "when", "model", "on_error", "checkpoint", "samples")


@dataclass
class Reviewer:
    """Shows a card and asks what shall become of it; it is what the agent calls a review.

    `ask` puts a question and returns the answer, EOFError when there will be none. `edit` returns a text as somebody
    changed it, None when they did not.
    """

    screen: Console
    show: Callable[[Card], None]
    ask: Callable[[str], str]
    edit: Callable[[str], str | None]
    _last: str | None = field(default=None, init=False)

    def __call__(self, card: Card) -> str:
        """Return `accept`, `reject`, or another text."""
        if self._last is not None and self._last != card.text:
            print_changes(semantic(self._last, card.text), self.screen)
        self._last = card.text
        self.show(card)
        while True:
            try:
                decision = self._decided(card, self.ask(f"\n{CHOICES}: "))
            except EOFError:
                return "reject"
            except DfcliError as error:
                self.screen.print(Text(printable(str(error)), "red"))
                continue
            if decision:
                return decision

    def _decided(self, card: Card, answer: str) -> str | None:
        """Return the decision that an answer is, None where it is none yet."""
        word, _, rest = answer.strip().lower().partition(" ")
        match word:
            case "a" | "accept":
                return "accept" if self._may_write(card) else None
            case "r" | "reject" | "q" | "quit":
                return "reject"
            case "e" | "edit":
                return self.edit(card.text)
            case "x" | "explain":
                self._explain(self._step(card, rest), card)
            case "p" | "replace":
                return self._replaced(card, self._step(card, rest))
            case _:
                self.screen.print(Text(f"say one of {CHOICES}"))
        return None

    def _may_write(self, card: Card) -> bool:
        if card.before is None or card.before == card.file:
            return True
        return consented(card.before, card.file, str(card.out), self.screen, self.ask)

    def _step(self, card: Card, said: str) -> Entry:
        """Return the step that was named, by number or id; it is asked for where none was."""
        found = outline(card.text)
        steps = found.steps if found else ()
        said = said.strip() or self.ask(f"Which step, 1 to {len(steps)}? ").strip()
        for number, each in enumerate(steps, 1):
            if said in (str(number), each.id):
                return each
        raise UsageError(f"there is no step {said!r}; there are {', '.join(each.id for each in steps)}")

    def _explain(self, step: Entry, card: Card) -> None:
        cls = installed().operators().get(step.op)
        flows = [each for each in card.verdict.flow if each.step.partition("#")[0] == step.id]
        for each in flows:
            left = ", ".join(f"{n} {fate}" for fate, n in (("dropped", each.dropped), ("failed", each.failed)) if n)
            line = f"{each.step}: {each.rows_in} rows in, {each.rows_out} out{f', {left}' if left else ''}"
            self.screen.print(Text(printable(line), "bold"))
        for name, value in step.keys.items():
            self.screen.print(Text(printable(f"  {name}: {value}")))
        if cls is not None:
            self.screen.print(Text(printable(page(cls, self.screen.width))))

    def _replaced(self, card: Card, step: Entry) -> str | None:
        """Return the recipe with another operator in a step's place, chosen from those that do something like it."""
        operators = installed().operators()
        names = alternatives(step.op, operators)
        for number, name in enumerate(names, 1):
            self.screen.print(Text(printable(f"  {number}  {name}: {first_line(operators[name])}")))
        said = self.ask("Which one, by number or name (empty for none)? ").strip()
        if not said:
            return None
        name = names[int(said) - 1] if said.isdecimal() and 0 < int(said) <= len(names) else said
        text = apply(
            card.text, [ReplaceStep(step=step.id, by=replacement(step, operators.get(step.op), installed().get(name)))]
        )
        return None if text == card.text else text


def alternatives(op: str, operators: Mapping[str, type[Operator]]) -> list[str]:
    """Return the names of operators that do something like one, the nearest first."""
    cls = operators.get(op)
    if cls is None:
        return []
    found = Index(cards(operators)).ranked(" ".join([first_line(cls), *cls.use_for[:2]]))
    names = [each.card.name for each in found]
    return [name for name in names if name != op and operators[name].kind == cls.kind][:_SUGGESTED]


def replacement(step: Entry, old: type[Operator] | None, new: type[Operator]) -> dict[str, Any] | str:
    """Return a step with another operator: the options that it has, too, and the column that the step was about."""
    keys = {name: value for name, value in step.keys.items() if name in _OWN_KEYS or name in new.model_fields}
    about = next((each for name in _columns_read(old) if isinstance(each := step.keys.get(name), str)), None)
    first = next(iter(_columns_read(new)), None)
    if about is not None and first is not None and first not in keys and new.model_fields[first].default != about:
        keys = {first: about, **keys}
    return {"op": new.op(), **keys} if keys else new.op()


def _columns_read(cls: type[Operator] | None) -> list[str]:
    """Return the options of an operator that name columns it reads; the one that its example is about first."""
    if cls is None or not cls.model_fields:
        return []
    found = [name for name, spec in cls.model_json_schema()["properties"].items() if '"reads"' in json.dumps(spec)]
    return sorted(found, key=lambda name: (name not in ("text", "on"), found.index(name)))


def consented(before: str, after: str, name: str, screen: Console, ask: Callable[[str], str]) -> bool:
    """Show what would change in a file, and tell whether that is wanted."""
    screen.print(Text(printable(f"\n{name} is there already; this would change:"), "bold"))
    print_changes(semantic(before, after), screen)
    print_unified(unified(before, after), screen)
    return ask(f"Replace {printable(name)}? [y/N] ").strip().lower() in ("y", "yes")


def print_changes(changes: list[str], screen: Console) -> None:
    """Print the sentences of a semantic diff."""
    for each in changes or ["nothing but comments"]:
        style = {"+": "green", "-": "red"}.get(each[:1], "")
        screen.print(Text(printable(f"  {each}"), style))


def print_unified(diff: str, screen: Console) -> None:
    """Print a diff by lines."""
    screen.print()
    for line in diff.splitlines():
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        screen.print(Text(printable(line), style), soft_wrap=True)
