"""A recipe while it is being planned: steps with the reason for each, and what is known of the columns by then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dfcli.agent.profile import Column, Profile
from dfcli.agent.roles import ALIKE, ROLE_WORDS
from dfcli.agent.spec import Wish
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


@dataclass
class Draft:
    """Steps, checks and the rest of a recipe; `why` gives the reason for each step, by its place.

    `columns` are the types of the columns at this point, by name; `renamed` what was called otherwise in the input.
    `hidden` are columns that are only there for conditions, and not written unless somebody asks for them; `judged`
    those that hold scores given by a model, in their order. `matched` says that rows of which another file knows
    nothing leave; `ranking` is the wish to sort rows, known before its step is there. `budget` is what a run may use,
    by kind; `fields` are the columns that were named for the fields of a chat format, `beside` those that are written
    beside it, `margin` how far the scores of a pair must differ; `seed` decides what is drawn by chance;
    `wanted_at_most` says that fewer rows than `wanted_rows` will do.
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
    fields: dict[str, str] = field(default_factory=dict)
    margin: float = 0
    beside: list[str] = field(default_factory=list)
    selected: list[str] | None = None
    selected_why: str = ""
    database: str = ""
    database_is_folder: bool = False
    first: list[str] = field(default_factory=list)
    wanted_rows: int | None = None
    wanted_at_most: bool = False
    matched: bool = False
    ranking: Wish | None = None
    fresh_pairs: bool = False
    budget: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
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

    def rename(self, pairs: Mapping[str, str], why: str) -> None:
        """Add a step that gives columns other names, and speak of them by those."""
        self.step("rename", why, columns=dict(pairs))
        self.columns = {pairs.get(name, name): kind for name, kind in self.columns.items()}
        known = {**{each: each for each in pairs}, **self.renamed}
        self.renamed |= {original: pairs[now] for original, now in known.items() if now in pairs}
        self.hidden = {pairs.get(name, name) for name in self.hidden}
        self.checks = {pairs.get(name, name): said for name, said in self.checks.items()}

    def name(self, column: str) -> str:
        """Return what a column of the input is called by now."""
        return self.renamed.get(column, column)

    def known(self, names: Iterable[str]) -> list[str]:
        """Return columns by their present names; one that is not there becomes a question."""
        found = []
        for each in map(self.name, names):
            if each in self.columns:
                found.append(each)
            elif (kind := self.inside(each)) is not None:
                found.append(self._pulled(each, kind))
            elif self._elsewhere(each) and (meant := self.meant(each)) is not None:
                found.append(meant)
            else:
                near = _near(each, self.columns)
                self.ask(
                    f"There is no column {each!r}{near}. Which column is meant? There are {', '.join(self.columns)}."
                )
        return found

    def _elsewhere(self, name: str) -> bool:
        """Tell whether a column is one of another file, so that its name may mean what rows here call otherwise."""
        return any(each.name == name for table in self.profile.tables[1:] for each in table.columns)

    def inside(self, path: str) -> str | None:
        """Return the type of a field of an object that a path such as `meta.lang` leads to."""
        name, _, rest = path.partition(".")
        column = self.profiled(name) if name in self.columns else None
        return column.fields.get(rest) if column is not None and rest else None

    def _pulled(self, path: str, kind: str) -> str:
        """Make a column of a field of an object, once; it is not written unless somebody asks for it."""
        into = self.renamed.setdefault(path, path.replace(".", "_"))
        self.step("compute", f"{path} as a column", value=dotted(path), into=into)
        self.columns[into] = kind
        self.hidden.add(into)
        return into

    def texts(self, names: Iterable[str]) -> list[str]:
        """Return those of some columns that are there and hold texts."""
        return [
            each for each in self.known(names) if self.columns[each] in ("str", "json") or "list" in self.columns[each]
        ]

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

    def all_meant(self, words: str) -> list[str]:
        """Return the columns that some words speak of by their roles, in the order of the words."""
        places = sorted(
            (found.start(), role)
            for role, pattern in ROLE_WORDS.items()
            for found in [re.search(pattern, words, re.A | re.I)]
            if found is not None
        )
        columns = [self.role(*ALIKE.get(role, (role,))) for _, role in places]
        return list(dict.fromkeys(each for each in columns if each is not None))

    def profiled(self, name: str) -> Column | None:
        """Return what is known of a column of the input."""
        return next((each for each in self._profiled() if self.name(each.name) == name), None)

    def _profiled(self) -> Sequence[Column]:
        return self.profile.tables[0].columns if self.profile.tables else ()


_RESERVED = frozenset(
    {
        "all", "and", "case", "cast", "current_date", "distinct", "else", "end", "except", "exists", "explain", "false",
        "fetch", "from", "group", "having", "in", "intersect", "interval", "into", "limit", "localtime", "not", "null",
        "offset", "on", "or", "order", "select", "session_user", "struct", "then", "top", "trim", "true", "union",
        "user", "values", "view", "when", "where", "with",
    }
)  # fmt: skip
"""Words that Polars' SQL does not read as names of columns, or not everywhere."""


def quoted_name(name: str) -> str:
    """Return a column's name as SQL reads it."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", name, re.A) and name.lower() not in _RESERVED
    return name if plain else '"{}"'.format(name.replace('"', '""'))


def dotted(path: str) -> str:
    """Return a path into an object as SQL reads it."""
    return ".".join(map(quoted_name, path.split(".")))


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
