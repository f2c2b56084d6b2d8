"""What dfcli finds on this machine: versions, extras, plugins, keys by name, a sandbox, a folder to write to."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from dfcli.ops.registry import installed
from dfcli.recipes import zoo
from dfcli.runtime.extras import extras, missing
from dfcli.runtime.wording import plural

_LIBRARIES = ("polars", "pydantic", "jinja2", "ruamel.yaml", "typer", "rich", "litellm", "langgraph")
_KEY = re.compile(r"\w+_API_KEY|HF_TOKEN|AWS_ACCESS_KEY_ID|GOOGLE_APPLICATION_CREDENTIALS")


def machine(runs: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield what there is to say, each with its heading."""
    python = f"Python {platform.python_version()} at {sys.executable}"
    yield (
        "dfcli",
        [f"{version('dfcli')}, {python}", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"],
    )
    yield "libraries", [", ".join(f"{name} {version(name)}" for name in _LIBRARIES)]
    yield "extras", list(_extras())
    yield "operators", _operators()
    yield "recipes", _recipes()
    named = sorted(name for name in os.environ if _KEY.fullmatch(name))
    yield "keys", [f"{', '.join(named)} (set; the values are not looked at)" if named else "none in the environment"]
    yield "sandbox", list(_sandbox())
    yield "runs", [_writable(runs)]


def _extras() -> Iterator[str]:
    """Yield a line per extra for users."""
    for extra in extras():
        how = f"not installed: pip install 'dfcli[{extra}]'" if missing(extra) else "installed"
        yield f"{extra}: {how}"


def _operators() -> list[str]:
    registry = installed()
    count = len(registry.operators())
    return [f"{count} at hand, {plural(len(registry.broken), 'broken plugin')}", *map(str, registry.broken)]


def _recipes() -> list[str]:
    broken = zoo.broken()
    return [f"{len(zoo.recipes())} at hand, {plural(len(broken), 'broken plugin')}", *map(str, broken)]


def _sandbox() -> Iterator[str]:
    from dfcli.runtime.sandbox import INSISTS, strength

    found = strength()
    yield f"{found.level}{f': {found.why}' if found.why else ''}; only operators that run generated code need it"
    if found.level != "strong" and found.serves:
        yield f"{INSISTS} is set: generated code runs here all the same, held by limits alone"


def _writable(runs: Path) -> str:
    nearest = next(each for each in (runs.absolute(), *runs.absolute().parents) if each.exists())
    can = os.access(nearest, os.W_OK) and nearest.is_dir()
    return f"{runs.absolute()} {'can be written' if can else 'cannot be written; choose another folder with --runs'}"
