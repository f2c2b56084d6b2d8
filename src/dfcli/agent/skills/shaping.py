"""Wishes about columns: other names, other types, fewer of them, nested ones made flat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from dfcli.agent.draft import Draft, dotted, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, DROP_ZH, SHAPE, Skill
from dfcli.agent.skills.casting import COLUMN, TYPE, TYPES, Casting
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text, unquoted

_NEW = (
    r"(?P<new>(?!(?:an?|the|numbers?|ints?|integers?|floats?|dates?|strings?|text|plain|lower|real"
    r"|proper)\b)[`\"'“‘]?[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff]*[`\"'”’]?)"
)


def _means_rows(text: Text, found: re.Match[str]) -> bool:
    """Tell whether a column's name stands for rows of which more is said: `only keep answers of 20 words`."""
    said = text.named(found["cols"])
    return len(said) == 1 and bool(
        re.match(
            r"\s+(?:with|of|that|whose|which|where|having|longer|shorter|under|over|above|below|at least|at most"
            r"|no (?:more|longer|less|fewer|shorter))\b",
            text.said[found.end() :],
            re.I,
        )
    )


class Shaping(Skill):
    """Columns of the result."""

    name = "shaping"
    stage = SHAPE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield wishes to rename, cast (those are for another skill), flatten, and to choose columns."""
        if any("." in each for each in text.columns):
            yield from self._mapped(text)
        yield from self._flat(text)
        renamed = list(self._renamed(text))
        yield from renamed
        yield from Casting().read(text, profile)  # before columns are chosen: `keep score as a float`
        chosen = list(self._chosen(text))
        yield from chosen
        yield from self._no_others(text, [*renamed, *chosen])

    def _renamed(self, text: Text) -> Iterator[Wish]:
        one = (
            rf"(?P<old>{{COL}}){COLUMN} ?(?:(?:in)?to|as|→|->|=>|:|becomes?|改为|改成|改名(?:为|(?!为))|重命名为"
            rf"|命名为|叫做?|换成)\s*{_NEW}"
        )
        for found in text.find(
            r"(?:(?:rename|call|change|map|move|turn|把|将|重命名)(?: (?:the|columns?|fields?|names?"
            rf"|name of))*\s*(?:列|字段)?\s*)(?:column |field )?{one}"
        ):
            pairs = {text.named(found["old"])[0]: unquoted(found["new"])}
            end = found.end()
            while more := text.pattern(
                rf"\s*(?:,\s*and|,|，|、|;|and|和|并(?:把|将)?)\s*(?:rename |把|将)?(?:the )?{one}"
            ).match(text.rest, end):
                pairs[text.named(more["old"])[0]] = unquoted(more["new"])
                end = more.end()
            yield self._calling(text, found.start(), end, pairs)
        for found in text.find(
            r"(?:rename|change|map|重命名|改名)(?: (?:the|these|those|all))*(?: (?:columns?|fields?|列"
            r"|字段))? (?:to|as|为|成)\s*"
            r"(?P<names>[A-Za-z_]\w*(?:\s*(?:/|,|、|and|和)\s*[A-Za-z_]\w*)+)"
        ):
            names, plain = _leading(found["names"], text.columns)
            if len(names) > 1:
                pairs = {plain[each[0].lower()]: each[0] for each in names if plain[each[0].lower()] != each[0]}
                yield self._calling(text, found.start(), found.start("names") + names[-1].end(), pairs)
        for found in text.find(rf"(?:call|name) (?:the |that )?(?:new |resulting )?(?:column|field|it) {_NEW}"):
            last = text.last(found.start())
            if last:
                yield self._calling(text, found.start(), found.end(), {last[-1]: unquoted(found["new"])})
        for found in text.find(
            rf"(?P<old>{{COL}}){COLUMN}\s*(?:should (?:be (?:called|named|renamed(?: to)?)|become)"
            rf"|becomes|is renamed(?: to)?|(?:需要)?(?:重命名为|改名(?:为|(?!为))|改为|改成))\s*{_NEW}"
        ):
            yield self._calling(text, found.start(), found.end(), {text.named(found["old"])[0]: unquoted(found["new"])})

    def _calling(self, text: Text, start: int, end: int, pairs: dict[str, str]) -> Wish:
        """Return a wish to rename; the new names may be spoken of from now on."""
        for old, new in pairs.items():
            text.call(old, new)
        return self.wish(text, start, end, rename=pairs)

    def _mapped(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for fields of objects that become columns: `oid (from _id.oid), text = payload.prompt.text`."""
        one = (
            rf"(?<!\w)(?P<new>(?!it\b)[A-Za-z_]\w*)\s*(?:[(（]\s*(?:from|=|来自|取自)?|from|=|<-|←|:|来自|取自)\s*(?P<old>{{COL}})"
            rf"(?:,? (?:as|in) (?:an? )?(?:{TYPE}))?\s*[)）]?"
        )
        for found in text.find(
            r"(?:get|pull|take|extract|lift|move|bring|copy)(?: out)? (?:the )?(?P<leaf>[A-Za-z_]\w*)(?: (?:field"
            r"|value|key))? (?:out of|from|in)"
            r" (?:the )?(?P<of>{COL})(?: (?:object|struct|column|field))?(?: (?:in)?to (?:its own|an? (?:new "
            r"|separate |own )*|a top-level)"
            r" ?(?:column|field)(?: (?:called|named) (?P<name>\w+))?)?"
        ):
            path = f"{text.named(found['of'])[0]}.{found['leaf']}"
            if path in text.columns:
                into = found["name"] or found["leaf"]
                text.call(path, into)
                yield self.wish(text, found.start(), found.end(), pull=path, into=into, cast=None)
        for found in text.find(
            r"(?:把|将)?\s*(?P<of>{COL})\s*(?:里面?|中|下)?的?\s*(?P<leaf>[A-Za-z_]\w*)\s*(?:字段)?(?:单独|分别|也)*(?:提取?|拿|取|抽|拆|拉)(?:出来|出|到|成|为|作|做)+"
            r"(?:单独的?)?(?:一|1)?(?:个)?(?:单独的?|新的?|独立的?)?列"
        ):
            path = f"{text.named(found['of'])[0]}.{found['leaf']}"
            if path in text.columns:
                text.call(path, found["leaf"])
                yield self.wish(text, found.start(), found.end(), pull=path, into=found["leaf"], cast=None, also=True)
        for found in text.find(one):
            old = text.named(found["old"])[0]
            if "." in old and found["new"].lower() not in (
                "and",
                "where",
                "is",
                "of",
                "in",
                "from",
                "if",
                "that",
                "it",
            ):
                kind = next((name for name in TYPES if found[name]), None)
                text.call(old, found["new"])
                yield self.wish(text, found.start(), found.end(), pull=old, into=found["new"], cast=kind)
                for whole in text.find(r"(?:flatten|un-?nest) (?:it|them|this|everything)(?: out)?[:,]?"):
                    text.take(whole.start(), whole.end())

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
            r"(?:把|将)?\s*(?P<cols>{COLS})\s*(?:列|字段)?(?:里面?|中)?的?(?:每一?个|各个?)(?:元素|值|项|标签)?(?:都|单独|分别)*"
            r"(?:拆|展|分)?(?:开|成|为)*(?:各?占|单独)?(?:一|1)行"
        ):
            yield self.wish(text, found.start(), found.end(), explode=text.named(found["cols"])[0])
        for found in text.find(
            r"(?:explode|(?:get |make |need |want )?(?:one|a) row (?:per"
            r"|for each) (?:single )?(?:(?:element|item|entry|value)(?: (?:of|in))?)?"
            r"|一行一个|每个元素一行|拆成多行|每个)(?: (?:the|list|column"
            r"|each))*\s*(?P<cols>{COLS})(?: (?:list|column|field))*"
            r"(?:\s*(?:一行|各?占一行|单独一行))?"
        ):
            if not found[0].startswith("每个") or "一行" in found[0]:
                yield self.wish(text, found.start(), found.end(), explode=text.named(found["cols"])[0])

    def _chosen(self, text: Text) -> Iterator[Wish]:
        only = (
            r"(?:keep|output|write|select|leave|retain|want|include|return|with|just|need|保留|只要"
            r"|只保留|仅保留|输出|只留|只输出|只需要?)(?: (?:me|just|only|the|columns?|fields?"
            r"|following|仅|只|需要|these|two|three|four|five))*\s*(?:列|字段)?\s*"
        )
        for found in text.find(
            rf"(?:(?:only|just|仅|只)\s*(?:the |these )?|{only})(?:(?:columns?"
            rf"|fields?) ?:? ?)?(?P<cols>{{COLS}}){COLUMN}(?:\s*(?:in the (?:output|result)|only"
            r"|and nothing else|as (?:extra |separate |own )?columns?|in that order"
            r"|这?[两三四五]?个?(?:列|字段)|就(?:行|好|可以)(?:了)?))*"
        ):
            explicit = (
                re.match(r"(?:write|output|return|keep|select)\b", found[0], re.I)
                and len(text.named(found["cols"])) > 1
                and not text.after(found.end()).strip(" .,;。，；")
            ) or re.search(
                r"column|field|only|just|nothing else|列|字段|只|仅|就",
                found[0] + text.before(found.start())[-12:],
                re.I,
            )
            if (
                explicit
                and not _means_rows(text, found)
                and not re.search(r"\b(?:for|per|each|where|rows?|if|when)\W*$", text.before(found.start()), re.I)
            ):
                yield self.wish(text, found.start(), found.end(), select=text.named(found["cols"]), also=False)
        for found in text.find(
            r"(?:and |with )?(?:nothing|no (?:other )?columns?) (?:but|except|other than) (?:those"
            r"|these|the)(?: \w+)? columns?"
            r"(?: (?:in the (?:result|output)|there))?|(?:and )?nothing else|(?:只要|只留"
            r"|仅保留)这[几两三四五六]?个?(?:列|字段)"
        ):
            made = [each for each in text.called if "." in text.called[each]]
            yield self.wish(text, found.start(), found.end(), select=[text.called[each] for each in made], also=False)
        for found in text.find(
            rf"{only}(?P<who>{{WHOS}})\s*(?:这?[两三四五几]?个?(?:列|字段)| (?:columns?"
            rf"|fields?)(?: only)?)(?:就(?:行|好|可以)(?:了)?)?"
        ):
            yield self.wish(
                text, found.start(), found.end(), select=text.named(found["who"]), also=False, who=found["who"]
            )
        yield from self._left_out(text)

    def _no_others(self, text: Text, before: Sequence[Wish]) -> Iterator[Wish]:
        """Yield a wish for the columns that the request has named before it says that there shall be no others."""
        others = (
            rf"(?:and |but |then )?(?:(?:{DROP}|ignore|no|without|not)(?: (?:me|all|any|of|the))*\s*(?:other"
            rf"|remaining|rest of the"
            rf"|additional|extra|unused) (?:columns?|fields?|ones)|(?:{DROP}|ignore) (?:the rest|everything else"
            rf"|all else|all the"
            r" rest|anything else|all others|the others)|(?:其[他它余]的?|剩下的?|多余的?)(?:列|字段)?(?:都|全部?"
            r"|一律|统统)*"
            rf"(?:{DROP_ZH}|删了?|去除|扔)|(?:{DROP_ZH})\s*(?:其[他它余]的?|剩下的?|多余的?)(?:列|字段))"
        )
        for found in text.find(others):
            renamed = [old for each in before if "rename" in each.options for old in each.options["rename"]]
            if any("select" in each.options for each in before):
                text.take(found.start(), found.end())
            elif renamed or text.last(found.start()):
                yield self.wish(
                    text, found.start(), found.end(), select=renamed or text.last(found.start()), also=False
                )

    def _left_out(self, text: Text) -> Iterator[Wish]:
        """Yield wishes for one more column, and for columns that are not to be written."""
        for found in text.find(
            rf"(?:but |and |also |please )*keep(?:ing)? (?:the )?(?P<cols>{{COLS}}){COLUMN} (?:too|as well|also)"
        ):
            yield self.wish(text, found.start(), found.end(), select=text.named(found["cols"]), also=True)
        for found in text.find(
            r"(?:but |and )?(?:under no circumstances|never|certainly not|in no case|绝不能?(?:有"
            r"|出现)?)(?: the)?\s*(?P<cols>{COLS}"
            r"(?: or {COL})*)"
        ):
            yield self.wish(text, found.start(), found.end(), without=text.named(found["cols"]))
        for found in text.find(
            rf"(?:{DROP}|{DROP_ZH})(?: (?:the|columns?|fields?|of|also|both))*\s*(?:列"
            rf"|字段)?\s*(?P<cols>{{COLS}})(?P<noun> (?:columns?|fields?)|\s*(?:列|字段"
            r"|这?[两三]?个?(?:列|字段)))?"
        ):
            said = found[0] + (found["noun"] or "")
            following = re.sub(r"^ ?(?:afterwards|after that|then|too|as well|again)\b", "", text.after(found.end()))
            if re.match(
                r"\s*(?:is|are|=|<|>|为|是|below|under|above|over|less|more|with|without|shorter|longer|duplicates?)",
                following,
                re.I,
            ):
                continue
            nouns = found["noun"] or re.search(r"column|field|列|字段|`", said, re.I)
            if nouns or not following.strip(" .,;。，；") or re.match(r" (?:from|in) the (?:output|result)", following):
                yield self.wish(text, found.start(), found.end(), without=text.named(found["cols"]))

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step, and follow the columns."""
        for name, way in (
            ("pull", self._pull),
            ("rename", self._rename),
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
        early = {"pull": -99.5, "flatten": -99, "explode": -98}
        return next(
            (self.stage + early[name] for name in early if name in wish.options),
            self.stage + (1 if "rename" in wish.options else 2),
        )

    def _pull(self, wish: Wish, draft: Draft) -> None:
        path, into = wish.options["pull"], wish.options["into"]
        kind = draft.inside(path)
        if kind is None:
            draft.known([path])
            return
        draft.step("compute", wish.said, value=dotted(path), into=into)
        draft.renamed[path], draft.columns[into] = into, kind
        draft.dropped.add(path.partition(".")[0])
        if (wanted := wish.options["cast"]) and wanted != kind:
            draft.step("cast", wish.said, columns={into: wanted})
            draft.columns[into] = wanted

    def _rename(self, wish: Wish, draft: Draft) -> None:
        pairs = {}
        for old, new in wish.options["rename"].items():
            for known in draft.known([old]):
                pairs[known] = new
        if pairs:
            draft.rename(pairs, wish.said)

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
            draft.columns[column] = re.sub(r"^list\((.*)\)$|^list\[(.*)\]$", r"\1\2", draft.columns[column])

    def _select(self, wish: Wish, draft: Draft) -> None:
        named = wish.options["select"]
        columns = draft.known(named)
        if who := wish.options.get("who"):
            columns = [*columns, *(each for each in draft.all_meant(_besides(who, named)) if each not in columns)]
        if columns and not (wish.options["also"] and draft.selected is None):
            draft.selected = [
                *(draft.selected or []),
                *(each for each in columns if each not in (draft.selected or [])),
            ]
            draft.selected_why = wish.said

    def _without(self, wish: Wish, draft: Draft) -> None:
        for column in draft.known(wish.options["without"]):
            draft.dropped.add(column)


def _besides(words: str, names: Sequence[str]) -> str:
    """Return some words without the names of columns in them."""
    for each in names:
        words = words.replace(each, " ")
    return words


def _leading(words: str, columns: Sequence[str]) -> tuple[list[re.Match[str]], dict[str, str]]:
    """Return the first words that are names of columns but for their case, and the columns by name in small letters."""
    plain = {name.lower(): name for name in columns}
    found = re.finditer(r"(?!and\b)\w+", words)
    return list(takewhile(lambda each: each[0].lower() in plain, found)), plain


def fields_of(profile: Profile, column: str) -> dict[str, str]:
    """Return the fields of a column of objects, with their types."""
    found = next((each for table in profile.tables[:1] for each in table.columns if each.name == column), None)
    return dict(found.fields) if found else {}
