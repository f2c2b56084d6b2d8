"""What a request says that asks for nothing: greetings, what the data are, and that all else stays as it is."""

from __future__ import annotations

import re

from dfcli.agent.text import TAKEN, Text

_OPENING = re.compile(
    r"\s*(?:(?:hi|hello|hey|dear|good (?:morning|afternoon))\b[^.!,:;\n]{0,20}[.!,:]\s*)?"
    r"(?P<said>(?:(?:so|ok(?:ay)?|well),? )?(?:(?:i|we)(?:'ve| have|'m sitting on)(?: got)?|here(?:'s| is| are)|this is"
    r"|these are|there(?:'s| is| are)|attached (?:is|are)|the (?:file|data(?:set)?) (?:is|are|has|have|holds|contains)"
    r"|[\w.]+ (?:is|has|holds|contains) (?:an?|some|our|my))\b[^.;:!?\n]{3,90}[.;:!?\n]"
    r"|(?:你好|您好|大家好)?[，,]?(?:我|我们|咱们|手头|手上|这里|这边)?(?:有|是)(?:一?批|一?份|一些|很多|一堆|个)"
    r"[^，,。；;！\n]{1,25}[，,。；;！\n])",
    re.I,
)
_DESCRIBES = re.compile(
    rf"\s*[{TAKEN}][{TAKEN}\s]*(?P<said>(?::\s*(?:several|some|many|various|a (?:few|list|lot|dump|set"
    rf"|table)|one|rows|each"
    r"|every|there|it|an?|两列|每|有|包含)\b|(?:has|have|contains?|holds?|is|are|lists?)\b|里?面?的?每[一个条]?\s?\w{1,12}\s?(?:都)?有"
    r"|(?:里面?|中)?(?:有|包含|存的是|是))(?:[^.。；;!?:\n]|\.(?=\w))*)(?=[.。；;!?:\n])",
    re.I,
)
"""What the data are, said right after the name of their file."""

_NOTES = re.compile(
    r"[(（](?:it'?s|it is|they'?re|they are|these are|which (?:is|are)|some (?:are|of)|sometimes|often"
    r"|numbers? as|这是|有的|有些|可能)"
    r"[^()（）]*[)）]",
    re.I,
)
"""Remarks in brackets about the data."""

_ASKS = re.compile(
    r"\d|\b(?:drop|remov|keep|only|delet|filter|must|want|need|should|without|than|at least|at most|clean|convert)"
    r"|annoy|ugly|unwanted|useless"
    r"|烦|讨厌|没用|垃圾|套话|删|去|只|不要|保留|过滤|需要|想",
    re.I,
)
_ELSE = (
    r"(?:but |and |please )*(?:(?:don'?t|do not) (?:touch|change|alter|modify|mess with) (?:anything"
    r"|the rest|everything"
    r"|any other \w+|the others?|other \w+)(?: else)?|leave (?:everything|the rest|all the rest|all"
    r"|other \w+)(?: else)?"
    r" (?:as (?:it |they )?(?:is|are)|alone|untouched|unchanged|intact)|(?:everything else|the rest"
    r"|all else) (?:stays|can"
    r" stay|remains|should (?:stay|remain))(?: as (?:it )?is| unchanged| untouched| the same)?"
    r"|(?:the )?first (?:one |copy |occurrence )?wins"
    r"|(?:nothing|no) (?:else|other)(?: \w+)? (?:should |must |may )?(?:be )?(?:changed?|touched|modified))"
    r"|(?:其[他它余](?:的|内容|列|字段|部分|信息|地方)*)(?:都|一律|全部|均)?(?:不变|不要?动|别动|不用动|不用管"
    r"|保持(?:原样|不变)|原样保留|照旧)"
)
_MARKER = re.compile(r"(?:^|(?<=\n))[ \t]*(?:[(（]?\d{1,2}[.)）、:：](?!\d)|[-*•·])(?=\s|[^\x00-\x7f]|[A-Za-z])")
_COURTESY = (
    r"\b(?:thanks?(?: you)?(?: very much| a lot| so much| in advance)?|many thanks|cheers|much appreciated|best regards"
    r"|if (?:possible|you can|you don'?t mind)|(?:would|could|can) you (?:please |kindly )?(?:do (?:this"
    r"|that|the following)"
    r"( for me)?)?|i(?:'d| would) (?:like|love) (?:you )?to|(?:my|our) (?:goal|task|aim) is to"
    r"|(?:i|we) (?:do not|don'?t) (?:really )?trust (?:the quality(?: of)?|it|them)"
    r"|(?:(?:our|my|the) (?:[a-z]+ )?(?:team|boss|manager|clients?|customers?|lawyers?|colleagues?)|they|he|she)"
    r" (?:says?|insists?|demands?|told us|wants? it)(?: that)?"
    r"|(?:could|can|would) (?:the tool|dfcli|it)(?: please)?(?= [a-z])|帮忙?看(?:看|一下)|检查一下"
    r"|as follows|(?:is|would) (?:there|it) (?:a way|any way|be possible|possible) to|how (?:can|could|do) (?:i|we)"
    r"|(?:i'm|i am|we're|we are) (?:building|making|preparing|putting together|assembling|creating"
    r"|compiling|working on)"
    r"(?: (?:an?|our|my|the))?|as usual|the usual)\b|谢谢|多谢|麻烦了?"
    r"|辛苦了?|拜托|劳驾|如下"
)


def set_aside(text: Text) -> None:
    """Take the words of a request that ask for nothing."""
    opening = _OPENING.match(text.said)
    if opening is not None and not _ASKS.search(opening["said"]):
        text.take(opening.start("said"), opening.end("said"))
    for describing in (_DESCRIBES, _NOTES):
        for found in list(describing.finditer(text.rest)):
            said = found.groupdict().get("said") or found[0]
            if not _ASKS.search(_without_names(said, text)):
                text.take(found.start("said") if "said" in found.groupdict() else found.start(), found.end())
    for found in list(_MARKER.finditer(text.said)):
        text.take(found.start(), found.end())
    for pattern in (_ELSE, _COURTESY):
        for found in text.find(pattern):
            text.take(found.start(), found.end())


def _without_names(words: str, text: Text) -> str:
    """Return words without the names of columns, whose digits ask for nothing."""
    return text.pattern("{COL}").sub("", words)
