"""Wishes about numbers and dates that stand in columns: bounds, days from or until when, and named values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.numbers import number
from dfcli.agent.profile import Column, Profile
from dfcli.agent.skills import condition_steps
from dfcli.agent.skills.base import ROWS, Skill, drops
from dfcli.agent.skills.bounds import BETWEEN, ONE, SUFFIXED, bound, demanded, kept
from dfcli.agent.skills.conditions import later
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text, unquoted

_BE = (
    r"(?:\s*(?:column|field|values?|scores?|counts?|must|should|has|have|lie|fall|stay|within|somewhere|is"
    r"|are|was|were|of|in|being|to be|must be|should be|has to be|lies?"
    r"|stands? at|amounts? to|equals?|列|字段|的?值|数值|为|是|在|要|必须|得|应|应该|需|需要|达到|大概|:|：))*\s*"
)
_LENGTH = r"(?!\s*(?:words?|char\w*|tokens?|sentences?|lines?|letters?|个?字符?|个?词|个?单词|个?句|%|％))"
_POINTS = (
    r"(?:\s*(?:times|inclusive(?:ly)?|\(?(?:both )?(?:ends )?included\)?|points?|stars?|out of (?:\d+|ten"
    r"|five)|/ ?(?:5|10|100)|分|星|元|岁|次|个|块钱?|年|含))*"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_DATE = (
    rf"(?P<day>(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH} (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?\d{{4}}|"
    + r"\d{4}(?:[-/.年]\d{1,2}(?:[-/.月]\d{1,2})?)?)(?:\s*[年月日号])?"
)
_SINCE = r"(?:since|from|starting(?: from| in)?|on or after|not before|no (?:earlier|older) than|newer than or from)"
_EARLIER = r"(?:before|until|prior to|earlier than|older than)"


_INCLUSIVE = (
    r"[(（]\s*(?:含|包括|包含)?\s*(?:\d{4}|当)\s*年?\s*(?:的|当年|本身)?\s*(?:也算|在内|也要|也包括)?\s*[)）]"
    r"|[(（](?:including \d{4}|\d{4} (?:included|inclusive|too|counts too)|inclusive)[)）]"
)
"""That the year itself is meant as well, as it always is."""


class Measures(Skill):
    """Rows by the numbers and days in their columns."""

    name = "measures"
    stage = ROWS

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per comparison with a column of numbers, or with one of days."""
        columns = [each for table in profile.tables for each in table.columns]
        numbers = [each for each in columns if each.type in ("int", "float") or each.role == "score"]
        yield from self._bounded(text, profile, [*numbers, *_numerals(text, columns, numbers)])
        days = [each for each in columns if each.role == "date"]
        if days:
            yield from self._dated(text, profile, days)

    def _bounded(self, text: Text, profile: Profile, numbers: list[Column]) -> Iterator[Wish]:
        names = text.spelled([each.name for each in numbers])
        if not names:
            return
        column = rf"(?:(?:the )?(?:number|count|amount) of )?(?P<col>{names})"
        low = BETWEEN.replace("(?:(?:between", "(?:\\s*(?:between")
        for found in text.find(
            rf"{column}{_BE}(?P<low>{{N}})\s*(?:or|and|/|,|、|和|或者?|或)\s*(?P<high>{{N}})(?![\d.%％]){_LENGTH}{_POINTS}"
        ):
            if re.search(r"between|from|range|在|介于|之间", text.said[found.start() : found.end() + 3], re.I) is None:
                name = text.named(f"`{unquoted(found['col'])}`")[0]
                drop = drops(text, found.start(), default=False)
                values = [str(number(found["low"])), str(number(found["high"]))]
                yield self.wish(text, found.start(), found.end(), column=name, values=values, negated=drop)
        for pattern in (
            rf"{column}{_BE}(?:{low}){_LENGTH}{_POINTS}",
            rf"{column}{_BE}(?:{ONE}){_LENGTH}{_POINTS}",
            rf"{column}{_BE}(?:{SUFFIXED.replace(')(?:', '){_POINTS}(?:', 1)}){_LENGTH}",
            rf"{column}{_BE}(?P<m>{{N}}){_POINTS}\s*(?P<ge2>or (?:more|above|higher|better|greater|up)|and (?:above|up"
            r"|higher|more)|\+|plus\b|(?:及|或者?|和)?(?:以上|更高)|起)(?:的|者)?",
            rf"{column}{_BE}(?P<m>{{N}}){_POINTS}\s*(?P<le2>or (?:less|fewer|below|lower|under)|and (?:below|less"
            rf"|lower)"
            r"|(?:及|或者?|和)?(?:以下|以内|更低)|封顶)(?:的|者)?",
            rf"(?:{ONE})\s*(?:in |for |的)?(?:the )?{column}",
            rf"(?:{BETWEEN})\s*{column}",
            rf"(?P<m>{{N}})\s*(?P<ge2>\+|or more|plus) {column}",
        ):
            for found in text.find(pattern):
                yield self._wish(text, profile, found, numbers)

    def _wish(self, text: Text, profile: Profile, found: re.Match[str], numbers: list[Column]) -> Wish:
        drop = drops(text, found.start(), default=False, listed=not demanded(found))
        whole = bound(found)
        limits = kept(whole, drop=drop)
        name = text.named(f"`{unquoted(found['col'])}`")[0]
        column = next((each for each in numbers if each.name == name), None)
        return self.wish(
            text,
            found.start(),
            found.end(),
            column=name,
            low=limits.low,
            high=limits.high,
            open=limits.open,
            outside=drop and whole.outside() is None,
            later=later(column, profile) if column else 0,
        )

    def _dated(self, text: Text, profile: Profile, days: list[Column]) -> Iterator[Wish]:
        """Yield a wish per day from or until which rows are kept: `from 2024-03 onwards`, 2023年以后."""
        named = r"(?:(?P<col>{COL})\s*(?:is|are|was|were|在|为|是|:)?\s*)?(?:(?:published|written|posted|created|dated"
        named += r"|made|crawled|发布|发表|创建|写)(?:于|在)?\s*)?"
        for found in text.find(_INCLUSIVE):
            text.take(found.start(), found.end())
        for sign, pattern in (
            (
                ">=",
                rf"{named}{_SINCE} {_DATE}(?: (?:on(?:wards?)?|and later|or later|and after))?(?! ?(?:to|-|–"
                rf"|until|and))",
            ),
            (
                ">=",
                rf"{named}(?:在)?{_DATE}\s*(?:及|和|或)?(?:以后|之后|以来|起|开始)(?:(?:发布|发表|创建|写|出版|更新)?的)?",
            ),
            (">=", rf"{named}{_DATE} (?:or|and) (?:later|newer|after)"),
            ("<", rf"{named}{_EARLIER} {_DATE}"),
            ("<", rf"{named}(?:在)?{_DATE}\s*(?:以前|之前)(?:的)?"),
            (">", rf"{named}(?:after|later than|newer than) {_DATE}"),
            ("in", rf"{named}(?:in|during|from) (?:the year )?(?P<day>(?:19|20)\d\d)(?!\d|[-/.])"),
            ("in", rf"{named}(?P<day>(?:19|20)\d\d)\s*年(?!\s*(?:以|之|起))(?:的|内|发布|发表)*"),
        ):
            for found in text.find(pattern):
                column = next(iter(text.named(found["col"])), days[0].name)
                if column in {each.name for each in days}:
                    drop = drops(text, found.start(), default=False)
                    day = _iso(found["day"])
                    yield self.wish(text, found.start(), found.end(), column=column, sign=sign, day=day, drop=drop)

    def place(self, wish: Wish) -> float:
        """Return a place among the first; a column of another file is there once that is joined."""
        return self.stage + float(wish.options.get("later", 0))

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add a `where` step; rows that meet the condition stay."""
        if "day" in wish.options:
            condition_steps.day(wish, draft)
        else:
            condition_steps.add(wish, draft)


def _iso(said: str) -> str:
    """Return a day, month or year as ISO 8601 writes it: `March 2024` is 2024-03."""
    numbers = re.findall(r"\d+", said)
    month = next((at for at, each in enumerate(_MONTHS, 1) if each in said.lower()), None)
    parts = numbers if month is None else [numbers[-1], str(month), *numbers[:-1]]
    return "-".join(f"{int(each):02d}" for each in parts)


def _numerals(text: Text, columns: list[Column], numbers: list[Column]) -> list[Column]:
    """Return columns of short texts that the request compares with numbers: they hold numbers as text."""
    short = [each for each in columns if each.type == "str" and (each.mean_chars or 99) <= 12 and each not in numbers]
    return [each for each in short if each.role != "date" and not each.values]
