"""What runs in the sandbox: reads a source and rows from stdin, calls a function, writes what it gives to stdout.

It is handed to Python as text, needs nothing but the standard library, and ends with stdin. What a function prints goes
nowhere.
"""

import io
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import IO, Any

LONGEST_SENTENCE = 300


def main(limits: Mapping[str, float]) -> None:
    """Answer each line of rows with a line per row."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _bound(limits)
    sys.stdout = sys.stderr = _Nowhere()
    space: dict[str, Any] = {"__name__": "function"}
    source = json.loads(requests.readline())
    try:
        exec(compile(source, "function.py", "exec"), space)
    except BaseException as error:  # noqa: BLE001  whatever it raises is told
        _tell(answers, {"error": _sentence(error)})
        return
    _tell(answers, {"value": None})
    for line in requests:
        name, rows = json.loads(line)
        for row in rows:
            _take(limits["seconds"])
            _tell(answers, _called(space.get(name), row, limits["answer"]))


def _called(function: Callable[[Any], Any] | None, row: Any, longest: float) -> dict[str, Any]:
    if function is None:
        return {"error": "there is no function of that name"}
    try:
        answer = {"value": function(row)}
        long = len(json.dumps(answer)) > longest
    except BaseException as error:  # noqa: BLE001  whatever it raises, the exit of Python too, is its answer
        return {"error": _sentence(error)}
    return {"error": f"what it gives has more than {longest} characters"} if long else answer


def _tell(answers: IO[bytes], answer: Mapping[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _bound(limits: Mapping[str, float]) -> None:
    """Set the limits of this process, for good."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("AS", int(limits["memory"])), ("FSIZE", 65536), ("NOFILE", 32), ("CORE", 0)):
        kind = getattr(resource, f"RLIMIT_{name}")
        resource.setrlimit(kind, (most, most))


def _take(seconds: float) -> None:
    """Let the process use so much more of the processor: it must end even where nobody watches it any more."""
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 2, most))


def _sentence(error: BaseException) -> str:
    """Return an error in one sentence, with the line of the source where it was raised."""
    try:
        lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == "function.py"]
        said = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_SENTENCE]
        return f"{said} (line {lines[-1]})" if lines else said
    except BaseException as other:  # noqa: BLE001  an error may be made so that it cannot be told
        return type(other).__name__


class _Nowhere(io.TextIOBase):
    """A stream that takes everything and keeps nothing."""

    def write(self, text: str, /) -> int:
        """Take a text and forget it."""
        return len(text)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
