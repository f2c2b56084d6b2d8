"""From a JSON object to the values of the declared outputs: what is taken for what, and nothing else is guessed.

    declared            also taken
    int                 "5", " +5 " and 5.0 as 5; "4/5" as 4 where the declared maximum is 5
    float               5 as 5.0, "0.5" as 0.5; "4/5" as 4.0 where the declared maximum is 5
    bool                "true", "yes", "false", "no" in any case
    date, datetime      text in ISO 8601; a time with an offset becomes UTC
    enum                a choice in another case or with other blanks, if it can be only one
    list[…]             a single value as a list of one
    a name              a key in another case, if it can be only one; further keys are passed over

Text is never made of a number, a number never of true or false, and null is no value.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol

from dfcli.errors import BadReply
from dfcli.ops.sentences import describe
from dfcli.ops.types import Typename, inside_list

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_BEYOND = 2**63
_LARGEST = sys.float_info.max


class Declared(Protocol):
    """What is declared of an output."""

    @property
    def type(self) -> Any: ...
    @property
    def min(self) -> int | float | None: ...
    @property
    def max(self) -> int | float | None: ...
    @property
    def enum(self) -> tuple[str | int | float | bool, ...] | None: ...


class _Unfit(Exception):
    """A value that is not of the declared type; its place is in `args`."""


def values_of(found: Mapping[str, Any], outputs: Mapping[str, Declared]) -> dict[str, Any]:
    """Return the outputs' values in an object; BadReply names every field that is missing or not as declared."""
    values, wrong = {}, []
    keys = {name: _key(found, name) for name in outputs}
    missing = [name for name, key in keys.items() if key is None]
    for name, key in keys.items():
        if key is not None:
            try:
                values[name] = value_of(found[key], outputs[name], name)
            except BadReply as error:
                wrong.append(str(error))
    if missing:
        wrong.insert(0, f"missing: {', '.join(map(repr, missing))}")
    if wrong:
        raise BadReply("; ".join(wrong))
    return values


def value_of(given: Any, output: Declared, name: str) -> Any:
    """Return a value as an output declares it; BadReply says what it must be."""
    try:
        value = _typed(given, output.type, output.max)
        return _within(value, output) if output.enum is None else _choice(value, output.enum)
    except _Unfit as error:
        place, value, kind = error.args or ("", given, None)
        raise BadReply(f"{name}{place} must be {kind or wanted(output)}, not {describe(value)}") from None


def wanted(output: Declared) -> str:
    """Return what an output must be, in the words of recipes: `int from 1 to 5`."""
    if output.enum is not None:
        choices = [describe(each) for each in output.enum]
        return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))
    kind = _said(output.type)
    if output.min is not None and output.max is not None:
        return f"{kind} from {output.min} to {output.max}"
    if output.min is not None:
        return f"{kind} of at least {output.min}"
    return kind if output.max is None else f"{kind} of at most {output.max}"


def number_in(text: str) -> int | float | None:
    """Return the number that a text is, an int where it is written as one; None when it is none."""
    bare = text.strip()
    if not _NUMBER.fullmatch(bare):
        return None
    return int(bare) if bare.lstrip("+-").isdecimal() and len(bare) < 30 else float(bare)


def _key(found: Mapping[str, Any], name: str) -> str | None:
    if name in found:
        return name
    alike = [key for key in found if key.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def _typed(given: Any, kind: Typename, top: int | float | None = None) -> Any:
    """Return a value as of a type; _Unfit when it is not."""
    if isinstance(kind, Mapping):
        return _object(given, kind)
    if inner := inside_list(kind):
        return _list(given, inner)
    if given is None:
        raise _Unfit
    if kind in ("int", "float"):
        return _number(given, kind == "int", top)
    return _PLAIN[kind](given)


def _object(given: Any, fields: Mapping[str, Typename]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _Unfit
    values = {}
    for name, kind in fields.items():
        key = _key(given, name)
        if key is None:
            raise _Unfit(f".{name}", None, _said(kind))
        values[name] = _inside(f".{name}", given[key], kind)
    return values


def _list(given: Any, kind: Typename) -> list[Any]:
    if given is None:
        raise _Unfit
    entries = given if isinstance(given, list) else [given]
    return [_inside(f"[{number}]" if entries is given else "", each, kind) for number, each in enumerate(entries)]


def _inside(place: str, given: Any, kind: Typename) -> Any:
    try:
        return _typed(given, kind)
    except _Unfit as error:
        deeper, value, wanted_kind = error.args or ("", given, _said(kind))
        if not place:
            raise _Unfit from None
        raise _Unfit(place + deeper, value, wanted_kind) from None


def _number(given: Any, whole: bool, top: int | float | None) -> int | float:
    value = _read_number(given, top) if isinstance(given, str) else given
    if isinstance(value, bool) or not isinstance(value, int | float) or not -math.inf < value < math.inf:
        raise _Unfit
    if not whole and abs(value) < _LARGEST:
        return float(value)
    if not whole or value != int(value) or not -_BEYOND <= value < _BEYOND:
        raise _Unfit
    return int(value)


def _read_number(text: str, top: int | float | None) -> int | float | None:
    over, slash, under = text.partition("/")
    if slash and (top is None or number_in(under) != top):
        return None
    return number_in(over)


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise _Unfit
    return given


def _bool(given: Any) -> bool:
    value = _BOOLEANS.get(given.strip().casefold()) if isinstance(given, str) else given
    if not isinstance(value, bool):
        raise _Unfit
    return value


def _date(given: Any) -> date:
    try:
        return date.fromisoformat(_text(given).strip())
    except ValueError:
        raise _Unfit from None


def _datetime(given: Any) -> datetime:
    try:
        value = datetime.fromisoformat(_text(given).strip())
    except ValueError:
        raise _Unfit from None
    try:
        return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise _Unfit from None


_PLAIN: dict[str, Callable[[Any], Any]] = {"str": _text, "bool": _bool, "date": _date, "datetime": _datetime}


def _within(value: Any, output: Declared) -> Any:
    if (output.min is not None and value < output.min) or (output.max is not None and value > output.max):
        raise _Unfit
    return value


def _choice(value: Any, choices: tuple[str | int | float | bool, ...]) -> Any:
    if value in choices:
        return value
    alike = [each for each in choices if isinstance(value, str) and _bare(str(each)) == _bare(value)]
    if len(alike) != 1:
        raise _Unfit
    return alike[0]


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold()


def _said(kind: Typename) -> str:
    """Return a type in the words of recipes."""
    if isinstance(kind, Mapping):
        return f"{{{', '.join(f'{name}: {_said(each)}' for name, each in kind.items())}}}"
    return str(kind)
