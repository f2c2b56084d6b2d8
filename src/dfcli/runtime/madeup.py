"""Answers made up for prompts that nobody asks, and what asking them would take.

They have the types and bounds that were asked for, and mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import polars as pl

from dfcli.errors import BadReply
from dfcli.ops.base import Prompt, Reply, Row
from dfcli.ops.prompted import Prompted
from dfcli.recipes.model import ModelSpec, Recipe, Step
from dfcli.runtime.asking import Asking
from dfcli.runtime.calls import EMBED_BATCH
from dfcli.runtime.context import CheckContext
from dfcli.runtime.endpoint import BYTES_PER_TOKEN
from dfcli.runtime.replies import Known, Stored
from dfcli.runtime.transports import Request, in_process
from dfcli.runtime.transports.addresses import address, takes_n
from dfcli.runtime.transports.echo import answer
from dfcli.runtime.transports.echo import vector as made_up
from dfcli.runtime.vectors import vector, wanted


@dataclass
class Asked:
    """What one step would ask about its rows: calls still to be made, and replies that are stored.

    Tokens are those of the prompts to be sent and of the answers made up for them. `replied` are the tokens of the
    stored answers.
    """

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    stored: int = 0
    replied: int = 0


def samples(step: Step) -> int:
    """Return how many answers a step asks for about each row."""
    return step.operator.samples if isinstance(step.operator, Prompted) else 1


def in_one_call(step: Step, spec: ModelSpec) -> bool:
    """Tell whether a row has several answers that the model gives to one request."""
    return samples(step) > 1 and address(spec) is not None and takes_n(spec)


class MadeUp(CheckContext):
    """The context of a step whose questions are answered from the store, or else made up."""

    def __init__(self, recipe: Recipe, step: Step, known: Known | None, asked: Asked) -> None:
        super().__init__(recipe, step)
        self._known = known
        self._asked = asked
        self._seen: set[str] = set()

    def ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Return one reply per prompt, in order, and count what asking them would take."""
        spec = self.recipe.models[self.step.model]
        askings = [Asking(spec, spec.identity(), prompt) for prompt in prompts]
        self._recall(askings)
        pairs = zip(askings, prompts, strict=True)
        return [asking.reply or self._made_up(spec, asking, prompt) for asking, prompt in pairs]

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector per text, made up where none is stored, and count what asking for those would take."""
        spec = self.recipe.models[self.step.model]
        vectors = wanted(spec, texts)
        known = None if in_process(spec) else self._known
        stored = known.get([each.key for each in vectors]) if known is not None else {}
        left = [each.text for each in vectors if each.key not in stored]
        self._asked.stored += len(stored)
        self._asked.calls += -(-len(left) // EMBED_BATCH)
        self._asked.tokens_in += sum(map(_tokens, left))
        found = {each.text: vector(stored[each.key]) for each in vectors if each.key in stored}
        return [found.get(text) or made_up(text) for text in texts]

    def _recall(self, askings: Sequence[Asking]) -> None:
        """Take stored replies as far as they lead, as a run does."""
        reading = list(askings) if self._known is not None else []
        while reading and self._known is not None:
            keys = [each.key() for each in reading]
            found = self._known.get(keys)
            pairs = [(each, found.get(key)) for each, key in zip(reading, keys, strict=True)]
            reading = [each for each, stored in pairs if stored is not None and self._goes_on(each, stored)]

    def _goes_on(self, asking: Asking, stored: Stored) -> bool:
        """Take a stored reply if it spares a call; tell whether it leads to a further question."""
        if not asking.spared_by(stored):
            return False
        asking.land(stored)
        self._asked.stored += 1
        self._asked.replied += stored.tokens_out
        return asking.reply is None

    def _made_up(self, spec: ModelSpec, asking: Asking, prompt: Prompt) -> Reply:
        request = replace(asking.question("json_schema").request, spec=spec)
        text, name = answer(request), asking.key()
        if name not in self._seen:
            self._seen.add(name)
            self._asked.calls += 1
            self._asked.tokens_in += _sent(request)
            self._asked.tokens_out += _tokens(text)
        return Reply(name, text, _values(self.step, prompt, text))


def _sent(request: Request) -> int:
    """Return the tokens of a prompt, its JSON Schema included."""
    schema = _tokens(orjson.dumps(request.schema).decode()) if request.schema is not None else 0
    return sum(_tokens(each.content) for each in request.messages) + schema


def _tokens(text: str) -> int:
    return len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN + 1


def _values(step: Step, prompt: Prompt, text: str) -> Row:
    """Return what a made-up answer says; where it cannot be read, values of the right types."""
    try:
        return prompt.read(text)
    except BadReply:
        assert isinstance(step.operator, Prompted)
        return {name: _filler(output.dtype) for name, output in step.operator.expects().outputs.items()}


def filled(frame: pl.DataFrame, columns: set[str]) -> Iterator[pl.Expr]:
    """Yield columns with values in the place of nulls, about which nothing would be asked."""
    for name in columns:
        filler = _filler(frame.schema[name])
        if filler is not None and frame[name].null_count():
            yield pl.col(name).fill_null(filler)


def _filler(dtype: pl.DataType) -> Any:
    if dtype == pl.String:
        return "not known yet"
    if dtype == pl.Boolean:
        return True
    return 1 if dtype.is_numeric() else None
