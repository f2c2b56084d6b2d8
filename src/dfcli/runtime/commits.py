"""Replies on their way into the store: those that land together are committed together, off the loop's thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from dfcli.runtime.replies import Replies, Stored


class Commits:
    """Hands on a reply only once it is on disk; it lives on the loop."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._writer = ThreadPoolExecutor(1, "dfcli-replies")
        self._waiting: list[tuple[Stored, asyncio.Future[Stored]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, stored: Stored) -> Stored:
        """Commit a reply; return it, or the good one that another process stored first."""
        done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append((stored, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await done

    def close(self) -> None:
        """End the writer's thread."""
        self._writer.shutdown()

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._commit(batch)
        self._writing = None

    async def _commit(self, batch: list[tuple[Stored, asyncio.Future[Stored]]]) -> None:
        put = asyncio.get_running_loop().run_in_executor(self._writer, self._replies.put, [each for each, _ in batch])
        try:
            before = await put
        except Exception as error:  # noqa: BLE001  it is raised again where the replies are waited for
            for _, done in batch:
                done.set_exception(error)
            return
        for stored, done in batch:
            done.set_result(before.get(stored.key, stored))
