"""What a run of the suite has shown: rates with their uncertainty, as a table and as data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import quantiles
from typing import Any, NamedTuple

from dfcli.agent.evaluation.runner import Result
from dfcli.agent.verdict import LEVELS

_Z = 1.959964
_LEVELS = ("easy", "medium", "hard")


class Interval(NamedTuple):
    """Bounds of a share, from 0 to 1."""

    low: float
    high: float


def wilson(passed: int, of: int) -> Interval:
    """Return the Wilson 95 % interval of a share; (0, 1) where nothing was tried."""
    if of == 0:
        return Interval(0.0, 1.0)
    share, square = passed / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def figures(results: Sequence[Result]) -> dict[str, Any]:
    """Return all figures as plain data: rates by group, and each task with its failures."""
    written = [each for each in results if each.valid is not None]
    repeated = [each for each in results if each.same is not None]
    seconds = [each.seconds for each in results]
    return {
        "tasks": len(results),
        "passed": _rate(results, lambda each: each.passed),
        "static_valid": _rate(written, lambda each: bool(each.valid)),
        "false_success": _rate(results, lambda each: each.false_success),
        "same_file_again": _rate(repeated, lambda each: bool(each.same)),
        "claimed": {level: sum(each.claimed == level for each in results) for level in LEVELS},
        "by_level": _groups(results, lambda each: (each.level,)),
        "by_family": _groups(results, lambda each: (each.family,)),
        "by_group": _groups(results, lambda each: (each.family, each.level, each.language)),
        "seconds": {"p50": _quantile(seconds, 50), "p95": _quantile(seconds, 95), "most": max(seconds, default=0.0)},
        "results": [_told(each) for each in results],
    }


def report(results: Sequence[Result], *, failures: bool = True) -> str:
    """Return the figures as text: a table by family, level and language, the rates, and what failed."""
    found = figures(results)
    lines = [f"{'family':16} {'level':7} {'lang':4}  passed       95 % interval"]
    for name, rate in found["by_group"].items():
        family, level, language = name.split("/")
        lines.append(f"{family:16} {level:7} {language:4}  {_share(rate)}")
    lines += ["", *(f"{level:16} {'':7} {'':4}  {_share(found['by_level'][level])}" for level in _there(found))]
    lines += [f"{'all':16} {'':7} {'':4}  {_share(found['passed'])}", ""]
    lines += [
        f"recipes that pass the check   {_share(found['static_valid'])}",
        f"false successes               {_share(found['false_success'])}",
        f"same request, same file       {_share(found['same_file_again'])}",
        f"seconds                       p50 {found['seconds']['p50']:.2f}, p95 {found['seconds']['p95']:.2f}",
    ]
    if failures:
        lines += _failed(results)
    return "\n".join(lines)


def _there(found: Mapping[str, Any]) -> list[str]:
    return [level for level in _LEVELS if level in found["by_level"]]


def _failed(results: Sequence[Result]) -> list[str]:
    lines = []
    for each in results:
        if each.failures:
            mark = "claimed as verified" if each.false_success else f"exit code {each.exit_code}"
            lines += ["", f"{each.task} ({mark})", *(f"  {failure}" for failure in each.failures)]
    return lines


def _rate(results: Sequence[Result], true: Callable[[Result], bool]) -> dict[str, float]:
    found = sum(map(true, results))
    low, high = wilson(found, len(results))
    return {"count": found, "of": len(results), "low": round(low, 4), "high": round(high, 4)}


def _groups(results: Iterable[Result], key: Callable[[Result], tuple[str, ...]]) -> dict[str, dict[str, float]]:
    groups: dict[tuple[str, ...], list[Result]] = {}
    for each in results:
        groups.setdefault(key(each), []).append(each)
    return {"/".join(name): _rate(group, lambda each: each.passed) for name, group in groups.items()}


def _share(rate: Mapping[str, float]) -> str:
    if not rate["of"]:
        return "not measured"
    counted = f"{rate['count']:3.0f} of {rate['of']:3.0f}"
    return f"{counted}   {100 * rate['low']:3.0f} to {100 * rate['high']:3.0f} %"


def _quantile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _told(each: Result) -> dict[str, Any]:
    return {
        "task": each.task,
        "passed": each.passed,
        "exit_code": each.exit_code,
        "claimed": each.claimed,
        "valid": each.valid,
        "false_success": each.false_success,
        "same": each.same,
        "seconds": round(each.seconds, 3),
        "failures": list(each.failures),
        "unread": list(each.unread),
    }
