"""Values of the wrong type or out of their range: read as what is meant, the nearest name, the bound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dfcli.agent import fix_conditions
from dfcli.agent.bench import Bench, Candidate, near, setting
from dfcli.agent.verdict import Issue

_SAYS = re.compile(r"(?P<path>[\w.-]+) must (?:be )?(?P<wanted>.+), (?:not|but is) (?P<given>.+)$")
_TYPES = {
    **dict.fromkeys(("integer", "int64", "int32", "Int64", "long", "number", "整数"), "int"),
    **dict.fromkeys(("string", "text", "varchar", "object", "String", "Utf8", "字符串"), "str"),
    **dict.fromkeys(("double", "float64", "float32", "Float64", "real", "decimal", "numeric"), "float"),
    **dict.fromkeys(("boolean", "Boolean"), "bool"),
    **dict.fromkeys(("timestamp", "datetime64"), "datetime"),
    **dict.fromkeys(("list", "array", "List[str]", "list[string]"), "list[str]"),
}
_MEANT = {
    **dict.fromkeys(("skip", "drop", "ignore", "discard", "continue"), "quarantine"),
    **dict.fromkeys(("raise", "stop", "abort", "error"), "fail"),
    **dict.fromkeys(("null", "none", "pass"), "keep"),
    **dict.fromkeys(("chatml", "openai", "chat", "conversation"), "messages"),
    **dict.fromkeys(("jsonlines", "ndjson", "json_lines", "jl"), "jsonl"),
    **dict.fromkeys(("preference", "preferences"), "dpo"),
    **dict.fromkeys(("excel", "text/csv"), "csv"),
}


def fixes(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield other values at the place of an issue."""
    value = bench.value(issue)
    if "is plain text, the same for every row" in issue.sentence:
        yield from _braced(bench, issue)
    if value is None:
        return
    if isinstance(value, str):
        yield from fix_conditions.fixes(bench, issue)
    if unknown := re.search(r"unknown type '(.+?)'", issue.sentence):
        yield from _changed(issue, value, unknown[1], _TYPES.get(unknown[1], "str"))
    if issue.option.startswith("models.") and isinstance(value, list) and len(value) == 1:
        yield "the model stands without brackets", setting(issue, value[0])
    found = _SAYS.search(re.sub(r"; did you mean .*$", "", issue.sentence))
    if found is None:
        return
    path = _path(found["path"], issue)
    old = _at(value, path)
    for new in _others(old, found["wanted"]):
        yield (
            f"{issue.step or issue.option}: {found['path']} is {new}, not {old}",
            setting(issue, _with(value, path, new)),
        )


def _path(path: str, issue: Issue) -> list[str]:
    """Return the way from an option's value to the one that is wrong."""
    keys = path.split(".")
    last = issue.option.rpartition(".")[2]
    if keys[0] == last:
        return keys[1:]
    return keys if issue.option.startswith("models.") else []


def _at(value: Any, path: list[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else value
    return value


def _with(value: Any, path: list[str], new: Any) -> Any:
    if not path:
        return new
    return {**value, path[0]: _with(value.get(path[0]), path[1:], new)} if isinstance(value, Mapping) else value


def _changed(issue: Issue, value: Any, old: str, new: str) -> Iterator[Candidate]:
    """Yield a value in which one text is another, wherever it stands in it."""
    if isinstance(value, Mapping):
        changed: Any = {key: new if each == old else each for key, each in value.items()}
    else:
        changed = new if value == old else value
    if changed != value:
        yield f"{issue.step or issue.option}: the type {new}, not {old}", setting(issue, changed)


def _others(old: Any, wanted: str) -> Iterator[Any]:
    """Yield values that are what is wanted, and nearest to what was given."""
    if bound := re.match(r"(?:at (most|least)|(greater|less) than) (-?[\d.]+)", wanted):
        yield from _bounded(old, bound[1] or bound[2], float(bound[3]))
        return
    names = re.findall(r"'([^']*)'", wanted)
    if names and isinstance(old, str):
        usual = _TYPES.get(old) or _MEANT.get(old.casefold())
        yield from [usual] if usual in names else []
        yield from near(old, names, 0.4)
        yield from (each for each in names if each.casefold() in old.casefold())
    yield from _read(old, wanted)


def _bounded(old: Any, side: str, bound: float) -> Iterator[Any]:
    if isinstance(old, bool) or not isinstance(old, int | float):
        return
    if side == "most" and bound == 1 and 2 <= old <= 100:
        yield old / 100  # per cent
    step = 1 if isinstance(old, int) and bound.is_integer() else 1e-6
    nearest = bound if side in ("most", "least") else bound + step if side == "greater" else bound - step
    yield int(nearest) if float(nearest).is_integer() else nearest


def _read(old: Any, wanted: str) -> Iterator[Any]:
    """Yield a value read as the type that is wanted."""
    text = str(old).strip()
    if "true or false" in wanted and isinstance(old, str | int):
        truth = {"true": True, "yes": True, "on": True, "1": True, "y": True}
        lies = {"false": False, "no": False, "off": False, "0": False, "n": False}
        yield from (each for word, each in (truth | lies).items() if word == text.casefold())
    if re.search(r"\b(an int|a number|int)\b", wanted):
        yield from _read_number(text, wanted)
    if "list" in wanted and not isinstance(old, Mapping | list):
        if isinstance(old, str) and "," in old:
            yield [each.strip() for each in old.split(",")]
        yield from [[1, old], [0, old]] if isinstance(old, int) and not isinstance(old, bool) else [[old]]
    if "text" in wanted and not isinstance(old, Mapping):
        yield from [old[0]] if isinstance(old, list) and len(old) == 1 else [text]


def _read_number(text: str, wanted: str) -> Iterator[Any]:
    if re.fullmatch(r"-?\d+", text.replace("_", "").replace(",", "")):
        yield int(text.replace("_", "").replace(",", ""))
    elif re.fullmatch(r"-?\d*\.?\d+", text):
        yield from [float(text)] if "number" in wanted else [round(float(text))]
    elif percent := re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*%", text):
        yield float(percent[1]) / 100


def _braced(bench: Bench, issue: Issue) -> Iterator[Candidate]:
    """Yield a prompt whose columns stand in two braces, not in one."""
    step = bench.step(issue.step)
    for key in ("prompt", "rubric", "system"):
        value = step.keys.get(key) if step else None
        if isinstance(value, str):
            braced = re.sub(r"(?<![{$])\{\s*(\w+)\s*\}(?!\})", r"{{ \1 }}", value)
            if braced != value:
                place = Issue("", "", issue.step, option=key)
                yield f"{issue.step}: the columns in its {key} stand in two braces", setting(place, braced)
