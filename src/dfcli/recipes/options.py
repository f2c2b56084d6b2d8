"""From a mapping in a recipe to a Pydantic model, each mistake a sentence with the line of its own key."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dfcli.errors import DfcliError, did_you_mean
from dfcli.recipes.mistakes import Mistakes, Place, has_wrong, written

M = TypeVar("M", bound=BaseModel)

_WANTED = {
    "int_type": "an int",
    "int_parsing": "an int",
    "int_from_float": "an int",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "dataclass_type": "a mapping",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "finite_number": "a finite number",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
    "too_short": "a list of at least {min_length} entries",
    "too_long": "a list of at most {max_length} entries",
}
"""What a value must be, by the type of Pydantic's error."""


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
            near = did_you_mean(str(key), {*model.model_fields, *known})
            mistakes.add(
                (*place, key), f"{lead}unknown option {key!r}{near}" if subject else f"unknown key {key!r}{near}"
            )
            del given[key]
    try:
        built = _validated(model, given)
    except ValidationError as error:
        for where, sentence in _sentences(error, given, wrong):
            mistakes.add((*place, *where), f"{lead}{sentence}")
        return None
    except DfcliError as error:
        mistakes.add(place, f"{lead}{error}")
        return None
    except Exception as error:  # noqa: BLE001  a stranger's operator may raise anything while it reads its options
        mistakes.add(place, f"{lead}{type(error).__name__}: {error}")
        return None
    return None if wrong or unknown else built


def describe(value: Any) -> str:
    """Return a value as a sentence names it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _validated(model: type[M], given: Mapping[Any, Any]) -> M:
    """Validate as strict JSON: a list does for a tuple, but neither `"5"` nor `true` for an int."""
    try:
        text = json.dumps(given)
    except TypeError:  # a recipe built in Python may hold what JSON cannot
        return model.model_validate(given)
    return model.model_validate_json(text, strict=True)


def _sentences(error: ValidationError, given: Mapping[Any, Any], wrong: set[Any]) -> list[tuple[Place, str]]:
    details = [each for each in error.errors() if not (each["type"] == "missing" and each["loc"][0] in wrong)]
    by_place: dict[Place, list[ErrorDetails]] = {}
    for each in _deepest(details, given):
        by_place.setdefault(_real(each["loc"], given), []).append(each)
    return [(place, _sentence(place, each)) for place, each in by_place.items()]


def _deepest(details: list[ErrorDetails], given: Mapping[Any, Any]) -> list[ErrorDetails]:
    """Of a union's errors keep those of the member that came furthest; the others say what the value never was."""
    unions = {each["loc"][0] for each in details if len(_real(each["loc"], given)) < len(each["loc"]) and each["loc"]}
    depth: dict[Any, int] = {}
    for each in details:
        if each["loc"] and each["loc"][0] in unions:
            depth[each["loc"][0]] = max(depth.get(each["loc"][0], 0), len(_real(each["loc"], given)))
    return [
        each
        for each in details
        if not each["loc"] or each["loc"][0] not in unions or len(_real(each["loc"], given)) == depth[each["loc"][0]]
    ]


def _real(loc: Place, given: Any) -> Place:
    """Return the part of Pydantic's location that leads to a value; the rest names members of unions."""
    place: Place = ()
    for each in loc:
        if isinstance(given, Mapping) and each in given:
            given = given[each]
        elif isinstance(given, list | tuple) and isinstance(each, int):
            given = given[each] if each < len(given) else None
        else:
            continue
        place = (*place, each)
    return place


def _sentence(place: Place, details: list[ErrorDetails]) -> str:
    first, kind = details[0], details[0]["type"]
    if kind == "missing":
        return f"{written((*place, *first['loc'][len(place) :]))} is missing"
    if kind in {"value_error", "assertion_error"}:
        text = first["msg"].partition(", ")[2]
        return f"{written(place)}: {text}" if place else text
    if kind == "extra_forbidden":
        return f"{written(place[:-1])}: unknown key {place[-1]!r}"
    if kind in {"string_too_short", "too_short"} and first["ctx"]["min_length"] == 1:
        return f"{written(place)} must not be empty"
    wanted = " or ".join(dict.fromkeys(map(_wanted, details)))
    near = _near(first) if len(details) == 1 else ""
    return f"{written(place) or 'it'} must be {wanted}, not {describe(first['input'])}{near}"


def _wanted(detail: ErrorDetails) -> str:
    pattern = _WANTED.get(detail["type"])
    if pattern is None:
        return detail["msg"].removeprefix("Input should be ").removeprefix("Value should be ")
    given = detail.get("ctx", {})
    return pattern.format(**{name: f"{each:g}" if isinstance(each, float) else each for name, each in given.items()})


def _near(detail: ErrorDetails) -> str:
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return ""
    choices = detail["ctx"]["expected"].replace(" or ", ", ").split(", ")
    return did_you_mean(detail["input"], [each.strip("'") for each in choices])
