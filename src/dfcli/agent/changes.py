"""Wishes that speak of a recipe's own steps: to leave one out, one number for another, the other direction.

What is read is taken out of the wish, so that the skills do not read it as something to be built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dfcli.agent.edits import AddCheck, Edit, MoveStep, RemoveStep, SetCondition, SetOption
from dfcli.agent.outline import Entry, Outline

_NUMBER = r"\d+(?:\.\d+)?"
_GONE = (
    r"(?:remove|drop|delete|take out|get rid of|leave out|skip|without|no more|stop|don'?t|do not|no longer|no)"
    r"(?: (?:the|do|any|a|run|use))*"
)
_SPOKEN: Mapping[str, str] = {
    "sort": r"sort(?:ing|ed)?|order(?:ing)?|排序",
    "dedup": r"(?:exact |near[- ]?)?(?:de-?dup\w*|duplicates? (?:removal|filter|step|check|search)|the exact one)|去重",
    "whitespace": r"whitespace|spaces|空白",
    "mask": r"mask(?:ing)?|anonymi[sz]\w+|脱敏|打码",
    "sample": r"sampl(?:e|ing)|抽样|采样",
    "language": r"language(?: filter)?|语言(?:过滤)?",
    "char_count": r"(?:the )?(?:characters|length)(?: (?:are|is))?(?: (?:counted|measured|checked|filter|check))?"
    r"|counting(?: the)? characters|字数(?:统计|过滤)?|长度(?:过滤)?",
    "word_count": r"(?:the )?words(?: are)?(?: counted)?|counting(?: the)? words|词数(?:统计|过滤)?",
    "judge": r"(?:the )?(?:judge|rating|judging|scoring)(?: step)?|评分|打分",
    "score": r"(?:score|threshold)(?: filter)?|分数的?过滤",
}
"""How people speak of steps, by a word of the operator's name or of the step's columns."""


Place = Mapping[str, str]
"""Where a new step goes: `before` or `after` the step of an id, or the `first` or `last` place."""


def by_words(wish: str, there: Outline) -> tuple[list[Edit], Place | None, str]:
    """Return the edits that a wish names by the recipe's own steps and numbers, where a new step goes, and the rest."""
    edits: list[Edit] = []
    place, wish = _place(wish, there)
    for way in (_checks, _numbers, _directions, _options, _moves, _removals):
        for found, each in way(wish, there):
            edits.append(each)
            wish = wish[: found.start()] + " " * (found.end() - found.start()) + wish[found.end() :]
    return edits, place, re.sub(r"\b(?:instead|the rest stays|nothing else|as it is)\b|其他不变|其余不变", " ", wish)


def _place(wish: str, there: Outline) -> tuple[Place | None, str]:
    """Return the place that is said by a step, `before the characters are counted`, and the wish without it."""
    for entry in there.steps:
        spoken = "|".join([re.escape(entry.id), re.escape(entry.op), *_spoken(entry)])
        found = re.search(
            rf",? ?\b(?P<way>before|after|ahead of|behind) (?:the )?(?:{spoken})(?: (?:step|filter))?(?=\s*(?:[.,;]|$))"
            rf"|在(?:{spoken})(?:这一?步)?(?P<zh>之前|之后|前面?|后面?)[，,]?",
            wish,
            re.I,
        )
        if found is not None and len([each for each in there.steps if _is(each, entry)]) == 1:
            way = (
                "before"
                if (found["way"] or found["zh"]).lower() in ("before", "ahead of", "之前", "前", "前面")
                else "after"
            )
            return {way: entry.id}, wish[: found.start()] + wish[found.end() :]
    return None, wish


