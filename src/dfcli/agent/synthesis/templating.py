"""A prompt template for what is missing, in the form of the shipped ones, checked as `dfcli check` checks them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dfcli.agent.synthesis import asking
from dfcli.agent.synthesis.model import Ask, Case, Function, Missing, Outcome
from dfcli.agent.writer import dumped
from dfcli.errors import TemplateError
from dfcli.ops.cases import Case as Checked
from dfcli.ops.contract import PROMISES
from dfcli.ops.prompted import operator_from

ATTEMPTS = 3
"""Templates that are written for one wish at most."""

FOLDER = "templates"

_JINJA = re.compile(r"\{[{%#]")


def template(missing: Missing, function: Function, ask: Ask, scratch: Path) -> Outcome:
    """Return a prompt template that holds what its examples say, and the step that asks by it."""
    columns = {_variable(name): name for name in function.inputs}
    named = replace(function, inputs={_variable(name): kind for name, kind in function.inputs.items()})
    text, seen = "", set[str]()
    failures: list[str] = []
    for number in range(1, ATTEMPTS + 1):
        parts = asking.template(ask, missing, named, text, failures)
        text = written(named, parts)
        if text in seen:
            break
        seen.add(text)
        failures = list(wrong(named, text, scratch))
        if not failures:
            return _made(function, columns, text, parts, number)
    said = f"the prompt that the model wrote is not right ({failures[0]})"
    return Outcome("refused", said, attempts=len(seen))


def written(function: Function, parts: Mapping[str, Any]) -> str:
    """Return the text of a template's file."""
    front = {
        "doc": " ".join(function.doc.split()),
        "outputs": {function.output: function.type},
        "examples": [
            {"given": [each["given"]], "replies": [each["reply"]], "want": [{function.output: each["wanted"]}]}
            for each in parts["examples"]
        ],
    }
    system, user = _plain(parts["instructions"]), parts["material"].strip()
    blocks = f"{{% block system %}}\n{system}\n{{% endblock %}}\n{{% block user %}}\n{user}\n{{% endblock %}}\n"
    return f"---\n{dumped(front)}\n---\n{blocks}"


def wrong(function: Function, text: str, scratch: Path) -> Iterator[str]:
    """Yield what is wrong with a template: what its check says, columns that it cannot have, examples that fail."""
    file = scratch / "synthesis" / f"{function.name}.j2"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    try:
        operator = operator_from(file)
    except TemplateError as error:
        yield from (line.replace(str(file), file.name) for line in str(error).splitlines())
        return
    used = set(operator().reads())
    if missing := sorted(used - set(function.inputs)):
        yield f"the material names {', '.join(missing)}; there are only {', '.join(function.inputs)}"
        return
    if not used:
        yield "the material names no column, so that every row would ask the same"
        return
    for example in operator.examples:
        for promise in PROMISES:
            try:
                promise(Checked(operator, example))
            except AssertionError as error:
                yield str(error)
                break


def _made(function: Function, columns: Mapping[str, str], text: str, parts: Mapping[str, Any], number: int) -> Outcome:
    path = f"{FOLDER}/{function.name}.j2"
    renamed = {variable: column for variable, column in columns.items() if variable != column}
    said = f"by a prompt that a model wrote and nobody has read yet: {function.doc}"
    step = {"op": "ask", "template": path, **renamed}
    return Outcome(
        "template", said, step, {path: text}, _examples(columns, parts["examples"]), (function.output,), number
    )


def _examples(columns: Mapping[str, str], found: Sequence[Mapping[str, Any]]) -> tuple[Case, ...]:
    return tuple(
        Case({columns[name]: value for name, value in each["given"].items()}, each["wanted"]) for each in found
    )


def _variable(column: str) -> str:
    """Return the name that a column has in a template."""
    name = re.sub(r"\W+", "_", column).strip("_")
    return name if name.isidentifier() else f"column_{name}"


def _plain(text: str) -> str:
    """Return a text that Jinja leaves as it is."""
    text = text.strip()
    return f"{{% raw %}}{text.replace('{%', '{ %')}{{% endraw %}}" if _JINJA.search(text) else text
