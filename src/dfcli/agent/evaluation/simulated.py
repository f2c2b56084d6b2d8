"""The simulated model: a task's rules say what it answers, and where they are silent it answers as `dfcli/echo`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from dfcli.agent.evaluation.tasks import Rule
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Embedding, Request, Transport
from dfcli.runtime.transports.echo import Choice, Echo, Instance, answer, bounds


class Simulated(Transport):
    """Answers by rules, the same prompt always the same way."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    async def complete(self, request: Request) -> Completion:
        text = simulate(request, self._rules)
        words = sum(len(each.content.split()) for each in request.messages)
        return Completion(text, "stop", words, len(text.split()), request.spec.model)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        return await Echo().embed(spec, texts)


def simulated(rules: Sequence[Rule]) -> Callable[[ModelSpec], Transport]:
    """Return what `Options(transport=…)` takes, for a model that answers by these rules."""
    return lambda spec: Simulated(rules)


def simulate(request: Request, rules: Sequence[Rule]) -> str:
    """Return what a model that follows the rules says to a request."""
    rule = _rule(request, rules)
    if rule is None:
        return answer(request)
    turn = _turn(request)
    if request.schema is None:
        return answer(request) if rule.text is None else str(_taken(rule.text, turn))
    made = _Ruled(request.schema, Choice(request), rule, turn).of(request.schema, "reply")
    return orjson.dumps(made).decode()


def _rule(request: Request, rules: Sequence[Rule]) -> Rule | None:
    said = "\n".join(each.content for each in request.messages)
    return next((each for each in rules if each.when is None or re.search(each.when, said)), None)


def _turn(request: Request) -> int:
    """Return a number that follows from the prompt; the next sample's is greater by one."""
    said = "\0".join(each.content for each in request.messages).encode("utf-8", "replace")
    return int.from_bytes(blake2b(said, digest_size=6).digest(), "big") + request.sample


def _taken(value: Any, turn: int) -> Any:
    return value[turn % len(value)] if isinstance(value, list | tuple) else value


class _Ruled(Instance):
    """Values that meet a schema, and a rule as far as the schema lets it."""

    def __init__(self, schema: Mapping[str, Any], choice: Choice, rule: Rule, turn: int) -> None:
        super().__init__(schema, choice)
        self._rule = rule
        self._turn = turn

    def of(self, schema: Mapping[str, Any], name: str, depth: int = 0) -> Any:
        """Return the rule's value for a field where it has one that fits, or what the offline model would say."""
        usual = super().of(schema, name, depth)
        found = self._by_name(name)
        if found is not None and _fits(found, usual, self.resolved(schema)):
            return found
        if isinstance(usual, bool):
            return usual if self._rule.booleans is None else self._rule.booleans
        if isinstance(usual, int | float) and self._rule.numbers is not None and "enum" not in self.resolved(schema):
            return self._number(schema, whole=isinstance(usual, int))
        return usual

    def _by_name(self, name: str) -> Any:
        plain = re.sub(r" \d+$", "", name)
        ends = [each for each in self._rule.fields if plain == each or plain.endswith(f"_{each}")]
        return _taken(self._rule.fields[max(ends, key=len)], self._turn) if ends else None

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> float:
        numeric = _numeric(self.resolved(schema), self.resolved)
        low, high = bounds(numeric, margin=1 if whole else 0, span=10 if whole else 1)
        wanted = self._rule.numbers
        value = low if wanted == "low" else high if wanted == "high" else min(max(float(wanted or 0), low), high)
        return round(value) if whole else value


def _numeric(
    schema: Mapping[str, Any], resolved: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return the part of a schema that has the bounds, where it allows null besides."""
    several = [resolved(each) for key in ("anyOf", "oneOf") for each in schema.get(key, ())]
    return next((each for each in several if each.get("type") != "null"), schema)


def _fits(value: Any, usual: Any, schema: Mapping[str, Any]) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    if isinstance(value, bool) or isinstance(usual, bool):
        return isinstance(value, bool) and isinstance(usual, bool)
    if isinstance(usual, float):
        return isinstance(value, int | float)
    return usual is None or isinstance(value, type(usual))
