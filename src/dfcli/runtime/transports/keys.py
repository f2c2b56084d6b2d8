"""Keys of providers: which environment variable holds one, whether it is missing, and how it stays out of messages."""

from __future__ import annotations

import os

from dfcli.recipes.model import ModelSpec

VARIABLES: dict[str, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "cerebras": ("CEREBRAS_API_KEY",),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "deepinfra": ("DEEPINFRA_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "fireworks_ai": ("FIREWORKS_AI_API_KEY", "FIREWORKS_API_KEY", "FIREWORKSAI_API_KEY"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "groq": ("GROQ_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "moonshot": ("MOONSHOT_API_KEY",),
    "nvidia_nim": ("NVIDIA_NIM_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN"),
    "xai": ("XAI_API_KEY",),
}
"""The environment variables that hold a provider's key, as litellm reads them; any one of them will do."""

_BARE = {"claude-": "anthropic", "gpt-": "openai", "chatgpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai"}


def provider(model: str) -> str:
    """Return the provider part of a model's name; bare names of the best known models have one too."""
    if "/" in model:
        return model.split("/", 1)[0]
    return next((each for start, each in _BARE.items() if model.startswith(start)), "")


def key_variable(spec: ModelSpec) -> str | None:
    """Return the environment variable that a model's key is taken from, or None when none is known.

    A server of one's own (`base_url`) is sent a key only when the recipe names its variable.
    """
    if spec.api_key_env is not None:
        return spec.api_key_env
    names = () if spec.base_url is not None else VARIABLES.get(provider(spec.model), ())
    return next((name for name in names if os.environ.get(name)), names[0] if names else None)


def missing_key(spec: ModelSpec) -> str | None:
    """Return the name of the environment variable that a model's key is missing from, or None when it is not."""
    name = key_variable(spec)
    return name if name is not None and not os.environ.get(name) else None


def redact(text: str, spec: ModelSpec) -> str:
    """Return a text with the values of every key that a model could have been sent replaced."""
    for name in (spec.api_key_env, *VARIABLES.get(provider(spec.model), ())):
        if name and (value := os.environ.get(name, "").strip()):
            text = text.replace(value, f"<{name}>")
    return text
