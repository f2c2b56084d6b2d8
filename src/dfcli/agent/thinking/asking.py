"""The questions put to the model that plans; the words of each stand in `prompts/`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from dfcli.agent.synthesis.model import Ask
from dfcli.agent.synthesis.replies import reader, schema_of
from dfcli.agent.thinking.cards import Card
from dfcli.agent.thinking.shapes import Edits, Meanings, Planned, plan_schema
from dfcli.agent.verdict import Issue, Verdict
from dfcli.ops.base import Prompt
from dfcli.ops.template import Template
from dfcli.runtime.wording import cut

PROMPTS = Path(__file__).with_name("prompts")
FORMS = tuple(Path(__file__).with_name("forms.txt").read_text(encoding="utf-8").splitlines())
"""Sentences that the rules read; the model says in such words what it understands."""

_ISSUES = 8
_SENTENCE = 300
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|`[^`]*`")

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True)
class Part:
    """A part of a request, in its words; `read` says that rules understood it."""

    words: str
    read: bool


@dataclass(frozen=True)
class Matter:
    """What all questions of a session are about: the request, and lines about the data."""

    request: str
    data: tuple[str, ...]


def meanings(ask: Ask, matter: Matter, parts: Sequence[str]) -> Meanings | None:
    """Return what parts of a request mean, None where the reply is of no use."""
    said = {"forms": FORMS, "data": matter.data, "request": matter.request, "parts": parts}
    return _asked(ask, "meanings", said, Meanings, schema_of(Meanings))


def planned(
    ask: Ask, matter: Matter, cards: Sequence[Card], parts: Sequence[Part], candidate: str, wrong: Sequence[str] = ()
) -> Planned | None:
    """Return the steps that the model would take, None where the reply is of no use.

    `candidate` are the steps that rules planned, `wrong` is what was found to be wrong with them.
    """
    said = {
        "cards": [each.text for each in cards],
        "data": matter.data,
        "request": matter.request,
        "parts": parts,
        "candidate": candidate,
        "wrong": wrong,
    }
    return _asked(ask, "plan", said, Planned, plan_schema(cards))


def edits(
    ask: Ask, matter: Matter, cards: Sequence[Card], recipe: str, verdict: Verdict, tried: Sequence[str]
) -> Edits | None:
    """Return the edits that the model would make, None where the reply is of no use."""
    said = {
        "cards": [each.text for each in cards],
        "data": matter.data,
        "request": matter.request,
        "recipe": recipe,
        "issues": list(wrong(verdict, recipe)),
        "tried": tried,
    }
    return _asked(ask, "edits", said, Edits, schema_of(Edits))


def wrong(verdict: Verdict, recipe: str) -> list[str]:
    """Return what is wrong with a recipe as a model is told of it: with no words of rows, and with none of their cells.

    What stands in quotes is told only where it stands in the recipe as well, or where nothing was run yet.
    """
    issues = [_issue(each, recipe, ran=verdict.level != "draft") for each in verdict.errors[:_ISSUES]]
    return [*issues, *(f"check: {each.check} does not hold" for each in verdict.checks if each.held is False)]


def _issue(issue: Issue, recipe: str, *, ran: bool) -> str:
    sentence = cut(issue.sentence, _SENTENCE)
    if ran:
        sentence = _QUOTED.sub(lambda found: found[0] if found[0][1:-1] in recipe else "…", sentence)
    where = [f"{name} {value}" for name, value in (("step", issue.step), ("option", issue.option)) if value]
    return f"{issue.code}{f' ({chr(44).join(where)})' if where else ''}: {sentence}"


def _asked(ask: Ask, name: str, said: Mapping[str, Any], shape: type[Shape], schema: Mapping[str, Any]) -> Shape | None:
    reply = ask(Prompt(_template(name).messages(said), reader(shape), schema))
    return shape.model_validate(reply.values["reply"]) if reply.values is not None else None


def lines_of(steps: Sequence[Any], why: Sequence[str]) -> str:
    """Return steps as lines of JSON, each with its reason."""
    return "\n".join(
        f"{number}. {json.dumps(each, ensure_ascii=False)}{f'  # {why[number - 1]}' if number <= len(why) else ''}"
        for number, each in enumerate(steps, 1)
    )


@cache
def _template(name: str) -> Template:
    file = PROMPTS / f"{name}.j2"
    return Template(file.read_text(encoding="utf-8"), file.name, PROMPTS)
