"""The files of a function beside its recipe: its source, its cases, and what is left to be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from dfcli.agent.synthesis.model import Case, Function, Missing
from dfcli.agent.writer import comment

FOLDER = "operators"


def source_path(function: Function) -> str:
    """Return the file of a function, seen from the recipe."""
    return f"{FOLDER}/{function.name}.py"


def cases_path(function: Function) -> str:
    """Return the file of a function's cases, seen from the recipe."""
    return f"{FOLDER}/test_{function.name}.jsonl"


def finished(missing: Missing, source: str) -> str:
    """Return the file of a function that passes its tests."""
    return (
        f"{comment(f'Asked for: {missing.words}')}\n# Written by a model, and read by nobody yet.\n\n{source.strip()}\n"
    )


def unfinished(missing: Missing, function: Function, source: str, failures: Sequence[str]) -> str:
    """Return the file of a function that is to be finished by hand; `source` is as far as it got, if anywhere."""
    head = [
        comment(f"Asked for: {missing.words}"),
        "# TODO: finish this by hand; its cases stand beside it. No recipe uses it yet.",
        *(comment(f"TODO: {each}") for each in failures),
    ]
    body = source.strip() or (
        f'{function.signature}\n    """{_safe(function.doc)}"""\n    raise NotImplementedError("to be written by hand")'
    )
    return "\n".join([*head, "", body]) + "\n"


def lines(cases: Sequence[Case]) -> str:
    """Return cases as JSON Lines."""
    return "".join(
        json.dumps({"given": dict(each.given), "wanted": each.wanted}, ensure_ascii=False) + "\n" for each in cases
    )


def cases_in(text: str) -> tuple[Case, ...]:
    """Return the cases of JSON Lines."""
    found = (json.loads(line) for line in text.split("\n") if line.strip())
    return tuple(Case(each["given"], each["wanted"]) for each in found)


def pin(text: str) -> str:
    """Return the hash by which a step names a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def step(function: Function, text: str) -> Mapping[str, object]:
    """Return the step that runs a function from its file."""
    return {
        "op": "python_function",
        "file": source_path(function),
        "function": function.name,
        "sha256": pin(text),
        "inputs": list(function.inputs),
        "outputs": {function.output: function.type},
        "reviewed": False,
    }


def _safe(text: str) -> str:
    """Return a text as it can stand in a docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"', "'")
