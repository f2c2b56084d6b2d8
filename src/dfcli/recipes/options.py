"""From a mapping in a recipe to a Pydantic model, each mistake a sentence with the line of its own key."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from dfcli.errors import Code, DfcliError, did_you_mean
from dfcli.ops.expressions import Sql
from dfcli.ops.sentences import Place, Said, sentences
from dfcli.recipes.mistakes import Mistakes, has_wrong

M = TypeVar("M", bound=BaseModel)


_MEANT = {
    "filter": ("keep",),
    "if": ("when",),
    "name": ("id", "model"),
    "file": ("path",),
    "files": ("path",),
    "dollars": ("usd",),
    "cost": ("usd",),
    "column": ("text", "columns"),
    "columns": ("on", "column", "by"),
    "input": ("text",),
    "output": ("into",),
}
"""What a key of another tool is called here, the first of them that there is."""


def build(
    model: type[M],
    data: Mapping[Any, Any],
    place: Place,
    mistakes: Mistakes,
    subject: str = "",
    known: Collection[str] = (),
) -> M | None:
    """Return the model of a mapping, or None when something is wrong with it, which is then noted.

    `subject` begins each sentence; `known` are keys of the same mapping that somebody else reads.
    """
    wrong = {key for key, value in data.items() if has_wrong(value)}
    given = {key: value for key, value in data.items() if key not in wrong}
    lead = f"{subject}: " if subject else ""
    if unknown := [key for key in given if key not in model.model_fields]:
        for key in unknown:
            near = _near(str(key), {*model.model_fields, *known})
            sentence = f"{lead}unknown option {key!r}{near}" if subject else f"unknown key {key!r}{near}"
            mistakes.add((*place, key), sentence, "unknown_option")
            del given[key]
    try:
        built = _validated(model, given)
    except ValidationError as error:
        for each in sentences(error, given):
            if each.place or not any(each.sentence == f"{key} is missing" for key in wrong):
                mistakes.add((*place, *each.place), f"{lead}{each.sentence}", _code(each, model))
        return None
    except DfcliError as error:
        mistakes.add(place, f"{lead}{error}", "bad_value")
        return None
    except Exception as error:  # noqa: BLE001  a stranger's operator may raise anything while it reads its options
        mistakes.add(place, f"{lead}{type(error).__name__}: {error}", "bad_value")
        return None
    return None if wrong or unknown else built


def _code(said: Said, model: type[BaseModel]) -> Code:
    """Return the code of a mistake from the type of Pydantic's error."""
    kind, option = said.kind, model.model_fields.get(said.place[0]) if said.place else None
    if kind == "value_error" and option is not None and any(isinstance(each, Sql) for each in option.metadata):
        return "bad_condition"
    if kind == "missing":
        return "missing_option"
    if kind == "extra_forbidden":
        return "unknown_option"
    return "wrong_type" if kind.endswith(("_type", "_parsing", "int_from_float")) else "bad_value"


def _near(key: str, known: Collection[str]) -> str:
    """Return `; did you mean 'keep'?` for the key that is meant, by its spelling or by its sense."""
    meant = next((each for each in _MEANT.get(key.lower(), ()) if each in known), None)
    return f"; did you mean {meant!r}?" if meant else did_you_mean(key, known)


def _validated(model: type[M], given: Mapping[Any, Any]) -> M:
    """Validate as strict JSON: a list does for a tuple, but neither `"5"` nor `true` for an int."""
    try:
        text = json.dumps(given)
    except TypeError:  # a recipe built in Python may hold what JSON cannot
        return model.model_validate(given)
    return model.model_validate_json(text, strict=True)
