"""Which data and which database a request names in its words: those that are there, and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TABLE = r"(?:jsonl|ndjson|json|csv|tsv|parquet|arrow|feather|ipc|txt)(?:\.gz|\.zst)?"
_BASE = r"(?:db|sqlite3?|duckdb)"
_PLAIN = r"\s\"'`“”‘’「」『』，。；：、！？（）()<>|,;"
_NAME = re.compile(rf"[^{_PLAIN}]+?\.(?:{_TABLE}|{_BASE})(?![\w/-]|\.\w)", re.A | re.I)
_URL = re.compile(rf"[a-z][a-z0-9+]*://[^{_PLAIN}]+", re.I)
_DATABASE = re.compile(rf"(?:sqlite|duckdb|postgres(?:ql)?|mysql|mariadb)(?:\+\w+)?://|.*\.{_BASE}$", re.I | re.DOTALL)
_REMOTE_TABLE = re.compile(rf"(?:s3|gs|az|hf|https?)://.*\.{_TABLE}$", re.I)
_WRITTEN = re.compile(
    r"(?:\b(?:save|write|export|output|store|put|dump|convert)\b[^.;。；\n]{0,40}?\b(?:to|into|as|at)"
    r"|\b(?:save|write|export|output|store|put|dump)"
    r"(?: (?:it|them|everything|all|(?:the )?(?:results?|output|rows|data)))?\s*(?:in|=|:)?"
    r"|(?:保存|写入?|导出|输出|存|转)[^。；，\n]{0,10}?(?:到|为|成|至|入|：)?)\s*(?:the )?(?:file |文件)?[\"'`“‘「]?$",
    re.I,
)


@dataclass(frozen=True)
class Mentioned:
    """Data files and databases named in a request, in its order; `outputs` are files that it wants written."""

    data: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


def mentioned(text: str, folder: Path) -> Mentioned:
    """Return what a request names of the files in a folder, and what it gives addresses of.

    A file that the result is to be written to is no data, though an earlier run has left one, unless there is no other.
    """
    data, databases, outputs = [], [], []
    for at, name in sorted(_found(text, folder)):
        if _DATABASE.match(name):
            databases.append(name)
        elif _WRITTEN.search(text[:at]):
            outputs.append(name)
        else:
            data.append(name)
    if not data and not databases:
        data, outputs = outputs, []
    return Mentioned(*(tuple(dict.fromkeys(each)) for each in (data, databases, outputs)))


def _found(text: str, folder: Path) -> Iterator[tuple[int, str]]:
    """Yield the names, each with its place; those of the folder's own files first, which may hold spaces."""
    left = text
    for match in _URL.finditer(text):
        name = match[0].rstrip(".!?")
        left = _without(left, match.start(), len(name))
        if _DATABASE.match(name) or _REMOTE_TABLE.match(name):
            yield match.start(), name
    for name in _own(folder):
        pattern = rf"(?<![A-Za-z0-9_./~-]){re.escape(name)}(?![A-Za-z0-9_/-]|\.[A-Za-z0-9])"
        for match in list(re.finditer(pattern, left)):
            left = _without(left, match.start(), len(name))
            yield match.start(), name
    for match in _NAME.finditer(left):
        for cut in _cuts(match[0]):
            if (folder / match[0][cut:]).is_file():
                yield match.start() + cut, match[0][cut:]
                break


def _own(folder: Path) -> list[str]:
    """Return the names of the data files in a folder, the longest first."""
    names = [each.name for each in folder.iterdir() if _NAME.search(each.name[-12:]) and each.is_file()]
    return sorted(names, key=lambda name: (-len(name), name))


def _cuts(name: str) -> Iterator[int]:
    """Yield where a name may begin: Chinese words stand right before it."""
    yield 0
    yield from (place for place in range(1, len(name)) if ord(name[place - 1]) > 0x2E7F)


def _without(text: str, start: int, length: int) -> str:
    return f"{text[:start]}{' ' * length}{text[start + length :]}"
