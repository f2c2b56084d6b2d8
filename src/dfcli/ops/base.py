"""The contract between operators and everything else.

An operator is a frozen Pydantic model: its fields are the options of a step, its docstring the documentation, its
examples the first tests. A shape class below implements `__call__` from one abstract method; pick the shape, write
that method. An operator that fits no shape implements `__call__` itself.

A frame carries the engine's own columns besides the data: their names match `HIDDEN`. Operators leave them as they
are, and may write three: `FAILED` (a reason for each row that could not be finished), `DROPPED` (a reason for each row
that is to leave, for rules that are no expressions) and `REPLY` (the reply's key).
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Any, ClassVar, Literal, Protocol, get_args

import polars as pl
from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from dfcli.errors import RowError
from dfcli.ops.database import Database
from dfcli.ops.expressions import expressions
from dfcli.ops.lineage import families

Row = Mapping[str, Any]
Kind = Literal["generate", "evaluate", "filter", "refine"]
Rows = Literal["same", "fewer", "more", "any", "new"]

HIDDEN = "^__.*__$"
ROW_ID = "__row__"
FAILED = "__failed__"
DROPPED = "__dropped__"
REPLY = "__reply__"
FAMILY = "__family__"


def is_hidden(column: str) -> bool:
    """Tell whether a column is the engine's own."""
    return re.match(HIDDEN, column) is not None


@dataclass(frozen=True)
class Column:
    """Marks an option as the name of a column that the operator reads or writes."""

    role: Literal["reads", "writes"]

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return handler(core) | {"column": self.role}


Reads = Annotated[str, Column("reads")]
"""Name of a column the operator reads. `Annotated[Reads, pl.String]` also says which type it must have."""

Writes = Annotated[str, Column("writes")]
"""Name of a column the operator adds or replaces. `Annotated[Writes, pl.Int64]` also says which type it gets."""


@dataclass(frozen=True)
class Example:
    """Rows in, rows out: documentation for people, a few-shot for the agent, a test for us.

    `replies` are what the model answers, in order; `want` lists the rows that go on, and of their columns only those
    worth showing; rows given with ids, such as `"__row__": "1.2"`, are siblings. `files` holds the rows of data files
    that options name, `texts` the text of other files, `database` the SQL that makes the database.
    """

    given: Sequence[Row]
    want: Sequence[Row]
    options: Row = field(default_factory=dict)
    replies: Sequence[str] = ()
    files: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    database: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """One message to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Prompt:
    """What a row asks a model.

    `schema` is the JSON Schema that the reply must meet, or None for free text; `read` turns the reply's text into
    values by output name (`Repaired` ones when it had to be mended), or raises BadReply with a sentence that the model
    is shown. `sample` and `twin` keep the replies of otherwise equal prompts apart: the sample's number, and the number
    of equal rows before this one.
    """

    messages: tuple[Message, ...]
    read: Callable[[str], Row]
    schema: Mapping[str, Any] | None = None
    sample: int = 0
    twin: str = ""


class Repaired(dict[str, Any]):
    """Values read from a reply that was only nearly JSON, and was mended."""


@dataclass(frozen=True)
class Reply:
    """What came back: `values` by output name, or `failed` with the reason there are none."""

    key: str
    text: str | None = None
    values: Row | None = None
    failed: str | None = None

    @property
    def repaired(self) -> bool:
        """Whether the text had to be mended before it could be read."""
        return isinstance(self.values, Repaired)


class Called(Protocol):
    """What a function made of a row: a value as JSON has it, or the sentence of an error."""

    @property
    def value(self) -> Any: ...
    @property
    def error(self) -> str | None: ...


class Sandbox(Protocol):
    """Where functions of an untrusted source are called; they reach nothing but their rows."""

    def call(self, function: str, rows: Sequence[Row]) -> Sequence[Called]:
        """Return one result per row, in order."""


class Context(Protocol):
    """What an operator may use besides its rows; a running step hands one in, a test a scripted one."""

    def ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Return one reply per prompt, in order; the model is the step's."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector per text, in order."""

    def database(self, url: str) -> Database:
        """Return the database of a URL or path; EnvironmentLacks when it cannot be had."""

    def databases(self, url: str) -> Mapping[str, Database]:
        """Return the databases of a folder or server by name, sorted; of a single one just that."""

    def read(self, path: str) -> pl.LazyFrame:
        """Return the rows of a data file named in an option, its path relative to the recipe."""

    def content(self, path: str) -> str:
        """Return a hash of a data file's content, for `Operator.outside`."""

    def text(self, path: str) -> str:
        """Return the text of a file named in an option, its path relative to the recipe; InputError without it."""

    def sandbox(self, source: str, seconds: float) -> AbstractContextManager[Sandbox]:
        """Return where functions of a Python source are called; EnvironmentLacks where no sandbox is strong.

        A row may take so many seconds.
        """

    def rng(self) -> Random:
        """Return a generator that starts the same on each run of this step."""


