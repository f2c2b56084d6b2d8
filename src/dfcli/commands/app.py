"""The `dfcli` command: what belongs to it, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import Annotated

import typer

from dfcli.commands import agent, check, demo, doctor, init, mcp, ops, preview, recipes, run, runs, schema, stats, trace
from dfcli.commands._help import FIND, LOOK, MAKE, OWN, Sections
from dfcli.errors import DfcliError, Interrupted, RecipeError
from dfcli.runtime.wording import printable

app = typer.Typer(
    cls=Sections,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(rich_help_panel=MAKE, cls=run.WithBareResume)(run.run)
app.command(rich_help_panel=MAKE)(check.check)
app.command(rich_help_panel=MAKE)(preview.preview)
app.command(rich_help_panel=MAKE)(agent.agent)
app.command(rich_help_panel=MAKE)(demo.demo)
app.add_typer(runs.app, name="runs", rich_help_panel=LOOK)
app.command(rich_help_panel=LOOK)(trace.trace)
app.command(rich_help_panel=LOOK)(stats.stats)
app.add_typer(ops.app, name="ops", rich_help_panel=FIND)
app.add_typer(recipes.app, name="recipes", rich_help_panel=FIND)
app.add_typer(init.app, name="init", rich_help_panel=OWN)
app.command(rich_help_panel=OWN)(schema.schema)
app.command(rich_help_panel=OWN)(doctor.doctor)
app.command(rich_help_panel=OWN)(mcp.mcp)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"dfcli {version('dfcli')}")
        raise typer.Exit


@app.callback()
def dfcli(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Make training data for language models from YAML recipes.

    A recipe is checked before anything is paid for, runs step by step, and goes on where it stopped when it is run
    again. Every row that was dropped or failed can be looked at, with the reason.

    \b
    Example:
      dfcli demo               a recipe from end to end, offline
      dfcli run recipe.yaml    run your own
    """


def main() -> None:
    """Run dfcli; what the user can solve is one message, anything else is a bug and shows its traceback."""
    try:
        _call()
    except KeyboardInterrupt:  # a second Ctrl-C, while the first is being answered
        sys.exit(Interrupted.exit_code)


def _call() -> None:
    try:
        app(prog_name="dfcli")
    except DfcliError as error:
        _explain(error)
        sys.exit(error.exit_code)


def _explain(error: DfcliError) -> None:
    """Print an error, and beneath it what was noted on its way up."""
    colour = None if "NO_COLOR" in os.environ else "red"
    title, *lines = (_folded(printable(each)) for each in _lines(error, "error: "))
    typer.secho("error: ", fg=colour, err=True, nl=False)
    typer.echo("\n".join([title.removeprefix("error: "), *lines]), err=True)
    for note in getattr(error, "__notes__", ()):
        typer.echo(printable(note), err=True)


def _folded(text: str) -> str:
    """Return text broken between words where a terminal would break it inside one; elsewhere as it is."""
    if not sys.stderr.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return "\n".join(
        "\n".join(textwrap.wrap(line, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False))
        for line in text.splitlines()
    )


def _heading(error: RecipeError) -> str:
    count = len(error.problems)
    lacking = all(each.lacking for each in error.problems)
    return f"{count} things are missing here" if lacking else f"the recipe has {count} mistakes"


def _lines(error: DfcliError, title: str) -> list[str]:
    if isinstance(error, RecipeError) and len(error.problems) > 1:
        return [f"{title}{_heading(error)}", *(f"  {each}" for each in error.problems)]
    return [f"{title}{error}"]
