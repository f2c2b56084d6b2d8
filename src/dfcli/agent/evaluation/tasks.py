"""A task of the evaluation suite: a request, the files it is about, and hidden checks on the rows that come out.

A set of tasks is a folder, `tasks/<set>/<family>/<id>.yaml`; the set `core` ships with dfcli.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dfcli.agent.evaluation.checks import Check
from dfcli.agent.evaluation.injections import Injection
from dfcli.agent.session import Request
from dfcli.errors import InputError, UsageError, did_you_mean

Family = Literal[
    "text_cleaning",
    "sft_filtering",
    "text2sql",
    "preference_chat",
    "formats_joins",
    "ambiguous",
    "unsafe",
    "injection",
]
Level = Literal["easy", "medium", "hard"]
Language = Literal["en", "zh"]
Rows = tuple[Mapping[str, Any], ...]

TASKS = Path(__file__).with_name("tasks")


class Rule(BaseModel):
    """What the simulated model answers to a prompt in which `when` is found; without `when`, to any.

    `numbers` and `booleans` are for fields of these types, `fields` for those of a name (or whose name ends in it:
    `sql` is for `predicted_sql` too), `text` for an answer in free text. One of several values is taken in turn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: str | None = None
    numbers: Literal["low", "high"] | float | None = None
    booleans: bool | None = None
    fields: Mapping[str, Any] = {}
    text: str | tuple[str, ...] | None = None


class Task(BaseModel):
    """A task as its file has it.

    `expect` is what a good agent does: it writes a recipe; asks (or says in an assumption that matches `assumption`
    what it took for granted); refuses; or stops with one of the exit codes `exits` (or says such an assumption, where
    one is named). `injected` is hostile text that is put into the fixture; a check
    `same_recipe_as: clean` compares with the same task without it. `replies` are those of a model that plans, by the
    kind of question (`meanings`, `plan`, `edits`), in turn: see `evaluation.planned`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    family: Family
    level: Level = "medium"
    language: Language = "en"
    variant: Literal["plain", "messy"] = "plain"
    prompt: str = Field(min_length=1)
    files: Mapping[str, Rows | str] = {}
    database: Mapping[str, str] = {}
    data: tuple[str, ...] = ()
    db: str | None = None
    yes: bool = False
    usd: float = Field(default=0.5, gt=0)
    model: tuple[Rule, ...] = ()
    replies: Mapping[Literal["meanings", "plan", "edits"], tuple[Any, ...]] = {}
    expect: Literal["recipe", "asks", "refuses", "stops"] = "recipe"
    exits: tuple[int, ...] = ()
    assumption: str | None = None
    injected: tuple[Injection, ...] = ()
    checks: tuple[Check, ...] = ()
    gold: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Task:
        if self.expect == "recipe" and not (self.checks and self.gold):
            raise ValueError("a task that expects a recipe needs `checks` and `gold`")
        if self.expect == "stops" and not self.exits:
            raise ValueError("a task that expects the agent to stop needs `exits`, the exit codes that fit")
        if self.assumption is not None and self.expect not in ("asks", "stops"):
            raise ValueError("`assumption` is for tasks with `expect: asks` or `stops`")
        rows = sum(len(each) for each in self.files.values() if not isinstance(each, str))
        if rows > 50:
            raise ValueError(f"a fixture has at most 50 rows, and this one has {rows}")
        return self

    @property
    def request(self) -> Request:
        """What the agent is given."""
        return Request(self.prompt, data=self.data, database=self.db, yes=self.yes, usd=self.usd)


Model = TypeVar("Model", bound=BaseModel)


def load_task(file: Path) -> Task:
    """Return the task of a file; InputError says what is wrong in it."""
    return parsed(Task, file)


def parsed(kind: type[Model], file: Path) -> Model:
    """Return the model of a YAML file; InputError holds every mistake in it, each with its place."""
    data = read(file)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        places = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        said = "\n".join(f"{file.name}: {place or 'the task'}: {message}" for place, message in places)
        raise InputError(said) from error


def read(file: Path) -> Mapping[str, Any]:
    """Return the plain data of a YAML file; InputError where it cannot be read or is no mapping."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise InputError(f"{file.name} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise InputError(f"{file.name} is no mapping; it needs at least id, family, prompt and checks")
    return data


def sets() -> list[str]:
    """Return the names of the sets that are there."""
    return sorted(each.name for each in TASKS.iterdir() if each.is_dir())


@cache
def load_set(name: str) -> tuple[Task, ...]:
    """Return the tasks of a set, by family and id; UsageError where there is no such set or an id stands twice."""
    if name not in sets():
        raise UsageError(
            f"there is no set of tasks {name!r}{did_you_mean(name, sets())}; there are {', '.join(sets())}"
        )
    tasks = [load_task(file) for file in sorted((TASKS / name).glob("*/*.yaml"))]
    seen: set[str] = set()
    for each in tasks:
        if each.id in seen:
            raise UsageError(f"the set {name!r} has two tasks {each.id!r}")
        seen.add(each.id)
    return tuple(tasks)
