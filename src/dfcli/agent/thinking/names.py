"""What files and databases are called before a model: by a short name, never by where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dfcli.agent.places import placed

_PART = r"[^\s\"'`<>|:*?/\\,;，。；]+"
_PATH = re.compile(
    rf"(?<![\w./:\\~-])(?:(?:~|\.{{1,2}}|[A-Za-z]:)[/\\](?:{_PART}[/\\])*|/(?:{_PART}/)+)({_PART})"
    rf"|(?<![\w./:\\~<-])/({_PART}\.\w{{1,8}})\b"
)
"""A path from a root, from home, or from another folder: its last part is a group."""

_PLACE = re.compile(r"(?:~|\.{1,2})?(?:/[\w.@ -]+)+/?|\.{1,2}/?|~|[A-Za-z]:[/\\][\w.@/\\ -]*|\w+://\S+")
"""A value that is a path or an address as a whole; no regular expression, no sentence with one in it."""

_OPENED = ("file", "files", "database", "template")
"""Options that name what a step opens."""


@dataclass(frozen=True)
class Names:
    """The names of a request's files and databases, by their short ones; `folders` are told to nobody."""

    real: Mapping[str, str]
    folders: tuple[str, ...] = ()

    def hidden(self, text: str) -> str:
        """Return a text in which files have their short names, and other paths are cut to their last part."""
        for short, name in sorted(self.real.items(), key=lambda each: -len(each[1])):
            if short != name:
                text = short.join(_alone(name).split(text))
        for each in sorted(self.folders, key=len, reverse=True):
            text = _alone(f"{each}/").sub("", text)
            text = _alone(each).sub("the folder", text)
        return _PATH.sub(lambda found: found[1] or found[2], text)

    def shown(self, value: Any) -> Any:
        """Return data in which short names are the real ones again."""
        return placed(value, self.real)

    def strange(self, options: Mapping[str, Any]) -> str:
        """Return the first value of a step's options that names something to open which the request does not."""
        opened = [each for name in _OPENED for each in _texts(options.get(name))]
        return next((each for each in opened if each not in self.real), "") or next(
            (each for each in _texts(list(options.values())) if _PLACE.fullmatch(each) and each not in self.real), ""
        )


def names_of(data: Iterable[str], database: str | None, folders: Iterable[Path]) -> Names:
    """Return the names of the data files and the database of a request."""
    real: dict[str, str] = {}
    for name in (*data, *([database] if database else [])):
        short = _free(_short(name), real, name)
        real[short] = name
    return Names(real, tuple(dict.fromkeys(str(each.resolve()) for each in folders if str(each.resolve()) != "/")))


_BEFORE, _AFTER = r"(?<![\w./<-])", r"(?![\w-])"


def _alone(name: str) -> re.Pattern[str]:
    """Return what finds a path that is no part of another one, nor the end of a tag; one that ends in / goes on."""
    return re.compile(_BEFORE + re.escape(name) + ("" if name.endswith("/") else _AFTER))


def _short(name: str) -> str:
    if "://" in name and not name.startswith(("sqlite:///", "duckdb:///")):
        return "database"
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "data"


def _free(short: str, taken: Mapping[str, str], name: str) -> str:
    found, number = short, 1
    while taken.get(found, name) != name:
        number += 1
        found = f"{number}-{short}"
    return found


def _texts(value: Any) -> list[str]:
    """Return the texts in a value, those inside lists and mappings too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []
