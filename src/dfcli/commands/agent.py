"""`dfcli agent`: from a sentence to a recipe that has been shown to work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dfcli.commands._parameters import RUNS, AsJson


def agent(  # noqa: PLR0913  each option of the command is a parameter
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="REQUEST", help="What you want, in English or Chinese.", show_default=False),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="A data file, the rows to work on first; may be repeated. Without it, the files named in the request.",
            show_default=False,
        ),
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="A database, by path or URL.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The recipe to write, recipe.yaml by default.", show_default=False
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The model that plans, and that the recipe asks; DFCLI_MODEL by default, else rules alone plan.",
            show_default=False,
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Plan by rules alone, and ask no model.")] = False,
    budget: Annotated[float, typer.Option(metavar="USD", help="What planning and the sample may cost.", min=0)] = 0.5,
    sample: Annotated[
        int, typer.Option(metavar="NUMBER", help="Rows of the sample that models are asked about.", min=1)
    ] = 20,
    samples: Annotated[
        bool,
        typer.Option(
            "--samples/--no-samples",
            help="Tell the model that plans three rows, cut and masked; or the columns alone.",
        ),
    ] = True,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing, and write what comes of it.")] = False,
    edit: Annotated[
        Path | None,
        typer.Option(metavar="RECIPE", help="Change this recipe as the request says.", show_default=False),
    ] = None,
    fix: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Repair the recipe of a run that failed.", show_default=False),
    ] = None,
    evaluate: Annotated[bool, typer.Option("--eval", help="Run the evaluation suite of the agent.")] = False,
    family: Annotated[
        str | None, typer.Option(metavar="FAMILY", help="With --eval, only these tasks.", show_default=False)
    ] = None,
    level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="With --eval, only easy, medium or hard.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a recipe from a sentence, and show that it works.

    The recipe is checked, run on the offline model, and run on a sample of the data, with its real models where they
    can be asked. What was found out stands at its head. In a terminal you are shown it before it is written.

    \b
    Examples:
      dfcli agent "drop near-duplicates from reviews.jsonl and mask emails"
      dfcli agent "build text2sql data from shop.db, 500 rows, only hard ones"
      dfcli agent --edit recipe.yaml "also drop duplicates"
      dfcli agent --fix text2sql

    \b
    Exit codes:
      0    verified as far as can be measured here
      1    written, but something is unmet or not understood, or rejected
      2    the command or the data is wrong
      3    something is missing here: a key, a database
      4    stopped by the budget or a limit
      5    questions must be answered first
      6    refused as unsafe
      130  interrupted; the same command goes on
    """
    from dfcli.commands._agent import Asked, evaluated, worked
    from dfcli.commands._agent_edit import edited, fixed
    from dfcli.errors import UsageError

    text = " ".join(words or ()).strip()
    asked = Asked(
        text,
        tuple(data or ()),
        database,
        out,
        model,
        budget,
        sample,
        offline=offline,
        yes=yes,
        as_json=as_json,
        samples=samples,
    )
    chosen = [name for name, each in (("--edit", edit), ("--fix", fix), ("--eval", evaluate)) if each]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} do not go together")
    if (family or level) and not evaluate:
        raise UsageError("--family and --level go with --eval")
    if not text and fix is None and not evaluate:
        raise UsageError('say what you want, as in dfcli agent "drop duplicates from reviews.jsonl"')
    if evaluate:
        code = evaluated(family, level, as_json=as_json)
    elif edit is not None:
        code = edited(edit, asked)
    elif fix is not None:
        code = fixed(fix, RUNS, asked)
    else:
        code = worked(asked)
    raise typer.Exit(code)
