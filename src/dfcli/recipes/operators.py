"""From a step's `op` and options to its operator."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dfcli.errors import TemplateError, UnknownOperator, did_you_mean
from dfcli.ops.base import Operator
from dfcli.ops.prompted import Prompted
from dfcli.ops.sentences import Place, describe
from dfcli.recipes.keys import StepKeys
from dfcli.recipes.mistakes import WRONG
from dfcli.recipes.options import build
from dfcli.recipes.page import Page

STEP_KEYS = tuple(StepKeys.model_fields)


def operator_class(page: Page, item: Mapping[Any, Any], place: Place) -> tuple[type[Operator] | None, dict[Any, Any]]:
    """Return the class of a step's operator, None when that is not known, and the step's other keys."""
    rest = {key: value for key, value in item.items() if key != "op"}
    given = item["op"]
    if isinstance(given, Operator):
        return type(given), rest
    cls = _named(page, given, (*place, "op"))
    if cls is None or not issubclass(cls, Prompted) or "template" not in rest:
        return cls, rest
    return _of_template(page, cls, rest.pop("template"), place), rest


def operator_of(
    page: Page, given: Any, cls: type[Operator] | None, options: Mapping[Any, Any], place: Place
) -> Operator | None:
    """Return a step's operator, None when something is wrong with it."""
    if isinstance(given, Operator):
        for key in options:
            near = did_you_mean(str(key), STEP_KEYS)
            page.mistakes.add((*place, key), f"{given.op()}: unknown key {key!r}{near}", "unknown_option")
        return None if options else given
    if cls is None:
        return None
    known = (*STEP_KEYS, "op", *(["template"] if issubclass(cls, Prompted) else []))
    return build(cls, options, place, page.mistakes, str(given), known)


def _named(page: Page, name: Any, place: Place) -> type[Operator] | None:
    if name is WRONG:
        return None
    if not isinstance(name, str):
        page.mistakes.add(place, f"op must be an operator's name, not {describe(name)}", "wrong_type")
        return None
    if found := re.match(r"(op|repeat|recipe):(?=\S)", name):
        sentence = f"{name!r} is one word: a colon needs a space after it: {found[1]}: …"
        page.mistakes.add(place, sentence, "no_operator")
        return None
    try:
        return page.registry.get(name)
    except UnknownOperator as error:
        if page.complete:
            broken = "; ".join(f"the plugin {each}" for each in page.registry.broken)
            hint = f"; it may be in what could not be loaded: {broken}" if broken else ""
            page.mistakes.add(place, f"{error}{hint}", "unknown_operator")
    except TemplateError as error:
        _broken(page, place, name, error)
    return None


def _of_template(page: Page, cls: type[Operator], given: Any, place: Place) -> type[Operator] | None:
    """Return the operator that a template named in a step is; it must give what the step's own operator gives."""
    here = (*place, "template")
    if given is WRONG:
        return None
    if not isinstance(given, str):
        page.mistakes.add(here, f"{cls.op()}: template must be a file, not {describe(given)}", "wrong_type")
        return None
    path = page.folder / given
    if not os.path.isfile(path):
        page.mistakes.add(here, f"{cls.op()}: there is no template {given!r}{_near(path)}", "bad_template")
        return None
    try:
        made = page.registry.with_template(path)
    except TemplateError as error:
        _broken(page, here, cls.op(), error)
        return None
    if missing := sorted(_outputs(cls) - _outputs(made)):
        sentence = f"{cls.op()}: the template {given!r} does not give {', '.join(missing)}"
        page.mistakes.add(here, sentence, "bad_template")
        return None
    return made


def _broken(page: Page, place: Place, name: str, error: TemplateError) -> None:
    """Note what is wrong with a template, which may be several things."""
    for line in str(error).splitlines():
        page.mistakes.add(place, f"{name}: {line}", "bad_template")


def _outputs(cls: type[Operator]) -> set[str]:
    """Return the outputs of an operator made from a template; others, such as `ask`, have none of their own."""
    front = getattr(cls, "front", None)
    return set(front.outputs) if front else set()


def _near(path: Path) -> str:
    folder = path.parent
    return did_you_mean(path.name, [each.name for each in folder.glob("*.j2")] if folder.is_dir() else [])
