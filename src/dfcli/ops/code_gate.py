"""What the source of a generated function may not hold, found without running it.

It is no wall, the sandbox is: it keeps functions to what can be read and tested, and gives the same for the same row.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

MODULES = (
    "base64", "bisect", "calendar", "collections", "datetime", "decimal", "difflib", "fractions", "functools",
    "hashlib", "heapq", "html", "itertools", "json", "math", "re", "statistics", "string", "textwrap", "typing",
    "unicodedata", "urllib.parse",
)  # fmt: skip
"""What a function may import: nothing that reads files, the clock, chance, or the inside of Python."""

LONGEST = 20_000
"""Characters of a source."""

_NAMES = frozenset(
    {
        "__import__", "breakpoint", "compile", "delattr", "dir", "eval", "exec", "exit", "getattr", "globals", "help",
        "input", "locals", "memoryview", "open", "quit", "setattr", "vars",
    }
)  # fmt: skip
_CLOCK = frozenset({"now", "today", "utcnow"})


def refused(source: str) -> list[str]:
    """Return what a source holds that no function may, each in a sentence with its line; nothing where it is fine."""
    if len(source) > LONGEST:
        return [f"it has {len(source):,} characters, and may have {LONGEST:,}"]
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"it is no Python: {error}"]
    found = ((node, said) for node in ast.walk(tree) for said in _said(node))
    return list(dict.fromkeys(f"line {getattr(node, 'lineno', 1)}: {said}" for node, said in found))


def _said(node: ast.AST) -> Iterator[str]:
    for names in (_imports, _names, _ways):
        yield from names(node)


def _imports(node: ast.AST) -> Iterator[str]:
    """Yield what an import may not import."""
    if isinstance(node, ast.Import):
        yield from (_import(each.name) for each in node.names if each.name not in MODULES)
    elif isinstance(node, ast.ImportFrom) and (node.level or node.module not in MODULES):
        yield _import(node.module or ".")


def _names(node: ast.AST) -> Iterator[str]:
    """Yield names that may not be used, or made."""
    match node:
        case ast.Name(id=name) if name in _NAMES:
            yield f"{name} may not be used"
        case ast.Attribute(attr=name) if name in _CLOCK:
            yield f"{name} reads the clock: a function gives the same for the same row"
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) if _is_inner(name):
            yield f"{name} reaches into Python itself"
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if _is_inner(name) and name != "__init__":
            yield f"{name} reaches into Python itself"
        case _:
            return


def _ways(node: ast.AST) -> Iterator[str]:
    """Yield what a function may not do, whatever its names are."""
    if isinstance(node, ast.Global | ast.Nonlocal):
        yield "a name from outside is changed: nothing is kept between rows"
    elif isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
        yield "a function is called row by row, and waits for nothing: no async"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "{" in node.value and "__" in node.value:
        yield "a pattern for format reaches into Python itself"


def _import(name: str) -> str:
    return f"{name} may not be imported; there are {', '.join(MODULES)}"


def _is_inner(name: str) -> bool:
    return name.startswith("__") or name in ("gi_frame", "f_globals", "f_back", "tb_frame", "cr_frame", "mro")
