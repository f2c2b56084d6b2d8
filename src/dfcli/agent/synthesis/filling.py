"""What is missing in a recipe is filled in: a step for each part of the request that nobody read, its files beside it.

Until the recipe is accepted its files lie in the scratch folder, and what is tried is a text that names them there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dfcli.agent.edits import InsertStep, RemoveStep, SetModel, SetOutput, apply
from dfcli.agent.outline import outline
from dfcli.agent.places import holds, replaced_in
from dfcli.agent.profile import Profile
from dfcli.agent.spans import compose, line_start, spots, start
from dfcli.agent.synthesis.model import Missing, Outcome
from dfcli.agent.synthesis.values import shown
from dfcli.agent.verify import FILE
from dfcli.agent.writer import comment
from dfcli.errors import RecipeError, UsageError
from dfcli.ops.base import Row
from dfcli.recipes.load import read
from dfcli.runtime.world import Here

MOST = 3
"""Parts of one request for which something is made."""

Make = Callable[[Missing], Outcome]
"""Makes a step for what is missing, or says why there is none."""


@dataclass(frozen=True)
class Place:
    """Where a recipe will stand, and where its files lie until then."""

    home: Path
    scratch: Path

    def tried(self, text: str, made: Sequence[Outcome]) -> str:
        """Return a recipe's text as it can be tried now: its new files are those in the scratch folder."""
        for path, content in _files(made):
            file = self.scratch / "made" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            replaced_in(file, content)
            text = text.replace(path, Path(os.path.relpath(file, self.home)).as_posix())
        return text

    def write(self, text: str, made: Sequence[Outcome]) -> None:
        """Write the files of a recipe beside it, but not those of steps that it no longer has.

        UsageError where a file of that name has come there meanwhile.
        """
        wanted = [each for each in made if not each.made or any(path in text for path in each.files)]
        found = dict(_files(wanted))
        for path, content in found.items():
            file = self.home / path
            if file.exists() and not holds(file, content):
                raise UsageError(f"{file} has come there meanwhile and stays as it is; move it away and run this again")
        for path, content in found.items():
            (self.home / path).parent.mkdir(parents=True, exist_ok=True)
            replaced_in(self.home / path, content)


@dataclass(frozen=True)
class Filled:
    """A recipe's text with what was missing, what was made for it, and what is missing still, with the reason."""

    text: str
    made: tuple[Outcome, ...]
    unread: tuple[str, ...]
    assumptions: tuple[str, ...]


def fill(text: str, missing: Sequence[Missing], make: Make, place: Place, model: str | None) -> Filled:
    """Return a recipe's text with a step for each part that is missing, as far as one can be made that fits.

    `model` serves the prompts among them where the recipe names none.
    """
    filled = Filled(text, (), tuple(each.words for each in missing[MOST:]), ())
    for each in missing[:MOST]:
        outcome = _free(make(each), place.home, [path for path, _ in _files(filled.made)])
        changed = with_step(filled.text, each.words, outcome, model) if outcome.made else filled.text
        why = "" if outcome.made else outcome.said
        if outcome.made and (wrong := _wrong(changed, (*filled.made, outcome), place)):
            changed, why, outcome = filled.text, f"the step that was made does not fit: {wrong}", Outcome("refused", "")
        filled = Filled(
            changed,
            (*filled.made, outcome) if outcome.files or outcome.made else filled.made,
            (*filled.unread, f"{each.words} (no step: {why})") if why else filled.unread,
            (*filled.assumptions, *_told(each, outcome)),
        )
    return filled


def missing_in(unread: Sequence[str], request: str, profile: Profile, rows: Sequence[Row]) -> list[Missing]:
    """Return the parts of a request that nobody read, with the columns they may be about: those of its first file."""
    columns = {each.name: each.type for each in profile.tables[0].columns} if profile.tables else {}
    return [Missing(words, request, columns, tuple(rows)) for words in unread]


def with_step(text: str, words: str, outcome: Outcome, model: str | None) -> str:
    """Return a recipe's text with a new last step, the words that it is for above it, and its column in the output."""
    text = apply(text, [InsertStep(step=dict(outcome.step), place="last")])
    at = line_start(text, start(list(spots(compose(text), text))[-1].node))
    text = f"{text[:at]}  {comment(words)}\n{text[at:]}"
    blocks = outline(text)
    output, models = (blocks.blocks.get(each) if blocks else None for each in ("output", "models"))
    columns = output.get("columns") if isinstance(output, Mapping) else None
    if isinstance(columns, list):
        new = [each for each in outcome.writes if each not in columns]
        text = apply(text, [SetOutput(columns=(*columns, *new))]) if new else text
    if outcome.kind == "template" and model and not (isinstance(models, Mapping) and "default" in models):
        text = apply(text, [SetModel(role="default", model=model)])
    return text


def without_filler(text: str) -> str:
    """Return a recipe's text without its first step, which is there only because nothing was to be done."""
    reason = "  # nothing but the format or the columns changes\n"
    found = outline(text)
    if found is None or reason not in text or len(found.steps) < 2:
        return text
    return apply(text.replace(reason, ""), [RemoveStep(step=1)])


def _wrong(text: str, made: Sequence[Outcome], place: Place) -> str:
    """Return the first thing that the check says of a text with its files; nothing where it says nothing."""
    try:
        read(place.tried(text, made), place.home / FILE, world=Here())
    except RecipeError as error:
        return error.problems[0].sentence
    return ""


def _told(missing: Missing, outcome: Outcome) -> Iterator[str]:
    """Yield what whoever reviews must know: what was made, and by which examples it was understood."""
    if outcome.made:
        yield f"“{missing.words}” is done {outcome.said}"
    yield from (
        f"“{missing.words}” means that {shown(dict(each.given))} gives {shown(each.wanted)}"
        for each in outcome.examples
        if outcome.made
    )


def _free(outcome: Outcome, home: Path, taken: Sequence[str]) -> Outcome:
    """Return an outcome whose files have names that are free beside the recipe: all of them with the same number."""
    number = 1
    while any(
        path in taken or ((home / path).exists() and not holds(home / path, text))
        for path, text in _numbered(outcome, number).items()
    ):
        number += 1
    names = dict(zip(outcome.files, _numbered(outcome, number), strict=True))
    step = {key: names.get(value, value) if isinstance(value, str) else value for key, value in outcome.step.items()}
    said = outcome.said
    for path, name in names.items():
        said = said.replace(path, name)
    return replace(outcome, step=step, said=said, files=_numbered(outcome, number))


def _numbered(outcome: Outcome, number: int) -> dict[str, str]:
    ending = f"_{number}" if number > 1 else ""
    return {Path(path).with_stem(f"{Path(path).stem}{ending}").as_posix(): text for path, text in outcome.files.items()}


def _files(made: Sequence[Outcome]) -> Iterator[tuple[str, str]]:
    for each in made:
        yield from each.files.items()
