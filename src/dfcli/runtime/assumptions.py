"""What an estimate takes for granted, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dfcli.ops.prompted import Prompted
from dfcli.recipes.model import Recipe
from dfcli.runtime.endpoint import BYTES_PER_TOKEN, USUAL_REPLY
from dfcli.runtime.madeup import in_one_call
from dfcli.runtime.rehearsal import Act
from dfcli.runtime.wording import plural


def assumptions(recipe: Recipe, acts: Sequence[Act], rows: int, sampled: int) -> Iterator[str]:
    """Yield a sentence for each thing that could not be counted; none where no step asks."""
    asking = [act for act in acts if act.asked is not None]
    if not asking:
        return
    yield _rendered(rows, sampled)
    yield from _conditions(acts)
    yield from _answers(recipe, asking)
    if any(in_one_call(act.step, recipe.models[act.step.model]) for act in asking):
        yield "at the low end all samples of a row come in one call, at the high end each in its own"
    if cut := [act.step.label for act in asking if not act.rows_in and rows]:
        yield f"none of these rows came as far as {', '.join(cut)}, which may ask all the same"
    yield "not counted: retries, corrections, and what a provider's cache of prompts saves"


def _rendered(rows: int, sampled: int) -> str:
    which = "all rows" if sampled == rows else f"{plural(sampled, 'row')} of {rows:,}, at even distances,"
    return f"{which} were made into prompts; a token is taken to be {BYTES_PER_TOKEN} bytes"


def _conditions(acts: Sequence[Act]) -> Iterator[str]:
    if any(act.drops or act.some for act in acts):
        yield "at the low end half of the rows meet a condition on what a model writes, at the high end all"
    if any(act.step.loop is not None and act.step.loop.until for act in acts):
        yield "at the low end half of the rows leave a loop with each round, at the high end none"
    if made := [act.step.label for act in acts if act.reads and act.rows_out > act.rows_in]:
        yield f"{', '.join(made)} makes as many rows of what a model writes as of the offline model's answers"


def _answers(recipe: Recipe, asking: Sequence[Act]) -> Iterator[str]:
    prompts = [act for act in asking if isinstance(act.step.operator, Prompted) and act.asked and act.asked.calls]
    unknown = [act for act in prompts if act.asked is not None and not act.asked.replied]
    if len(unknown) < len(prompts):
        yield "where replies are stored, further ones are taken to be as long as those on average"
    if not unknown:
        return
    without = any(recipe.models[act.step.model].max_tokens is None for act in unknown)
    limit = f"max_tokens, or {USUAL_REPLY} where a model has none" if without else "max_tokens"
    yield f"an answer takes from as little as its outputs need to {limit}"
