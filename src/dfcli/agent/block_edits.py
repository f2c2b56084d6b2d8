"""Typed edits of what a recipe says besides its steps: models, budget, input, output, checks, variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from dfcli.agent import splices
from dfcli.agent.spans import EditError, compose, pairs, value_of

_BLOCKS = ("name", "doc", "seed", "vars", "models", "budget", "input", "output", "operators", "steps", "checks")


class TypedEdit(BaseModel):
    """One change of a recipe's text, as plain data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def on(self, text: str) -> str:
        """Return the text with the change; EditError says why it cannot be made."""
        raise NotImplementedError


class SetModel(TypedEdit):
    """Say which model serves a role: its name, or a mapping with `model` and how it is asked."""

    edit: Literal["set_model"] = "set_model"
    role: str = Field(min_length=1)
    model: str | dict[str, Any]

    def on(self, text: str) -> str:
        """Return the text with the model in its role."""
        return _set_in(text, "models", self.role, self.model)


class SetBudget(TypedEdit):
    """Bound what a run may use: `usd`, `calls` or `tokens`. Only people do: it is none of the edits of a model."""

    edit: Literal["set_budget"] = "set_budget"
    kind: Literal["usd", "calls", "tokens"]
    value: float = Field(gt=0)

    def on(self, text: str) -> str:
        """Return the text with the bound."""
        value = int(self.value) if self.value == int(self.value) else self.value
        return _set_in(text, "budget", self.kind, value)


class SetInput(TypedEdit):
    """Say where rows come from; what is not given stays, null takes it away."""

    edit: Literal["set_input"] = "set_input"
    path: str | tuple[str, ...] | None = None
    database: str | None = None
    query: str | None = None
    format: str | None = None
    columns: dict[str, Any] | None = None

    def on(self, text: str) -> str:
        """Return the text with the input."""
        return _set_block(text, "input", self.model_dump(mode="json", exclude_unset=True, exclude={"edit"}))


class SetOutput(TypedEdit):
    """Say where rows go and in which form; what is not given stays, null takes it away."""

    edit: Literal["set_output"] = "set_output"
    path: str | None = None
    format: str | None = None
    columns: tuple[str, ...] | None = None
    fields: dict[str, str] | None = None

    def on(self, text: str) -> str:
        """Return the text with the output."""
        return _set_block(text, "output", self.model_dump(mode="json", exclude_unset=True, exclude={"edit"}))


class AddCheck(TypedEdit):
    """Add a check of the result: of `rows`, of `each` row, or of a column. Those that are there stay."""

    edit: Literal["add_check"] = "add_check"
    subject: str = Field(min_length=1)
    phrase: str = Field(min_length=1)

    def on(self, text: str) -> str:
        """Return the text with the check."""
        there = value_of(compose(text), "checks", self.subject)
        if there is None:
            return _set_in(text, "checks", self.subject, self.phrase)
        if isinstance(there, SequenceNode):
            if any(each.value == self.phrase for each in there.value):
                return text
            return splices.insert_entry(text, there, len(there.value), self.phrase)
        if there.value == self.phrase:
            return text
        return _set_in(text, "checks", self.subject, [there.value, self.phrase])


class SetVar(TypedEdit):
    """Give a variable its default, declared where it is not yet."""

    edit: Literal["set_var"] = "set_var"
    name: str = Field(min_length=1)
    default: Any

    def on(self, text: str) -> str:
        """Return the text with the default."""
        there = value_of(compose(text), "vars", self.name)
        if isinstance(there, MappingNode):
            return splices.set_key(text, there, "default", self.default)
        return _set_in(text, "vars", self.name, self.default)


def _set_in(text: str, block: str, key: str, value: Any) -> str:
    """Return a text with a key of a block of the recipe set, the block made where there is none."""
    root = compose(text)
    node = value_of(root, block)
    if node is None:
        return splices.insert_block(text, root, block, {key: value}, _BLOCKS)
    if not isinstance(node, MappingNode):
        raise EditError(f"{block} is no mapping")
    return splices.set_key(text, node, key, value)


def _set_block(text: str, block: str, given: Mapping[str, Any]) -> str:
    """Return a text with keys of `input` or `output` set; a path alone stays a path."""
    for key, value in given.items():
        root = compose(text)
        node = value_of(root, block)
        if value is None:
            if isinstance(node, MappingNode) and key in pairs(node):
                text = splices.unset_key(text, node, key)
        elif node is None:
            text = splices.insert_block(text, root, block, value if key == "path" else {key: value}, _BLOCKS)
        elif isinstance(node, MappingNode):
            text = splices.set_key(text, node, key, value)
        else:
            path = node.value if isinstance(node, ScalarNode) else [each.value for each in node.value]
            text = splices.set_key(text, root, block, value if key == "path" else {"path": path, key: value})
    return text
