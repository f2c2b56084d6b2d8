"""How requests speak of SQL: patterns for queries that run, fail, find nothing, match, and are easy or hard."""

from __future__ import annotations

import re

from dfcli.agent.skills.base import DROP, DROP_ZH

LEVELS = {
    "easy": r"easy|simple|trivial|简单|容易",
    "medium": r"medium|moderate|intermediate|中等",
    "hard": r"(?<!extra[-\s])(?<!very\s)hard|difficult|complex|challenging|tricky|困难|复杂|较难|难(?!度)",
    "extra": r"extra[- ]?hard|very hard|hardest|\bextra\b|极难|非常难|特难",
}
"""Spider's levels of hardness, and what requests call them, the easiest first."""
ANY_LEVEL = "|".join(LEVELS.values())

PAIRS = (
    r"(?:text[- ]?(?:2|to)[- ]?sql|nl[- ]?(?:2|to)[- ]?sql|文本(?:转|到)\s*sql|自然语言(?:转|到)\s*sql)"
    r"(?:\s*[- ]?\s*的?(?:question|sql|training|fine-?tuning|pairs?|items?|data(?:set)?|examples?|samples?"
    r"|set|corpus|问?对"
    r"|数据集?|训练数据|训练集|样本|训练|语料))*"
    r"|(?:natural[- ]language )?questions?\s*(?:[-–/&+]|and|with|和|与|到)\s*(?:their |the |matching )?"
    r"(?:sql|queries)(?: queries| quer(?:y|ies))?[- ]?\s*(?:pairs?|data(?:set)?|examples?|samples?|对|数据集?|样本)"
    r"|sql\s*(?:[-–/&+]|and|with|和|与)\s*questions?\s*(?:pairs?|data(?:set)?)"
    r"|(?:natural[- ]language )?questions?\s*(?:plus|\+|&|and|with|together with|along with)\s*"
    r"(?:(?:their|its|the|matching|corresponding|fitting|an?) )*(?:sql(?: quer(?:y|ies)| statements?)?"
    r"|queries)(?![a-z])"
    r"(?: pairs?)?"
    r"|(?:问题|问句|提问)\s*(?:和|加上?|与|及|[，,]?\s*配上?|\+)\s*(?:对应的?|相应的?|它们?的)?\s*sql(?:语句|查询)?"
    r"|问题\s*[-–/和与、到]?\s*sql\s*的?(?:问?对|数据集?|样本|训练数据)|sql\s*(?:问答|问题)(?:对|数据)"
)
"""Pairs of questions and queries, as what is to be made."""

