"""What a recipe's steps must be to each other, whatever their columns: sources, loops, ids, model roles."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.errors import Code, Problem, did_you_mean
from dfcli.ops.base import Collapse, Source, Whole
from dfcli.recipes.model import Recipe, Repeat, Step
from dfcli.recipes.unbuilt import Unbuilt


def structure(recipe: Recipe) -> Iterator[Problem]:
    """Yield what is wrong with the order and the parts of a recipe."""
    yield from _beginning(recipe)
    yield from _ids(recipe)
    yield from _roles(recipe)
    yield from _siblings(recipe)
    for number, each in enumerate(recipe.steps):
        if isinstance(each, Repeat):
            yield from _inside(each)
        elif isinstance(each.operator, Source):
            yield from _source(each, first=number == 0)


def problem(
    step: Step | Repeat, key: str, sentence: str, code: Code = "other", *, lacking: bool = False, column: str = ""
) -> Problem:
    """Return a problem at the line of a step's key; at the step itself where there is no such line."""
    file, line = step.file or f"step {step.number}", step.lines.get(key, step.line)
    return Problem(file, line, f"{step.id}: {sentence}", lacking, code, step.id, key, column)


def block(
    recipe: Recipe, key: str, sentence: str, code: Code = "other", *, lacking: bool = False, column: str = ""
) -> Problem:
    """Return a problem at the line of one of a recipe's blocks."""
    line = recipe.lines.get(key, 0)
    return Problem(recipe.file if line else key, line, sentence, lacking, code, "", key, column)


def steps_of(recipe: Recipe) -> Iterator[Step]:
    """Yield every step once, those of loops included."""
    for each in recipe.steps:
        yield from each.steps if isinstance(each, Repeat) else (each,)


def _beginning(recipe: Recipe) -> Iterator[Problem]:
    if not recipe.steps:
        return
    first = recipe.steps[0]
    operator = first.operator if isinstance(first, Step) else None
    if isinstance(operator, Unbuilt):
        return
    if isinstance(operator, Source) and recipe.input is not None:
        yield block(
            recipe, "input", f"rows come from the input or from {first.id}, not from both: leave one out", "misplaced"
        )
    elif not isinstance(operator, Source) and recipe.input is None and not _names_input(recipe):
        yield problem(
            first, "op", "no rows to begin with: the recipe needs an input, or a source as its first step", "no_input"
        )


def _names_input(recipe: Recipe) -> bool:
    """Tell whether a recipe names an input, be it a wrong one or under a key that is misspelt."""
    return any(did_you_mean(key, ["input", "output"]).endswith("'input'?") for key in recipe.lines)


def _ids(recipe: Recipe) -> Iterator[Problem]:
    seen: set[str] = set()
    named: list[Step | Repeat] = [each for each in recipe.steps if isinstance(each, Repeat)]
    for each in [*named, *steps_of(recipe)]:
        if each.id in seen:
            yield problem(each, "id", "another step has this id too; ids are unique", "duplicate_id")
        seen.add(each.id)


def _roles(recipe: Recipe) -> Iterator[Problem]:
    told: set[str] = set()
    for step in steps_of(recipe):
        if not step.asks:
            if step.model != "default" and not isinstance(step.operator, Unbuilt):
                yield problem(step, "model", "asks no model, so it has no use for model", "useless_role")
        elif step.model not in recipe.models and f"models.{step.model}" not in recipe.lines and step.model not in told:
            told.add(step.model)
            yield problem(step, "model", _no_role(step.model, recipe), "unknown_role")


def _no_role(role: str, recipe: Recipe) -> str:
    if role == "default":
        return "asks a model, and none is named: write models: {default: …}, or pass --model NAME, or set DFCLI_MODEL"
    declared = {name.removeprefix("models.") for name in recipe.lines if name.startswith("models.")}
    near = did_you_mean(role, {*recipe.models, *declared, "default"})
    return f"no model has the role {role!r}{near or f'; name one under models, or pass --model {role}=NAME'}"


def _siblings(recipe: Recipe) -> Iterator[Problem]:
    """Yield the steps that look at siblings together where an earlier step has put these apart."""
    generations: list[str | None] = []  # who put the siblings apart that each step has made and none has collapsed
    for step in recipe.flat():
        if step.operator.with_siblings and generations and (apart := generations[-1]):
            name = step.operator.op()
            yield problem(step, "op", f"the siblings were put apart by step {apart!r}; {name} before it", "misplaced")
        if isinstance(step.operator, Collapse):
            del generations[-1:]
            yield from _collapse(step)
        elif not step.operator.keeps_siblings() or (step.when and isinstance(step.operator, Whole)):
            generations = [each or step.id for each in generations]
        if step.operator.effect() == "more":
            generations.append(None)


def _collapse(step: Step) -> Iterator[Problem]:
    if step.on_error == "keep":
        yield problem(step, "on_error", "on_error: keep would let several siblings go on; leave it out", "misplaced")


def _source(step: Step, first: bool) -> Iterator[Problem]:
    if not first:
        yield problem(
            step,
            "op",
            "a source makes the rows that the other steps work on: it can only be the first step",
            "misplaced",
        )
    elif step.when:
        yield problem(step, "when", "a source has no rows before it that could meet when; use keep", "misplaced")


def _inside(loop: Repeat) -> Iterator[Problem]:
    for step in loop.steps:
        if isinstance(step.operator, Source):
            yield from _source(step, first=False)
        elif isinstance(step.operator, Whole):
            sentence = "looks at all rows at once, and cannot stand inside a repeat, which rows leave early"
            yield problem(step, "op", sentence, "misplaced")
