"""Calls a stub server through litellm and prints what came of it: a process of its own, for litellm loads slowly.

Its stderr is part of the test. `python litellm_session.py URL FOLDER CASES`, with the cases as a JSON list of prompts.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from dfcli.errors import DfcliError
from dfcli.ops.base import Message, Prompt
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Pace
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import Request, TransportError, transport_for

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


def prompt(text: str) -> Prompt:
    return Prompt((Message("user", text),), lambda reply: {"text": reply})


async def each_once(url: str, cases: list[str]) -> dict[str, Any]:
    spec = ModelSpec(model="openai/m", base_url=url, api_key_env="STUB_KEY", temperature=0.5, seed=3)
    transport = transport_for(spec)
    outcomes = {}
    for case in cases:
        try:
            patient = spec.model_copy(update={"timeout": 0.3 if case == "hang" else 60.0})
            request = Request(patient, (Message("user", case),), SCHEMA if case == "schema" else None)
            outcomes[case] = (await transport.complete(request))._asdict()
        except TransportError as error:
            outcomes[case] = {"kind": error.kind, "retry_after": error.retry_after, "message": str(error)}
    vectors = (await transport.embed(spec, ["a", "bbb"]))._asdict()
    await transport.close()
    return {"outcomes": outcomes, "embed": vectors}


def through_models(url: str, folder: Path) -> dict[str, Any]:
    """Ask as a run does: retries, the store, a key that is refused, and nothing left open."""
    keyless = ModelSpec(model="openai/m", base_url=url, attempts=2)
    usage, replies = Usage(), Replies(folder / "replies.sqlite")
    hurried = Pace(sleep=lambda seconds: asyncio.sleep(min(seconds, 0.01)))
    with Models({"default": keyless}, replies, pace=hurried) as models:
        answers = models.ask("default", [prompt(text) for text in ("busy m", "flaky m", "plain")], usage.add)
        again = models.ask("default", [prompt("plain")], usage.add)
        try:
            models.ask("default", [prompt("status 401 the key sk-planted-secret is wrong")], usage.add)
        except DfcliError as error:
            stopped = f"{type(error).__name__}: {error}"
    replies.close()
    texts = [each.text for each in (*answers, *again)]
    return {"texts": texts, "usage": vars(usage), "stopped": stopped}


def facts() -> dict[str, Any]:
    """What litellm's own tables say, and the key that is missing before anything is sent."""
    transport = transport_for(ModelSpec(model="openai/m", base_url="http://127.0.0.1:9"))
    known, unknown = ModelSpec(model="openai/gpt-4.1-mini"), ModelSpec(model="openai/never-heard-of-it")
    price = transport.price(known)
    try:
        transport_for(ModelSpec(model="anthropic/claude-sonnet-4-5"))
    except DfcliError as error:
        lacking = f"{type(error).__name__}: {error}"
    return {
        "takes_schema": [transport.takes_schema(known), transport.takes_schema(unknown)],
        "priced": price is not None and price.output > price.input > 0,
        "unknown_price": transport.price(unknown),
        "free_price": transport.price(ModelSpec(model="ollama/llama3")),
        "lacking": lacking,
    }


if __name__ == "__main__":
    _, url, folder, cases = sys.argv
    made = asyncio.run(each_once(url, json.loads(cases)))
    sys.stdout.write(json.dumps(made | through_models(url, Path(folder)) | facts()))
