"""What a recipe is once it is loaded: frozen data that knows where each part of it stands in the file.

A recipe's steps are a list of `Step` and `Repeat`. `Recipe.flat()` unrolls the loops, so that whoever walks a recipe
(the check, the engine, a report) meets plain steps only, each with the conditions under which rows take part in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dfcli.errors import Code, Problem
from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import Registry

ChatFormat = Literal["alpaca", "sharegpt", "messages", "dpo"]
OnError = Literal["quarantine", "keep", "fail"]


class ModelSpec(BaseModel):
    """Which model serves a role, and how it is asked.

    `temperature`, `top_p`, `max_tokens`, `seed` are sent only when given. `timeout` is in seconds per call,
    `concurrency` the calls in flight, `attempts` the tries per call when the failure is a passing one.
    `api_key_env` names the environment variable of the key; keys themselves never stand in a recipe.
    `schema_mode` overrides how structured output is asked for, `transport` how the model is reached. `rpm` and `tpm`
    are the requests and tokens per minute that the provider allows; without them its refusals and headers tell.
    `price` is US dollars per million tokens. `batch` asks by the provider's batch API: for half the price, and answers
    come when the provider has time, within a day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    base_url: str | None = None
    api_key_env: str | None = None
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    timeout: float = Field(default=120.0, gt=0)
    concurrency: int = Field(default=16, ge=1)
    attempts: int = Field(default=6, ge=1)
    schema_mode: Literal["auto", "json_schema", "tool", "json", "text"] = "auto"
    transport: Literal["auto", "litellm", "direct"] = "auto"
    rpm: int | None = Field(default=None, ge=1)
    tpm: int | None = Field(default=None, ge=1)
    price: Price | None = None
    batch: bool = False
    latency: float = Field(default=0.0, ge=0, description="dfcli/echo only: seconds before each answer.")

    def identity(self) -> dict[str, Any]:
        """Return what decides this model's answers: not timeouts, concurrency, retries, key, price, batch."""
        deciding = {"model", "base_url", "temperature", "top_p", "max_tokens", "seed"}
        asked = {} if self.schema_mode == "auto" else {"schema_mode": self.schema_mode}
        return self.model_dump(include=deciding, exclude_none=True) | asked


class Price(BaseModel):
    """US dollars per million tokens; `cached` is for what the provider has in its cache, as `input` by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)


class Budget(BaseModel):
    """What a run may use, over all its resumes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usd: float | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    calls: int | None = Field(default=None, gt=0)


class Input(BaseModel):
    """Where rows come from. `input: path` is short for `input: {path: path}`.

    `path` is a path, glob, URL (`s3://`, `hf://`) or a list of them, relative to the recipe; or `database` with
    `query`. `columns` gives types by column name for formats that leave them open (CSV, JSONL).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str | tuple[str, ...] | None = None
    database: str | None = None
    query: str | None = None
    format: Literal["jsonl", "json", "csv", "tsv", "parquet", "arrow", "text"] | None = None
    columns: dict[str, Any] = {}
    on_bad_lines: Literal["fail", "skip"] = "fail"
    limit: int | None = Field(default=None, ge=0)


class Output(BaseModel):
    """Where rows go. `output: path` is short for `output: {path: path}`; relative to the working folder.

    `columns` selects and orders the columns written; all by default, but those that `without` names. `format` is that
    of the path's ending by default; a chat format (see `recipes.chat`) is written in the file format of the ending,
    with the columns that `fields` gives for its fields, and besides them only those in `columns`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    format: Literal["jsonl", "json", "csv", "tsv", "parquet", "arrow"] | ChatFormat | None = None
    columns: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    fields: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.without and self.columns is not None:
            raise ValueError("columns names all that are written, and without has nothing to add; give one of them")
        if twice := next((each for each in self.columns or () if (self.columns or ()).count(each) > 1), None):
            raise ValueError(f"columns names {twice!r} twice; each column is written once")
        if self.without and self.format in get_args(ChatFormat):
            raise ValueError(f"format {self.format} writes its own columns and those in columns; leave without out")
        return self


