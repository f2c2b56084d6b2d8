"""Prompt templates as operators: a Jinja2 file with YAML front matter becomes an operator class.

The template's free variables are the columns it reads, its `outputs` the columns it writes, its `params` the options.
Blocks `system` and `user` are the messages; a template without blocks is the user's message. Templates come from
others too: Jinja runs sandboxed, and a variable that nobody gives is an error, never an empty string.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, cast

import jinja2
import polars as pl
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dfcli import shipped
from dfcli.errors import TemplateError
from dfcli.ops.base import (
    FAILED,
    REPLY,
    Column,
    Context,
    Example,
    Kind,
    Message,
    Operator,
    Prompt,
    Reads,
    Row,
    Rows,
    Writes,
    declared_schema,
)
from dfcli.ops.reading import How, Output, Outputs

TWIN = "__twin__"
"""Engine's column: the number of equal rows before this one, so that equal prompts get answers of their own."""

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_ROLES: tuple[Literal["system"], Literal["user"]] = ("system", "user")


Samples = Annotated[int, Field(ge=1, description="Replies per row; more than one turn a row into that many rows.")]


class Param(BaseModel):
    """An option of a template: `style: formal`, or `style: {type: str, default: formal, enum: […], doc: …}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = "str"
    default: Any = None
    enum: tuple[str | int | float | bool, ...] | None = None
    min: int | float | None = None
    max: int | float | None = None
    doc: str | None = None


class Front(BaseModel):
    """A template's front matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doc: str
    kind: Kind = "generate"
    outputs: dict[str, Any]
    params: dict[str, Any] = {}
    optional: tuple[str, ...] = ()
    reply: How | None = None
    samples: Annotated[int, Field(ge=1)] = 1
    version: int = 1
    use_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    examples: tuple[dict[str, Any], ...] = ()

    @field_validator("outputs")
    @classmethod
    def _has_outputs(cls, given: dict[str, Any]) -> dict[str, Any]:
        if not given:
            raise ValueError("name at least one output")
        return {name: Output.of(each) for name, each in given.items()}

    @field_validator("params")
    @classmethod
    def _are_params(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {name: _param(each) for name, each in given.items()}


class Template:
    """A Jinja2 template with the messages it makes; text is its whole source, with that of the ones it extends."""

    def __init__(self, environment: jinja2.Environment, name: str, source: str) -> None:
        self.name = name
        try:
            self._chain = _ancestors(environment, name, source)
        except (jinja2.TemplateError, jinja2.TemplateNotFound) as error:
            line = getattr(error, "lineno", None) or 1
            raise TemplateError(f"{name}:{line}: {error.message or error}") from error
        self.text = "\n".join(each.source for each in self._chain)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names the messages need, in order of the alphabet."""
        blocks = self._effective_blocks()
        bodies = [body for role in _ROLES for body in blocks.get(role, ())] or [self._chain[0].tree.body]
        trees = [nodes.Template(body, lineno=1).set_environment(self._chain[0].environment) for body in bodies]
        return tuple(
            sorted({name for tree in trees for name in meta.find_undeclared_variables(cast(nodes.Template, tree))})
        )

    def messages(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the messages for one row; TemplateError when the template fails on it."""
        try:
            return tuple(self._render(values))
        except jinja2.TemplateError as error:
            raise TemplateError(f"{self.name}: {error.message or error}") from error
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise TemplateError(f"{self.name}: {type(error).__name__}: {error}") from error

    def _render(self, values: Mapping[str, Any]) -> list[Message]:
        own, *parents = (each.compiled for each in self._chain)
        context = own.new_context(dict(values))
        for parent in parents:
            for block, function in parent.blocks.items():
                context.blocks.setdefault(block, []).append(function)
        present = [role for role in _ROLES if role in context.blocks]
        if not present:
            return [Message("user", own.render(values).strip())]
        texts = ((role, "".join(context.blocks[role][0](context)).strip()) for role in present)
        return [Message(role, text) for role, text in texts if text]

    def _effective_blocks(self) -> dict[str, list[list[nodes.Node]]]:
        """Return each block's bodies that a render uses: the youngest, and its parent's where it calls `super()`."""
        found: dict[str, list[list[nodes.Node]]] = {}
        wants_parent: set[str] = set()
        for each in self._chain:
            for block in each.tree.find_all(nodes.Block):
                if block.name not in found or block.name in wants_parent:
                    found.setdefault(block.name, []).append(block.body)
                    calls = [call.node for call in block.find_all(nodes.Call)]
                    asks = any(isinstance(name, nodes.Name) and name.name == "super" for name in calls)
                    (wants_parent.add if asks else wants_parent.discard)(block.name)
        return found


class _Generation:
    """A template in a chain of `{% extends %}`."""

    def __init__(self, environment: jinja2.Environment, name: str, source: str) -> None:
        self.environment = environment
        self.source = source
        self.tree = environment.parse(source, name=name)
        self.compiled = environment.from_string(source)


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
        return (
            frame.select(**{name: pl.col(self.column(name)) for name in names}).to_dicts()
            if names
            else [{}] * len(frame)
        )

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
    source: ClassVar[Template]
    read_as: ClassVar[Outputs]

    def template(self) -> Template:
        return self.source

    def expects(self) -> Outputs:
        return self.read_as

    def column(self, name: str) -> str:
        column: str = getattr(self, name)
        return column

    def params(self) -> Row:
        return {name: getattr(self, name) for name in self.front.params}

    def optional(self) -> Sequence[str]:
        return self.front.optional


def operator_from(path: Path) -> type[Prompted]:
    """Return the operator class that a template file is; TemplateError says what is wrong with it."""
    front, template = _load(path)
    taken = set(Operator.model_fields) | set(dir(_FromFile)) - {"samples"}
    names = [*template.variables, *front.outputs, *front.params]
    if clash := sorted(name for name in names if name in taken):
        raise TemplateError(f"{path}: {clash[0]!r} cannot be the name of a variable, output or param")
    fields: dict[str, Any] = {name: _field(name, template, front) for name in dict.fromkeys(names)}
    fields["samples"] = (Samples, front.samples)
    try:
        read_as = Outputs(front.outputs, front.reply)
    except ValueError as error:
        raise TemplateError(f"{path}: {error}") from error
    made = create_model(_class_name(path), __base__=_FromFile, __doc__=front.doc, __module__=__name__, **fields)
    made.front, made.source, made.file, made.read_as = front, template, path, read_as
    made.kind, made.use_for, made.not_for, made.version = front.kind, front.use_for, front.not_for, front.version
    made.examples = [Example(**each) for each in front.examples]
    return made


def inline(name: str, source: str) -> Template:
    """Return a template that stands in a recipe; it may extend the shipped ones."""
    return Template(_environment(shipped.folder("templates") / "prompts"), name, source)


def _load(path: Path) -> tuple[Front, Template]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path}: cannot be read: {error}") from error
    template = Template(_environment(path.parent), str(path), _body(text))
    front: dict[str, Any] = {}
    for each in reversed(_files(path, text)):
        front |= _front(each, path if each == text else None)
    try:
        return Front(**front), template
    except (ValidationError, TypeError) as error:
        problem = (
            "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            if isinstance(error, ValidationError)
            else str(error)
        )
        raise TemplateError(f"{path}:1: front matter: {problem}") from error


