"""Wishes about SQL and databases: pairs of questions and queries, queries that run, how hard they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.numbers import number
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, DROP_ZH, WRITE, Skill
from dfcli.agent.skills.judging import DEFAULT_MODEL
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_ENGINES = {"SQLite": r"sqlite", "DuckDB": r"duck ?db", "PostgreSQL": r"postgres(?:ql)?", "MySQL": r"mysql|mariadb"}
_ENGINE = "|".join(_ENGINES.values())
_LEVELS = {
    "easy": r"easy|simple|简单",
    "medium": r"medium|moderate|中等",
    "hard": r"hard|difficult|complex|challenging|困难|复杂|难",
    "extra": r"extra[- ]?hard|very hard|hardest|极难|非常难",
}
_PAIRS = (
    r"(?:text[- ]?(?:2|to)[- ]?sql|nl[- ]?(?:2|to)[- ]?sql"
    r"|(?:natural[- ]language )?questions?\s*(?:[-–/&+]|and|with|和|与|到|,)\s*(?:their |the "
    r"|matching )?(?:sql|queries)(?: (?:queries|quer(?:y|ies)))?|sql\s*(?:[-–/&+]|and|with|和"
    r"|与)\s*(?:natural[- ]language )?questions?|问题\s*[-–/和与、]?\s*sql|sql\s*(?:问答"
    r"|问题)对?|文本(?:转|到)\s*sql)(?:[- ]?(?:pairs?|data(?:set)?|training data|examples?"
    r"|samples?|training set|问?对|数据集?|训练数据|样本))*"
)


class Sql(Skill):
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
        yield from self._checked(text)
        yield from self._rated(text)
        yield from self._translated(text)
        yield from self._made(text)

    def _made(self, text: Text) -> Iterator[Wish]:
        verb = (
            r"(?:(?:build|make|create|generate|write|produce|synthesi[sz]e|need|want|get|give|prepare"
            r"|生成|构建|制作|创建|造|做|合成|需要)(?: (?:me|some|up|a|an|the|about|around|roughly|i"
            r"|us|synthetic|training))*\s*)"
        )
        count = r"(?:(?P<n>{N})\s*(?:条|个|对|组|rows? of|pairs? of)?\s*)?"
        for found in text.find(
            rf"{verb}?{count}{_PAIRS}(?:,? (?:from|over|on|for|about|using|out of|based on)(?: (?:the"
            r"|this|my|our|a|sqlite|given))*(?: (?:database|db|schema|tables?))?)?"
        ):
            said = found.groupdict()
            yield self.wish(text, found.start(), found.end(), sql="make", n=number(said["n"]) if said["n"] else None)
        if re.search(_PAIRS, text.said, re.A | re.I):
            for found in text.find(
                r"(?:about|around|roughly|exactly|at least|i (?:need|want)|give me|共|总共"
                r"|大约)? ?(?P<n>{N})\s*(?:rows?|pairs?|examples?|samples?|questions?|queries|entries|条"
                r"|对|个|组)(?: (?:in total|total|please|of them))?"
            ):
                yield self.wish(text, found.start(), found.end(), sql="number", n=number(found["n"]))
        for found in text.find(
            r"(?:with|including|include|add|plus|and|带|包含|加上?|附带)(?: (?:a|the|their|also"
            r"|step[- ]by[- ]step|some))*\s*(?:chains?[- ]of[- ]thought|cot|reasoning(?: (?:steps"
            r"|traces?|chains?))?|思维链|推理(?:过程|步骤|链)?)|cot\b"
        ):
            yield self.wish(text, found.start(), found.end(), sql="reason")
        for found in text.find(
            r"(?:with|including|include|add|plus|带|包含|加上?)(?: (?:the|a|an|full|ready"
            r"|training))*\s*(?:prompts?(?: column)?|提示词)"
        ):
            yield self.wish(text, found.start(), found.end(), sql="prompt")
        yield from self._written(text)

    def _written(self, text: Text) -> Iterator[Wish]:
        """Yield wishes for what is made of rows that are there: questions for queries, queries for questions."""
        for found in text.find(
            r"(?:write|generate|create|add|ask|生成|写出?|补充|为)(?: (?:a|an|the|one"
            r"|natural[- ]language|matching))*\s*(?:questions?|自然语言问题|问题)\s*(?:for|to"
            r"|that match|matching|给|对应)? ?(?:each|every|the|all|these"
            r"|每[一条个]*)?(?: of the)?\s*(?:sql )?(?:quer(?:y|ies)|sql|查询)|(?:为"
            r"|给)每[一条个]*\s*sql\s*(?:查询)?(?:语句)?(?:写|生成)(?:一?个)?(?:自然语言)?问题"
        ):
            yield self.wish(text, found.start(), found.end(), sql="ask")
        for found in text.find(
            r"(?:write|generate|create|add|predict|生成|写出?)(?: (?:a|an|the|one"
            r"|matching))*\s*(?:sql(?: quer(?:y|ies))?|quer(?:y|ies)|sql\s*查询|查询)\s*(?:for"
            r"|to answer|that answers?|answering|给|回答)? ?(?:each|every|the|all|these"
            r"|每[一个条]*)(?: of the)?\s*(?:questions?|问题)|(?:为|给)每[一个条]*\s*问题(?:写"
            r"|生成)(?:一?条|一?个)?\s*sql(?:查询|语句)?"
        ):
            yield self.wish(text, found.start(), found.end(), sql="answer")
        for found in text.find(
            r"(?:fix|repair|correct|修复|修正)(?: (?:the|all|any|broken|failing|wrong|invalid|出错的?"
            r"|错误的?))*\s*(?:sql(?: quer(?:y|ies))?|quer(?:y|ies)|查询|sql\s*语句)(?: that (?:fail"
            r"|don'?t run|do not run))?"
        ):
            yield self.wish(text, found.start(), found.end(), sql="fix")

    def _checked(self, text: Text) -> Iterator[Wish]:
        query = (
            r"(?:sql(?: (?:quer(?:y|ies)|statements?))?|quer(?:y|ies)|statements?|pairs?|rows?|ones"
            r"|examples?|anything|those|查询|语句|sql\s*语句|数据|样本|sql)"
        )
        fails = (
            r"(?:(?:do(?:es)? ?n[o']t|don'?t|doesn'?t|fail to|can(?:no|')t|cannot|won'?t) (?:run"
            r"|execute|parse|work|compile)|fails?(?: to (?:run|execute))?|errors? out|(?:throws?"
            r"|gives?|raises?|with) (?:an )?errors?|(?:is|are) (?:broken|invalid|not executable)"
            r"|not executable|(?:无法|不能|不可)(?:执行|运行)|执行(?:失败|报错|出错)|报错|跑不通|出错)"
        )
        runs = (
            r"(?:(?:actually |really |successfully |can )*(?:run|runs|execute|executes|work|works)"
            r"|(?:is|are|must be|be) executable|executable|(?:能|可以?)(?:够)?(?:成功)?(?:执行|运行"
            r"|跑通)|可执行|执行(?:成功|通过))"
        )
        empty = (
            r"(?:return(?:s|ing)? (?:nothing|no rows|an empty result|empty results?|0 rows)|(?:with"
            r"|have|has|give) (?:an )?empty results?|empty results?|(?:结果为空|返回空|无结果"
            r"|空结果)(?:集)?)"
        )
        for found in text.find(
            rf"(?:(?:{DROP}|{DROP_ZH})(?: (?:all|any|the|every|out))*\s*)?(?:where |every "
            rf"|all )?(?:the )?{query}?\s*(?:that |which |where the sql |where the query |whose (?:sql"
            rf"|query) )?{fails}(?:\s*(?:on|against|在) (?:the )?(?:database|db|[\w./]+\.(?:db"
            rf"|sqlite)))?(?P<empty>\s*(?:or|/|and|,|或者?|和)\s*(?:that )?{empty})?(?:\s*的(?:查询"
            r"|语句|数据|样本|行|sql)?)?"
        ):
            yield self.wish(text, found.start(), found.end(), sql="run", rows=found["empty"] is not None)
        for found in text.find(
            rf"(?:(?:{DROP}|{DROP_ZH}|no)(?: (?:all|any|the|every))*\s*)?(?:the )?{query}?\s*(?:that "
            rf"|which |whose (?:sql|query) )?{empty}(?:\s*的(?:查询|语句|数据|样本|行|sql)?)?"
        ):
            yield self.wish(text, found.start(), found.end(), sql="run", rows=True)
        for found in text.find(
            r"(?:(?:keep|only|make sure|ensure|verify|check|validate|retain|must|every|all|each|with"
            r"|保留|只要|只保留|确保|验证|检查|要求|每条)(?: (?:that|only|the|all|every|each|just|ones"
            rf"|those|if))*\s*)*{query}?\s*(?:that |which |whose (?:sql|query) |都"
            rf"|必须)*(?:{runs})(?:\s*(?:on|against|in|在|without errors?|ok) ?(?:the )?(?:database|db"
            r"|[\w./]+\.(?:db|sqlite)|数据库(?:上|里|中)?)?)?(?P<rows>\s*(?:and|,|并且?"
            r"|且)\s*(?:return(?:s|ing)? (?:at least one row|rows|something|a result|results)|(?:有"
            r"|返回)(?:非空)?结果))?(?:\s*的(?:查询|语句|数据|样本|sql)?)?"
        ):
            if len(found[0].split()) > 1 or not found[0].isascii():
                yield self.wish(text, found.start(), found.end(), sql="run", rows=found["rows"] is not None)
        for found in text.find(
            r"(?:run|execute|运行|执行)(?: (?:the|each|every|all|them))*\s*(?:sql(?: quer(?:y|ies))?"
            r"|quer(?:y|ies)|查询|sql\s*语句)(?: (?:on|against) (?:the )?(?:database|db))?"
        ):
            yield self.wish(text, found.start(), found.end(), sql="run", rows=False)
        for found in text.find(
            r"(?:(?:keep|only|drop|remove|whose|where|check|compare|保留|删除|比较"
            r"|对比)[^.;。；\n]{0,40}?)(?:result(?:s)?|output|predict\w*|sql|quer(?:y|ies)"
            r"|结果)[^.;。；\n]{0,20}?(?P<not>(?:does not|doesn'?t|do not|don'?t|differs?|不(?:一致|同"
            r"|匹配|等))\s*)?(?:match(?:es)?|equals?|same|agree\w*|一致|相同|匹配"
            r"|from)[^.;。；\n]{0,20}?(?:gold|reference|expected|correct|标准|参考|正确)(?:[ _](?:sql"
            r"|quer(?:y|ies)|答案|结果))?"
        ):
            yield self.wish(text, found.start(), found.end(), sql="match")

    def _rated(self, text: Text) -> Iterator[Wish]:
        level = "|".join(_LEVELS.values())
        for found in text.find(
            r"(?:only|keep|just|nothing but|with only|保留|只要|只保留|仅)(?: (?:the|only|just|keep"
            rf"|really))*\s*(?P<levels>(?:{level})(?:(?:\s*(?:,|/|and|or|&|和|或"
            rf"|、)\s*)(?:{level}))*)(?: (?:ones|queries|questions|pairs|sql|examples?|rows?|cases"
            r"|problems))?(?:的?(?:查询|问题|样本|数据|题目|部分|sql))*"
            rf"|(?P<levels2>(?:{level})(?:(?:\s*(?:,|/|and|or|&|和|或|、)\s*)(?:{level}))*) (?:ones"
            r"|queries|sql|pairs) only"
        ):
            words = found["levels"] or found["levels2"]
            yield self.wish(text, found.start(), found.end(), sql="hardness", levels=_levels(words))
        for found in text.find(
            r"(?:(?:add|with|label|tag|mark|include|rate|classify|attach|compute|give|加上?|标注|打上"
            r"|添加|带|附上|包含|按)(?: (?:the|a|an|each|every|its|their|pair|query|row|by|with|sql"
            r"|spider))*\s*)(?:sql |query |spider(?:'s)? |每[条个]*(?:sql|查询)?的?)?(?:difficulty"
            r"|hardness|complexity|难度)(?: (?:levels?|labels?|ratings?|column|等级|标签))?(?:等级"
            r"|标签|级别)?"
        ):
            yield self.wish(text, found.start(), found.end(), sql="hardness", levels=[])

    def _translated(self, text: Text) -> Iterator[Wish]:
        for found in text.find(
            r"(?:translate|transpile|convert|port|rewrite|转换?|翻译|改写|迁移)(?: (?:the|all|each"
            r"|every|it|them|to|把))*\s*(?:sql(?: quer(?:y|ies))?|quer(?:y|ies)|查询|sql\s*语句"
            rf"|dialect)?(?: from (?:{_ENGINE}))?\s*(?:(?:in)?to|for|成|为"
            rf"|到)\s*(?P<to>{_ENGINE})(?:\s*(?:sql|dialect|syntax|方言|语法))*"
        ):
            to = next(name for name, pattern in _ENGINES.items() if re.search(pattern, found["to"], re.I))
            yield self.wish(text, found.start(), found.end(), sql="transpile", to=to)

    def place(self, wish: Wish) -> float:
        """Return the order in which these are done: made, run, asked, reasoned, rated, chosen."""
        order = ("number", "make", "answer", "fix", "run", "match", "ask", "transpile", "reason", "prompt", "hardness")
        return self.stage + order.index(wish.options["sql"]) / 10

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the steps."""
        getattr(self, f"_add_{wish.options['sql']}")(wish, draft)

    def _database(self, draft: Draft, why: str) -> str | None:
        if draft.profile.database is None:
            draft.ask(f"Which database is {why!r} about? Name it with --database.")
            return None
        return draft.database

    def _db(self, draft: Draft) -> dict[str, str]:
        """Return the option that names the column of the database, where rows say which they are about."""
        named = draft.role("db_id") or ("db" if "db" in draft.columns else None)
        return {"db": named} if named and draft.database_is_folder else {}

    def _dialect(self, draft: Draft) -> str:
        found = draft.profile.database.dialect if draft.profile.database else "SQLite"
        return next((name for name, pattern in _ENGINES.items() if re.search(pattern, found, re.I)), "SQLite")

    def _add_make(self, wish: Wish, draft: Draft) -> None:
        database = self._database(draft, wish.said)
        if database is None:
            return
        dialect = self._dialect(draft)
        draft.models.setdefault("default", DEFAULT_MODEL | {"temperature": 0.8})
        draft.models.setdefault("judge", DEFAULT_MODEL)
        if draft.profile.tables and draft.role("question") and draft.role("sql"):
            draft.ask(
                "The data have questions and SQL already: shall they be checked, or shall new ones be "
                "made from the database alone?"
            )
        tables = max(len(draft.profile.database.tables), 1) if draft.profile.database else 1
        wanted = wish.options["n"] or draft.wanted_rows
        levels = draft.sql_levels or ["simple", "moderate", "complex"]
        samples = max(2, -(-int(wanted or 0) * 2 // (tables * len(levels)))) if wanted else 2
        draft.input = None
        draft.columns = {}
        draft.step("sql_tables", "one row per table, with the schema its queries may use", database=database)
        draft.columns |= {"db": "str", "table": "str", "table_schema": "str", "database_schema": "str"}
        draft.hidden |= {"db", "table", "table_schema", "database_schema"}
        draft.step("for_each", "each table at each complexity", values=levels, into="complexity")
        draft.columns["complexity"] = "str"
        draft.step("write_sql_by_row", wish.said, dialect=dialect, samples=min(samples, 50))
        draft.hidden.add("sql_purpose")
        self._add_asked(wish, draft, database)
        if wanted:
            draft.wanted_rows = int(wanted)

    def _add_asked(self, wish: Wish, draft: Draft, database: str) -> None:
        """Add the steps that try the queries, and that write and judge a question for each."""
        step = draft.step("run_sql", "what fails or finds nothing is no example", database=database)
        step["keep"] = "sql_error is null and sql_rows > 0"
        draft.step("dedup_exact", "the same query once", on="sql")
        draft.step("ask_question_for_sql", wish.said)
        step = draft.step("judge_sql_answers_question", "another look at question, query and result", model="judge")
        step["keep"] = "consistent"
        draft.order("question", "evidence", "sql", "complexity")
        for name in ("question", "sql"):
            draft.check(name, "not null")
        draft.check("sql", "unique")

    def _add_number(self, wish: Wish, draft: Draft) -> None:
        draft.wanted_rows = int(wish.options["n"])

    def _add_run(self, wish: Wish, draft: Draft) -> None:
        database = self._database(draft, wish.said)
        column = draft.role("sql")
        if database is None or column is None:
            if column is None:
                draft.ask("Which column holds the SQL?")
            return
        ran = next((each for each in draft.steps if each["op"] == "run_sql"), None)
        step = ran or draft.step("run_sql", wish.said, database=database, sql=column, **self._db(draft))
        rows = " and sql_rows > 0" if wish.options["rows"] or "sql_rows" in step.get("keep", "") else ""
        if not re.match(r"(?:run|execute|运行|执行) ", wish.said, re.I) or ran:
            step["keep"] = f"sql_error is null{rows}"
            draft.check("each", "sql_error is null")
        else:
            draft.show("sql_result", "sql_rows", "sql_error")

    def _add_match(self, wish: Wish, draft: Draft) -> None:
        database = self._database(draft, wish.said)
        gold = next(
            (name for name in draft.columns if re.search(r"gold|reference|expected|标准|参考", name, re.I)), None
        )
        sql = next((name for name in draft.columns if name != gold and re.search(r"sql|query|pred", name, re.I)), None)
        if database is None or gold is None or sql is None:
            draft.ask("Which columns hold the query and the gold query?")
            return
        step = draft.step("sql_execution_match", wish.said, database=database, sql=sql, gold=gold, **self._db(draft))
        step["keep"] = "sql_match"

    def _add_ask(self, wish: Wish, draft: Draft) -> None:
        database = self._database(draft, wish.said)
        if database is None:
            return
        draft.models.setdefault("default", DEFAULT_MODEL)
        self._schema(draft, database)
        draft.step("ask_question_for_sql", wish.said, sql=draft.role("sql") or "sql")
        draft.check("question", "not null")

    def _add_answer(self, wish: Wish, draft: Draft) -> None:
        database = self._database(draft, wish.said)
        if database is None:
            return
        draft.models.setdefault("default", DEFAULT_MODEL)
        self._schema(draft, database)
        step = draft.step(
            "write_sql_for_question",
            wish.said,
            question=draft.role("question") or "question",
            predicted_sql="sql" if "sql" not in draft.columns else "predicted_sql",
            dialect=self._dialect(draft),
        )
        into = step.get("predicted_sql", "predicted_sql")
        draft.columns[into] = "str"
        ran = draft.step("run_sql", "what does not run is no answer", database=database, sql=into, **self._db(draft))
        ran["keep"] = "sql_error is null"

    def _add_fix(self, wish: Wish, draft: Draft) -> None:
        database = self._database(draft, wish.said)
        if database is None:
            return
        draft.models.setdefault("default", DEFAULT_MODEL)
        self._schema(draft, database)
        sql = draft.role("sql") or "sql"
        run = {"op": "run_sql", "database": database, **({"sql": sql} if sql != "sql" else {}), **self._db(draft)}
        draft.steps.append(run)
        draft.why.append(wish.said)
        fix = {"op": "fix_sql", **({"sql": sql} if sql != "sql" else {})}
        draft.steps.append({"repeat": 3, "until": "sql_error is null", "steps": [fix, dict(run)]})
        draft.why.append("three attempts, each with the engine's last error")
        draft.steps.append({"op": "where", "condition": "sql_error is null", "reason": "not_repaired"})
        draft.why.append("what could not be repaired leaves")
        draft.check("each", "sql_error is null")
        draft.hidden |= {"sql_result", "sql_rows", "sql_error", "sql_error_detail", "fix_note", "answerable"}

    def _add_hardness(self, wish: Wish, draft: Draft) -> None:
        column = draft.role("sql")
        if column is None:
            draft.ask("Which column holds the SQL?")
            return
        step = next((each for each in draft.steps if each["op"] == "sql_hardness"), None)
        step = step or draft.step("sql_hardness", wish.said, sql=column, dialect=self._dialect(draft))
        draft.show("sql_hardness")
        if wish.options["levels"]:
            said = ", ".join(f"'{each}'" for each in wish.options["levels"])
            step["keep"] = f"sql_hardness in ({said})"
            draft.check("sql_hardness", f"one of {', '.join(wish.options['levels'])}")

    def _add_transpile(self, wish: Wish, draft: Draft) -> None:
        draft.step(
            "transpile_sql",
            wish.said,
            sql=draft.role("sql") or "sql",
            to=wish.options["to"],
            dialect=self._dialect(draft),
        )
        draft.show("sql_transpiled")

    def _add_reason(self, wish: Wish, draft: Draft) -> None:
        database = self._database(draft, wish.said)
        if database is None:
            return
        draft.models.setdefault("default", DEFAULT_MODEL)
        self._schema(draft, database)
        draft.steps.append(
            {"recipe": "text2sql/reason", "set": {"database": database, "dialect": self._dialect(draft)}}
        )
        draft.why.append(wish.said)
        draft.columns |= {"sql_reasoning": "str"}
        draft.check("sql_reasoning", "not null")

    def _add_prompt(self, wish: Wish, draft: Draft) -> None:
        draft.step("sql_prompt", wish.said, dialect=self._dialect(draft))
        draft.show("prompt")

    def _schema(self, draft: Draft, database: str) -> None:
        if "database_schema" not in draft.columns:
            draft.step("sql_schema", "the schema that prompts show", database=database, **self._db(draft))
            draft.columns["database_schema"] = "str"
            draft.hidden.add("database_schema")


def _levels(words: str) -> list[str]:
    """Return Spider's levels that some words mean; hard ones are those of the level hard, and all above it."""
    found = [name for name, pattern in reversed(_LEVELS.items()) if re.search(pattern, words, re.I)]
    chosen = {*found, *(("extra",) if "hard" in found else ())}
    return [name for name in _LEVELS if name in chosen]
