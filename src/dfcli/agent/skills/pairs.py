"""Wishes about two candidates for one prompt: which of them is chosen, by how much, and which pairs are no use."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import JUDGE, ROWS, Skill, drops
from dfcli.agent.skills.bounds import ONE, SUFFIXED, bound, kept
from dfcli.agent.skills.condition_steps import filled
from dfcli.agent.skills.preference import add_preference, candidates, scores
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text, unquoted

_ANSWERS = r"(?:answers?|responses?|candidates?|completions?|replies|outputs?|options?)"
_ANSWER_ZH = r"(?:回答|答案|候选|回复|答复|输出)"
_AS = r"(?: (?:is|are|as|becomes?|should be|goes in(?:to)?|be) (?:the )?| ?(?:=|→|->|作为|当作?|为|是|做) ?)"


class Pairs(Skill):
    """Pairs of candidates that the data have, or whose scores a model gives."""

    name = "pairs"
    stage = ROWS

    def place(self, wish: Wish) -> float:
        """Return where a wish is built: pairs that are no use leave before any score, the better one is told after."""
        return JUDGE + 5 if wish.options["pair"] in ("better", "judged") else self.stage

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield wishes where the data have two columns of candidates."""
        if candidates(Draft.of(profile)) is None:
            return
        for kind, pattern in (
            (
                "empty",
                rf"(?:where |if |whose |with )?(?:either|any|one)(?: (?:of )?(?:the )?(?:two )?{_ANSWERS})? (?:is|are) "
                r"(?:empty|missing|blank|null)"
                rf"|(?:任一|任意一个|任何一个|有一个|其中一个)个?{_ANSWER_ZH}(?:为空|是空|缺失|没有)",
            ),
            (
                "same",
                rf"(?:where |if |whose |with )?(?:(?:both|the two|two) {_ANSWERS}(?: (?:that )?are)? (?:identical|equal"
                rf"|(?:exactly )?the same)|(?:identical|equal) {_ANSWERS})|两[个条边]{_ANSWER_ZH}(?:完全)?(?:一样"
                rf"|相同|一致|相等|雷同)",
            ),
            (
                "tie",
                r"\bties\b|(?:where |if |with )?(?:both |the two )?(?:equal|same|identical|tied) (?:scores?|ratings?)"
                r"|(?:两个)?(?:分数|评分|得分|打分)(?:相同|一样|相等|持平)|平分|打平",
            ),
        ):
            for found in text.find(pattern):
                yield self.wish(text, found.start(), found.end(), pair=kind)
        yield from self._phrases(text)
        yield from self._margins(text)
        yield from self._chosen(text)

    def _phrases(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for pairs where one candidate says something: `either answer contains "as an AI"`."""
        for found in text.find(
            rf"(?:where |if |whose |with )?(?:either|any|one)(?: (?:of )?(?:the )?(?:two )?{_ANSWERS})? (?:contains?"
            r"|containing|says?|mentions?|has|includes?) (?:the (?:phrase|words?|text) )?(?P<said>{VALUE})"
            rf"|(?:任一{_ANSWER_ZH})?(?:含有?|包含|带有?|出现)(?P<said2>[“\"「『'][^”\"」』'\n]+[”\"」』'])(?:这[类种样]的?|之类的?|等)*"
            rf"(?:拒答|套话|{_ANSWER_ZH})?"
        ):
            yield self.wish(
                text, found.start(), found.end(), pair="phrase", phrase=unquoted(found["said"] or found["said2"])
            )

    def _margins(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for how far the scores of two candidates must be from each other."""
        noun = (
            r"(?:(?:the )?(?:score |rating )?(?:gap|margin|difference)(?: (?:in|of"
            r"|between) (?:the )?(?:two )?scores?)?"
        )
        for found in text.find(
            rf"(?:where |if |whose |with |only )?(?:{noun}(?: (?:is|of|was|must be|should be))*"
            rf"|(?:the )?(?:two )?scores "
            rf"(?:that )?differ by|分差|分数差距?|评分差距?)\s*(?:(?:{ONE})|(?:{SUFFIXED})))\s*(?:points?|分)?"
        ):
            limits = kept(bound(found), drop=drops(text, found.start(), default=False))
            yield self.wish(
                text, found.start(), found.end(), pair="margin", low=limits.low, high=limits.high, open=limits.open
            )

    def _chosen(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for which candidate is chosen, and for scores by a model."""
        better = r"(?:higher|better|best|top|highest|more highly)[- ]?(?:scor(?:ed|ing)|rated|ranked|score)?"
        worse = r"(?:lower|worse|worst|lowest|less highly)[- ]?(?:scor(?:ed|ing)|rated|ranked|score)?"
        one = rf"(?: (?:one|{_ANSWERS}))?"
        for found in text.find(
            rf"(?:the )?(?:{better}{one}{_AS}(?:chosen|preferred)|{worse}{one}(?:{_AS}|,? (?:the )?)(?:rejected"
            rf"|dispreferred))"
            rf"(?: {one.strip()})?|(?:把|将)?(?:得?分数?|评分)?(?:更|较)?(?:高分?"
            rf"|好)的(?:那?一?个?{_ANSWER_ZH}?)?{_AS}chosen"
            rf"|(?:把|将)?(?:得?分数?|评分)?(?:更|较)?(?:低分?|差)的(?:那?一?个?{_ANSWER_ZH}?)?{_AS}rejected"
        ):
            yield self.wish(text, found.start(), found.end(), pair="better")
        scale = (
            r"(?:\s*(?:from |on a scale (?:of|from) |打|用)?\s*1\s*分?\s*(?:to|-|–|~|到|至)\s*(?:5|10)\s*(?:分"
            r"|points)?)?"
        )
        for found in text.find(
            r"(?:(?:have|let|ask|get|use|using) (?:an? |the )?(?:model|llm|judge|ai)(?: to)? |then )?(?:rate"
            r"|score|judge"
            rf"|grade|rating|scoring) (?:both|the two|each(?: of the (?:two|both))?)(?: (?:of the )?{_ANSWERS})?{scale}"
            rf"|(?:让|用|由)(?:大?模型|LLM|AI)?(?:分别|各自)?(?:给|对|为)?(?:这?两个|每个|各个){_ANSWER_ZH}(?:分别|各自|进行)?(?:打分|评分)?{scale}(?:打分|评分)?"
        ):
            yield self.wish(text, found.start(), found.end(), pair="judged")

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the conditions on pairs, or what makes `chosen` and `rejected` of them."""
        pair = candidates(draft)
        if pair is None:
            return
        kind = wish.options["pair"]
        if kind in ("better", "judged"):
            add_preference(wish, draft)
        elif kind == "margin":
            _keep_far(wish, draft, pair)
        elif kind != "tie":  # pairs with equal scores leave in any case
            draft.step("where", wish.said, condition=_condition(wish, draft, pair), reason=kind)


def _condition(wish: Wish, draft: Draft, pair: tuple[str, str]) -> str:
    kind, names = wish.options["pair"], [quoted_name(each) for each in pair]
    if kind == "empty":
        return " and ".join(filled(each, draft.columns[each]) for each in pair)
    if kind == "same":
        return f"{names[0]} <> {names[1]}"
    phrase = wish.options["phrase"].replace("'", "''").lower()
    return " and ".join(f"strpos(lower({each}), '{phrase}') = 0" for each in names)


def _keep_far(wish: Wish, draft: Draft, pair: tuple[str, str]) -> None:
    """Keep pairs whose scores differ enough; where there are no scores yet, those that a model will give."""
    options = wish.options
    there = scores(draft.columns, *pair)
    if there is None or there[0] == there[1]:
        draft.margin = options["low"]
        return
    apart = f"abs({quoted_name(there[0])} - {quoted_name(there[1])})"
    sign, limit = (">", options["low"]) if options["low"] is not None else ("<", options["high"])
    equal = "" if options["open"] else "="
    draft.step("where", wish.said, condition=f"{apart} {sign}{equal} {limit:g}", reason="scores_too_close")
