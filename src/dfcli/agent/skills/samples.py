"""Wishes about several answers to one prompt: how many a model gives, and which of them is kept."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.numbers import number
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import JUDGE, WRITE, Skill
from dfcli.agent.skills.bounds import ONE, SUFFIXED, bound
from dfcli.agent.skills.judging import add_score
from dfcli.agent.skills.writing import add_answers
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_ANSWERS = r"(?:(?:different|candidate|possible) )*(?:answers?|responses?|completions?|replies|candidates?|samples)"
_ASKED = r"(?:prompts?|questions?|instructions?|queries|query|rows?|tasks?)"
_ANSWER_ZH = r"(?:回答|答案|回复|候选|答复)"
_ASKED_ZH = r"(?:prompt|问题|指令|提示词?|题目?)"


class Samples(Skill):
    """Best of n: several answers for each prompt, and the best of them."""

    name = "samples"
    stage = WRITE

    def place(self, wish: Wish) -> float:
        """Return where a wish is built: answers are there before they are scored, and scored before one is kept."""
        return JUDGE + 5 if "best" in wish.options else self.stage

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for how many answers are asked for, and one for keeping the best."""
        model = r"(?: (?:from|by|with|using) (?:the |an? )?(?:model|llm))?"
        each = rf"(?: (?:per|for (?:each|every)|to (?:each|every)) {_ASKED})?"
        asks = r"(?:(?:let|have|make) (?:the |an? )?(?:model|llm) |ask (?:the |an? )?(?:model|llm) (?:to |for ))?"
        for found in text.find(
            rf"(?:for (?:each|every) {_ASKED}(?: in [\x00]*)?,? ?)?{asks}(?:sample|draw|generate|get|collect"
            rf"|produce|write"
            rf"|give(?: me)?) (?P<n>{{N}}) {_ANSWERS}{model}{each}{model}"
            rf"|{asks}answer (?:each|every|all the|the) {_ASKED} (?P<n2>{{N}}) times"
            rf"|(?:让|用)?(?:大?模型)?(?:对|给|为)?每[个条道]?\s*{_ASKED_ZH}\s*(?:都)?(?:采样|生成|写|回答|给出|采)(?:出)?\s*(?P<n3>{{N}})\s*(?:个|次|条|遍)"
            rf"(?:不同的)?{_ANSWER_ZH}?"
        ):
            said = found.groupdict()
            count = int(number(said["n"] or said["n2"] or said["n3"]))
            if count > 1:
                end, column = _named(text, found.end())
                yield self.wish(text, found.start(), end, samples=count, into=column)
        if_ = (
            r"(?:[,，]?\s*(?:and |but )*(?:only |just )?(?:if|when|where|provided|as long as|and) (?:it|that one"
            r"|its score"
            r"|the (?:score|rating|best)(?: one)?)? ?(?:is |was )?(?:scores?|scored|gets?|got|has|is rated|rated"
            r"|reached"
            rf"|reaches)? ?(?:a (?:score|rating) of )?(?:(?:{ONE})|(?:{SUFFIXED})))?"
        )
        best = r"(?:best|top|highest)[- ]?(?:rated|scoring|scored|ranked)?"
        for found in text.find(
            rf"(?:keep|retain|take|select|pick|choose|only)(?: only| just)?(?: the)? {best}(?: (?:single )?(?:one"
            rf"|{_ANSWERS}))?"
            rf" (?:per|for each|of each|for every|from each|in each) (?P<by>{{COL}}|{_ASKED}){if_}"
            rf"|每[个条道]?\s*(?P<by2>{{COL}}|{_ASKED_ZH})\s*(?:都)?(?:只)?(?:保留|留下?|选|取|挑)出?(?:评分|得分|分数|打分)?最(?:高|好)的(?:那?一?[个条])?{_ANSWER_ZH}?"
        ):
            end, _ = _named(text, found.end())
            limits = bound(found) if any(found[name] for name in ("n", "m")) else None
            named = text.named(found["by"] or found["by2"])
            yield self.wish(text, found.start(), end, best=True, by=named[:1], least=limits.low if limits else None)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step that asks for answers, or the one that keeps the best."""
        if "samples" in wish.options:
            add_answers(wish, draft, count=wish.options["samples"])
            return
        sampled = any(each.get("samples") for each in draft.steps)
        score = draft.judged[-1] if draft.judged else None if sampled else _rating(draft)
        score = score or add_score(wish, draft, "helpful" if draft.role("response", "answer") else "quality")
        if score is None:
            draft.ask("Which column says how good an answer is?")
            return
        if sampled:
            draft.step("best_of", wish.said, score=score)
        else:
            self._best_of_group(wish, draft, score)
        if (least := wish.options["least"]) is not None:
            draft.step("where", wish.said, condition=f"{quoted_name(score)} >= {least:g}", reason="best_is_too_bad")
            draft.check(score, f"at least {least:g}")

    def _best_of_group(self, wish: Wish, draft: Draft, score: str) -> None:
        """Keep the best of the rows of each prompt; ratings that are texts become numbers, where they are some."""
        by = next(iter(draft.known(wish.options["by"])), None) or draft.role("prompt", "instruction", "question")
        if by is None:
            draft.ask("Which column says to which prompt an answer belongs?")
            return
        if draft.columns[score] == "str":
            draft.step("cast", f"{score} as a number", columns={score: "float"}, strict=False)
            draft.columns[score] = "float"
        draft.step("top_k", wish.said, score=score, k=1, by=by)


def _named(text: Text, end: int) -> tuple[int, str | None]:
    """Return where words end that name the column of the answers, and its name: `(column answer)`."""
    found = text.pattern(
        r"\s*[(（,，]?\s*(?:in(?:to)?|as|写入|存入)?\s*(?:the )?(?:column|列"
        r"|字段)\s*[`\"'“]?(?P<into>[a-z]\w*)[`\"'”]?\s*[)）]?"
    ).match(text.rest, end)
    return (found.end(), found["into"]) if found else (end, None)


def _rating(draft: Draft) -> str | None:
    """Return the column of ratings that the data have, though they be texts."""
    usual = ("rating", "score", "stars", "grade", "评分", "得分", "分数")
    named = next((each for each in draft.columns if any(word in each.lower() for word in usual)), None)
    return draft.role("score") or named
