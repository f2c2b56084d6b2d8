"""The other end of `workers`: reads an operator and rows from stdin, writes rows to stdout, until stdin ends."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO


def send(pipe: IO[bytes], *messages: bytes) -> None:
    """Write messages, each with its length before it."""
    for message in messages:
        pipe.write(struct.pack("<Q", len(message)))
        pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes], count: int) -> list[bytes]:
    """Read messages; EOFError when the other side is gone."""
    return [_exactly(pipe, struct.unpack("<Q", _exactly(pipe, 8))[0]) for _ in range(count)]


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def main(local: Sequence[str]) -> None:
    """Serve until stdin ends; what an operator prints goes to stderr, not into the answers."""
    import polars as pl

    from dfcli.ops.registry import installed

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    registry = installed().with_files(tuple(map(Path, local)))
    while True:
        try:
            request, data = receive(sys.stdin.buffer, 2)
        except EOFError:
            return
        named = json.loads(request)
        operator = registry.get(named["op"]).model_validate(named["options"])
        result = io.BytesIO()
        operator(pl.read_ipc(data), None).write_ipc(result)  # type: ignore[arg-type]  # a row function uses no context
        send(answers, result.getvalue())


if __name__ == "__main__":
    main(sys.argv[1:])
