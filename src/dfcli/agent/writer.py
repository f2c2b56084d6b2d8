"""From a plan to the text of a recipe: a head that says where it comes from, and a reason above each step."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dfcli.agent.planner import Plan
from dfcli.runtime.wording import cut, printable

_WIDTH = 110


def written(plan: Plan, name: str, request: str) -> str:
    """Return the recipe of a plan as YAML; the request and the words behind each step stand in comments."""
    recipe = {**plan.recipe, "name": name}
    lines = [comment(f"Asked for: {request}"), *(comment(f"Assumed: {each}") for each in plan.assumptions), ""]
    lines.append(f"name: {name}")
    for block in ("models", "budget", "input", "output"):
        if block in recipe:
            lines.append(dumped({block: recipe[block]}))
    lines.append("\nsteps:")
    for number, step in enumerate(recipe["steps"]):
        reason = plan.why[number] if number < len(plan.why) else ""
        lines += [f"  {comment(reason)}"] if reason else []
        lines.append(indented(dumped([step])))
    if "checks" in recipe:
        lines += ["", dumped({"checks": recipe["checks"]})]
    return "\n".join(lines) + "\n"


def comment(text: str) -> str:
    """Return a text as one comment line, whatever is in it."""
    return f"# {cut(' '.join(printable(text).split()), 160)}"


def named(request: str) -> str:
    """Return a recipe's name from the first words of a request."""
    words = re.findall(r"[a-z0-9]+", request.lower())
    name = "-".join(words[:4])[:40].strip("-")
    return name if re.match(r"[a-z]", name) else f"recipe-{name}".strip("-")


def dumped(value: Any) -> str:
    """Return data as YAML lines; texts of several lines as blocks, short lists and mappings in one line."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = _WIDTH
    stream = io.StringIO()
    yaml.dump(_styled(value, top=2), stream)
    return stream.getvalue().rstrip("\n")


def indented(text: str) -> str:
    """Return lines two columns further right."""
    return "\n".join(f"  {line}" if line else line for line in text.splitlines())


def _styled(value: Any, *, top: int = 0) -> Any:
    """Return data with the style of each part: the `top` outermost levels in blocks, what is inside in one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import LiteralScalarString

    if isinstance(value, Mapping):
        found = CommentedMap({key: _styled(each, top=top - 1) for key, each in value.items()})
        if top <= 0 and _short(value):
            found.fa.set_flow_style()
        return found
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = CommentedSeq([_styled(each, top=top - 1) for each in value])
        if top <= 0 and _short(value):
            items.fa.set_flow_style()
        return items
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value


def _short(value: Any) -> bool:
    """Tell whether data go into one line: nothing nested with lines of its own, and not too long."""
    return "\n" not in str(value) and len(str(value)) < 2000 and not _holds_steps(value)


def _holds_steps(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(isinstance(each, Mapping) and "op" in each for each in value)
    )
