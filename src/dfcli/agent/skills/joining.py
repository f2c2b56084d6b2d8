"""Wishes about other files: their rows added, their columns joined."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, Skill
from dfcli.agent.skills.files import PATH
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_UNMATCHED = (
    r"(?:(?:drop|remove|skip|exclude|and|or|keep only|only keep)(?: (?:all|any|the|those))*\s+)?(?:"
    r"(?:\w+ )?whose [\w ]{1,25}? (?:is|are) (?:unknown|missing)|unknown (?!words?|languages?"
    r"|values?)\w+|(?:\w+ )?(?:whose|where the|where"
    r"|with an?) [\w ]{1,25}?(?:isn'?t|is not|aren'?t|are not"
    r"|not) (?:in|found in|listed in|present in|known)(?: (?:the )?(?:other )?(?:file|[\w./-]+\.\w+))?"
    r"|(?:\w+ )?without (?:an? |any )?(?:match|counterpart|partner)(?:ing \w+)?|(?:that|who|whom|which) (?:we|you|it)"
    r" (?:don'?t|do not) (?:know|have)|(?:\w+ )?(?:that|which|with) (?:have |has )?no (?:match|counterpart)(?:ing \w+)?"
    r"|unmatched(?: \w+)?|(?:\w+ )?(?:that|which) (?:don'?t|do not|doesn'?t) match(?: anything)?"
    r"|(?:没有|找不到|没)(?:能)?(?:对应|匹配|关联)(?:的|到的?)?[^，。；、,]{0,6}|(?:匹配|对应"
    r"|关联)不(?:上|到)的?[^，。；、,]{0,4}|对不上的?[^，。；、,]{0,4}|(?:去掉|删除|删掉|剔除|丢弃|过滤掉?)\s*没有[^，。；、,]{0,6}?(?:信息|资料)的?[^，。；、,]{0,4})"
    r"(?: (?:should|must|can|have to) (?:be (?:dropped|removed|excluded)|go)| (?:are )?(?:out"
    r"|dropped|removed)|\s*(?:都|一律)?(?:不要|去掉|删掉?|剔除|丢掉))?"
)
_VERBS = (
    r"(?:join(?:s|ed)?|merge[ds]?|combine[ds]?|look(?:ed)? ?up|enrich|add(?:ed)?|append|attach"
    r"|match|concat(?:enate)?|stack|union|bring in"
    r"|take|get|pull|put|关联|连接|合并|匹配|加上|补上|补充|拼接|追加|带上)"
)


_KEYED = (
    r"(?:把|将)?[^,，。;；\n]{0,16}?(?:按照?|根据|通过|用)\s*(?P<key>{COLS})\s*(?:来|进行|字段|列)*\s*(?:[^,，。;；\n]{0,10}?)(?:关联|连接|合并|匹配|拼接|并进来|并入|补上|加上|带上)"
    r"|(?:join|merge|link|combine|bring)(?: in)?(?: the)?(?: \w+){0,2} (?:file|table|data|records?) (?:via"
    r"|on|by|using|through) (?:the )?(?P<key2>{COLS})"
    r"(?:起来|到?一起|在一起)?"
)
"""Files that are put together by a key, without their names."""


_ABSENT = re.compile(r"\b(?:not|never|missing|absent)\b|n't\b|不在|没有?(?:出现)?在|未(?:出现)?在|不存在", re.I)
"""What makes `listed in the file` its opposite."""


class Joining(Skill):
    """Other files: looked up by a key, or added below."""

    name = "joining"
    stage = 5

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish per file."""
        on = (
            r"(?:\s*(?:on|by|using|via|through|matching(?: on)?|keyed (?:on|by)|按照?|根据|通过"
            r"|用)(?: the)?(?: shared| common| same)? (?P<on>{COLS})(?: (?:columns?|fields?|key|列"
            r"|字段))?)?"
        ).replace(") (?P<on>", r")\s*(?P<on>")
        before = r"(?:(?:on|by|按照?|根据|通过|用)\s*(?P<on2>{COLS})\s*(?:列|字段)?\s*(?:把|将|与|和|跟|,|，)?\s*)?"
        for found in text.find(
            r"(?:exclude|drop|remove|skip|leave out|去掉|排除|剔除"
            rf"|删除)[^.;,。；，\n]{{0,40}}?(?:listed|appear(?:s|ing)?|that are|found|present|which are"
            r"|(?:is|are)|contained|在|出现在)? ?(?:in|from"
            rf"|在)\s*(?:the )?(?:file )?{PATH}(?:\s*(?:中|里)(?:的)?(?:出现"
            rf"|列出)?(?:过)?(?:的)?(?:\w*))?{on}"
        ):
            yield self._wish(text, found, "semi" if _ABSENT.search(found[0]) else "anti")
        for found in text.find(
            rf"(?:keep|only|retain|保留|只要|只保留)[^.;,。；，\n]{{0,40}}?(?:listed|appear(?:s|ing)?"
            rf"|that are|found|present|in|whose {{COLS}} (?:is|are|appears?)|在|出现在) ?(?:in|from"
            rf"|在)?\s*(?:the )?(?:file )?{PATH}(?:\s*(?:中|里)(?:的)?(?:出现"
            rf"|列出)?(?:过)?(?:的)?)?{on}"
        ):
            yield self._wish(text, found, "anti" if _ABSENT.search(found[0]) else "semi")
        for found in text.find(
            rf"{before}(?:(?P<inner>inner )|left |outer )?(?:join|merge|look ?up|enrich|combine|attach"
            r"|match|add|关联|连接|合并|匹配|加上|补充|拼接)(?: (?:it|them|the (?:rows|data|answers?"
            r"|labels?|metadata|columns?)|each row|in|rows|columns?|the|data|up|together|information"
            r"|info|of \x00+))*\s*(?:with|to|from|against|in|of|and|上)?\s*(?:the (?:file|columns? (?:of"
            rf"|from)) )?{PATH}{on}"
        ):
            add = re.search(r"append|concat|stack|rows (?:of|from)|追加|below|and add the rows", found[0], re.I)
            how = "concat" if add and not found["on"] and not found["on2"] else "inner" if found["inner"] else "left"
            yield self._wish(text, found, how)
        for found in text.find(
            r"(?:append|concat(?:enate)?|stack|union|add (?:the )?rows (?:of|from)|追加|纵向合并|拼接"
            rf"|合并)(?: (?:with|the (?:rows|file)|rows (?:of|from)|file|both))*\s*{PATH}"
        ):
            yield self._wish(text, found, "concat")
        if len(profile.tables) > 1:
            for found in text.find(_UNMATCHED):
                yield self.wish(text, found.start(), found.end(), unmatched=True)
            others = "|".join(
                re.escape(table.path.rpartition("/")[2].partition(".")[0].removesuffix("s"))
                for table in profile.tables[1:]
            )
            for found in text.find(
                rf"(?:{DROP} )?(?:the |all |any )?\w+ (?:without|with no|lacking) (?:an? |any "
                rf"|known |matching )?(?:{others})s?(?![\w])(?: go(?![a-z]))?"
            ):
                yield self.wish(text, found.start(), found.end(), unmatched=True)

    def place(self, wish: Wish) -> float:
        """Return the place: more rows come before more columns."""
        return self.stage + {"concat": 1.0}.get(
            wish.options.get("how", ""), 0.0 if "unmatched" in wish.options else 2.0
        )

    def _wish(self, text: Text, found: re.Match[str], how: str) -> Wish:
        said = found.groupdict()
        words = said.get("on") or said.get("on2") or ""
        whole = text.after(found.end())
        only = re.search(
            (
                r"(?:keep|only|retain)[^.;]*(?:match|both|found)|drop[^.;]*(?:without|no|un)\s*-?match"
                r"|不匹配|匹配(?:上|到)的"
            ),
            whole,
            re.I,
        )
        columns = text.named(words)
        return self.wish(
            text,
            found.start(),
            found.end(),
            file=said["path"],
            how="inner" if only and how == "left" else how,
            on=columns,
        )

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step; the key is the column that both files have, where none is named."""
        if "unmatched" in wish.options:
            draft.matched = True
            return
        other = next((each for each in draft.profile.tables if each.path.endswith(wish.options["file"])), None)
        file = other.path if other else wish.options["file"]
        if wish.options["how"] == "concat":
            draft.step("concat", wish.said, files=[file])
            return
        names = [each.name for each in other.columns] if other else []
        shared = [name for name in draft.columns if name in names]
        on = (
            self._key(wish, draft, names)
            or sorted(shared, key=lambda name: (name != "id" and not name.endswith("id"), shared.index(name)))[:1]
        )
        if not on:
            draft.ask(f"On which column shall {file} be joined? The files share none.")
            return
        if not wish.options["on"]:
            draft.assume(f"{file} is joined on {on[0]!r}, the column that both files have")
        how = "inner" if wish.options["how"] == "left" and draft.matched else wish.options["how"]
        draft.step("join", wish.said, file=file, on=on[0] if len(on) == 1 else on, how=how)
        if how in ("left", "inner") and other is not None:
            for each in other.columns:
                if each.name not in on:
                    draft.columns[each.name if each.name not in draft.columns else f"{each.name}_right"] = each.type

    def _key(self, wish: Wish, draft: Draft, names: list[str]) -> list[str]:
        """Return the columns to join on; one that the other file spells otherwise takes that name first."""
        named = [each for each in wish.options["on"] if draft.name(each) in draft.columns or each not in names]
        on = []
        for each in draft.known(named):
            other = each if each in names else next((name for name in names if name.lower() == each.lower()), each)
            if other != each:
                draft.rename({each: other}, wish.said)
            on.append(other)
        return list(dict.fromkeys(on))


class Others(Joining):
    """Files of the data that the request names, or not, without saying in a known way what they are for.

    Read late: rows of the same columns are added, others are looked up by a key that both files have.
    """

    name = "others"

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish per file that no other skill took."""
        own = {each.name for each in profile.tables[0].columns} if profile.tables else set()
        keyed: list[str] = []
        for table in profile.tables[1:]:
            name = table.path.rpartition("/")[2]
            there = {each.name for each in table.columns}
            for found in text.find(
                r",? ?(?:match(?:ing|ed)?|join(?:ing|ed)?|link(?:ing|ed)?|keyed)(?: (?:them|rows|it|up))* (?:by"
                r"|on|via|using|with)"
                r" (?:the )?(?P<on>{COLS})(?: (?:column|key|field))?"
            ):
                keyed = text.named(found["on"])
                text.take(found.start(), found.end())
            how = "concat" if len(own & there) >= max(2, 0.7 * len(own | there)) else "left"
            places = list(text.find(rf"(?<![\w.]){re.escape(name)}(?![\w])"))
            if not places and name in text.said:
                continue
            places = places or list(text.find(_KEYED))[:1]
            on: list[str] = []
            said, at, turn = name, 0, 0
            for found in places:
                start, end, columns = _around(text, found.start(), found.end())
                columns = text.named(found.groupdict().get("key") or found.groupdict().get("key2")) or columns
                on, at, turn = on or columns, start, text.turn(start)
                said = text.take(start, end)
            yield Wish(self.name, {"file": table.path, "how": how, "on": on or keyed}, said, at, turn)
            if how == "left":
                yield from self._filled_in(text, there - own)

    def _filled_in(self, text: Text, names: set[str]) -> Iterator[Wish]:
        """Take the words that say which columns come from the other file."""
        for found in text.find(
            rf"(?:and )?(?:给每\S{{0,6}}?)?{_VERBS}(?:[^.;,。；，\n]{{0,20}}?)(?P<cols>{{COLS}})[^.;,。；，\n]{{0,8}}"
        ):
            if set(text.named(found["cols"])) <= names:
                text.take(found.start(), found.end())
        yield from ()


