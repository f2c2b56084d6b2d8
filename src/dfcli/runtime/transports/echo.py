"""The offline model `dfcli/echo`: answers any prompt from its JSON Schema, the same prompt always the same way.

The values mean nothing. They have the types, bounds and choices that were asked for, so a recipe runs from end to end
without a key, a network or a cent.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

import orjson

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Embedding, Request, Transport

_VOCABULARY = (
    "amber anchor autumn basin bright canal candle cedar circle clear copper coral delta drift early ember fable "
    "field forest garden gentle glass granite harbor hazel hollow island ivory juniper kettle lantern linen maple "
    "marble meadow mirror mosaic narrow north ocean olive orchard paper pebble quiet river saffron shadow silver "
    "slate spring stone summer thread timber valley velvet violet walnut willow winter yellow"
)
_WORDS = _VOCABULARY.split()

_DIMENSIONS = 64
_DEPTH = 6
_FIRST_DAY = date(2020, 1, 1)


class Echo(Transport):
    """Answers from the schema; without one, with a few words."""

    async def complete(self, request: Request) -> Completion:
        if request.spec.latency:
            await asyncio.sleep(request.spec.latency)
        text = answer(request)
        words = sum(len(each.content.split()) for each in request.messages)
        return Completion(text, "stop", words, len(text.split()), request.spec.model)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        return Embedding([vector(text) for text in texts], sum(len(text.split()) for text in texts))


def answer(request: Request) -> str:
    """Return what the offline model says to a request."""
    choice = Choice(request)
    if request.schema is None:
        return _phrase(choice, "echo")
    return orjson.dumps(Instance(request.schema, choice).of(request.schema, "reply")).decode()


class Choice:
    """Numbers that follow from a request and nothing else."""

    def __init__(self, request: Request) -> None:
        hashed = blake2b(str(request.sample).encode(), digest_size=48)
        for message in request.messages:
            hashed.update(f"\0{message.role}\0{message.content}".encode("utf-8", "replace"))
        self._seed = hashed.digest()
        self._left = int.from_bytes(self._seed, "big")

    def below(self, limit: int) -> int:
        """Return a number from 0 up to, not including, the limit."""
        if self._left < limit << 32:
            self._seed = blake2b(self._seed, digest_size=48).digest()
            self._left = int.from_bytes(self._seed, "big")
        self._left, number = divmod(self._left, limit)
        return number


class Instance:
    """Values that meet the parts of one schema."""

    def __init__(self, schema: Mapping[str, Any], choice: Choice) -> None:
        self._root = schema
        self.choice = choice

    def of(self, schema: Mapping[str, Any], name: str, depth: int = 0) -> Any:
        """Return a value of a part of the schema; `name` is that of the field it is for."""
        schema = self.resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][self.choice.below(len(schema["enum"]))]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self.of(self._first(schema[several]), name, depth)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = next(each for each in kind if each != "null") if isinstance(kind, list) else kind
        return self._typed(kind, schema, name, depth)

    def _typed(self, kind: str, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        match kind:
            case "object":
                properties = schema.get("properties", {})
                return {each: self.of(given, each, depth + 1) for each, given in properties.items()}
            case "array":
                return self._array(schema, name, depth)
            case "integer":
                low, high = bounds(schema, margin=1, span=10)
                return math.ceil(low) + self.choice.below(math.floor(high) - math.ceil(low) + 1)
            case "number":
                low, high = bounds(schema, margin=0, span=1)
                return low + (high - low) * (1 + self.choice.below(7)) / 8
            case "boolean":
                return self.choice.below(2) == 1
            case "null":
                return None
        return self._string(schema, name)

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        usual = 0 if depth > _DEPTH else 3
        most = schema.get("maxItems", max(schema.get("minItems", 0), usual))
        least = schema.get("minItems", min(1, most))
        length = least + self.choice.below(most - least + 1)
        return [self.of(schema.get("items", {}), f"{name} {each + 1}", depth + 1) for each in range(length)]

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        if schema.get("format") in ("date", "date-time"):
            day = (_FIRST_DAY + timedelta(days=self.choice.below(2000))).isoformat()
            return day if schema["format"] == "date" else f"{day}T{self.choice.below(24):02}:00:00"
        text = _phrase(self.choice, name)
        while len(text) < schema.get("minLength", 0):
            text = f"{text} {_phrase(self.choice, name)}"
        return text[: schema.get("maxLength")]

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a part of the schema with references followed."""
        while "$ref" in schema:
            schema = _at(self._root, schema["$ref"])
        return schema

    def _first(self, schemas: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        return next((each for each in schemas if each.get("type") != "null"), schemas[0])


def _phrase(choice: Choice, name: str) -> str:
    return f"{name}: {' '.join(_WORDS[choice.below(len(_WORDS))] for _ in range(3))}"


def bounds(schema: Mapping[str, Any], *, margin: int, span: int) -> tuple[float, float]:
    """Return the least and the greatest number allowed, a margin inside bounds that are exclusive."""
    low = schema.get("minimum", schema["exclusiveMinimum"] + margin if "exclusiveMinimum" in schema else None)
    high = schema.get("maximum", schema["exclusiveMaximum"] - margin if "exclusiveMaximum" in schema else None)
    if low is None:
        low = 0 if high is None else min(0, high - span)
    return low, low + span if high is None else high


def _at(root: Mapping[str, Any], reference: str) -> Any:
    place: Any = root
    for part in reference.removeprefix("#/").split("/"):
        place = place[part]
    return place


def vector(text: str) -> list[float]:
    """Return a direction that texts with words in common share in part."""
    sums = [0.0] * _DIMENSIONS
    for each in _hashed_words(text):
        sums[each % _DIMENSIONS] += 1.0 if each & 0x40 else -1.0
    length = math.sqrt(sum(each * each for each in sums))
    return [each / length for each in sums] if length else [1.0] + [0.0] * (_DIMENSIONS - 1)


def _hashed_words(text: str) -> Iterator[int]:
    for word in re.findall(r"\w+", text.casefold()):
        yield int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
