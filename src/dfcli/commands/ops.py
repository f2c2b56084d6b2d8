"""`dfcli ops`: find operators, read about them, and try one without a recipe."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfcli.commands._parameters import AsJson, Models, OperatorName, pairs
from dfcli.errors import UsageError

if TYPE_CHECKING:
    from dfcli.agent.retrieval.cards import Card

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Find operators, read about them, try one.")

_SHOWN = 10
"""Rows that `dfcli ops run` prints."""

_KINDS = ("generate", "evaluate", "filter", "refine")


def _known_kind(given: str | None) -> str | None:
    if given is not None and given not in _KINDS:
        raise typer.BadParameter(f"a kind is one of {', '.join(_KINDS)}")
    return given


Kind = Annotated[
    str | None,
    typer.Option(
        metavar="KIND", help=f"Only one kind: {', '.join(_KINDS)}.", callback=_known_kind, autocompletion=lambda: _KINDS
    ),
]


@app.command("list")
def list_(kind: Kind = None, as_json: AsJson = False) -> None:
    """List all operators by kind.

    Plugins that cannot be loaded are named at the end, with the place where they break.

    \b
    Example:
      dfcli ops list --kind evaluate
    """
    from dfcli.commands._operator import first_line
    from dfcli.ops.registry import installed
    from dfcli.runtime.wording import printable

    registry = installed()
    shown = {name: cls for name, cls in registry.operators().items() if kind in (None, cls.kind)}
    if as_json:
        listed = [{"name": name, "kind": cls.kind, "doc": first_line(cls)} for name, cls in shown.items()]
        broken = [{"name": each.name, "place": each.place, "why": each.why} for each in registry.broken]
        typer.echo(json.dumps({"operators": listed, "broken": broken}, ensure_ascii=False, indent=1))
        return
    for each in _KINDS:
        _print_lines(each, {name: first_line(cls) for name, cls in shown.items() if cls.kind == each})
    for plugin in registry.broken:
        typer.echo(printable(f"broken plugin {plugin}"))


@app.command()
def search(
    wish: Annotated[list[str], typer.Argument(metavar="WORDS", help="What you want to do.", show_default=False)],
    number: Annotated[int, typer.Option("-n", metavar="NUMBER", help="How many to show at most.", min=1)] = 8,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A sentence-transformers model on this machine: look for the meaning as well as the words.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find operators and recipes by what they are for.

    In English or Chinese. Prompt templates are operators, too, and are marked as such.

    \b
    Examples:
      dfcli ops search remove duplicate texts
      dfcli ops search 去重
    """
    from dfcli.agent.retrieval.index import index
    from dfcli.agent.retrieval.meaning import Fused, local

    text = " ".join(wish)
    found = (index() if model is None else Fused(index(), local(model))).search(text, number)
    if as_json:
        listed = [
            {"name": each.card.name, "kind": each.card.kind, "doc": each.card.doc, "score": each.score, "why": each.why}
            for each in found
        ]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    elif not found:
        raise UsageError(f"nothing is for {text!r}; dfcli ops list and dfcli recipes list show all there is")
    else:
        _print_lines("", {each.card.name: _told(each.card) for each in found})


def _told(card: Card) -> str:
    return card.doc if card.kind == "operator" else f"{card.doc} ({card.kind})"


@app.command()
def show(name: OperatorName, as_json: AsJson = False) -> None:
    """Show all about an operator.

    Its options and columns, an example, a step to paste, its prompt if it has one, and its file.

    \b
    Example:
      dfcli ops show judge_helpfulness
    """
    from dfcli.commands._operator import describe, page
    from dfcli.commands._text import console
    from dfcli.ops.registry import installed
    from dfcli.runtime.wording import printable

    cls, screen = installed().get(name), console()
    if as_json:
        typer.echo(json.dumps(describe(cls), ensure_ascii=False, indent=1, default=str))
    else:
        typer.echo(printable(page(cls, screen.width if screen.is_terminal else None)))


@app.command("run")
def run_(
    name: OperatorName,
    given: Annotated[
        str | None,
        typer.Argument(metavar="INPUT", help="A data file; none for an operator that makes rows.", show_default=False),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="OPTION=VALUE", help="Set an option; may be repeated.", show_default=False),
    ] = None,
    keep: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="Keep only rows that meet it.", show_default=False)
    ] = None,
    models: Models = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the rows here, instead of showing them.", show_default=False
        ),
    ] = None,
) -> None:
    """Run one operator on a file, without a recipe. Nothing else is kept.

    \b
    Examples:
      dfcli ops run word_count texts.jsonl --keep 'word_count >= 20' -o long.jsonl
      dfcli ops run judge_helpfulness pairs.jsonl --set response=answer --model openai/gpt-4.1-mini
    """
    from dfcli.commands._once import of_step, once
    from dfcli.commands._rows import rows
    from dfcli.commands._text import console
    from dfcli.commands._waterfall import waterfall
    from dfcli.ops.registry import installed
    from dfcli.runtime.wording import plural

    default = os.environ.get("DFCLI_MODEL")
    roles = ({"default": default} if default else {}) | pairs(models, "--model", "default")
    keys = {"keep": keep, "models": roles, "output": output and str(output)}
    recipe = of_step(installed().get(name), given, pairs(sets, "--set"), **keys)
    screen = console()
    result = once(recipe, screen, shown=0)
    if output is None:
        new = {each for step in recipe.flat() for each in step.operator.writes()}
        screen.print(rows(result.rows.head(_SHOWN), screen.width, new))
        screen.print()
    screen.print(waterfall(result.done.steps))
    hidden = result.rows.height - _SHOWN
    more = f"; to see {plural(hidden, 'more row')}: --output FILE" if hidden > 0 else ""
    typer.echo(f"{plural(result.rows.height, 'row')}{f' in {output}' if output else more}")


def _print_lines(title: str, lines: dict[str, str]) -> None:
    """Print names and sentences in two columns, beneath a title if there is one."""
    from dfcli.commands._text import console, print_line

    if not lines:
        return
    screen, indent = console(), "  " if title else ""
    if title:
        print_line(f"{title} ({len(lines)})", screen)
    width = max(map(len, lines)) + 2
    for name, sentence in lines.items():
        print_line(f"{indent}{name:<{width}}{sentence}", screen)
    if title:
        print_line("", screen)
