"""Wishes about how many rows of each group stay, and which."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.numbers import number
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import CHOOSE, Skill
from dfcli.agent.skills.choosing import ROW_WORDS, counted, ranked_by
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_BALANCE = (
    r"(?:balance|equali[sz]e|even out|平衡|均衡)(?:d|化)?(?: (?:the|by|on|across"
    r"|over))*\s*(?:(?:class(?:es)?|labels?|categor(?:y|ies)|distribution|数据|类别"
    r"|各)\s*)*(?:(?:by|of|across|on|in|for|按)? ?(?:the )?(?P<by>{COL})(?: (?:column|classes"
    r"|labels|values))?)?(?:\s*(?:类别|分布|数据|样本|的))*"
)
"""As many rows of each kind as the rarest has."""


class Groups(Skill):
    """So many rows of each group, or as many of each."""

    name = "groups"
    stage = CHOOSE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per choice."""
        yield from self._groups(text)
        yield from self._balanced(text)
        yield from self._best_of_each(text)

    def _groups(self, text: Text) -> Iterator[Wish]:
        most = (
            r"(?:(?:keep |at most |no more than |max(?:imum)?(?: of)? |up to |cap (?:it )?(?:at |to )?"
            r"|limit (?:to )?|only |take |exactly |(?:最多)?保留|最多|只留|至多|不超过|取)\s*)+"
        )
        shuffled = r"(?:随机|random(?:ly)?|at random)"
        for pattern in (
            (
                r"(?:for |from |of |in |within )(?:each|every) (?P<by>{WHO}),? (?:(?:i |we )?(?:want|keep|take"
                r"|pick|need|use|choose) )?(?:only )?"
                rf"(?:the )?(?P<n>{{N}}) (?P<best>best|top|highest(?:[- ](?:scoring"
                rf"|rated))?){ROW_WORDS}(?:\s*[(（]?\s*by (?:the )?(?P<score>{{COL}})[)）]?)?"
            ),
            rf"{most}(?P<n>{{N}}){ROW_WORDS}\s*(?:per|(?:for|of|from|in|out of) (?:each|every|any(?: one"
            rf"| single)?|one|a single|the same)|/)\s*(?P<by>{{WHO}})"
            r"(?:,? (?:please,? )?(?:the )?(?:best|highest|top|largest)(?:[- ](?:scoring|scored|rated))?(?: by)?"
            r" (?:(?P<score>{COL})|(?P<best>ones|first|rows))(?: first)?)?",
            (
                r"(?:按照?|根据)\s*(?P<by>{WHO})\s*(?:列|字段)?\s*[,，]?\s*(?:每个|每种|每类|各)(?:类别"
                r"|取?)?\s*(?:最多|只|至多|不超过)?\s*(?:保留|留|取"
                r"|抽取?)?\s*(?:最多)?\s*(?P<n>{N})\s*(?:条|行|个|篇)?"
            ),
            (
                r"(?:每个|每种|每类|每一?个?)\s*(?P<by>{WHO})\s*(?:类别)?\s*(?:最多|只|至多"
                r"|不超过|上?限制?(?:在|为)?)?\s*(?:保留|留|取|抽取?)?\s*(?:最多)?\s*(?P<n>{N})\s*(?:条|行|个|篇)?"
            ),
            r"(?:cap|limit) (?:each|every) (?P<by>{WHO}) (?:at|to) (?P<n>{N})" + ROW_WORDS,
            (
                r"(?:(?:stratif(?:y|ied)|group(?:ed)?|split) by (?P<by>{WHO})(?:,|,? and|,? then)* )?(?:(?:draw"
                r"|take|keep|sample|pick"
                rf"|choose|leave|with|at most|up to|max(?:imum)?|only) )*(?P<n>{{N}}){ROW_WORDS}\s*(?:of|from|in"
                rf"|for) (?:each|every one)"
                r"(?: of them| group| kind| class)?(?:,? (?:at most|max(?:imum)?|tops"
                r"|only))?(?! (?:of )?(?:the )?[a-z])"
            ),
            (
                rf"(?:for |from |of |in |within )(?:each|every) (?P<by>{{WHO}}),? (?:(?:i |we )?(?:want|keep|take"
                rf"|pick|allow|use"
                rf"|choose|draw|there should be) )?(?:(?:only|just|at most|up to|no more than"
                rf"|a maximum of) )?(?P<n>{{N}}){ROW_WORDS}"
            ),
            (
                r"(?:each|every|no|any) (?P<by>{WHO}) (?:(?:should|may|must|can|gets?|has|have|contributes?"
                r"|to) )*(?:not )?"
                rf"(?:have |get |keep |contribute |exceed |more than |at most |only |up to "
                rf"|no more than )+(?P<n>{{N}}){ROW_WORDS}"
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

    def _balanced(self, text: Text) -> Iterator[Wish]:
        for found in text.find(
            r"[,，]?\s*(?:按照?原(?:来|有)?的?顺序)?取(?:最)?前面的"
            r"|[(（]?(?:in )?(?:the )?first come(?:,? first served?)?[)）]?"
            r"|按照?原(?:来|有)?的?顺序"
        ):
            text.take(found.start(), found.end())
        for found in text.find(
            r"(?:按照?|根据)\s*(?P<by>{COL})\s*(?:列|字段)?\s*(?:做|进行|来)?\s*(?:均衡|平衡)(?:采样|抽样|一下|化|处理)*"
        ):
            yield self.wish(text, found.start(), found.end(), balance=True, by=text.named(found["by"])[0])
        counted = False
        for found in text.find(
            r"(?:an? )?(?:equal|the same|equally many) (?:numbers?|amounts?|counts?)(?: of (?:rows|examples|samples))?"
            r" (?:per|for each|from each|in each|of each) (?P<by>{WHO})(?:,? (?:say|for example|e\.g\.|about"
            r"|namely))? ?,? ?(?P<n>{N})"
            r"(?: (?:rows|examples|samples|of them))? (?:each|per [a-z]+|of each)(?:,? (?:chosen|picked|drawn"
            r"|taken))?(?P<chance>,? (?:at random|randomly))?"
        ):
            by, counted = text.named(found["by"]), True
            yield self.wish(
                text,
                found.start(),
                found.end(),
                quota=number(found["n"]),
                by=by[0] if by else None,
                words=found["by"],
                score=[],
                best=False,
                first="",
                chance=found["chance"] is not None,
            )
        for found in text.find(_BALANCE):
            if counted:
                text.take(found.start(), found.end())
                continue
            by = text.named(found["by"]) if found["by"] else []
            yield self.wish(text, found.start(), found.end(), balance=True, by=by[0] if by else None)

    def _best_of_each(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for the best rows of each group: `the two most liked of each source`, 每个来源评分最高的3条."""
        for found in text.find(
            rf"(?:(?:pick|keep|take|choose|select|want|i want|retain) )*(?:whichever|the)(?: (?:{{WHO}}|one|row"
            rf"|answer))? (?:that |which )?"
            r"(?:has|with|having|got|of) the (?:top|highest|best|greatest|most|largest) (?P<score>{COL}) (?:for"
            r"|per|of|in|from) "
            r"(?:each|every) (?P<by>{WHO})"
            r"|(?:for|from|of|in) (?:each|every) (?P<by2>{WHO})(?:\s*(?:in|of)?\s*\x00+)?,? ?(?:(?:i "
            r"|we )?(?:want|keep|take|pick|need) )?(?:only )?(?:the )?"
            rf"(?P<n>{{N}}){ROW_WORDS} (?:that have|with|having|of) the (?:top|highest|best|greatest|most"
            rf"|largest) (?P<score2>{{COL}})s?"
        ):
            said = found.groupdict()
            by, score = text.named(said["by"] or said["by2"]), text.named(said["score"] or said["score2"])
            count = number(said["n"]) if said["n"] else 1
            yield self.wish(
                text,
                found.start(),
                found.end(),
                quota=count,
                by=by[0] if by else None,
                words=said["by"] or said["by2"],
                score=score,
                best=True,
                first="best",
                chance=False,
            )
        way = r"(?P<way>best|top|hardest|easiest|newest|latest|longest|highest(?:[- ](?:rated|scoring))?|most \w+)"
        for pattern in (
            rf"(?:the )?(?P<n>{{N}}) {way}(?:[- ]?(?:rated|scoring|scored))?{ROW_WORDS} (?:of|per|for|from"
            rf"|in) (?:each|every) (?P<by>{{WHO}})(?P<score>(?!))?",
            rf"(?:the )?{way} (?P<n>{{N}}){ROW_WORDS} (?:of|per|for|from|in) (?:each"
            rf"|every) (?P<by>{{WHO}})(?P<score>(?!))?",
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

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step that chooses."""
        by = next(iter(draft.known([wish.options["by"]])), None) if wish.options.get("by") else None
        if "balance" in wish.options:
            self._balance(wish, draft, by)
            return
        by = by or next(iter(draft.all_meant(wish.options["words"])), None)
        if by is None:
            draft.ask(f"By which column is {wish.said!r} meant?")
        else:
            draft.step("quota", wish.said, by=by, n=wish.options["quota"], **self._preference(wish, draft))

    def _preference(self, wish: Wish, draft: Draft) -> dict[str, str]:
        """Return the options that say which rows of a group come first."""
        options = wish.options
        score = next(iter(draft.known(options["score"])), None) or ranked_by(wish, draft)
        score = score or (draft.role("score") if options.get("best") else None) or _first_of(options["first"], draft)
        if score:
            return {"prefer": "best", "score": score}
        if options["first"]:
            draft.ask(f"By which column is {options['first']!r} meant?")
        return {"prefer": "random"} if options["chance"] else {}

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


def _preferred(text: Text, end: int) -> tuple[int, str]:
    """Return where words end that say which rows of a group come first, and those words: `hardest first`."""
    found = text.pattern(
        r"\s*[,，(（]?\s*(?:(?:prefer(?:ring|ably)?|starting with|favou?ring) )?(?:the )?(?P<way>hardest"
        r"|easiest|newest|latest|longest"
        r"|highest|most \w+|best) (?:ones |rows )?(?:first|ones)(?P<by>(?!))?[)）]?"
        r"|\s*[,，(（]?\s*(?:prefer(?:ring|ably)?|starting with|favou?ring"
        r"|with) (?:those with )?(?:the )?(?:most|highest|best|greatest)"
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
    names = {
        "hardest": ("difficulty", "hardness", "level"),
        "top": (),
        "highest": (),
        "best": (),
        "newest": (),
        "latest": (),
    }
    meant = next((each for each in names.get(way, ()) if draft.columns.get(each) in ("int", "float")), None)
    dated = draft.role("date") if way in ("newest", "latest") else None
    return meant or dated or (draft.role("score") if way in ("highest", "best", "top") else None) or counted(way, draft)
