"""Keep what the documents say about the program itself true: `python -m dfcli.commands.docs [--check]`.

A generated block stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. With `--check` nothing is written, and
the exit code is 1 when a block says something else than the program.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import typer

from dfcli.commands._operator import first_line
from dfcli.commands.app import app
from dfcli.ops.registry import installed
from dfcli.recipes import zoo

DOCUMENTS = ("README.md",)

_BLOCK = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
_WIDTH = 80


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


BLOCKS = {"help": help_text, "operators": operators, "recipes": recipes}


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
