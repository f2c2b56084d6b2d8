"""Typed edits of a recipe's text, a closed set: what is not touched stays as it was written, comments and all.

Each edit is plain data, so that a model can be asked for a list of them by JSON Schema. Steps are named by id, those
inside a `repeat` too, or by number. No edit changes or removes a check, but for the name of a column that is renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from dfcli.agent import mending, renaming, splices
from dfcli.agent.block_edits import AddCheck, SetInput, SetModel, SetOutput, SetVar, TypedEdit
from dfcli.agent.spans import EditError, Spot, compose, find, pairs, seek, spots, value_of
from dfcli.ops.sentences import sentences

__all__ = [
    "EDITS",
    "AddCheck",
    "Edit",
    "EditError",
    "SetInput",
    "SetModel",
    "SetOutput",
    "SetVar",
    "apply",
    "edits_from",
]

StepName = Annotated[str | int, Field(description="The id of a step, or its number, from 1.")]


class SetOption(TypedEdit):
    """Set an option of a step's operator, or one of the step's own keys but for its conditions."""

    edit: Literal["set_option"] = "set_option"
    step: StepName
    name: str
    value: Any

    def on(self, text: str) -> str:
        """Return the text with the option set."""
        text, spot = _opened(text, self.step)
        if self.name == "id" and self.value != spot.id:
            ids = [each.id for each in spots(compose(text), text)]
            if self.value in ids:
                raise EditError(f"another step has the id {self.value!r} already")
        return splices.set_key(text, spot.node, self.name, self.value)


class UnsetOption(TypedEdit):
    """Take an option away from a step, so that its default holds."""

    edit: Literal["unset_option"] = "unset_option"
    step: StepName
    name: str

    def on(self, text: str) -> str:
        """Return the text without the option."""
        root = compose(text)
        spot = find(root, text, self.step)
        known = pairs(spot.node)
        if self.name not in known or self.name in ("op", "repeat", "recipe", "steps"):
            given = ", ".join(each for each in known if each != "op") or "none"
            raise EditError(f"step {spot.id!r} has no option {self.name!r} to take away; it has {given}")
        return splices.unset_key(text, spot.node, self.name)


class SetCondition(TypedEdit):
    """Set or take away (null) a step's `keep` or `when`, or the `until` of a loop."""

    edit: Literal["set_condition"] = "set_condition"
    step: StepName
    key: Literal["keep", "when", "until"]
    condition: str | None

    def on(self, text: str) -> str:
        """Return the text with the condition set."""
        if self.condition is None:
            return UnsetOption(step=self.step, name=self.key).on(text)
        text, spot = _opened(text, self.step)
        if (self.key == "until") != ("repeat" in pairs(spot.node)):
            raise EditError(f"step {spot.id!r} takes no {self.key}: until belongs to a repeat, keep and when to others")
        return splices.set_key(text, spot.node, self.key, self.condition)


class RenameColumn(TypedEdit):
    """Use another column wherever a column is named, or read or written by default."""

    edit: Literal["rename_column"] = "rename_column"
    old: str = Field(min_length=1)
    new: str = Field(min_length=1)

    def on(self, text: str) -> str:
        """Return the text with the other name."""
        text, defaults = renaming.renamed(text, self.old, self.new)
        for step, name in defaults:
            text = SetOption(step=step, name=name, value=self.new).on(text)
        return text


class InsertStep(TypedEdit):
    """Put a step in: after or before another one, or as the first or last."""

    edit: Literal["insert_step"] = "insert_step"
    step: dict[str, Any] | str = Field(description="The step as a recipe has it: {op: …}, or a bare name.")
    after: StepName | None = None
    before: StepName | None = None
    place: Literal["first", "last"] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> InsertStep:
        if sum(each is not None for each in (self.after, self.before, self.place)) != 1:
            raise ValueError("say one of after, before and place")
        return self

    def on(self, text: str) -> str:
        """Return the text with the step in it."""
        root = compose(text)
        if self.place is not None:
            siblings = value_of(root, "steps")
            if not isinstance(siblings, SequenceNode):
                raise EditError("the recipe has no list of steps")
            index = 0 if self.place == "first" else len(siblings.value)
        else:
            siblings, index = _place(root, text, self.after, self.before)
        return splices.insert_entry(text, siblings, index, self.step)


class RemoveStep(TypedEdit):
    """Take a step out."""

    edit: Literal["remove_step"] = "remove_step"
    step: StepName

    def on(self, text: str) -> str:
        """Return the text without the step."""
        return splices.remove_entry(text, find(compose(text), text, self.step))


class ReplaceStep(TypedEdit):
    """Put another step in the place of one."""

    edit: Literal["replace_step"] = "replace_step"
    step: StepName
    by: dict[str, Any] | str = Field(description="The step as a recipe has it: {op: …}, or a bare name.")

    def on(self, text: str) -> str:
        """Return the text with the other step."""
        return splices.replace_entry(text, find(compose(text), text, self.step), self.by)


class MoveStep(TypedEdit):
    """Move a step behind or before another one of the same list."""

    edit: Literal["move_step"] = "move_step"
    step: StepName
    after: StepName | None = None
    before: StepName | None = None

    @model_validator(mode="after")
    def _one_place(self) -> MoveStep:
        if (self.after is None) == (self.before is None):
            raise ValueError("say one of after and before")
        return self

    def on(self, text: str) -> str:
        """Return the text with the step at its other place."""
        root = compose(text)
        spot = find(root, text, self.step)
        siblings, index = _place(root, text, self.after, self.before)
        if siblings is not spot.siblings:
            raise EditError(f"step {spot.id!r} can only move within its own list of steps")
        return splices.move_entry(text, spot, index - (spot.index < index))


