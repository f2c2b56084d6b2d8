"""A recipe while it is being planned: steps with the reason for each, and what is known of the columns by then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dfcli.agent.profile import Column, Profile
from dfcli.ops.registry import installed

TEXT_ROLES = (
    "text",
    "context",
    "response",
    "answer",
    "code",
    "messages",
    "instruction",
    "question",
    "prompt",
    "sql",
    "title",
)
"""The roles of columns that a wish about no column in particular is about, the likeliest first."""

ROLE_WORDS: Mapping[str, str] = {
    "response": (
        r"\b(?:responses?|answers?|outputs?|completions?|replies|reply|solutions?)\b|回答|答案"
        r"|回复|输出|响应|解答"
    ),
    "instruction": r"\b(?:instructions?|prompts?|questions?|quer(?:y|ies)|tasks?|inputs?)\b|指令|问题|提示|提问|题目",
    "title": r"\b(?:titles?|headlines?|subjects?)\b|标题",
    "sql": r"\bsql\b",
    "date": r"\b(?:dates?|time|timestamp|day|newest|oldest|recent|latest)\b|日期|时间",
    "url": r"\b(?:urls?|links?|address(?:es)?|sites?|domains?)\b|网址|链接",
    "id": r"\b(?:ids?)\b|编号",
    "label": r"\b(?:labels?|class(?:es)?|categor(?:y|ies))\b|标签|类别",
    "score": r"\b(?:scores?|ratings?|stars?)\b|分数|评分|得分",
}
ALIKE: Mapping[str, tuple[str, ...]] = {
    "response": ("response", "answer", "chosen"),
    "instruction": ("instruction", "question", "prompt"),
    "label": ("label", "category"),
    "score": ("score",),
}
"""Roles that one word of a request may mean, the likeliest first."""


@dataclass
class Draft:
    """Steps, checks and the rest of a recipe; `why` gives the reason for each step, by its place.

    `columns` are the types of the columns at this point, by name; `renamed` what was called otherwise in the input.
    `hidden` are columns that are only there for conditions, and not written unless somebody asks for them; `judged`
    those that hold scores given by a model, in their order.
    """

    profile: Profile
    steps: list[dict[str, Any]] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    checks: dict[str, list[str]] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)
    input: Any = None
    output: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    judged: list[str] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    selected: list[str] | None = None
    selected_why: str = ""
    database: str = ""
    database_is_folder: bool = False
    sql_levels: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    wanted_rows: int | None = None
    fresh_pairs: bool = False
    assumptions: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, profile: Profile) -> Draft:
        """Return a draft that has done nothing yet to the first of the data files."""
        table = profile.tables[0] if profile.tables else None
        return cls(
            profile,
            input=table.path if table else None,
            columns={each.name: each.type for each in table.columns} if table else {},
        )

    def step(self, op: str, why: str, **options: Any) -> dict[str, Any]:
        """Add a step; options that are the operator's defaults are left out. Columns that it writes are there then."""
        cls = installed().get(op)
        own = {name: info.default for name, info in cls.model_fields.items()}
        given = {name: value for name, value in options.items() if name not in own or value != own[name]}
        step = {"op": op, **given}
        self.steps.append(step)
        self.why.append(why)
        keys = {name: value for name, value in given.items() if name in own}
        try:
            operator = cls(**keys)
        except ValueError:  # the check will say what is wrong with it
            return step
        for name, kind in operator.writes().items():
            if name not in self.columns and operator.kind in ("evaluate", "filter"):
                self.hidden.add(name)
            self.columns.setdefault(name, "str" if kind is None else _named(kind))
        return step

    def show(self, *names: str) -> None:
        """Let columns be written that were only measured."""
        self.hidden.difference_update(names)

    def order(self, *names: str) -> None:
        """Say which columns come first in the output."""
        self.first = list(names)

    def check(self, subject: str, phrase: str) -> None:
        """Add a check of the result."""
        said = self.checks.setdefault(subject, [])
        if phrase not in said:
            said.append(phrase)

    def assume(self, sentence: str) -> None:
        """Note what was taken for granted, once."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)

    def ask(self, question: str) -> None:
        """Note what must be known before the recipe can be right, once."""
        if question not in self.questions:
            self.questions.append(question)

    def name(self, column: str) -> str:
        """Return what a column of the input is called by now."""
        return self.renamed.get(column, column)

    def known(self, names: Iterable[str]) -> list[str]:
        """Return columns by their present names; one that is not there becomes a question."""
        found = []
        for each in map(self.name, names):
            if each in self.columns:
                found.append(each)
            else:
                near = _near(each, self.columns)
                self.ask(
                    f"There is no column {each!r}{near}. Which column is meant? There are {', '.join(self.columns)}."
                )
        return found

    def role(self, *roles: str) -> str | None:
        """Return the first column that has one of some roles, the first role first."""
        for role in roles:
            for each in self._profiled():
                if each.role == role and self.name(each.name) in self.columns:
                    return self.name(each.name)
            if role in self.columns:
                return role
        return None

    def text(self) -> str | None:
        """Return the column of texts that a wish about none in particular is about."""
        for role in TEXT_ROLES:
            found = self.role(role)
            profiled = self.profiled(found) if found else None
            if found is not None and not (
                role == "context" and profiled is not None and (profiled.mean_chars or 0) < 20
            ):
                return found
        texts = [each for each in self._profiled() if each.type == "str" and self.name(each.name) in self.columns]
        longest = max(texts, key=lambda each: each.mean_chars or 0, default=None)
        return self.name(longest.name) if longest else None

    def meant(self, words: str) -> str | None:
        """Return the column that some words speak of by its role: `answers shorter than …`."""
        for role, pattern in ROLE_WORDS.items():
            if re.search(pattern, words, re.A | re.I) and (found := self.role(*ALIKE.get(role, (role,)))):
                return found
        return None

    def profiled(self, name: str) -> Column | None:
        """Return what is known of a column of the input."""
        return next((each for each in self._profiled() if self.name(each.name) == name), None)

    def _profiled(self) -> Sequence[Column]:
        return self.profile.tables[0].columns if self.profile.tables else ()


def _named(kind: Any) -> str:
    from dfcli.ops.types import name_of

    return name_of(kind)


def _near(name: str, known: Iterable[str]) -> str:
    from dfcli.errors import did_you_mean

    return (
        did_you_mean(name, known).rstrip("?").replace("; did you mean", " (there is") + ")"
        if did_you_mean(name, known)
        else ""
    )
