"""What `dfcli run --estimate` prints: what each step would take from its model, sums, and what was assumed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from dfcli.commands._progress import follow, show
from dfcli.commands._text import console
from dfcli.recipes.model import Recipe
from dfcli.runtime.amounts import Part, Range
from dfcli.runtime.engine import Options
from dfcli.runtime.estimate import Estimate, estimate
from dfcli.runtime.wording import money, plural, printable, short


def print_estimate(recipe: Recipe, options: Options, sample: int, *, as_json: bool) -> None:
    """Print what a run would take, for people or for programs."""
    screen = Console(stderr=True) if as_json else console()
    found = estimate(recipe, options, sample, partial(follow, console=screen))
    if as_json:
        typer.echo(json.dumps(described(found), ensure_ascii=False))
    else:
        show(_lines(found), screen)


def described(found: Estimate) -> dict[str, object]:
    """Return an estimate as plain data, each range with its low and its high end."""
    models = [{"role": role, "model": model, "takes": _part(part)} for (role, model), part in found.models().items()]
    steps = [{**vars(each), "rows": each.rows._asdict(), "takes": _part(each.takes)} for each in found.steps]
    return {
        "recipe": found.recipe,
        "rows": found.rows,
        "sampled": found.sampled,
        "steps": steps,
        "models": models,
        "total": _part(found.total),
        "budget": found.budget.model_dump(exclude_none=True) if found.budget else None,
        "spent": asdict(found.spent),
        "fits": found.fits(),
        "assumed": found.assumed,
    }


def _part(part: Part) -> dict[str, object]:
    """Return what something takes; its `usd` is None where nobody knows any price of it."""
    fields = {name: value._asdict() if isinstance(value, Range) else value for name, value in vars(part).items()}
    return {**fields, "usd": None} if part.unpriced and not part.usd.high else fields


def _lines(found: Estimate) -> Iterator[RenderableType]:
    if not found.steps:
        yield Text(printable(f"{found.recipe} asks no model"))
        return
    yield _table(found)
    yield Text()
    models = found.models()
    if len(models) > 1:
        yield from (Text(printable(f"{role} ({model}): {phrase(part)}")) for (role, model), part in models.items())
    yield Text(printable(f"{plural(found.rows, 'row')} to ask about: {phrase(found.total)}"), "bold")
    yield from (Text(printable(f"budget: {each}")) for each in _budget(found))
    yield Text()
    yield from (Text(printable(f"assumed: {each}"), "dim") for each in found.assumed)


def _table(found: Estimate) -> Table:
    stored = any(each.takes.stored.high for each in found.steps)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("step", overflow="fold")
    for title in ("calls", *["stored"] * stored, "tokens in", "tokens out", "cost"):
        table.add_column(title, justify="right", overflow="fold")
    for each in found.steps:
        cells = [_number(each.takes.stored)] * stored
        table.add_row(str(each.number), printable(each.label), _number(each.takes.calls), *cells, *_rest(each.takes))
        table.add_row("", Text(printable(f"  {each.model}"), "dim"))
    return table


def _rest(part: Part) -> tuple[str, str, str]:
    return _short(part.tokens_in), _short(part.tokens_out), _cost(part)


def phrase(part: Part) -> str:
    """Return what something takes in one phrase."""
    calls = _number(part.calls)
    tokens = f"{_short(part.tokens_in)} tokens in, {_short(part.tokens_out)} out"
    stored = f", {_number(part.stored)} replies stored" if part.stored.high else ""
    return f"{calls} {'call' if calls == '1' else 'calls'}, {tokens}, {_cost(part)}{stored}"


def _cost(part: Part) -> str:
    if part.unpriced and not part.usd.high:
        return "cost unknown"
    known = _between(money(part.usd.low), money(part.usd.high))
    return f"{known} + unknown" if part.unpriced else known


def _budget(found: Estimate) -> Iterator[str]:
    """Yield a sentence per limit: whether the run fits into what is left of it."""
    fits = {"yes": "it fits into", "no": "it does not fit into", "maybe": "it may not fit into"}
    for what, verdict in found.fits().items():
        limit, used = getattr(found.budget, what), found.used()[what]
        shown = money(limit) if what == "usd" else f"{limit:,} {what}"
        before = f", of which {money(used) if what == 'usd' else f'{used:,}'} are used" if used else ""
        if verdict in fits:
            yield f"{fits[verdict]} {shown}{before}"
        else:
            yield f"whether it fits into {shown} depends on the price of {', '.join(found.total.unpriced)}"


def _number(given: Range) -> str:
    return _between(f"{round(given.low):,}", f"{round(given.high):,}")


def _short(given: Range) -> str:
    return _between(short(given.low), short(given.high))


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low}\N{EN DASH}{high}"
