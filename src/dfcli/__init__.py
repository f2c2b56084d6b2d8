"""dfcli: training data for language models, from recipes.

from dfcli import load, run
recipe = load("recipe.yaml")
result = run(recipe)
for event in result: ...
frame = result.frame()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dfcli.api import Run, load, recipe, run
    from dfcli.ops.base import Example, Operator
    from dfcli.recipes.model import Recipe

__all__ = ["Example", "Operator", "Recipe", "Run", "load", "recipe", "run"]

_HOMES = {"Example": "dfcli.ops.base", "Operator": "dfcli.ops.base", "Recipe": "dfcli.recipes.model"}


def __getattr__(name: str) -> Any:
    """Load what is asked for only then: `dfcli --help` passes through here."""
    if name not in __all__:
        raise AttributeError(f"module 'dfcli' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "dfcli.api")), name)