QUERY = (
    r"(?:(?:the|all|any|every|each|those|these|of|our|my|predicted|generated|per|one|out) )*"
    r"(?:sql(?: quer(?:y|ies)| statements?)?s?|quer(?:y|ies)|statements?|pairs?|rows?|ones|examples?|samples?"
    r"|anything|everything|what(?:ever)?|those|them|it|(?:每[一条个]*)?(?:的)?(?:sql\s*(?:查询|语句)?|查询"
    r"(?:语句)?|语句"
    r"|数据|样本))"
)
_FAILS = (
    r"(?:(?:do(?:es)? ?n[o']t|don'?t|doesn'?t|fail to|can(?:no|')t|cannot|won'?t|can not|will not|didn'?t) (?:actually "
    r"|even )?(?:run|execute|parse|work|compile)(?: (?:ok|fine|properly|through))?|fail(?:s|ed|ing)?(?: to (?:run"
    r"|execute))?"
    r"|error(?:s|ed)? out|(?:throws?|threw|gives?|gave|raises?|ends?|ended|with|produces?|returns?)(?: up)?(?: in|"
    r" with)? "
    r"(?:an? |any )?(?:sql )?errors?|crash(?:es)?|break(?:s)?|(?:is |are )?(?:broken|invalid|not executable|not"
    r" runnable)"
    r"|(?:sql )?errors?\b|(?:无法|不能|不可)(?:正常)?(?:执行|运行)的?|(?:执行|运行)(?:时|会|时会|不了|不通)?(?:失败"
    r"|报错|出错|错误|不了)"
    r"|(?:会)?(?:报错|出错)|跑不(?:通|起来|了|出来)|执行不了|有(?:语法)?错误|不可执行)"
)
_RUNS = (
    r"(?:(?:has|have|must|should|needs?|need|that|can|do|does|will)?(?: (?:to|be able to|actually|really|successfully"
    r"|all))*\s*\b(?:runs?|executes?|works?)\b(?! (?:it|them|the|each|every|all|out))(?: (?:ok|fine|without errors?"
    r"|successfully|through|cleanly|properly))?|(?:is|are|be|must be) (?:executable|runnable)|executable|runnable"
    r"|(?:do not|don'?t|doesn'?t|does not|never) (?:fail|error|break|crash)"
    r"|(?:真正?)?(?:能|可以?|可)(?:够)?(?:成功|正常)?(?:执行|运行|跑通|跑)(?:成功)?(?:通过|出来)?|执行(?:成功|通过)"
    r"|跑得通|不报错)"
)
_GIVE = (
    r"(?:returns?|returning|come(?:s)? back with|gives?|yields?|produces?|finds?|brings? back|results? in|has"
    r"|have|with)"
)
_EMPTY = (
    rf"(?:{_GIVE} (?:nothing|(?:no|zero|0) (?:rows?|results?|data|hits|output)|(?:an? )?empty "
    r"(?:results?|sets?|tables?)"
    r"(?: set)?)|empty results?(?: sets?)?|(?:is|are|come back) empty|(?:查不(?:到|出)|没有?(?:查到|返回)?|返回)"
    r"(?:任何)?"
    r"(?:结果|数据|东西|空结果|空集?|0\s*行)|(?:查询|执行)?结果(?:集)?(?:为|是)空|空结果(?:集)?|(?:查|返回)空)"
)
_ROWS = (
    rf"(?:{_GIVE} (?:at least (?:one|1|a) (?:row|result)|some(?:thing| rows| data)|rows?|results?|a result|data"
    r"|a non-?empty result(?: set)?|non-?empty results?)|non-?empty results?|(?:至少)?(?:能|要|得)?(?:返回|查(?:到"
    r"|得到|出)|有)"
    r"(?:至少)?(?:[一1])?(?:行|条)?(?:非空)?的?(?:结果|数据)|结果(?:不能|不|非)(?:为)?空|非空结果)"
)
_ON = (
    r"(?:\s*(?:on|against|in|over|at)(?: (?:the|this|our))?\s*(?:database|db|sqlite(?: file)?|[\w./-]+\.(?:db"
    r"|sqlite3?|duckdb))"
    r"|\s*在?(?:数据库|[\w./-]+\.(?:db|sqlite3?|duckdb))\s*(?:里|中|上)?)?"
)
_ATOM = rf"(?:{_FAILS}|{_EMPTY}|{_ROWS}|{_RUNS})"
_VERB = (
    rf"(?:(?:{DROP}|{DROP_ZH}|keep|only|make sure|ensure|verify|check(?: that)?|validate|retain|must|for|where|if|whose"
    r"|保留|只要|只留|确保|验证|检查|要求)(?: (?:that|only|the|all|every|each|just|out|away|any|keep|if))*\s*)*"
)
_WHICH = r"(?:(?:that|which|whose (?:sql|query)|where the (?:sql|query)|都|必须|本身|会|在|still) ?)*"
_ALSO = (
    r"(?:\s*(?:,|，|、)?\s*(?:or|and|/|或者?|和|并且?|且|而且|还要|以及|还)\s*(?:that |which |can |must |actually"
    rf" )*{_ATOM})*"
)
OUTCOME = (
    rf"{_VERB}(?:{QUERY}\s*)?{_WHICH}\s*(?:{_ON}\s*)(?P<what>{_ATOM}{_ALSO}){_ON}"
    r"(?:\s*的?(?:sql|查询|语句|数据|样本|行|那些)*\s*(?:都|一律|全部|就)?(?:不要|去掉|删掉?|删除|丢掉|剔除"
    r"|过滤掉?|扔掉|保留|留下)?)"
)
"""What comes of queries, with the verbs around it: `keep only queries that run and return rows`, 报错的删掉."""


