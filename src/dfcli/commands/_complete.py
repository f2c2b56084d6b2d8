"""What the shell offers after Tab. Anything that goes wrong here means no offers, never a message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

Offer = str | tuple[str, str]


def recipes(incomplete: str) -> list[Offer]:
    """Offer recipe files and the folders they may be in, then the shipped recipes."""
    return [*files(incomplete, (".yaml", ".yml")), *_shipped(incomplete)]


def shipped(incomplete: str) -> list[Offer]:
    """Offer the names of shipped recipes."""
    return list(_shipped(incomplete))


def operators(incomplete: str) -> list[Offer]:
    """Offer the names of operators."""
    from dfcli.ops.registry import installed

    return [name for name in installed().names() if name.startswith(incomplete)]


def steps(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the steps of the recipe that stands on the command line already, by id and by number."""
    found = list(_steps(ctx.params.get("recipe")))
    offers: list[Offer] = [(name, f"step {number}") for number, name in enumerate(found, 1)]
    offers += [(str(number), name) for number, name in enumerate(found, 1)]
    return [each for each in offers if each[0].startswith(incomplete)]


def runs(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the runs in the folder of runs."""
    root = Path(ctx.params.get("runs") or "runs")
    return [
        each.parent.name for each in sorted(root.glob("*/manifest.json")) if each.parent.name.startswith(incomplete)
    ]


def files(incomplete: str, suffixes: tuple[str, ...] = ()) -> list[Offer]:
    """Offer files with one of the suffixes (any without), and folders."""
    folder, _, beginning = incomplete.rpartition("/")
    root = Path(folder or ("/" if incomplete.startswith("/") else "."))
    prefix = incomplete[: len(incomplete) - len(beginning)]
    found = sorted(root.glob(f"{beginning}*")) if root.is_dir() else []
    visible = [each for each in found if beginning.startswith(".") or not each.name.startswith(".")]
    return [
        f"{prefix}{each.name}{'/' if each.is_dir() else ''}"
        for each in visible
        if each.is_dir() or not suffixes or each.suffix in suffixes
    ]


def _shipped(incomplete: str) -> Iterator[Offer]:
    from dfcli.recipes.zoo import recipes

    for name in recipes():
        if name.startswith(incomplete):
            yield name


def _steps(recipe: Any) -> Iterator[str]:
    """Yield what the steps of a recipe file are called; a file that cannot be read has none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        loaded = YAML(typ="safe").load(Path(str(recipe)).read_text(encoding="utf-8"))
        given = loaded["steps"]
    except (OSError, UnicodeDecodeError, YAMLError, TypeError, KeyError):
        return
    for each in given if isinstance(given, list) else []:
        if isinstance(each, dict):
            yield str(each.get("id") or each.get("op") or next(iter(each), ""))
        else:
            yield str(each)
