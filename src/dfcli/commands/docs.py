"""Keep what the documents say about the program itself true: `python -m dfcli.commands.docs [--check]`.

A generated block stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. With `--check` nothing is written, and
the exit code is 1 when a block says something else than the program.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from ruamel.yaml import YAML

from dfcli.commands._operator import first_line
from dfcli.commands.app import app
from dfcli.ops.registry import installed
from dfcli.recipes import zoo

DOCUMENTS = ("README.md", "docs/operators.md", "docs/parity.md")
PARITY = Path("docs/parity")
"""Lists of the operators of other tools, each with the steps here that do its work; see tests/test_parity.py."""

_BLOCK = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
_WIDTH = 80
_NEEDS_QUOTES = re.compile(r"[,:\[\]{}#&*!|>'\"%@`\\]|^[\s\d?.+-]|\s$|^$|^(true|false|null)$")


def help_text() -> str:
    """Return what `dfcli --help` prints in a terminal of 80 columns."""
    command = typer.main.get_command(app)
    with command.make_context("dfcli", [], resilient_parsing=True, terminal_width=_WIDTH) as ctx:
        return f"```console\n$ dfcli --help\n{command.get_help(ctx)}\n```\n"


def operators() -> str:
    """Return a table of all operators, by kind and name."""
    ranked = sorted(installed().operators().items(), key=lambda each: (each[1].kind, each[0]))
    lines = [f"| `{name}` | {cls.kind} | {_cell(first_line(cls))} |\n" for name, cls in ranked]
    return "".join(["| operator | kind | what it does |\n|---|---|---|\n", *lines])


def recipes() -> str:
    """Return a table of all recipes."""
    lines = [f"| `{name}` | {_cell(zoo.doc(path))} |\n" for name, path in zoo.recipes().items()]
    return "".join(["| recipe | what it makes |\n|---|---|\n", *lines])


def counts() -> str:
    """Return how many operators there are of each kind."""
    found = Counter(cls.kind for cls in installed().operators().values())
    return f"{found.total()} in all: {', '.join(f'{found[kind]} {kind}' for kind in sorted(found))}.\n"


def parity() -> str:
    """Return a table per tool: its operators, and the steps that do their work here."""
    yaml = YAML(typ="safe", pure=True)
    entries = [each for path in sorted(PARITY.glob("*.yaml")) for each in yaml.load(path)]
    parts = []
    for project in sorted({each["project"] for each in entries}):
        own = sorted((each for each in entries if each["project"] == project), key=lambda each: str(each["operator"]))
        lines = [f"| `{each['operator']}` | {_steps(each)} | {_cell(each.get('differs', ''))} |\n" for each in own]
        parts.append("".join([f"## {project}\n\n| there | here | differs |\n|---|---|---|\n", *lines]))
    return "\n".join(parts)


def _steps(entry: Mapping[str, Any]) -> str:
    steps = [each if isinstance(each, str) else _in_one_line(each) for each in entry.get("steps") or ()]
    return "<br>".join(f"`{_cell(each)}`" for each in steps) or "—"


def _in_one_line(value: Any) -> str:
    """Return data as YAML in one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_in_one_line(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_in_one_line, value))}]"
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or _NEEDS_QUOTES.search(value) else value


BLOCKS = {"help": help_text, "operators": operators, "counts": counts, "recipes": recipes, "parity": parity}


def renewed(text: str) -> str:
    """Return a document with each of its generated blocks made anew."""
    return _BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block[2]]()}{block[3]}", text)


def main(arguments: list[str]) -> int:
    """Write the documents, or with `--check` compare them; return the exit code."""
    outdated = 0
    for path in map(Path, DOCUMENTS):
        text = path.read_text(encoding="utf-8")
        if (new := renewed(text)) == text:
            continue
        if "--check" in arguments:
            typer.echo(f"{path} is out of date; make format brings it up to date", err=True)
            outdated = 1
        else:
            path.write_text(new, encoding="utf-8")
    return outdated


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
