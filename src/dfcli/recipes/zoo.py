"""The recipes that come with dfcli and its plugins: `text2sql/demo` is text2sql/demo.yaml in one of their folders.

The folders come from the entry points of the group `dfcli.recipes`; whatever recipe lies in them is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NamedTuple

from dfcli.errors import UsageError, did_you_mean
from dfcli.ops.registry import Broken, unloadable
from dfcli.recipes import yaml


class Head(NamedTuple):
    """What a recipe says about itself: the first line of its `doc`, and the phrases that it is found by."""

    doc: str
    use_for: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()


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
    return head(path).doc


def head(path: Path) -> Head:
    """Return what a recipe says about itself; of what is missing there or of the wrong kind, nothing."""
    content = _content(path)
    said = content.get("doc")
    return Head(
        said.strip().partition("\n")[0] if isinstance(said, str) else "",
        *(_phrases(content.get(key)) for key in ("use_for", "aliases", "not_for")),
    )


def _phrases(said: Any) -> tuple[str, ...]:
    return tuple(each for each in said if isinstance(each, str)) if isinstance(said, list) else ()


def find(name: str) -> Path:
    """Return the file of a recipe of the zoo; UsageError when there is none of that name."""
    if name not in recipes():
        raise UsageError(f"no recipe is called {name!r}{near(name) or '; dfcli recipes list shows them'}")
    return recipes()[name]


def with_files(recipe: Path) -> list[Path]:
    """Return a recipe and the files that come with it, each once.

    They are those in the folder beside it that has its name, what its variables name by default, and the recipes beside
    it whose steps it takes in.
    """
    beside = [recipe.with_suffix(""), *(path for path in _defaults(recipe) if path.exists())]
    found = [each for path in beside for each in ([path] if path.is_file() else sorted(path.rglob("*")))]
    files = [each for each in found if each.is_file() and not _is_hidden(each.relative_to(recipe.parent))]
    return list(dict.fromkeys([recipe, *files, *_parts(recipe)]))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.parts)


def _defaults(recipe: Path) -> Iterator[Path]:
    """Yield the paths that may be what a recipe's variables name by default."""
    variables = _content(recipe).get("vars")
    for each in variables.values() if isinstance(variables, Mapping) else ():
        default = each.get("default") if isinstance(each, Mapping) else each
        if isinstance(default, str) and default:
            path = Path(default.rpartition(":///")[2])
            if not path.is_absolute() and ".." not in path.parts and path != Path():
                yield recipe.parent / path


def _parts(recipe: Path) -> Iterator[Path]:
    """Yield the recipes beside it that a recipe's steps take in, and those that these take in."""
    steps = _content(recipe).get("steps")
    for step in steps if isinstance(steps, list) else ():
        name = step.get("recipe") if isinstance(step, Mapping) else None
        path = recipe.parent / name if isinstance(name, str) else None
        if path is not None and path.suffix == ".yaml" and path.is_file() and path != recipe:
            yield path
            yield from _parts(path)


def _content(recipe: Path) -> Mapping[str, Any]:
    data, _ = yaml.read(recipe.read_text(encoding="utf-8", errors="replace"), str(recipe))
    return data if isinstance(data, Mapping) else {}


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
