"""Wishes about how many rows stay, and which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.numbers import FRACTION, fraction, number, share
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import CHOOSE, DROP_ZH, Skill, drops, drops_words
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

ROW_WORDS = (
    r"(?:\s*(?:random|randomly chosen|total|rows?|records?|examples?|samples?|items|entries"
    r"|lines|documents?|docs|texts?|pairs?|questions?|articles|reviews?|pages|tickets"
    r"|instructions|messages|posts|conversations|条|行|个|篇|份|对|数据|样本|记录|问题|评论"
    r"|问答|文本))*"
)
_SHARE = (
    rf"(?:(?P<share>{{N}})\s*(?P<unit>%|％|percent|per cent|成)|(?P<part>{FRACTION}))"
    r"(?: of (?:the |all |these |those )*(?:rows?|data|samples?|examples?|records?|file|set|pages?|questions?|them)?)?"
)
_BY = (
    r"(?:\s*(?:(?:ranked|sorted|ordered|judged|scored|measured)\s*)?(?:by|on|in|of"
    r"|according to|in terms of|with the (?:highest|largest|most|best)|按照?|根据"
    r"|依据)(?: the)?(?: their)?(?: highest| largest)? (?:(?P<by>{COL})|(?P<what>quality"
    r"|helpfulness|educational value|usefulness|complexity|difficulty|safety|质量|有用性"
    r"|教育价值|复杂度|难度|安全性))(?: (?:score|column|field|value))?)?"
)


_LEAST = (
    "worst", "lowest", "bottom", "shortest", "smallest", "oldest", "least", "fewest", "lower", "worse",
    "最低", "最短", "最少", "垫底", "倒数", "最差",
)  # fmt: skip
"""How the words begin by which the least are chosen."""

_SAMPLE = 100
"""Rows of a sample whose size nobody named."""


class Choosing(Skill):
    """A part of the rows: at random, the best, the first."""

    name = "choosing"
    stage = CHOOSE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per choice."""
        yield from self._best(text)
        yield from self._random(text)
        yield from self._first(text)
        yield from self._some(text)

    def _best(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for the best rows, or for all but the worst."""
        for wish in list(self._ranked(text)):
            if drops(text, wish.at, default=False, listed=False) or drops_words(wish.said):
                yield replace(wish, options={**wish.options, "without": True})
            else:
                yield wish

    def _ranked(self, text: Text) -> Iterator[Wish]:
        best = (
            r"(?P<way>top|best|better|upper|lower|worse|highest(?:[- ](?:rated|scoring|quality))?|(?<!at\s)most (?!\d"
            r"|of\b)[a-z]+|least (?!\d|of\b)[a-z]+|longest|largest"
            r"|worst|lowest(?:[- ]rated)?|bottom|shortest|smallest|newest|latest|most recent|oldest)"
        )
        for pattern in (
            (
                r"(?:keep |take |only |select |retain |pick |get "
                rf"|give me )*(?:the )?{best}(?:[- ]quality)?\s*{_SHARE}{ROW_WORDS}{_BY}"
            ),
            (
                r"(?:keep |take |only |select |retain |pick |get "
                rf"|give me )*(?:the )?{best}(?:[- ](?:quality|rated"
                rf"|scoring))?\s*(?P<n>{{N}})(?!\s*(?:words?|chars?|tokens?|%)){ROW_WORDS}{_BY}"
            ),
            (
                rf"(?:the )?(?P<n>{{N}}) (?P<way>best|highest(?:[- ](?:rated|scoring))?|longest|newest"
                rf"|latest|most recent|oldest|worst|lowest(?:[- ](?:rated|scoring))?|shortest|top(?:[- ](?:rated"
                rf"|scoring))?"
                rf"|(?<!at\s)most (?!\d|of\b)[a-z]+|least (?!\d|of\b)[a-z]+)(?:[- ](?:rated|scoring"
                rf"|scored))?{ROW_WORDS}{_BY}"
            ),
            (
                rf"(?:(?:keep|take|pick|use|i want|whichever|only) )*(?:the )?{_SHARE}{ROW_WORDS} ?(?:(?:that|which) )?"
                r"(?:with|has|have|having|of) (?:the )?(?P<way>best|highest|top|largest|greatest|most|lowest"
                r"|worst|smallest"
                r"|fewest|least) (?:(?P<by>{COL})|(?P<what>quality|helpfulness|complexity|difficulty))"
            ),
            (
                r"(?:(?:保留|只要|留下?|取|选|只|按照?|根据)\s*)*(?:(?P<by>{COL})\s*)?(?:取|选|保留|留)?\s*(?:排名?|排在|位列)?(?:最)?(?P<way>前|靠前|最高|最低"
                rf"|垫底|倒数|最差|最多|最少)的?\s*(?:{_SHARE})(?:的?(?:数据|样本|行|记录|新闻|内容|网页|题目?|问题))*(?:{DROP_ZH}|删)?"
            ),
            (
                rf"(?:按照?|根据)?\s*(?:(?P<by>{{COL}})\s*(?:取|选|保留|留)?\s*)?(?P<way>最高|最好|最优|质量最高|最大|得分最高"
                rf"|分数最高|评分最高|最多|最长|最新|最低|最短|最差|最少|倒数|垫底|前)的?\s*(?:前\s*)?(?:{_SHARE}"
                rf"|(?P<n>{{N}})\s*(?:条|行|个|篇|名))(?:的?(?:数据|样本|行|记录))*(?:{DROP_ZH}|删)?"
            ),
        ):
            for found in text.find(pattern):
                said = found.groupdict()
                if re.search(r"\b(?:each|every|per)\b|每|各", text.before(found.start()) + text.after(found.end())):
                    continue  # so many of each group, which has not been understood
                if said["way"] == "前" and not said.get("by") and not said.get("share"):
                    continue  # the first rows, not the best
                by = text.named(said["by"]) if said.get("by") else []
                yield self.wish(
                    text,
                    found.start(),
                    found.end(),
                    best=said["way"].lower(),
                    n=number(said["n"]) if said.get("n") else None,
                    fraction=_share(said),
                    by=by[0] if by else None,
                    what=said.get("what"),
                    context=text.before(found.start(), far=True) + text.after(found.end()),
                )

    def _random(self, text: Text) -> Iterator[Wish]:
        by = (
            r"(?:\s*(?:,? ?(?:stratified|proportional(?:ly)?|evenly)\s*)?(?:by|per|over|across|按"
            r"|stratified by|stratified on) (?P<by>{COL}))?"
        )
        for pattern in (
            rf"(?:an? )?random (?:sub-?)?(?:sample|subset|selection|draw) of (?:{_SHARE}|(?P<n>{{N}})){ROW_WORDS}{by}",
            (
                rf"(?:an? |the )?(?:random )?(?:{_SHARE}|(?P<n>{{N}}))(?:[- ](?:row"
                rf"|percent))? (?:random )?(?:sub)?sample(?:,? (?:stratified|balanced))?{by}"
            ),
            (
                rf"(?:(?:keep|at most|only|take|up to|select|choose|pick) )*(?P<n>{{N}})(?!\s*(?:words?|chars?"
                rf"|tokens?|%)){ROW_WORDS} (?:(?:that are |are )?"
                r"(?:chosen|picked|selected|drawn|taken) )?(?:at random|randomly)"
            ),
            (rf"(?:[,，]?\s*(?:随机地?)(?:保留|留下?|留|取|挑|选出?))\s*(?:{_SHARE}|(?P<n>{{N}})){ROW_WORDS}"),
            (
                r"(?:按照?|根据)\s*(?P<by>{WHO})\s*(?:列|字段)?\s*(?:做|进行|来)?\s*分层(?:随机)?(?:抽样|采样|抽取?|取样)?[,，]?\s*(?:总共|一共|共"
                rf"|随机)*\s*(?:抽取?|取|采样?|留下?|选)?\s*(?:出)?\s*(?:{_SHARE}|(?P<n>{{N}})){ROW_WORDS}"
            ),
            (
                r"(?:randomly |at random |随机地?)?(?:sub-?sample|sample|draw|pick|select|take|choose|抽取?|采样"
                r"|随机选?取?|抽样)(?: (?:a|me|out|down to|down|to|randomly|random|only|sample|of|about"
                rf"|around|roughly))*\s*(?:{_SHARE}|(?P<n>{{N}})(?!\s*(?:words?|chars?|tokens?"
                rf"|%))){ROW_WORDS}(?: (?:at random|randomly))?(?: of (?:the|them|all)(?: (?:rows|data))?)?{by}"
            ),
            (
                r"(?:a )?(?:random|stratified|随机)\s*(?:sample|subset|part|selection|抽取?|抽样|选取?"
                rf"|采样)?\s*(?:of|to)?\s*(?:{_SHARE}|(?P<n>{{N}})(?!\s*(?:words?|chars?"
                rf"|tokens?))){ROW_WORDS}{by}"
            ),
        ):
            for found in text.find(pattern):
                said = found.groupdict()
                if (
                    re.search(r"^\W*(?:pick|select|take|choose)", found[0], re.I)
                    and not re.search(r"random|%|percent", found[0], re.I)
                    and not re.search(r"random|shuffl", text.before(found.start(), far=True), re.I)
                ):
                    continue
                named = text.named(said["by"]) if said.get("by") else []
                yield self.wish(
                    text,
                    found.start(),
                    found.end(),
                    random=True,
                    n=number(said["n"]) if said.get("n") else None,
                    fraction=_share(said),
                    by=named[0] if named else None,
                )

    def _some(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for a sample of no certain size."""
        for found in text.find(
            r"(?:give me |take |draw |make |get |i (?:just )?(?:want|need) |just )?(?:a"
            r"|some) (?:small |random |little |quick )*(?:sub-?)?sample(?! of \d)"
            r"(?: of (?:it|them|the (?:rows|data|file)|this))?|(?:抽|取|采)(?:一个)?(?:样本|一部分|一些)(?:出来|看看)?"
        ):
            yield self.wish(text, found.start(), found.end(), random=True, n=None, fraction=None, by=None)

    def _first(self, text: Text) -> Iterator[Wish]:
        for pattern in (
            (
                rf"(?:keep |take |only |use |get |just )*(?:the )?first (?P<n>{{N}})(?!\s*(?:words?|chars?"
                rf"|characters|tokens?|sentences?|lines?\b(?! of the file))){ROW_WORDS}"
            ),
            r"(?:只|仅)(?:取|保留|要|用|留)(?:下)?\s*(?P<n>{N})\s*(?:条|行|个|篇)(?:数据|样本|记录)?(?![\u4e00-\u9fff])",
            r"(?:只?(?:取|保留|要|用))?\s*前\s*(?P<n>{N})\s*(?:条|行|个|篇)(?:数据|样本|记录)?",
            (
                r"(?:(?:打乱|排序|排好)(?:顺序)?(?:之?后)(?:取|留|保留)|at most|no more than|max(?:imum)?(?: of)?"
                r"|up to|limit(?:ed)? (?:it )?to"
                r"|cap(?:ped)? (?:it |the \w+ |everything )?at|under|fewer than|less than|最多|不超过|至多|限制(?:在"
                r"|为)?)\s*(?P<n>{N})\s*(?:rows?|records?|examples?|samples?|entries|documents?|pairs?|条"
                r"|行|个样本)(?:数据|以内)?(?: (?:in total|in all|overall|total))?"
            ),
            (
                r"(?P<n>{N})\s*(?:rows?|records?|examples?|samples?|entries|pairs?|条"
                r"|行)(?:数据)?\s*(?:max(?:imum)?|at most|tops|in total|total|以内)"
            ),
        ):
            for found in text.find(pattern):
                if re.search(r"\b(?:each|every|per)\b|每|各|类", text.before(found.start())) is None:
                    yield self.wish(text, found.start(), found.end(), first=number(found["n"]))

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step that chooses."""
        options = wish.options
        by = next(iter(draft.known([options["by"]])), None) if options.get("by") else None
        if "first" in options:
            self._head(wish, draft)
        elif "random" in options:
            size = {"n": options["n"]} if options["n"] is not None else {"fraction": options["fraction"]}
            if size == {"fraction": None}:
                size = {"n": _SAMPLE}
                draft.assume(f"a sample of no certain size is {_SAMPLE} rows at random (n: {_SAMPLE})")
            draft.step("sample", wish.said, **size, **({"by": by} if by else {}))
            if options["n"] is not None:
                draft.check("rows", f"at most {options['n']}")
        else:
            self._top(wish, draft, by)

    def _head(self, wish: Wish, draft: Draft) -> None:
        n = wish.options["first"]
        if re.search(r"first|前", wish.said, re.I) and not draft.steps and isinstance(draft.input, str):
            draft.input = {"path": draft.input, "limit": n}
        else:
            column = quoted_name(next(iter(draft.columns), "id"))
            draft.step("compute", wish.said, value=f"{column} is null or {column} is not null", into="row_group")
            draft.hidden.add("row_group")
            draft.step("quota", wish.said, by="row_group", n=n)
        draft.check("rows", f"at most {n}")

    def _top(self, wish: Wish, draft: Draft, by: str | None) -> None:
        options = wish.options
        way = options["best"]
        lowest = way.startswith(_LEAST)
        by = by or counted(way, draft)
        if way in ("longest", "shortest", "最长", "最短") and by is None:
            text = draft.meant(options["context"]) or draft.text()
            draft.step("char_count", wish.said, text=text)
            by = "char_count"
        if way in ("newest", "latest", "most recent", "oldest", "最新") and by is None:
            by = draft.role("date")
        by = by or ranked_by(wish, draft) or (None if _is_measure(way) else self._scored(wish, draft))
        if by is None:
            draft.ask(f"By which column is {wish.said!r} meant?")
            return
        if options.get("without"):
            self._but(wish, draft, by, lowest=lowest)
            return
        size = {"k": options["n"]} if options["n"] is not None else {"fraction": options["fraction"]}
        draft.step("top_k", wish.said, score=by, lowest=lowest, **size)
        if options["n"] is not None:
            draft.check("rows", f"at most {options['n']}")

    def _but(self, wish: Wish, draft: Draft, by: str, *, lowest: bool) -> None:
        """Keep all rows but the lowest, or the highest."""
        n, part = wish.options["n"], wish.options["fraction"]
        if n is None:
            draft.step("top_k", wish.said, score=by, lowest=not lowest, fraction=round(1 - part, 6))
        elif lowest:
            draft.step("rank_range", wish.said, score=by, low_rank=int(n))
        else:
            draft.ask(f"How many rows shall stay when {wish.said!r} is done?")

    def _scored(self, wish: Wish, draft: Draft) -> str | None:
        """Return the score that is there, else one that a model gives."""
        from dfcli.agent.skills.judging import add_score

        if draft.judged:
            return draft.judged[-1]
        what = wish.options.get("what")
        there = draft.role("score")
        if there is not None:
            draft.assume(f"the best rows are told by the column {there!r}")
            return there
        return add_score(wish, draft, what or "quality")


def ranked_by(wish: Wish, draft: Draft) -> str | None:
    """Return the column by which the request sorts rows before it chooses some, the greatest first."""
    before = draft.ranking is not None and draft.ranking.at < wish.at and draft.ranking.options["descending"]
    if not before or draft.ranking is None:
        return None
    named = [each for each in map(draft.name, draft.ranking.options["by"]) if each in draft.columns]
    return next(iter(named or draft.all_meant(draft.ranking.options["words"])), None)


_MEASURED = {
    r"expensive|cheap|costly|dear|pricey|贵|便宜": ("price", "cost", "amount", "fee", "价"),
    r"popular|viewed|seen|read|热门": ("view", "click", "visit", "popularity", "read", "播放", "浏览", "阅读"),
    r"liked|loved|upvoted": ("like", "upvote", "vote", "star", "赞"),
    r"downloaded|used": ("download", "use"),
    r"recent|new": ("date", "time", "created", "updated"),
    r"large|big|heavy|great": ("size", "amount", "weight", "bytes", "count"),
}
"""What superlatives measure, by the beginnings of columns' names."""


def _is_measure(way: str) -> bool:
    """Tell whether `most …` is about something that a column must hold, and no model can score."""
    return way.startswith(("most ", "least ")) and not re.search(
        r"useful|helpful|relevant|complex|difficult|educational", way
    )


def counted(way: str, draft: Draft) -> str | None:
    """Return the column that `most viewed` or `least liked` is about: that of numbers which begins with the word."""
    for words, names in _MEASURED.items():
        if re.search(words, way, re.I):
            there = [each for each, kind in draft.columns.items() if kind in ("int", "float")]
            found = next((each for name in names for each in there if name in each.lower()), None)
            if found is not None:
                return found
    word = way.split()[-1].removesuffix("ed").removesuffix("e") if way.startswith(("most ", "least ")) else ""
    numbers = [name for name, kind in draft.columns.items() if kind in ("int", "float")]
    return next((each for each in numbers if len(word) > 2 and each.lower().startswith(word)), None)


def _share(said: dict[str, str | None]) -> float | None:
    if part := said.get("part"):
        return fraction(part)
    return share(str(said["share"]), str(said["unit"]).lower()) if said.get("share") else None
