"""Asks a batch server through litellm and prints what came of it: a process of its own, for litellm loads slowly.

It forks twice for processes that are killed. `python batch_session.py URL FOLDER`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
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
from dfcli.runtime.transports import transport_for

CASES = ["plain", "status 400 no such thing", "status 503 overloaded", "missing", "malformed", "filter"]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


def prompt(text: str) -> Prompt:
    schema = SCHEMA if text == "shape" else None
    return Prompt((Message("user", text),), lambda reply: {"text": reply}, schema)


async def soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


async def killed(seconds: float) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run(url: str, folder: Path, texts: list[str], sleep: Any = soon) -> dict[str, Any]:
    spec = ModelSpec(model="openai/m", base_url=url, api_key_env="STUB_KEY", temperature=0.5, max_tokens=9, batch=True)
    usage, replies, stopped = Usage(), Replies(folder / "replies.sqlite"), ""
    answers: list[Any] = []
    with Models({"default": spec}, replies, pace=Pace(sleep=sleep)) as models:
        try:
            answers = [(each.text, each.failed) for each in models.ask("default", list(map(prompt, texts)), usage.add)]
        except DfcliError as error:
            stopped = f"{type(error).__name__}: {error}"
    replies.close()
    return {"answers": answers, "usage": vars(usage), "stopped": stopped}


def forked(url: str, folder: Path, texts: list[str], sleep: Any) -> tuple[int, list[str]]:
    """Run in a process that gets killed; return its signal and what it asked, `PID` replaced by its number."""
    child = os.fork()
    asked = [each.replace("PID", str(child or os.getpid())) for each in texts]
    if child == 0:
        run(url, folder, asked, sleep)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1]), asked


def killed_and_restarted(url: str, folder: Path, texts: list[str], sleep: Any) -> dict[str, Any]:
    folder.mkdir()
    died, asked = forked(url, folder, texts, sleep)
    return {"signal": died, "asked": asked} | run(url, folder, asked)


if __name__ == "__main__":
    _, url, root = sys.argv
    folder = Path(root)
    transport_for(ModelSpec(model="openai/m", base_url=url, batch=True))  # loads litellm, once for all forks
    made = {
        "sending": killed_and_restarted(url, folder / "sending", ["a1", "kill PID"], soon),
        "waiting": killed_and_restarted(url, folder / "waiting", ["b1", "b2"], killed),
        "cases": run(url, folder, [*CASES, "shape"]),
        "again": run(url, folder, ["plain", "missing"]),
        "refused": run(url, folder, ["refused"]),
        "nobody": run("http://127.0.0.1:9/v1", folder, ["x"]),
    }
    sys.stdout.write(json.dumps(made))
