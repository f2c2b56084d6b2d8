"""`dfcli agent --edit` and `--fix`: a recipe that is there is changed, after its changes were shown."""

from __future__ import annotations

from pathlib import Path

from dfcli.commands._agent import Asked
from dfcli.errors import UsageError


def edited(recipe: Path, asked: Asked) -> int:
    """Change a recipe as a request says; return the exit code."""
    raise UsageError("--edit is not there yet")


def fixed(run: str, runs: Path, asked: Asked) -> int:
    """Repair the recipe of a run; return the exit code."""
    raise UsageError("--fix is not there yet")
