"""A request in the words that skills know: many ways to say one thing become one, before anything is read.

Each idea has one list here, so that a new way to say it is known to all skills at once. Quoted texts, names of columns
and of files stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_IDEAS: tuple[tuple[str, str], ...] = (
    (
        "drop",
        r"(?:chuck|toss|throw|kick|fling|boot|sift|screen|leave|weed|drop|edit|knock|strike|rule|filter)(?:ed|ing)?"
        r"(?: (?:them|it|those|these))? (?:out|away|aside)(?! of the text| of text)(?: of)?"
        r"|(?:get|getting) (?:rid|shot) of|dispos(?:e|ing) of|do(?:ing)? away with|part with|chuck(?:ing)?|bin|rm|axe"
        r"|cull(?:ing)?|prun(?:e|ing)|nuk(?:e|ing)|scrap|jettison|expunge|omit(?:ting)?|trash|zap"
        r"|wipe(?: out)?|toss|ditch"
        r"|banish|evict|purge|discard(?:ing)?|exclud(?:e|ing)|eliminat(?:e|ing)",
    ),
    ("keep", r"retain(?:ing)?|hold(?:ing)? on to|hang(?:ing)? on to|preserv(?:e|ing)|let through|whitelist"),
    (
        "keep only",
        r"stick(?:ing)? (?:to|with)|i(?:'m| am) only (?:after|interested in)|i(?:'m| am) (?:after|interested in)"
        r"|narrow(?: (?:it|this|them))? down to|(?:restrict|limit)(?: (?:it|this|them|the (?:data|set"
        r"|file)))? to(?! \d)"
        r"|(?:i|we) (?:only|just) (?:need|want|care about)(?= (?:pages|rows|those|the|samples|documents"
        r"|questions|records))",
    ),
    (
        "at least",
        r"(?:a |the )?minimum of|a min of|min\.?(?= \d)|not (?:under|below)|no(?:thing)? (?:under|below|worse than)"
        r"|(?:(?:is|are|was|were|do|does)(?:n't| not)|(?:must|should|may|can|could) ?(?:n't"
        r"|not) be) (?:any )?(?:less|fewer|lower|shorter|smaller) than"
        r"|no(?:t)? (?:less|fewer|lower|shorter|smaller) than|upwards? of|reach(?:es|ing)?(?= \d)",
    ),
    (
        "at most",
        r"(?:a |the )?maximum of|a max of|max\.?(?= \d)|not (?:over|above|exceeding|beyond)"
        r"|(?:(?:is|are|was|were|do|does)(?:n't| not)|(?:must|should|may|can|could) ?(?:n't"
        r"|not) be) (?:any )?(?:more|greater|larger|bigger|higher|longer) than"
        r"|no(?:t)? (?:more|greater|larger|bigger|higher|longer) than|capped at"
        r"|(?:do(?:es)?n't|do(?:es)? not|must not|may not|should not|shouldn't|can't|cannot|never) exceed"
        r"|up to and including"
        r"|maxing out at",
    ),
    ("more than", r"in excess of|north of|exceeding|exceeds?|surpass(?:es|ing)?"),
    ("under", r"beneath|short of(?= \d)|south of"),
    ("near-duplicate", r"(?:near(?:ly)?|almost|virtually|practically)[- ](?:identical|the same|equal)(?= \w+s)"),
    ("near-duplicates", r"(?:near|almost|close)[- ](?:copies|dupes|dups|matches|clones)|look-?alikes|near-?dups?"),
    ("near-duplicates", r"fuzzy (?:dupes|dups|copies|matches)"),
    ("duplicates", r"dups|dupes|doublets|doubles|clones|carbon copies|copy-?pastes|repeat entries"),
    ("fuzzy dedup", r"de-?dup(?:e|ed|licat(?:e|ed|ing))? (?:the \w+ )?(?:fuzzily|approximately|loosely)"),
    ("lowercase", r"fold(?:ed)? to lower[- ]?case|lower(?:ed)? the case|down-?case|small letters"),
    ("conversation", r"dialogs?"),
    ("by", r"à la|a la|in the manner of|in the sense of|as defined by"),
    (
        "chain of thought",
        r"(?:chains?[- ]of[- ]thought|cot|step[- ]by[- ]step) (?:explanations?|reasonings?|rationales?"
        r"|thoughts?|traces?)",
    ),
    ("without", r"w/o"),
    (
        "at most",
        r"(?:limit|restrict|reduce|cut|trim|shrink|bring)(?: (?:it|this|them"
        r"|the \w+))?(?: down)? to(?= (?:an? (?:dozen|hundred)|\d|ten|twenty|five))",
    ),
    (
        "fuzzy dedup",
        r"de-?dup(?:e|licate)? (?:approx\.?|approximately|roughly|fuzzily)|approx(?:imate|\.) de-?dup(?:e|lication)?",
    ),
    ("except", r"apart from|other than|save for|but not|excepting|with the exception of"),
    ("has", r"whatever has|anything that has|everything that has"),
    ("collapse", r"squash|shrink|crush|condense"),
    ("remove", r"cut(?:ting)? away|scrape (?:off|away)|peel (?:off|away)|shave off|clear (?:out|away)"),
    ("urls", r"web ?links|hyper ?links|web addresses"),
    ("characters", r"chars|symbols long"),
    ("column", r"col|attribute"),
    ("columns", r"cols|attributes"),
    ("addresses", r"addrs"),
    ("language model", r"large language model"),
    (
        "personal data",
        r"personal(?:ly)?[- ]identif\w+(?: (?:data|info\w*))?|private particulars|sensitive personal stuff",
    ),
    ("highest first", r"(?:the )?(?:largest|biggest|greatest|highest|most)(?: \w+)? (?:at|on) (?:the )?top"),
    ("lowest first", r"(?:the )?(?:smallest|lowest|least)(?: \w+)? (?:at|on) (?:the )?top"),
    ("shuffle", r"(?:mix|jumble|scramble)(?: up)? (?:the )?(?:order|rows)|mix (?:them|everything) up"),
    ("randomly pick", r"pick at random|draw at random"),
    ("at random", r"by chance|in a random fashion"),
    ("please", r"pls|plz|kindly"),
    ("remaining", r"what(?:'s| is|ever(?:'s| is)?) left|what remains|the remainder|the leftovers"),
    ("删除", r"(?:扔|踢|剔|砍|干|刨|抛|清理|清|截|筛|舍|淘汰)(?:掉|除|了|弃)|丢了|删了|删去|淘汰|摒弃|清出去|筛出去"),
    ("保留", r"才(?:保留|要|留下?)|留着|留下来|保留下来|挑出来|选出来|筛出来|拣出来?|留用"),
    ("只保留", r"只想要|只需要?(?=[^\d])|仅需要?|只挑|只选|仅保留"),
    ("至少", r"起码|不得少于|不能少于|不可少于|不得低于|不能低于|最起码"),
    ("最多", r"顶多|不得超过|不能超过|不可超过|别超过|不要超过|不许超过|不得多于|不能多于"),
    ("打乱顺序", r"打散(?:顺序)?|洗牌|随机打乱(?:顺序)?|顺序打乱"),
    ("近似重复", r"高度相似|几乎(?:一样|相同|重复)|差不多(?:一样)?的?重复|近重复"),
    ("个人信息", r"个人(?:隐私)?(?:数据|资料)|隐私(?:内容|资料)"),
    ("打码", r"遮掉|抹去|遮蔽|做?脱敏处理|匿名处理|马赛克"),
    ("中的", r"里头的|当中的|里边的|之中的"),
)
"""What is said in the end, and the ways to say it."""

_EDGES = (r"(?<![A-Za-z0-9_'-])(?:", r")(?![A-Za-z0-9_-])")
_NAMED = "|".join(
    f"(?P<idea{at}>{ways.join(_EDGES) if said.isascii() else ways})" for at, (said, ways) in enumerate(_IDEAS)
)
_IDEA = re.compile(_NAMED.replace(" ", r"\s+"), re.A | re.I)
HELD = r"\"[^\"\n]*\"|`[^`\n]*`|“[^”\n]*”|「[^」\n]*」|『[^』\n]*』|(?<!\w)'[^'\n]*'(?!\w)|[\w/-]+\.[A-Za-z]\w+"
_TYPED = frozenset(
    [
        "occurrence",
        "duplicate",
        "duplicates",
        "deduplicate",
        "english",
        "chinese",
        "language",
        "characters",
        "character",
        "sentence",
        "sentences",
        "instruction",
        "instructions",
        "response",
        "responses",
        "question",
        "questions",
        "answer",
        "answers",
        "remove",
        "whitespace",
        "punctuation",
        "between",
        "shorter",
        "longer",
        "minimum",
        "maximum",
        "convert",
        "format",
        "column",
        "columns",
        "random",
        "randomly",
        "shuffle",
        "quality",
        "messages",
        "emails",
        "addresses",
        "category",
        "categories",
        "similar",
        "similarity",
        "preference",
        "database",
        "queries",
        "training",
        "validation",
        "normalize",
        "lowercase",
        "difficulty",
        "highest",
        "lowest",
        "descending",
        "ascending",
        "helpful",
        "helpfulness",
        "toxic",
        "personal",
        "balance",
    ]
)
"""Words that are put right when a letter is missing, doubled, or has changed places."""


@dataclass(frozen=True)
class Worded:
    """A request in known words, and for each of its characters the place in the request where it comes from."""

    text: str
    origin: Sequence[int]

    def original(self, request: str, start: int, end: int) -> str:
        """Return the request's own words for a part of the text."""
        return request[self.origin[start] : self.origin[end]]


