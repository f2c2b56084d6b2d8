"""A server on 127.0.0.1 that speaks chat completions, and answers as the case says that the last message names."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from benchmarks.server import listening
from transport_cases import CASES, Answer, chat


class Stub:
    """Counts requests by their last message, and keeps the last body and the key of each."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.bodies: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str | None] = {}
        self.url = ""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        said = body["messages"][-1]["content"]
        self.requests[said] += 1
        self.bodies[said] = body
        self.keys[said] = request.headers.get("Authorization")
        return await _respond(request, self._answer(said, self.requests[said]))

    async def embed(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests["embed"] += 1
        self.bodies["embed"] = body
        data = [{"object": "embedding", "index": n, "embedding": [float(len(t))]} for n, t in enumerate(body["input"])]
        usage = {"prompt_tokens": 4, "total_tokens": 4}
        return web.json_response({"object": "list", "model": "m", "data": data[::-1], "usage": usage})

    def _answer(self, said: str, time: int) -> Answer:
        """Return a case's answer; `busy …` and `flaky …` are refused the first time, all else is echoed."""
        if said in CASES:
            return CASES[said].answer
        match said.split():
            case ["busy", *_] if time == 1:
                return Answer({"error": {"message": "slow down"}}, 429, {"Retry-After": "0.05"})
            case ["flaky", *_] if time == 1:
                return Answer({"error": {"message": "oops"}}, 500)
            case ["refused", *_]:
                return Answer({"error": {"message": f"{said} is wrong"}}, 401)
        return Answer(chat(f"you said {said} ✓"))


async def _respond(request: web.Request, answer: Answer) -> web.StreamResponse:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body, ensure_ascii=False).encode()
    if answer.how == "hang":
        await asyncio.sleep(30)
    if answer.how in ("whole", "hang"):
        return web.Response(body=body, status=answer.status, headers=answer.headers, content_type=answer.kind)
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.kind, **answer.headers})
    if answer.how == "reset":
        response.content_length = len(body) + 100
    await response.prepare(request)
    for each in (bytes([byte]) for byte in body) if answer.how == "split" else [body]:
        await response.write(each)
    if answer.how == "reset":
        _reset(request)
    return response


def _reset(request: web.Request) -> None:
    """Break the connection as a crashed server does."""
    assert request.transport is not None
    connection = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


@contextmanager
def serving() -> Iterator[Stub]:
    """Serve from a thread of its own until the block ends; `url` is the base URL."""
    stub = Stub()
    with listening([web.post("/v1/chat/completions", stub.chat), web.post("/v1/embeddings", stub.embed)]) as stub.url:
        yield stub
