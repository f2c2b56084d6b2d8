"""Columns that are not there, or of the wrong type: the one that is meant, the step that makes it, a cast."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, product
from typing import Any

from dfcli.agent import fix_conditions
from dfcli.agent.bench import Bench, Candidate, columns_of, like, near, operators, plain, setting, unnamed, writes
from dfcli.agent.edits import Edit, InsertStep, MoveStep, RenameColumn, SetOption, SetOutput
from dfcli.agent.outline import Entry
from dfcli.agent.renaming import in_prompt, in_sql, options_of
from dfcli.agent.verdict import Issue
from dfcli.errors import DfcliError
from dfcli.ops.expressions import Sql
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import installed

_PROMPTS = ("prompt", "system", "rubric")
_CLOSE = 0.8


def missing(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield ways to a column that a step or the output names and that is not there, the likeliest first."""
    name, there = issue.column, bench.there(issue)
    yield from fix_conditions.fixes(bench, issue)
    close = near(name, there, _CLOSE)
    yield from _turned(bench, issue)
    yield from _instead(bench, issue, close)
    yield from _left_out(bench, issue)
    yield from _moved(bench, issue)
    yield from _produced(bench, issue, there)
    yield from _instead(bench, issue, [each for each in near(name, there) if each not in close])
    yield from _instead(bench, issue, [each for each in like(name, there) if each not in close])
    yield from _written_as(bench, issue)
    if name.startswith("$"):
        yield f"{name} is a variable, in braces", _named(bench, issue, f"${{{name[1:]}}}")


def _instead(bench: Bench, issue: Issue, names: list[str]) -> Iterator[Candidate]:
    """Yield another column at the place of the issue, and one wherever the missing one is named."""
    for each in names:
        if edits := _named(bench, issue, each):
            yield f"{issue.step or 'output'} takes the column {each}, not {issue.column}", edits
        yield f"the column {each} instead of {issue.column}", [RenameColumn(old=issue.column, new=each)]


def _named(bench: Bench, issue: Issue, new: str) -> list[Edit]:
    """Return the edits that name another column at the place of an issue alone."""
    step = bench.step(issue.step)
    if step is None:
        value = renamed(bench.value(issue), issue.column, new)
        return setting(issue, value) if value != bench.value(issue) else []
    edits: list[Edit] = []
    for key, value in step.keys.items():
        if key in ("keep", "when") or _is_sql(step, key):
            changed = in_sql(value, issue.column, new) if isinstance(value, str) else value
        elif key in _PROMPTS:
            changed = in_prompt(value, issue.column, new) if isinstance(value, str) else value
        elif key == "outputs" or key in columns_of(step, "writes"):
            continue
        else:
            changed = renamed(value, issue.column, new)
        if changed != value:
            edits += setting(Issue("", "", issue.step, option=key), changed)
    return edits or [SetOption(step=step.id, name=each, value=new) for each in unnamed(step, issue.column)]


def renamed(value: Any, old: str, new: str) -> Any:
    """Return data in which a text is another one, be it alone, in a list, or a key or value of a mapping."""
    if isinstance(value, Mapping):
        return {renamed(key, old, new): renamed(each, old, new) for key, each in value.items()}
    if isinstance(value, list):
        return [renamed(each, old, new) for each in value]
    return new if value == old else value


def _is_sql(step: Entry, key: str) -> bool:
    info = options_of(step.op).get(key)
    return info is not None and any(isinstance(each, Sql) for each in info.metadata)


