"""One recipe file while its steps are read, and what it shares with the files that include it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dfcli.errors import DfcliError
from dfcli.ops.registry import Registry
from dfcli.ops.sentences import Place
from dfcli.recipes.mistakes import WRONG, Mistakes


@dataclass
class Page:
    """Where the steps of one file come from.

    `folder` is what its paths are relative to. `trail` are the files from the outermost to this one, `prefix` begins
    the ids of its steps, `ids` and `local` are shared: the ids given so far, the files of local operators.
    `complete` is false when such a file could not be loaded, so that nobody knows which operators there are.
    """

    mistakes: Mistakes
    folder: Path
    registry: Registry
    trail: tuple[Path, ...] = ()
    prefix: str = ""
    ids: set[str] = field(default_factory=set)
    local: list[Path] = field(default_factory=list)
    complete: bool = True

    def free(self, wanted: str) -> str:
        """Return an id that no step has yet: the wanted one, or that with a number."""
        number, id = 1, f"{self.prefix}{wanted}"
        while id in self.ids:
            number += 1
            id = f"{self.prefix}{wanted}-{number}"
        self.ids.add(id)
        return id

    def named(self, id: str) -> str:
        """Return the id of a step that has one of its own; whether it is unique is checked later."""
        self.ids.add(f"{self.prefix}{id}")
        return f"{self.prefix}{id}"

    def with_operators(self, given: Any) -> None:
        """Add the operators of the local Python files that the file names."""
        for place, path in self._files(given):
            if not os.path.isfile(path):
                self.complete = False
                self.mistakes.add(place, f"operators: {_not_there(path)}")
                continue
            try:
                self.registry = self.registry.with_files((path,))
                self.local.append(path)
            except DfcliError as error:
                self.mistakes.add(place, f"operators: {error}")
                self.complete = False

    def _files(self, given: Any) -> Iterator[tuple[Place, Path]]:
        several = isinstance(given, list)
        for number, each in enumerate(given if several else [given]):
            place: Place = ("operators", number) if several else ("operators",)
            if isinstance(each, str):
                yield place, self.folder / each
                continue
            self.complete = False
            if each is not WRONG:
                self.mistakes.add(place, "operators: name Python files: [./my_ops.py]")


def _not_there(path: Path) -> str:
    if os.path.isdir(path):
        return f"{str(path)!r} is a folder; name the Python files in it"
    return f"there is no file {str(path)!r}"
