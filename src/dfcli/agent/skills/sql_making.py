"""Wishes for pairs of questions and queries that are made from a database, and for what rows that are there lack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dfcli.agent.numbers import number
from dfcli.agent.skills import sql_words
from dfcli.agent.skills.base import DROP, DROP_ZH, Skill
from dfcli.agent.skills.sql_rating import levels_of
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_VERB = (
    r"(?:(?:build|make|create|generate|write|produce|synthesi[sz]e|need|want|get|give|prepare|come up with"
    r"|生成|构建|制作|创建|造|做|合成|需要|产出|写|出|来)(?: (?:me|some|up|a|an|the|about|around|roughly|i|us|synthetic"
    r"|training|new))*\s*)"
)
_SOME = r"(?:(?P<few>a few|several|some|multiple|a couple of|几|若干|多)|(?P<n>{N}))"
_COMPLEXITY = {
    "simple": r"simple|easy|basic|简单",
    "moderate": r"moderate|medium|intermediate|中等(?:难度)?",
    "complex": r"complex|hard|difficult|advanced|challenging|tricky|复杂|困难|难",
}
_FEW = 4


class Making(Skill):
    """Pairs that are made, and questions or queries that are added."""

    def made(self, text: Text, there: bool, *, alone: bool) -> Iterator[Wish]:
        """Yield wishes for new pairs; where queries are there already (`there`), only for what is plainly asked.

        Questions that are counted are new ones where the database stands `alone`, without rows.
        """
        counted = r"(?P<n>{N})\s*(?:条|个|道|对|组|rows? of|pairs? of)?\s*"
        count = rf"(?:{counted}|一批|一些|若干)?"
        level = rf"(?:(?P<level>{sql_words.ANY_LEVEL})\s*的?\s*)?"
        source = (
            r"(?:,? ?(?:from|over|on|for|about|using|out of|based on)(?: (?:the|this|my|our|a|sqlite|given))*"
            r"(?: (?:database|db|schema|tables?))?)?"
        )
        verb = _VERB if there else f"{_VERB}?"
        chinese = r"(?:(?:中文|英文|chinese|english)\s*的?\s*)?"
        table = (
            r"(?P<table> ?,? ?(?:(?:per|for each|for every|from each|on each|a|each) table|每[张个]?表)(?: of| in)?)?"
        )
        before = r"(?P<table2>(?:(?:for )?(?:each|every) table,? |(?:给|为|对)?每[张个]?表\s*(?:都)?))?"
        patterns = [f"{count}{level}{chinese}(?:{sql_words.PAIRS})"]
        if alone:
            patterns.append(
                rf"{counted}{level}{chinese}(?:questions?(?! (?:for|to) (?:each|every) (?!table))|问题|问句)"
            )
        for found in (each for one in patterns for each in text.find(f"{before}{verb}{one}{table}{source}")):
            n = number(found["n"]) if found["n"] else None
            each = n if found["table"] or found["table2"] else None
            made = self.wish(
                text,
                found.start(),
                found.end(),
                sql="make",
                n=None if each else n,
                each=each,
                language=_language(found[0]),
            )
            yield made
            for again in text.find(r",? ?(?:nothing|no|not) (?:too )?(?:simple|easy|trivial)(?: ones| questions)?"):
                if found["level"]:
                    text.take(again.start(), again.end())
            if found["level"]:
                yield replace(made, options={"sql": "hardness", "levels": levels_of(found["level"])})
        per = r"(?:(?:per|for (?:each|every)|on (?:each|every)|about (?:each|every)) table)"
        query = r"(?:(?:different|sql|realistic|useful)\s*)*(?:sql(?: quer(?:y|ies))?|quer(?:y|ies)|查询|sql\s*查询)"
        for found in text.find(
            rf"(?:(?:have|let|ask) (?:an? |the )?(?:llm|model|gpt\S*)\s*(?:to )?)?(?:{_VERB})\s*{_SOME}\s*{query} {per}"
            rf"|(?:{per}[,，]? )(?:(?:have|let|ask) (?:an? |the )?(?:llm|model)\s*(?:to"
            rf" )?)?{_VERB}{_SOME.replace('?P<few>', '?P<few2>').replace('?P<n>', '?P<n2>')}\s*{query}"
            r"|(?:给|为|对)?每[张个]?表\s*(?:都)?(?:让模型)?(?:生成|写|出"
            rf"|造){_SOME.replace('?P<few>', '?P<few3>').replace('?P<n>', '?P<n3>')}\s*(?:条|个)?\s*(?:不同的)?{query}"
        ):
            said = found["n"] or found["n2"] or found["n3"]
            samples = int(number(said)) if said else _FEW
            yield self.wish(text, found.start(), found.end(), sql="make", samples=samples)

    def written(self, text: Text, made: bool) -> Iterator[Wish]:
        """Yield wishes for what is made of rows that are there: questions for queries, queries for questions."""
        yield from self._asked(text, made)
        yield from self._answered(text)
        yield from self._added(text)
        if made:
            yield from self._shaped(text)

    def _asked(self, text: Text, made: bool) -> Iterator[Wish]:
        alone = r"|write (?:a|the) (?:natural |matching )*questions?" if made else ""
        for found in text.find(
            r"(?:(?:write|generate|create|add|ask|produce|phrase|生成|写出?|补充?|补上|配上?)(?: (?:a|an|the|one"
            r"|me|natural|natural[- ]language|matching|plausible|fitting|chinese|english))*\s*(?:一?[个条])?(?:对应的"
            r"|相应的)?(?:自然语言|中文|英文)?的?"
            r"(?:questions?(?: in (?:chinese|english|plain \w+))?|问题)\s*(?:for|to|that match(?:es)?|matching|that "
            r"(?:each|every)|给|对应)? ?(?:each|every|the|all|these|it|them"
            r"|每[一条个]*)?(?: (?:of|one))?(?: (?:the|them|it))?\s*(?:(?:sql )?(?:quer(?:y|ies))|sql|查询)?)(?:"
            r" answers)?"
            r"|(?:再|并|然后)*(?:为|给|根据|按)\s*每?[一条个]*\s*(?:sql|查询)\s*(?:查询)?(?:语句)?(?:都|再"
            r"|反)?(?:写|生成|补|配)(?:上)?(?:一?[个条])?"
            rf"(?:对应的|相应的)?(?:自然语言|中文|英文)?的?问题{alone}"
        ):
            if made or re.search(r"sql|quer|查询|each|every|it\b|them", found[0], re.I):
                yield self.wish(text, found.start(), found.end(), sql="ask", language=_language(found[0]))

    def _answered(self, text: Text) -> Iterator[Wish]:
        into = (
            r"(?:\s*[,，]?\s*(?:(?:and )?(?:in(?:to)?|to|as|put (?:it|them) in(?:to)?|放|写|存)(?:在|到|入|进)?\s*"
            r"(?:a |the"
            r" )?(?:new )?"
            r"(?:column |列|field )?(?:called |named |叫)?\s*[`\"']?(?P<into%s>[a-z]\w*)[`\"']?(?: column)?\s*"
            r"(?:列)?(?:里|中)?))?"
        )
        model = r"(?:(?:use|have|let|ask|get|用|让)(?: ?(?:an?|the))? ?(?:llm|model|gpt\S*|大?模型)(?: to)?\s*)?"
        about = r"(?:[^，。,.；;]{0,12}?(?:对照|根据|基于|参照|参考|using|from|over|against|on)[^，。,.；;]{0,24}?)?"
        for found in text.find(
            rf"{model}(?:write|generate|create|add|predict|produce|生成|写出?)(?: (?:a|an|the|one|me"
            r"|matching))*\s*(?:sql(?: quer(?:y|ies))?|quer(?:y|ies)|sql\s*查询|查询)\s*(?:for"
            r"|to answer|that answers?|answering|给|回答)? ?(?:each|every|the|all|these"
            r"|每[一个条]*)(?: of (?:the|these))?\s*(?:of )?(?:user )?(?:questions?|rows?|问题)(?: (?:of|in)"
            rf" [^\s,]+)?{into % '1'}"
            rf"|{model}(?:answer|translate|turn|convert) (?:each|every|the|all)(?: of the)? questions? (?:with|by|in"
            rf"|to|into)+(?: a| an)? (?:sql(?: query)?|query){into % '2'}"
            rf"|{model}{about}(?:为|给|把|将)每?[一个条]*\s*(?:question|问题)\s*(?:都)?(?:写|生成|翻译成|转成"
            r"|转换成|变成)"
            rf"(?:出)?(?:一?[条个])?(?:对应的)?\s*sql(?:查询|语句)?{into % '3'}"
        ):
            name = found["into1"] or found["into2"] or found["into3"]
            yield self.wish(text, found.start(), found.end(), sql="answer", into=name)

    def _added(self, text: Text) -> Iterator[Wish]:
        named = (
            r"(?:\s*[(（][^()（）]{0,50}[)）])?(?:\s*[,，]?\s*(?:in(?:to)?|as|to|called|named|写到|放到|放在|存到"
            r"|写入|列名|叫)\s*(?:a "
            r"|the )?(?:new )?"
            r"(?:column |field |列)?\s*(?:called |named |叫|为)?\s*[`\"']?(?P<into>[a-z]\w*)[`\"']?(?: column)?\s*"
            r"(?:列)?)?"
        )
        for found in text.find(
            r"(?:with|including|include|add|plus|and|带|包含|加上?|附带)(?: (?:a|the|their|also"
            r"|step[- ]by[- ]step|some))*\s*(?:chains?[- ]of[- ]thought|cot|reasoning(?: (?:steps"
            r"|traces?|chains?))?|思维链|推理(?:过程|步骤|链)?)|cot\b"
        ):
            yield self.wish(text, found.start(), found.end(), sql="reason")
        for found in text.find(
            r"(?:with|including|include|add|plus|put|build|attach|带上?|包含|加上?|附上|把)(?: (?:the|a|an|full"
            r"|ready|complete"
            r"|whole|entire"
            rf"|training|also))*\s*(?:完整的?)?\s*(?:prompts?(?! column)|提示词?|prompt)(?: column)?{named}"
        ):
            yield self.wish(text, found.start(), found.end(), sql="prompt", into=found["into"])

    def _shaped(self, text: Text) -> Iterator[Wish]:
        """Yield wishes for how many pairs there are to be, how complex, and that none comes twice."""
        level = "|".join(_COMPLEXITY.values())
        for found in text.find(
            r"(?:(?:for (?:each|every) table[,，]?|per table|每张?表)\s*)?(?:(?:both|mix(?: of)?|some|都|要有?|有"
            r"|包括|包含|分别|既有"
            r"|with|from) ?)*"
            rf"(?P<levels>(?:{level})(?:\s*(?:的)?\s*(?:,|，|、|and|&|/|to|和|及|到|也有|又有|, and)\s*(?:{level}))+)"
            r"(?: (?:sql|queries|ones|query|questions))?(?:\s*的?(?:查询|sql|都要?有?|各种))*(?:[,，]?\s*"
            r"(?P<few>several|a"
            rf" few|some|几|若干|(?P<n>{{N}}))\s*(?:of )?(?:each|every|(?:条|个)))?"
        ):
            wanted = [name for name, pattern in _COMPLEXITY.items() if re.search(pattern, found["levels"], re.I)]
            samples = (int(number(found["n"])) if found["n"] else _FEW) if found["few"] else None
            yield self.wish(text, found.start(), found.end(), sql="levels", levels=wanted, samples=samples)
        for found in text.find(
            rf"(?:(?:{DROP}|{DROP_ZH}|no|without|de-?dup(?:e|licate)?)(?: (?:all|any|the))*\s*)?(?:"
            r"(?:duplicate[ds]?|repeated|identical|equal|repeating)\s*(?:sql(?: queries)?|quer(?:y|ies))"
            r"|dedup(?:e|licate)? (?:the )?(?:sql|queries)|(?:sql|queries)[- ](?:duplicates|dedup\w*)"
            r"|(?:sql|查询)\s*(?:语句)?\s*(?:有)?(?:重复|相同|一样)的?(?:只(?:留|保留)(?:一|1)?(?:条|个)?|不要|去掉"
            r"|删掉?|去重)?|(?:对)?(?:sql"
            r"|查询)\s*去重|重复的\s*(?:sql|查询)(?:只留一条|不要|去掉|删掉?)?)"
        ):
            yield self.wish(text, found.start(), found.end(), sql="unique")
        for found in text.find(
            r"(?P<most>(?:not|no) more than|at most|up to|max(?:imum)?(?: of)?|under|最多|不超过|至多)?\s*(?:about"
            r"|around"
            r"|roughly|exactly|at least|i (?:need|want)|give me|共|总共"
            r"|大约|约)? ?(?P<n>{N})\s*(?:rows?|pairs?|examples?|samples?|questions?|queries|entries|条"
            r"|对|个|组)(?:数据|样本)?(?: (?:in (?:total|the end)|total|please|of them|overall|at most))?"
        ):
            if number(found["n"]) > 1:
                yield self.wish(
                    text, found.start(), found.end(), sql="number", n=number(found["n"]), most=bool(found["most"])
                )

    def merged(self, made: Sequence[Wish], wishes: Sequence[Wish]) -> tuple[Wish, list[Wish]]:
        """Return one wish for new pairs with all that is said of how they are made, and the wishes besides."""
        options: dict[str, object] = {}
        others: list[Wish] = []
        for each in [*made, *wishes]:
            kind = each.options["sql"]
            if kind in ("run", "unique", "judge", "ask"):
                options[kind] = True
            elif kind not in ("make", "levels", "number"):
                others.append(each)
                levels = each.options.get("levels")
                if not (kind == "hardness" and levels and "levels" not in options):
                    continue
                options["levels"] = ["complex"] if {"hard", "extra"} & set(levels) else ["simple", "moderate"]
                continue
            given = {key: value for key, value in each.options.items() if key not in ("sql", "plain") and value}
            options |= given
        return replace(made[0], options={"sql": "make", **options}), others


def _language(words: str) -> str | None:
    if re.search(r"中文|chinese", words, re.I):
        return "Chinese"
    return "English" if re.search(r"英文|english", words, re.I) else None