def _turned(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield a `rename` from the old names to the new ones, where it was written from the new to the old."""
    step = bench.step(issue.step)
    columns = step.keys.get("columns") if step else None
    if (
        step
        and step.op == "rename"
        and isinstance(columns, Mapping)
        and {*map(str, columns.values())} <= {*bench.there(issue)}
    ):
        turned = {str(value): key for key, value in columns.items()}
        yield (
            f"{step.id} goes from the old name to the new one",
            [SetOption(step=step.id, name="columns", value=turned)],
        )


def _left_out(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield what brings a column back that an earlier step left out: its new name, or its place in a `select`."""
    found = re.search(r"step '(.+?)' leaves it out", issue.sentence)
    step = bench.step(found[1]) if found else None
    columns = step.keys.get("columns") if step else None
    if step and isinstance(columns, Mapping) and isinstance(columns.get(issue.column), str):
        yield from _instead(bench, issue, [columns[issue.column]])
    elif step and isinstance(columns, list):
        yield (
            f"{step.id} keeps {issue.column}",
            [SetOption(step=step.id, name="columns", value=[*columns, issue.column])],
        )
    if step and issue.step:
        yield f"{issue.step} comes before {step.id}", [MoveStep(step=issue.step, before=step.id)]


def _moved(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield the order in which the column is written before it is read."""
    steps = [each.id for each in bench.outline.steps]
    if issue.step not in steps:
        return
    for writer in bench.outline.steps[steps.index(issue.step) + 1 :]:
        if issue.column in writes(writer) or _varies(writer):
            yield f"{issue.step} comes after {writer.id}", [MoveStep(step=issue.step, after=writer.id)]
            yield f"{writer.id} comes before {issue.step}", [MoveStep(step=writer.id, before=issue.step)]


def _varies(step: Entry) -> bool:
    """Tell whether a step brings columns that its options do not name, as a join does."""
    return step.op in operators() and installed().get(step.op).columns_vary


def _written_as(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield the columns of the steps above that go by the name which is read; the latest that asks a model first."""
    steps = [each.id for each in bench.outline.steps]
    above = bench.outline.steps[: steps.index(issue.step)] if issue.step in steps else bench.outline.steps
    for writer in reversed(above):
        outputs = writer.keys.get("outputs")
        if isinstance(outputs, Mapping) and len(outputs) == 1:
            yield (
                f"{writer.id} writes {issue.column}",
                [SetOption(step=writer.id, name="outputs", value={issue.column: next(iter(outputs.values()))})],
            )


@lru_cache
def _makers() -> dict[str, tuple[str, ...]]:
    """Return the operators that write a column by default, those that ask no model first."""
    found: dict[str, list[tuple[bool, int, str]]] = {}
    for name in operators():
        try:
            cls = installed().get(name)
        except DfcliError:
            continue
        for column in columns_of(Entry(name, name, {}), "writes").values():
            required = sum(info.is_required() for info in cls.model_fields.values())
            if not required:
                found.setdefault(column, []).append((issubclass(cls, Prompted), len(cls.model_fields), name))
    return {column: tuple(each[-1] for each in sorted(made)) for column, made in found.items()}


def _produced(bench: Bench, issue: Issue, there: list[str]) -> Iterator[Candidate]:
    """Yield a step before the one that misses a column, of an operator that writes it from what is there."""
    if not issue.step:
        return
    for name in _makers().get(issue.column, ())[:3]:
        reads = columns_of(Entry(name, name, {}), "reads")
        options = {}
        for option, column in reads.items():
            if column not in there:
                options[option] = next(iter([*near(column, there, _CLOSE), *like(column, there)]), None)
        if all(options.values()):
            step = {"op": name, **options} if options else name
            yield f"{name} writes {issue.column} before {issue.step}", [InsertStep(step=step, before=issue.step)]


def mistyped(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield conditions whose sides have one type, or a cast before the step."""
    yield from fix_conditions.types(bench, issue)
    wanted = re.search(r"the column '(.+)' is .+, and (\w+) is needed", issue.sentence)
    kinds = {wanted[1]: wanted[2]} if wanted else {}
    if "number with text" in issue.sentence or "not a number" in issue.sentence:
        kinds = dict.fromkeys(re.findall(r"(\w+) is str", issue.sentence), "float")
    for column, kind in kinds.items():
        for each in ["int", "float"] if kind == "float" else [kind]:
            yield from _cast(issue.step, column, each)


def _cast(step: str, column: str, kind: str) -> Iterator[Candidate]:
    cast = {"op": "cast", "columns": {column: kind}}
    if step:
        yield f"{column} becomes {kind} before {step}", [InsertStep(step=cast, before=step)]
    yield f"{column} becomes {kind} at the beginning", [InsertStep(step=cast, place="first")]
    if not step:
        yield f"{column} becomes {kind} at the end", [InsertStep(step=cast, place="last")]


def checked(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield what gives the result the column or type that a check is about; the check stays."""
    subject = issue.option.partition(".")[2]
    there = bench.there(issue)
    if "no column" in issue.sentence:
        yield from _left_out(bench, Issue("", issue.sentence, column=subject))
        for each in near(subject, there, _CLOSE):
            yield f"{each} is called {subject}, as its check has it", [RenameColumn(old=each, new=subject)]
    if "only numbers and dates have a range" in issue.sentence:
        for kind in ("int", "float"):
            yield from _cast("", subject, kind)


def shaped(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield columns for the fields of a chat format."""
    output = bench.outline.blocks.get("output")
    if not isinstance(output, Mapping):
        return
    given = output.get("fields")
    fields = dict(given) if isinstance(given, Mapping) else {}
    known = _FIELDS.get(str(output.get("format")), {})
    there = bench.all_columns()
    turned = {str(value): key for key, value in fields.items()}
    if turned and set(turned) <= set(known):
        yield "the fields are given the right way round", [SetOutput(fields=turned)]
    others = {_field(str(key), known): value for key, value in fields.items()}
    right = {key: value for key, value in others.items() if key in known}
    if right != fields:
        yield "the fields are those of the format", [SetOutput(fields=right)]
    wanted = [key for key in known if key in right or known[key]]
    likely = [_likely([right.get(key, key), key, *known[key]], there) for key in wanted]
    for found in islice(product(*likely), _GUESSES):
        yield "each field has its column", [SetOutput(fields=dict(zip(wanted, found, strict=True)))]
    if not known:
        yield "only a chat format has fields", [SetOutput(fields=None)]


_FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "alpaca": {
        "instruction": ("instruction", "question", "prompt"),
        "output": ("output", "response", "answer", "completion"),
        "input": (),
        "system": (),
    },
    "messages": {
        "user": ("user", "question", "instruction", "prompt"),
        "assistant": ("assistant", "answer", "response", "output"),
        "system": (),
    },
    "sharegpt": {
        "human": ("human", "question", "instruction", "prompt"),
        "gpt": ("gpt", "answer", "response", "output"),
        "system": (),
    },
    "dpo": {
        "prompt": ("prompt", "question", "instruction"),
        "chosen": ("chosen", "response", "answer"),
        "rejected": ("rejected",),
    },
}
"""The fields of each chat format, and the names that their columns usually have; none where it can be left out."""

_GUESSES = 9
"""Ways to fill the fields of a format that are tried at most."""


def _field(name: str, known: Mapping[str, tuple[str, ...]]) -> str:
    """Return the field of a format that one of another format is here: `instruction` is `user`."""
    if name in known:
        return name
    return next((field for field, usual in known.items() if name in usual), name)


def _likely(wanted: list[str], there: list[str]) -> list[str]:
    """Return the columns that may fill a field: those known that sound like it, or else the names such a one has."""
    same = [each for name in wanted for each in there if plain(each) == plain(name)]
    alike = [each for name in wanted for each in [*near(name, there, _CLOSE), *like(name, there)]]
    return list(dict.fromkeys([*same, *alike]))[:3] or list(dict.fromkeys(wanted))
