"""Where models are that speak OpenAI's protocol: at the recipe's `base_url`, or at a provider's well-known address.

Listed are providers whose chat completions take the same fields as OpenAI's; all others are left to litellm.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.extras import missing
from dfcli.runtime.transports.keys import provider


class Place(NamedTuple):
    """A provider's address; whether a request for `n` brings n answers there; whether it answers batches."""

    url: str
    takes_n: bool = False
    batches: bool = False


OPENAI = "https://api.openai.com/v1"

LOCAL = "sentence-transformers"
"""The provider that is this process itself: `sentence-transformers/all-MiniLM-L6-v2` only makes embeddings."""

PLACES = {
    "cerebras": Place("https://api.cerebras.ai/v1"),
    "deepseek": Place("https://api.deepseek.com/v1"),
    "groq": Place("https://api.groq.com/openai/v1", batches=True),
    "openai": Place(OPENAI, takes_n=True, batches=True),
    "openrouter": Place("https://openrouter.ai/api/v1"),
    "together_ai": Place("https://api.together.xyz/v1", takes_n=True),
    "xai": Place("https://api.x.ai/v1", takes_n=True),
}
_SERVERS = ("", "hosted_vllm", *PLACES)


def address(spec: ModelSpec) -> str | None:
    """Return the address that a model's calls start with, or None when it is not known to speak OpenAI's protocol.

    Variables such as OPENAI_BASE_URL or GROQ_API_BASE move a provider, as they do for litellm.
    """
    name = provider(spec.model)
    if spec.base_url is not None:
        return spec.base_url.rstrip("/") if name in _SERVERS or spec.transport == "direct" else None
    if name not in PLACES:
        return None
    variables = (*(["OPENAI_BASE_URL"] if name == "openai" else []), f"{name.upper()}_API_BASE")
    moved = next((value for each in variables if (value := os.environ.get(each))), None)
    return (moved or PLACES[name].url).rstrip("/")


def model_name(spec: ModelSpec) -> str:
    """Return a model's name as its server knows it: what follows the provider."""
    first, slash, rest = spec.model.partition("/")
    return rest if slash and first in _SERVERS else spec.model


def is_local(spec: ModelSpec) -> bool:
    """Tell whether a model runs in this process; servers may have models of the same name."""
    return provider(spec.model) == LOCAL and spec.base_url is None and spec.transport == "auto"


def wordless(spec: ModelSpec) -> str | None:
    """Return why a model cannot be asked in words, or None when it can."""
    if not is_local(spec):
        return None
    return f"{spec.model} makes embeddings and answers no prompts: give the step another model"


def uninstalled(spec: ModelSpec, gone: Callable[[str], Sequence[str]] = missing) -> str | None:
    """Return what must be installed for a model, or None; `gone` tells what of an extra is not there."""
    if not is_local(spec) or not gone("embed"):
        return None
    return f"{spec.model} runs in this process and needs an extra: pip install 'dfcli[embed]'"


def takes_n(spec: ModelSpec) -> bool:
    """Tell whether a request for n brings n answers; servers of one's own are expected to do what OpenAI does."""
    return spec.base_url is not None or PLACES[provider(spec.model)].takes_n


def unserved(spec: ModelSpec) -> str | None:
    """Return why `transport: direct` cannot serve a model, or None when it can or is not asked for."""
    if spec.transport != "direct" or address(spec) is not None:
        return None
    known = ", ".join(f"{name}/…" for name in sorted(PLACES))
    return (
        f"{spec.model} cannot be reached with `transport: direct`, which serves {known} and any server at a `base_url`"
        " that speaks OpenAI's protocol: give one, or leave `transport` out"
    )


def unbatched(spec: ModelSpec) -> str | None:
    """Return why `batch: true` cannot be done for a model, or None when it can or is not asked for.

    Servers of one's own are expected to have the files and batches of OpenAI's protocol.
    """
    if not spec.batch:
        return None
    if spec.transport == "direct":
        return f"{spec.model}: batches go through litellm; leave out either `batch: true` or `transport: direct`"
    if address(spec) is not None and (spec.base_url is not None or PLACES[provider(spec.model)].batches):
        return None
    known = ", ".join(f"{name}/…" for name, place in PLACES.items() if place.batches)
    return (
        f"{spec.model} has no batch API that dfcli can use, which {known} and servers at a `base_url` with OpenAI's"
        " files and batches have: leave `batch` out"
    )
