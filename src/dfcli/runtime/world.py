"""What a recipe's check may look at outside the recipe: the input, its databases, what is installed, keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dfcli.errors import EnvironmentLacks, InputError
from dfcli.ops.prompted import Prompted
from dfcli.recipes.model import Input, Lack, ModelSpec, Recipe, Step, World
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

    def lacks(self, recipe: Recipe) -> Sequence[Lack]:
        """Return what is missing here, with the step that needs it."""
        found = [each for step in recipe.flat() for each in _step_lacks(recipe, step)]
        found += _output_lacks(recipe)
        reasons = (why for spec in recipe.models.values() for why in _unusable(spec))
        return [*found, *(Lack(None, f"models: {why}", "missing_model") for why in reasons)]


def _unusable(spec: ModelSpec) -> list[str]:
    return [why for why in (unserved(spec), unbatched(spec), uninstalled(spec), unfound(spec)) if why]


def _step_lacks(recipe: Recipe, step: Step) -> list[Lack]:
    spec = recipe.models.get(step.model)
    if spec is not None and isinstance(step.operator, Prompted) and (why := wordless(spec)):
        return [Lack(step, f"{step.id}: {why}", "missing_model")]
    extra = step.operator.needs
    if extra and missing(extra):
        return [Lack(step, f"{step.id} needs an extra: pip install 'dfcli[{extra}]'", "missing_extra")]
    with CheckContext(recipe, step) as ctx:
        try:
            step.operator.outside(ctx)
        except EnvironmentLacks as error:
            database = "database" in type(step.operator).model_fields and "pip install" not in str(error)
            return [Lack(step, str(error), "missing_database" if database else "missing_extra")]
        except InputError as error:
            return [Lack(step, str(error), "input_unreadable")]
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


def _output_lacks(recipe: Recipe) -> list[Lack]:
    if recipe.output is None:
        return []
    if recipe.input is not None and frames.same_file(recipe.output, recipe.input, recipe.folder):
        sentence = f"output {recipe.output.path} is the input; the input is never written to: name another file"
        return [Lack(None, sentence, "output_is_input")]
    try:
        frames.check_writable(recipe.output, Path())
    except InputError as error:
        said = str(error)
        return [Lack(None, said if said.startswith("output ") else f"output {said}", "output_unwritable")]
    return []