def outcome(words: str) -> tuple[bool, bool]:
    """Return whether some words speak of queries that fail or find nothing, and whether of how many rows they give."""
    fails = re.search(_FAILS, words, re.A | re.I) and not re.search(rf"^\s*{_RUNS}", words, re.A | re.I)
    empty = re.search(_EMPTY, words, re.A | re.I)
    rows = re.search(_ROWS, words, re.A | re.I)
    return bool(fails or empty), bool(empty or rows)


_MODEL = r"(?:llm|model|gpt\S*|judge|ai|大?模型|裁判)"
_SAYS = (
    r"(?:(?<![a-z])(?:judg(?:e|ing)|check(?:s|ing)?|verif(?:y|ies)|decides?|confirm|say|rate|look"
    r"|make sure|ensure|assess|evaluate"
    r"|validate"
    r"|tell)|判断|检查|核对|验证|审核|评判|看看|确认|评估)"
)
_ASKED = r"(?:questions?|问题|提问|问句)"
_SQL = r"(?:sql|quer(?:y|ies)|查询|语句|it)"
_FIT = (
    r"(?:match(?:es)?|fits?|answers?|agrees?|belong(?:s)? together|consistent|correspond|(?:what|says?) the same"
    r"|一致|匹配"
    r"|对应|相符|对得上|符合|回答(?:了)?|吻合|正确)"
)
_REST = (
    r"(?:\s*[,，;]?\s*(?:and |then )?(?:keep(?: only)?|only keep|drop|remove|throw out|discard|toss) (?:only )?(?:the "
    r"|those |all )?"
    r"(?:rest|others?|pairs?|ones|rows|those|bad ones|mismatch(?:es|ed)?|it)?(?: (?:pairs|rows|ones))?"
    r"(?: (?:where|that|if|which)(?: (?:it|they|the (?:query|sql)))?(?: (?:does|do|did|don'?t|doesn'?t|is|are|not"
    r"|isn'?t"
    rf"|really|{_FIT}))*)?|\s*[,，]?\s*(?:只|仅)?(?:保留|要|留)一致的?|\s*[,，]?\s*(?:不(?:一致|匹配|符合?|相符"
    r"|对应)|对不上|不对)的?"
    r"(?:都|就)?(?:丢掉|去掉|删掉?|删除|不要|剔除|过滤掉?|扔掉))?"
)
JUDGED = (
    rf"(?:(?:use|using|have|let|ask|with|get|by|让|用|请|由) ?(?:an? |the |another )?{_MODEL}(?: (?:to|as a judge))?\s*"
    r"(?:来)?)?"
    rf"\s*{_SAYS}(?:一下)?(?:[^.;。；，,\n]{{0,25}}?)(?:{_ASKED}[^.;。；，,\n]{{0,25}}?{_SQL}"
    rf"|{_SQL}[^.;。；，,\n]{{0,25}}?{_ASKED})"
    rf"(?:[^.;。；，,\n]{{0,14}}?(?:{_FIT}))?(?:(?<=[a-z])(?: (?:each other|together|the question|exactly"
    rf"|correctly))*)?{_REST}"
    r"|(?:keep(?: only)?|only|drop|remove|保留|只要|去掉"
    rf"|删掉)[^.;。；，,\n]{{0,30}}?(?:{_SQL}\s[^.;。；，,\n]{{0,25}}?(?:really )?"
    rf"(?:answers?|match(?:es)?|fits?)[^.;。；，,\n]{{0,12}}?{_ASKED}"
    rf"|{_ASKED}[^.;。；，,\n]{{0,12}}?{_SQL}[^.;。；，,\n]{{0,12}}?(?:不?一致|不?匹配|对不上|match|agree))的?"
)
"""A look at whether question and query belong together, with what leaves."""

