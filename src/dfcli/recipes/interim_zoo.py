"""The recipes that come with dfcli and with plugins, by name: `text2sql/demo` is `text2sql/demo.yaml`."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path

from dfcli.errors import UsageError, did_you_mean


@lru_cache
def recipes() -> dict[str, Path]:
    """Return the file of each recipe by its name; folders come from the entry points `dfcli.recipes`."""
    found: dict[str, Path] = {}
    for entry in entry_points(group="dfcli.recipes"):
        try:
            root = Path(entry.load())
        except Exception:  # noqa: BLE001  a stranger's package may raise anything; `dfcli doctor` reports it
            continue
        found |= {path.relative_to(root).with_suffix("").as_posix(): path for path in sorted(root.rglob("*.yaml"))}
    return dict(sorted((name, path) for name, path in found.items() if _is_recipe(path)))


def find(name: str) -> Path:
    """Return the file of a recipe; UsageError names the nearest."""
    known = recipes()
    if name not in known:
        raise UsageError(f"no recipe called {name!r}{did_you_mean(name, known)}; dfcli recipes list shows them")
    return known[name]


def doc(path: Path) -> str:
    """Return the first line of a recipe's `doc`, empty when it has none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix("doc:").strip().strip("'\"") for line in lines if line.startswith("doc:")), "")


def _is_recipe(path: Path) -> bool:
    return any(line.startswith("steps:") for line in path.read_text(encoding="utf-8").splitlines())
