"""Prompt templates as operators: a Jinja2 file with YAML front matter becomes an operator class.

The template's free variables are the columns it reads, its `outputs` the columns it writes, its `params` the options.
Blocks `system` and `user` are the messages; a template without blocks is the user's message. Templates come from
others too: Jinja runs sandboxed, and a variable that nobody gives is an error, never an empty string.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field, create_model

from dfcli.errors import TemplateError, did_you_mean
from dfcli.ops.base import (
    FAILED,
    REPLY,
    Column,
    Context,
    Kind,
    Operator,
    Prompt,
    Reads,
    Row,
    Rows,
    Writes,
    declared_schema,
)
from dfcli.ops.front import Front, Matter, has_front, text_of, without_front
from dfcli.ops.reading import Outputs
from dfcli.ops.sentences import Place
from dfcli.ops.template import Template

TWIN = "__twin__"
"""Engine's column: the number of equal rows before this one, so that equal prompts get answers of their own."""

Samples = Annotated[int, Field(ge=1, description="Replies per row; more than one turn a row into that many rows.")]


class Prompted(Operator):
    """A step that asks a model about each row, and writes what the reply says.

    A row with a null among its inputs is not asked, and fails; so does one whose reply cannot be read.
    """

    kind: ClassVar[Kind] = "generate"
    file: ClassVar[Path | None] = None
    """The template file it was made from, if it was."""
    samples: Samples = 1

    @abstractmethod
    def template(self) -> Template:
        """Return the template of the messages."""

    @abstractmethod
    def expects(self) -> Outputs:
        """Return what a reply must hold, by the template's own names."""

    def column(self, name: str) -> str:
        """Return the column that a name of the template stands for."""
        return name

    def params(self) -> Row:
        """Return the values of the template's variables that are no columns."""
        return {}

    def optional(self) -> Sequence[str]:
        """Return the template's variables that may be null."""
        return ()

    def effect(self) -> Rows:
        return "more" if self.samples > 1 else "same"

    def identity(self) -> str:
        return f"{super().identity()} {self.template().text}"

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        rows = [self._prompts(row, twin) for row, twin in zip(self._rows(frame), _twins(frame), strict=True)]
        twins: Counter[Any] = Counter()
        prompts = [_numbered(each, twins) for prompts in rows if not isinstance(prompts, str) for each in prompts]
        replies = iter(ctx.ask(prompts))
        numbers, values, keys, failed = [], [], [], []
        for number, asked in enumerate(rows):
            for _ in range(self.samples):
                reply = None if isinstance(asked, str) else next(replies)
                numbers.append(number)
                values.append(reply.values or {} if reply else {})
                keys.append(reply.key if reply else None)
                failed.append(reply.failed if reply else asked)
        columns = {
            self.column(name): pl.Series([each.get(name) for each in values], dtype=output.dtype, strict=False)
            for name, output in self.expects().outputs.items()
        }
        hidden = {REPLY: pl.Series(keys, dtype=pl.String()), FAILED: pl.Series(failed, dtype=pl.String())}
        parents = frame if self.samples == 1 else frame.select(pl.all().gather(numbers))
        return parents.with_columns(**columns, **hidden)

    def _rows(self, frame: pl.DataFrame) -> list[dict[str, Any]]:
        names = [name for name in self.template().variables if name not in self.params()]
        columns = {name: self.column(name) for name in names}
        there = {
            name: pl.col(each) for name, each in columns.items() if each in frame.columns or each not in self.can_lack()
        }
        rows = frame.select(**there).to_dicts() if there else [{} for _ in range(len(frame))]
        absent = dict.fromkeys(name for name in names if name not in there)
        return [{**row, **absent} for row in rows] if absent else rows

    def _prompts(self, row: Row, twin: str) -> list[Prompt] | str:
        """Return the prompts of one row, or why it has none."""
        missing = [self.column(name) for name, value in row.items() if value is None and name not in self.optional()]
        if missing:
            return f"null_input: {', '.join(missing)}"
        try:
            messages = self.template().messages({**self.params(), **row})
        except TemplateError as error:
            return f"template: {error}"
        outputs = self.expects()
        return [Prompt(messages, outputs.read, outputs.schema, sample, twin) for sample in range(self.samples)]


