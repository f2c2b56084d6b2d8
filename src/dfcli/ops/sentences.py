"""Pydantic's errors as sentences about the data somebody wrote: what a value must be, and what stands there instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dfcli.errors import did_you_mean

Place = tuple[Any, ...]
"""The way to a value in nested data: `("steps", 2, "keep")`."""


class Said(NamedTuple):
    """What is wrong at a place: a sentence, and the type of Pydantic's error."""

    place: Place
    sentence: str
    kind: str


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
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
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


def sentences(error: ValidationError, given: Any, known: Iterable[str] = ()) -> list[Said]:
    """Return what is wrong with given data, a sentence per place; `known` are the keys that one may be meant for."""
    by_place: dict[tuple[Place, Place], list[ErrorDetails]] = {}
    details = [each for each in error.errors() if each["type"] != "default_factory_not_called"]
    for each in _deepest(details, given):
        missing = each["loc"] if each["type"] == "missing" else ()
        by_place.setdefault((_real(each["loc"], given), missing), []).append(each)
    return [Said(place, _sentence(place, each, known), each[0]["type"]) for (place, _), each in by_place.items()]


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


def written(place: Place) -> str:
    """Return a place as Python writes it: `steps[2].keep`."""
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place).removeprefix(".")


def _deepest(details: list[ErrorDetails], given: Any) -> list[ErrorDetails]:
    """Of a union's errors keep those of the member that came furthest; the others say what the value never was."""
    found = [(each, each["loc"], _reach(each, given)) for each in details]
    unions = {loc[0] for _, loc, reach in found if reach < len(loc)}
    depth: dict[Any, int] = {}
    for _, loc, reach in found:
        if loc and loc[0] in unions:
            depth[loc[0]] = max(depth.get(loc[0], 0), reach)
    return [each for each, loc, reach in found if not loc or loc[0] not in unions or reach == depth[loc[0]]]


def _reach(detail: ErrorDetails, given: Any) -> int:
    """Return how far a location leads into the data; a key that is missing counts as if it were there."""
    return len(_real(detail["loc"], given)) + (detail["type"] == "missing")


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


def _sentence(place: Place, details: list[ErrorDetails], known: Iterable[str]) -> str:
    first, kind = details[0], details[0]["type"]
    if kind == "missing":
        return f"{written((*place, *first['loc'][len(place) :]))} is missing"
    if kind in {"value_error", "assertion_error"}:
        text = first["msg"].partition(", ")[2]
        return f"{written(place)}: {text}" if place else text
    if kind == "extra_forbidden":
        owner = f"{written(place[:-1])}: " if place[:-1] else ""
        return f"{owner}unknown key {place[-1]!r}{did_you_mean(str(place[-1]), known)}"
    if kind in {"string_too_short", "too_short"} and first["ctx"]["min_length"] == 1:
        return f"{written(place)} must not be empty"
    choices = [choice for each in details if each["type"] == "literal_error" for choice in _choices(each)]
    kinds = [_wanted(each) for each in details if each["type"] != "literal_error"]
    wanted = " or ".join(dict.fromkeys([*filter(None, [_listed(choices)]), *kinds]))
    near = (
        did_you_mean(first["input"], [each.strip("'") for each in choices]) if isinstance(first["input"], str) else ""
    )
    return f"{written(place) or 'it'} must be {wanted}, not {describe(first['input'])}{near}"


def _wanted(detail: ErrorDetails) -> str:
    pattern = _WANTED.get(detail["type"])
    if pattern is None:
        return detail["msg"].removeprefix("Input should be ").removeprefix("Value should be ")
    given = detail.get("ctx", {})
    return pattern.format(**{name: f"{each:g}" if isinstance(each, float) else each for name, each in given.items()})


def _choices(detail: ErrorDetails) -> list[str]:
    expected: str = detail["ctx"]["expected"]
    return expected.replace(" or ", ", ").split(", ")


def _listed(choices: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(choices[:-1]), *choices[-1:]]))
