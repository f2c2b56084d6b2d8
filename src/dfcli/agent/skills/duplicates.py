"""Wishes about rows that are equal, nearly equal, or mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DEDUP, DROP, DROP_ZH, Skill, drops
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_NEAR = (
    r"near(?:ly)?[- ]?|fuzzy |almost[- ](?:identical |the same )?|approximate |similar "
    r"|相似度|minhash |close |quasi[- ]?|近似|模糊|相似|近"
)
_MEANING = r"semantic(?:ally)? |paraphrased? |meaning[- ]|语义(?:上)?"
_EXACT = r"exact(?:ly)? |identical |verbatim |literal |完全|精确|严格"
_WHAT = (
    r"(?:dup(?:lica(?:te|ted|tes|tion|tions))?(?:d|e?s)?|copies|repeats|repeated (?:rows|texts"
    r"|entries|ones|documents|docs|questions|answers|pages)|重复(?:的)?(?:行|数据|文本|样本"
    r"|记录|问题|项|文档|内容|指令|评论)?)(?: (?:rows?|texts?|entries|records?|documents?"
    r"|docs?|pages?|samples?|ones|questions?|pairs?|items?|lines|reviews?|tickets?|copies|{WHO}))?"
)
_HOW = (
    rf"(?P<how>(?:(?:{_NEAR}|{_MEANING}|{_EXACT})\s*(?:的|地)?(?:\s*(?:and|or|&|,|/|和|及|与"
    rf"|、)\s*(?={_NEAR}|{_MEANING}|{_EXACT}))?)*)"
)
_VERB = r"(?:de-?dup(?:e|ed|ing|lication|licate|licated|licating)?|去重|去掉重复|查重|消重)"
_ON = (
    r"(?:\s*(?:rows|data|texts?|it|them|the (?:data|rows|texts?|file|dataset))?\s*(?:on|by"
    r"|based on|using|per|w\.?r\.?t\.?|according to|in|of|with the same|that share the same"
    r"|sharing the same|with identical"
    r"|having the same)(?: the)?(?: same)? {COLS}(?: (?:columns?|fields?|texts?|alone"
    r"|only))?|\s*[(（]\s*(?:the )?(?:same|by|on|compar(?:e|ing)|identical|equal|matching|按照?|相同的?"
    r"|同一个?)\s*{COLS}\s*(?:相同)?[)）])?"
)
_SIMILAR = (
    r"(?:\s*[,，]?\s*[(（]?(?:at|with|using|by|,|of)?(?: a)?\s*(?:(?:jaccard )?(?:similarity|threshold"
    r"|cosine|overlap)|(?:相似度)?(?:的)?阈值|相似度)?\s*(?:of|is|为|=|>=|≥|>|above|over|大于|超过"
    r"|at)?\s*(?P<threshold>0\.\d+|\d\d ?%)(?:\s*(?:threshold|similarity|jaccard|similar|以上"
    r"|overlap)+)?[)）]?)?"
)
_KEEP_WAY = (
    r"(?:first|last|longest|newest|latest|most recent|oldest|earliest|best|highest|top|earlier|later"
    r"|longer|newer|higher|better|most recent|most)"
    r"(?!\s*(?:\d|half|part|\w+ing\b|two|three|ten|hundred))"
)
_KEPT = (
    rf"(?:(?:and |but )?(?:of each (?:group|set|kind)\s*)?(?:keep(?:ing)?|retain(?:ing)?|leav(?:e|ing)|only"
    rf"|just|prefer(?:ring|ably)?"
    r"|favou?r(?:ing)?)"
    r"(?: (?:only|just|the|each|their|one|ones|row|version|copy|of|with|whichever|that|which|has|have|had|is|was))*"
    rf" (?P<way>{_KEEP_WAY})"
    rf"|(?:the )?(?P<way2>{_KEEP_WAY})(?: (?:one|copy|row|occurrence|version))?(?: of (?:each"
    r"|them|every (?:group|one)))?"
    r" (?:stays|wins|is kept|remains|survives|only|counts)|(?P<later>later|further|other) (?:ones|copies|rows)"
    r"(?: (?:should|must|can))? (?:go|leave|are (?:dropped|removed|out)|out|be dropped)"
    r"|(?:保留|只?留(?:下)?|取|以)(?:其中)?(?:\s*{COL}\s*)?(?P<zh>最长|最新|第一|最后|最早|最高|最大|最多|最好|首|先出现|最先)[^。；，,）)]{0,4}"
    r"|[（(](?P<zh2>先出现|首次出现|最早)的?[)）]|(?P<zh3>先出现|首次出现)的)"
    r"(?: (?:one|row|copy|occurrence|version|of (?:each|them)|only|stays|answer|response)\b)*(?: (?:by "
    r"|in )?(?:number of |count of )?{COL})?"
    r"(?:,? not the (?:first|last|longest|shortest)(?: one)?)?"
)
"""Which row of several equal ones stays."""

_LOOSE = (
    r"(?:even )?(?:if |when )?(?:they |it )?(?:(?:only |just )?(?:(?:ignor\w+|regardless of"
    r"|irrespective of|disregard\w*"
    r"|not counting|differ(?:ing)? (?:only )?(?:in|by)) (?:the )?)(?:upper ?/? ?(?:and |or )?lower[- ]?)?(?:case|casing"
    r"|capitali[sz]ation|white ?space|spaces?|spacing|punctuation)(?:(?: and | or |, "
    r"|/)(?:upper ?/? ?lower[- ]?)?(?:case"
    r"|white ?space|spaces?|spacing|punctuation))*|case[- ]?insensitive(?:ly)?|(?:only "
    r"|just )?(?:upper ?/? ?(?:and |or )?"
    r"lower[- ]?)?(?:case|casing|white ?space|spaces?|punctuation)(?:(?: and | or |, "
    r"|/)(?:upper ?/? ?lower[- ]?)?(?:case"
    r"|white ?space|spaces?|punctuation))* (?:doesn'?t matter|does not matter|don'?t matter|differs?|should not matter"
    r"|is ignored|varies)|(?:忽略|不区分|不管|不考虑|去掉)(?:大小写|空白|空格|标点)(?:(?:和|与"
    r"|、|及)(?:大小写|空白|空格|标点))*"
    r"(?:后|之后)?|大小写不(?:敏感|区分)|大小写不同(?:的)?也算)"
)
"""What does not count when texts are compared."""

_NEWEST = ("newest", "latest", "most recent", "newer", "later", "最新")
_BEST = ("best", "highest", "top", "higher", "better", "most", "最高", "最大", "最多", "最好")
_LINES = r"(?P<parts>lines?|paragraphs?|sentences?|行|段落?|句子)"


_AGAIN = (
    r"(?:the )?same (?:article|text|document|page|question|story|post|row|item)s? (?:(?:often|sometimes"
    r"|frequently|usually|may|can) )?(?:is|are|was|were"
    r"|appears?|occurs?|comes?|be"
    r"|gets?)[^.;!?\n]{0,40}?(?:several|multiple|many|different|more than one|twice"
    r"|repeatedly)[^.;!?\n]{0,30}?[-–,:;.]?\s*"
    r"(?:so |and )?(?:(?:one|a single)(?: copy| version| row)?(?: of (?:them|each))? is (?:enough|sufficient|fine)"
    r"|keep (?:only |just )?(?:one|a single))(?: of (?:them|each))?(?: [-–])?"
    r"|(?:同一|相同的?)[篇条个份道]?[\u4e00-\u9fff]{0,4}(?:被|在|会)?[^。；;\n]{0,12}?(?:转载|出现|重复|多次|抓取)[^。；;\n]{0,8}[，,]\s*(?:每[篇条个])?"
    r"(?:只)?(?:要)?(?:保留|留下?)(?:其中)?(?:一[份条篇个]|1\s*[份条篇个])(?:就够|即可|就行|就好|就可以)?了?"
)
"""That the same comes several times, and that once is enough."""


class Duplicates(Skill):
    """Duplicates, each kept once."""

    name = "duplicates"
    stage = DEDUP

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per kind of duplicate and set of columns."""
        verbs = (
            rf"{DROP}|{DROP_ZH}|no(?: more)?|without(?: any)?|avoid|collapse|merge|eliminate"
            r"|find and remove|unique|free of|kill|filter|clean(?: up)?"
        )
        fill = r"(?:\s*(?:all|any|the|of|out|有|所有的?|掉|those|exact)(?=\s|[^\x00-\x7f]))*\s*"
        by_zh = r"(?:(?:按照?|根据|基于|依据|以|对)\s*(?P<by>{COLS})(?:\s*(?:列|字段|进行|来|做|内容|相同|的))*\s*)?"
        for found in text.find(
            rf"(?:{verbs}){fill}(?:duplicate(?:d)?|repeated|重复的?) {_LINES}(?: (?:across|between"
            r"|over) (?:all )?(?:the )?(?:documents|corpus|rows|pages|texts))?"
        ):
            if found["parts"].rstrip("s") != "line" or re.search(
                r"across|corpus|inside|within", text.after(found.start()), re.I
            ):
                yield self.wish(text, found.start(), found.end(), parts=found["parts"])
        for pattern in (
            (
                rf"{_VERB} (?:the )?(?P<how>{_NEAR}|{_MEANING}|{_EXACT})(?:identical|alike|similar"
                r"|same)?[- ]?(?:rows?|texts?|pages?|documents?|docs?|entries|records?|questions?"
                rf"|instructions?|samples?)?{_ON}{_SIMILAR}"
            ),
            (
                rf"{_HOW}(?P<by>{{WHOS}})\s*(?:{_LOOSE})?\s*(?:都|完全|全部|内容|也)*(?:一样|相同|一致|重复)了?(?:的)?"
                r"(?:算(?:作)?重复|视为重复|[^，。；]{0,4}?)[,，]?\s*(?:只|仅|都)?(?:保留|留)(?:下)?(?:一条|一个|第一条"
                r"|一行|先出现的|一份|首条)"
            ),
            (rf"{_HOW}(?:重复|相同|一样)的[^，。；]{{0,6}}?(?:只|仅)(?:保留|留)(?:下)?(?:一条|一个|第一条|一行|一份)"),
            (
                r"(?P<how>)(?:(?:an?|each|any|every|the same|same|identical|repeated|duplicate) )?(?P<by>{WHOS})"
                r"(?: (?:that|which|if it|when it))? ?(?:comes?|appears?|occurs?|is|are|was"
                r"|repeats?)?(?: (?:asked|up|seen"
                r"|there|used))? (?:twice|more than once|repeatedly|several times|multiple times|again)"
            ),
            rf"{_HOW}(?:repeated|repeating|duplicated?|identical) (?P<by>{{WHOS}})(?: values?)?"
            r"(?: (?:should|must|ought to|needs? to|ha(?:s|ve) to) be (?:merged|collapsed|unified))?",
            (
                rf"(?:(?:{DROP_ZH}|把|将|对)\s*)?{_HOW}(?P<by>{{WHOS}})\s*(?:完全|都|全部)*(?:相同|一样|重复|一致)的(?:[^，。；、,]{{0,4}}?)?"
                rf"(?:{DROP_ZH}|去重|删)?"
            ),
            (
                r"(?:duplicated?|identical|repeated|equal|the same) (?P<by>{WHOS}|documents?|rows?|pages?|texts?"
                r"|entries|records?|samples?)(?P<how>)"
                r" (?:should|must|may|can|are to)? ?(?:only )?(?:appear|occur|be kept|stay|remain|show up"
                r"|be there)(?: (?:just|only|exactly))?"
                r" (?:once|one time)"
            ),
            (
                r"(?:(?P<how>相似度)(?:大于|高于|超过|达到|在|不低于|≥|>=?)\s*(?P<threshold>0?\.\d+"
                r"|\d\d ?[%％])(?:\s*以上|的)*(?:都|就)?(?:算(?:作|是)?|视为|当作)"
                r"重复(?:的)?(?:\s*[,，]?\s*只?(?:保)?留一(?:份|条|个|篇))?)"
            ),
            (r"(?P<how>)重复的?[^，。；,]{0,4}?(?=(?:只|仅)(?:保)?留\s*{COL}\s*最)"),
            rf"(?:把|将|对)\s*{_HOW}(?:一样|相同|重复|一致)的[^，。；、,]{{0,5}}?(?:进行|做)?(?:去重|{DROP_ZH})",
            rf"{_HOW}{_WHAT}{_ON}(?:\s*(?:{_LOOSE}))?\s*[:,–-]?\s*(?=(?:only|just|keep|first|the first|once|one)\b)",
            rf"{by_zh}(?:(?:{verbs}){fill})?{_HOW}{_VERB}(?: (?:exact(?:ly)?))?{_ON}{_SIMILAR}",
            rf"{by_zh}(?:{verbs}){fill}{_HOW}{_WHAT}{_ON}{_SIMILAR}",
            (
                rf"{_HOW}{_WHAT} ?(?:(?:should|must|need to|have to|ought to) (?:all )?(?:go|leave"
                r"|be (?:removed|dropped|found|detected|caught|merged|collapsed|unified))|out"
                rf"|removed|去掉|删除|删掉|剔除|过滤掉?|移除|去除){_SIMILAR}"
            ),
            (
                r"(?P<how>)(?:keep |only |保留)?(?:one|a single|1|only one|the first|first|一条|一个"
                r"|第一条)(?: row| record| entry| copy)? (?:per|for each|of each|for every)(?: distinct"
                r"| unique)? (?P<by>{COLS})"
            ),
            (
                r"(?P<how>)(?:keep|leave|retain) (?:just |only )?(?:one|a single)(?: (?:copy|version"
                r"|instance|row|of))* (?:each |every |all "
                r"|the )?(?:identical|duplicate[ds]?|repeated|equal) \w+"
            ),
            rf"(?:(?:add|use|run|do|apply|with|perform)(?: (?:a|an|the|some))* )?{_HOW}(?:{_WHAT}"
            rf"|de-?dup\w*)? ?(?<=[\s-])(?:removal|elimination|filter(?:ing)?)(?![a-z]){_ON}{_SIMILAR}",
            r"(?P<how>)(?:(?:drop|remove|delete|collapse|merge|no|without)(?: (?:any|all|two"
            r"|the))* )?(?P<by>{WHO}) (?:that |which )?"
            r"(?:occurs?|occurring|appears?|appearing|comes?|coming|are|is) (?:up )?(?:there )?(?:more than once"
            r"|twice|several times|repeatedly"
            r"|multiple times|many times)",
            r"(?P<how>)(?:remove|drop|delete|no|without(?: any)?|avoid)(?: (?:any|all|two|the))* (?:identical"
            r"|equal|the same) (?P<by>{WHO})",
            rf"(?P<how>)(?P<again>{_AGAIN})",
            r"(?P<how>)每个\s*(?P<by>{COLS})\s*(?:只|仅)?(?:保留|留)(?:一条|一个|第一条|一行)",
            (
                r"(?P<how>)(?P<by>{COLS}) (?:should|must|has to|needs to) be unique|(?:unique"
                r"|distinct)(?: rows| records)?(?: on| by) {COLS}"
            ),
        ):
            for found in text.find(pattern):
                by = text.named(found.groupdict().get("by"))
                if not any(_is_list(profile, each) for each in by):
                    yield self._wish(text, found)
        for found in text.find(rf"{_HOW}{_WHAT}{_ON}{_SIMILAR}"):
            inside = text.said[max(found.start() - 1, 0)] in "字词句"  # a repetition in a text, not of rows
            if not inside and drops(text, found.start(), default=False):
                yield self._wish(text, found)

    def _wish(self, text: Text, found: re.Match[str]) -> Wish:
        said = found.groupdict()
        how = said.get("how") or ""
        words = text.said[found.start() : found.end()]
        near, meaning, exact = (re.search(each, how, re.I) is not None for each in (_NEAR, _MEANING, _EXACT))
        threshold = said.get("threshold") or ""
        threshold = threshold or (_threshold(text, found.end()) if near or meaning else "")
        value = float(threshold.rstrip(" %％")) / (100 if threshold.endswith(("%", "％")) else 1) if threshold else None
        columns = [] if said.get("again") else text.named(said.get("by") or words)
        wish = self.wish(
            text,
            found.start(),
            found.end(),
            near=near or (value is not None and not meaning),
            meaning=meaning,
            exact=exact,
            threshold=value,
            columns=columns,
            context=said.get("by") or words + text.before(found.start()),
            **_which(text, found.end()),
        )
        if (
            wish.excluded
            and re.match(r"(?:no|without)\b", wish.said, re.I)
            and not text.pattern(_VERB).search(found[0])
        ):
            wish = replace(wish, excluded=False)  # `no identical answers` asks for deduplication
        sentence = len(text.before(found.start(), far=True))
        return replace(wish, options={**wish.options, "normalise": _loosely(text, found.start() - sentence, words)})

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add exact deduplication, and where near ones are meant, one by MinHash or by meaning."""
        if "parts" in wish.options:
            self._parts(wish, draft)
            return
        options = wish.options
        columns = draft.known(options["columns"])
        fuzzy = options["near"] or options["meaning"]
        keeping = self._keeping(wish, draft)
        if not fuzzy or options["exact"] or not columns:
            self._exact(wish, draft, columns, keeping, fuzzy=fuzzy)
        text = columns[0] if columns else draft.meant(options["context"]) or draft.text()
        if fuzzy and text is None:
            draft.ask("Which column holds the text whose near-duplicates are meant?")
        elif options["meaning"]:
            given = {"threshold": options["threshold"]} if options["threshold"] else {}
            draft.models.setdefault("embedder", "openai/text-embedding-3-small")
            draft.step("dedup_semantic", wish.said, text=text, model="embedder", **given, **keeping)
        elif options["near"]:
            draft.step(
                "dedup_minhash",
                wish.said,
                text=text,
                **self._shingles(draft, str(text), options["threshold"]),
                **keeping,
            )

    def _exact(self, wish: Wish, draft: Draft, columns: list[str], keeping: dict[str, str], *, fuzzy: bool) -> None:
        on: list[str] | None = columns or draft.all_meant(wish.options["context"]) or self._content(draft)
        if not columns:
            equal = " and ".join(repr(each) for each in on) if on else "all columns"
            draft.assume(
                f"rows are duplicates when {equal} are equal"
                if on is None or len(on) > 1
                else f"rows are duplicates when the column {equal} is equal"
            )
        if any(each["op"] == "dedup_exact" for each in draft.steps) and fuzzy:
            return
        loose = {"normalise": wish.options["normalise"]} if wish.options["normalise"] else {}
        draft.step("dedup_exact", wish.said, on=on[0] if on and len(on) == 1 else on, **loose, **keeping)
        if on and len(on) == 1:
            draft.check(on[0], "unique")

    def _content(self, draft: Draft) -> list[str] | None:
        """Return what makes rows equal where nothing is named: a text, or a pair; an id would make all differ."""
        asked, answered = draft.role("instruction", "question", "prompt"), draft.role("response", "answer")
        if asked and answered:
            extra = [each for each in ("input", "context") if each in draft.columns and draft.columns[each] == "str"]
            return [asked, *extra, answered]
        text = draft.role("text", "question", "instruction", "prompt", "code", "sql")
        if text is not None:
            return [text]
        named = [name for name in draft.columns if name not in draft.hidden]
        others = [name for name in named if (found := draft.profiled(name)) is None or found.role not in ("id",)]
        return others if len(others) < len(named) else None

    def _shingles(self, draft: Draft, column: str, threshold: float | None) -> dict[str, object]:
        """Return how texts are cut: short texts and Chinese ones need smaller pieces to be alike at all."""
        profiled = draft.profiled(column)
        options: dict[str, object] = {"verify": "jaccard"}
        if profiled is not None and profiled.language in ("zh", "ja", "th"):
            options |= {"unit": "characters", "ngram": 3}
        elif profiled is not None and (profiled.mean_chars or 0) < 600:
            options |= {"ngram": 2}
        if threshold is not None:
            options["threshold"] = threshold
        elif options.get("ngram"):
            options["threshold"] = 0.6
            draft.assume("near-duplicates are texts that share 60 % of their shingles (threshold: 0.6)")
        return options

    def _keeping(self, wish: Wish, draft: Draft) -> dict[str, str]:
        """Return which row of several is kept, when the request says."""
        way = (wish.options.get("prefer") or "").lower()
        if way in ("longest", "longer", "最长"):
            return {"prefer": "longest"}
        if way in (*_NEWEST, *_BEST):
            named = draft.known(filter(None, wish.options["prefer_by"].split(",")))
            role = draft.role("date") if way in _NEWEST else draft.role("score")
            column = named[0] if named else role
            return {"prefer": "best", "by": column} if column else {}
        return {}

    def _parts(self, wish: Wish, draft: Draft) -> None:
        part = wish.options["parts"]
        op = (
            "dedup_lines"
            if part.startswith(("line", "行"))
            else "dedup_sentences"
            if part.startswith(("sent", "句"))
            else "dedup_paragraphs"
        )
        text = draft.text()
        draft.step(op, wish.said, text=text)


def _is_list(profile: Profile, name: str) -> bool:
    """Tell whether a column holds lists: one row per element is no duplicate."""
    return any(
        each.name == name and each.type.startswith("list") for table in profile.tables[:1] for each in table.columns
    )


def _threshold(text: Text, at: int) -> str:
    """Return the similarity from which texts are alike, where the sentence goes on to say so, and take those words."""
    end = re.compile(r"[.;。；\n](?=\s|$|[^\x00-\x7f])").search(text.said, at)
    found = text.pattern(
        r"(?:(?:use|using|with|at|set|where|when|whose|the|a|their|jaccard|cosine|overlap|用|把|其)\s*)*(?:similarity|threshold|overlap|jaccard"
        r"|相似度(?:的)?(?:阈值)?|阈值|重合度|重叠度)(?:\s*(?:threshold|score|is|of|at|to|above|over|exceeds?"
        r"|more than|at least|>=?|≥|=|为|是"
        r"|设为|取|大于|超过|高于|达到|定为|在))*\s*(?P<value>0?\.\d+|\d\d ?[%％])(?:\s*(?:or (?:more|above"
        r"|higher)|的|以上|及以上|就?算(?:重复)?))*"
    ).search(text.rest, at, end.start() if end else len(text.rest))
    if found is None:
        return ""
    text.take(found.start(), found.end())
    return found["value"]


def _which(text: Text, at: int) -> dict[str, str]:
    """Return which of equal rows is to stay, where the sentence goes on to say so, and take those words."""
    end = re.compile(r"[.;。；\n](?=\s|$|[^\x00-\x7f])").search(text.said, at)
    found = text.pattern(_KEPT).search(text.rest, at, end.start() if end else len(text.rest))
    if found is None:
        return {}
    said = found.groupdict()
    text.take(found.start(), found.end())
    way = said["way"] or said["way2"] or said["zh"] or said["zh2"] or said["zh3"] or "first"
    words = text.said[found.start() : found.end()]
    return {"prefer": way, "prefer_words": words, "prefer_by": ",".join(text.named(words))}


def _loosely(text: Text, start: int, words: str) -> list[str]:
    """Return what does not count when texts are compared, where the sentence says so, and take those words."""
    end = re.compile(r"[.;。；\n](?=\s|$|[^\x00-\x7f])").search(text.said, start)
    found = text.pattern(_LOOSE).search(text.rest, start, end.start() if end else len(text.rest))
    if found is not None:
        words = text.take(found.start(), found.end())
    elif re.search(_LOOSE.replace(" ", r"\s+"), words, re.I) is None:
        return []
    kinds = {"case": r"\bcas(?:e|ing)|capital|大小写", "whitespace": r"space|spacing|空", "punctuation": r"punct|标点"}
    return [name for name, pattern in kinds.items() if re.search(pattern, words, re.I)]
