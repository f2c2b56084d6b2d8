"""The databases of a run: from the URL in a recipe to a pool of connections, opened once and closed with the run."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from dfcli.ops.database import Database
from dfcli.runtime.databases import files, servers
from dfcli.runtime.databases.address import Address
from dfcli.runtime.databases.pool import Pool

CONNECTIONS = max(2, os.cpu_count() or 1)
"""Connections to a file: its queries run on this machine, and more would only make each other late."""
SERVER_CONNECTIONS = 8


class Databases:
    """Opens databases by URL, relative to the folder of a recipe; use it as a context manager.

    `connections` is how many queries of one database run at once.
    """

    def __init__(self, folder: Path, connections: int | None = None) -> None:
        self.folder = folder
        self._connections = connections
        self._open: dict[str, Pool] = {}
        self._below: dict[str, Mapping[str, Database]] = {}
        self._lock = threading.RLock()
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open; queries under way are waited for."""
        self._closing.close()
        self._open.clear()

    def database(self, url: str) -> Database:
        """Return the database of a URL or path; EnvironmentLacks when it cannot be had."""
        address = Address.of(url, self.folder)
        return self._pool(address)

    def databases(self, url: str) -> Mapping[str, Database]:
        """Return the databases of a folder or server by name, sorted; of a single one just that."""
        with self._lock:
            if url not in self._below:
                found = Address.of(url, self.folder)
                self._below[url] = _Below(self, url, {each.name: each for each in self._addresses(found)})
            return self._below[url]

    def _addresses(self, address: Address) -> Iterator[Address]:
        if address.path is not None:
            yield from files.below(address)
        elif address.database:
            yield address
        else:
            for name in self._pool(address).ask("databases"):
                yield address.named(name)

    def _pool(self, address: Address) -> Pool:
        with self._lock:
            if address.url not in self._open:
                pool = self._opened(address)
                self._closing.callback(pool.close)
                self._open[address.url] = pool
            return self._open[address.url]

    def _opened(self, address: Address) -> Pool:
        if address.path is not None:
            return files.opened(address, self._connections or CONNECTIONS)
        return servers.opened(address, self._connections or SERVER_CONNECTIONS)


class _Below(Mapping[str, Database]):
    """The databases of a folder or server, each opened when it is looked at."""

    def __init__(self, databases: Databases, url: str, addresses: Mapping[str, Address]) -> None:
        self._databases = databases
        self._url = url
        self._addresses = addresses

    def __getitem__(self, name: str) -> Database:
        return self._databases._pool(self._addresses[name])

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._addresses))

    def __len__(self) -> int:
        return len(self._addresses)
