"""Wishes about values that are of no use: no text, no usable rating, a price that is no number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, DROP_ZH, ROWS, Skill
from dfcli.agent.skills.condition_steps import filled
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_NUMERIC = (
    r"(?:ratings?|scores?|stars?|grades?|prices?|amounts?|votes?|points?|numbers?|texts?|contents?"
    r"|评分|得分|分数|打分|价格|金额|文本|内容)"
)


class Usable(Skill):
    """Rows without usable values leave."""

    name = "usable"
    stage = ROWS

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for values that are to be there, some of which must be numbers."""
        lacks = (
            r"(?:no|without(?: an?)?|missing|an? (?:missing|invalid|unusable|unparsable|broken)"
            r"|invalid|unusable|unparsable)"
        )
        one = rf"(?:(?P<use{{at}}>usable|valid|proper|numeric|real|readable) )?(?P<what{{at}}>{{WHO}}|{_NUMERIC})"
        first, second = one.replace("{at}", "1"), one.replace("{at}", "2")
        for found in text.find(
            rf"(?:{DROP}|ignore)(?: (?:all|any|the|those))*(?: [a-z]+)? (?:with|that have|having|whose"
            rf"|which have) {lacks} {first}"
            rf"(?:,? (?:or|and) (?:{lacks} )?{second})?"
            rf"|(?:没有|缺少|缺)(?P<what1_>{{WHO}}|{_NUMERIC})(?:或者?|、|和)(?:没有|缺少|无)?(?P<use2_>有效|可用|合法)的?(?P<what2_>{{WHO}}|{_NUMERIC})的?"
            rf"(?:都|也|一律)?{DROP_ZH}?"
        ):
            said = found.groupdict()
            whats = [
                (said[f"what{at}"] or said[f"what{at}_"], said.get(f"use{at}") or said.get(f"use{at}_")) for at in "12"
            ]
            if any(use for _, use in whats):
                yield self.wish(
                    text,
                    found.start(),
                    found.end(),
                    there=[(what, text.named(what)[:1], bool(use)) for what, use in whats if what],
                )

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add one step with the conditions."""
        tests = []
        for what, named, usable in wish.options["there"]:
            column = next(iter(draft.known(named)), None) or draft.meant(what) or _called(what, draft)
            if column is None:
                draft.ask(f"Which column holds the {what}? There are {', '.join(draft.columns)}.")
                return
            kind = draft.columns[column]
            numeric = usable and kind == "str" and re.fullmatch(_NUMERIC, what, re.I) is not None
            test = f"try_cast({quoted_name(column)} as double) is not null" if numeric else filled(column, kind)
            tests.append(test)
        draft.step("where", wish.said, condition=" and ".join(tests), reason="unusable")


def _called(what: str, draft: Draft) -> str | None:
    """Return the column that has a word in its name: `rating_str` for a rating; the text for a text."""
    word = what.lower().removesuffix("s")
    named = next((each for each in draft.columns if word in re.split(r"[\W_]+", each.lower())), None)
    return named or (draft.text() if word in ("text", "content") else None)
