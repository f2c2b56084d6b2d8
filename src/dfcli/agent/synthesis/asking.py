"""The questions put to a model about what is missing; the words of each stand in `prompts/`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dfcli.agent.synthesis.laws import Law
from dfcli.agent.synthesis.model import Ask, Case, Function, Missing
from dfcli.agent.synthesis.replies import code_of, reader, schema_of
from dfcli.agent.synthesis.shapes import EXAMPLES, Decision, cases_shape, suite_shape, template_shape
from dfcli.agent.synthesis.trials import Suite
from dfcli.agent.synthesis.values import shown
from dfcli.errors import DfcliError
from dfcli.ops.base import Prompt
from dfcli.ops.template import Template
from dfcli.runtime.wording import cut

PROMPTS = Path(__file__).with_name("prompts")

_ROWS, _CELL = 3, 200
"""Rows of the data that a model sees at most, and the characters of a cell."""


class Unanswered(DfcliError):
    """A question has no usable answer."""


def decision(ask: Ask, missing: Missing, operators: Sequence[str]) -> Decision:
    """Return what the model takes to serve what is missing."""
    said = {
        "request": missing.request,
        "words": missing.words,
        "columns": dict(missing.columns),
        "operators": list(operators),
        "rows": _rows(missing),
    }
    return Decision.model_validate(_asked(ask, "decide", said, Decision))


def examples(ask: Ask, missing: Missing, function: Function) -> tuple[Case, ...]:
    """Return examples of what a function is to do, given values from the data where they show something."""
    said = {**_task(missing, function), "rows": _rows(missing)}
    return _cases(_asked(ask, "examples", said, cases_shape(function, EXAMPLES)))


def suite(ask: Ask, missing: Missing, function: Function, known: Sequence[Case], missed: Sequence[str]) -> Suite:
    """Return tests of a function that nobody has seen; of a row that is an example already, the example counts.

    `missed` are kinds of faults that earlier tests did not notice.
    """
    said = {**_task(missing, function), "examples": _listed(known), "missed": list(missed)}
    reply = _asked(ask, "tests", said, suite_shape(function))
    given = {_key(each) for each in known}
    new = tuple(each for each in _cases(reply) if _key(each) not in given)
    found = (Law.model_validate(each) for each in reply["laws"])
    return Suite((*known, *new), tuple(each for each in found if each.fits(function)))


def source(  # noqa: PLR0913  what was written before comes with what is wrong with it
    ask: Ask,
    missing: Missing,
    function: Function,
    known: Sequence[Case],
    modules: Sequence[str],
    before: str = "",
    failures: Sequence[str] = (),
) -> str:
    """Return the source of a function, written from the examples, and from what an earlier one did wrong."""
    said = {
        **_task(missing, function),
        "signature": function.signature,
        "modules": ", ".join(modules),
        "examples": _listed(known),
        "source": before,
        "failures": list(failures),
    }
    return str(_asked(ask, "code", said, None))


def template(
    ask: Ask, missing: Missing, function: Function, before: str = "", failures: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return the parts of a prompt template: instructions, material, examples."""
    shape = (
        "The answer is the text alone, with nothing around it: say so."
        if function.type == "str"
        else f'The answer is one JSON object, {{"{function.output}": …}}, its value of type {function.type}: say so.'
    )
    said = {**_task(missing, function), "shape": shape, "source": before, "failures": list(failures)}
    reply: Mapping[str, Any] = _asked(ask, "template", said, template_shape(function))
    return reply


def _asked(ask: Ask, name: str, said: Mapping[str, Any], shape: type[BaseModel] | None) -> Any:
    """Return the data of a reply."""
    messages = _template(name).messages(said)
    read, schema = (code_of, None) if shape is None else (reader(shape), schema_of(shape))
    reply = ask(Prompt(messages, read, schema))
    if reply.values is None:
        raise Unanswered(f"the model gave no usable answer ({cut(reply.failed or 'nothing', 200)})")
    return reply.values["reply"]


@cache
def _template(name: str) -> Template:
    file = PROMPTS / f"{name}.j2"
    return Template(file.read_text(encoding="utf-8"), file.name, PROMPTS)


def _task(missing: Missing, function: Function) -> dict[str, Any]:
    return {
        "words": missing.words,
        "request": missing.request,
        "name": function.name,
        "doc": function.doc,
        "inputs": dict(function.inputs),
        "type": function.type,
    }


def _cases(reply: Mapping[str, Any]) -> tuple[Case, ...]:
    return tuple(Case(each["given"], each["wanted"]) for each in reply["cases"])


def _key(case: Case) -> str:
    return json.dumps(dict(case.given), sort_keys=True)


def _listed(cases: Sequence[Case]) -> list[str]:
    return [f"{shown(dict(each.given))} → {shown(each.wanted)}" for each in cases]


def _rows(missing: Missing) -> list[str]:
    """Return a few rows as JSON, none of which can end the place where data stand."""
    cells = [
        {name: cut(value, _CELL) if isinstance(value, str) else value for name, value in row.items()}
        for row in missing.rows[:_ROWS]
    ]
    return [json.dumps(each, ensure_ascii=False, default=str).replace("<", "\\u003c") for each in cells]