class Operator(BaseModel, ABC):
    """Base of every operator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[Kind] = "refine"
    use_for: ClassVar[Sequence[str]] = ()
    """At least three phrases that people search by, one of them Chinese."""
    aliases: ClassVar[Sequence[str]] = ()
    """Other names of the same thing, in English and Chinese: `unnest` of `explode`, `脱敏` of `mask_pii`."""
    not_for: ClassVar[Sequence[str]] = ()
    """The neighbours this operator is confused with: `column_types: use cast`."""
    examples: ClassVar[Sequence[Example]] = ()
    version: ClassVar[int] = 1
    """Raise it when the same options start to give other results: old checkpoints then expire."""
    needs: ClassVar[str | None] = None
    """The extra it needs, such as `docs` for `pip install 'dfcli[docs]'`."""
    rows: ClassVar[Rows] = "same"
    keeps_order: ClassVar[bool] = True
    columns_vary: ClassVar[bool] = False
    """Columns come or go beyond what `writes()` can say; only `schema_after` tells which."""
    embeds: ClassVar[bool] = False
    """It asks the step's model for embeddings: the step then has a `model`, which decides its result."""
    with_siblings: ClassVar[bool] = False
    """It looks at the rows made of one row together, and is given all of them at once."""
    cheap: ClassVar[bool] = False
    """Recomputing costs less than storing: the engine fuses cheap neighbours and stores only the last."""
    drop_reason: ClassVar[str] = ""
    """The reason reported for rows that a Whole or Expand operator leaves out; the operator's name by default."""

    @classmethod
    def op(cls) -> str:
        """Return the name used in recipes: `WordCount` is `word_count`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    def effect(self) -> Rows:
        """Return what this instance does to the number of rows."""
        return self.rows

    def keeps_siblings(self) -> bool:
        """Tell whether rows made of one row stay beside each other and each comes once: else no vote can follow."""
        return self.keeps_order

    def reads(self) -> dict[str, pl.DataType | None]:
        """Return the columns this instance reads, each with the type it must have, or None for any."""
        inside = [name for each in expressions(self).values() for name in each.columns]
        return dict.fromkeys(inside) | self._columns("reads")

    def can_lack(self) -> Collection[str]:
        """Return the columns among those it reads that need not be there: it takes them as null then."""
        return ()

    def writes(self) -> dict[str, pl.DataType | None]:
        """Return the columns this instance adds or replaces, each with its type where it is known beforehand."""
        return self._columns("writes")

    def drops_as(self) -> str:
        """Return the reason reported for rows that a Whole or Expand operator leaves out."""
        return self.drop_reason or self.op()

    def identity(self) -> str:
        """Return what decides this operator's results besides its rows, for checkpoint keys."""
        return f"{self.op()} v{self.version} {json.dumps(self.model_dump(mode='json'), sort_keys=True)}"

    def outside(self, ctx: Context) -> str:
        """Return what outside its options and rows decides its results: a hash of a file or database it reads."""
        return ""

    def cautions(self, ctx: Context) -> Sequence[str]:
        """Return sentences about what is no mistake, but should be known before a run: a role that could write."""
        return ()

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        """Return the columns after this step; Polars' own error when the given ones do not fit.

        By default the operator runs on an empty frame, so Polars itself resolves each type.
        """
        return self(pl.DataFrame(schema=given), ctx).drop(FAILED, DROPPED, REPLY, strict=False).schema

    @abstractmethod
    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        """Return a new frame from a part of the rows; the given one is never changed."""

    def _columns(self, role: str) -> dict[str, pl.DataType | None]:
        return {
            name: kind
            for option, info in type(self).model_fields.items()
            if (marked := _marked(info, role)) is not None
            for name, kind in _named(getattr(self, option), marked)
        }


