"""Wishes about chance: the seed that decides what is drawn, so that it is drawn again."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.numbers import number
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import ROWS, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text


class Seeds(Skill):
    """The seed of a recipe."""

    name = "seeds"
    stage = ROWS

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for a seed in numbers; that the same rows are drawn again holds for any recipe."""
        for found in text.find(
            r"[(（]?(?:(?:with|using|use|set|fix|fixed|a|the|random|rng|to|用|设置?|固定|使用)\s*)*(?:\bseed|(?:随机)?种子)"
            r"\s*(?:of|to|is|=|:|：|为|是|设为|设成|用)?\s*(?P<n>\d+)[)）]?"
        ):
            yield self.wish(text, found.start(), found.end(), seed=int(number(found["n"])))
        for found in text.find(
            r"(?:but |and )?(?:(?:keep|make|must be|should be|has to be) )*(?:(?:it|them|this|that|the (?:sample"
            r"|draw|split)) )?"
            r"(?:(?:to )?be )?reproducibl[ey]|(?:in a )?reproducible (?:way|fashion|manner)|(?:保证|确保|要|需要"
            r"|结果)*可(?:复现|重现)"
        ):
            text.take(found.start(), found.end())

    def build(self, wish: Wish, draft: Draft) -> None:
        """Set the recipe's seed."""
        draft.seed = wish.options["seed"]
