"""Wishes about how many rows stay, which, and in what order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.numbers import FRACTION, fraction, number, share
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import CHOOSE, DROP, DROP_ZH, ORDER, Skill, drops, drops_words
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_ROWS = (
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
    "worst", "lowest", "bottom", "shortest", "smallest", "oldest", "least", "fewest", "lower", "worse", "最低", "最短", "最少", "垫底", "倒数", "最差",
)  # fmt: skip
"""How the words begin by which the least are chosen."""

_SAMPLE = 100
"""Rows of a sample whose size nobody named."""


class Choosing(Skill):
    """A part of the rows: at random, the best, the first, so many of each group."""

    name = "choosing"
    stage = CHOOSE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per choice."""
        yield from self._groups(text)
        yield from self._best(text)
        yield from self._random(text)
        yield from self._first(text)
        yield from self._some(text)

    def _groups(self, text: Text) -> Iterator[Wish]:
        most = (
            r"(?:(?:keep |at most |no more than |max(?:imum)?(?: of)? |up to |cap (?:it )?(?:at |to )?"
            r"|limit (?:to )?|only |take |exactly |(?:最多)?保留|最多|只留|至多|不超过|取)\s*)+"
        )
        shuffled = r"(?:随机|random(?:ly)?|at random)"
        for pattern in (
            (
                r"(?:for |from |of |in |within )(?:each|every) (?P<by>{WHO}),? (?:(?:i |we )?(?:want|keep|take|pick|need|use|choose) )?(?:only )?"
                rf"(?:the )?(?P<n>{{N}}) (?P<best>best|top|highest(?:[- ](?:scoring|rated))?){_ROWS}(?:\s*[(（]?\s*by (?:the )?(?P<score>{{COL}})[)）]?)?"
            ),
            rf"{most}(?P<n>{{N}}){_ROWS}\s*(?:per|for each|of each|from each|for every|in each|/)\s*(?P<by>{{WHO}})"
            r"(?:,? (?:please,? )?(?:the )?(?:best|highest|top|largest)(?:[- ](?:scoring|scored|rated))?(?: by)?"
            r" (?:(?P<score>{COL})|(?P<best>ones|first|rows))(?: first)?)?",
            (
                r"(?:按照?|根据)\s*(?P<by>{WHO})\s*(?:列|字段)?\s*[,，]?\s*(?:每个|每种|每类|各)(?:类别"
                r"|取?)?\s*(?:最多|只|至多|不超过)?\s*(?:保留|留|取"
                r"|抽取?)?\s*(?:最多)?\s*(?P<n>{N})\s*(?:条|行|个|篇)?"
            ),
            (
                r"(?:每个|每种|每类|每一?个?)\s*(?P<by>{WHO})\s*(?:类别)?\s*(?:最多|只|至多"
                r"|不超过)?\s*(?:保留|留|取|抽取?)?\s*(?:最多)?\s*(?P<n>{N})\s*(?:条|行|个|篇)?"
            ),
            r"(?:cap|limit) (?:each|every) (?P<by>{WHO}) (?:at|to) (?P<n>{N})" + _ROWS,
            (
                r"(?:(?:stratif(?:y|ied)|group(?:ed)?|split) by (?P<by>{WHO})(?:,|,? and|,? then)* )?(?:(?:draw|take|keep|sample|pick"
                rf"|choose|leave|with|at most|up to|max(?:imum)?|only) )*(?P<n>{{N}}){_ROWS}\s*(?:of|from|in|for) (?:each|every one)"
                r"(?: of them| group| kind| class)?(?:,? (?:at most|max(?:imum)?|tops|only))?(?! (?:of )?(?:the )?[a-z])"
            ),
            (
                rf"(?:for |from |of |in |within )(?:each|every) (?P<by>{{WHO}}),? (?:(?:i |we )?(?:want|keep|take|pick|allow|use"
                rf"|choose|draw|there should be) )?(?:(?:only|just|at most|up to|no more than|a maximum of) )?(?P<n>{{N}}){_ROWS}"
            ),
            (
                r"(?:each|every|no|any) (?P<by>{WHO}) (?:(?:should|may|must|can|gets?|has|have|contributes?|to) )*(?:not )?"
                rf"(?:have |get |keep |contribute |exceed |more than |at most |only |up to |no more than )+(?P<n>{{N}}){_ROWS}"
            ),
            (
                r"(?:每一?个|每种|每类|每|各个?)\s*(?P<by>{WHO})\s*(?:类别|里面?|中|下面?|的数据)?\s*[,，]?\s*(?:各|都|分别|只|最多"
                r"|至多|不超过|随机|仅)*\s*(?:保留|留下?|取|抽取?|选|挑|要)?\s*(?:不超过|最多|至多)?\s*(?P<n>{N})\s*(?:条|行|个"
                r"|篇|道)?(?:数据|样本|题)?"
            ),
        ):
            for found in text.find(pattern):
                said = found.groupdict()
                by = text.named(found["by"]) if found["by"] else text.last(found.start())[-1:]
                end, first = _preferred(text, found.end())
                yield self.wish(
                    text,
                    found.start(),
                    end,
                    first=first,
                    chance=re.search(shuffled, found[0], re.I) is not None,
                    quota=number(found["n"]),
                    by=by[0] if by else None,
                    words=found["by"] or "",
                    score=text.named(said["score"]) if said.get("score") else [],
                    best=bool(said.get("best")),
                )
        balance = (
            r"(?:balance|equali[sz]e|even out|平衡|均衡)(?:d|化)?(?: (?:the|by|on|across"
            r"|over))*\s*(?:(?:class(?:es)?|labels?|categor(?:y|ies)|distribution|数据|类别"
            r"|各)\s*)*(?:(?:by|of|across|on|in|for|按)? ?(?:the )?(?P<by>{COL})(?: (?:column|classes"
            r"|labels|values))?)?(?:\s*(?:类别|分布|数据|样本|的))*"
        )
        for found in text.find(
            r"[,，]?\s*(?:按照?原(?:来|有)?的?顺序)?取(?:最)?前面的"
            r"|[(（]?(?:in )?(?:the )?first come(?:,? first served?)?[)）]?"
            r"|按照?原(?:来|有)?的?顺序"
        ):
            text.take(found.start(), found.end())
        for found in text.find(r"(?:按照?|根据)\s*(?P<by>{COL})\s*(?:列|字段)?\s*(?:做|进行|来)?\s*(?:均衡|平衡)(?:采样|抽样|一下|化|处理)*"):
            yield self.wish(text, found.start(), found.end(), balance=True, by=text.named(found["by"])[0])
        for found in text.find(balance):
            by = text.named(found["by"]) if found["by"] else []
            yield self.wish(text, found.start(), found.end(), balance=True, by=by[0] if by else None)

    def _best(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for the best rows, or for all but the worst."""
        yield from self._best_of_each(text)
        for wish in list(self._ranked(text)):
            if drops(text, wish.at, default=False, listed=False) or drops_words(wish.said):
                yield replace(wish, options={**wish.options, "without": True})
            else:
                yield wish

    def _best_of_each(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for the best rows of each group: `the two most liked of each source`, 每个来源评分最高的3条."""
        way = r"(?P<way>best|top|hardest|easiest|newest|latest|longest|highest(?:[- ](?:rated|scoring))?|most \w+)"
        for pattern in (
            rf"(?:the )?(?P<n>{{N}}) {way}(?:[- ]?(?:rated|scoring|scored))?{_ROWS} (?:of|per|for|from|in) (?:each|every) (?P<by>{{WHO}})(?P<score>(?!))?",
            rf"(?:the )?{way} (?P<n>{{N}}){_ROWS} (?:of|per|for|from|in) (?:each|every) (?P<by>{{WHO}})(?P<score>(?!))?",
            (
                r"(?:每一?个|每种|每类|每|各个?)\s*(?P<by>{WHO})\s*(?:类别|里面?|中|下面?|内)?\s*(?:都|各|只|仅)*\s*(?:保留|留下?|取|选|挑|要)?\s*(?:出)?"
                r"(?P<score>{COL})\s*(?P<way>最高|最大|最多|最好|最新)的?\s*(?:前\s*)?(?P<n>{N})\s*(?:条|行|个|篇|道|题)(?:题|数据|样本)?"
            ),
        ):
            for found in text.find(pattern):
                by, score = text.named(found["by"]), text.named(found["score"])
                yield self.wish(
                    text,
                    found.start(),
                    found.end(),
                    quota=number(found["n"]),
                    by=by[0] if by else None,
                    words=found["by"],
                    score=score,
                    best=found["way"].lower() in ("best", "top", "最高", "最好"),
                    first=found["way"].lower(),
                    chance=False,
                )

    def _ranked(self, text: Text) -> Iterator[Wish]:
        best = (
            r"(?P<way>top|best|better|upper|lower|worse|highest(?:[- ](?:rated|scoring|quality))?|(?<!at\s)most (?!\d"
            r"|of\b)[a-z]+|least (?!\d|of\b)[a-z]+|longest|largest"
            r"|worst|lowest(?:[- ]rated)?|bottom|shortest|smallest|newest|latest|most recent|oldest)"
        )
        for pattern in (
            (
                r"(?:keep |take |only |select |retain |pick |get "
                rf"|give me )*(?:the )?{best}(?:[- ]quality)?\s*{_SHARE}{_ROWS}{_BY}"
            ),
            (
                r"(?:keep |take |only |select |retain |pick |get "
                rf"|give me )*(?:the )?{best}(?:[- ](?:quality|rated"
                rf"|scoring))?\s*(?P<n>{{N}})(?!\s*(?:words?|chars?|tokens?|%)){_ROWS}{_BY}"
            ),
            (
                rf"(?:the )?(?P<n>{{N}}) (?P<way>best|highest(?:[- ](?:rated|scoring))?|longest|newest"
                rf"|latest|most recent|oldest|worst|lowest(?:[- ](?:rated|scoring))?|shortest|top(?:[- ](?:rated|scoring))?"
                rf"|(?<!at\s)most (?!\d|of\b)[a-z]+|least (?!\d|of\b)[a-z]+)(?:[- ](?:rated|scoring|scored))?{_ROWS}{_BY}"
            ),
            (
                rf"(?:(?:keep|take|pick|use|i want|whichever|only) )*(?:the )?{_SHARE}{_ROWS} ?(?:(?:that|which) )?"
                r"(?:with|has|have|having|of) (?:the )?(?P<way>best|highest|top|largest|greatest|most|lowest|worst|smallest"
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
            (
                rf"(?:an? |the )?(?:{_SHARE}|(?P<n>{{N}}))(?:[- ](?:row|percent))? (?:random )?(?:sub)?sample(?:,? (?:stratified|balanced))?{by}"
            ),
            (
                rf"(?:(?:keep|at most|only|take|up to|select|choose|pick) )*(?P<n>{{N}})(?!\s*(?:words?|chars?|tokens?|%)){_ROWS} (?:(?:that are |are )?"
                r"(?:chosen|picked|selected|drawn|taken) )?(?:at random|randomly)"
            ),
            (
                rf"(?:[,，]?\s*(?:随机地?)(?:保留|留下?|留|取|挑|选出?))\s*(?:{_SHARE}|(?P<n>{{N}})){_ROWS}"
            ),
            (
                r"(?:按照?|根据)\s*(?P<by>{WHO})\s*(?:列|字段)?\s*(?:做|进行|来)?\s*分层(?:随机)?(?:抽样|采样|抽取?|取样)?[,，]?\s*(?:总共|一共|共"
                rf"|随机)*\s*(?:抽取?|取|采样?|留下?|选)?\s*(?:出)?\s*(?:{_SHARE}|(?P<n>{{N}})){_ROWS}"
            ),
            (
                r"(?:randomly |at random |随机地?)?(?:sub-?sample|sample|draw|pick|select|take|choose|抽取?|采样"
                r"|随机选?取?|抽样)(?: (?:a|me|out|down to|down|to|randomly|random|only|sample|of|about"
                rf"|around|roughly))*\s*(?:{_SHARE}|(?P<n>{{N}})(?!\s*(?:words?|chars?|tokens?"
                rf"|%))){_ROWS}(?: (?:at random|randomly))?(?: of (?:the|them|all)(?: (?:rows|data))?)?{by}"
            ),
            (
                r"(?:a )?(?:random|stratified|随机)\s*(?:sample|subset|part|selection|抽取?|抽样|选取?"
                rf"|采样)?\s*(?:of|to)?\s*(?:{_SHARE}|(?P<n>{{N}})(?!\s*(?:words?|chars?"
                rf"|tokens?))){_ROWS}{by}"
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
                rf"|characters|tokens?|sentences?|lines?\b(?! of the file))){_ROWS}"
            ),
            r"(?:只|仅)(?:取|保留|要|用|留)(?:下)?\s*(?P<n>{N})\s*(?:条|行|个|篇)(?:数据|样本|记录)?(?![\u4e00-\u9fff])",
            r"(?:只?(?:取|保留|要|用))?\s*前\s*(?P<n>{N})\s*(?:条|行|个|篇)(?:数据|样本|记录)?",
            (
                r"(?:(?:打乱|排序|排好)(?:顺序)?(?:之?后)(?:取|留|保留)|at most|no more than|max(?:imum)?(?: of)?|up to|limit(?:ed)? (?:it )?to"
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
        if "quota" in options:
            by = by or next(iter(draft.all_meant(options["words"])), None)
            score = next(iter(draft.known(options["score"])), None) or self._ranking(wish, draft)
            score = score or (draft.role("score") if options.get("best") else None) or _first_of(options["first"], draft)
            if options["first"] and not score:
                draft.ask(f"By which column is {options['first']!r} meant?")
            best = {"prefer": "best", "score": score} if score else {"prefer": "random"} if options["chance"] else {}
            if by is None:
                draft.ask(f"By which column is {wish.said!r} meant?")
            else:
                draft.step("quota", wish.said, by=by, n=options["quota"], **best)
        elif "balance" in options:
            self._balance(wish, draft, by)
        elif "first" in options:
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

    def _balance(self, wish: Wish, draft: Draft, by: str | None) -> None:
        column = by or draft.role("label", "category", "language")
        profiled = draft.profiled(column) if column else None
        counts = profiled.values.values() if profiled else ()
        if column is None:
            draft.ask("By which column shall the rows be balanced?")
            return
        if not counts:
            draft.ask(f"How many rows of each {column} shall be kept?")
            return
        draft.step("quota", wish.said, by=column, n=min(counts), prefer="random")
        draft.assume(f"balanced means {min(counts)} rows of each {column}, as many as the rarest has")

    def _top(self, wish: Wish, draft: Draft, by: str | None) -> None:
        options = wish.options
        way = options["best"]
        lowest = way.startswith(_LEAST)
        by = by or _counted(way, draft)
        if way in ("longest", "shortest", "最长", "最短") and by is None:
            text = draft.meant(options["context"]) or draft.text()
            draft.step("char_count", wish.said, text=text)
            by = "char_count"
        if way in ("newest", "latest", "most recent", "oldest", "最新") and by is None:
            by = draft.role("date")
        by = by or self._ranking(wish, draft) or self._scored(wish, draft)
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

    def _ranking(self, wish: Wish, draft: Draft) -> str | None:
        """Return the column by which the request sorts rows before it chooses some, the greatest first."""
        before = draft.ranking is not None and draft.ranking.at < wish.at and draft.ranking.options["descending"]
        if not before or draft.ranking is None:
            return None
        named = [each for each in map(draft.name, draft.ranking.options["by"]) if each in draft.columns]
        return next(iter(named or draft.all_meant(draft.ranking.options["words"])), None)

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


class Ordering(Skill):
    """The order of the rows."""

    name = "ordering"
    stage = ORDER

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish to sort or to shuffle."""
        down = (
            r"(?P<down>desc(?:ending(?:ly)?)?(?: order)?|(?:in )?descending order"
            r"|(?:in )?reverse(?: order)?|high(?:est)?[- ](?:to[- ]low(?:est)?|first)|(?:largest"
            r"|biggest|longest|newest|latest|most recent|best|greatest) (?:ones )?first"
            r"|new(?:est)? to old(?:est)?|from (?:the )?(?:most|highest|largest|best|biggest|greatest|newest|longest)"
            r"(?: \w+)? to (?:the )?(?:least|lowest|smallest|worst|fewest|oldest|shortest)|(?:从高到低|由高到低|由大到小|从多到少|由多到少|从大到小|降序|倒序|从新到旧)(?:排列|排序)?)"
        )
        up = (
            r"(?P<up>asc(?:ending(?:ly)?)?(?: order)?|(?:in )?ascending order"
            r"|low(?:est)?[- ](?:to[- ]high(?:est)?|first)|from (?:the )?(?:least|lowest|smallest|worst|fewest|oldest|shortest)"
            r"(?: \w+)? to (?:the )?(?:most|highest|largest|best|biggest|greatest|newest|longest)|(?:smallest|shortest|oldest|earliest"
            r"|lowest) first|old(?:est)? to new(?:est)?|alphabetical(?:ly)?|a-z|(?:从低到高|从小到大"
            r"|升序|从旧到新)(?:排列|排序)?)"
        )
        order = rf"(?:\s*[,(（，]?\s*(?:in )?(?:{down}|{up})[)）]?)?"
        for pattern in (
            (
                r"(?:sort(?:ed|ing)?|order(?:ed|ing)?|rank(?:ed)?|arrange)(?: (?:alphabetically|numerically|chronologically|them all|it|them|the (?:rows|data"
                r"|result|output|file|rest|remaining|others)|remaining|rows|everything|all|the|results?"
                r"|output))*\s*(?:(?:in )?(?:descending|ascending)(?: order)?\s*)?(?:by|on"
                rf"|according to) (?:the )?(?P<by>{{WHOS}})(?: (?:column|field))?{order}"
            ),
            (
                rf"(?:按照?|根据|依据|以)?\s*(?P<by>{{WHOS}})\s*(?:列|字段)?\s*(?:进行|来"
                rf"|的)?\s*{order}\s*(?:排序|排列"
                rf"|排)?{order.replace('?P<down>', '?P<down2>').replace('?P<up>', '?P<up2>')}"
            ),
            r"(?:按照?)?(?:(?P<down>从高到低|从大到小|从多到少|降序|倒序)|(?P<up>从低到高|从小到大|从少到多|升序))(?:排列|排序|排)",
            (
                r"(?:(?P<down>biggest|largest|highest|greatest|most)|(?P<up>smallest|lowest|least|fewest)) (?P<by>{COL})(?: (?:come|go|at the top|on"
                r" top))? ?first"
            ),
            (
                r"(?P<down>(?:newest|latest|most recent|longest|highest)(?: ones| rows)? (?:first|on top)"
                r"|最新的?(?:在|排)?(?:最)?前面?)|(?P<up>(?:oldest|shortest|lowest|earliest)(?: ones"
                r"| rows)? first)"
            ),
        ):
            for found in text.find(pattern):
                said = found.groupdict()
                said_order = re.search(r"排|序|从.到|由.到|[a-z]", found[0].replace(said.get("by") or "", ""), re.I)
                if said_order is None:
                    continue
                falling = bool(said.get("down") or said.get("down2") or re.search(r"\bdescending\b", found[0], re.I))
                columns = text.named(said["by"]) if said.get("by") else []
                if not columns and not said.get("by") and not found[0].isascii():
                    columns = text.last(found.start())[-1:]
                words = said.get("by") or found[0]
                yield self.wish(text, found.start(), found.end(), by=columns, descending=falling, words=words)
        for found in text.find(
            r"shuffl(?:e|ed|ing)(?: (?:the )?(?:rows|data|order|result|output|it|them|everything))?"
            r"|(?:in )?(?:a )?random order|randomi[sz]e the order|打乱(?:顺序|数据)?|随机(?:顺序|排序"
            r"|打乱)|乱序"
        ):
            yield self.wish(text, found.start(), found.end(), shuffle=True)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step."""
        if "shuffle" in wish.options:
            draft.step("shuffle", wish.said)
            return
        by = draft.known(wish.options["by"])
        if not by and not wish.options["by"]:
            role = draft.meant(wish.options["words"])
            by = [role] if role else []
        by = [self._as_number(each, wish, draft) for each in by]
        if by:
            draft.step("sort", wish.said, by=by[0] if len(by) == 1 else by, descending=wish.options["descending"])
        elif not wish.options["by"]:
            draft.ask(f"By which column is {wish.said!r} meant?")


    def _as_number(self, column: str, wish: Wish, draft: Draft) -> str:
        """Return a column to sort by: short texts that are said to be great or small are sorted as numbers."""
        profiled = draft.profiled(column)
        sized = re.search(r"high|low|larg|great|small|bigg|大|小|高|低", wish.said.replace(column, ""), re.I)
        short = profiled is not None and profiled.role not in ("date", "name", "id") and (profiled.mean_chars or 99) <= 12
        if not sized or not short or draft.columns[column] != "str" or (profiled is not None and profiled.values):
            return column
        into = f"{column}_number"
        draft.step("compute", wish.said, value=f"try_cast({quoted_name(column)} as double)", into=into)
        draft.hidden.add(into)
        return into


def _preferred(text: Text, end: int) -> tuple[int, str]:
    """Return where words end that say which rows of a group come first, and those words: `hardest first`."""
    found = text.pattern(
        r"\s*[,，(（]?\s*(?:(?:prefer(?:ring|ably)?|starting with|favou?ring) )?(?:the )?(?P<way>hardest|easiest|newest|latest|longest"
        r"|highest|most \w+|best) (?:ones |rows )?(?:first|ones)(?P<by>(?!))?[)）]?"
        r"|\s*[,，(（]?\s*(?:prefer(?:ring|ably)?|starting with|favou?ring|with) (?:those with )?(?:the )?(?:most|highest|best|greatest)"
        r" (?P<by2>{COL})(?: first)?[)）]?"
        r"|\s*[,，(（]?\s*(?:优先|尽量|先)?(?:保留|留下?|取|选|挑|要)?\s*(?P<by3>{COL})\s*(?:最|更|较)?(?:高|大|多|新)的?(?:优先|在前|先留)?[)）]?"
    ).match(text.rest, end)
    if found is None:
        return end, ""
    named = text.named(found["by2"] or found["by3"])
    return found.end(), named[0] if named else str(found["way"] or "")


def _first_of(way: str, draft: Draft) -> str | None:
    """Return the column of numbers by which some rows of a group come first, by its name or by a word like hardest."""
    if way in draft.columns:
        return way
    names = {"hardest": ("difficulty", "hardness", "level"), "top": (), "highest": (), "best": (), "newest": (), "latest": ()}
    meant = next((each for each in names.get(way, ()) if draft.columns.get(each) in ("int", "float")), None)
    dated = draft.role("date") if way in ("newest", "latest") else None
    return meant or dated or (draft.role("score") if way in ("highest", "best", "top") else None) or _counted(way, draft)


def _counted(way: str, draft: Draft) -> str | None:
    """Return the column that `most viewed` or `least liked` is about: that of numbers which begins with the word."""
    word = way.split()[-1].removesuffix("ed").removesuffix("e") if way.startswith(("most ", "least ")) else ""
    numbers = [name for name, kind in draft.columns.items() if kind in ("int", "float")]
    return next((each for each in numbers if len(word) > 2 and each.lower().startswith(word)), None)


def _share(said: dict[str, str | None]) -> float | None:
    if part := said.get("part"):
        return fraction(part)
    return share(str(said["share"]), str(said["unit"]).lower()) if said.get("share") else None