class _FromFile(Prompted):
    """Base of the operators made from template files."""

    front: ClassVar[Front]
    jinja: ClassVar[Template]
    read_as: ClassVar[Outputs]

    def template(self) -> Template:
        return self.jinja

    def expects(self) -> Outputs:
        return self.read_as

    def column(self, name: str) -> str:
        column: str = getattr(self, name)
        return column

    @classmethod
    def op(cls) -> str:
        return cls.file.stem if cls.file else super().op()

    def params(self) -> Row:
        return {name: getattr(self, name) for name in self.front.params}

    def optional(self) -> Sequence[str]:
        return self.front.optional

    def can_lack(self) -> Collection[str]:
        """Return the optional columns, but for those that an option names otherwise: a name that is given is meant."""
        return {name for name in self.front.optional if getattr(self, name) == name}


_TAKEN = frozenset((*dir(_FromFile), *_FromFile.__annotations__, "samples"))
"""Names that a field of an operator cannot have."""


def operator_from(path: Path) -> type[Prompted]:
    """Return the operator class that a template file is; TemplateError says what is wrong with it, and where."""
    text, file = text_of(path), str(path)
    if not has_front(text):
        raise TemplateError(f"{file}:1: a template starts with front matter between two lines of ---")
    template, matter = Template(without_front(text), file, path.parent), Matter()
    for source, name in reversed([(text, file), *template.parents]):
        matter.add(source, name)
    front = matter.front(file)
    if wrong := [f"{matter.at(place, file)}: {sentence}" for place, sentence in _misfits(front, template)]:
        raise TemplateError("\n".join(wrong))
    return _made(path, front, template)


def _made(path: Path, front: Front, template: Template) -> type[Prompted]:
    names = dict.fromkeys([*template.variables, *front.outputs, *front.params])
    fields: dict[str, Any] = {name: _field(name, template, front) for name in names}
    fields["samples"] = (Samples, front.samples)
    name = "".join(word.capitalize() for word in path.stem.split("_"))
    made = create_model(name, __base__=_FromFile, __doc__=front.doc, __module__=__name__, **fields)
    made.front, made.jinja, made.file = front, template, path
    made.read_as = front.read_as
    made.kind, made.version = front.kind, front.version
    made.use_for, made.aliases, made.not_for = front.use_for, front.aliases, front.not_for
    made.examples = [each.example() for each in front.examples]
    return made


def _misfits(front: Front, template: Template) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong between the front matter and the template it is for."""
    named: dict[str, Place] = dict.fromkeys(template.variables, ())
    named |= {name: ("outputs", name) for name in front.outputs} | {name: ("params", name) for name in front.params}
    yield from ((place, sentence) for name, place in named.items() if (sentence := _no_name(name)))
    for name in front.params:
        if name in front.outputs:
            yield ("params", name), f"{name!r} is an output as well; a param needs a name of its own"
        elif name not in template.variables:
            yield ("params", name), f"the template never uses the param {name!r}"
    for number, name in enumerate(front.optional):
        if name not in template.variables:
            near = did_you_mean(name, template.variables)
            yield ("optional", number), f"optional: the template has no variable {name!r}{near}"


def _no_name(name: str) -> str:
    if name.startswith("_"):
        return f"the name {name!r} starts with _, which no column or option may here"
    return f"{name!r} cannot be the name of a variable, output or param; choose another" if name in _TAKEN else ""


def _field(name: str, template: Template, front: Front) -> tuple[Any, Any]:
    if name in front.params:
        param = front.params[name]
        return param.annotation, ... if param.default is None else param.default
    if name not in front.outputs:
        return Reads, name
    marks = Annotated[Writes, front.outputs[name].dtype]
    return (Annotated[marks, Column("reads")] if name in template.variables else marks), name


def _twins(frame: pl.DataFrame) -> Sequence[str]:
    return frame[TWIN].to_list() if TWIN in frame.columns else [""] * frame.height


def _numbered(prompt: Prompt, seen: Counter[Any]) -> Prompt:
    """Return a prompt told apart from equal ones before it in the same part."""
    equal = (prompt.messages, prompt.sample, prompt.twin)
    seen[equal] += 1
    again = seen[equal] - 1
    return (
        prompt
        if not again
        else Prompt(prompt.messages, prompt.read, prompt.schema, prompt.sample, f"{prompt.twin}+{again}")
    )
