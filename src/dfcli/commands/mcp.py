"""`dfcli mcp`: dfcli's functions as tools for other agents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SKILL = Path(__file__).parent / "_tools" / "SKILL.md"
"""What a coding agent is taught of dfcli."""


def mcp(
    folder: Annotated[
        Path,
        typer.Option(
            "--folder", help="Where the tools work: nothing outside is read or written.", file_okay=False, exists=True
        ),
    ] = Path(),
    skill: Annotated[
        bool, typer.Option("--skill", help="Print the skill file that teaches a coding agent to use dfcli, and exit.")
    ] = False,
) -> None:
    """Serve dfcli to other agents as tools.

    The tools speak the Model Context Protocol on stdin and stdout.

    They search operators, show their cards, check, preview, sample, edit and plan recipes. An answer takes at most
    about 3,000 tokens; longer ones come in pages. Files are written by consent alone: a change is shown first.

    \b
    Examples:
      dfcli mcp --folder data
      dfcli mcp --skill > SKILL.md
    """
    if skill:
        typer.echo(SKILL.read_text(encoding="utf-8"), nl=False)
        return
    from dfcli.errors import EnvironmentLacks
    from dfcli.runtime.extras import missing

    if missing("mcp"):
        raise EnvironmentLacks("dfcli mcp needs the library mcp: pip install 'dfcli[mcp]'")
    from dfcli.commands._tools._server import serve
    from dfcli.commands._tools.folder import Folder

    serve(Folder(folder))
