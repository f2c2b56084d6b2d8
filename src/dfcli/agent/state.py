"""What a session of the agent knows at each node: plain data without secrets, kept so that it can go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class State(TypedDict, total=False):
    """The fields that nodes read and write; objects are kept as their plain data (`plain`, `made`)."""

    request: Mapping[str, Any]
    profile: Mapping[str, Any]
    spec: Mapping[str, Any]
    cards: list[str]
    serving: list[str]
    name: str
    text: str
    valid_at_once: bool
    assumptions: list[str]
    questions: list[str]
    unread: list[str]
    understood: list[str]
    served: list[Mapping[str, Any]]
    made: list[Mapping[str, Any]]
    verdict: Mapping[str, Any]
    repairs: list[str]
    rounds: int
    refusal: str
    decision: str
    written: str
    exit_code: int


def plain(value: Any) -> Any:
    """Return an object as plain data."""
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def made(kind: type[T], data: Any) -> T:
    """Return the object that plain data are of."""
    return TypeAdapter(kind).validate_python(data)