def _checks(wish: str, there: Outline) -> Found:
    """Yield checks of the result: `fail if there are fewer than 5 rows`, 少于5行就报错."""
    rows = r"(?:rows?|records?|examples?|samples?|documents?|条|行)(?:数据)?"
    run = r"(?:(?:make|let|have) (?:the run |it )|(?:the run|it) (?:should|must|has to) )?fail(?:s|ed)?"
    for low, pattern in (
        (
            True,
            rf"{run} (?:if|when) (?:there (?:are|is) |we get |it has )?(?:fewer"
            rf"|less) than (?P<n>{_NUMBER}) {rows}(?: left)?",
        ),
        (True, rf"{run} unless (?:there (?:are|is) |we get |it has )?at least (?P<n>{_NUMBER}) {rows}(?: left)?"),
        (
            False,
            rf"{run} (?:if|when) (?:there (?:are|is) |we get |it has )?more than (?P<n>{_NUMBER}) {rows}(?: left)?",
        ),
        (
            True,
            rf"(?:check|assert|verify|make sure|ensure) (?:that )?(?:there are "
            rf"|we get )at least (?P<n>{_NUMBER}) {rows}",
        ),
        (
            True,
            rf"(?:如果|若|结果)?(?:少于|不足|不到)\s*(?P<n>{_NUMBER})\s*{rows}\s*(?:就|则|时|的话)*[，,]?\s*(?:就)?(?:报错|失败|算失败|出错)",
        ),
        (
            False,
            rf"(?:如果|若|结果)?(?:多于|超过)\s*(?P<n>{_NUMBER})\s*{rows}\s*(?:就|则|时|的话)*[，,]?\s*(?:就)?(?:报错|失败|算失败|出错)",
        ),
    ):
        for found in re.finditer(pattern, wish, re.I):
            yield found, AddCheck(subject="rows", phrase=f"at {'least' if low else 'most'} {found['n']}")
    wrong = r"(?:is|are|should be|must be|counts? as) (?:an error|a failure|wrong|a mistake)"
    for found in re.finditer(rf"(?:fewer|less) than (?P<n>{_NUMBER}) {rows} {wrong}", wish, re.I):
        yield found, AddCheck(subject="rows", phrase=f"at least {found['n']}")
    columns = rf"(?:{run} (?:if|when) (?:an?|any|some) (?P<col>\w+) (?:is|are) (?:missing|empty|null))"
    for found in re.finditer(columns, wish, re.I):
        yield found, AddCheck(subject=found["col"], phrase="not null")


def _moves(wish: str, there: Outline) -> Found:
    """Yield a step's move to another place: `move the sort to the front`, 把去重放到最后."""
    outer = [each for each in there.steps if not each.loop]
    for entry in outer:
        spoken = "|".join([re.escape(entry.id), re.escape(entry.op), *_spoken(entry)])
        found = re.search(
            rf"(?:move|put|shift) (?:the )?(?:{spoken})(?: step)? (?:to the |at the )?(?P<way>front|start"
            rf"|beginning|top|first"
            rf"|end|bottom|last)|把(?:{spoken})(?:这一?步)?(?:放|移|挪)到?(?P<zh>最前面?|开头|最后面?|末尾)",
            wish,
            re.I,
        )
        if found is None or len([each for each in outer if _is(each, entry)]) != 1:
            continue
        last = (found["way"] or found["zh"]).lower() in ("end", "bottom", "last", "最后", "最后面", "末尾")
        others = [each.id for each in outer if each.id != entry.id]
        if others:
            end, front = (others[-1], None) if last else (None, others[0])
            yield found, MoveStep(step=entry.id, after=end, before=front)


Found = Iterator[tuple[re.Match[str], Edit]]


def _numbers(wish: str, there: Outline) -> Found:
    """Yield one number for another: `use 0.8 instead of 0.7`, `at least 50 characters, not 5`, `阈值改成0.75`."""
    for pattern in (
        rf"(?:use )?(?P<new>{_NUMBER})[^.;,\d]*(?:instead of|rather than|,? not|而不是)\s*(?P<old>{_NUMBER})",
        rf"(?:from )?(?P<old>{_NUMBER}) (?:to|→|->) (?P<new>{_NUMBER})",
    ):
        for found in re.finditer(pattern, wish, re.I):
            yield from ((found, each) for each in _replaced(found["old"], found["new"], there))
    words = r"(?P<what>minimum|maximum|threshold|limit|least|most|cut-?off|阈值|下限|上限|最少|最多|门槛)"
    for found in re.finditer(
        r"(?:(?:raise|lower|increase|decrease|set|change|move|提高|降低|调整?"
        rf"|把)\s*(?:the )?)?{words}[^.;,，。\d]{{0,12}}?"
        rf"(?:to|at|of|is|=|为|成|到|\s)\s*(?P<new>{_NUMBER})(?P<unit> ?(?:words?|char|token|sentence|line)[a-z]*)?",
        wish,
        re.I,
    ):
        low = re.match(r"min|least|下限|最少", found["what"], re.I) is not None
        sign = ">" if low else "<" if re.match(r"max|most|limit|上限|最多", found["what"], re.I) else "[<>]"
        yield from ((found, each) for each in _bounded(sign, found["new"], (found["unit"] or "").strip(), there))