def _around(text: Text, start: int, end: int) -> tuple[int, int, list[str]]:
    """Return from where to where a request speaks of a file, and the columns that it is matched by."""
    before = text.pattern(
        rf"(?:(?:把|将|用)\s*)?(?:{_VERBS}(?:[^.;,。；，\n]|, )*?)?(?:\s*(?:with|from|to|in|into"
        r"|and|of|the|file|against|用|和|与|从|、|,|以及)\s*)*$"
    ).search(text.rest, max(0, text.rest.rfind(". ", 0, start)), start)
    after = text.pattern(
        r"\s*(?:里面?|中)?的?\s*[,:：]?\s*(?:[(（]?\s*(?:(?:on|by|via|using|按照?|根据|通过"
        r"|with)\s*)?(?:the )?(?:key |column )?(?P<on>{COLS}"
        r"(?:\s*(?:vs\.?|=|==|/|to)\s*{COL})?)\s*[)）]?)?(?:\s*(?:[两三四五\d]个?文件)?\s*(?:合并"
        r"|关联|拼接|连接|匹配|补上?)"
        r"(?:起来|到一起|在一起|以后|之后|后)?)?"
    ).match(text.rest, end)
    columns = text.named(after["on"]) if after is not None and after["on"] else []
    if not columns:
        near = text.pattern(r"(?:on|by|using|按照?|根据|通过)\s*(?P<on>{COLS})").search(
            text.rest, start, len(text.rest)
        )
        columns = text.named(near["on"]) if near and near.start() - end < 25 else []
    return (before.start() if before else start), (after.end() if after else end), columns
