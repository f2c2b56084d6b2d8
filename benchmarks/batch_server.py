"""A server of files and batches as OpenAI has them, on 127.0.0.1; requests end as their last message tells.

`kill PID` ends the process that sent it once the batch is taken, before the server answers.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import web

from benchmarks.server import listening


class BatchServer:
    """Keeps every file and batch, and counts what it was asked, by the last message.

    A batch is over when it has been looked at `patience` times.
    """

    def __init__(self) -> None:
        self.url = ""
        self.patience = 2
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.looks: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.fetched: Counter[str] = Counter()
        self.bodies: dict[str, Any] = {}
        self.keys: set[str | None] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/files", self.upload),
            web.post("/v1/batches", self.submit),
            web.get("/v1/batches", self.list),
            web.get("/v1/batches/{id}", self.look),
            web.get("/v1/files/{id}/content", self.content),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        assert form["purpose"] == "batch"
        uploaded: Any = form["file"]
        return web.json_response(self._file(uploaded.file.read()))

    async def submit(self, request: web.Request) -> web.Response:
        self.keys.add(request.headers.get("Authorization"))
        given = await request.json()
        number = f"batch_{len(self.batches)}"
        said = [self._note(json.loads(line)) for line in self.files[given["input_file_id"]].splitlines()]
        if "refused" in said:
            return web.json_response({"error": {"message": "no such model here", "code": "oops"}}, status=400)
        self.batches[number] = self._batch(number, given)
        for each in said:
            if each.startswith("kill ") and self.asked[each] == 1:
                with suppress(ProcessLookupError):
                    os.kill(int(each.split()[1]), signal.SIGKILL)
        return web.json_response(self.batches[number])

    async def list(self, request: web.Request) -> web.Response:
        newest = list(self.batches.values())[::-1]
        after = request.query.get("after")
        start = next((place + 1 for place, each in enumerate(newest) if each["id"] == after), 0)
        page = newest[start : start + 1]  # one a page
        more = start + 1 < len(newest)
        return web.json_response({"object": "list", "data": page, "has_more": more})

    async def look(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        self.looks[number] += 1
        if self.looks[number] >= self.patience and self.batches[number]["status"] == "in_progress":
            self._finish(self.batches[number])
        return web.json_response(self.batches[number])

    async def content(self, request: web.Request) -> web.Response:
        self.fetched[request.match_info["id"]] += 1
        return web.Response(body=self.files[request.match_info["id"]])

    def _file(self, content: bytes) -> dict[str, Any]:
        number = f"file-{len(self.files)}"
        self.files[number] = content
        about = {"id": number, "object": "file", "bytes": len(content), "created_at": 1, "filename": "f"}
        return about | {"purpose": "batch", "status": "processed"}

    def _note(self, line: dict[str, Any]) -> str:
        assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
        said: str = line["body"]["messages"][-1]["content"]
        self.asked[said] += 1
        self.bodies[said] = line["body"]
        return said

    def _batch(self, number: str, given: dict[str, Any]) -> dict[str, Any]:
        assert given["completion_window"] == "24h"
        about = {"id": number, "object": "batch", "status": "in_progress", "created_at": 2_000_000_000}
        return about | {each: given[each] for each in ("endpoint", "input_file_id", "completion_window", "metadata")}

    def _finish(self, batch: dict[str, Any]) -> None:
        good: list[str] = []
        bad: list[str] = []
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        for line in reversed(lines):
            said = line["body"]["messages"][-1]["content"]
            text = "not JSON {" if said == "malformed" and self.asked[said] == 1 else _result(line, said)
            if said != "missing" or self.asked[said] > 1:
                (bad if said.startswith("status") else good).append(text)
        expired = any(
            json.loads(each)["body"]["messages"][-1]["content"] == "missing" for each in map(json.dumps, lines)
        )
        batch["status"] = "expired" if expired and len(good) + len(bad) < len(lines) else "completed"
        batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}
        for name, texts in (("output_file_id", good), ("error_file_id", bad)):
            batch[name] = self._file("\n".join(texts).encode() + b"\n")["id"] if texts else None


def _result(line: dict[str, Any], said: str) -> str:
    status, body = 200, _chat(f"you said {said} ✓")
    match said.split(maxsplit=2):
        case ["status", code, why]:
            status, body = int(code), {"error": {"message": why, "type": "stub", "code": None}}
        case ["filter"]:
            body = _chat("", "content_filter")
    response = {"status_code": status, "request_id": "r", "body": body}
    return json.dumps({"id": "x", "custom_id": line["custom_id"], "response": response, "error": None})


def _chat(content: str, finish: str = "stop") -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "stub-1",
        "choices": [choice],
        "usage": usage,
    }


@contextmanager
def serving() -> Iterator[BatchServer]:
    """Serve until the block ends."""
    server = BatchServer()
    with listening(server.routes()) as server.url:
        yield server
