"""Wishes about what a run may cost: dollars, calls to a model, tokens."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.numbers import number
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import OUTPUT, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_MOST = (
    r"(?:(?:don'?t|do not|never) (?:spend|use|make|pay) (?:more than|over)|(?:must|should|may|can)? ?(?:not|never"
    r"|n't) (?:cost|exceed|take) (?:more than )?"
    r"|(?:spend|use|make|pay|cost|with|within|for)? ?(?:at most|no more than|not more than|up to|under|less than|max"
    r"(?:imum)?(?: of)?"
    r"|(?:an? )?budget(?: is| of|:)?(?: (?:at most|max|under))?)"
    r"|(?:stop|cap(?:ped)?|limit(?:ed)?)(?: (?:it|the (?:cost|run)|costs?))? (?:at|to|after)"
    r"|(?:预算|花费|费用|成本|总共|开销)?\s*(?:最多|不超过|不要超过|别超过|控制在|限制在|上限|为|是|不能超过"
    r"|至多)+\s*(?:花|用|调用)?|预算)"
)
_KINDS = {
    "usd": r"(?:\$ ?(?P<usd>{N})|(?P<usd2>{N})\s*(?:dollars?|usd|\$|bucks|美元|美金|刀))",
    "calls": r"(?:(?:model|llm|api|模型|调用|大模型)\s*)?(?P<calls>{N})\s*(?:(?:model |llm |api )?(?:calls"
    r"|requests)|次(?:模型"
    r"|大模型|api)?\s*(?:调用|请求)?(?=[^\w]|$|以内))",
    "tokens": r"(?P<tokens>{N})\s*(?:个)?\s*tokens?(?: (?:in total|overall|altogether|total))",
}


class Budgets(Skill):
    """What a run may use."""

    name = "budgets"
    stage = OUTPUT

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish per limit."""
        for kind, pattern in _KINDS.items():
            for found in text.find(
                rf"{_MOST}\s*(?:调用)?(?:模型|大模型)?\s*{pattern}(?: (?:in total|total|overall|on (?:it|this|the"
                r" model)"
                r"|max))?(?:以内|之内|内)?"
            ):
                said = found.groupdict()
                value = number(said.get(kind) or said[f"{kind}2"])
                yield self.wish(text, found.start(), found.end(), budget=kind, value=value)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Set the limit; of two of a kind the smaller one holds."""
        kind, value = wish.options["budget"], wish.options["value"]
        draft.budget[kind] = min(value, draft.budget.get(kind, value))
