"""A server that speaks chat completions on 127.0.0.1, and misbehaves as the last message tells it to."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


class Stub:
    """Counts requests by their last message, and keeps the last body of each."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.bodies: dict[str, dict[str, Any]] = {}
        self.keys: set[str | None] = set()
        self.url = ""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        said = body["messages"][-1]["content"]
        self.requests[said] += 1
        self.bodies[said] = body
        self.keys.add(request.headers.get("Authorization"))
        return await self._respond(said, self.requests[said])

    async def embed(self, request: web.Request) -> web.StreamResponse:
        texts = (await request.json())["input"]
        self.requests["embed"] += 1
        data = [{"object": "embedding", "index": n, "embedding": [float(len(each))]} for n, each in enumerate(texts)]
        usage = {"prompt_tokens": 4, "total_tokens": 4}
        return web.json_response({"object": "list", "model": "m", "data": data[::-1], "usage": usage})

    async def _respond(self, said: str, time: int) -> web.StreamResponse:
        match said.split(maxsplit=2):
            case ["status", status, why]:
                return _refusal(int(status), why)
            case ["busy", *_] if time == 1:
                return _refusal(429, "slow down", {"Retry-After": "0.05"})
            case ["flaky", *_] if time == 1:
                return _refusal(500, "oops")
            case ["hang"]:
                await asyncio.sleep(30)
            case ["garbage"]:
                return web.Response(text="<html>a proxy</html>")
            case ["nothing"]:
                return web.json_response(_chat(None) | {"choices": []})
            case ["uncounted"]:
                return web.json_response({k: v for k, v in _chat("four words of text").items() if k != "usage"})
        return web.json_response(_ANSWERS.get(said) or _chat(f"you said {said} ✓"))


def _chat(content: str | None, finish: str = "stop", **more: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": content} | more
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "stub-1",
        "choices": [choice],
        "usage": USAGE,
    }


_ANSWERS = {
    "null": _chat(None),
    "length": _chat("cut o", "length"),
    "filter": _chat("", "content_filter"),
    "refusal": _chat(None, refusal="I will not"),
}


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    error = {"message": why, "type": "stub", "code": None}
    return web.json_response({"error": error}, status=status, headers=headers or {})


@contextmanager
def serving() -> Iterator[Stub]:
    """Serve from a thread of its own until the block ends; `url` is the base URL."""
    stub, started = Stub(), threading.Event()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", stub.chat)
        app.router.add_post("/v1/embeddings", stub.embed)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        started.set()
        await over.wait()
        await runner.cleanup()

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield stub
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
