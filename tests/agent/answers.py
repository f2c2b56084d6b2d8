"""A model that a test scripts by what the prompt holds, and small folders of data to work in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Request, Transport, TransportError

Answer = Callable[[str], str | Mapping[str, Any] | TransportError]


class Answers(Transport):
    """Answers each prompt by a function of its last message; counts how often it is asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, spec: ModelSpec) -> Transport:
        """Serve any model, so that it can be handed in where clients are made."""
        return self

    async def complete(self, request: Request) -> Completion:
        text = request.messages[-1].content
        self.asked.append(text)
        found = self.answer(text)
        if isinstance(found, TransportError):
            raise found
        return Completion(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False), "stop", 10, 5)


def jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as JSON Lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def all_files(folder: Path) -> dict[str, bytes]:
    """Return all files under a folder with what is in them."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