class SetOperator(TypedEdit):
    """Give a step another operator, its options left as they are."""

    edit: Literal["set_operator"] = "set_operator"
    step: StepName
    op: str

    def on(self, text: str) -> str:
        """Return the text with the other operator."""
        spot = find(compose(text), text, self.step)
        if isinstance(spot.node, ScalarNode):
            return splices.replace_entry(text, spot, self.op)
        if "op" not in pairs(spot.node):
            raise EditError(f"step {spot.id!r} has no operator that could be another")
        return splices.set_key(text, spot.node, "op", self.op)


class RenameOption(TypedEdit):
    """Give an option of a step, or a key of a block of the recipe, another name; its value stays."""

    edit: Literal["rename_option"] = "rename_option"
    step: StepName | None = Field(default=None, description="None for a key of the recipe or of one of its blocks.")
    block: str = Field(default="", description="The block of the key, such as output; empty for the recipe itself.")
    old: str
    new: str

    def on(self, text: str) -> str:
        """Return the text with the other name."""
        root = compose(text)
        node = find(root, text, self.step).node if self.step is not None else value_of(root, *_keys(self.block))
        known = pairs(node) if node is not None else {}
        if "checks" in (self.block, self.old):
            raise EditError("a check stays as it is")
        if self.old not in known:
            raise EditError(f"there is no {self.old!r} here; there is {', '.join(known) or 'nothing'}")
        if self.new in known:
            raise EditError(f"there is {self.new!r} already")
        key, _ = known[self.old]
        splice = splices.Splice(int(key.start_mark.index), int(key.end_mark.index), self.new)
        return splices.spliced(text, [splice])


class SetPrompt(TypedEdit):
    """Write the prompt of a step with `ask`, or the rubric of one with `judge`."""

    edit: Literal["set_prompt"] = "set_prompt"
    step: StepName
    prompt: str = Field(min_length=1)

    def on(self, text: str) -> str:
        """Return the text with the prompt."""
        spot = find(compose(text), text, self.step)
        options = renaming.options_of(spot.op)
        name = next((each for each in ("prompt", "rubric", "template") if each in options), None)
        if name in (None, "template"):
            raise EditError(f"step {spot.id!r} has no prompt of its own: {spot.op or 'it'} takes a file, as template")
        return SetOption(step=self.step, name=str(name), value=self.prompt).on(text)


class MergeKeys(TypedEdit):
    """Make one of a key that stands twice: conditions by `and`, checks as a list, otherwise the first or last stays."""

    edit: Literal["merge_keys"] = "merge_keys"
    line: int = Field(ge=1, description="The line of the key that stands there for the second time.")
    stays: Literal["first", "last"] = "last"

    def on(self, text: str) -> str:
        """Return the text with one key."""
        return mending.merged(text, self.line, self.stays)


class MendLine(TypedEdit):
    """Write a line anew, as where it is no YAML: only quotes, colons, dashes and spaces may change."""

    edit: Literal["mend_line"] = "mend_line"
    line: int = Field(ge=1)
    text: str

    def on(self, text: str) -> str:
        """Return the text with the other line."""
        return mending.mended(text, self.line, self.text)


EDITS: tuple[type[TypedEdit], ...] = (
    *(SetOption, UnsetOption, SetCondition, RenameOption, RenameColumn, SetOperator, SetPrompt),
    *(InsertStep, RemoveStep, ReplaceStep, MoveStep, SetModel, SetInput, SetOutput, AddCheck, SetVar),
    *(MergeKeys, MendLine),
)
Edit = Annotated[
    SetOption
    | UnsetOption
    | SetCondition
    | RenameOption
    | RenameColumn
    | SetOperator
    | SetPrompt
    | InsertStep
    | RemoveStep
    | ReplaceStep
    | MoveStep
    | SetModel
    | SetInput
    | SetOutput
    | AddCheck
    | SetVar
    | MergeKeys
    | MendLine,
    Field(discriminator="edit"),
]


def apply(text: str, edits: Sequence[TypedEdit]) -> str:
    """Return a recipe's text after edits, one after the other; EditError says which cannot be made, and why."""
    for each in edits:
        changed = each.on(text)
        if not isinstance(each, MendLine):
            compose(changed)
        text = changed
    return text


def edits_from(data: Any) -> list[Edit]:
    """Return the edits that plain data holds, such as a model's reply; EditError says what is wrong with it."""
    try:
        return TypeAdapter(list[Edit]).validate_python(data)
    except ValidationError as error:
        found = [each.sentence for each in sentences(error, data)][:5]
        raise EditError(f"these are no edits: {'; '.join(found)}") from error


def _opened(text: str, step: str | int) -> tuple[str, Spot]:
    """Return a text in which a step is a mapping, and that step."""
    text = splices.as_mapping(text, find(compose(text), text, step))
    return text, find(compose(text), text, step)


def _place(root: MappingNode, text: str, after: str | int | None, before: str | int | None) -> tuple[SequenceNode, int]:
    """Return the list and the index in it that are meant."""
    spot = seek(root, text, after if after is not None else before if before is not None else "")
    return spot.siblings, spot.index + (after is not None)


def _keys(block: str) -> list[str]:
    return [each for each in block.split(".") if each]
