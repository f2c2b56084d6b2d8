"""Files that `dfcli init` writes, from the scaffolds that come with dfcli.

A scaffold is a folder. In the path of a file `NAME` stands for the name that the user gives, and `.jinja` is left out;
within it Jinja's delimiters are square, so that prompt templates, which have curly ones, pass through as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

from dfcli import shipped
from dfcli.errors import UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]+)*")


def write(scaffold: str, name: str, folder: Path) -> list[Path]:
    """Write a scaffold's files into a folder and return them; UsageError when one of them is there already."""
    _check(name)
    root = shipped.folder("templates") / "scaffolds"
    rendered = {
        folder / _target(source.relative_to(root / scaffold), name): _render(root, source.relative_to(root), name)
        for source in sorted((root / scaffold).rglob("*.jinja"))
    }
    if there := [str(path) for path in rendered if path.exists()]:
        is_there = f"{there[0]} is there already" if len(there) == 1 else f"{', '.join(there)} are there already"
        raise UsageError(f"{is_there}, and nothing was written; choose another name or folder")
    for path, text in rendered.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(rendered)


def class_name(name: str) -> str:
    """Return the class name of an operator: `word_count` is `WordCount`."""
    return "".join(word.capitalize() for word in name.split("_"))


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a name: write it in lower_snake, such as word_count; every word starts with a letter, "
            "and those after the first have two characters or more"
        )


def _target(source: Path, name: str) -> Path:
    return Path(str(source).replace("NAME", name).removesuffix(".jinja"))


def _render(root: Path, source: Path, name: str) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(root),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    )
    return environment.get_template(source.as_posix()).render(name=name, class_name=class_name(name)) + "\n"
