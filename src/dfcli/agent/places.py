"""Where files are, seen from the recipe: its paths are relative to its own folder, those of a request to another."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dfcli.errors import UsageError

_FILES = ("sqlite:///", "duckdb:///")


def home_of(folder: Path, out: Path) -> Path:
    """Return the folder of a recipe that is to be written to a path relative to a folder."""
    return (folder / out).parent


@contextmanager
def standing(home: Path) -> Iterator[None]:
    """Have a folder there, since paths lead through it; what of it was made and is empty afterwards goes again."""
    missing = [each for each in (home, *home.parents) if not each.exists()]
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{home}: the folder of the recipe cannot be made ({error.strerror})") from error
    try:
        yield
    finally:
        for each in missing:
            with suppress(OSError):  # it holds the recipe
                each.rmdir()


def seen_from(home: Path, folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Return what files, named relative to one folder, are called in a recipe in another; addresses stay."""
    if home.resolve() == folder.resolve():
        return {}
    return {name: _seen(home.resolve(), folder.resolve(), name) for name in names}


def placed(value: Any, names: Mapping[str, str]) -> Any:
    """Return a recipe's data in which each text that is one of the names is what it is called there."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {key: placed(each, names) for key, each in value.items()}
    return [placed(each, names) for each in value] if isinstance(value, list | tuple) else value


def _seen(home: Path, folder: Path, name: str) -> str:
    scheme = next((each for each in _FILES if name.startswith(each)), "")
    path = name.removeprefix(scheme)
    if "://" in path or Path(path).is_absolute():
        return name
    try:
        return scheme + Path(os.path.relpath(folder / path, home)).as_posix()
    except ValueError:  # another drive
        return str(folder / path)


def next_free(out: Path, text: str) -> Path:
    """Return a path, or the next one beside it (`recipe-2.yaml`) that is free or holds the same text already."""
    found, number = out, 1
    while found.exists() and not holds(found, text):
        number += 1
        found = out.with_name(f"{out.stem}-{number}{out.suffix}")
    return found


def holds(file: Path, text: str) -> bool:
    """Tell whether a file is there and holds exactly a text."""
    return file.is_file() and file.read_bytes() == text.encode()


def replaced_in(file: Path, text: str) -> None:
    """Write a text to a file at once, so that there is never half of it; one that holds it already is left."""
    if not holds(file, text):
        temporary = file.with_name(f".{file.name}.part")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