def _files(path: Path, text: str) -> list[str]:
    """Return the file's text and those of the templates it extends, youngest first."""
    environment = _environment(path.parent)
    parents = list(meta.find_referenced_templates(environment.parse(_body(text))))
    if not parents or parents[0] is None:
        return [text]
    found = _find(path.parent, parents[0])
    return [text] if found is None else [text, *_files(found, found.read_text(encoding="utf-8"))]


def _front(text: str, path: Path | None) -> dict[str, Any]:
    matter = _FRONT.match(text)
    if matter is None:
        raise TemplateError(f"{path}:1: a template starts with front matter between two lines of ---")
    try:
        loaded = YAML(typ="safe", pure=True).load(matter[1])
    except YAMLError as error:
        raise TemplateError(f"{path}:1: front matter is not YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise TemplateError(f"{path}:1: front matter is a mapping: doc, outputs, …")
    return loaded


def _body(text: str) -> str:
    """Return a template without its front matter, its lines keeping their numbers."""
    matter = _FRONT.match(text)
    return text if matter is None else "{#" + "\n" * matter[0].count("\n") + "#}" + text[matter.end() :]


def _find(near: Path, name: str) -> Path | None:
    """Return the template file of a name: beside the one that names it, or among the shipped ones."""
    roots = (near, shipped.folder("templates") / "prompts")
    candidates = (hit for root in roots for hit in [root / name, *sorted(root.rglob(name))])
    return next((each for each in candidates if each.is_file()), None)


@lru_cache
def _environment(near: Path) -> jinja2.Environment:
    def source(name: str) -> str | None:
        found = _find(near, name)
        return None if found is None else _body(found.read_text(encoding="utf-8"))

    return ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(source), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _ancestors(environment: jinja2.Environment, name: str, source: str) -> list[_Generation]:
    own = _Generation(environment, name, source)
    parents = [each for each in meta.find_referenced_templates(own.tree) if each is not None]
    extends = own.tree.find(nodes.Extends)
    if extends is None or not parents:
        return [own]
    assert environment.loader is not None
    text, _, _ = environment.loader.get_source(environment, parents[0])
    return [own, *_ancestors(environment, parents[0], text)]


def _field(name: str, template: Template, front: Front) -> tuple[Any, Any]:
    if name in front.params:
        param: Param = front.params[name]
        base = Literal[param.enum] if param.enum else Output.of(param.type).annotation
        bounds = Field(ge=param.min, le=param.max, description=param.doc)
        return Annotated[base, bounds], ... if param.default is None else param.default
    if name not in front.outputs:
        return Reads, name
    output: Output = front.outputs[name]
    marks = Annotated[Writes, output.dtype]
    return (Annotated[marks, Column("reads")] if name in template.variables else marks), name


def _param(given: Any) -> Param:
    if isinstance(given, Mapping):
        return Param(**given)
    return Param(type=type(given).__name__, default=given)


def _class_name(path: Path) -> str:
    return "".join(word.capitalize() for word in path.stem.split("_"))


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
