"""Telling which language a block of code is in, and whether a text without fences is code and nothing else."""

from __future__ import annotations

import ast
import json
import re
import warnings

_ALIKE = (
    {"python", "py", "python3"},
    {"javascript", "js"},
    {"typescript", "ts"},
    {"bash", "sh", "shell", "zsh", "console"},
    {"sql", "sqlite", "postgresql", "postgres", "mysql", "duckdb", "tsql", "plsql"},
    {"c++", "cpp"},
    {"c#", "cs", "csharp"},
    {"yaml", "yml"},
    {"rust", "rs"},
    {"go", "golang"},
    {"json", "json5", "jsonc"},
)
_SQL = re.compile(r"(?:SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b")


def is_language(language: str, given: str) -> bool:
    """Tell whether a block's language is the one that is meant, under whatever name."""
    return given == language.lower() or any({language.lower(), given} <= each for each in _ALIKE)


def is_code(answer: str, language: str) -> bool:
    """Tell whether an answer without fences is code and nothing else."""
    bare = answer.strip("`")
    kinds = {"python": _is_python, "sql": _is_sql, "json": _is_json}
    return any(test(bare) for kind, test in kinds.items() if not language or is_language(language, kind))


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(each, ast.Expr) or isinstance(each.value, ast.Call) for each in body)


def _is_sql(text: str) -> bool:
    one = text.strip().removesuffix(";")
    prose = re.search(r"\n\s*\n|[.!?:]\s*$", one, re.MULTILINE)
    return _SQL.match(one if not text.strip().endswith(";") else one.upper()) is not None and not prose


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False
