"""`dfcli doctor`: what dfcli finds on this machine, and what a recipe lacks here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfcli.commands import _complete
from dfcli.commands._parameters import RUNS, Models, Runs, Sets, pairs

if TYPE_CHECKING:
    from importlib.metadata import Distribution


_LIBRARIES = ("polars", "pydantic", "jinja2", "ruamel.yaml", "typer", "rich", "litellm", "langgraph")
_KEY = re.compile(r"\w+_API_KEY|HF_TOKEN|AWS_ACCESS_KEY_ID|GOOGLE_APPLICATION_CREDENTIALS")
_TITLE = 11


def doctor(
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="[RECIPE]",
            help="Also say what this recipe lacks here.",
            autocompletion=_complete.recipes,
            show_default=False,
        ),
    ] = None,
    sets: Sets = None,
    models: Models = None,
    runs: Runs = RUNS,
) -> None:
    """Say what is installed here, and what a recipe lacks.

    Broken plugins are named with their place, keys by the name of their variable, never by their value.

    The exit code is 3 when the recipe lacks something.

    \b
    Examples:
      dfcli doctor
      dfcli doctor recipe.yaml
    """
    for title, lines in _machine(runs):
        _print_section(title, lines)
    if recipe is None:
        return
    lacks = list(_lacks(recipe, pairs(sets, "--set"), pairs(models, "--model", "default")))
    _print_section("recipe", lacks or [f"{recipe} has all it needs"])
    raise typer.Exit(3 if lacks else 0)


def _print_section(title: str, lines: list[str]) -> None:
    from dfcli.commands._text import printable

    for number, line in enumerate(lines):
        typer.echo(printable(f"{'' if number else title:<{_TITLE}}{line}"))


def _machine(runs: Path) -> Iterator[tuple[str, list[str]]]:
    import platform
    import sys
    from importlib.metadata import distribution, version

    python = f"Python {platform.python_version()} at {sys.executable}"
    yield (
        "dfcli",
        [f"{version('dfcli')}, {python}", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"],
    )
    yield "libraries", [", ".join(f"{name} {version(name)}" for name in _LIBRARIES)]
    yield "extras", list(_extras(distribution("dfcli")))
    yield "operators", _operators()
    yield "recipes", _recipes()
    named = sorted(name for name in os.environ if _KEY.fullmatch(name))
    yield "keys", [f"{', '.join(named)} (set; the values are not looked at)" if named else "none in the environment"]
    yield "sandbox", [_sandbox()]
    yield "runs", [_writable(runs)]


def _extras(dfcli: Distribution) -> Iterator[str]:
    """Yield a line per extra for users."""
    for extra in dfcli.metadata.get_all("Provides-Extra") or ():
        marker = re.compile(rf"""extra == ['"]{extra}['"]""")
        needed = [re.split(r"[^\w.-]", each)[0] for each in dfcli.requires or () if marker.search(each)]
        if extra != "dev":
            how = "installed" if all(map(_installed, needed)) else f"not installed: pip install 'dfcli[{extra}]'"
            yield f"{extra}: {how}"


def _installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _operators() -> list[str]:
    from dfcli.commands._text import plural
    from dfcli.ops.registry import installed

    registry = installed()
    count = len(registry.operators())
    return [f"{count} at hand, {plural(len(registry.broken), 'broken plugin')}", *map(str, registry.broken)]


def _recipes() -> list[str]:
    from importlib.metadata import entry_points

    from dfcli.commands._text import plural
    from dfcli.recipes.zoo import recipes

    broken = []
    for entry in entry_points(group="dfcli.recipes"):
        try:
            entry.load()
        except Exception as error:  # noqa: BLE001  a stranger's package may raise anything
            broken.append(f"{entry.name}: {entry.value}: {type(error).__name__}: {error}")
    return [f"{len(recipes())} at hand, {plural(len(broken), 'broken plugin')}", *broken]


def _sandbox() -> str:
    import shutil

    found = shutil.which("bwrap")
    use = "only operators that run generated code need it"
    return f"bubblewrap at {found}; {use}" if found else f"bubblewrap is not installed; {use}"


def _writable(runs: Path) -> str:
    nearest = next(each for each in (runs.absolute(), *runs.absolute().parents) if each.exists())
    can = os.access(nearest, os.W_OK) and nearest.is_dir()
    return f"{runs.absolute()} {'can be written' if can else 'cannot be written; choose another folder with --runs'}"


def _lacks(recipe: str, sets: dict[str, str], models: dict[str, str]) -> Iterator[str]:
    """Yield what is missing here; RecipeError when the recipe itself is wrong."""
    from dfcli.commands._recipe import loaded
    from dfcli.errors import RecipeError
    from dfcli.runtime.world import keys_missing

    try:
        given = loaded(recipe, sets, models)
    except RecipeError as error:
        if not all(each.lacking for each in error.problems):
            raise
        yield from map(str, error.problems)
    else:
        yield from keys_missing(given)
