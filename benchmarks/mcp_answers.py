"""How long the answers of `dfcli mcp` are: for each tool the longest of many calls, by the estimate that pages go by.

    python -m benchmarks.mcp_answers

Calls each tool for every operator and recipe that is installed, page by page. Exit code 1 when an answer is longer
than 3,000 tokens.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dfcli.commands._tools._server import TOOLS, called, described
from dfcli.commands._tools.answers import tokens
from dfcli.commands._tools.folder import Folder
from dfcli.ops.registry import installed
from dfcli.recipes import zoo

LIMIT = 3000


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name))
        _written(folder)
        longest: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for tool, arguments in _calls():
            for answer in _pages(tool, arguments, folder):
                most, pages = longest[tool]
                longest[tool] = max(most, tokens(answer)), pages + 1
    listed = tokens([described(name, tool).model_dump(exclude_none=True) for name, tool in TOOLS.items()])
    print(f"{'the list of tools':<20}{listed:>6} tokens")
    for tool, (most, pages) in longest.items():
        print(f"{tool:<20}{most:>6} tokens at most in {pages} answers")
    sys.exit(any(most > LIMIT for most, _ in longest.values()) or listed > LIMIT)


def _written(folder: Folder) -> None:
    """Write long rows, and a recipe of many steps on them."""
    rows = ({"id": at, "text": f"Row {at}. " + "A long line of words. 很长的一行字。" * 60} for at in range(200))
    (folder.root / "rows.jsonl").write_text(
        "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in rows), encoding="utf-8"
    )
    steps = "".join(f"  - {{op: word_count, into: words_{at}, keep: words_{at} >= 1}}\n" for at in range(40))
    recipe = f"name: many\ninput: rows.jsonl\noutput: out.jsonl\nsteps:\n{steps}"
    (folder.root / "many.yaml").write_text(recipe, encoding="utf-8")
    (folder.root / "wrong.yaml").write_text(recipe.replace("word_count", "word_cuont"), encoding="utf-8")


def _calls() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in installed().operators():
        yield "show_card", {"name": name}
        yield "search_operators", {"query": name.replace("_", " ")}
    yield "list_recipes", {}
    for name in zoo.recipes():
        yield "show_recipe", {"name": name}
    for path in ("many.yaml", "wrong.yaml"):
        for tool in ("check_recipe", "preview_recipe", "run_sample"):
            yield tool, {"path": path}
    yield "edit_recipe", {"path": "many.yaml", "wish": "also drop exact duplicates of text"}
    yield "plan_recipe", {"request": "strip html, drop exact duplicates, mask emails", "data": ["rows.jsonl"]}


def _pages(tool: str, arguments: dict[str, Any], folder: Folder) -> Iterator[dict[str, Any]]:
    start: int | None = 0
    while start is not None:
        answer, wrong = called(tool, {**arguments, "start": start}, folder)
        yield answer
        start = None if wrong else answer.get("next")


if __name__ == "__main__":
    main()
