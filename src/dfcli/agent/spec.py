"""A request, understood: what is wished for, in the request's own order, and what could not be read.

Each `Wish` is for one skill (see `agent.skills`), which builds steps of a recipe from it and says by which `checks` the
result can be measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Wish:
    """One thing that the request asks for.

    `said` are its words in the request, `at` their place there. `turn` counts the words of order before it ("then",
    "最后"): a wish of a later turn is done later. One that is `excluded` must not be done.
    """

    skill: str
    options: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    at: int = 0
    turn: int = 0
    excluded: bool = False


@dataclass(frozen=True)
class Spec:
    """A request as data.

    `unread` are the parts of the request that no skill understood; `questions` what must be known before anything can
    be planned; `refusal` why it will not be done at all.
    """

    request: str
    wishes: tuple[Wish, ...] = ()
    unread: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def wanted(self) -> tuple[Wish, ...]:
        """The wishes that are to be done, in the order of the request."""
        out = {_subject(each) for each in self.wishes if each.excluded}
        return tuple(each for each in self.wishes if not each.excluded and _subject(each) not in out)


def _subject(wish: Wish) -> tuple[Any, ...]:
    """Return what a wish is about: what must not be done to one column may be done to another."""
    return wish.skill, wish.options.get("op"), wish.options.get("column")