def worded(request: str, names: Iterable[str]) -> Worded:
    """Return a request in known words; `names` are the words of the data, which stay as they are."""
    known = sorted({each for each in names if each}, key=lambda each: (-len(each), each))
    kept = "|".join([HELD, *(rf"(?<![A-Za-z0-9_]){re.escape(each)}(?![A-Za-z0-9_])" for each in known)])
    lower = {each.lower() for each in known}
    parts: list[str] = []
    origin: list[int] = []
    at = 0
    for found in re.finditer(kept, request, re.A | re.I):
        _add(parts, origin, request, at, found.start(), lower)
        _same(parts, origin, request, found.start(), found.end())
        at = found.end()
    _add(parts, origin, request, at, len(request), lower)
    return Worded("".join(parts), [*origin, len(request)])


def _add(parts: list[str], origin: list[int], request: str, start: int, end: int, names: set[str]) -> None:
    """Add a part of the request that holds no name, its ideas in known words."""
    at = start
    for found in _IDEA.finditer(request, start, end):
        _spelled(parts, origin, request, at, found.start(), names)
        place = next(number for number in range(len(_IDEAS)) if found[f"idea{number}"] is not None)
        said = _IDEAS[place][0]
        parts.append(said)
        origin.extend([found.start()] * len(said))
        at = found.end()
    _spelled(parts, origin, request, at, end, names)


