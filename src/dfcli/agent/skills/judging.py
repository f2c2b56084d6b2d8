"""Wishes about scores that a model gives, and what is kept by them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, DROP_ZH, JUDGE, KEEP, Skill, drops
from dfcli.agent.skills.bounds import BETWEEN, ONE, SUFFIXED, Bounds, bound, kept
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

DEFAULT_MODEL = {"model": "openai/gpt-4.1-mini", "temperature": 0}
"""The model of a recipe when the request names none."""

_JUDGES = (
    ("judge_helpfulness", "helpfulness", r"helpful(?:ness)?|useful(?:ness)?|有用性?|有帮助"),
    ("judge_educational_value", "educational_value", r"education(?:al)?(?: (?:value|quality))?|教育(?:价值|意义)"),
    ("judge_safety", "safety_severity", r"safety|harmful(?:ness)?|安全性?|有害性?"),
    ("judge_complexity", "complexity", r"complex(?:ity)?|复杂(?:度|性)?"),
    ("judge_difficulty", "difficulty_score", r"difficult(?:y)?|hard(?:ness)?|难度"),
    (
        "judge_response_quality",
        "response_quality",
        r"(?:response|answer) quality|quality of (?:the )?(?:responses?|answers?)|(?:回答|回复|答案)的?质量",
    ),
    (
        "judge_instruction_quality",
        "instruction_quality",
        r"instruction(?:[- ]pair)? quality|(?:pair|sample|data|training) quality|指令的?质量|数据质量",
    ),
    ("judge_factuality", "factuality", r"factual(?:ity| accuracy)?|truthful(?:ness)?|事实性|真实性"),
    ("judge_style", "style_score", r"(?:writing )?style|文风|风格"),
    ("quality", "quality", r"(?:overall )?quality|good(?:ness)?|质量"),
)
"""Operator, the column of its score, and what it is called. `quality` becomes the one that fits the columns."""

_ANY = "|".join(pattern for _, _, pattern in _JUDGES)


def add_score(wish: Wish, draft: Draft, words: str = "quality") -> str | None:
    """Add a step in which a model scores each row, unless it is there; return the column of the score."""
    op, column = next((op, column) for op, column, pattern in _JUDGES if re.search(pattern, words, re.A | re.I))
    asked = draft.role("instruction", "question", "prompt")
    answered = draft.role("response", "answer")
    if op == "quality" or op in ("judge_helpfulness", "judge_response_quality", "judge_instruction_quality"):
        if asked and answered:
            op, column = (op, column) if op != "quality" else ("judge_instruction_quality", "instruction_quality")
        elif draft.text() is not None:
            op, column = "judge", "quality"
    if any(each["op"] == op for each in draft.steps):
        return column
    draft.models.setdefault("judge", DEFAULT_MODEL)
    if op == "judge":
        rubric = (
            "How good is this text as training data? 5: correct, complete, clearly written, worth "
            "learning from. 3: usable, with clear flaws. 1: noise, spam, broken or without content."
        )
        draft.step(op, wish.said, rubric=rubric, columns=[draft.text()], into=column, model="judge")
    elif "instruction" in _reads(op):
        given = {"instruction": asked, **({"response": answered} if "response" in _reads(op) else {})}
        draft.step(op, wish.said, model="judge", **given)
    else:
        draft.step(op, wish.said, model="judge", text=draft.text())
    draft.judged.append(column)
    return column


class Judging(Skill):
    """Scores by a model."""

    name = "judging"
    stage = JUDGE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for each score, with the bounds that are kept."""
        rate = (
            r"(?:(?:use|using|have|let|ask|with) (?:an?|the) (?:llm|model|ai|gpt\S*|judge)(?: (?:judge"
            r"|model|as (?:a )?judge))?(?: to)? )?(?:rate|score|grade|judge|assess|evaluate|rank"
            r"|rating|scoring|评估|评分|打分|给|对|评价)(?: (?:the|each|every|all|their|its|of|for|it"
            r"|them|how|row|rows|answers?|responses?|pairs?|instructions?|texts?|examples?|samples?"
            r"|documents?|pages?|for|on|by))*\s*(?:每[条个篇]?)?(?:(?:数据|样本|文本|回答|指令|文章"
            r"|问答对?)的?)?\s*"
        )
        scale = (
            r"(?:\s*(?:进行|打分|评分|打|from|on(?: a scale (?:of|from))?|scale(?: of)?|between|,|，|\(|（|用"
            r"|1\s*分?)*\s*(?P<from>\d+)\s*(?:to|-|–|~|到|至)\s*(?P<to>\d+)\s*(?:分"
            r"|scale)?(?:\s*(?:打分|评分))?[)）]?)?"
        )
        keep = (
            rf"(?:[^.。;；\n]{{0,40}}?(?P<keep>{KEEP}|保留|只要|只留|{DROP}"
            rf"|{DROP_ZH})[^.。;；\n]{{0,30}}?(?:(?:{BETWEEN})|(?:{ONE})|(?:{SUFFIXED}))(?:\s*(?:分"
            r"|points?))?(?:\s*的)?)?"
        )
        whose = (
            r"(?:\s*(?:of |for )?(?:each|every|the|all|its|their) (?:{WHO}|answers?|rows?|texts?)(?: (?:is|are))?"
            r"(?: (?:for|to|as) (?:an? |the |its |their )?(?:{WHO}|training data|prompts?))?)?"
        )
        after = (
            rf"[,，;；]?\s*(?:and |但|而)?(?:(?:{BETWEEN})|(?:{ONE})|(?:{SUFFIXED}))(?:\s*(?:分|points?))?\s*的?\s*"
            rf"(?:都|就|一律|全部?)?(?P<keep>保留|留下|{DROP_ZH})"
        )
        scored = rf"{rate}(?P<what>{_ANY}){whose}(?:\s*(?:进行)?(?:评分|打分|scores?|rating))?{scale}"
        for found in (each for end in (after, keep) for each in text.find(scored + end)):
            yield self._wish(text, found)
        bounded = (
            rf"(?P<what>{_ANY})(?: (?:score|rating|judge|分数?))?\s*(?:score |rating |分数?|评分"
            rf"|得分)?\s*(?:is |of |为|是|在)?\s*(?:(?:{BETWEEN})|(?:{ONE})"
            rf"|(?:{SUFFIXED}))(?:\s*(?:/ ?(?:5|10)|out of (?:5|10)|分))?"
        )
        unnamed = (
            r"(?:have|get|let) (?:them|it|these|each|all|every|the) ?(?:(?:one|answers?|responses?|rows?|of them) )?"
            r"(?:all )?(?:rated|scored|judged|graded|rate|score|judge|grade)"
            rf"{scale}(?: ?(?:for|on|by) (?:their |the |its )?(?P<what>{_ANY}))?",
            r"(?:rate|score|judge|grade|assess) (?:each|every|all|the)(?: (?:of the|the|of))? (?:answers?|responses?"
            rf"|completions?|candidates?){scale}(?P<what>(?!))?(?! for| on| by)",
            rf"(?:让|用|由)(?:大?模型|LLM|AI)(?:来|分别)?(?:(?:给|对|为)(?:每[个条篇]|所有)?(?:回答|答案|回复|结果)(?:进行)?)?(?:打分|评分){scale}(?P<what>(?!))?",
        )
        for found in (each for pattern in unnamed for each in text.find(pattern)):
            yield self._wish(text, found)
        for found in text.find(
            r"(?:(?:i |we )?(?:want|keep|include|write|leave|also|and|need|with) )+(?:the |its |that |their )?"
            r"(?:scores?|ratings?) (?:in|to|into) (?:the |my )?(?:results?|outputs?|file|data)(?: too| as well)?"
            r"|(?:分数|评分|得分)(?:也|要|都)*(?:保留|写入|写进|留|放)(?:在|到)?(?:结果|输出|文件)(?:里|中)?"
        ):
            text.take(found.start(), found.end())  # scores that a model gives are written in any case
        for found in text.find(bounded):
            yield self._wish(text, found)
        vague = (
            rf"(?:{DROP}|{DROP_ZH}|filter|no|without|过滤)(?: (?:out|the|all|any|really"
            r"|very))*\s*(?:low|bad|poor|terrible|garbage|junk|crappy|低|差)[- ]?(?:quality"
            r"|质量)?的?(?: ?(?:rows|examples|samples|pairs|answers|responses|texts?|documents|pages"
            r"|ones|data|content|instructions?|entries|stuff|数据|样本|文本|回答|网页|指令|内容))*"
            r"|(?:keep|only|want|select|retain|保留|只要|选出|筛选出?)(?: (?:the|only"
            r"|just))*\s*(?P<good>high|good|best|top|高|优质|好)[- ]?(?:quality|质量)?的?(?: ?(?:rows"
            r"|examples|samples|pairs|answers|responses|texts?|documents|pages|ones|data|content"
            r"|instructions?|数据|样本|文本|回答|指令|内容))+"
        )
        for found in text.find(vague):
            yield self.wish(text, found.start(), found.end(), what="quality", vague=True)

    def _wish(self, text: Text, found: re.Match[str]) -> Wish:
        said = found.groupdict()
        bounds = None
        if any(said.get(name) for name in ("low", "n", "m")):
            keep = said.get("keep") or ""
            drop = bool(keep and re.fullmatch(rf"(?:{DROP})|(?:{DROP_ZH})", keep, re.I)) or (
                not keep and drops(text, found.start(), default=False)
            )
            bounds = kept(bound(found), drop=drop)
        limits = {} if bounds is None else {"low": bounds.low, "high": bounds.high, "open": bounds.open}
        return self.wish(text, found.start(), found.end(), what=said["what"] or "helpfulness", **limits)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the judge, and what is kept by its score."""
        options = wish.options
        if options.get("vague") and (draft.judged or any("quality" in each["op"] for each in draft.steps)):
            return
        column = add_score(wish, draft, options["what"])
        if column is None:
            draft.ask("Which columns hold what is to be scored?")
            return
        draft.show(column)
        judges = {"judge", *(op for op, score, _ in _JUDGES if score == column), f"judge_{column}"}
        step = next(each for each in reversed(draft.steps) if each["op"] in judges)
        if options.get("vague"):
            step["keep"] = f"{column} >= 4"
            draft.assume(
                f"what is of low quality is told by a model: rows of a score of 4 and more ({column}) are kept"
            )
        elif "low" in options:
            limits = Bounds(options["low"], options["high"], options["open"])
            step["keep"] = limits.condition(column)
            draft.check(column, limits.phrase())


def _reads(op: str) -> set[str]:
    from dfcli.ops.registry import installed

    return set(installed().get(op).model_fields)
