"""Wishes for a column that some operator can make: `add a critique`, `a question for each query`. Read late: what has
rules of its own comes first."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.roles import ALIKE
from dfcli.agent.search import Maker, installed_makers, search
from dfcli.agent.skills.base import WRITE, Skill
from dfcli.agent.skills.judging import DEFAULT_MODEL
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_CALLED = {
    "sql_reasoning": r"chains? of thought|cot|(?:step[- ]by[- ]step )?reasoning|思维链|推理过程|推理步骤",
    "question": r"(?:natural[- ]language )?questions?|(?:自然语言)?问题",
    "critique": r"critiques?|critical reviews?|点评|批评",
    "answer": r"answers?|答案",
    "database_schema": r"(?:database )?schemas?|(?:数据库)?(?:结构|模式)",
    "sql_hardness": r"(?:difficulty|hardness) (?:labels?|levels?)|难度(?:标签|等级)",
}
"""Columns that operators write, and what requests call them."""

_NAMED = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _CALLED.items())


class Wanted(Skill):
    """A column that has to be made from others, in one step or in several."""

    name = "wanted"
    stage = WRITE + 5

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for a column that operators can make of the data; one that they cannot stays unread."""
        for found in text.find(
            r"(?:(?:add|attach|include|append|write|generate|create|produce|give|supply|provide|i (?:want|need)"
            r"|come up with|加上?|添加"
            r"|附上|补上?|生成|写出?|给出)(?: (?:me|us|in|an?|the|also|each|every|all|row|record|query|sql|it|new"
            r"|column|of|for|with"
            rf"|a column (?:of|for|with)))*\s*(?:一个|一条|一段|出)?\s*)(?:{_NAMED})(?![\w])(?: columns?| fields?"
            rf"|\s*(?:列|字段))?"
            r"(?: (?:for|to|of|on|per) (?:each|every|all|the)(?: (?:of the )?[a-z]+){1,2})?"
        ):
            column = next(name for name in _CALLED if found[name])
            if _path(column, profile) is not None:
                yield self.wish(text, found.start(), found.end(), column=column)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the steps that lead to the column; each reads columns by the names they have here."""
        path = _path(wish.options["column"], draft.profile)
        if path is None:
            draft.ask(f"From which column shall {wish.options['column']!r} be made?")
            return
        for maker in path:
            self._step(wish, draft, maker)
        draft.show(wish.options["column"])
        draft.check(wish.options["column"], "not null")

    def _step(self, wish: Wish, draft: Draft, maker: Maker) -> None:
        if any(each.get("op") == maker.op for each in draft.steps) or not maker.gives - set(draft.columns):
            return
        there = _known(draft.profile)
        options = {each: there[each] for each in sorted(maker.needs) if there.get(each, each) != each}
        from dfcli.ops.registry import installed

        fields = installed().get(maker.op).model_fields
        if "database" in fields and draft.database:
            options["database"] = draft.database
        if maker.cost > 100:
            draft.models.setdefault("default", DEFAULT_MODEL)
        draft.step(maker.op, wish.said, **options)


def _known(profile: Profile) -> dict[str, str]:
    """Return the columns of the data by the usual names of what they hold: `sql` may be called `query` here."""
    columns = profile.tables[0].columns if profile.tables else ()
    known = {each.name: each.name for each in columns}
    for each in columns:
        for role in (each.role or "", *(name for name, alike in ALIKE.items() if each.role in alike)):
            if role:
                known.setdefault(role, each.name)
    return known


def _path(column: str, profile: Profile) -> tuple[Maker, ...] | None:
    resources = frozenset({"database"} if profile.database else ())
    return search([column], _known(profile), installed_makers(resources)) or None
