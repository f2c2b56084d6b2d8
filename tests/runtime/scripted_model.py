"""A model that answers what a test tells it to, and a clock that does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from dfcli.errors import BadReply
from dfcli.ops.base import Message, Prompt, Row
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Pace
from dfcli.runtime.transports import Completion, Request, Transport

Answer = str | Completion | Exception


class Scripted(Transport):
    """Answers each request by a function of it; counts what it is asked and how much of it at once."""

    def __init__(
        self,
        answer: Callable[[Request], Answer],
        *,
        native: bool = True,
        several: bool = False,
    ) -> None:
        self.answer = answer
        self.native = native
        self.several = several
        self.asked: list[Request] = []
        self.flying = self.most = 0
        self.closed = False

    async def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        self.flying += 1
        self.most = max(self.most, self.flying)
        await asyncio.sleep(0)
        self.flying -= 1
        answer = self.answer(request)
        if isinstance(answer, Exception):
            raise answer
        return Completion(answer, "stop", 3, 2, "scripted-1") if isinstance(answer, str) else answer

    def takes_schema(self, spec: ModelSpec) -> bool:
        return self.native

    def takes_n(self, spec: ModelSpec) -> bool:
        return self.several

    async def close(self) -> None:
        self.closed = True

    def texts(self) -> list[str]:
        """The last message of each request, in order."""
        return [last(each) for each in self.asked]


@dataclass
class Clock:
    """Time that passes only in `sleep`, and at once."""

    time: float = 0.0
    slept: list[float] = field(default_factory=list)

    def pace(self) -> Pace:
        return Pace(now=lambda: self.time, sleep=self.sleep, chance=lambda: 1.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


class Meter:
    """Adds up the usage that `ask` reports."""

    def __init__(self) -> None:
        self.total = Usage()

    def __call__(self, usage: Usage) -> None:
        self.total.add(usage)


def last(request: Request) -> str:
    return request.messages[-1].content


def as_number(text: str) -> Row:
    """A reader that wants a whole number."""
    try:
        return {"number": int(text)}
    except ValueError:
        raise BadReply(f"{text!r} is not a whole number") from None


def as_text(text: str) -> Row:
    if not text:
        raise BadReply("the reply is empty")
    return {"answer": text}


def prompt(text: str, sample: int = 0, twin: str = "") -> Prompt:
    return Prompt((Message("user", text),), as_text, None, sample, twin)


def number_prompt(text: str) -> Prompt:
    return Prompt((Message("system", "Count."), Message("user", text)), as_number, NUMBER)


NUMBER = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
