"""The `models` block: which model serves which role, and what the caller says instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dfcli.errors import did_you_mean
from dfcli.ops.sentences import describe
from dfcli.recipes.mistakes import WRONG, Mistakes
from dfcli.recipes.model import ModelSpec
from dfcli.recipes.options import build


def roles(data: Mapping[Any, Any], mistakes: Mistakes) -> dict[str, ModelSpec]:
    """Return the model of each role of a `models` block; roles with mistakes are left out."""
    found = {str(role): _spec(role, each, mistakes) for role, each in data.items() if each is not WRONG}
    return {role: spec for role, spec in found.items() if spec is not None}


def overridden(specs: Mapping[str, ModelSpec], models: Mapping[str, str]) -> dict[str, ModelSpec]:
    """Return the roles with other models in them.

    What the recipe says about sampling and limits stays; its address, key and price belong to the model it named.
    """
    return {**specs, **{role: _another(specs.get(role), model) for role, model in models.items()}}


def unused(models: Mapping[str, str], asked: Iterable[str], mistakes: Mistakes) -> None:
    """Note each `--model` for a role that nothing in the recipe asks for."""
    known = {*asked, "default"}
    for role in models:
        if role not in known:
            near = did_you_mean(role, known)
            mistakes.add_at(0, f"--model {role}=…: no step asks for a model of the role {role!r}{near}", "unknown_role")


def _spec(role: Any, given: Any, mistakes: Mistakes) -> ModelSpec | None:
    place = ("models", role)
    if isinstance(given, str):
        given = {"model": given}
    if not isinstance(given, Mapping):
        sentence = f"the model {role} must be a model's name or a mapping, not {describe(given)}"
        mistakes.add(place, sentence, "wrong_type")
        return None
    return build(ModelSpec, given, place, mistakes, f"the model {role}")


def _another(spec: ModelSpec | None, model: str) -> ModelSpec:
    if spec is None:
        return ModelSpec(model=model)
    own = {"base_url", "api_key_env", "schema_mode", "transport", "rpm", "tpm", "price", "batch", "latency"}
    return ModelSpec(**{**spec.model_dump(exclude=own, exclude_unset=True), "model": model})
