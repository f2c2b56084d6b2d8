"""What a model costs: as the recipe says, else the user's own price file, else the table that comes with litellm.

The table is read as a file, because loading litellm for it would take seconds. What nobody knows is None, never zero.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from dfcli.errors import InputError
from dfcli.ops.sentences import describe
from dfcli.recipes.mistakes import WRONG, Mistakes
from dfcli.recipes.model import ModelSpec, Price
from dfcli.recipes.options import build
from dfcli.runtime.transports import in_process
from dfcli.runtime.transports.keys import provider

VARIABLE = "DFCLI_PRICES"
"""The environment variable that names the user's price file."""

BATCH_PRICE = 0.5
"""What a call in a batch costs, as a part of what it costs alone: the same at every provider."""

FREE = Price(input=0, output=0)

_TABLE = "model_prices_and_context_window_backup.json"
_DATED = re.compile(r"(?:[-@](?:\d{8}|\d{4}-\d{2}-\d{2})|[-:@]latest)\Z")
_TUNED = re.compile(r"(ft:[^:]+):.*\Z")


def price_of(spec: ModelSpec) -> Price | None:
    """Return what a model costs, or None when nobody knows; InputError says what is wrong with the price file.

    The table's prices are those of the providers themselves, so a server of one's own (`base_url`) is not in it.
    """
    alone = _alone(spec)
    return in_batches(alone) if spec.batch and alone is not None else alone


def in_batches(alone: Price) -> Price:
    """Return what calls in a provider's batches cost."""
    cached = None if alone.cached is None else alone.cached * BATCH_PRICE
    return Price(input=alone.input * BATCH_PRICE, output=alone.output * BATCH_PRICE, cached=cached)


def _alone(spec: ModelSpec) -> Price | None:
    if spec.price is not None or in_process(spec):
        return spec.price or FREE
    own = _own()
    if spec.base_url is not None:
        return own.get(spec.model)
    return next((own[name] for name in _names(spec.model) if name in own), None) or _listed(spec.model)


def _names(model: str) -> Iterator[str]:
    """Yield the names under which a price may be found: with and without the provider, then without a version."""
    maker, bare = provider(model), model.partition("/")[2] or model
    spelled = [model, bare if model == f"{maker}/{bare}" else f"{maker}/{model}"]
    tuned = [_TUNED.sub(r"\1", each) for each in spelled]
    yield from dict.fromkeys([*spelled, *tuned, *(_DATED.sub("", each) for each in tuned)])


def _own() -> Mapping[str, Price]:
    """Return the prices in the user's file, by model; none when there is no file and none was asked for."""
    named = os.environ.get(VARIABLE)
    path = Path(named) if named else _config() / "dfcli" / "prices.yaml"
    if not named and not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        asked = f", which {VARIABLE} names," if named else ""
        raise InputError(f"{path}: the price file{asked} cannot be read ({why})") from error
    return _read(text, str(path))


def _config() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _read(text: str, file: str) -> dict[str, Price]:
    """Return the prices in a file's text; InputError with all that is wrong, line by line."""
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return {}
    from dfcli.recipes.yaml import read

    data, mistakes = read(text, file)
    found = _prices(data, mistakes)
    if mistakes.found:
        raise InputError("\n".join(map(str, mistakes.found)))
    return found


def _prices(data: Any, mistakes: Mistakes) -> dict[str, Price]:
    if not isinstance(data, Mapping):
        if data is not WRONG:
            mistakes.add((), f"a price file maps the names of models to prices; this is {describe(data)}")
        return {}
    return {str(name): price for name, given in data.items() if (price := _price(name, given, mistakes)) is not None}


def _price(name: Any, given: Any, mistakes: Mistakes) -> Price | None:
    if isinstance(given, Mapping):
        return build(Price, given, (name,), mistakes, f"the price of {name}")
    if given is not WRONG:
        want = "{input: …, output: …} in US dollars per million tokens"
        mistakes.add((name,), f"the price of {name} must be {want}, not {describe(given)}")
    return None


def _listed(model: str) -> Price | None:
    """Return the price in litellm's table; under a name without its provider, only that provider's own."""
    for name in _names(model):
        entry = _table().get(name)
        if entry is not None and ("/" in name or model == name or _maker(entry) == provider(model)):
            return _entered(entry)
    return None


def _maker(entry: Mapping[str, Any]) -> str:
    """Return the provider that an entry is of: `vertex_ai-language-models` are vertex_ai's."""
    return str(entry.get("litellm_provider")).partition("-")[0].removesuffix("_converse")


def _entered(entry: Mapping[str, Any]) -> Price | None:
    """Return the price of an entry, where nothing and two zeros mean that nobody entered one."""
    given, written = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
    if written is None and entry.get("mode") == "embedding":
        written = 0
    if given is None or written is None or not (given or written):
        return None
    cached = entry.get("cache_read_input_token_cost")
    return Price(input=_million(given), output=_million(written), cached=_million(cached) if cached else None)


def _million(per_token: float) -> float:
    return round(1e6 * per_token, 9)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, Any]]:
    """Return litellm's table, empty where its package has none at the place or of the form expected."""
    found = find_spec("litellm")
    for folder in (found.submodule_search_locations or ()) if found else ():
        try:
            table = orjson.loads((Path(folder) / _TABLE).read_bytes())
        except (OSError, orjson.JSONDecodeError):
            continue
        if isinstance(table, dict):
            return {name: entry for name, entry in table.items() if isinstance(entry, dict)}
    return {}
