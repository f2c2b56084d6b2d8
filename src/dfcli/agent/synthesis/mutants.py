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
            turned = (at for at, each in enumerate(node.ops) if type(each) in _COMPARED)
            yield from (("a comparison is turned", _compares(at)) for at in turned)
        case ast.If() | ast.IfExp():
            yield "a branch is always taken", _tests(True)
            yield "a branch is never taken", _tests(False)
        case ast.Constant():
            yield from ((fault, change) for kind, (fault, change) in _CONSTANTS.items() if type(node.value) is kind)
        case _:
            yield from (_FAULTS[kind] for kind in _FAULTS if isinstance(node, kind) and _is_open(node))


def _is_open(node: ast.AST) -> bool:
    """Tell whether a node has what its fault changes: a sign that has another one, a value that is given back."""
    match node:
        case ast.BinOp():
            return type(node.op) in _COMPUTED
        case ast.UnaryOp():
            return isinstance(node.op, ast.Not)
        case ast.Return():
            return node.value is not None
    return True


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
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


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
    assert isinstance(node.value, str)
    node.value += "x"


def _returns_nothing(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    node.value = ast.Constant(None)


_FAULTS: dict[type[ast.AST], tuple[str, Change]] = {
    ast.BinOp: ("an arithmetic sign is changed", _computes),
    ast.BoolOp: ("and is taken for or", _joins),
    ast.UnaryOp: ("a not is left out", _affirms),
    ast.While: ("a loop is never entered", _tests(False)),
    ast.Return: ("a result is left out", _returns_nothing),
}
_CONSTANTS: dict[type, tuple[str, Change]] = {
    bool: ("true is taken for false", _negates),
    int: ("a number is off by one", _adds),
    str: ("a text is changed", _letters),
}


def _without_docstring(node: ast.AST) -> None:
    """Take a docstring away: no test can notice a fault in it."""
    if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]


def _spread(found: list[Mutant], most: int) -> list[Mutant]:
    if len(found) <= most:
        return found
    return [found[at * len(found) // most] for at in range(most)]
