"""Which files an input names: paths, patterns, lists and addresses."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

from dfcli.errors import InputError
from dfcli.recipes.model import Input, Output
from dfcli.runtime.formats.blocks import unreadable
from dfcli.runtime.formats.source import is_url


def files(given: Input, folder: Path) -> list[str]:
    """Return the paths and URLs that an input names, patterns expanded in order; none for a query.

    A pattern leaves out what is named before it. InputError when there is no such file.
    """
    found: list[str] = []
    for path in _named(given):
        found += [path] if is_url(path) else _expanded(path, folder, found)
    return found


def same_file(output: Output, given: Input, folder: Path, into: Path | None = None) -> bool:
    """Tell whether an output is one of the input's files, or would be the next time: its pattern takes it in.

    `folder` is what the input's paths are relative to, `into` what the output's is (the working folder).
    """
    if is_url(output.path):
        return output.path in _named(given)
    target = (into or Path()) / os.path.expanduser(output.path)
    patterns = [_joined(path, folder) for path in _named(given) if not is_url(path)]
    return any(_is_among(target, pattern) for pattern in patterns)


def _named(given: Input) -> tuple[str, ...]:
    if given.path is None:
        return ()
    return (given.path,) if isinstance(given.path, str) else given.path


def _joined(path: str, folder: Path) -> str:
    return os.path.join(folder, os.path.expanduser(path))


def _expanded(path: str, folder: Path, before: Iterable[str]) -> list[str]:
    whole = _joined(path, folder)
    if os.path.exists(whole) or not glob.has_magic(path):
        return [_checked(whole)]
    found = [each for each in sorted(glob.glob(whole, recursive=True)) if os.path.isfile(each)]
    if not found:
        raise InputError(f"{path} matches no file in {folder.absolute()}")
    return [each for each in found if each not in before]


def _checked(path: str) -> str:
    """Return a path that can be read as often as needed: not a folder, not a pipe."""
    try:
        os.stat(path)
        if os.path.isdir(path):
            raise IsADirectoryError(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not os.path.isfile(path):
        raise InputError(f"{path} is no file, and input is read more than once; write it to a file first")
    return path


def _is_among(target: Path, pattern: str) -> bool:
    if any(_is_same(target, each) for each in [pattern, *glob.glob(pattern, recursive=True)]):
        return True
    return glob.has_magic(pattern) and _matches(Path(os.path.abspath(target)), os.path.abspath(pattern))


def _is_same(target: Path, other: str) -> bool:
    try:
        return os.path.samefile(target, other)
    except OSError:
        return False


def _matches(target: PurePath, pattern: str) -> bool:
    """Tell whether a pattern matches a path that need not exist yet."""
    top, *below = re.split(r"(?<=/)\*\*/", pattern)
    if not below:
        return target.match(pattern)
    return target.is_relative_to(top) and target.match(below[-1])
