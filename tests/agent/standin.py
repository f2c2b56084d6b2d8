"""A stand-in for the sandbox, for code that the tests themselves hold: a plain process, with a limit of time alone."""

from __future__ import annotations

import ast
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dfcli.agent.evaluation.synthesised import Task, scripted
from dfcli.agent.synthesis.coding import Shop
from dfcli.agent.synthesis.model import Result
from dfcli.errors import BadReply
from dfcli.ops.base import Prompt, Reply, Row

MODULES = ("re", "math", "datetime", "unicodedata", "string", "collections")

SECONDS = 1
"""What any function that ends gets through in."""

_SERVER = f"""
import json, os, signal, sys

def answer(given):
    names = {{}}
    try:
        exec(compile(given["source"], "function", "exec"), names)
        function = names[given["function"]]
    except Exception as error:
        return [[None, f"{{type(error).__name__}}: {{error}}"]] * len(given["rows"])
    found = []
    for row in given["rows"]:
        try:
            found.append([function(row), None])
        except Exception as error:
            found.append([None, f"{{type(error).__name__}}: {{error}}"])
    return found

for line in sys.stdin:
    if not (child := os.fork()):
        signal.alarm({SECONDS})
        print(json.dumps(answer(json.loads(line))), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print("null", flush=True)
"""


@dataclass(frozen=True)
class Got:
    value: Any
    error: str | None


@cache
def _server(number: int) -> subprocess.Popen[str]:
    """Return a process that forks for each call; two of them hash texts differently."""
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


_TURNS = itertools.cycle((0, 1))


def run(source: str, function: str, rows: Sequence[Row]) -> Sequence[Result]:
    """Run a function in a process of its own, in another one each time."""
    server = _server(next(_TURNS))
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps({"source": source, "function": function, "rows": [dict(row) for row in rows]}) + "\n")
    server.stdin.flush()
    found = json.loads(server.stdout.readline())
    if found is None:
        return [Got(None, f"it took longer than {SECONDS} s") for _ in rows]
    return [Got(*each) for each in found]


def gate(source: str) -> list[str]:
    """Refuse what is no Python, and other modules than a few."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [f"line {error.lineno}: it is no Python"]
    imports = [each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom)]
    named = [(each.lineno, alias.name) for each in imports for alias in each.names]
    return [f"line {line}: {name} may not be imported" for line, name in named if name not in MODULES]


class Model:
    """A model that answers each kind of question from a list of its own, the last one for ever."""

    def __init__(self, **replies: Any) -> None:
        self.replies = {kind: found if isinstance(found, list) else [found] for kind, found in replies.items()}
        self.asked: list[tuple[str, Prompt]] = []

    def text(self, system: str) -> str:
        """Return the next reply to a question of the kind that a system message asks."""
        found = self.replies[_kind(system)]
        text = found.pop(0) if len(found) > 1 else found[0]
        return text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)

    def answer(self, said: str) -> str:
        """Return the reply to all that a question says: a mood where none of its kinds is asked."""
        known = any(words in said for words in _KINDS.values())
        return self.text(said) if known else f"mood {len(said)} {said[-20:]}"

    def __call__(self, prompt: Prompt) -> Reply:
        self.asked.append((_kind(prompt.messages[0].content), prompt))
        text = self.text(prompt.messages[0].content)
        try:
            return Reply("", text, prompt.read(text))
        except BadReply as error:
            return Reply("", text, failed=f"malformed: {error}")

    @property
    def kinds(self) -> list[str]:
        """What was asked for, in order."""
        return [kind for kind, _ in self.asked]


_KINDS = {
    "decide": "You extend a tool",
    "examples": "You write examples",
    "tests": "You write tests",
    "code": "You write one Python function",
    "template": "You write a prompt",
}


def _kind(system: str) -> str:
    return next(kind for kind, words in _KINDS.items() if words in system)


def shop(ask: Callable[[Prompt], Reply], weak: str = "") -> Shop:
    return Shop(ask, gate, run, MODULES, weak)


def good(task: Task) -> Shop:
    """Return where a task of the evaluation is made from good replies."""
    return shop(Model(**scripted(task)))
