"""Wishes about the types of columns, and what becomes of values that do not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, SHAPE, Skill, drops
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

COLUMN = r"(?: (?:columns?|fields?)|列|字段|这?两?个?(?:列|字段))?"
TYPES = {
    "int": r"int(?:eger)?s?|whole numbers?|整数",
    "float": r"floats?|doubles?|decimals?|numbers?|numeric|浮点数?|小数|数字|数值",
    "str": r"str(?:ing)?s?|text|字符串|文本",
    "bool": r"bool(?:ean)?s?|布尔值?",
    "date": r"dates?|日期",
    "datetime": r"date-?times?|timestamps?",
}
TYPE = "|".join(f"(?P<{name}>{pattern})" for name, pattern in reversed(TYPES.items()))


class Casting(Skill):
    """Types of columns."""

    name = "casting"
    stage = SHAPE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield wishes for other types."""
        numeral = rf"(?:an? |proper |real |plain |valid )*(?:{TYPE})(?:\s*(?:类型|type|format|column|型))*"
        for pattern in (
            (
                r"(?:convert|cast|change|parse|turn|make|把|将|转换)(?: (?:the|columns?|fields?"
                rf"|type of))*\s*(?P<cols>{{COLS}}){COLUMN} ?(?:(?:in)?to|as|be|转换?(?:成|为)?"
                rf"|变成|改成|改为)?\s*{numeral}"
            ),
            rf"(?P<cols>{{COLS}}){COLUMN} ?(?:(?:(?:should|must|to|has to|needs to) be|(?:in)?to|as"
            rf"|转换?(?:成|为)|变成|改成|改为)\s*){numeral}",
            (
                rf"(?P<cols>{{COLS}}){COLUMN} (?:is|are) (?:an? )?(?:strings?"
                rf"|texts?)(?: with [^.;,]{{1,20}}?"
                r"| in it)?(?: ?\([^()]*\))?\s*[,;–-]+ ?(?:please )?(?:make|turn|convert"
                rf"|cast|parse|read) (?:it|them|that|those) ?(?:(?:in)?to|as)? ?{numeral}"
            ),
        ):
            for found in text.find(pattern):
                kind, columns = _kind(found), text.named(found["cols"])
                yield self.wish(text, found.start(), found.end(), cast=kind, columns=columns, lenient=False)
        yield from self._uncastable(text)
        for found in text.find(
            r"(?:the )?(?P<cols>{COLS})(?: (?:column|field)s?)?(?: (?:in )?\x00+)? (?:is|are|comes? as"
            r"|has|have) (?:an? |some |all )?(?:strings?"
            r"|texts?|numbers|leading zeros|junk)(?: with [^.;,()]{1,20}?(?: in (?:it"
            r"|them))?)?(?: ?\([^()]*\))?(?=\s*(?:[.;,–-]|$))"
        ):
            text.take(found.start(), found.end())

    def _uncastable(self, text: Text) -> Iterator[Wish]:
        """Yield what becomes of values that are no numbers: rows that leave, or nulls."""
        what = (
            rf"(?:(?P<cols>{{COLS}})|what(?:ever)?|it|one|anything|everything|values?|that|which|those|rows?)"
            r"(?: (?:that|which))? (?:isn'?t|is not|aren'?t|are not|can(?:no|')t be(?: read as)?|that are not) (?:one\b"
            rf"|(?:an? )?(?:plain |valid |real |proper )?(?:{TYPE}))"
        )
        missing = (
            r"(?P<null>(?: (?:as|becomes?|to be|should be|be|is|are))?(?: (?:set )?(?:to |as )?(?:null|missing"
            r"|empty|none))+)"
        )
        for found in text.find(
            rf"[(（]?(?:treat )?(?:(?:{DROP}|skip|ignore) )?(?:(?:the |all "
            rf"|any )?rows? )?(?:where )?{what}{missing}?(?: and)?"
            rf"(?P<out>\s*(?:,? ?(?:(?:are|is|go|goes) )?out\b|(?:and )?(?:{DROP})(?: those| these"
            r"| the)?(?: rows)?(?: out| away)?))?[)）]?"
        ):
            kinds = [name for name in TYPES if found[name]]
            columns = text.named(found["cols"]) or text.last(found.start())[-1:]
            dropping = bool(found["out"]) or (not found["null"] and drops(text, found.start(), default=True))
            if columns:
                yield self.wish(
                    text,
                    found.start(),
                    found.end(),
                    cast=kinds[0] if kinds else "float",
                    columns=columns,
                    lenient="drop" if dropping else "null",
                )

    def place(self, wish: Wish) -> float:
        """Return an early place, before conditions on the values."""
        return self.stage - (97.5 if wish.options.get("lenient") else 97.6)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step, once for the same columns; rows whose values do not fit leave where that was said."""
        columns = draft.known(wish.options["columns"])
        kind, lenient = wish.options["cast"], wish.options["lenient"]
        cast = [each for each in columns if draft.columns[each] != kind and not _is_number(draft.columns[each], kind)]
        step = next(
            (each for each in draft.steps if each["op"] == "cast" and set(each["columns"]) >= set(columns)), None
        )
        if step is None and cast:
            step = draft.step("cast", wish.said, columns=dict.fromkeys(cast, kind))
            draft.columns |= dict.fromkeys(cast, kind)
        if step is not None and lenient:
            step["strict"] = False
        if lenient == "drop" and columns:
            condition = " and ".join(f"{quoted_name(each)} is not null" for each in columns)
            draft.step("where", wish.said, condition=condition, reason=f"no_{kind}")


def _is_number(known: str, wanted: str) -> bool:
    return wanted == "float" and known in ("int", "float")


def _kind(found: re.Match[str]) -> str:
    return next(name for name in TYPES if found[name])
