"""Keys and passwords must not stand in a recipe: it is copied, shared and kept with its runs."""

from __future__ import annotations

import re
from typing import Any

from dfcli.ops.sentences import Place
from dfcli.recipes.mistakes import Mistakes, mapped

_NAME = re.compile(r"(\w+[_-])?(api|secret|access)[_-]?(key|token)", re.IGNORECASE)
_VALUE = re.compile(
    r"""(?<![\w-])(
        sk-(?=[\w-]*\d)[\w-]{20,}        # OpenAI, Anthropic, DeepSeek, OpenRouter, …
      | (hf|gsk|r8)_[A-Za-z0-9]{20,}     # Hugging Face, Groq, Replicate
      | xai-[A-Za-z0-9]{20,}
      | AIza[\w-]{30,}                   # Google
      | AKIA[0-9A-Z]{16}                 # Amazon
      | gh[pousr]_[A-Za-z0-9]{20,}       # GitHub
    )""",
    re.VERBOSE,
)


def guard(data: Any, place: Place, mistakes: Mistakes) -> Any:
    """Return data in which WRONG stands for everything that is, or is named like, a key."""
    return mapped(data, place, lambda here, value: _guarded(here, value, mistakes))


def holds_key(text: str) -> bool:
    """Tell whether a text holds what looks like a provider's key."""
    return _VALUE.search(text) is not None


def _guarded(place: Place, value: Any, mistakes: Mistakes) -> Any:
    option = place[:1] == ("models",) or len(place) <= len(("steps", 0, "option"))
    named = option and isinstance(place[-1], str) and _NAME.fullmatch(place[-1]) and value is not None
    if named or (isinstance(value, str) and _VALUE.search(value)):
        what = f"{place[-1]} is" if named else "this looks like"
        return mistakes.add(
            place,
            f"{what} a key, and keys never stand in a recipe: put it into an environment variable, and that one's "
            "name into the model's api_key_env",
            "secret",
        )
    return value
