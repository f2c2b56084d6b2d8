"""Tools that look things up: operators, templates and recipes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dfcli.commands._tools.answers import Refused, cut, paged
from dfcli.commands._tools.folder import Folder


class Arguments(BaseModel):
    """What a tool takes."""

    model_config = ConfigDict(extra="forbid")


class SearchOperators(Arguments):
    """Find operators, prompt templates and ready-made recipes for a wish in words, English or Chinese; the best first.

    Search before you write a step: there are some 250 operators, and a wish usually has one.
    """

    query: str = Field(min_length=1, description="What is to be done, in a few words: `mask personal information`.")
    kind: Literal["operator", "template", "recipe"] | None = Field(default=None, description="Only these.")
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return what fits, with what it is for."""
        from dfcli.agent.retrieval.cards import KINDS
        from dfcli.agent.retrieval.index import index

        kinds = (self.kind,) if self.kind else KINDS
        hits = index().search(self.query, 40, kinds)
        if not hits:
            raise Refused(
                f"nothing is near {self.query!r}", then="search_operators with other words, or one wish at a time"
            )
        items = [
            {"name": each.card.name, "kind": each.card.kind, "doc": each.card.doc, "near": each.why} for each in hits
        ]
        return paged({}, "found", items, self.start)


class ShowCard(Arguments):
    """Show all there is to know of an operator or template: options with types and defaults, columns, an example."""

    name: str = Field(min_length=1, description="Its name, as search_operators gives it.")
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return the card, its options as pages."""
        from dfcli.commands._operator import describe
        from dfcli.ops.registry import installed

        operators = installed().operators()
        if self.name not in operators:
            raise Refused(
                f"there is no operator {self.name!r}",
                valid=_near(self.name),
                then="search_operators says what there is",
            )
        card = describe(operators[self.name])
        options = [{"option": name, **spec} for name, spec in card["options"].items()]
        if self.start:
            return paged({"name": self.name}, "options", options, self.start)
        keys = ("name", "kind", "doc", "rows", "asks_a_model", "needs", "reads", "writes", "not_for", "recipe")
        head = {key: cut(card[key]) for key in keys}
        return paged({**head, "example": cut(next(iter(card["examples"]), None))}, "options", options)


class ListRecipes(Arguments):
    """List the recipes in the folder and the ready-made ones, which `show_recipe` shows."""

    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return names, each with one line."""
        from dfcli.recipes import zoo

        own = [{"name": name, "doc": "in this folder"} for name in folder.recipes()]
        made = [{"name": name, "doc": zoo.doc(path)} for name, path in sorted(zoo.recipes().items())]
        return paged({}, "recipes", [*own, *made], self.start)


class ShowRecipe(Arguments):
    """Show the text of a recipe: of a file in the folder, or of a ready-made one."""

    name: str = Field(min_length=1, description="A path, or a name as list_recipes gives it.")
    start: int = Field(default=0, ge=0, description="The `next` of the page before.")

    def __call__(self, folder: Folder) -> dict[str, Any]:
        """Return its lines."""
        from dfcli.recipes import zoo

        if self.name in zoo.recipes():
            text = zoo.recipes()[self.name].read_text(encoding="utf-8")
        else:
            text = folder.text(self.name)
        return paged({"name": self.name}, "lines", text.split("\n"), self.start)


def _near(name: str) -> list[str]:
    return list(dict.fromkeys(_candidates(name)))[:12]


def _candidates(name: str) -> Iterator[str]:
    from difflib import get_close_matches

    from dfcli.agent.retrieval.index import index
    from dfcli.ops.registry import installed

    operators = installed().operators()
    yield from get_close_matches(name, operators, n=5)
    yield from (each.card.name for each in index().ranked(name.replace("_", " "))[:10] if each.card.name in operators)
