"""Rewrite what the documents say about the program itself: `python -m dfcli.commands.docs [--check]`.

A generated block stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. With `--check` nothing is written, and
the exit code is 1 when a block is not what it would be.
"""

from __future__ import annotations

import re

import typer

from dfcli.commands._operator import first_line
from dfcli.commands.app import app
from dfcli.ops.registry import installed

DOCUMENTS = ("README.md",)
WIDTH = 80

_BLOCK = re.compile(r"(?<=<!-- begin (?P<name>\w+) -->\n)|x")


def help_text() -> str:
    """Return what `dfcli --help` prints, 80 columns wide."""
    command = typer.main.get_command(app)
    with command.make_context("dfcli", [], resilient_parsing=True, terminal_width=WIDTH) as ctx:
        return f"```console\n$ dfcli --help\n{command.get_help(ctx)}\n```"


def operators() -> str:
    """Return a table of all operators by kind."""
    classes = installed().operators()
    lines = ["| operator | kind | what it does |", "|---|---|---|"]
    ranked = sorted(classes.items(), key=lambda each: (each[1].kind, each[0]))
    return "\n".join([*lines, *(f"| `{name}` | {cls.kind} | {first_line(cls)} |" for name, cls in ranked)])
