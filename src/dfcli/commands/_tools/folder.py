"""The folder that tools work in: nothing outside it is read or written by name."""

from __future__ import annotations

from pathlib import Path

from dfcli.commands._tools.answers import Refused


class Folder:
    """A folder, and the paths in it; links that lead out of it are paths outside."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def inside(self, path: str) -> Path:
        """Return a path relative to the folder; Refused when it leads out of it."""
        if "\x00" in path:
            raise Refused("a path holds no null character")
        found = (self.root / path).resolve()
        if not found.is_relative_to(self.root):
            raise Refused(
                f"{path} leads out of the folder that this server works in", then="name a path inside the folder"
            )
        return found.relative_to(self.root)

    def file(self, path: str) -> Path:
        """Return the path of a recipe that is there, relative to the folder."""
        found = self.inside(path)
        if not (self.root / found).is_file():
            raise Refused(f"there is no file {path}", valid=self.recipes(), then="plan_recipe writes a new one")
        return found

    def text(self, path: str) -> str:
        """Return the text of a recipe that is there."""
        try:
            return (self.root / self.file(path)).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise Refused(f"{path} is no text: {error}", valid=self.recipes()) from error

    def recipes(self) -> list[str]:
        """Return the recipes at the top of the folder and in `recipes`."""
        found = [*self.root.glob("*.yaml"), *self.root.glob("recipes/**/*.yaml")]
        return sorted(each.relative_to(self.root).as_posix() for each in found)

    @property
    def runs(self) -> Path:
        """Where runs, samples and what passes are kept."""
        return self.root / "runs"
