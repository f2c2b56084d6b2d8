"""How a test calls the program, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Called:
    """What one call of the program left: its exit code and what it printed."""

    code: int
    out: str
    err: str


Call = Callable[..., Called]