def _replaced(old: str, new: str, there: Outline) -> Iterator[Edit]:
    """Yield the edit where just one condition or option holds the old number."""
    number = re.compile(rf"(?<![\w.]){re.escape(old)}(?![\w.])")
    places = [
        (entry, key)
        for entry in there.steps
        for key, value in entry.keys.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and number.search(str(value))
    ]
    if len(places) == 1:
        entry, key = places[0]
        yield _set(entry, key, number.sub(new, str(entry.keys[key])))


def _bounded(sign: str, new: str, unit: str, there: Outline) -> Iterator[Edit]:
    """Yield the edit where just one condition has a bound of this side, of the unit where one is named."""
    bound = re.compile(rf"({sign}=?\s*){_NUMBER}$")
    places = [
        (entry, key)
        for entry in there.steps
        for key in ("keep", "condition")
        if bound.search(str(entry.keys.get(key, ""))) and (not unit or unit[:4].lower() in entry.op)
    ]
    if len(places) > 1:  # a share is no number of words
        places = [(entry, key) for entry, key in places if ("." in str(entry.keys[key])) == ("." in new)]
    if len(places) == 1:
        entry, key = places[0]
        yield _set(entry, key, bound.sub(rf"\g<1>{new}", str(entry.keys[key])))


def _set(entry: Entry, key: str, value: str) -> Edit:
    if key in ("keep", "when"):
        return SetCondition(step=entry.id, key="keep" if key == "keep" else "when", condition=value)
    old = entry.keys[key]
    return SetOption(step=entry.id, name=key, value=value if isinstance(old, str) else float(value))


def _directions(wish: str, there: Outline) -> Found:
    """Yield the other direction of the only step that sorts."""
    sorts = [each for each in there.steps if each.op == "sort"]
    pattern = r"(?:sort )?(?:in )?(?P<way>ascending|descending|升序|降序)(?: order)?(?: instead)?(?!\s*by)"
    for found in re.finditer(pattern, wish, re.I):
        down = found["way"].lower() in ("descending", "降序")
        if len(sorts) == 1 and not re.search(r"\bby\b|按", wish, re.I):
            yield found, SetOption(step=sorts[0].id, name="descending", value=down)


def _options(wish: str, there: Outline) -> Found:
    """Yield another number of samples of the only step that asks for several."""
    pattern = (
        rf"(?:每个\S{{1,4}})?(?:改成|改为)?采样\s*(?P<n>{_NUMBER})\s*次|(?P<m>{_NUMBER}) samples(?: (?:each|per \w+))?"
    )
    asking = [each for each in there.steps if "samples" in each.keys]
    for found in re.finditer(pattern, wish, re.I):
        if len(asking) == 1:
            yield found, SetOption(step=asking[0].id, name="samples", value=int(found["n"] or found["m"]))


def _removals(wish: str, there: Outline) -> Found:
    """Yield the steps that are to go, where one is spoken of beyond doubt: `remove the whitespace step`, 不用排序了."""
    for entry in there.steps:
        spoken = "|".join([re.escape(entry.id), re.escape(entry.op), *_spoken(entry)])
        for pattern in (
            rf"{_GONE} (?:{spoken})(?: (?:step|filter|anymore|any more|at the end|altogether))*(?:,? we need [^.;]*)?",
            rf"(?:instead of|rather than) (?:the )?(?:{spoken})(?: (?:one|step))?",
            (
                rf"(?:最后)?(?:不用|不要|不需要|别|取消|删掉|去掉)(?:再)?(?:{spoken})(?:了|这一?步)?"
                rf"|(?:{spoken})(?:这一?步)?(?:去掉|删掉|不要)了?"
            ),
        ):
            found = re.search(pattern, wish, re.I)
            if found is not None and len([each for each in there.steps if _is(each, entry)]) == 1:
                yield found, RemoveStep(step=entry.id)
                break


def _is(one: Entry, other: Entry) -> bool:
    return one.op == other.op and set(_spoken(one)) == set(_spoken(other))


def _spoken(entry: Entry) -> Sequence[str]:
    """Return patterns of how people speak of a step."""
    named = f"{entry.op} {entry.id} {entry.keys.get('condition', '')}"
    return [pattern for word, pattern in _SPOKEN.items() if word in named]
