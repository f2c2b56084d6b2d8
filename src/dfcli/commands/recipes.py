"""`dfcli recipes`: the recipes that come with dfcli and its extensions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dfcli.commands import _complete
from dfcli.commands._parameters import AsJson

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Find recipes to run, read or start from.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A recipe's name.", autocompletion=_complete.shipped, show_default=False)
]
