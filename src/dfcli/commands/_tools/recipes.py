"""Tools that work on recipes: check, preview, sample, edit, plan. A file is written by consent alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from dfcli.commands._tools.answers import Refused, paged
from dfcli.commands._tools.catalogue import Arguments
from dfcli.commands._tools.folder import Folder

if TYPE_CHECKING:
    from dfcli.agent.verdict import Issue, Level, Verdict

_PATH = "The recipe's path in the folder."
_LONGEST_PATH = 255
_LEVELS = {
    "draft": "it cannot be loaded",
    "static": "it passes the check",
    "mock": "it runs on the offline model",
    "sample": "it runs on real rows with its own models",
}


class CheckRecipe(Arguments):
    """Find every mistake in a recipe without running it: options, columns, types, files, databases."""

    path: str = Field(description=_PATH)
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return the mistakes, each with its line."""
        from dfcli.errors import RecipeError
        from dfcli.recipes.load import read
        from dfcli.runtime.world import Here

        text, file = folder.text(self.path), folder.inside(self.path)
        _confined(text, folder, file)
        try:
            read(text, folder.root / file, world=Here())
        except RecipeError as error:
            mistakes = [
                {"line": each.line, "code": each.code, "sentence": each.sentence, "missing_here": each.lacking or None}
                for each in error.problems
            ]
            small = [{key: value for key, value in each.items() if value is not None} for each in mistakes]
            then = "mend them with edit_recipe, then check_recipe again"
            return paged({"right": False, "then": then}, "mistakes", small, self.start)
        return {"right": True, "then": "preview_recipe, then run_sample"}


class PreviewRecipe(Arguments):
    """Run a recipe on some of its rows with an offline model that costs nothing, and show rows before and after."""

    path: str = Field(description=_PATH)
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return what each step did to the rows, and rows before and after."""
        return _tried(folder, self.path, self.start, upto="mock")


class RunSample(Arguments):
    """Run a recipe on real rows as it is. Where it asks models they are asked, for at most `usd`; with 0 none is.

    Replies that were paid for are kept, and the whole run does not ask for them again. The output is not written.
    """

    path: str = Field(description=_PATH)
    rows: int = Field(default=20, ge=1, le=200, description="Rows that models are asked about.")
    usd: float = Field(default=0.0, ge=0, le=100, description="US dollars that it may cost; 0 asks no model.")
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return what each step did to the rows, what it cost, and rows before and after."""
        free = self.usd == 0 and _asks(folder, self.path)
        answer = _tried(folder, self.path, self.start, upto="mock" if free else "sample", rows=self.rows, usd=self.usd)
        if free:
            answer["asked"] = "no model: the recipe asks one, and usd is 0; say what it may cost"
        return answer


class EditRecipe(Arguments):
    """Change a recipe by a wish in words or by typed edits; comments and order stay. Shows the change first.

    Nothing is written until you call it again with `accept`, the number that stands with the change you were shown.
    """

    path: str = Field(description=_PATH)
    wish: str = Field(default="", description="In words: `also drop duplicates`. Or else `edits`.")
    edits: list[dict[str, Any]] = Field(
        default=[],
        description="Typed edits, such as {edit: set_option, step: id, name: option, value: …}; a wrong one says"
        " which there are.",
    )
    accept: str = Field(default="", description="The `change` of the answer that showed the change.")
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return the change as lines of a diff; write it where it is accepted."""
        from dfcli.agent.diff import semantic, unified
        from dfcli.agent.places import replaced_in

        before, file = folder.text(self.path), folder.inside(self.path)
        after, head = self._changed(folder, file, before)
        if after == before:
            raise Refused(
                f"nothing changes: {'; '.join(head.get('not_understood', ())) or 'it is so already'}",
                then="say the wish in other words, one at a time, or give typed edits",
            )
        change = hashlib.sha256(f"{before}\x00{after}".encode()).hexdigest()[:12]
        if self.accept and self.accept != change:
            raise Refused(
                "this is not the change that was shown", then="call it without accept, and look at the change"
            )
        if self.accept:
            replaced_in(folder.root / file, after)
            return {**head, "written": file.as_posix(), "then": "check_recipe"}
        told = {**head, "change": change, "written": None, "in_words": semantic(before, after)}
        told["then"] = f"to write it, call edit_recipe again with accept: {change}"
        return paged(told, "diff", unified(before, after).split("\n"), self.start)

    def _changed(self, folder: Folder, file: Path, before: str) -> tuple[str, dict[str, Any]]:
        """Return the text as it is to be, and what else is to be told."""
        from dfcli.agent.editing import edit
        from dfcli.agent.edits import EDITS, EditError, apply, edits_from
        from dfcli.agent.session import Request

        if bool(self.wish) == bool(self.edits):
            raise Refused("say either a wish or edits", valid=[each.model_fields["edit"].default for each in EDITS])
        if self.edits:
            try:
                return apply(before, edits_from(self.edits)), {}
            except EditError as error:
                names = [each.model_fields["edit"].default for each in EDITS]
                raise Refused(str(error), valid=names, then="show_recipe says which steps there are") from error
        found = edit(Request(self.wish), file, folder.root)
        if found.refusal:
            raise Refused(found.refusal)
        head = {
            "not_understood": list(found.unread),
            "questions": list(found.questions),
            "assumed": list(found.assumptions),
        }
        return found.recipe or before, head


class PlanRecipe(Arguments):
    """Make a recipe of a request in words, by rules, offline: it is checked and tried on real rows.

    Says what was not understood, and what was assumed. With `out` it is written there, where no file is yet.
    """

    request: str = Field(min_length=1, description="What is wanted, in English or Chinese.")
    data: list[str] = Field(default=[], description="Data files in the folder; those named in the request by default.")
    database: str = Field(default="", description="A database file in the folder, or the URL of one.")
    out: str = Field(default="", description="Where to write the recipe; a file that is there is never overwritten.")
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return the recipe's lines, and what is to be known of it."""
        from dfcli.agent import nodes
        from dfcli.agent.mentions import mentioned
        from dfcli.agent.session import Request, work

        named = mentioned(self.request, folder.root)
        data = tuple(folder.inside(each).as_posix() for each in (*self.data, *(() if self.data else named.data)))
        out = folder.inside(self.out or "recipe.yaml")
        if self.out and (folder.root / out).exists():
            raise Refused(f"{self.out} is there already", then="edit_recipe changes it; or name another out")
        database = self.database or next(iter(named.databases), None)
        if database and "://" not in database:
            folder.inside(database)
        request = Request(self.request, data, database, out, yes=True)
        desk = nodes.desk(request, folder.root, lambda card: "accept" if self.out else "reject")
        found = work(request, folder.root, desk)
        if found.refusal:
            raise Refused(found.refusal)
        if found.questions:
            raise Refused(
                " ".join(found.questions), valid=folder.recipes(), then="call it again with what was asked for"
            )
        verdict = found.verdict
        head = {
            "written": found.written.as_posix() if found.written else None,
            "reached": _LEVELS[verdict.level] if verdict else None,
            "not_understood": list(found.unread),
            "may_serve_it": list(found.serving),
            "assumed": list(found.assumptions),
            "unmet": [*verdict.unmet, *(each.sentence for each in verdict.errors)] if verdict else None,
        }
        return paged(head, "recipe", (found.recipe or "").split("\n"), self.start)


