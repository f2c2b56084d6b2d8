"""Slips of YAML mended line by line: tabs, a missing space, quotes, brackets, indentation, the fences of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.bench import Bench, Candidate
from dfcli.agent.edits import Edit, MendLine, MergeKeys
from dfcli.errors import Problem
from dfcli.recipes import yaml

_DASH = re.compile(r"^(\s*)-(?=[A-Za-z\"'{])")
_COLON = re.compile(r"^(\s*(?:- )?[A-Za-z_]\w*):(?=[^\s/:])")
_PAIR = re.compile(r"^(?P<lead>\s*(?:- )?(?P<key>[A-Za-z_][\w-]*): +)(?P<value>\S.*?)(?P<note>\s+#.*)?$")
_FENCE = re.compile(r"^\s*(```|~~~)")


def fixes(bench: Bench) -> Iterator[Candidate]:
    """Yield edits of lines for what is no YAML in a text, or stands in it twice."""
    lines = bench.text.splitlines()
    _, mistakes = yaml.read(bench.text, "")
    for each in mistakes.found:
        if "stands here twice" in each.sentence:
            key = each.sentence.partition(" ")[0]
            yield f"one {key} is made of two", [MergeKeys(line=each.line)]
            yield f"the first {key} stays", [MergeKeys(line=each.line, stays="first")]
    yield from _everywhere(lines)
    for each in mistakes.found:
        yield from _on_line(lines, each)


def _everywhere(lines: list[str]) -> Iterator[Candidate]:
    """Yield what is put right in all lines that have the same slip."""
    if any(map(_FENCE.match, lines)):
        fences = [number for number, line in enumerate(lines, 1) if _FENCE.match(line)]
        around = [*range(1, fences[0]), *(range(fences[-1] + 1, len(lines) + 1) if len(fences) > 1 else ())]
        said = sorted({*fences, *(each for each in around if lines[each - 1].strip())})
        yield "what is Markdown becomes a comment", [_mend(number, f"# {lines[number - 1].strip()}") for number in said]
    if any("\t" in _margin(line) for line in lines):
        yield "tabs become spaces", list(_untabbed(lines))
    for number, line in enumerate(lines, 1):
        if (pair := _PAIR.match(line)) and (closed := _closed(pair["value"].rstrip())):
            yield (
                f"the bracket on line {number} is closed",
                [_mend(number, f"{pair['lead']}{closed}{pair['note'] or ''}")],
            )
    for what, pattern, instead in (("dash", _DASH, r"\1- "), ("colon", _COLON, r"\1: ")):
        found: list[Edit] = [
            _mend(number, pattern.sub(instead, line)) for number, line in enumerate(lines, 1) if pattern.match(line)
        ]
        if found:
            yield f"a space after each {what}", found


def _untabbed(lines: list[str]) -> Iterator[Edit]:
    """Yield the lines with tabs, indented as the keys of the step or block above them are."""
    above = ""
    for number, line in enumerate(lines, 1):
        margin = _margin(line)
        if "\t" in margin:
            dashed = re.match(r"( *- +)\S", above)
            keys = " " * len(dashed[1]) if dashed else _margin(above) or "  "
            is_entry = line.lstrip().startswith("-")
            line = (
                (_margin(above) if above.lstrip().startswith("-") else "  ") + line.lstrip()
                if is_entry
                else keys + line.lstrip()
            )
            if above.rstrip().endswith(":") and not is_entry:
                line = _margin(above) + "  " + line.lstrip()
            yield _mend(number, line)
        if line.strip():
            above = line


def _on_line(lines: list[str], problem: Problem) -> Iterator[Candidate]:
    """Yield ways to mend the line that YAML stumbled over, and the lines near it that may be the cause."""
    for number in (problem.line, problem.line - 1, problem.line + 1):
        if not 0 < number <= len(lines) or not lines[number - 1].strip():
            continue
        line = lines[number - 1]
        if found := _PAIR.match(line):
            yield from _value(number, found)
        if not line.lstrip().startswith("#"):
            yield from _indented(lines, number)


def _value(number: int, found: re.Match[str]) -> Iterator[Candidate]:
    """Yield the value of a line in quotes, or with its quotes or bracket closed."""
    lead, value, note = found["lead"], found["value"].rstrip(), found["note"] or ""
    first, last = value[0], value[-1]
    if first == "'" and "'" in value[1:].removesuffix("'").replace("''", ""):
        inner = value[1:].removesuffix("'").replace("''", "'").replace("'", "''")
        yield f"the apostrophes on line {number} are doubled", [_mend(number, f"{lead}'{inner}'{note}")]
    if first in "'\"" and value.count(first) % 2:
        yield f"the quotes on line {number} are closed", [_mend(number, f"{lead}{value}{first}{note}")]
        yield f"the quotes on line {number} go", [_mend(number, f"{lead}{value[1:]}{note}")]
    elif last in "'\"" and value.count(last) % 2:
        yield f"the quotes on line {number} are opened", [_mend(number, f"{lead}{last}{value}{note}")]
    if first in "[{" and "${" in value and '"${' not in value:
        quoted = re.sub(r"\$\{\w+\}", lambda each: f'"{each[0]}"', value)
        yield f"the variable on line {number} stands in quotes", [_mend(number, f"{lead}{quoted}{note}")]
    if first not in "'\"|>":
        whole = "'" + value.replace("'", "''") + "'"
        yield f"the text on line {number} stands in quotes", [_mend(number, f"{lead}{whole}{note}")]


def _closed(value: str) -> str:
    """Return a value in brackets of which the last is missing with that one; empty where none is, or lines follow."""
    for opening, closing in ("[]", "{}"):
        if value[0] == opening and value.count(opening) == value.count(closing) + 1 and not value.endswith(","):
            return value + closing
    return ""


def _indented(lines: list[str], number: int) -> Iterator[Candidate]:
    """Yield a line indented as others near it: the line above or below, the keys of its step, the steps."""
    line = lines[number - 1]
    near = [each for each in [*lines[max(0, number - 6) : number - 1], *lines[number : number + 5]] if each.strip()]
    above = [each for each in lines[: number - 1] if each.strip()]
    keys = {len(found[0]) for each in near if (found := re.match(r" *- +", each))}
    margins = {len(_margin(each)) for each in near}
    wanted = sorted(
        keys | margins if not line.lstrip().startswith("- ") else margins,
        key=lambda each: abs(each - len(_margin(line))),
    )
    for each in wanted:
        if each != len(_margin(line)) and above:
            yield f"line {number} is indented as its neighbours", [_mend(number, " " * each + line.lstrip())]


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _mend(number: int, text: str) -> MendLine:
    return MendLine(line=number, text=text)
