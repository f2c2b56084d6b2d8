"""`dfcli stats`: what a data file is like as a whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dfcli.commands._parameters import AsJson


class Language(StrEnum):
    """The languages whose words are known."""

    en = "en"
    zh = "zh"


def stats(  # noqa: PLR0913  each option of the command is a parameter
    file: Annotated[str, typer.Argument(metavar="FILE", help="A data file.", show_default=False)],
    column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The column of texts; `text` if there is one.", show_default=False),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="NAME", help="Count a column's values; may be repeated.", show_default=False),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Say how far the texts of this file are from it.", show_default=False),
    ] = None,
    vectors: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Compare texts by the vectors of this column.", show_default=False),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Compare texts by this model's embeddings.", show_default=False),
    ] = None,
    sample: Annotated[
        int, typer.Option(metavar="NUMBER", help="How many texts at most are compared.", min=1, max=20_000)
    ] = 2000,
    language: Annotated[Language, typer.Option(help="Which words there are: in zh each character.")] = Language.en,
    as_json: AsJson = False,
) -> None:
    """Say what a data file is like as a whole.

    Rows, nulls, and how evenly the values of columns are spread; of texts the lengths, the share of duplicates, and of
    a random sample tokens, distinct n-grams, the Vendi score, and the distance from another file's texts.

    \b
    Example:
      dfcli stats texts.jsonl --by lang --against reference.jsonl
    """
    from dfcli.commands._statistics import lines
    from dfcli.errors import UsageError
    from dfcli.runtime.statistics import statistics, text_column
    from dfcli.runtime.text_statistics import Looking
    from dfcli.runtime.wording import printable

    if model is not None and vectors is not None:
        raise UsageError("--model and --vectors: texts are compared by one of them; leave one out")
    here = Path()
    text = column or text_column(file, here)
    if text is None and (against is not None or model is not None or vectors is not None):
        raise UsageError(f"{file} has no column `text`: name the one to compare with --column")
    looking = Looking(text, by or (), vectors, model, sample, language.value)
    found = statistics(file, here, looking, against)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return
    for line in lines(found):
        typer.echo(printable(line))
