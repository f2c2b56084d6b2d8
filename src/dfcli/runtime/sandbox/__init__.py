"""Where generated code runs: a process with nothing in reach but the rows it is given."""

from __future__ import annotations

from dfcli.runtime.sandbox.strength import INSISTS, Strength, strength
from dfcli.runtime.sandbox.worker import Limits, Result, Worker

__all__ = ["INSISTS", "Limits", "Result", "Strength", "Worker", "strength"]