class Map(Operator):
    """One column computed from others, as a Polars expression."""

    cheap: ClassVar[bool] = True
    into: Writes

    @abstractmethod
    def expr(self) -> pl.Expr:
        """Return the new column's expression."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.with_columns(self.expr().alias(self.into))


class Score(Operator):
    """Columns that measure a row; nothing is dropped: that is what a step's `keep` is for."""

    cheap: ClassVar[bool] = True
    kind: ClassVar[Kind] = "evaluate"

    @abstractmethod
    def exprs(self) -> dict[str, pl.Expr]:
        """Return each measure's expression by the column it goes into."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.with_columns(**self.exprs())


class Filter(Operator):
    """Rows kept while every named rule holds; the names are the drop reasons in the report."""

    cheap: ClassVar[bool] = True
    kind: ClassVar[Kind] = "filter"
    rows: ClassVar[Rows] = "fewer"

    @abstractmethod
    def rules(self) -> dict[str, pl.Expr]:
        """Return each rule as a boolean expression that is true for rows to keep; null counts as false."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.filter(*(rule.fill_null(False) for rule in self.rules().values()))


class Collapse(Operator):
    """One row of each family goes on: a vote, the best, the first. A family is the rows made of one row.

    A row that nothing was made of, or that was not made of another, is a family by itself. Expressions see the columns
    as they are given, besides them `FAMILY`, whose rows `.over(FAMILY)` looks at together; of one family they see all.
    """

    cheap: ClassVar[bool] = True
    with_siblings: ClassVar[bool] = True
    kind: ClassVar[Kind] = "evaluate"
    rows: ClassVar[Rows] = "fewer"

    def exprs(self) -> dict[str, pl.Expr]:
        """Return each new column's expression; there are none by default."""
        return {}

    @abstractmethod
    def rules(self) -> dict[str, pl.Expr]:
        """Return the rules, by the reason for rows that break them; at most one row of a family meets all."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        together = with_families(frame)
        goes_on = pl.all_horizontal(rule.fill_null(False) for rule in self.rules().values())
        chosen = together.select(goes_on).to_series()
        return together.with_columns(**self.exprs()).filter(chosen).drop(FAMILY)


class RowFunction(Operator):
    """Values that need plain Python; the engine runs it in worker processes.

    Every column it writes has a declared type. A row whose typed inputs are null gets nulls without being called.
    """

    @abstractmethod
    def value(self, row: Row) -> Any:
        """Return the value to write, or, with several written columns, a mapping of column to value.

        RowError gives the row's own failure reason; any other exception fails that row too.
        """

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        results = [self._try(row) for row in frame.select(list(self.reads())).iter_rows(named=True)]
        columns = {
            name: pl.Series(name, [values.get(name) for values, _ in results], dtype=kind or pl.String(), strict=False)
            for name, kind in self.writes().items()
        }
        failed = pl.Series(FAILED, [reason for _, reason in results], dtype=pl.String())
        return frame.with_columns(*columns.values(), failed)

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def _try(self, row: Row) -> tuple[Row, str | None]:
        if any(kind is not None and row[name] is None for name, kind in self.reads().items()):
            return {}, None
        try:
            value = self.value(row)
        except RowError as error:
            return {}, str(error)
        except Exception as error:  # noqa: BLE001  one bad row must not stop a run, whatever an operator raises
            return {}, f"{type(error).__name__}: {error}"
        written = self.writes()
        return (value if len(written) != 1 else {next(iter(written)): value}), None


class Expand(Operator):
    """Rows made from each row: chunks of a text, entries of a list; the parent's other columns are repeated."""

    rows: ClassVar[Rows] = "more"
    kind: ClassVar[Kind] = "generate"
    drop_reason: ClassVar[str] = "nothing_to_expand"

    @abstractmethod
    def children(self, row: Row) -> Iterable[Row]:
        """Yield the written columns' values for each row that this one becomes."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        made = [
            (number, child)
            for number, row in enumerate(frame.select(list(self.reads())).iter_rows(named=True))
            for child in self.children(row)
        ]
        parents = frame.select(pl.all().gather([number for number, _ in made])) if made else frame.clear()
        return parents.with_columns(
            pl.Series(name, [child.get(name) for _, child in made], dtype=kind or pl.String(), strict=False)
            for name, kind in self.writes().items()
        )

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)


class Whole(Operator):
    """A step that looks at all rows at once: sorting, sampling, removing duplicates, joining."""

    rows: ClassVar[Rows] = "any"

    @abstractmethod
    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        """Return the new rows, lazily, so that Polars can stream them from disk to disk."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return self.over(frame.lazy(), ctx).collect()

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return self.over(pl.LazyFrame(schema=given), ctx).collect_schema()


