"""The recipes that come with dfcli and its plugins: `text2sql/demo` is text2sql/demo.yaml in one of their folders.

The folders come from the entry points of the group `dfcli.recipes`; whatever recipe lies in them is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import NamedTuple

from dfcli.errors import UsageError, did_you_mean
from dfcli.ops.registry import Broken, unloadable
from dfcli.recipes import yaml


class _Zoo(NamedTuple):
    recipes: Mapping[str, Path]
    broken: Sequence[Broken]


def recipes() -> Mapping[str, Path]:
    """Return every recipe of the zoo by name, sorted; a plugin whose folder cannot be had adds none."""
    return _zoo().recipes


def broken() -> Sequence[Broken]:
    """Return the plugins whose folder cannot be had."""
    return _zoo().broken


def doc(path: Path) -> str:
    """Return the first line of a recipe's `doc`, empty when it has none."""
    data, _ = yaml.read(path.read_text(encoding="utf-8", errors="replace"), str(path))
    said = data.get("doc") if isinstance(data, Mapping) else None
    return said.strip().partition("\n")[0] if isinstance(said, str) else ""


def find(name: str) -> Path:
    """Return the file of a recipe of the zoo; UsageError when there is none of that name."""
    if name not in recipes():
        raise UsageError(f"no recipe is called {name!r}{near(name) or '; dfcli recipes list shows them'}")
    return recipes()[name]


def with_files(recipe: Path) -> list[Path]:
    """Return a recipe and the files that come with it: those in the folder beside it that has its name."""
    beside = recipe.with_suffix("")
    found = [each for each in sorted(beside.rglob("*")) if each.is_file()]
    return [recipe, *(each for each in found if not each.relative_to(beside).parts[0].startswith((".", "__")))]


def near(name: str) -> str:
    """Return `; did you mean 'text2sql/demo'?` for a name like that one, or nothing."""
    ends = [each for each in recipes() if each.rpartition("/")[2] == Path(name).stem]
    return f"; did you mean {ends[0]!r}?" if len(ends) == 1 else did_you_mean(name, recipes())


@lru_cache
def _zoo() -> _Zoo:
    found: dict[str, Path] = {}
    broken = []
    for entry in sorted(entry_points(group="dfcli.recipes"), key=lambda entry: (entry.name != "dfcli", entry.name)):
        try:
            root = _folder(entry)
        except Exception as error:  # noqa: BLE001  a stranger's package may raise anything
            broken.append(unloadable(entry, error))
            continue
        for path in sorted(root.rglob("*.yaml")):
            found.setdefault(path.relative_to(root).with_suffix("").as_posix(), path)
    return _Zoo(dict(sorted(found.items())), broken)


def _folder(entry: EntryPoint) -> Path:
    folder = entry.load()
    if not isinstance(folder, Path):
        raise TypeError(f"it names {folder!r}, and should name a pathlib.Path")
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    return folder