@dataclass(frozen=True)
class Check:
    """A statement about the result: the number of `rows`, `each` row, or one column's values.

    `recipes.checks` reads the phrase and gives the verdict.
    """

    subject: str
    phrase: str
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.subject}: {self.phrase}"


@dataclass(frozen=True)
class Step:
    """One operator with its options, and the step's own keys.

    `number` is its place in the recipe, counted from 1, after inclusion and before loops are unrolled; `id` is what
    the user calls it. `when` and `keep` are SQL conditions on one row. `loop` and `round` are set by `Recipe.flat()`.
    `lines` says on which line of `file` each of its keys stands.
    """

    number: int
    id: str
    operator: Operator
    when: str | None = None
    keep: str | None = None
    model: str = "default"
    on_error: OnError = "quarantine"
    checkpoint: bool = False
    file: str = ""
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    loop: Loop | None = None
    round: int = 0

    @property
    def label(self) -> str:
        """What reports call it: its id, and in a loop the round."""
        return f"{self.id}#{self.round}" if self.loop else self.id

    @property
    def asks(self) -> bool:
        """Whether it asks a model, for words or for embeddings."""
        return isinstance(self.operator, Prompted) or self.operator.embeds


@dataclass(frozen=True)
class Loop:
    """What the steps of one `repeat` share.

    Rows that meet `until` leave: it is looked at after each round, and before the first where its columns are there.
    """

    id: str
    times: int
    until: str | None


@dataclass(frozen=True)
class Repeat:
    """Steps that rows go through up to `loop.times` times."""

    number: int
    loop: Loop
    steps: tuple[Step, ...]
    file: str = ""
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def id(self) -> str:
        """What the user calls it."""
        return self.loop.id


@dataclass(frozen=True)
class Recipe:
    """A recipe whose every part has been read, its variables filled in, its inclusions in place.

    `problems` is empty in a recipe that `load` returns. `folder` is what relative paths in it are relative to.
    `text` is the file as it stands, for the run folder; `lines` says where its blocks stand in it (`output.columns`).
    """

    name: str
    steps: tuple[Step | Repeat, ...]
    doc: str = ""
    input: Input | None = None
    output: Output | None = None
    models: Mapping[str, ModelSpec] = field(default_factory=dict)
    budget: Budget | None = None
    checks: tuple[Check, ...] = ()
    seed: int = 0
    vars: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)
    file: str = "<recipe>"
    text: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    registry: Registry | None = field(default=None, compare=False, repr=False)
    world: World | None = field(default=None, compare=False, repr=False)

    def flat(self) -> Iterator[Step]:
        """Yield plain steps in the order they run, loops unrolled: the steps of round 1, of round 2, …"""
        for each in self.steps:
            if isinstance(each, Step):
                yield each
            else:
                for number in range(1, each.loop.times + 1):
                    yield from (replace(step, loop=each.loop, round=number) for step in each.steps)

    def writing_to(self, path: Path | str) -> Recipe:
        """Return the same recipe with its output in another file."""
        output = self.output.model_copy(update={"path": str(path)}) if self.output else Output(path=str(path))
        return replace(self, output=output)

    def check(self) -> list[Problem]:
        """Return every mistake that can be found without running, in the order of the file."""
        from dfcli.recipes.check import check

        return check(self)


class Lack(NamedTuple):
    """What is missing here: the step that needs it or None, a sentence, and the kind of it."""

    step: Step | None
    sentence: str
    code: Code = "other"


class World:
    """What a check may look at outside the recipe; this one looks at nothing. The runtime has the real one."""

    def input_schema(self, given: Input, folder: Path) -> Any:
        """Return the input's polars Schema, or None when it is not known; InputError when it cannot be read."""
        return None

    def context(self, recipe: Recipe, step: Step) -> Any:
        """Return the `ops.base.Context` with which a step's `schema_after` is asked."""
        return None

    def lacks(self, recipe: Recipe) -> Sequence[Lack]:
        """Return what is missing here (an extra, a key, a database), with the step that needs it."""
        return ()


ModelSpec.model_rebuild()