_BROKEN = (
    r"(?:broken|failing|failed|wrong|invalid|faulty|bad|buggy|those|them"
    r"|出错的?|错误的?|有错的?|报错的?|失败的?|坏的?|跑不通的?)"
)
FIXED = (
    r"(?:(?:for|if|where|when|with|对|对于|把|将)\s*(?:those|ones|queries|the|that|any|which)?\s*(?:that |which )?"
    rf"{_FAILS}[,，]?\s*)?(?:的(?:sql|查询|语句)?\s*[,，]?\s*)?(?:(?:let|have|ask|use|get|让|用|请|由)\s?(?:an? "
    rf"|the )?{_MODEL}"
    r"(?: to)?\s*(?:来)?(?:把|将|对)?)?"
    rf"\s*(?:try to |attempt to |尝试)?(?:{_BROKEN}\s*(?:的)?(?:sql|查询|语句)?\s*)?(?:fix|repair|correct|mend|修复"
    r"|修正|修好|改好"
    rf"|修一?修|修改)(?: (?:the|all|any|up|{_BROKEN}))*"
    r"\s*(?:sql(?: quer(?:y|ies)| statements?)?s?|quer(?:y|ies)|statements?|ones|them|it|those|一下|查询|语句)?"
    rf"(?:\s*(?:that|which) {_FAILS})?(?: (?:using|with|from|by|based on) (?:the )?(?:questions?|schema|errors?|error"
    r" messages?"
    r"|database|and|the|,| )+)?"
    r"(?:[,，]?\s*(?:最多|up to|at most|with up to|in up to|max(?:imum)?)\s*(?:尝试|试|修)?\s*(?P<tries>{N})\s*"
    r"(?:次|轮|tries"
    r"|attempts|times|rounds)(?: each)?)?"
)
"""Queries that are mended by a model."""
AGAIN = (
    r"(?:and |then |再|并|重新)*(?:(?:re-?)?(?:run|execute|try) (?:it|them|the (?:query|sql)) (?:again|once more)"
    r"|re-?run"
    r"(?: (?:it|them))?"
    r"|(?:再|重新|重)(?:跑|执行|运行|试)(?:一遍|一次|一下)?)"
    r"|(?:and |then |but )?keep (?:it|them|those) only (?:if|when) (?:it|they) (?:now )?(?:runs?|works?|succeeds?)(?:"
    r" now| then)?"
    r"|(?:drop|remove|discard|throw out|toss)(?: (?:those|the|all|any|what|ones|queries|that|which|it|them|if))* "
    r"(?:still|even then)"
    rf" {_FAILS}|(?:whatever|what|those that|ones that) (?:still|can'?t be|cannot be) (?:{_FAILS}|(?:fixed|repaired))"
    r"(?: (?:goes|go|is dropped|leaves))?"
    r"|(?:还是|仍然?|依然|修了还)(?:会)?(?:失败|报错|不行|出错|跑不通|执行不了)的?(?:就)?(?:丢掉|去掉|删掉?|删除"
    r"|不要|剔除|扔掉)"
    r"|(?:修不好|修复不了|改不好)的?(?:就)?(?:丢掉|去掉|删掉?|删除|不要|剔除|扔掉)"
    r"|(?:现在|修好后)?(?:能|可以)(?:跑|执行|运行)(?:了|通)?(?:才|的才)(?:留|保留)"
)
"""That a mended query is tried again, and leaves when it still fails."""
ALONE = (
    r"(?:the )?(?:queries|sql|ones|those|rows) (?:that|which) (?:already )?(?:runs?|works?|succeeds?)(?: already|"
    r" fine)? (?:should |must |are |is )?"
    r"(?:stays?|remains?|be|are|left|be left|kept)? ?(?:exactly |just )?(?:as (?:they|it) (?:are|is)|untouched"
    r"|unchanged|alone)"
    r"|能(?:跑|执行|运行)(?:通)?的?(?:sql|查询)?(?:保持)?(?:原样|不变|不动|不要动|别动)"
)
"""That queries which run are let alone."""

