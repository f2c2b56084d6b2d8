"""Wishes for how hard queries are, by the levels of Spider."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.skills.base import DROP, DROP_ZH, Skill, drops
from dfcli.agent.skills.sql_words import ANY_LEVEL, LEVELS
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_SEVERAL = rf"(?:{ANY_LEVEL})(?:(?:\s*(?:,|/|and|or|&|和|或|、)\s*)(?:{ANY_LEVEL}))*"
_THINGS = (
    r"(?:(?: (?:ones|queries|questions|pairs|sql|examples?|rows?|cases|problems)|的?(?:查询|问题|样本|数据"
    r"|题目|部分|sql)|级别?|难度)*)"
)
_NAMED = (
    r"(?:\s*[,，]?\s*(?:in(?:to)?|as|to|called|named|写到|放到|放在|存到|写入|写进|列名|列|新列|放进)\s*(?:a |the"
    r" )?(?:new )?(?:column "
    r"|field |列)?\s*"
    r"(?:called |named |叫做?|为|是)?\s*[`\"']?(?P<into>[a-z]\w*)[`\"']?(?: (?:column|field))?\s*(?:列|字段)?(?:里"
    r"|中)?)?"
)


class Rating(Skill):
    """Hardness as a column, and as what rows are kept by."""

    def rated(self, text: Text) -> Iterator[Wish]:
        """Yield wishes for levels of hardness."""
        for found in text.find(
            r"(?:(?:按照?|根据|用|依)\s*spider\s*(?:的)?(?:标准|规则|难度|分级)*\s*(?:来|给|对)?)?(?:(?:add|with"
            r"|label|tag|mark|include"
            r"|rate|classify|attach|compute|give|write|put|annotate|and|加上?|标注|标出|打上"
            r"|添加|带|附上|包含|按|给|标)(?: ?(?:the|a|an|each|every|its|their|pair|query|queries|row|by|with|sql"
            r"|of|{COL}|所有"
            r"|出|一下"
            r"|spider(?:'s|s)?))*\s*)?(?:的|sql |query |spider(?:'s|s)? |每[条个]*(?:sql|查询)?的?|(?:sql|查询)的?)*"
            r"(?:difficulty|hardness|难度)"
            r"(?: (?:levels?|labels?|ratings?|column))?(?:等级|标签|级别)?(?: (?:by|according to|following|of|as in) "
            rf"(?:the )?spider(?:'s)?(?: (?:rules|standard|benchmark))?)?{_NAMED}"
        ):
            if re.search(r"spider|add|label|tag|rate|compute|annotate|with|put|attach|标|加|写|按|给", found[0], re.I):
                yield self.wish(text, found.start(), found.end(), sql="hardness", levels=[], into=found["into"])
        yield from self._bounds(text)
        for found in text.find(
            r"(?:(?:that (?:are|is) |and )*(?:classified|rated|labell?ed|graded|marked|considered"
            r"|counted)(?: as)?|(?:whose |with )?(?:the )?"
            r"(?:difficulty|hardness)(?: (?:level|rating|is|of|being|should|must|be|either))*|(?:并且?"
            r"|而且)?难度(?:等级|级别|要|应)?(?:为|是|在|属于)?)"
            rf"\s*(?P<levels>{_SEVERAL})(?![a-z]){_THINGS}|(?:of |with |at )?(?:an? )?(?P<levels2>{_SEVERAL})(?: "
            rf"(?:difficulty|hardness|level)|难度的?)"
        ):
            drop = drops(text, found.start(), default=False)
            levels = levels_of(found["levels"] or found["levels2"])
            wanted = [each for each in LEVELS if each not in levels] if drop else levels
            yield self.wish(text, found.start(), found.end(), sql="hardness", levels=wanted)
        for found in text.find(
            r"(?:only|keep|just|nothing but|with only|保留|只要|只保留|仅|只留)(?: (?:the|only|just|keep|really|is"
            r"|are|what"
            r"(?:'s)?))*\s*"
            rf"(?P<levels>{_SEVERAL}){_THINGS}(?:的)?"
            rf"|(?P<levels2>{_SEVERAL}) (?:ones|queries|sql|pairs) only"
        ):
            yield self.wish(
                text, found.start(), found.end(), sql="hardness", levels=levels_of(found["levels"] or found["levels2"])
            )

    def _bounds(self, text: Text) -> Iterator[Wish]:
        """Yield wishes for all levels from one on, above one, or but some."""
        verb = r"(?:(?:keep|only|and|must|should|those|what|that|which|is|are|be|只|仅|保留|要|难度)\s*)*"
        for found in text.find(
            rf"{verb}(?:(?:harder|more (?:difficult|complex)) than (?P<above>{ANY_LEVEL})|(?:at least|not (?:easier"
            rf"|less) than|>=) (?P<least>{ANY_LEVEL})"
            rf"|(?P<least2>{ANY_LEVEL}) (?:or|and) (?:harder|above|up|more)|(?:在|为)?(?P<least3>{ANY_LEVEL})"
            rf"(?:难度)?(?:及|或)?以上的?|(?:比|高于)(?P<above2>{ANY_LEVEL})(?:更|要|还)?(?:难|高)?的?)"
        ):
            above = found["above"] or found["above2"]
            first = levels_of(above or found["least"] or found["least2"] or found["least3"])[0]
            names = list(LEVELS)
            yield self.wish(
                text, found.start(), found.end(), sql="hardness", levels=names[names.index(first) + bool(above) :]
            )
        for found in text.find(
            rf"(?:(?:{DROP}|{DROP_ZH})(?: (?:the|all|any))*|no|not)\s*(?:the )?(?P<out>{_SEVERAL})(?: (?:ones|queries"
            r"|pairs|sql|rows)|的)"
            rf"|(?P<out2>{_SEVERAL})的?(?:查询|sql)?(?:都|就)?(?:不要|去掉|删掉?|剔除|丢掉)"
        ):
            out = levels_of(found["out"] or found["out2"])
            yield self.wish(
                text, found.start(), found.end(), sql="hardness", levels=[each for each in LEVELS if each not in out]
            )


def levels_of(words: str) -> list[str]:
    """Return Spider's levels that some words mean; hard ones are those of the level hard, and all above it."""
    found = [name for name, pattern in reversed(LEVELS.items()) if re.search(pattern, words, re.I)]
    chosen = {*found, *(("extra",) if "hard" in found else ())}
    return [name for name in LEVELS if name in chosen]
