"""Where the quotes and the comments of an SQL text are, by the rules of the engine that will run it.

sqlglot has such rules too; the gate asks both, and refuses a text that they see differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Served = Literal["postgres", "mysql"]


@dataclass(frozen=True)
class Lexis:
    """A text without its comments, each of which became spaces, and where its quoted parts begin and end."""

    text: str
    quoted: frozenset[tuple[int, int]]


class Unreadable(Exception):
    """A quote or comment without end, or one that means different things to different versions of an engine."""


_POSTGRES = re.compile(
    r"""
      (?P<unsure>[eE]'(?:[^'\\]|\\.|'')*'(?:\s|--[^\n\r]*)+'    # the second part of such a text has escapes, too
                |[uU]&['"])                                     # names and texts spelled by numbers
    | (?P<quoted>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"
                |\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?)\$.*?\$(?P=tag)\$)
    | (?P<line>--[^\n\r]*)
    | (?P<block>/\*)
    | (?P<broken>['"]|\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$)
    | (?P<plain>[\w\x80-\U0010ffff][\w$\x80-\U0010ffff]*|[\s,.()=<>]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MYSQL = re.compile(
    r"""
      (?P<unsure>/\*M?!)                                         # a comment that the server executes
    | (?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`)
    | (?P<line>\#[^\n]*|--(?=[\x00-\x20\x7f]|\Z)[^\n]*)
    | (?P<minus>--)
    | (?P<block>/\*)
    | (?P<broken>['"`])
    | (?P<plain>[\w\s,.()=<>]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_RULES = {"postgres": _POSTGRES, "mysql": _MYSQL}
_UNSURE = {
    "postgres": "a text with escapes over several lines, or a name or text spelled by numbers",
    "mysql": "a comment that the server executes",
}
_NESTED = re.compile(r"/\*|\*/")


def lexis(sql: str, dialect: Served) -> Lexis:
    """Return the text without comments and where its quoted parts are; Unreadable when that is not certain."""
    pieces: list[str] = []
    quoted: set[tuple[int, int]] = set()
    at = length = 0
    while found := _RULES[dialect].match(sql, at):
        piece, at = _piece(sql, found, dialect)
        if found.lastgroup in ("quoted", "tag"):
            quoted.add((length, length + len(piece)))
        pieces.append(piece)
        length += len(piece)
    return Lexis("".join(pieces), frozenset(quoted))


def _piece(sql: str, found: re.Match[str], dialect: Served) -> tuple[str, int]:
    """Return what stands in the place of a piece of SQL, and where that ends."""
    kind = found.lastgroup
    if kind == "unsure":
        raise Unreadable(_UNSURE[dialect])
    if kind == "broken":
        raise Unreadable("a quote without end")
    if kind == "block":
        end = _block_end(sql, found.start(), nested=dialect == "postgres")
        return _blank(sql[found.start() : end]), end
    if kind == "minus":  # two signs, not a comment; apart, no one can read them otherwise
        return "- -", found.end()
    return _blank(found[0]) if kind == "line" else found[0], found.end()


def _block_end(sql: str, start: int, *, nested: bool) -> int:
    depth = 0
    for mark in _NESTED.finditer(sql, start):
        if mark[0] == "*/":
            depth -= 1
        elif nested or not depth:
            depth += 1
        if not depth:
            return mark.end()
    raise Unreadable("a comment without end")


def _blank(comment: str) -> str:
    return re.sub(r"[^\n]", " ", comment)