def _confined(text: str, folder: Folder, file: Path) -> None:
    """Refuse a recipe that names a file outside the folder: its rows would be shown."""
    from dfcli.agent.outline import outline

    there = outline(text)
    if there is None:
        return
    home = (folder.root / file).parent
    for each in _texts([*there.blocks.values(), *(step.keys for step in there.steps)]):
        found = home / each
        if len(each) < _LONGEST_PATH and not found.resolve().is_relative_to(folder.root) and found.exists():
            raise Refused(f"the recipe reads {each}, which lies outside the folder that this server works in")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\x00" not in value:
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _texts(each))


def _asks(folder: Folder, path: str) -> bool:
    """Tell whether a recipe asks models; one that cannot be loaded does not."""
    from dfcli.errors import RecipeError
    from dfcli.ops.prompted import Prompted
    from dfcli.recipes.load import read

    try:
        recipe = read(folder.text(path), folder.root / folder.inside(path))
    except RecipeError:
        return False
    return any(isinstance(step.operator, Prompted) or step.operator.embeds for step in recipe.flat())


def _tried(folder: Folder, path: str, start: int, *, upto: Level, rows: int = 20, usd: float = 0.0) -> dict[str, Any]:
    from dfcli.agent.sample import Sampling
    from dfcli.agent.verify import verify

    text, file = folder.text(path), folder.inside(path)
    _confined(text, folder, file)
    name = hashlib.sha256(file.as_posix().encode()).hexdigest()[:12]
    sampling = Sampling(rows=rows, usd=usd or None, runs=folder.runs)
    scratch = folder.runs / "agent" / f"tools-{name}"
    verdict = verify(text, (folder.root / file).parent, scratch, upto=upto, sampling=sampling)
    head = {
        "reached": _LEVELS[verdict.level],
        "rows_in": verdict.rows_in,
        "rows_out": verdict.rows_out,
        "wrong": _issues(verdict.errors),
        "warnings": _issues([each for each in verdict.issues if each.severity == "warning"])[:3],
        "unmet": list(verdict.unmet),
        "steps": [asdict(each) for each in verdict.flow],
        "calls": verdict.calls,
        "usd": verdict.usd,
    }
    wrong = verdict.errors or verdict.unmet
    head["then"] = "mend it with edit_recipe" if wrong else "run_sample, or `dfcli run` in a shell"
    return paged(head if not start else {}, "rows", list(_rows(verdict)), start)


def _rows(verdict: Verdict) -> Iterator[Mapping[str, Any]]:
    """Yield rows before and after, or only after where nobody knows which became which."""
    from dfcli.agent.profile import shown

    for number, after in enumerate(verdict.after):
        before = {"before": shown(verdict.before[number])} if number < len(verdict.before) else {}
        yield {**before, "after": shown(after)}


def _issues(issues: Sequence[Issue]) -> list[dict[str, str]]:
    return [{"step": each.step, "sentence": each.sentence} for each in issues][:5]
