"""How a model is asked for structured output: the best way it takes, found by one call and remembered.

From the top: a JSON Schema natively, a tool it must call, JSON mode, words in the prompt. A model that refuses one way,
or answers the first call made in it with something else than JSON, is asked in the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Mode, TransportError
from dfcli.runtime.transports.faults import refuses_schema

LADDER: tuple[Mode, ...] = ("json_schema", "tool", "json", "text")


class Ladder:
    """The way one model is asked; it lives on the loop.

    `known` is what an earlier run found, `expected` whether the model is said to take a schema, `listed` whether that
    is known of it and no guess about a server of one's own. Until a way has been seen to work, prompts that need it are
    asked one at a time.
    """

    def __init__(self, known: Mode | None, *, expected: bool, listed: bool) -> None:
        self._mode: Mode = known or ("json_schema" if expected else "tool")
        self.proven = known is not None or (expected and listed)
        self._first = asyncio.Lock()

    @property
    def found(self) -> Mode | None:
        """What a later run may begin with; None when nothing was learnt."""
        return self._mode if self.proven else None

    def mode(self, spec: ModelSpec) -> Mode:
        """Return how a model is asked now: as its recipe says, or as was found."""
        return self._mode if spec.schema_mode == "auto" else spec.schema_mode

    @asynccontextmanager
    async def tried(self, spec: ModelSpec) -> AsyncIterator[None]:
        """Let one prompt at a time through while the way of asking is not proven, until it has its answer."""
        if not self.proven and spec.schema_mode == "auto":
            async with self._first:
                if not self.proven:
                    yield
                    return
        yield

    def doubts(self, spec: ModelSpec, mode: Mode) -> bool:
        """Tell whether an answer that cannot be read may come from a model that passes over the way it was asked."""
        return spec.schema_mode == "auto" and not self.proven and mode == self._mode != "text"

    def works(self, mode: Mode) -> None:
        """Take note of an answer that could be read."""
        self.proven = self.proven or mode == self._mode

    def fails(self, mode: Mode) -> None:
        """Go on to the next way, unless another call has done so."""
        if mode == self._mode != "text":
            self._mode = LADDER[LADDER.index(mode) + 1]
            self.proven = self._mode == "text"

    def refused(self, spec: ModelSpec, mode: Mode, error: TransportError) -> bool:
        """Take note of a refusal; tell whether it was for the way of asking, and another one is left."""
        if spec.schema_mode != "auto" or mode == "text" or not refuses_schema(error):
            return False
        self.fails(mode)
        return True
