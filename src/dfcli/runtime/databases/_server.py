"""What the databases of all servers do alike: a query goes through the gate, and is asked again on a new connection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from dfcli.runtime.databases._gate import Refusal, readable
from dfcli.runtime.databases._lexis import Served
from dfcli.runtime.databases._serving import Answer, refused


class ServerDatabase(ABC):
    """One database of a server; `catalog` is the module that reads its catalogue over a connection."""

    dialect: ClassVar[Served]
    catalog: ClassVar[Any]
    _connection: Any

    def answer(self, sql: str, seconds: float, max_rows: int, plan: bool = False) -> Answer:
        """Return the columns and rows of one reading statement, or the reason why there are none.

        A connection that is lost on the way is made anew, and the query asked again, once.
        """
        text = readable(sql, self.dialect)
        answer = self._tried(text, sql, seconds, max_rows, plan) or self._tried(text, sql, seconds, max_rows, plan)
        return answer or refused("other", "the connection was lost while the query ran, twice")

    def fingerprint(self) -> str:
        """Return what changes whenever the content may have."""
        return str(self._told("fingerprint"))

    def databases(self) -> list[str]:
        """Return the names of the databases that the role sees, without the server's own."""
        return list(self._told("databases"))

    def may_write(self) -> str:
        """Return what the role could change if it were not for the read-only transaction, or nothing."""
        return str(self._told("may_write"))

    def _told(self, what: str) -> Any:
        with self._broken():
            return getattr(self.catalog, what)(self._connection)

    @abstractmethod
    def _tried(self, text: str | Refusal, sql: str, seconds: float, max_rows: int, plan: bool) -> Answer | None:
        """Return an answer, or None when the connection was lost and is made anew."""

    @abstractmethod
    def _broken(self) -> AbstractContextManager[None]:
        """Make whatever goes wrong while the catalogue is read the database's fault, and try a new connection first."""
