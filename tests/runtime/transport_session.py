"""Calls a stub server through one transport and prints what came of it: a process of its own, for litellm loads slowly.

Its stderr is part of the test. `python transport_session.py litellm|direct URL FOLDER`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from transport_cases import CASES, Case

from dfcli.errors import DfcliError
from dfcli.ops.base import Message, Prompt
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.events import Usage
from dfcli.runtime.halt import Pace
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import Request, Transport, TransportError, transport_for

NOBODY = "http://127.0.0.1:9/v1"


def prompt(text: str) -> Prompt:
    return Prompt((Message("user", text),), lambda reply: {"text": reply})


async def outcome(transport: Transport, request: Request) -> dict[str, Any]:
    try:
        return (await transport.complete(request))._asdict()
    except TransportError as error:
        return {
            "kind": error.kind,
            "message": str(error),
            "status": error.status,
            "retry_after": error.retry_after,
        }


def request(spec: ModelSpec, name: str, case: Case) -> Request:
    patient = spec.model_copy(update={"timeout": 0.3 if case.answer.how == "hang" else 60.0})
    return Request(patient, (Message("user", name),), case.schema, 0, case.mode, case.n)


async def each_once(url: str, kind: Any) -> dict[str, Any]:
    spec = ModelSpec(model="openai/m", base_url=url, api_key_env="STUB_KEY", temperature=0.5, seed=3, transport=kind)
    transport = transport_for(spec)
    outcomes = {name: await outcome(transport, request(spec, name, case)) for name, case in CASES.items()}
    vectors = (await transport.embed(spec, ["a", "bbb"]))._asdict()
    nobody = spec.model_copy(update={"base_url": NOBODY})
    elsewhere = transport_for(nobody)
    refused = await outcome(elsewhere, Request(nobody, (Message("user", "x"),)))
    await transport.close()
    await elsewhere.close()
    return {"outcomes": outcomes, "embed": vectors, "refused": refused, "class": type(transport).__name__}


def through_models(url: str, folder: Path, kind: Any) -> dict[str, Any]:
    """Ask as a run does: retries, the store, a key that is refused, and nothing left open."""
    keyless = ModelSpec(model="openai/m", base_url=url, attempts=2, transport=kind)
    usage, replies = Usage(), Replies(folder / "replies.sqlite")
    hurried = Pace(sleep=lambda seconds: asyncio.sleep(min(seconds, 0.01)))
    with Models({"default": keyless}, replies, pace=hurried) as models:
        answers = models.ask("default", [prompt(text) for text in ("busy m", "flaky m", "simple")], usage.add)
        again = models.ask("default", [prompt("simple")], usage.add)
        try:
            models.ask("default", [prompt("refused sk-planted-secret")], usage.add)
        except DfcliError as error:
            stopped = f"{type(error).__name__}: {error}"
    replies.close()
    texts = [each.text for each in (*answers, *again)]
    return {"texts": texts, "usage": vars(usage), "stopped": stopped}


def facts(url: str, kind: Any) -> dict[str, Any]:
    """What a transport knows of models without asking them."""
    own = ModelSpec(model="openai/m", base_url=url, transport=kind)
    known = ModelSpec(model="openai/gpt-4.1-mini", transport=kind)
    transport = transport_for(known)
    return {
        "takes_schema": [transport.takes_schema(each) for each in (own, known)],
        "takes_n": [transport.takes_n(each) for each in (own, known)],
    }


if __name__ == "__main__":
    _, kind, url, folder = sys.argv
    made = asyncio.run(each_once(url, kind))
    sys.stdout.write(json.dumps(made | through_models(url, Path(folder), kind) | facts(url, kind)))
