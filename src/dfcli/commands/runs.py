"""`dfcli runs`: what has been run, what came of it, and what may go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from dfcli.commands import _complete
from dfcli.commands._parameters import RUNS, AsJson, Runs

if TYPE_CHECKING:
    from rich.console import Console

    from dfcli.runtime.checkpoint import Fate
    from dfcli.runtime.rundir import Manifest, RunFolder

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="See what has been run, and clean up.")

RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A recipe's name, or a run's folder.", autocompletion=_complete.runs, show_default=False
    ),
]


@app.command("list")
def list_(runs: Runs = RUNS, as_json: AsJson = False) -> None:
    """List the runs in a folder.

    \b
    Example:
      dfcli runs list
    """
    from dfcli.runtime import rundir
    from dfcli.runtime.wording import duration, plural, printable, size

    found = [(each, manifest) for each in rundir.runs(runs) if (manifest := each.manifest())]
    if as_json:
        typer.echo(json.dumps([_described(run, manifest) for run, manifest in found], ensure_ascii=False, indent=1))
        return
    if not found:
        typer.echo(f"no runs in {runs}")
    width = max((len(run.path.name) for run, _ in found), default=0)
    for run, manifest in found:
        rows = "" if manifest.rows is None else plural(manifest.rows, "row")
        columns = (
            f"{manifest.status:<13}",
            f"{rows:>12}",
            f"{duration(manifest.seconds):>8}",
            f"{size(_bytes(run)):>9}",
        )
        typer.echo(printable(f"{run.path.name:<{width}}  {'  '.join(columns)}  {manifest.output or ''}").rstrip())


@app.command()
def show(
    name: RunName,
    dropped: Annotated[bool, typer.Option("--dropped", help="Show rows that conditions removed.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Show rows that steps could not finish.")] = False,
    number: Annotated[int, typer.Option("-n", metavar="NUMBER", help="How many rows to show per step.", min=1)] = 5,
    runs: Runs = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show what a run did, and the rows that left it.

    \b
    Examples:
      dfcli runs show text2sql
      dfcli runs show text2sql --failed -n 20
    """
    from dfcli.commands._text import console
    from dfcli.errors import UsageError
    from dfcli.runtime import rundir

    run = rundir.find(runs, name)
    manifest = run.manifest()
    if manifest is None:
        raise UsageError(f"{run.path} has no manifest that can be read")
    wanted: dict[Fate, bool] = {"dropped": dropped, "failed": failed}
    fates = [fate for fate, each in wanted.items() if each]
    if as_json:
        rows = {fate: _left_rows(run, fate, number) for fate in fates}
        typer.echo(json.dumps(_described(run, manifest) | rows, ensure_ascii=False, indent=1, default=str))
    elif fates:
        for fate in fates:
            _print_left(run, fate, number, console())
    else:
        _print_run(run, manifest, console())


@app.command()
def clean(
    name: RunName,
    everything: Annotated[
        bool, typer.Option("--all", help="Remove the whole run, not only what it has outgrown.")
    ] = False,
    runs: Runs = RUNS,
) -> None:
    """Remove checkpoints that a run needs no more.

    Replies of models are always kept.

    \b
    Example:
      dfcli runs clean text2sql
    """
    from dfcli.runtime import rundir
    from dfcli.runtime.wording import size

    run = rundir.find(runs, name)
    if not everything:
        typer.echo(f"freed {size(rundir.clean(run))} in {run.path}")
        return
    with run.locked():
        freed = _bytes(run)
        run.forget()
    typer.echo(f"removed {run.path}, {size(freed)}")


def _print_run(run: RunFolder, manifest: Manifest, console: Console) -> None:
    from rich.text import Text

    from dfcli.commands._progress import show, summary
    from dfcli.runtime.events import RunDone
    from dfcli.runtime.wording import printable

    done = RunDone(
        manifest.reports,
        manifest.rows or 0,
        run.path,
        manifest.output,
        manifest.seconds,
        manifest.checks,
        models=manifest.models,
        spent=manifest.spent,
    )
    console.print(Text(printable(f"{manifest.recipe}: {manifest.status}"), "bold"))
    show(summary(done, {}), console)


def _print_left(run: RunFolder, fate: Fate, number: int, console: Console) -> None:
    from rich.text import Text

    from dfcli.commands._rows import rows
    from dfcli.runtime.left import left
    from dfcli.runtime.wording import plural, printable

    found = list(left(run.path, fate, number))
    if not found:
        console.print(Text(f"no row {fate}"))
    for each in found:
        shown = f", the first {each.first.height}" if each.first.height < each.count else ""
        console.print(Text(printable(f"{plural(each.count, 'row')} {fate} at {each.step}{shown}"), "bold"))
        console.print(rows(each.first, console.width))
        console.print()


def _left_rows(run: RunFolder, fate: Fate, number: int) -> list[dict[str, object]]:
    from dfcli.runtime.left import left

    return [{"(step)": each.step, **row} for each in left(run.path, fate, number) for row in each.first.to_dicts()]


def _described(run: RunFolder, manifest: Manifest) -> dict[str, object]:
    """Return a run as plain data, without the keys of its parts."""
    from dataclasses import asdict

    slim = {name: value for name, value in asdict(manifest).items() if name not in ("steps", "stages")}
    return {"folder": str(run.path), **slim}


def _bytes(run: RunFolder) -> int:
    return sum(each.stat().st_size for each in run.path.rglob("*") if each.is_file())
