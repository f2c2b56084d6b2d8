"""Wishes that speak of a recipe's own steps: to leave one out, one number for another, the other direction.

What is read is taken out of the wish, so that the skills do not read it as something to be built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dfcli.agent.edits import Edit, RemoveStep, SetCondition, SetOption
from dfcli.agent.outline import Entry, Outline

_NUMBER = r"\d+(?:\.\d+)?"
_GONE = (
    r"(?:remove|drop|delete|take out|get rid of|leave out|skip|without|no more|stop|don'?t|do not|no longer|no)"
    r"(?: (?:the|do|any|a|run|use))*"
)
_SPOKEN: Mapping[str, str] = {
    "sort": r"sort(?:ing|ed)?|order(?:ing)?|排序",
    "dedup": r"(?:exact |near[- ]?)?(?:de-?dup\w*|duplicate\w*|the exact one)|去重",
    "whitespace": r"whitespace|spaces|空白",
    "mask": r"mask(?:ing)?|anonymi[sz]\w+|脱敏|打码",
    "sample": r"sampl(?:e|ing)|抽样|采样",
    "language": r"language(?: filter)?|语言(?:过滤)?",
    "score": r"(?:score|threshold)(?: filter)?|分数的?过滤",
}
"""How people speak of steps, by a word of the operator's name or of the step's columns."""


def by_words(wish: str, there: Outline) -> tuple[list[Edit], str]:
    """Return the edits that a wish names by the recipe's own steps and numbers, and the rest of the wish."""
    edits: list[Edit] = []
    for way in (_numbers, _directions, _options, _removals):
        for found, each in way(wish, there):
            edits.append(each)
            wish = wish[: found.start()] + " " * (found.end() - found.start()) + wish[found.end() :]
    return edits, re.sub(r"\b(?:instead|the rest stays|nothing else|as it is)\b|其他不变|其余不变", " ", wish)


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
        rf"(?:to|at|为|成|到)\s*(?P<new>{_NUMBER})(?P<unit> ?[a-z]+)?",
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
