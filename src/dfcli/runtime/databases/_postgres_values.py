"""What PostgreSQL's values become: those that Python has as they are, and all others as text."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

_OWN_WORDS = (
    *("uuid", "inet", "cidr"),
    *(f"{kind}{form}" for kind in ("int4", "int8", "num", "ts", "tstz", "date") for form in ("range", "multirange")),
)
_PLAIN = (bool, int, float, Decimal, str, bytes, datetime.date, datetime.time, datetime.timedelta)
_LONG = (b"mon", b"year")


def adapt(connection: Any) -> None:
    """Make a connection give values as `ops.database.Result` has them, and never stop at one it cannot read."""
    from psycopg.types.json import set_json_loads
    from psycopg.types.string import TextLoader

    set_json_loads(lambda text: text if isinstance(text, str) else bytes(text).decode(), connection)
    for name in _OWN_WORDS:
        connection.adapters.register_loader(name, TextLoader)
    _adapt_times(connection.adapters)


def plain(value: Any) -> Any:
    """Return a value as it leaves the process: arrays and records as JSON."""
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return bytes(value) if isinstance(value, memoryview) else str(value)


def _adapt_times(adapters: Any) -> None:
    """Give dates that Python lacks (infinity, before Christ, after 9999), and intervals of months, as text."""
    from psycopg import DataError
    from psycopg.types import datetime as kinds

    def lenient(loader: Any) -> Any:
        class Lenient(loader):  # type: ignore[misc]
            def load(self, data: Any) -> Any:
                text = bytes(data)
                try:
                    return text.decode() if any(each in text for each in _LONG) else super().load(data)
                except (DataError, ValueError, OverflowError):
                    return text.decode()

        return Lenient

    loaders = {
        "date": kinds.DateLoader,
        "time": kinds.TimeLoader,
        "timetz": kinds.TimetzLoader,
        "timestamp": kinds.TimestampLoader,
        "timestamptz": kinds.TimestamptzLoader,
        "interval": kinds.IntervalLoader,
    }
    for name, loader in loaders.items():
        adapters.register_loader(name, lenient(loader))
