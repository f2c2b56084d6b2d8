"""The lines at the head of a recipe file that say what was found out about it, and what was not."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.verdict import Level, Verdict
from dfcli.runtime.wording import cut, money, plural, printable

_LINE = 200
_ISSUES = 5

_LEVELS: dict[Level, str] = {
    "draft": "level draft: it does not pass the check, and was not run",
    "static": "level static: it passes the check; that it runs was not shown",
    "mock": "level mock: it ran from end to end on the offline model; what comes of real rows was not measured",
    "sample": "level sample: it ran on real rows and passed the gates",
}


def certificate(verdict: Verdict, *, asks: bool) -> tuple[str, ...]:
    """Return comment lines for a recipe's head: the level, the sample, checks that do not hold, what was not measured.

    `asks` says whether the recipe asks models. Each line starts with `# `, whatever texts the verdict holds.
    """
    return tuple(_comment(each) for each in _said(verdict, asks))


def _said(verdict: Verdict, asks: bool) -> Iterator[str]:
    models = (", with its models" if asks else "; it asks no model") if verdict.level == "sample" else ""
    yield f"Checked by dfcli agent, {_LEVELS[verdict.level]}{models}."
    if verdict.level == "sample":
        yield f"Sample: {plural(verdict.rows_in, 'row')} in, {plural(verdict.rows_out, 'row')} out{_cost(verdict)}."
    for each in verdict.unmet:
        yield f"Does not hold: {each}"
    for check in verdict.checks:
        if check.held is None:
            yield f"Not measured: {check.check}{f' ({check.found})' if check.found else ''}"
    shown = sorted(verdict.issues, key=lambda each: each.severity != "error")
    for issue in shown[:_ISSUES]:
        yield f"{'In the way' if issue.severity == 'error' else 'To know'}: {issue.sentence}"
    if len(shown) > _ISSUES:
        yield f"… and {len(shown) - _ISSUES} more."


def _cost(verdict: Verdict) -> str:
    if not verdict.calls:
        return ""
    price = "cost unknown" if verdict.usd is None else money(verdict.usd)
    return f"; {plural(verdict.calls, 'call')}, {plural(verdict.tokens, 'token')}, {price}"


def _comment(text: str) -> str:
    return f"# {cut(' '.join(printable(text).split()), _LINE)}"
