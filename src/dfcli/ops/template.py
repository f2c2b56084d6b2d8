"""Jinja2 templates as messages to a model: the blocks `system` and `user`, or the whole as the user's message.

Templates come from others, too. They run sandboxed; what they take in besides the row are templates they extend, from
the folder they lie in or from the shipped ones; a variable that nobody gives is an error, never an empty string.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dfcli import shipped
from dfcli.errors import TemplateError, did_you_mean
from dfcli.ops.base import Message
from dfcli.ops.front import text_of, without_front

_ROLES: tuple[Literal["system"], Literal["user"]] = ("system", "user")
_LARGEST = 100_000
"""Characters, entries or bits that one multiplication in a template may give."""
_RAISED = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError)
"""What the expressions of a template may raise on a row."""


class Template:
    """A template with the messages it makes; `text` is its whole source, with that of the ones it extends."""

    def __init__(self, source: str, name: str, folder: Path | None = None) -> None:
        self.name = name
        self._chain = list(_generations(source, name, folder or _shipped()))
        self.text = "\n".join(each.source for each in self._chain)
        for each in self._chain:
            _check_blocks(each, self._chain)
        if not self._chain[-1].has_body:
            raise TemplateError(f"{name}:{_line_after_front(source)}: the template says nothing")

    @property
    def parents(self) -> Sequence[tuple[str, str]]:
        """The text, front matter included, and the file of each template it extends, youngest first."""
        return [(each.text, each.name) for each in self._chain[1:]]

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names the messages need, in order of the alphabet."""
        blocks = self._effective_blocks()
        bodies = [body for name in _used(blocks) for body in blocks[name]] or [self._chain[-1].tree.body]
        trees = [nodes.Template(body, lineno=1).set_environment(_environment()) for body in bodies]
        found = {name for tree in trees for name in meta.find_undeclared_variables(cast(nodes.Template, tree))}
        return tuple(sorted(found - {"super"}))

    def messages(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the messages for one row; TemplateError when the template fails on it."""
        try:
            found = tuple(self._render(values))
        except jinja2.TemplateError as error:
            raise TemplateError(f"{self.name}: {error.message or error}") from error
        except _RAISED as error:
            raise TemplateError(f"{self.name}: {type(error).__name__}: {error}") from error
        if not any(each.role == "user" for each in found):
            raise TemplateError(f"{self.name}: the user's message is empty")
        return found

    def _render(self, values: Mapping[str, Any]) -> Iterator[Message]:
        own, *parents = (each.compiled for each in self._chain)
        context = own.new_context(dict(values))
        for parent in parents:
            for block, function in parent.blocks.items():
                context.blocks.setdefault(block, []).append(function)
        present = [role for role in _ROLES if role in context.blocks]
        texts = [(role, "".join(context.blocks[role][0](context)).strip()) for role in present]
        if not present:
            texts = [("user", self._chain[-1].compiled.render(values).strip())]
        yield from (Message(role, text) for role, text in texts if text)

    def _effective_blocks(self) -> dict[str, list[list[nodes.Node]]]:
        """Return each block's bodies that a render uses: the youngest, and its parent's where it calls `super()`."""
        found: dict[str, list[list[nodes.Node]]] = {}
        wants_parent: set[str] = set()
        blocks = [block for each in self._chain for block in each.tree.find_all(nodes.Block)]
        for block in blocks:
            if block.name not in found or block.name in wants_parent:
                found.setdefault(block.name, []).append(block.body)
                asks = any(name.name == "super" for name in block.find_all(nodes.Name))
                (wants_parent.add if asks else wants_parent.discard)(block.name)
        for block in blocks:
            block.body = []  # one inside another counts by its name, since a younger template may replace it
        return found


def inline(name: str, source: str) -> Template:
    """Return a template that stands in a recipe; it may extend the shipped ones."""
    return Template(source, name)


class _Generation:
    """A template in a chain of `{% extends %}`."""

    def __init__(self, source: str, name: str, text: str) -> None:
        self.source, self.name, self.text = source, name, text
        try:
            self.tree = _environment().parse(source)
            self.compiled = _environment().from_string(source)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{name}:{error.lineno}: {(error.message or '').rstrip('.')}") from error
        if taken := next(self.tree.find_all((nodes.Include, nodes.Import, nodes.FromImport)), None):
            raise self.wrong(taken, "a template takes in others by {% extends %} alone, not by include or import")

    @property
    def extends(self) -> nodes.Extends | None:
        """Its `{% extends %}`."""
        return self.tree.find(nodes.Extends)

    @property
    def has_body(self) -> bool:
        """Whether there is more to it than blank lines."""
        return any(not _is_blank(each) for each in self.tree.body)

    def blocks(self) -> list[nodes.Block]:
        """Return the blocks that stand in no other."""
        return [each for each in self.tree.body if isinstance(each, nodes.Block)]

    def wrong(self, node: nodes.Node, sentence: str) -> TemplateError:
        """Return the error for a mistake at a node."""
        return TemplateError(f"{self.name}:{node.lineno}: {sentence}")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a short expression cannot make a huge value."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        """Compute a product or power, unless it would be huge."""
        if _size(operator, left, right) > _LARGEST:
            raise SecurityError(f"the result of {operator} is too large")
        return super().call_binop(context, operator, left, right)


def _size(operator: str, left: Any, right: Any) -> int:
    """Return about how many characters, entries or bits a product or power has; 0 where that is no question."""
    if isinstance(left, int) and isinstance(right, int):
        return left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
    for many, times in ((left, right), (right, left)):
        if operator == "*" and isinstance(many, str | list | tuple) and isinstance(times, int):
            return len(many) * times
    return 0


@lru_cache
def _environment() -> jinja2.Environment:
    environment = _Sandbox(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals = {name: environment.globals[name] for name in ("range", "namespace")}
    return environment


def _generations(
    source: str, name: str, folder: Path, text: str = "", seen: tuple[str, ...] = ()
) -> Iterator[_Generation]:
    """Yield a template, the one it extends, and so on."""
    own = _Generation(source, name, text)
    yield own
    extends = own.extends
    if extends is None:
        return
    if not isinstance(extends.template, nodes.Const):
        raise own.wrong(extends, "extends needs the name of a template in quotes")
    wanted = str(extends.template.value)
    path = _find(folder, wanted)
    if path is None:
        raise own.wrong(extends, f"there is no template {wanted!r} beside this one or among the shipped ones")
    if str(path) in (name, *seen):
        raise own.wrong(extends, f"{wanted} extends itself")
    parent = text_of(path)
    yield from _generations(without_front(parent), str(path), path.parent, parent, (name, *seen))


def _find(folder: Path, name: str) -> Path | None:
    """Return the template file of a name: in this folder or one below it, or anywhere among the shipped ones."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or path.suffix != ".j2":
        return None
    candidates = [folder / path, *sorted(_shipped().rglob(glob.escape(name)))]
    return next((each for each in candidates if each.is_file()), None)


def _check_blocks(own: _Generation, chain: Sequence[_Generation]) -> None:
    """Refuse what would never be sent: text outside the blocks, and blocks that nothing contains."""
    outer = [block for each in chain for block in each.tree.find_all(nodes.Block)]
    inner = {block.name for each in outer for block in each.find_all(nodes.Block)}
    for block in own.blocks():
        if block.name not in (*_ROLES, *inner):
            near = did_you_mean(block.name, (*_ROLES, *inner))
            raise own.wrong(block, f"the block {block.name!r} is part of neither message, system or user{near}")
    roles = {block.name for each in chain for block in each.blocks()}
    if "system" in roles and "user" not in roles:
        raise TemplateError(f"{own.name}:1: there is a block system, and no block user")
    for node in own.tree.body:
        outside = not isinstance(node, nodes.Block | nodes.Extends) and not _is_blank(node)
        if outside and (roles or own.extends):
            raise own.wrong(node, "what stands outside the blocks system and user is never sent; put it into one")


def _used(blocks: Mapping[str, list[list[nodes.Node]]]) -> list[str]:
    """Return the names of the blocks that the messages are made of."""
    used: list[str] = [role for role in _ROLES if role in blocks]
    for name in used:
        inside = nodes.Template([node for body in blocks[name] for node in body]).find_all(nodes.Block)
        used += dict.fromkeys(each.name for each in inside if each.name not in used)
    return used


def _is_blank(node: nodes.Node) -> bool:
    parts = node.nodes if isinstance(node, nodes.Output) else [node]
    return all(isinstance(each, nodes.TemplateData) and not each.data.strip() for each in parts)


def _line_after_front(source: str) -> int:
    return source.partition("#}")[0].count("\n") + 1 if source.startswith("{#") else 1


def _shipped() -> Path:
    return shipped.folder("templates") / "prompts"
