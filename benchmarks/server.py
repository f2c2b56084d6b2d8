"""A local server that speaks chat completions, counts what it is asked, and fails in the ways it is told to."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from aiohttp import web

USAGE = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}


BROKEN = 0


@dataclass(frozen=True)
class Fault:
    """An answer that is none: its status, what it says, when to come back.

    The status BROKEN is a connection that ends in the middle of the answer's body.
    """

    status: int
    message: str = "refused"
    retry_after: float | None = None


Answer = str | Fault | tuple[str, str]
"""A reply's text, a fault, or a text with its finish reason."""


@dataclass
class Server:
    """Answers by a function of the last message and of how often it was asked; refuses calls beyond `cap` at once."""

    answer: Callable[[str, int], Answer] = lambda text, time: f"re: {text}"
    latency: float = 0.0
    cap: int | None = None
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    in_flight: int = 0
    most: int = 0

    @property
    def calls(self) -> int:
        """How many requests there were, refused ones aside."""
        return sum(self.asked.values())

    def forget(self) -> None:
        """Count from nothing again."""
        self.asked.clear()
        self.bodies.clear()
        self.refused = self.most = 0

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if self.cap is not None and self.in_flight >= self.cap:
            self.refused += 1
            return _refusal(Fault(429, "too many at once", retry_after=1))
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            return await self._answered(request, body)
        finally:
            self.in_flight -= 1

    async def _answered(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        text = body["messages"][-1]["content"]
        self.asked[text] += 1
        self.bodies.append(body)
        answer = self.answer(text, self.asked[text])
        await asyncio.sleep(self.latency)
        if isinstance(answer, Fault) and answer.status == BROKEN:
            return await _broken(request)
        if isinstance(answer, Fault):
            return _refusal(answer)
        said, finish = answer if isinstance(answer, tuple) else (answer, "stop")
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "stub", "usage": USAGE}
        return web.json_response({**whole, "choices": [choice]})


async def _broken(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"id": "x", "choices": [')
    assert request.transport is not None
    request.transport.abort()
    return response


def _refusal(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    error = {"message": fault.message, "type": "stub", "code": None}
    return web.json_response({"error": error}, status=fault.status, headers=headers)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve until the block ends."""
    with listening([web.post("/v1/chat/completions", server.chat)]) as server.url:
        yield server


@contextmanager
def listening(routes: Iterable[web.RouteDef]) -> Iterator[str]:
    """Serve routes on 127.0.0.1 from a thread until the block ends; gives the base URL, which ends in /v1."""
    urls: SimpleQueue[str] = SimpleQueue()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=1 << 28)
        app.add_routes(routes)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
        urls.put(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        await over.wait()
        await runner.cleanup()

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield urls.get(timeout=10)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
