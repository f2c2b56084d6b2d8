"""Wishes about SQL and databases: pairs of questions and queries, queries that run, how hard they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dfcli.agent.draft import Draft
from dfcli.agent.numbers import number
from dfcli.agent.profile import Profile
from dfcli.agent.skills import sql_steps, sql_words
from dfcli.agent.skills.base import WRITE, Skill, drops
from dfcli.agent.skills.sql_making import Making
from dfcli.agent.skills.sql_rating import Rating
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_ORDER = (
    "make",
    "selects",
    "answer",
    "fix",
    "run",
    "match",
    "ask",
    "judge",
    "transpile",
    "reason",
    "prompt",
    "hardness",
)
_FIRST = -1


class Sql(Making, Rating, Skill):
    """SQL queries: made, run, rated, translated."""

    name = "sql"
    stage = WRITE - 2

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per thing that is to be done with SQL."""
        if (
            profile.database is None
            and not re.search(r"sql", text.said, re.I)
            and not any(each.role == "sql" for table in profile.tables for each in table.columns)
        ):
            return
        there = any(each.role == "sql" for table in profile.tables for each in table.columns)
        made = list(self.made(text, there, alone=not profile.tables))
        wishes = [*self._known(text), *self._fixed(text)]
        fixes = any(each.options["sql"] == "fix" for each in wishes)
        wishes += self.rated(text)
        wishes += [*self._judged(text), *self._matched(text), *self._outcomes(text, fixes)]
        wishes += [*self._translated(text), *self.written(text, bool(made))]
        if made:
            text.columns = list(dict.fromkeys([*text.columns, "question", "sql", "evidence", "complexity"]))
        for each in wishes:
            if isinstance(into := each.options.get("into"), str) and into not in text.columns:
                text.add(into)
        if not made:
            yield from wishes
            return
        merged, others = self.merged(made, wishes)
        yield replace(merged, turn=_FIRST)
        yield from (replace(each, turn=_FIRST) for each in others)

    def _known(self, text: Text) -> Iterator[Wish]:
        """Take what holds anyway, and yield wishes for queries that are SELECTs, and for their time."""
        for found in text.find(sql_words.READ_ONLY):
            text.take(found.start(), found.end())
        for found in text.find(sql_words.SELECTS):
            yield self.wish(text, found.start(), found.end(), sql="selects")
        for found in text.find(sql_words.SECONDS):
            value = number(found["n"] or found["m"])
            yield self.wish(text, found.start(), found.end(), sql="run", seconds=value, plain=True)

    def _fixed(self, text: Text) -> Iterator[Wish]:
        for found in text.find(sql_words.ALONE):
            text.take(found.start(), found.end())
        if not re.search(r"fix|repair|correct|mend|修", text.rest, re.I):
            return
        drop = list(text.find(sql_words.AGAIN))
        for found in drop:
            text.take(found.start(), found.end())
        for found in text.find(sql_words.FIXED):
            tries = number(found["tries"]) if found["tries"] else None
            wish = self.wish(text, found.start(), found.end(), sql="fix", tries=tries, drop=bool(drop))
            for into in text.find(
                r"(?:the )?(?:repaired|fixed|new|corrected|修(?:复|好|正)(?:后|过)?的?|新的?)\s*(?:query|sql|one"
                r"|version|查询|语句)?"
                r"\s*(?:goes|go|should go|is written|put|写|放|存|填)?\s*(?:in(?:to)?|to|回|到|进|在)+ ?(?:the"
                r" )?(?:column"
                r" )?(?P<into>{COL})(?:\s*列)?"
            ):
                text.take(into.start(), into.end())
                wish = replace(wish, options={**wish.options, "into": text.named(into["into"])[0]})
            yield wish

    def _judged(self, text: Text) -> Iterator[Wish]:
        for found in text.find(sql_words.JUDGED):
            yield self.wish(text, found.start(), found.end(), sql="judge")

    def _matched(self, text: Text) -> Iterator[Wish]:
        if not re.search(r"gold|reference|expected|correct|标准|参考|正确", text.said, re.I):
            return
        for found in text.find(sql_words.MATCH):
            if not re.search(r"result|output|gold|reference|expected|correct|结果|标准|参考|正确", found[0], re.I):
                continue
            yield self.wish(text, found.start(), found.end(), sql="match")
        for found in text.find(
            r"(?:(?:drop|remove)(?: (?:those|rows|pairs|any))*\s*)?(?:where |whose )?(?:the )?(?:gold|reference"
            r"|expected|标准|参考)"
            r"(?:[ _]?(?:sql|query|queries|答案|查询))*\s*(?:本身|itself|themselves)?\s*(?:that |which )?(?:执行|运行)?"
            r"(?:就)?(?:报错|出错|失败|跑不通|fails?|errors?|doesn'?t run|does not run|is broken)的?(?:不要|去掉"
            r"|删掉?|剔除|丢掉)?"
        ):
            text.take(found.start(), found.end())

    def _outcomes(self, text: Text, fixes: bool) -> Iterator[Wish]:
        for found in text.find(
            r"(?:run|execute|try|test|运行|执行|跑)(?: (?:the|each|every|all|them|of))*\s*(?:(?:sql|gold|predicted"
            r"|both)"
            r"(?: (?:quer(?:y|ies)|statements?))?|quer(?:y|ies)|it|一遍|一下|查询|sql\s*语句)(?: of [^\s,]+)?"
            r"(?:\s*[(（](?:in )?(?:the )?(?:column |列)?\s*(?P<col>{COL})[)）])?"
            r"(?: (?:on|against|in) (?:the )?(?:database|db|[\w./-]+\.(?:db|sqlite3?|duckdb)))?"
            r"|(?:在)?\s*[^\s，,]*\s*(?:上)?都?跑一遍"
        ):
            columns = text.named(found["col"]) if found["col"] else []
            yield self.wish(text, found.start(), found.end(), sql="run", plain=True, columns=columns)
        for found in text.find(sql_words.OUTCOME):
            negative, rows = sql_words.outcome(found["what"])
            words = text.before(found.start(), far=True) + found[0]
            kept = negative and not drops(text, found.start("what"), default=True)
            if fixes and negative and not re.search(r"drop|remove|丢|删|去掉|不要|throw|discard", words, re.I):
                text.take(found.start(), found.end())
                continue
            yield self.wish(text, found.start(), found.end(), sql="run", rows=rows, failing=kept)

    def _translated(self, text: Text) -> Iterator[Wish]:
        engine = sql_steps.ENGINE
        for found in text.find(
            r"(?:translate|transpile|convert|port|rewrite|转换?|翻译|改写|迁移)(?: (?:the|all|each"
            r"|every|it|them|to|把))*\s*(?:sql(?: quer(?:y|ies))?|quer(?:y|ies)|查询|sql\s*语句"
            rf"|dialect)?(?: from (?:{engine}))?\s*(?:(?:in)?to|for|成|为"
            rf"|到)\s*(?P<to>{engine})(?:\s*(?:sql|dialect|syntax|方言|语法))*"
        ):
            yield self.wish(text, found.start(), found.end(), sql="transpile", to=sql_steps.engine(found["to"]))

    def place(self, wish: Wish) -> float:
        """Return the order in which these are done: made, run, asked, reasoned, rated, chosen."""
        before = self.stage if wish.options["sql"] not in ("selects",) else 12
        return before + _ORDER.index(wish.options["sql"]) / 20

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the steps."""
        sql_steps.ADD[wish.options["sql"]](wish, draft)
