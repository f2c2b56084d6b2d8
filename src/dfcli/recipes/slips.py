"""What people write in a condition from other languages, and what SQL has instead."""

from __future__ import annotations

import re

from dfcli.errors import did_you_mean

_FUNCTIONS = (
    *("abs", "array_contains", "array_length", "ceil", "char_length", "coalesce", "concat", "ends_with", "floor"),
    *("greatest", "ifnull", "least", "left", "length", "lower", "mod", "nullif", "octet_length", "regexp_like"),
    *("replace", "reverse", "right", "round", "sqrt", "starts_with", "strpos", "substr", "trim", "upper", "year"),
)
_OTHERS = {"len": "length", "size": "array_length", "startswith": "starts_with", "endswith": "ends_with"}
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")

_NEVER = (
    (r"(?i)(?<![<>!])(=|==|!=|<>)\s*(null|none)\b", "is never true: write is null, or is not null"),
    (r"[<>]=?\s*[\w.\"]+\s*[<>]=?", "compares twice in a row: write x between 20 and 500, or two comparisons with and"),
    (r"(?<!')\b\d{4}-\d\d-\d\d\b", "has a date that is no text: write date '2025-01-31'"),
)
"""What SQL takes, and nobody means."""
_SLIPS = (
    (r"\bNone\b", "what is missing is null in SQL"),
    (r"\{\{|\}\}", "a column stands in it by its name alone, without {{ }}"),
    (r"[‘’“”]", "text stands between plain quotes: 'text'"),
    (r"[≤≥≠]", "write <=, >= or <>"),
    (r"\w\.\w+\(", "a function comes before its column: length(text)"),
    (r"''\s+(not\s+)?in\s+\w", "a list is searched with array_contains(column, 'value')"),
    (r"\bcontains\b", "text is searched with column like '%value%', a list with array_contains(column, 'value')"),
    (r"\blike\s+%", "the pattern of like stands in single quotes: '%value%'"),
)


def never_meant(condition: str) -> str:
    """Return what is wrong with a condition that SQL would take but that nobody means; empty when nothing is."""
    return _first(_NEVER, condition)


def slip(condition: str) -> str:
    """Return the likely reason why SQL does not take a condition; empty when there is none."""
    return _first(_SLIPS, condition)


def near_function(name: str) -> str:
    """Return `; did you mean 'length'?` for the nearest function of SQL, or nothing."""
    known = _OTHERS.get(name.lower())
    return f"; did you mean {known!r}?" if known else did_you_mean(name.lower(), _FUNCTIONS)


def _first(slips: tuple[tuple[str, str], ...], condition: str) -> str:
    bare = _TEXT.sub("''", condition)
    return next((sentence for pattern, sentence in slips if re.search(pattern, bare)), "")
