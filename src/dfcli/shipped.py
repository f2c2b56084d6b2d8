"""Where the recipes and templates that come with dfcli are."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent


def folder(name: Literal["recipes", "templates"]) -> Path:
    """Return the folder of shipped recipes or templates: inside the wheel, or at the root of a checkout."""
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name


TEMPLATES = folder("templates") / "prompts"
RECIPES = folder("recipes")