def _spelled(parts: list[str], origin: list[int], request: str, start: int, end: int, names: set[str]) -> None:
    """Add a part whose words are put right where one letter is wrong."""
    at = start
    for found in re.compile(r"[A-Za-z]{6,}").finditer(request, start, end):
        meant = _meant(found[0].lower())
        if meant is not None and found[0].lower() not in names:
            _same(parts, origin, request, at, found.start())
            parts.append(meant)
            origin.extend([found.start()] * len(meant))
            at = found.end()
    _same(parts, origin, request, at, end)


def _same(parts: list[str], origin: list[int], request: str, start: int, end: int) -> None:
    parts.append(request[start:end])
    origin.extend(range(start, end))


def _meant(word: str) -> str | None:
    """Return the word that is meant by one with a letter too many or too few, or two in the wrong order.

    A wrong letter makes another word too often: trailing is not training.
    """
    if word in _TYPED:
        return None
    return next((each for each in sorted(_TYPED) if each[0] == word[0] and _is_slip(word, each)), None)


def _is_slip(word: str, meant: str) -> bool:
    """Tell whether two words differ by one slip inside them; another ending is another form, and no slip."""
    if abs(len(word) - len(meant)) > 1:
        return False
    same = next((at for at, pair in enumerate(zip(word, meant, strict=False)) if pair[0] != pair[1]), None)
    if same is None or min(len(word), len(meant)) - same < 2:
        return False
    rest, wanted = word[same:], meant[same:]
    swapped = rest[1::-1] + rest[2:] == wanted
    return swapped or rest[1:] == wanted or rest == wanted[1:]
