"""What a skill is: it reads its part of a request, and builds steps of a recipe from what it read.

Skills are asked in the order of `skills.ALL`; what one takes of the request the next do not see. They know the data by
its profile only, so nothing that stands in a row can change what is read.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

ROWS, CLEAN, MEASURE, PRIVACY, DEDUP, WRITE, JUDGE, CHOOSE, ORDER, SHAPE, OUTPUT = range(10, 120, 10)
"""The places of skills in a recipe: what is cheap comes first, models are asked late, columns take their shape last."""

_NOT = re.compile(
    r"(?:\b(?:don'?t|do not|without|no need (?:to|for)|never|skip(?: the)?|not|no)"
    r"(?: (?:want|need|to|any|do|the|perform|apply|use|a|be|him|them|it))*|不要|请?别|无需"
    r"|不用|不需要|不必|先不)\s*(?:做|进行)?\s*$",
    re.A | re.I,
)
DROP = (
    r"(?:drop|remov(?:e|ing)|filter(?:ing)? out|filter(?:ing)? (?:away|off)|discard|exclud(?:e|ing)|delete|get rid of"
    r"|throw (?:(?:those|these|them|such)(?: rows| ones)? )?(?:away|out)|toss|kick out"
    r"|eliminate|strip|skip|weed out|ditch|reject|cut|purge|lose"
    r"|can'?(?:t|not) use|(?:don'?t|do not) (?:want|need|require|care (?:for|about))|have no use for|same (?:goes )?for"
    r"|nothing (?:from|with|in|that|whose)|nor (?:anything|any|those|the)"
    r"|(?:don'?t|do not|never) (?:send|feed|give|pass|show)(?: (?:it|them|the (?:model|judge)))?"
    r"|(?:nothing|none)(?! (?:but|else|other|except|is|are|was))"
    r"|no \w+(?: in (?:the|my|our)(?: \w+){1,2})? (?:contains?|ha(?:s|ve)|is|are|may|should|must|can|with)"
    r"|no (?:texts?|rows?|documents?|pages?|answers?|responses?|questions?|samples?|examples?)"
    r"(?= (?:that is |that are |of )?(?:over|under|above|below|longer|shorter|more|less|fewer|beyond|higher|lower)\b))"
)
KEEP = (
    r"(?:keep(?:ing)?|retain|only|just|leave|select|pick|choose|want|include|restrict to"
    r"|limit(?:ed)? to|must (?:be|have))"
)
DROP_ZH = r"(?:去掉|去除|删除|删掉|过滤掉|剔除|全删|丢弃|丢掉|移除|排除|清除|筛掉|扔掉|滤掉|不要)"
KEEP_ZH = r"(?:保留|只要|只留|留下|选出|筛选出?|挑出|挑选|仅要|需要|仅)"
_POLARITY = re.compile(
    rf"\b(?P<drop>{DROP})\b|\b(?P<keep>{KEEP})\b|(?P<drop_zh>{DROP_ZH})|(?P<keep_zh>{KEEP_ZH})", re.A | re.I
)

_LEAVE = (
    rf"{DROP_ZH}|删|没用|无用|没有用|没意义|没什么用|不想要|不应?该?(?:出现|存在)|不(?:留|收|算|能有|需要)|别留"
    r"|\b(?:should|must|can|has to|have to|needs? to|may) (?:be )?(?:go|dropped|removed|leave|excluded"
    r"|deleted|out)\b|\bgoes\b(?= ?(?:[.,;!]|$|out|away))"
    r"|\bout\b(?! of)|\b(?:is|are) (?:(?:of )?(?:dropped|removed|excluded|no (?:good|use)|useless"
    r"|worthless|unwanted|pointless"
    r"|rubbish|junk|not (?:wanted|needed|welcome|allowed|useful))|(?:far |way |much )?too (?:long|short"
    r"|low|few|small|big)"
    r")(?: (?:for|to) (?:us|me))?\b"
    r"|\b(?:should|must|may|can)(?: ?not|n'?t) (?:be|remain|stay|appear)(?: (?:in|there|here|left|kept|included))*\b"
    r"|\b(?:do(?:es)?n'?t|do(?:es)? not) belong(?: (?:in )?(?:here|there))?\b|\b(?:have"
    r"|has) no place(?: (?:in )?(?:here|there))?\b"
)
_STAY = (
    rf"{KEEP_ZH}|\b(?:can|should|must|may) (?:be kept|stay|remain|survive)\b|才保留|才要|\b(?:is"
    rf"|are) (?:kept|fine|ok(?:ay)?|welcome|wanted)\b"
)
_AFTERWARDS = re.compile(rf"(?P<drop>{_LEAVE})|(?P<keep>{_STAY})", re.A | re.I)
_TAIL = re.compile(
    rf"[^\S\n]*(?:的(?:[\u4e00-\u9fff]{{1,4}}?)??|者)?[^\S\n]*(?:都|也|一律|统统|就|全部?|均|可以|直接)*(?:{_LEAVE}|{_STAY})(?:了|吧|掉|出来|下来)*(?=\s*(?:$|[.,;!?，。；！、)）\n]|\band\b|\bbut\b))",
    re.A | re.I,
)
"""What is said of rows right after they are named: that they leave, or stay."""

_OF_TEXT = re.compile(
    r"^\s*(?:all|any|the|of|out|every|up)*\s*(?:html|tags?|markup|urls?|links?|e-?mails?"
    r"|emojis?|white ?spaces?|spaces?|punctuation"
    r"|boilerplate|banners?|lines?|headers?|footers?|entities|markdown|accents?|quotes|digits"
    r"|numbers|stop ?words|columns?|fields?"
    r"|标签|网址|链接|邮箱|空格|标点|表情|列|字段)",
    re.I,
)


class Skill(ABC):
    """One kind of thing that requests ask for."""

    name: ClassVar[str]
    stage: ClassVar[int]

    @abstractmethod
    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield what the request asks for of this kind, and take its words."""

    @abstractmethod
    def build(self, wish: Wish, draft: Draft) -> None:
        """Add to a recipe what a wish needs."""

    def place(self, wish: Wish) -> float:
        """Return where among the steps a wish is built, unless words of order say otherwise."""
        return self.stage

    def wish(self, text: Text, start: int, end: int, **options: Any) -> Wish:
        """Take a part of the request, and a negation right before it; return the wish that it is."""
        negated = _NOT.search(text.before(start))
        if (tail := _TAIL.match(text.rest, end)) is not None:
            end = tail.end()
        turn = text.turn(start)
        said = text.take(start - len(negated[0]) if negated else start, end)
        return Wish(self.name, options, said, start, turn, excluded=negated is not None)