class Source(Operator):
    """Rows made from nothing but the options: tables of a database, files of a folder. The first step of a recipe."""

    kind: ClassVar[Kind] = "generate"
    rows: ClassVar[Rows] = "new"

    @abstractmethod
    def frames(self, ctx: Context) -> Iterator[pl.DataFrame]:
        """Yield the rows, a frame at a time; every column it writes has a declared type."""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        empty = pl.DataFrame(schema=declared_schema(self, pl.Schema()))
        return pl.concat([empty, *self.frames(ctx)], how="vertical")

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, pl.Schema())


def declared_schema(operator: Operator, given: pl.Schema) -> pl.Schema:
    """Return the given columns with the ones an operator declares to write; ColumnNotFoundError for one it misses."""
    pl.DataFrame(schema=given).select(
        name for name in operator.reads() if name in given or name not in operator.can_lack()
    )
    return pl.Schema({**given, **{name: kind or pl.String() for name, kind in operator.writes().items()}})


def with_families(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with the column `FAMILY`; in one without row ids each row is a family by itself."""
    if ROW_ID not in frame.columns:
        return frame.with_row_index(FAMILY)
    return frame.with_columns(families(frame[ROW_ID]).alias(FAMILY))


def visible(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame without the engine's own columns."""
    return frame.select(pl.all().exclude(HIDDEN))


def _marked(info: FieldInfo, role: str) -> pl.DataType | Literal["any"] | None:
    """Return the column type an option is marked with for a role, "any" when it names none, None when not marked."""
    marks = [info.metadata, *(getattr(inner, "__metadata__", ()) for inner in _inner(info.annotation))]
    for metadata in marks:
        if any(isinstance(each, Column) and each.role == role for each in metadata):
            kinds = [each for each in metadata if _is_dtype(each)]
            return (kinds[0]() if isinstance(kinds[0], type) else kinds[0]) if kinds else "any"
    return None


def _inner(annotation: Any) -> Iterator[Any]:
    for each in get_args(annotation):
        yield each
        yield from _inner(each)


def _is_dtype(value: Any) -> bool:
    return isinstance(value, pl.DataType) or (isinstance(value, type) and issubclass(value, pl.DataType))


def _named(value: Any, marked: pl.DataType | Literal["any"]) -> Iterator[tuple[str, pl.DataType | None]]:
    names = [value] if isinstance(value, str) else value or ()
    for name in names:
        yield name, None if marked == "any" else marked
