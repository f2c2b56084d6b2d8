"""What a skill is: it reads its part of a request, and builds steps of a recipe from what it read.

Skills are asked in the order of `skills.ALL`; what one takes of the request the next do not see. They know the data by
its profile only, so nothing that stands in a row can change what is read.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

ROWS, CLEAN, MEASURE, PRIVACY, DEDUP, WRITE, JUDGE, CHOOSE, ORDER, SHAPE, OUTPUT = range(10, 120, 10)
"""The places of skills in a recipe: what is cheap comes first, models are asked late, columns take their shape last."""

_NOT = re.compile(
    r"(?:\b(?:don'?t|do not|without|no need (?:to|for)|never|skip(?: the)?|not|no)"
    r"(?: (?:want|need|to|any|do|the|perform|apply|use|a|be|him|them|it))*|不要|请?别|无需"
    r"|不用|不需要|不必|先不)\s*(?:做|进行)?\s*$",
    re.A | re.I,
)
DROP = (
    r"(?:drop|remov(?:e|ing)|filter(?:ing)? out|filter(?:ing)? (?:away|off)|discard|exclud(?:e|ing)|delete|get rid of"
    r"|throw (?:away|out)|toss|kick out|eliminate|strip|skip|weed out|ditch|reject|cut|purge|lose)"
)
KEEP = (
    r"(?:keep(?:ing)?|retain|only|just|leave|select|pick|choose|want|include|restrict to"
    r"|limit(?:ed)? to|must (?:be|have))"
)
DROP_ZH = r"(?:去掉|去除|删除|删掉|过滤掉|剔除|丢弃|丢掉|移除|排除|清除|筛掉|扔掉|滤掉|不要)"
KEEP_ZH = r"(?:保留|只要|只留|留下|选出|筛选出?|挑出|挑选|仅要|需要|仅)"
_POLARITY = re.compile(
    rf"\b(?P<drop>{DROP})\b|\b(?P<keep>{KEEP})\b|(?P<drop_zh>{DROP_ZH})|(?P<keep_zh>{KEEP_ZH})", re.A | re.I
)


class Skill(ABC):
    """One kind of thing that requests ask for."""

    name: ClassVar[str]
    stage: ClassVar[int]

    @abstractmethod
    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield what the request asks for of this kind, and take its words."""

    @abstractmethod
    def build(self, wish: Wish, draft: Draft) -> None:
        """Add to a recipe what a wish needs."""

    def place(self, wish: Wish) -> float:
        """Return where among the steps a wish is built, unless words of order say otherwise."""
        return self.stage

    def wish(self, text: Text, start: int, end: int, **options: Any) -> Wish:
        """Take a part of the request, and a negation right before it; return the wish that it is."""
        negated = _NOT.search(text.before(start))
        turn = text.turn(start)
        said = text.take(start - len(negated[0]) if negated else start, end)
        return Wish(self.name, options, said, start, turn, excluded=negated is not None)


def drops(text: Text, start: int, *, default: bool) -> bool:
    """Tell whether what stands at a place is to leave: by the last verb before it, or right after it."""
    words = text.before(start)
    found = list(_POLARITY.finditer(words))
    if not found:
        found = [
            match
            for match in _POLARITY.finditer(text.before(start, far=True))
            if match["drop"] or match["drop_zh"] or match["keep"] or match["keep_zh"]
        ]
    if found:
        last = found[-1]
        return bool(last["drop"] or last["drop_zh"])
    after = re.search(
        rf"{DROP_ZH}|{KEEP_ZH}|\b(?:should|must|can) (?:be )?(?:go|dropped|removed|leave)\b|\bout\b",
        text.after(start),
        re.A | re.I,
    )
    if after is not None:
        return re.fullmatch(KEEP_ZH, after[0]) is None
    return default
