"""Wishes about columns: other names, other types, fewer of them, nested ones made flat."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, DROP_ZH, SHAPE, Skill
from dfcli.agent.skills.conditions import quoted_name
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text, unquoted

_NEW = r"(?P<new>[`\"'“‘]?[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff]*[`\"'”’]?)"
_COLUMN = r"(?: (?:columns?|fields?)|列|字段|这?两?个?(?:列|字段))?"
_TYPES = {
    "int": r"int(?:eger)?s?|whole numbers?|整数",
    "float": r"floats?|doubles?|decimals?|numbers?|numeric|浮点数?|小数|数字|数值",
    "str": r"str(?:ing)?s?|text|字符串|文本",
    "bool": r"bool(?:ean)?s?|布尔值?",
    "date": r"dates?|日期",
    "datetime": r"date-?times?|timestamps?",
}
_TYPE = "|".join(f"(?P<{name}>{pattern})" for name, pattern in reversed(_TYPES.items()))


class Shaping(Skill):
    """Columns of the result."""

    name = "shaping"
    stage = SHAPE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield wishes to rename, cast, flatten, and to choose columns."""
        yield from self._flat(text)
        yield from self._renamed(text)
        yield from self._cast(text)
        yield from self._chosen(text)

    def _renamed(self, text: Text) -> Iterator[Wish]:
        one = (
            rf"(?P<old>{{COL}}){_COLUMN} ?(?:(?:in)?to|as|→|->|=>|:|becomes?|改为|改成|改名为?|重命名为"
            rf"|命名为|叫做?|换成)\s*{_NEW}"
        )
        for found in text.find(
            r"(?:(?:rename|call|change|map|move|turn|把|将|重命名)(?: (?:the|columns?|fields?"
            rf"|name of))*\s*(?:列|字段)?\s*)(?:column |field )?{one}"
        ):
            pairs = {text.named(found["old"])[0]: unquoted(found["new"])}
            end = found.end()
            while more := text.pattern(
                rf"\s*(?:,\s*and|,|，|、|;|and|和|并(?:把|将)?)\s*(?:rename |把|将)?(?:the )?{one}"
            ).match(text.rest, end):
                pairs[text.named(more["old"])[0]] = unquoted(more["new"])
                end = more.end()
            yield self.wish(text, found.start(), end, rename=pairs)
        for found in text.find(
            rf"(?P<old>{{COL}}){_COLUMN}\s*(?:should (?:be (?:called|named|renamed(?: to)?)|become)"
            rf"|becomes|is renamed(?: to)?|(?:需要)?(?:重命名为|改名为?|改为|改成))\s*{_NEW}"
        ):
            yield self.wish(
                text, found.start(), found.end(), rename={text.named(found["old"])[0]: unquoted(found["new"])}
            )

    def _cast(self, text: Text) -> Iterator[Wish]:
        for found in text.find(
            r"(?:convert|cast|change|parse|turn|make|把|将|转换)(?: (?:the|columns?|fields?"
            rf"|type of))*\s*(?P<cols>{{COLS}}){_COLUMN} ?(?:(?:in)?to|as|an?|be|be an?|转换?(?:成|为)?"
            rf"|变成|改成|改为)?\s*(?:an? |proper |real )*(?:{_TYPE})(?:\s*(?:类型|type|format|column"
            r"|型))*"
        ):
            kind = _kind(found)
            yield self.wish(text, found.start(), found.end(), cast=kind, columns=text.named(found["cols"]))

        for found in text.find(
            rf"(?P<cols>{{COLS}}){_COLUMN} (?:(?:should|must|to) be |as )(?:an? |proper "
            rf"|real )*(?:{_TYPE})(?:\s*(?:类型|type|format|型))*"
        ):
            yield self.wish(text, found.start(), found.end(), cast=_kind(found), columns=text.named(found["cols"]))

    def _flat(self, text: Text) -> Iterator[Wish]:
        for found in text.find(
            r"(?:flatten|un-?nest|expand|pull (?:out|up)|展开|展平|拍平|打平)(?: (?:the|nested|out|all"
            r"|every))*\s*(?:嵌套的?)?\s*(?P<cols>{COLS})?(?: (?:struct|object|dict(?:ionary)?|json"
            r"|columns?|fields?|metadata|into (?:top[- ]level |separate |its own |own )?columns?|字段"
            r"|列))*(?:\s*(?:字段|列|嵌套|结构|成(?:顶层|单独的?|多个)?列))*"
        ):
            if found["cols"] or re.search(r"nest|meta|struct|嵌套|字段", found[0], re.I):
                yield self.wish(
                    text, found.start(), found.end(), flatten=text.named(found["cols"]) if found["cols"] else []
                )
        for found in text.find(
            r"(?:explode|one row per (?:element|item|entry)(?: (?:of|in))?|一行一个|每个元素一行"
            r"|拆成多行)(?: (?:the|list|column))*\s*(?P<cols>{COLS})?(?: (?:list|column|field))*"
        ):
            if found["cols"]:
                yield self.wish(text, found.start(), found.end(), explode=text.named(found["cols"])[0])

    def _chosen(self, text: Text) -> Iterator[Wish]:
        only = (
            r"(?:keep|output|write|select|leave|retain|want|include|return|with|just|need|保留|只要"
            r"|只保留|仅保留|输出|只留|只输出|只需要?)(?: (?:me|just|only|the|columns?|fields?"
            r"|following|仅|只|需要|these|two|three|four|five))*\s*(?:列|字段)?\s*"
        )
        for found in text.find(
            rf"(?:(?:only|just|仅|只)\s*(?:the )?|{only})(?:(?:columns?"
            rf"|fields?) ?:? ?)?(?P<cols>{{COLS}}){_COLUMN}(?:\s*(?:in the (?:output|result)|only"
            r"|and nothing else|in that order|这?[两三四五]?个?(?:列|字段)|就(?:行|好|可以)(?:了)?))*"
        ):
            explicit = re.search(
                r"column|field|only|just|nothing else|列|字段|只|仅|就",
                found[0] + text.before(found.start())[-12:],
                re.I,
            )
            if explicit and not re.search(
                r"\b(?:for|per|each|where|rows?|if|when)\W*$", text.before(found.start()), re.I
            ):
                yield self.wish(text, found.start(), found.end(), select=text.named(found["cols"]))
        for found in text.find(
            rf"(?:{DROP}|{DROP_ZH})(?: (?:the|columns?|fields?|of|also|both))*\s*(?:列"
            rf"|字段)?\s*(?P<cols>{{COLS}})(?P<noun> (?:columns?|fields?)|\s*(?:列|字段"
            r"|这?[两三]?个?(?:列|字段)))?"
        ):
            said = found[0] + (found["noun"] or "")
            following = text.after(found.end())
            if re.match(
                r"\s*(?:is|are|=|<|>|为|是|below|under|above|over|less|more|with|without|shorter|longer|duplicates?)",
                following,
                re.I,
            ):
                continue
            if found["noun"] or re.search(r"column|field|列|字段|`", said, re.I) or not following.strip(" .,;。，；"):
                yield self.wish(text, found.start(), found.end(), without=text.named(found["cols"]))

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step, and follow the columns."""
        for name, way in (
            ("rename", self._rename),
            ("cast", self._types),
            ("flatten", self._flatten),
            ("explode", self._explode),
            ("select", self._select),
            ("without", self._without),
        ):
            if name in wish.options:
                way(wish, draft)
                return

    def place(self, wish: Wish) -> float:
        """Return an early place for what makes columns, a late one for what chooses and renames them."""
        early = {"flatten": -99, "explode": -98, "cast": -97}
        return next(
            (self.stage + early[name] for name in early if name in wish.options),
            self.stage + (1 if "rename" in wish.options else 2),
        )

    def _rename(self, wish: Wish, draft: Draft) -> None:
        pairs = {}
        for old, new in wish.options["rename"].items():
            for known in draft.known([old]):
                pairs[known] = new
        if pairs:
            draft.step("rename", wish.said, columns=pairs)
            draft.columns = {pairs.get(name, name): kind for name, kind in draft.columns.items()}
            draft.renamed |= {
                original: pairs[now]
                for original, now in {**{each: each for each in pairs}, **draft.renamed}.items()
                if now in pairs
            }
            draft.checks = {pairs.get(name, name): said for name, said in draft.checks.items()}

    def _types(self, wish: Wish, draft: Draft) -> None:
        columns = draft.known(wish.options["columns"])
        if columns:
            draft.step("cast", wish.said, columns=dict.fromkeys(columns, wish.options["cast"]))
            draft.columns |= dict.fromkeys(columns, wish.options["cast"])

    def _flatten(self, wish: Wish, draft: Draft) -> None:
        named = draft.known(wish.options["flatten"])
        nested = named or [name for name in draft.columns if fields_of(draft.profile, name)]
        if not nested:
            draft.ask("Which column is nested? None of the columns holds objects.")
        for column in nested:
            fields = fields_of(draft.profile, column)
            for field_name in fields:
                into = field_name if field_name not in draft.columns else f"{column}_{field_name}"
                draft.step("compute", wish.said, value=f"{quoted_name(column)}.{quoted_name(field_name)}", into=into)
                draft.columns[into] = fields[field_name]
            draft.columns.pop(column, None)
            draft.dropped.add(column)

    def _explode(self, wish: Wish, draft: Draft) -> None:
        for column in draft.known([wish.options["explode"]]):
            draft.step("explode", wish.said, column=column)

    def _select(self, wish: Wish, draft: Draft) -> None:
        columns = draft.known(wish.options["select"])
        if columns:
            draft.selected = [
                *(draft.selected or []),
                *(each for each in columns if each not in (draft.selected or [])),
            ]
            draft.selected_why = wish.said

    def _without(self, wish: Wish, draft: Draft) -> None:
        for column in draft.known(wish.options["without"]):
            draft.dropped.add(column)


def _kind(found: re.Match[str]) -> str:
    return next(name for name in _TYPES if found[name])


def fields_of(profile: Profile, column: str) -> dict[str, str]:
    """Return the fields of a column of objects, with their types."""
    found = next((each for table in profile.tables[:1] for each in table.columns if each.name == column), None)
    return dict(found.fields) if found else {}