def drops(text: Text, start: int, *, default: bool, listed: bool = True) -> bool:
    """Tell whether what stands at a place is to leave.

    The last verb before it in its clause says so, else one right after it (`… are out`), else a verb before that
    governs a list of rows (`drop pages under 20 words, pages in German and empty ones`) where it may be `listed`.
    """
    if found := list(_POLARITY.finditer(text.before(start))):
        return _is_drop(found[-1])
    if (after := _AFTERWARDS.search(text.after(start))) is not None:
        return after["keep"] is None
    if listed and (found := list(_POLARITY.finditer(text.before(start, far=True)))):
        return _is_drop(found[-1]) and _OF_TEXT.search(text.before(start, far=True)[found[-1].end() :]) is None
    return default


def has_verb(text: Text, start: int) -> bool:
    """Tell whether the clause of a place says in a verb what is to stay or to leave, before it or after it."""
    return bool(_POLARITY.search(text.before(start)) or _AFTERWARDS.search(text.after(start)))


def drops_words(words: str) -> bool:
    """Tell whether the last verb of some words says that rows leave."""
    found = list(_POLARITY.finditer(words))
    return bool(found) and _is_drop(found[-1])


def _is_drop(verb: re.Match[str]) -> bool:
    return bool(verb["drop"] or verb["drop_zh"])
