"""Wishes about how long texts are: words, characters, tokens, sentences, lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import MEASURE, Skill, drops
from dfcli.agent.skills.bounds import BETWEEN, ENDED, ONE, SUFFIXED, Bounds, bound, demanded, kept
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_UNITS = {
    "token_count": r"tokens?\s*(?:数量?|count)?|个?\s*token|词元",
    "word_count": r"words?|个?(?:单词|英文词|词)",
    "char_count": r"char(?:acter)?s?(?: long)?|letters?|个?(?:字符|汉字|字)",
    "sentence_count": r"sentences?|个?句(?:子|话)?",
    "line_count": r"lines?|行",
    "paragraph_count": r"paragraphs?|个?段(?:落)?",
}
_UNIT = "|".join(f"(?P<{op}>{pattern})" for op, pattern in _UNITS.items())
_AFTER = {"word_count": 20, "char_count": 100}
_LONG = r"(?: (?:long|in length|each))?"
_MEASURED = (
    r"(?:的?(?:长度|字数|词数|篇幅)(?:\s*(?:应|必须|要|得|控制|限制|需|都))*\s*(?:在|为|是)?\s*"
    r"|(?:(?:of|in|with) )?(?:an? |the |their )?lengths?(?: (?:is|are|of|must be|should be|between"
    r"|has to be|lies?))*\s+)?"
)
_VAGUE = (
    r"\b(?:very |too |really |super |extremely )(?P<way>short|long)\b|(?:太|过"
    r"|很)(?P<way_zh>短|长)的?|\b(?P<bare>short|tiny|one-word)(?= (?:ones|texts?|rows?|docs?"
    r"|documents?|posts?|reviews?|comments?|answers?|responses?|messages?|pages?|snippets?"
    r"|items?|entries))"
)


_OF_PARTS = re.compile(
    r"\b(?:lines?|paragraphs?|sentences?|turns?)\s+(?:(?:that|which)\s+)?(?:(?:are|is|have|has|with|of)\s+)?$", re.I
)
"""What stands before a length of parts of a text, which says nothing of the text."""


class Lengths(Skill):
    """Texts of a certain length."""

    name = "lengths"
    stage = MEASURE

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per comparison with a unit of length, and per column that shall hold a length."""
        yield from self._counted(text)
        unit = text.pattern(rf" (?:{'|'.join(_UNITS.values())})(?![A-Za-z])")
        for pattern in (
            rf"{_MEASURED}(?:{BETWEEN})\s*(?:{_UNIT})(?:之间)?{_LONG}",
            (
                r"(?:at least|from|min(?:imum)?|no (?:less|fewer) than|至少|不少于) (?P<low>{N})\s*(?:and"
                r"|but|,|，|to|且|并且)*\s*"
                r"(?:at most|up to|no more than|max(?:imum)?|not more than|至多|最多"
                rf"|不超过) (?P<high>{{N}})\s*(?:{_UNIT}){_LONG}"
            ),
            rf"{_MEASURED}(?:{ONE})\s*(?:{_UNIT})(?![A-Za-z]){_LONG}",
            rf"{_MEASURED}(?P<m>{{N}})\s*(?:{_UNIT})\s*{ENDED}{_LONG}",
            rf"(?:{SUFFIXED})\s*(?:{_UNIT})(?![A-Za-z]){_LONG}",
            (
                rf"(?:(?:number of|count of) )?(?:{_UNIT})(?: counts?)?(?: (?:is|are|be|of|should be"
                rf"|must be|数量|数)*)?\s*(?:{ONE})"
            ),
        ):
            for found in text.find(pattern):
                of_parts = _OF_PARTS.search(text.before(found.start())) or unit.match(text.rest, found.end())
                if of_parts is None:
                    yield self._wish(text, found)
        for found in text.find(_VAGUE):
            way = (
                "short"
                if (found["way"] or found["bare"] or "") in ("short", "tiny", "one-word") or found["way_zh"] == "短"
                else "long"
            )
            yield self.wish(
                text,
                found.start(),
                found.end(),
                vague=way,
                context=text.before(found.start()) + text.after(found.end()),
            )

    def _counted(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for a column of lengths: `add a column n_words with the number of words of output`."""
        name = r"[`\"'“]?(?P<into>[a-z_]\w*)[`\"'”]?"
        chinese = (
            r"(?:(?P<char_count>字符数|字数|长度)|(?P<word_count>词数|单词数)"
            r"|(?P<token_count>token\s*数)|(?P<line_count>行数))"
        )
        for pattern in (
            (
                r"(?:add|compute|create|make|put in|write|include|with) (?:an? |another |the )?(?:new "
                rf"|extra )?(?:column|field) (?:called |named )?{name}"
                r"(?: (?:with|for|holding|that (?:holds|has|gives|counts)|=|containing|giving"
                rf"|counting))* (?:the )?(?:number of |count of )?(?:{_UNIT})"
                r"(?: (?:count|length))?(?: (?:of|in))? (?:the |each )?(?P<col>{COL})"
            ),
            (
                r"(?:新增|增加|添加|加上?|再加)\s*(?:一|1)?\s*(?:个)?\s*(?:列"
                rf"|字段)\s*{name}\s*[,，]?\s*(?:表示|为|是|记录|存放?|等于|:|：|=)*\s*"
                rf"(?P<col>{{COL}})\s*(?:列|字段)?\s*的?\s*{chinese}"
            ),
        ):
            for found in text.find(pattern):
                said = found.groupdict()
                op = next(each for each in _UNITS if said.get(each))
                text.add(found["into"])
                yield self.wish(
                    text, found.start(), found.end(), counted=op, columns=text.named(found["col"]), into=found["into"]
                )

    def _wish(self, text: Text, found: re.Match[str]) -> Wish:
        op = next(name for name in _UNITS if found[name])
        limits = kept(bound(found), drop=drops(text, found.start(), default=False, listed=not demanded(found)))
        context = text.before(found.start()) + " " + text.after(found.end())
        columns = text.nearest(found.start(), found.end())
        per = op == "sentence_count" and re.search(
            r"\b(?:write|generate|summar\w+|in)\s*$", text.before(found.start()), re.I
        )
        return self.wish(
            text,
            found.start(),
            found.end(),
            op=op,
            low=limits.low,
            high=limits.high,
            open=limits.open,
            columns=columns,
            context=context,
            written=bool(per),
        )

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add a step that measures, with the bounds as what is kept."""
        context = wish.options.get("context", "")
        column = next(iter(draft.texts(wish.options.get("columns", ()))), None) or draft.meant(context) or draft.text()
        if column is None:
            draft.ask("Which column holds the text whose length is meant?")
            return
        if "counted" in wish.options:
            draft.step(wish.options["counted"], wish.said, text=column, into=wish.options["into"])
            draft.show(wish.options["into"])
        elif "vague" in wish.options:
            self._vague(wish, draft, column)
        else:
            limits = Bounds(wish.options["low"], wish.options["high"], wish.options["open"])
            self._add(wish, draft, wish.options["op"], column, limits)

    def _vague(self, wish: Wish, draft: Draft, column: str) -> None:
        """Take a common bound for `too short` or `too long`, and say so."""
        if any(each["op"] in _UNITS and each.get("text", "text") == column for each in draft.steps):
            return  # a bound in numbers says what is meant
        profiled = draft.profiled(column)
        spaced = profiled is None or profiled.language not in ("zh", "ja", "th")
        op, least, most = ("word_count", 5, 5000) if spaced else ("char_count", 10, 20000)
        limits = Bounds(low=least) if wish.options["vague"] == "short" else Bounds(high=most)
        unit = op.partition("_")[0]
        said = f"from {least} {unit}s on" if wish.options["vague"] == "short" else f"up to {most} {unit}s"
        draft.assume(f"{wish.said!r} was not said in numbers: texts {said} are kept")
        self._add(wish, draft, op, column, limits)

    def _add(self, wish: Wish, draft: Draft, op: str, column: str, limits: Bounds) -> None:
        into = op if column == "text" or op not in draft.columns else f"{column}_{op}"
        profiled = draft.profiled(column)
        if op == "word_count" and profiled is not None and profiled.language in ("zh", "ja", "th"):
            draft.assume(f"a word of the column {column} is a single Chinese character or a run of letters")
            pattern = r"\p{Han}|[\p{L}\p{N}&&[^\p{Han}]]+"
            step = draft.step("pattern_count", wish.said, text=column, pattern=pattern, into=into)
        else:
            step = draft.step(op, wish.said, text=column, into=into)
        if limits.open and limits.low is not None and limits.high is None:
            limits = Bounds(limits.low + 1)
        elif limits.open and limits.high is not None and limits.low is None:
            limits = Bounds(high=limits.high - 1)
        step["keep"] = limits.condition(into)
        draft.check(into, limits.phrase())
