"""The steps that make pairs of preference: two candidates, the scores of both, and the better one chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Column
from dfcli.agent.skills.judging import DEFAULT_MODEL
from dfcli.agent.spec import Wish

_ENDS = (("a", "b"), ("1", "2"), ("0", "1"), ("A", "B"), ("one", "two"), ("甲", "乙"))
_WINNER = re.compile(r"winner|prefer|better|choice|best|更好|胜|偏好", re.I)


def add_preference(wish: Wish, draft: Draft) -> None:
    """Add the steps that make `chosen` and `rejected` of two candidates, from the data or written, and of their scores.

    Where the data have no scores, a model gives them.
    """
    if draft.role("chosen") and draft.role("rejected"):
        return
    asked = draft.role("prompt", "instruction", "question")
    if asked is None:
        draft.ask("Which column holds the prompts that the pairs are for?")
        return
    given = None if draft.fresh_pairs else candidates(draft)
    one, other = given or _written(wish, draft, asked)
    judged = wish.options.get("pair") == "judged"
    given_scores = None if judged else scores(draft.columns, one, other)
    if given_scores is None:
        draft.models.setdefault("judge", DEFAULT_MODEL)
        given_scores = (f"{one}_helpfulness", f"{other}_helpfulness")
        for column, score in zip((one, other), given_scores, strict=True):
            draft.step(
                "judge_helpfulness",
                f"which of {one} and {other} is better",
                instruction=asked,
                response=column,
                helpfulness=score,
                helpfulness_reason=f"{score}_reason",
                model="judge",
            )
    first, second = map(quoted_name, given_scores)
    if first == second:
        better = f"lower(cast({first} as varchar)) in ({', '.join(repr(each) for each in _winners(one))})"
    else:
        apart = f"abs({first} - {second}) >= {draft.margin:g}" if draft.margin else f"{first} <> {second}"
        draft.step("where", "a pair of equals teaches nothing", condition=apart, reason="tie")
        better = f"{first} > {second}"
    texts = [quoted_name(each) for each in (one, other)]
    draft.step("compute", wish.said, value=f"case when {better} then {texts[0]} else {texts[1]} end", into="chosen")
    draft.step("compute", wish.said, value=f"case when {better} then {texts[1]} else {texts[0]} end", into="rejected")
    draft.step("where", "a pair of equal texts teaches nothing", condition="chosen <> rejected", reason="same_text")
    draft.columns |= {"chosen": "str", "rejected": "str"}
    draft.check("each", "chosen <> rejected")
    if asked != "prompt" and "prompt" not in draft.columns:
        draft.step("rename", "the name that DPO has for it", columns={asked: "prompt"})
        draft.columns = {("prompt" if name == asked else name): kind for name, kind in draft.columns.items()}
        draft.renamed[asked] = "prompt"


def _written(wish: Wish, draft: Draft, asked: str) -> tuple[str, str]:
    draft.models.setdefault("default", DEFAULT_MODEL | {"temperature": 1})
    there = draft.role("response", "answer")
    if there is not None and not draft.fresh_pairs:
        draft.assume(f"the other answer of each pair is written by a model; one is {there!r}")
        draft.step("answer_question", wish.said, question=asked, answer="other_response")
        draft.hidden.add("other_response")
        return there, "other_response"
    draft.step("answer_question", wish.said, question=asked, answer="response_a")
    draft.step(
        "answer_question",
        wish.said,
        question=asked,
        answer="response_b",
        manner="briefly, as somebody in a hurry would",
    )
    draft.hidden |= {"response_a", "response_b"}
    return "response_a", "response_b"


def candidates(draft: Draft) -> tuple[str, str] | None:
    """Return the two columns of candidates: `response_a` and `response_b`, `answer1` and `answer2`."""
    texts = [name for name, kind in draft.columns.items() if kind == "str" and not _is_mark(draft.profiled(name))]
    for first, second in _ENDS:
        for name in texts:
            if re.search(rf"(?:^|[_\W]|(?<=[a-z\u4e00-\u9fff])){first}$", name):
                other = name[: -len(first)] + second
                if other in texts and not _WINNER.search(name):
                    return name, other
    return None


def _is_mark(column: Column | None) -> bool:
    """Tell whether a column holds marks of a few letters, and no answers."""
    return column is not None and (column.mean_chars or 0) <= 3


def scores(types: Mapping[str, str], one: str, other: str) -> tuple[str, str] | None:
    """Return the scores of two candidates that the data have: a column each, or twice the one that names the winner."""

    def suffix(name: str) -> str:
        return re.sub(r"^.*?(?=(?:_?(?:a|b|1|2|0|A|B|one|two|甲|乙))$)", "", name)

    ends = suffix(one), suffix(other)
    numeric = [name for name, kind in types.items() if kind in ("int", "float")]
    for name in numeric:
        if name.endswith(ends[0]) and (pair := name[: len(name) - len(ends[0])] + ends[1]) in numeric:
            return name, pair
    return next(((name, name) for name in types if _WINNER.search(name) and name not in (one, other)), None)


def _winners(one: str) -> list[str]:
    """Return what a column that names the winner may say for the first of two candidates."""
    end = re.sub(r"^.*?_?(?=(?:a|1|0|A|one|甲)$)", "", one).lower()
    return [end, one.lower(), f"model_{end}", f"response_{end}", f"answer_{end}"]
