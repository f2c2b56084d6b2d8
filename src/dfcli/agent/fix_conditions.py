"""Conditions as people write them in other languages, spelled in SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dfcli.agent.bench import Bench, Candidate, setting
from dfcli.agent.renaming import in_sql
from dfcli.agent.verdict import Issue

_QUOTED = re.compile(r"'(?:[^']|'')*'")
Change = Callable[[str], str]


def _outside(pattern: str, instead: str) -> Change:
    """Return a change of an expression that leaves texts in quotes as they are."""

    def change(sql: str) -> str:
        texts = _QUOTED.findall(sql)
        bare = re.sub(pattern, instead, _QUOTED.sub("\x00", sql))
        return re.sub("\x00", lambda _: texts.pop(0), bare) if bare.count("\x00") == len(texts) else sql

    return change


_COMPARED = r"(?P<before>(?:<>|!=|<=|>=|=|<|>|\b(?:like|in\s*\(|not in\s*\())\s*)"

_SPELLINGS: tuple[tuple[str, Change], ...] = (
    ("plain quotes", lambda sql: re.sub(r"[‘’]", "'", re.sub(r"[“”]", '"', sql))),
    ("text in single quotes", _outside(rf'{_COMPARED}"([^"]*)"', r"\g<before>'\2'")),
    ("a list in round brackets", _outside(r"\b(not\s+in|in)\s*\[([^\]]*)\]", r"\1 (\2)")),
    ("text in single quotes", _outside(r'(?<=[(,\s])"([^"]*)"(?=\s*[,)])', r"'\1'")),
    ("and", _outside(r"\s*&&\s*", " and ")),
    ("or", _outside(r"\s*\|\|\s*(?!\x00)", " or ")),
    ("not", _outside(r"!(?!=)\s*", "not ")),
    ("=", _outside(r"={2,3}", "=")),
    ("<=, >= and <>", _outside("≤", "<=")),
    ("<=, >= and <>", _outside("≥", ">=")),
    ("<=, >= and <>", _outside("≠", "<>")),
    (">=", _outside("=>", ">=")),
    ("<=", _outside("=<", "<=")),
    ("is not null", _outside(r"(?i)\s*(?:!=|<>|\bis\s+not\b|\bnot\s+is\b)\s*(?:null|none|nil|nan)\b", " is not null")),
    ("is null", _outside(r"(?i)\s*(?:={1,2}|\bis\b)\s*(?:null|none|nil|nan)\b", " is null")),
    ("length", _outside(r"\blen\s*\(", "length(")),
    ("length", _outside(r"\b(\w+)\.(?:length|len|size)\b(?:\(\))?", r"length(\1)")),
    ("lower", _outside(r"\b(\w+)\.(lower|upper|trim|strip)\(\)", r"\2(\1)")),
    ("starts_with", _outside(r"\b(\w+)\.starts?_?with\(", r"starts_with(\1, ")),
    ("ends_with", _outside(r"\b(\w+)\.ends?_?with\(", r"ends_with(\1, ")),
    ("strpos", _outside(r"\b(\w+)\.contains\(\s*(\x00|\w+)\s*\)", r"strpos(\1, \2) > 0")),
    ("strpos", _outside(r"\bcontains\(\s*(\w+)\s*,\s*(\x00|\w+)\s*\)", r"strpos(\1, \2) > 0")),
    ("strpos", _outside(r"(\x00)\s+in\s+(\w+)\b(?!\()", r"strpos(\2, \1) > 0")),
    ("between", _outside(r"\b(-?[\d.]+)\s*(<=?)\s*(\w+)\s*(<=?)\s*(-?[\d.]+)", r"\1 \2 \3 and \3 \4 \5")),
    ("a name without braces", _outside(r"\{\{\s*(\w+)\s*\}\}", r"\1")),
    ("true and false", _outside(r"\bTrue\b", "true")),
    ("true and false", _outside(r"\bFalse\b", "false")),
)


def spelled(condition: str) -> tuple[str, list[str]]:
    """Return a condition as SQL has it, and what was written otherwise."""
    said = []
    for what, change in _SPELLINGS:
        after = change(condition)
        if after != condition:
            said.append(what)
            condition = after
    return condition, list(dict.fromkeys(said))


def fixes(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield conditions spelled otherwise for one that SQL does not take, or that misses a column which is a text."""
    condition = bench.value(issue)
    if not isinstance(condition, str):
        return
    after, said = spelled(condition)
    if said:
        yield f"{issue.step}: {issue.option} is written in SQL: {', '.join(said)}", setting(issue, after)
    name = issue.column
    if name and name not in bench.columns:
        compared = re.compile(rf"""((?:<>|!=|=|\blike)\s*)"?{re.escape(name)}"?(?![\w(])""")
        if compared.search(condition):
            quoted = compared.sub(rf"\1'{name}'", condition)
            yield f"{issue.step}: {name} is a text, in quotes", setting(issue, quoted)
    if variables := re.findall(r"(?<!\$)\$(\w+)", condition):
        braced = re.sub(r"(?<!\$)\$(\w+)", r"${\1}", condition)
        yield f"{issue.step}: {', '.join(variables)} is a variable, in braces", setting(issue, braced)


def types(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield conditions in which both sides of a comparison have one type."""
    condition = bench.value(issue)
    if not isinstance(condition, str):
        return
    numbers = re.sub(r"((?:<>|!=|<=|>=|=|<|>)\s*)'(-?\d+(?:\.\d+)?)'", r"\1\2", condition)
    if numbers != condition:
        yield f"{issue.step}: a number is compared without quotes", setting(issue, numbers)
    truth = re.sub(r"(?i)\b(\w+)\s*=\s*'(true|yes|1)'", r"\1", condition)
    truth = re.sub(r"(?i)\b(\w+)\s*=\s*'(false|no|0)'", r"not \1", truth)
    if truth != condition:
        yield f"{issue.step}: true or false is compared without quotes", setting(issue, truth)
    for name in re.findall(r"(\w+) is str", issue.sentence):
        number = in_sql(condition, name, "\x00").replace('"\x00"', f"cast({name} as double)")
        yield f"{issue.step}: {name} is read as a number", setting(issue, number)
