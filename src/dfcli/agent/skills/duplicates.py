"""Wishes about rows that are equal, nearly equal, or mean the same, and about overlap with a benchmark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DEDUP, DROP, DROP_ZH, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_NEAR = (
    r"near(?:ly)?[- ]?|fuzzy |almost[- ](?:identical |the same )?|approximate |similar "
    r"|minhash |close |quasi[- ]?|近似|模糊|相似|近"
)
_MEANING = r"semantic(?:ally)? |paraphrased? |meaning[- ]|语义(?:上)?"
_EXACT = r"exact(?:ly)? |identical |verbatim |literal |完全|精确|严格"
_WHAT = (
    r"(?:dup(?:lica(?:te|ted|tes|tion|tions))?(?:d|e?s)?|copies|repeats|repeated (?:rows|texts"
    r"|entries|ones|documents|docs|questions|answers|pages)|重复(?:的)?(?:行|数据|文本|样本"
    r"|记录|问题|项|文档|内容|指令|评论)?)(?: (?:rows?|texts?|entries|records?|documents?"
    r"|docs?|pages?|samples?|ones|questions?|pairs?|items?|lines|reviews?|tickets?|copies))?"
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
    r"|only))?)?"
)
_SIMILAR = (
    r"(?:\s*[(（]?(?:at|with|using|by|,|of)?(?: a)?\s*(?:(?:jaccard )?(?:similarity|threshold"
    r"|cosine|overlap)|相似度|阈值)?\s*(?:of|is|为|=|>=|≥|>|above|over|大于|超过"
    r"|at)?\s*(?P<threshold>0\.\d+|\d\d ?%)(?:\s*(?:threshold|similarity|jaccard|similar|以上"
    r"|overlap)+)?[)）]?)?"
)
_LINES = r"(?P<parts>lines?|paragraphs?|sentences?|行|段落?|句子)"


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
            rf"{by_zh}(?:(?:{verbs}){fill})?{_HOW}{_VERB}(?: (?:exact(?:ly)?))?{_ON}{_SIMILAR}",
            rf"{by_zh}(?:{verbs}){fill}{_HOW}{_WHAT}{_ON}{_SIMILAR}",
            (
                rf"{_HOW}{_WHAT} ?(?:(?:should|must|need to|have to) (?:go|be (?:removed|dropped))|out"
                rf"|removed|去掉|删除|删掉|剔除|过滤掉?|移除|去除){_SIMILAR}"
            ),
            (
                r"(?P<how>)(?:keep |only |保留)?(?:one|a single|1|only one|the first|first|一条|一个"
                r"|第一条)(?: row| record| entry| copy)? (?:per|for each|of each|for every)(?: distinct"
                r"| unique)? (?P<by>{COLS})"
            ),
            r"(?P<how>)每个\s*(?P<by>{COLS})\s*(?:只|仅)?(?:保留|留)(?:一条|一个|第一条|一行)",
            (
                r"(?P<how>)(?P<by>{COLS}) (?:should|must|has to|needs to) be unique|(?:unique"
                r"|distinct)(?: rows| records)?(?: on| by) {COLS}"
            ),
        ):
            for found in text.find(pattern):
                yield self._wish(text, found)

    def _wish(self, text: Text, found: re.Match[str]) -> Wish:
        said = found.groupdict()
        how = (said.get("how") or "") + (" " + text.after(found.end())[:0])
        words = text.said[found.start() : found.end()]
        near, meaning, exact = (re.search(each, how, re.I) is not None for each in (_NEAR, _MEANING, _EXACT))
        threshold = said.get("threshold") or ""
        value = float(threshold.rstrip(" %")) / (100 if "%" in threshold else 1) if threshold else None
        columns = text.named(said.get("by") or words)
        keep = re.search(
            (
                r"keep(?:ing)?(?: only)? the (?P<way>first|last|longest|newest|latest|most recent|oldest"
                r"|best|highest|top)[^.;,]*|保留(?P<zh>最长|最新|第一|最后|最早|最高)[^。；，]*"
            ),
            text.rest[found.end() : found.end() + 80],
            re.I,
        )
        end = found.end()
        prefer: dict[str, str] = {}
        if keep is not None:
            end = found.end() + keep.end()
            prefer = {
                "prefer": keep["way"] or keep["zh"],
                "prefer_words": keep[0],
                "prefer_by": ",".join(text.named(keep[0])),
            }
        return self.wish(
            text,
            found.start(),
            end,
            near=near or (value is not None and not meaning),
            meaning=meaning,
            exact=exact,
            threshold=value,
            columns=columns,
            context=words + text.before(found.start()),
            **prefer,
        )

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
        on: list[str] | str | None = columns
        if not columns:
            mentioned = draft.meant(wish.options["context"])
            on = [mentioned] if mentioned else self._content(draft)
        if any(each["op"] == "dedup_exact" for each in draft.steps) and fuzzy:
            return
        draft.step("dedup_exact", wish.said, on=on[0] if on and len(on) == 1 else on, **keeping)
        if on and len(on) == 1:
            draft.check(on[0], "unique")

    def _content(self, draft: Draft) -> list[str] | None:
        """Return what makes rows equal where nothing is named: a text, or a pair; an id would make all differ."""
        pair = [draft.role("instruction", "question", "prompt"), draft.role("response", "answer")]
        if all(pair):
            extra = [each for each in ("input", "context") if each in draft.columns and draft.columns[each] == "str"]
            return [pair[0], *extra, pair[1]]  # type: ignore[list-item]  # just tested
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
            options |= {"unit": "chars", "ngram": 3}
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
        if way in ("longest", "最长"):
            return {"prefer": "longest"}
        if way in ("newest", "latest", "most recent", "最新", "best", "highest", "top", "最高"):
            named = draft.known(filter(None, wish.options["prefer_by"].split(",")))
            role = draft.role("date") if way in ("newest", "latest", "most recent", "最新") else draft.role("score")
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


class Decontamination(Skill):
    """Texts that overlap with a benchmark."""

    name = "decontamination"
    stage = DEDUP + 5

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish for the benchmark files named."""
        names = [each.path for each in profile.tables[1:]]
        files = "|".join(re.escape(name) for name in names) or r"[\w./-]+\.(?:jsonl|json|csv|parquet|txt)"
        file = rf"(?P<file>[`\"']?(?:{files})[`\"']?)"
        for pattern in (
            (
                r"de-?contaminat\w+(?: (?:it|the data|them))?(?: (?:against|with|from"
                r"|using))?(?: (?:the )?(?:benchmark|test|eval(?:uation)?)(?: (?:set|file"
                rf"|data))*)?\s*{file}"
            ),
            (
                r"(?:overlap\w*|appear\w*|in common|leak\w*|occur\w*|contaminat\w+)(?: (?:with|in|into"
                r"|from|by))?(?: (?:the )?(?:benchmark|test|eval(?:uation)?)(?: (?:set|file|data"
                rf"|questions))*)?(?: (?:in|of))?\s*{file}"
            ),
            (
                rf"(?:与|和|同|跟|针对)\s*(?:测试集|评测集|基准)?\s*{file}\s*(?:中的?)?(?:测试集|评测集"
                r"|数据)?\s*(?:有)?(?:重叠|重合|重复|泄漏|泄露|污染)"
            ),
            rf"(?:去污染|去除污染)[^。；]{{0,8}}{file}",
            rf"{file}[^。；，]{{0,10}}(?:去污染|污染)",
        ):
            for found in text.find(pattern):
                yield self.wish(text, found.start(), found.end(), file=found["file"].strip("`\"'"))

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step, with shorter runs where texts are short."""
        column = draft.meant(wish.said) or draft.text()
        profiled = draft.profiled(column) if column else None
        short = profiled is not None and (profiled.mean_chars or 0) < 200
        draft.step(
            "decontaminate", wish.said, text=column, files=[wish.options["file"]], **({"ngram": 8} if short else {})
        )
