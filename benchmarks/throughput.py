"""Model calls per second through dfcli, against a bare loop that makes the same calls and writes the same rows.

    python benchmarks/throughput.py --latency 0 0.2 --in-flight 64 256 1024

Both talk to a stub server in another process, one after the other, in several rounds; the numbers are medians. dfcli
goes through `Models.ask` with a real store of replies. `--transport litellm` compares with a bare loop over litellm.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, BinaryIO, NamedTuple

import aiohttp
import orjson

from dfcli.ops.base import Message, Prompt
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies

PROMPT = "Tell me everything about the following subject, and leave nothing out. " * 20
ANSWER = "This subject has been dear to many people for a long time, and for good reasons. " * 20

Ask = Callable[[str], Awaitable[str]]


class Cost(NamedTuple):
    """What the calls took: wall seconds and CPU seconds of this process."""

    wall: float
    cpu: float


class Stub(asyncio.Protocol):
    """Answers each POST after a while with the same completion; parses no more than it must."""

    latency = 0.0
    response = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while (end := self._seen.find(b"\r\n\r\n")) >= 0:
            head = self._seen[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            if len(self._seen) < end + 4 + length:
                return
            self._seen = self._seen[end + 4 + length :]
            asyncio.get_running_loop().call_later(self.latency, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self.response)


async def serve(latency: float) -> None:
    """Serve until killed; the port is the first line on stdout."""
    choice = {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 300, "completion_tokens": 340, "total_tokens": 640}
    head = {"id": "x", "object": "chat.completion", "created": 1, "model": "stub"}
    body = orjson.dumps({**head, "choices": [choice], "usage": usage})
    Stub.latency = latency
    Stub.response = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(latency: float) -> Iterator[str]:
    """Serve in another process; gives the base URL."""
    command = [sys.executable, __file__, "--serve", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


async def over_aiohttp(url: str) -> AsyncIterator[Ask]:
    """Yield a function that asks as a bare program over aiohttp does."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers={"Content-Type": "application/json"}) as session:

        async def ask(text: str) -> str:
            body = orjson.dumps({"model": "m", "messages": [{"role": "user", "content": text}]})
            async with session.post(f"{url}/chat/completions", data=body) as response:
                answer: str = orjson.loads(await response.read())["choices"][0]["message"]["content"]
                return answer

        yield ask


async def over_litellm(url: str) -> AsyncIterator[Ask]:
    """Yield a function that asks as a bare program over litellm does."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    import litellm

    async def ask(text: str) -> str:
        message = {"role": "user", "content": text}
        given: Any = await litellm.acompletion("openai/m", [message], api_base=url, api_key="none", max_retries=0)
        answer: str = given.choices[0].message.content
        return answer

    yield ask
    await litellm.close_litellm_async_clients()  # type: ignore[attr-defined,no-untyped-call]  # litellm has few types


async def bare(client: AsyncIterator[Ask], texts: list[str], in_flight: int, path: Path) -> None:
    """Ask all and write a row for each as its answer comes."""
    queue = iter(texts)

    async def work(ask: Ask, file: BinaryIO) -> None:
        for text in queue:
            row = {"prompt": text, "answer": await ask(text)}
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    with path.open("wb") as file:
        async for ask in client:
            await asyncio.gather(*(work(ask, file) for _ in range(in_flight)))


def through_dfcli(spec: ModelSpec, texts: list[str], folder: Path) -> None:
    """Ask all through the store of replies, and write the same rows."""
    prompts = [Prompt((Message("user", text),), lambda reply: {"answer": reply}) for text in texts]
    replies = Replies(folder / "replies.sqlite")
    with Models({"default": spec}, replies) as models, (folder / "dfcli.jsonl").open("wb") as file:
        answers = models.ask("default", prompts, lambda usage: None)
        for text, reply in zip(texts, answers, strict=True):
            row = {"prompt": text, "answer": reply.text}
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    replies.close()


def measured(work: Callable[[], None]) -> Cost:
    """Return what a piece of work takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def compare(url: str, transport: Any, in_flight: int, calls: int) -> tuple[Cost, Cost]:
    """Return what the bare loop and dfcli take for the same calls."""
    client = over_litellm if transport == "litellm" else over_aiohttp
    spec = ModelSpec(model="openai/m", base_url=url, transport=transport, concurrency=in_flight)
    with tempfile.TemporaryDirectory() as root:
        texts = [f"{number} {PROMPT}" for number in range(calls)]
        bare_rows = Path(root) / "bare.jsonl"
        loop = measured(lambda: asyncio.run(bare(client(url), texts, in_flight, bare_rows)))
        ours = measured(lambda: through_dfcli(spec, texts, Path(root)))
        assert sorted(bare_rows.read_bytes().splitlines()) == sorted(
            (Path(root) / "dfcli.jsonl").read_bytes().splitlines()
        )
    return loop, ours


def report(latency: float, in_flight: int, calls: int, costs: list[tuple[Cost, Cost]]) -> str:
    """Return one line of the table."""
    rates = [(calls / loop.wall, calls / ours.wall) for loop, ours in costs]
    cpu = [(1000 * loop.cpu / calls, 1000 * ours.cpu / calls) for loop, ours in costs]
    ratio = median(ours / loop for loop, ours in rates)
    loops, all_ours = (median(each) for each in zip(*rates, strict=True))
    cpu_loop, cpu_ours = (median(each) for each in zip(*cpu, strict=True))
    return (
        f"{1000 * latency:7.0f} {in_flight:9} {calls:7} {loops:10.0f} {all_ours:10.0f} {ratio:7.2f}"
        f" {cpu_loop:9.3f} {cpu_ours:10.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, nargs="+", default=[0.0, 0.2], help="seconds before each answer")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[64, 256, 1024])
    parser.add_argument("--calls", type=int, help="per round; by default what takes about 10 s")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--transport", choices=["direct", "litellm"], default="direct")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve is not None:
        asyncio.run(serve(given.serve))
    print("     ms in flight   calls bare per s ours per s   ratio  CPU bare   CPU ours  (ms per call)")
    fastest = 100 if given.transport == "litellm" else 1500
    for latency in given.latency:
        with serving(latency) as url:
            for in_flight in given.in_flight:
                most = min(fastest, in_flight / latency) if latency else fastest
                calls = given.calls or max(10 * in_flight, int(10 * most))
                compare(url, given.transport, in_flight, min(calls, 2 * in_flight))  # to warm up
                costs = [compare(url, given.transport, in_flight, calls) for _ in range(given.rounds)]
                print(report(latency, in_flight, calls, costs), flush=True)


if __name__ == "__main__":
    main()
