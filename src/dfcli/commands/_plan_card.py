"""The plan card of `dfcli agent` in a terminal, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from dfcli.agent.card import PlannedStep
from dfcli.agent.certificate import certificate
from dfcli.agent.outline import outline
from dfcli.agent.session import Outcome
from dfcli.agent.thinking.bounds import Thought
from dfcli.agent.verdict import Verdict
from dfcli.commands._estimate import described, phrase
from dfcli.commands._progress import show
from dfcli.commands._rows import rows
from dfcli.runtime.estimate import Estimate
from dfcli.runtime.wording import money, plural, printable, short


@dataclass(frozen=True)
class Shown:
    """A recipe and all that is shown of it; `estimate` comes with whether it is one for all rows."""

    text: str
    verdict: Verdict
    steps: tuple[PlannedStep, ...]
    estimate: tuple[Estimate, bool] | None = None
    assumptions: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    thought: Thought | None = None
    serving: tuple[str, ...] = ()


def print_card(given: Shown, screen: Console) -> None:
    """Print a plan card."""
    show(_lines(given, screen.width), screen)


def _lines(given: Shown, width: int) -> Iterator[RenderableType]:
    yield _steps(given)
    yield Text()
    for line in certificate(given.verdict, asks="\nmodels:" in given.text):
        yield _line(line.removeprefix("# "), given.verdict)
    yield from (Text(f"{title}: ", "yellow") + Text(printable(said)) for title, said in _remarks(given))
    yield from _samples(given, width)


def as_data(outcome: Outcome, shown: Shown | None) -> dict[str, Any]:
    """Return what became of a request as plain data: the same keys whatever became of it."""
    verdict = asdict(outcome.verdict) if outcome.verdict else {}
    estimate = described(shown.estimate[0]) | {"whole": shown.estimate[1]} if shown and shown.estimate else None
    return {
        "exit_code": outcome.exit_code,
        "level": verdict.get("level"),
        "written": str(outcome.written) if outcome.written else None,
        "recipe": outcome.recipe,
        "steps": [asdict(each) for each in shown.steps] if shown else [],
        "unmet": list(outcome.verdict.unmet) if outcome.verdict else [],
        "unread": list(outcome.unread),
        "serving": list(outcome.serving),
        "assumptions": list(outcome.assumptions),
        "questions": list(outcome.questions),
        "refusal": outcome.refusal or None,
        **{name: list(verdict.get(name, ())) for name in ("issues", "checks", "flow", "before", "after")},
        **{name: verdict.get(name) for name in ("rows_in", "rows_out", "calls", "tokens", "usd")},
        "estimate": estimate,
        "planning": asdict(outcome.thought) if outcome.thought else None,
    }


def _steps(given: Shown) -> Table:
    whole = any(each.expected is not None for each in given.steps)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("step", overflow="fold", min_width=8)
    table.add_column("rows" if given.verdict.level == "sample" else "trial", justify="right", no_wrap=True)
    if whole:
        table.add_column("of all", justify="right", no_wrap=True)
    table.add_column("what it does, and why", overflow="fold")
    for number, each in enumerate(given.steps, 1):
        what = Text(printable(each.does))
        if each.why:
            what = Text("\n").join([*([what] if each.does else []), Text(printable(each.why), "italic dim")])
        expected = [f"~{short(each.expected)}" if each.expected is not None else ""] * whole
        table.add_row(str(number), Text(printable(each.id), "bold"), _flow(each), *expected, what)
    return table


def _flow(step: PlannedStep) -> str:
    if step.rows_in is None or step.rows_out is None:
        return ""
    return f"{step.rows_in:,} → {step.rows_out:,}"


def _line(text: str, verdict: Verdict) -> Text:
    """Return a line of the certificate; what stands in the way is red, the level green where it is the last one."""
    if text.startswith(("Does not hold", "In the way")):
        return Text(text, "red")
    return Text(text, "green" if text.startswith("Checked") and verdict.level == "sample" else "")


def _remarks(given: Shown) -> Iterator[tuple[str, str]]:
    yield from (("mended", each) for each in given.repairs)
    yield from (("assumed", each) for each in given.assumptions)
    yield from (("not understood", each) for each in given.unread)
    if given.thought is not None:
        yield "planning took", _thought(given.thought)
    if given.unread and given.serving:
        yield "operators that may serve that", ", ".join(given.serving)
    if given.estimate is not None:
        found, whole = given.estimate
        over = plural(found.rows, "row") if whole else f"the first {plural(found.rows, 'row')}"
        yield "a run takes", f"{phrase(found.total)}, for {over} to ask about"


def _thought(thought: Thought) -> str:
    """Return what was used of the model that plans, and why it was not asked further."""
    price = "cost unknown" if thought.usd is None else money(thought.usd)
    reused = (
        f", {plural(thought.reused, 'reply')} that {'was' if thought.reused == 1 else 'were'} there already"
        if thought.reused
        else ""
    )
    used = f"{plural(thought.calls, 'call')} to {thought.model}{reused}, {plural(thought.tokens, 'token')}, {price}"
    return f"{used}; it was not asked further: {thought.stopped}" if thought.stopped else used


def _samples(given: Shown, width: int) -> Iterator[RenderableType]:
    """Yield the first rows before and after; of the result only the columns that are written."""
    verdict = given.verdict
    offline = "" if verdict.level == "sample" else ", from the offline model: its answers mean nothing"
    before = set(verdict.before[0]) if verdict.before else set()
    for title, found in (("before", verdict.before), (f"after{offline}", _written(given))):
        if found:
            yield Text()
            yield Text(title, "bold underline")
            frame = pl.DataFrame(list(found), infer_schema_length=None, strict=False)
            yield rows(frame, width, new=set(frame.columns) - before if before else ())


def _written(given: Shown) -> Sequence[Mapping[str, Any]]:
    """Return the rows of the result with the columns that the recipe's output has."""
    found = outline(given.text)
    output = found.blocks.get("output") if found else None
    columns, without = (output.get("columns"), output.get("without")) if isinstance(output, Mapping) else (None, None)
    rows = given.verdict.after
    if isinstance(columns, list) and columns:
        return [{name: row[name] for name in columns if name in row} for row in rows]
    return [{name: value for name, value in row.items() if name not in (without or ())} for row in rows]