READ_ONLY = (
    r"(?:note(?: that)?|careful|注意|另外|记住)?[,，:：]?\s*(?:the )?(?:database|db|数据库)\s*(?:is|must be"
    r"|stays?|只能|是|要|必须|只)"
    r"\s*(?:treated as )?(?:read[- ]?only|only be read|unchanged|untouched|只?读(?:的)?)(?:[,，]?\s*(?:do not|don'?t"
    r"|never|不许|不能|不要|别|禁止)(?:change|modify|write|改|修改|写|动)(?:它|入|库| it)?)?"
    r"|(?:do not|don'?t|never) (?:change|modify|touch|write to|alter) (?:the )?(?:database|db)|(?:不许|不能|不要|别"
    r"|禁止)"
    r"(?:修?改|写入?|动)数据库"
)
"""That the database is not to be changed, which it never is."""
SELECTS = (
    rf"(?:(?:{DROP}|{DROP_ZH}|no)(?: (?:out|away|all|any|the))*\s*)?(?:anything|everything|rows?|queries|statements"
    r"|sql|ones|those|what(?:ever)?|whatever)?"
    r"(?: (?:that|which))?\s*(?:isn'?t|is not|aren'?t|are not|other than|but|非|不是)\s*(?:an? |plain )?select(?: "
    r"(?:statements?|quer(?:y|ies)))?"
    r"\s*(?:语句|查询)?(?:的)?(?:语句|查询)?(?:都|一律)?(?:不要|去掉|删掉?|删除|剔除|丢掉)?"
    rf"|(?:(?:{DROP}|no)(?: (?:out|all|any|the))*\s*)non-?select(?:s| (?:statements?|queries))?"
    r"|(?:keep |only |just |只要|只保留|只留|仅保留)+\s*select(?:s| (?:statements?|queries))?\s*(?:语句|查询)?"
)
"""Queries that read, as against statements that change."""

MATCH = (
    r"(?:(?:keep|only|drop|remove|whose|where|check|compare|保留|只保留|只要|删除|去掉|比较|对比)[^.;。；\n]{0,40}?)?"
    r"(?:(?:execution |their |the |same |执行|查询|运行|跑出来的?)?\s*(?:results?|outputs?|结果)|predict\w*|sql"
    r"|quer(?:y"
    r"|ies))[^.;。；，\n]{0,30}?"
    r"(?:match(?:es)?|equals?|(?:the |are |is |give )?same|agrees?\w*|identical|一致|相同|一样|匹配|对得上)"
    r"(?:[^.;。；，,\n]{0,35}?(?:gold|reference|expected|correct|标准|参考|正确)(?:[ _](?:sql|quer(?:y|ies)|答案|结果"
    r"|ones?))?|[^.;。；，,\n]{0,25}?results?)?"
    r"(?:的)?(?:才)?(?:保留|留下)?"
)
"""Results that are those of a gold query."""

SECONDS = (
    r"(?:(?:a|each|every|no|one|single|the)\s+)*(?:quer(?:y|ies)|sql|查询|语句"
    r"|timeout)[^.;。；，,\n]{0,24}?(?P<n>{N})\s*"
    r"(?:s\b|sec(?:ond)?s?|秒)"
    r"(?:钟)?(?: (?:at most|max(?:imum)?|tops|each|per query|or less))?(?:\s*(?:以内|内|之内|超时|就超时|的(?:不要"
    r"|去掉)))?"
    r"|(?:with )?(?:an? )?(?:timeout|time limit|超时(?:时间)?(?:设?为|设置为)?) ?(?:of )?\s*(?P<m>{N})[- ]?\s*"
    r"(?:s\b|sec"
    r"(?:ond)?s?|秒)(?: (?:timeout|per query))?"
)
"""The time that a query may take."""
