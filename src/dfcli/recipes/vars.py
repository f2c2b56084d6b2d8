"""A recipe's variables: what it declares, what the caller sets, and `${name}` wherever one is used.

`n: 5` declares a variable by its default; `n: {default: 5, type: int, doc: …}` says more, and one without a default
must be set. `${name}` alone keeps the variable's type, inside a longer text it becomes text; `$${` is the text `${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dfcli.errors import did_you_mean
from dfcli.ops.sentences import Place, describe
from dfcli.ops.types import python_type
from dfcli.recipes.mistakes import WRONG, Mistakes, mapped
from dfcli.recipes.options import build

_USE = re.compile(r"\$\$\{|\$\{(?:([^}]*)\})?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SCALARS = ("str", "int", "float", "bool")
_WORDS = {"str": "text", "int": "an int", "float": "a number", "bool": "true or false"}
_UNSET = object()


class Variable(BaseModel):
    """A variable as a recipe declares it; a type that is not given is the default's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: Any = None
    type: str | None = None
    doc: str = ""


def declared(data: Mapping[str, Any], mistakes: Mistakes) -> dict[str, Variable | None]:
    """Return the variables of a recipe's `vars` block; None stands for one whose mistakes are noted."""
    return {str(name): _variable(str(name), each, ("vars", name), mistakes) for name, each in data.items()}


def values(
    variables: Mapping[str, Variable | None], given: Mapping[str, Any], how: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return each variable's value, and a sentence per name that something is wrong with.

    Given text is read as the variable's type. `how` says how a variable is set: `--set {name}=…`.
    """
    found: dict[str, Any] = {}
    wrong = {
        name: f"{how.format(name=name)}: there is no variable {name!r}{did_you_mean(name, variables)}"
        for name in given
        if name not in variables
    }
    for name, variable in variables.items():
        found[name] = _value(variable, given.get(name)) if variable else WRONG
        if found[name] is _UNSET:
            found[name], wrong[name] = WRONG, _unset(name, variable, given, how)
    return found, wrong


def fill(data: Any, place: Place, known: Mapping[str, Any], mistakes: Mistakes) -> Any:
    """Return data with every `${name}` replaced; WRONG stands where that fails."""
    return mapped(data, place, lambda here, value: _filled(value, here, known, mistakes))


def type_of(value: Any) -> str | None:
    """Return the type of a default, None when it has none that a variable can have."""
    if isinstance(value, list | tuple):
        inner = {type_of(each) for each in value} or {"str"}
        return f"list[{inner.pop()}]" if len(inner) == 1 and inner <= set(_SCALARS) else None
    name = type(value).__name__
    return name if name in _SCALARS else None


def _variable(name: str, given: Any, place: Place, mistakes: Mistakes) -> Variable | None:
    if given is WRONG:
        return None
    if not _NAME.fullmatch(name):
        mistakes.add(place, f"{name!r} cannot be a variable's name: use letters, digits, _ and -", "bad_value")
        return None
    variable = build(Variable, given if isinstance(given, Mapping) else {"default": given}, place, mistakes, name)
    if variable is None:
        return None
    kind = variable.type or type_of(variable.default)
    if wrong := _undeclarable(kind, variable.default):
        key, sentence = wrong
        mistakes.add((*place, key), f"{name}{sentence}", "bad_value")
        return None
    return variable.model_copy(update={"type": kind})


def _undeclarable(kind: str | None, default: Any) -> tuple[str, str] | None:
    """Return the key of a declaration that is wrong and the rest of the sentence about it."""
    if kind is None and default is None:
        return "default", " needs a default or a type: {type: str}"
    if kind is None:
        return "default", ": a variable is text, a number, true or false, or a list of one of these"
    if not _is_type(kind):
        return "type", f": type must be str, int, float, bool or list[…] of one, not {kind!r}"
    if default is not None and _as(kind, default) is _UNSET:
        return "default", f": default must be {_wanted(kind)}, not {describe(default)}"
    return None


def _value(variable: Variable, given: Any) -> Any:
    kind = str(variable.type)
    if isinstance(given, str):
        return _read(kind, given)
    value = variable.default if given is None else given
    return _UNSET if value is None else _as(kind, value)


def _unset(name: str, variable: Variable | None, given: Mapping[str, Any], how: str) -> str:
    if name not in given:
        return f"{name} has no default; set it with {how.format(name=name)}"
    return f"{name} must be {_wanted(str(variable and variable.type))}, not {describe(given[name])}"


def _is_type(name: str) -> bool:
    return name.removeprefix("list[").removesuffix("]") in _SCALARS and name.startswith("list[") == name.endswith("]")


def _wanted(kind: str) -> str:
    return f"a list of {kind[5:-1]}" if kind.startswith("list[") else _WORDS[kind]


def _as(kind: str, value: Any) -> Any:
    """Return a value as a type has it, or _UNSET; an int is a float too, nothing else is converted."""
    try:
        return TypeAdapter(python_type(kind)).validate_python(
            list(value) if isinstance(value, tuple) else value, strict=True
        )
    except ValidationError:
        return _UNSET


def _read(kind: str, text: str) -> Any:
    """Return what a text from the command line says, read as a type."""
    if kind.startswith("list["):
        parts = [each.strip() for each in text.strip().removeprefix("[").removesuffix("]").split(",")]
        read = [_read(kind[5:-1], each) for each in parts if each]
        return _UNSET if _UNSET in read else read
    if kind == "str":
        return text
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower(), _UNSET)
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return _UNSET


def _filled(value: Any, place: Place, known: Mapping[str, Any], mistakes: Mistakes) -> Any:
    if not isinstance(value, str) or "${" not in value:
        return value
    wrong = [sentence for use in _USE.finditer(value) if (sentence := _misuse(use, value, known, place))]
    for sentence in wrong:
        mistakes.add(place, sentence, "unknown_variable")
    if wrong or any(known.get(use[1]) is WRONG for use in _USE.finditer(value)):
        return WRONG
    whole = _USE.fullmatch(value)
    if whole and whole[1] is not None:
        return known[whole[1]]
    return _USE.sub(lambda use: "${" if use[1] is None else _text(known[use[1]]), value)


def _misuse(use: re.Match[str], value: str, known: Mapping[str, Any], place: Place) -> str | None:
    name = use[1]
    if name is None:
        return None if use[0] == "$${" else "a ${ that is never closed; write $${ for the text itself"
    if name not in known:
        if name.strip() in known:
            return f"write ${{{name.strip()}}}, without spaces"
        text = f"$${{{name}}} for the text itself"
        column = f"{{{{ {name} }}}} for a column, " if name and place[-1] in ("prompt", "system") else ""
        return f"unknown variable {name!r}{did_you_mean(name, known) or f'; write {column}{text}'}"
    if isinstance(known[name], list) and use[0] != value:
        return f"the variable {name!r} is a list, so ${{{name}}} must stand alone"
    return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
