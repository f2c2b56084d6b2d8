"""The connections to one database, each a process, and the queries that go over them."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any

from dfcli.errors import EnvironmentLacks, RowError
from dfcli.ops.database import Dialect, ForeignKey, Result, Table, TableColumn
from dfcli.runtime.databases._serving import MAX_SQL, Answer
from dfcli.runtime.databases.process import GRACE, Process, Served

TOGETHER = 8
"""Queries that one connection takes at a time: fewer, and handing them out costs more than running them."""
CATALOGUE = 60.0
"""Seconds that reading the tables or the fingerprint of a database may take."""


class Pool:
    """A database over up to `size` connections, made when they are needed; see `ops.database.Database`."""

    def __init__(self, url: str, name: str, dialect: Dialect, served: Served, size: int) -> None:
        self.url = url
        self.name = name
        self.dialect = dialect
        self._served = served
        self._size = size
        self._idle: queue.LifoQueue[Process | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="dfcli-sql")

    def close(self) -> None:
        """End the processes; queries under way are waited for."""
        self._threads.shutdown(cancel_futures=True)
        for _ in range(self._size):
            process = self._idle.get()
            if process is not None:
                process.end()
            self._idle.put(None)

    def tables(self) -> Sequence[Table]:
        """Return the tables and views, read once."""
        with self._lock:
            return self._tables

    def fingerprint(self) -> str:
        """Return what changes whenever the content may have."""
        return str(self.ask("fingerprint"))

    def may_write(self) -> str:
        """Return what the role could change if it were not for the read-only transaction, or nothing."""
        return str(self.ask("may_write"))

    def run(self, queries: Sequence[str], *, seconds: float, max_rows: int, plan: bool = False) -> Iterator[Result]:
        """Yield one result per query, in order, looking no further ahead than keeps the connections busy."""
        limits = {"seconds": seconds, "max_rows": max_rows, "plan": plan}
        few = -(-len(queries) // self._size)
        step = max(1, min(TOGETHER, few))
        if len(queries) <= step:
            yield from self._results(queries, limits)
            return
        under_way: deque[Future[list[Result]]] = deque()
        for at in range(0, len(queries), step):
            under_way.append(self._threads.submit(self._results, queries[at : at + step], limits))
            if len(under_way) > self._size + 1:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()

    def ask(self, what: str) -> Any:
        """Return what a connection says of the database: its tables, fingerprint, and so on."""
        try:
            answer = self._with_process(lambda process: process.ask({"ask": what}, CATALOGUE))
        except RowError as error:
            answer = {"reason": error.reason, "detail": str(error)}
        if "said" not in answer:
            why = f"its {what} cannot be read: {answer['detail']}"
            raise EnvironmentLacks(f"{self._served.label}: {why}")
        return answer["said"]

    @cached_property
    def _tables(self) -> Sequence[Table]:
        return tuple(_table(each) for each in self.ask("tables"))

    def _results(self, queries: Sequence[str], limits: Mapping[str, Any]) -> list[Result]:
        return [self._result(sql, limits) for sql in queries]

    def _result(self, sql: str, limits: Mapping[str, Any]) -> Result:
        if len(sql) > MAX_SQL:
            return Result(error="too_large", detail=f"the query has more than {MAX_SQL} characters")
        try:
            answer = self._with_process(lambda process: process.ask({"sql": sql, **limits}, limits["seconds"] + GRACE))
        except RowError as error:
            answer = {"reason": error.reason, "detail": str(error).partition(": ")[2]}
        return _as_result(answer)

    def _with_process(self, asked: Callable[[Process], Answer]) -> Answer:
        """Return an answer from an idle connection; one that fails is thrown away."""
        process = self._idle.get()
        try:
            process = process or Process(self._served)
            return asked(process)
        except BaseException:
            if process is not None:
                process.end()
            process = None
            raise
        finally:
            self._idle.put(process)


def _as_result(answer: Answer) -> Result:
    if "reason" in answer:
        return Result(error=answer["reason"], detail=answer["detail"])
    return Result(tuple(answer["columns"]), tuple(map(tuple, answer["rows"])), seconds=answer["seconds"])


def _table(given: Mapping[str, Any]) -> Table:
    columns = tuple(TableColumn(**each) for each in given["columns"])
    keys = tuple(
        ForeignKey(tuple(each["columns"]), each["table"], tuple(each["refers_to"])) for each in given["foreign_keys"]
    )
    made = {**given, "columns": columns, "foreign_keys": keys, "primary_key": tuple(given["primary_key"])}
    return Table(**made)
