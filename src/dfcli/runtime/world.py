"""What a recipe's check may look at outside the recipe: the input, its databases, what is installed, keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dfcli.errors import EnvironmentLacks, InputError
from dfcli.ops.prompted import Prompted
from dfcli.recipes.model import Input, ModelSpec, Recipe, Step, World
from dfcli.runtime import frames
from dfcli.runtime.context import CheckContext
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.extras import missing
from dfcli.runtime.transports.addresses import unbatched, uninstalled, unserved, wordless
from dfcli.runtime.transports.keys import missing_key
from dfcli.runtime.transports.local import unfound


class Here(World):
    """This machine."""

    def input_schema(self, given: Input, folder: Path) -> pl.Schema:
        """Return the input's columns and types; InputError when it cannot be read."""
        return frames.schema(given, folder)

    def context(self, recipe: Recipe, step: Step) -> CheckContext:
        """Return a context that reads schemas and connects to databases, and asks no model."""
        return CheckContext(recipe, step)

    def lacks(self, recipe: Recipe) -> Sequence[tuple[Step | None, str]]:
        """Return a sentence per thing missing here, with the step that needs it."""
        found: list[tuple[Step | None, str]] = []
        for step in recipe.flat():
            found += [(step, sentence) for sentence in _step_lacks(recipe, step)]
        found += [(None, sentence) for sentence in _output_lacks(recipe)]
        reasons = (why for spec in recipe.models.values() for why in _unusable(spec))
        found += [(None, f"models: {why}") for why in reasons]
        return found


def _unusable(spec: ModelSpec) -> list[str]:
    return [why for why in (unserved(spec), unbatched(spec), uninstalled(spec), unfound(spec)) if why]


def _step_lacks(recipe: Recipe, step: Step) -> list[str]:
    spec = recipe.models.get(step.model)
    if spec is not None and isinstance(step.operator, Prompted) and (why := wordless(spec)):
        return [f"{step.id}: {why}"]
    extra = step.operator.needs
    if extra and missing(extra):
        return [f"{step.id} needs an extra: pip install 'dfcli[{extra}]'"]
    with CheckContext(recipe, step) as ctx:
        try:
            step.operator.outside(ctx)
        except (EnvironmentLacks, InputError) as error:
            return [str(error)]
    return []


def cautions(recipe: Recipe) -> list[str]:
    """Return what is no mistake, but should be known before a run; each sentence once."""
    with Databases(recipe.folder) as databases:
        found = [each.operator.cautions(CheckContext(recipe, each, databases)) for each in recipe.flat()]
    return list(dict.fromkeys(sentence for sentences in found for sentence in sentences))


def keys_missing(recipe: Recipe) -> list[str]:
    """Return a sentence per model whose key is not in the environment."""
    roles = {step.model for step in recipe.flat() if step.asks}
    specs = {role: recipe.models[role] for role in sorted(roles) if role in recipe.models}
    return [
        f"the model of role {role}, {spec.model}, needs a key: set {variable} in the environment"
        for role, spec in specs.items()
        if (variable := missing_key(spec)) is not None
    ]


def _output_lacks(recipe: Recipe) -> list[str]:
    if recipe.output is None:
        return []
    if recipe.input is not None and frames.same_file(recipe.output, recipe.input, recipe.folder):
        return [f"output {recipe.output.path} is the input; the input is never written to: name another file"]
    try:
        frames.check_writable(recipe.output, Path())
    except InputError as error:
        said = str(error)
        return [said if said.startswith("output ") else f"output {said}"]
    return []
