"""Values of functions: whether two are the same, whether one is of a type, and how they are shown."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dfcli.ops.types import Typename, inside_list, python_type
from dfcli.runtime.wording import cut

LONGEST = 200
"""Characters of a value that are shown."""

_SIMPLE = ("str", "int", "float", "bool")


def is_simple(name: Typename) -> bool:
    """Tell whether values of a type are the same in JSON: texts, numbers, truth, and lists of them."""
    if isinstance(name, Mapping):
        return False
    inner = inside_list(name)
    return is_simple(inner) if inner else name in _SIMPLE


def same(got: Any, wanted: Any) -> bool:
    """Tell whether two values are the same, numbers to within rounding; true is not 1."""
    if isinstance(got, bool) or isinstance(wanted, bool):
        return got is wanted
    if isinstance(got, int | float) and isinstance(wanted, int | float):
        return got == wanted or math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(got, list | tuple) and isinstance(wanted, list | tuple):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    return type(got) is type(wanted) and bool(got == wanted)


def is_of(value: Any, name: Typename) -> bool:
    """Tell whether a value is null or of a type; a whole number is a float, too, and infinity is no number."""
    if value is None:
        return True
    if isinstance(value, float) and not math.isfinite(value):
        return False
    try:
        _adapter(str(name)).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def shown(value: Any) -> str:
    """Return a value as JSON in one line, not too long."""
    return cut(json.dumps(value, ensure_ascii=False, default=str), LONGEST)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(python_type(name))
