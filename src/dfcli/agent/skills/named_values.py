"""Wishes about rows by the values of their categories, one or several: `only physics and history`, 论坛来的不要."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.profile import Column, Profile
from dfcli.agent.skills.base import drops, has_verb
from dfcli.agent.skills.conditions import Conditions, later
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_AND = r"(?:\s*(?:,\s*(?:and|or)\b|,|，|、|/|&|\+|和|与|及|以及|或者?|跟)\s*|\s+(?:and|or|plus)\s+)"
_LEAD = (
    r"(?:(?:(?:rows?|records?|ones|those|examples?|samples?|pairs?|entries|items|questions?|documents?|pages?|articles?"
    r"|posts?|texts?|data)\s+)?(?:(?:that|which) (?:are|were|is|was|come|comes|came)\s*)?(?:(?:written"
    r"|made|created|produced|authored"
    r"|labell?ed|tagged|marked|classified|filed|flagged|coming)\s+)?(?:from|by|as|of|in|about|on|under"
    r"|with|belonging to)"
    r"\s+(?:the |an? )?(?:(?:categor(?:y|ies)|class|type|topic|source|label|group)s?\s+)?)?"
)
_NOT = (
    r"(?P<not>(?:that (?:are|is) )?(?:non[- ]|not |isn'?t |aren'?t |is not |are not |anything (?:but|other than) "
    r"|everything (?:but|except) |other than |except(?: for)? |besides |apart from )|非|不是|除了?|不属于)?\s*"
)
_TAIL = (
    r"(?:(?:[ -]|的)*(?:generated|written|based|related|labell?ed|made|tagged|rows?|records?|ones"
    r"|articles?|posts?|reviews?|tickets?|items|examples?|entries|samples?|documents?"
    r"|questions?|categor(?:y|ies)|class(?:es)?|labels?|messages|pairs?|orders?|pages?|topics?|sources?|only|data|来源|来"
    r"|两?类别?|三类|题目?|方面|相关|之外|以外|外|数据|文章|新闻|评论|行|样本|部分|问题|订单|记录|内容|类型)(?![a-z]))*\s*的?"
)


class NamedValues(Conditions):
    """Rows whose category is one of those named."""

    name = "named_values"

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per list of values of one column that the request keeps or drops."""
        for table in profile.tables:
            for column in table.columns:
                if column.values and column.role not in ("text", "date"):
                    yield from self._of(text, column, profile)

    def _of(self, text: Text, column: Column, profile: Profile) -> Iterator[Wish]:
        values = sorted((each for each in column.values if len(each.strip()) > 1), key=lambda each: (-len(each), each))
        if not values:
            return
        one = rf"[\"'“‘「]?(?:{'|'.join(map(_spelled, values))})[\"'”’」]?"
        name = text.spelled([column.name])
        around = rf"(?:{name}\s*(?:is|are|=|==|:|in|为|是|属于|equals?)?\s*(?:either |one of |any of )?[(\[]?\s*)?"
        for found in text.find(
            rf"{around}{_LEAD}{_NOT}{around.replace('(?:is|are', '(?:is|are|of')}(?:[\u4e00-\u9fff]{{1,3}}[(（])?"
            rf"(?P<values>{one}(?:{_AND}{one})*)[)）\]]?{_TAIL}(?:(?:的)?{name})?"
        ):
            at = found.start("values")
            if not self._meant(text, found, at):
                continue
            said = {each.lower(): each for each in values}
            pattern = "|".join(map(_spelled, values))
            named = [_actual(each[0], said) for each in re.finditer(pattern, found["values"], re.I)]
            drop = drops(text, at, default=False)
            yield self.wish(
                text,
                found.start(),
                found.end(),
                column=column.name,
                values=list(dict.fromkeys(named)),
                negated=(found["not"] is not None) != drop,
                later=later(column, profile),
            )

    def _meant(self, text: Text, found: re.Match[str], at: int) -> bool:
        """Tell whether the request keeps or drops by the values, and does not merely hold the same words."""
        return (
            has_verb(text, at)
            or re.search(r"\b(?:need|after|want)\b", text.before(at)) is not None
            or bool(found["not"])
            or re.search(r"\bonly\b|来的", found[0] + text.after(at), re.I) is not None
        )


def _spelled(value: str) -> str:
    """Return a pattern for a value, an English word in any number."""
    spelled = re.escape(value).replace(r"\ ", r"\s+").replace("_", "[_ ]")
    return rf"(?<![A-Za-z0-9_]){spelled}s?(?![A-Za-z0-9_])" if value.isascii() else spelled


def _actual(said: str, values: dict[str, str]) -> str:
    plain = re.sub(r"\s+", " ", said.lower())
    spaced = {key.replace("_", " "): value for key, value in values.items()}
    for each in (plain, plain.removesuffix("s")):
        if each in values or each in spaced:
            return values.get(each) or spaced[each]
    return said
