"""`dfcli run`: run a recipe, from the start or from where it stopped."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from dfcli.commands import _complete
from dfcli.commands._parameters import RUNS, AsJson, Models, RecipeFile, Runs, Sets, pairs
from dfcli.errors import Interrupted, StepError, UsageError

_AGAIN = "dfcli.again"


class WithBareResume(TyperCommand):
    """A command whose `--resume` may stand without a step, since running again is resuming anyway."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Leave out each `--resume` that no step follows; keep the command that goes on after a stop."""
        words = list(_words(args))
        again = [each for word in words if word[0].partition("=")[0] not in ("--resume", "--fresh") for each in word]
        ctx.meta[_AGAIN] = shlex.join(["dfcli", "run", *again])
        return super().parse_args(ctx, [each for word in words if word != ["--resume"] for each in word])


def _words(args: Sequence[str]) -> Iterator[list[str]]:
    """Yield the arguments one by one, `--resume` together with its step: an option or a file is none."""
    left = list(args)
    while left:
        word = [left.pop(0)]
        if word == ["--resume"] and left and not left[0].startswith("-") and not left[0].endswith((".yaml", ".yml")):
            word.append(left.pop(0))
        yield word


def run(  # noqa: PLR0913  each option of the command is a parameter
    ctx: typer.Context,
    recipe: RecipeFile,
    sets: Sets = None,
    models: Models = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="[STEP]",
            help="Start again at this step (number or id) on what the step before it left.",
            autocompletion=_complete.steps,
            show_default=False,
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the results of earlier runs.")] = False,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the rows here instead.", show_default=False),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the replies of models to a file.", show_default=False),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take all replies from such a file, and ask no model.", show_default=False),
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what the run would take from models, and ask none.")
    ] = False,
    sample: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Rows that --estimate looks at, 20 by default.", min=1, show_default=False),
    ] = None,
    runs: Runs = RUNS,
    as_json: AsJson = False,
) -> None:
    """Run a recipe.

    It is checked first. Running it again goes on where it stopped: what is unchanged is reused, and no model is asked
    twice for the same.

    \b
    Examples:
      dfcli run recipe.yaml
      dfcli run recipe.yaml --set min_words=20 --model judge=openai/gpt-4.1-mini
      dfcli run recipe.yaml --resume 3
      dfcli run recipe.yaml --estimate
    """
    from dfcli.commands import _progress
    from dfcli.commands._recipe import loaded
    from dfcli.commands._text import console
    from dfcli.runtime import engine

    if sample is not None and not estimate:
        raise UsageError("--sample goes with --estimate; for a few rows of the result, use dfcli preview")
    given = loaded(recipe, pairs(sets, "--set"), pairs(models, "--model", "default"), output)
    options = engine.Options(runs=runs, resume=resume, fresh=fresh, record=record, replay=replay)
    if estimate:
        from dfcli.commands._estimate import print_estimate

        print_estimate(given, options, sample or 20, as_json=as_json)
        return
    events = engine.run(given, options)
    try:
        code = _progress.as_json(events) if as_json else _progress.watch(events, console()).exit_code
    except (StepError, Interrupted) as error:
        error.add_note(f"to go on: {ctx.meta[_AGAIN]}")
        raise
    raise typer.Exit(code)
