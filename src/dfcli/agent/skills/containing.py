"""Wishes about what a text contains, begins or ends with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills import condition_steps
from dfcli.agent.skills.base import ROWS, Skill, drops
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text


class Containing(Skill):
    """Phrases in texts."""

    name = "containing"
    stage = ROWS

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per phrase, or list of phrases, that a text contains, begins or ends with."""
        inside = r"(?: (?:column|field))?\s*(?:里面?|中|内|当中)?\s*"
        quoted = r"[\"'“‘「『`](?P<phrase>[^\"'“”‘’「」『』`]{1,80})[\"'”’」』`]"
        any_quoted = r"[\"'“‘「『`][^\"'“”‘’「」『』`]{1,80}[\"'”’」』`]"
        contains = (
            r"(?:contain(?:s|ing)?|includ(?:es?|ing)|mention(?:s|ing)?|with|has|have|having|that say"
            r"|saying|包含|含有|提到|带有|出现)(?: the)?(?: (?:words?|phrases?|text|strings?|term"
            r"|keyword|词语?|字样|关键词))?"
        )
        starts = r"(?P<way>start(?:s|ing)?|begin(?:s|ning)?|end(?:s|ing)?) with"
        for found in text.find(
            rf"(?:(?P<col>{{COL}})\s*)?(?P<not>(?:does not|doesn'?t|do not|don'?t|not)\s*)?{starts}\s*{quoted}"
        ):
            drop = drops(text, found.start(), default=False)
            column = text.named(found["col"])[0] if found["col"] else None
            yield self.wish(
                text,
                found.start(),
                found.end(),
                phrase=found["phrase"],
                column=column,
                way=found["way"][:3].lower(),
                negated=(found["not"] is not None) != drop,
            )
        for found in text.find(
            rf"(?:(?P<col>{{WHO}}){inside})?(?P<not>(?:does not|doesn'?t|do not|don'?t"
            rf"|must not|should not|may not|not|without|never|不能|不可以?|不得|不应该?|不要|不准|不允许|不|没有"
            rf"|未)\s*)?(?:必须|要|得|应该?|应当)?"
            rf"{contains}\s*{quoted}(?P<more>(?:(?:\s*(?:,|、|，|或者?|和|及|/)\s*|\s*,?\s+or\s+){any_quoted})*)(?:\s*的)?"
        ):
            drop = drops(text, found.start(), default=False)
            yield self.wish(
                text,
                found.start(),
                found.end(),
                phrase=found["phrase"],
                more=[each[1:-1] for each in re.findall(any_quoted, found["more"])],
                column=next(iter(text.named(found["col"])), None),
                who=found["col"] or "",
                negated=(found["not"] is not None) != drop,
            )

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add a `where` step; rows that meet the condition stay."""
        condition_steps.add(wish, draft)
