"""Cases for `dfcli agent --edit`: a recipe, a wish, and what may be changed; every other line stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dfcli.agent.evaluation.checks import Check
from dfcli.agent.evaluation.fixtures import write_fixture
from dfcli.agent.evaluation.judging import Evidence, judge, unchanged
from dfcli.agent.evaluation.lines import Layout, StepLines, layout, untouched
from dfcli.agent.evaluation.runner import CRASHED, Ran, Result, ran_in, strays
from dfcli.agent.evaluation.running import rows_of, static
from dfcli.agent.evaluation.tasks import Rows, Rule, parsed
from dfcli.agent.session import UNMET, VERIFIED, Outcome, Request
from dfcli.agent.verdict import LEVELS
from dfcli.errors import DfcliError, UsageError

EDITS = Path(__file__).with_name("edits")

Edit = Callable[[Request, Path, Path], Outcome]
"""An agent that edits: the request, the recipe's file, the working folder → the edited recipe."""


class EditCase(BaseModel):
    """A recipe to be edited, as its file has it.

    `added` are the operators of new steps (`a|b` where either is right), `removed` the ids or operators of steps that
    leave, `changed` the options that steps must have then, by the step's id or operator (null: the option is gone).
    `steps` is the order of all operators afterwards, where it matters. `blocks` are other blocks of the recipe
    (`output`, `checks`) that may change. All other lines must be byte for byte as they were. `checks` are asked of the
    rows that the edited recipe makes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    level: Literal["easy", "medium", "hard"] = "medium"
    language: Literal["en", "zh"] = "en"
    recipe: str
    request: str
    files: Mapping[str, Rows | str] = {}
    database: Mapping[str, str] = {}
    model: tuple[Rule, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, Mapping[str, Any]] = {}
    steps: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    checks: tuple[Check, ...] = Field(min_length=1)
    gold: str


@cache
def load_edits() -> tuple[EditCase, ...]:
    """Return all cases, by id; InputError says what is wrong in a file."""
    cases = tuple(parsed(EditCase, file) for file in sorted(EDITS.glob("*.yaml")))
    if len({each.id for each in cases}) < len(cases):
        raise UsageError("two edit cases have the same id")
    return cases


def run_edit(case: EditCase, edit: Edit, folder: Path) -> Result:
    """Let an agent edit the recipe in an empty folder, and judge what it made of it."""
    here = folder.resolve() / "work"
    here.mkdir(parents=True)
    before = write_fixture(case.files, case.database, here)
    recipe = here / "recipe.yaml"
    recipe.write_text(case.recipe, "utf-8")
    request = Request(case.request, data=tuple(case.files), out=Path("edited.yaml"), yes=True)
    ran = ran_in(here, lambda: edit(request, Path("recipe.yaml"), here))
    left = tuple(strays(here, (*before, "recipe.yaml", "edited.yaml", "runs", ".dfcli")))
    with chdir(here):
        valid, failures = _judged(case, ran, before)
    return Result(
        case.id,
        "edit",
        case.level,
        case.language,
        "plain",
        CRASHED if ran.crash else ran.outcome.exit_code,
        ran.outcome.verdict.level if ran.outcome.verdict else LEVELS[0],
        valid,
        (*failures, *left),
        ran.seconds,
        ran.outcome.recipe,
        ran.outcome.unread,
    )


def _judged(case: EditCase, ran: Ran, before: dict[str, str]) -> tuple[bool | None, list[str]]:
    text = ran.outcome.recipe
    if ran.crash or text is None:
        return None, [ran.crash or f"no recipe was written (exit code {ran.outcome.exit_code})"]
    failures = list(_conduct(ran.outcome))
    path = Path("edited.yaml")
    path.write_text(text, "utf-8")
    recipe = static(path)
    if isinstance(recipe, list):
        return False, [*failures, *(f"the recipe is wrong: {each}" for each in recipe)]
    failures += judge_edit(case, text)
    try:
        rows = rows_of(recipe, case.model, Path("../runs"))
    except DfcliError as error:
        return True, [*failures, f"the recipe does not run to its end: {error}"]
    failures += judge(case.checks, Evidence(rows, text, Path(), tuple(case.files), before))
    return True, [*failures, *unchanged(before, Path(), tuple(before))]


def _conduct(outcome: Outcome) -> Iterator[str]:
    if outcome.exit_code not in (VERIFIED, UNMET):
        yield f"a recipe was written, but exit code {outcome.exit_code}"


def judge_edit(case: EditCase, text: str) -> list[str]:
    """Return a sentence for each thing that an edited recipe has too many, too few, or other than was wished."""
    old, new = layout(case.recipe), layout(text)
    added, failures = _added(case, old, new)
    failures += _missing(case, old, new)
    failures += _changed(case, new)
    ops = tuple(each.op for each in new.steps)
    if case.steps and not (len(ops) == len(case.steps) and all(map(_either, case.steps, ops))):
        failures.append(f"the steps should be {', '.join(case.steps)}, and are {', '.join(ops)}")
    return failures + untouched(
        old, new, removed=case.removed, changed=tuple(case.changed), added=added, blocks=case.blocks
    )


def _added(case: EditCase, old: Layout, new: Layout) -> tuple[list[int], list[str]]:
    """Return the places of the new steps, and what is wrong with them."""
    places = _without_twin(new.steps, old.steps)
    wanted, failures = list(case.added), []
    for op in (new.steps[place].op for place in places):
        fitting = next((each for each in wanted if _either(each, op)), None)
        if fitting is None:
            failures.append(f"the step {op} was added, which nobody asked for")
        else:
            wanted.remove(fitting)
    return places, failures + [f"the step {each} should have been added" for each in wanted]


def _missing(case: EditCase, old: Layout, new: Layout) -> list[str]:
    gone = [old.steps[place] for place in _without_twin(old.steps, new.steps)]
    names = [name for each in gone for name in (each.id, each.op)]
    should = [f"the step {name} should be gone" for name in case.removed if name not in names]
    kept = [each for each in gone if not {each.id, each.op} & {*case.removed}]
    return should + [f"the step {each.id} is gone, which nobody asked for" for each in kept]


def _without_twin(steps: Sequence[StepLines], others: Sequence[StepLines]) -> list[int]:
    """Return the places of steps that are not among the others: an equal one first, or one of the same operator."""
    left = list(range(len(steps)))
    free = list(others)
    for alike in (_equal, _same_op):
        for place in list(left):
            if (twin := next((each for each in free if alike(each, steps[place])), None)) is not None:
                free.remove(twin)
                left.remove(place)
    return left


def _equal(one: StepLines, other: StepLines) -> bool:
    return one.options == other.options


def _same_op(one: StepLines, other: StepLines) -> bool:
    return one.op == other.op


def _changed(case: EditCase, new: Layout) -> list[str]:
    failures = []
    for name, options in case.changed.items():
        step = next((each for each in new.steps if name in (each.id, each.op)), None)
        for option, value in options.items() if step is not None else ():
            assert step is not None
            if (found := step.options.get(option)) != value:
                failures.append(f"{name}: {option} should be {value!r}, and is {found!r}")
        if step is None:
            failures.append(f"the step {name} is gone")
    return failures


def _either(wanted: str, op: str) -> bool:
    return op in wanted.split("|")
