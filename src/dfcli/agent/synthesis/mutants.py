"""Faults put into a function one at a time: what its tests do not notice, they do not test."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST = 40
"""Mutants of one function at most, spread over all there are."""

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """A source with one fault, and what kind of fault it is."""

    fault: str
    source: str


def mutants(source: str, function: str, first_input: str) -> list[Mutant]:
    """Return sources that differ from a source by one fault each, at most `MOST`; `function` is the one that is called.

    The last two give the input back, and nothing at all.
    """
    tree = ast.parse(source)
    for node in list(ast.walk(tree)):
        _without_docstring(node)
    plain = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for number, node in enumerate(ast.walk(tree)):
        for fault, change in _faults(node):
            mutated = copy.deepcopy(tree)
            change(list(ast.walk(mutated))[number])
            text = ast.unparse(ast.fix_missing_locations(mutated))
            if text != plain:
                found.setdefault(text, Mutant(fault, text))
    whole = [
        Mutant("the input is given back", f"{plain}\n\ndef {function}(row):\n    return row.get({first_input!r})\n"),
        Mutant("nothing is given back", f"{plain}\n\ndef {function}(row):\n    return None\n"),
    ]
    return [*_spread(list(found.values()), MOST - len(whole)), *whole]


Change = Callable[[ast.AST], None]


def _faults(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """Yield the faults that can be put into a node."""
    match node:
        case ast.Compare():
            yield from (
                ("a comparison is turned", _compares(at)) for at, each in enumerate(node.ops) if type(each) in _COMPARED
            )
        case ast.BinOp() if type(node.op) in _COMPUTED:
            yield "an arithmetic sign is changed", _computes
        case ast.BoolOp():
            yield "and is taken for or", _joins
        case ast.UnaryOp(op=ast.Not()):
            yield "a not is left out", _affirms
        case ast.If() | ast.IfExp() | ast.While():
            if not isinstance(node, ast.While):
                yield "a branch is always taken", _tests(True)
            yield "a branch is never taken", _tests(False)
        case ast.Constant(value=bool()):
            yield "true is taken for false", _negates
        case ast.Constant(value=int()):
            yield "a number is off by one", _adds
        case ast.Constant(value=str()):
            yield "a text is changed", _letters
        case ast.Return(value=ast.expr()):
            yield "a result is left out", _returns_nothing


def _compares(at: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Compare)
        node.ops[at] = _COMPARED[type(node.ops[at])]()

    return change


def _computes(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp)
    node.op = _COMPUTED[type(node.op)]()


def _joins(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _affirms(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    inner = node.operand
    node.operand = ast.UnaryOp(ast.Not(), inner)


def _tests(value: bool) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.If | ast.IfExp | ast.While)
        node.test = ast.Constant(value)

    return change


def _negates(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    node.value = not node.value


def _adds(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int)
    node.value += 1


def _letters(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    node.value = f"{node.value}x" if node.value else "x"


def _returns_nothing(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    node.value = ast.Constant(None)


def _without_docstring(node: ast.AST) -> None:
    """Take a docstring away: no test can notice a fault in it."""
    if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]


def _spread(found: list[Mutant], most: int) -> list[Mutant]:
    if len(found) <= most:
        return found
    return [found[at * len(found) // most] for at in range(most)]
