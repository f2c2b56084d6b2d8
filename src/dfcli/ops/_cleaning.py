"""Putting nearly-JSON in order: its strings, comments and literals, with no regard to what it means.

Where a string ends is decided by what follows the quote, so quotes of either kind may stand inside. What may be read in
two ways is a BadReply.
"""

from __future__ import annotations

import json
import re

from dfcli.errors import BadReply

CUT = "the reply is cut off: its JSON ends before the closing bracket"
BRACKETS = {"{": "}", "[": "]"}
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’"}
_MARK = re.compile("[\"'`“‘”’{}\\[\\]]|//|/\\*|#")
_COMMENT = r"(?://|/\*|#)"
_KEY = r"""(?:"[^"\n]{0,80}"|'[^'\n]{0,80}'|“[^”\n]{0,80}”|`[^`\n]{0,80}`|[A-Za-z_$][\w$-]*)\s*:"""
_IS_KEY = re.compile(_KEY)
_ENDS_KEY = re.compile(r"\s*:")
_ENDS_VALUE = re.compile(rf"\s*(?:[}}\]]|\Z|{_COMMENT}|(?:,\s*)*{_KEY}|,\s*(?:[}}\]]|{_COMMENT}|\Z))")
_ENDS_ITEM = re.compile(
    rf"\s*(?:\]|\Z|{_COMMENT}|,\s*(?:[\]\[{{\"'`“‘\d-]|{_COMMENT}|\Z|true|false|null|True|False|None))"
)
_SWALLOWED = re.compile(r"""["'”’`]\s*[,.]?\s*["'“‘`]\w[\w ]*["'”’`]\s*:""")
"""The end of a value and a key, inside of what seemed one string."""

_LITERALS = {"none": "null", "nan": "null", "undefined": "null", "true": "true", "false": "false", "null": "null"}
_LITERAL = re.compile(rf"(?<![\w.-])(?:{'|'.join(_LITERALS)}|-?infinity)(?![\w.-])", re.IGNORECASE)
_INSIDE = re.compile(r'\\(?:u[0-9a-fA-F]{4}|.)|["\x00-\x1f]|\\\Z', re.DOTALL)
LOST = "the reply is not JSON, and can be mended in more than one way"


class Cleaning:
    """One walk over a nearly-JSON value, to its closing bracket; BadReply when there is none.

    Strings come out as JSON's own, comments are left away, Python's literals become JSON's.
    """

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._at = start
        self._open: list[str] = []
        self._out: list[str] = []

    def run(self) -> tuple[int, str]:
        """Return the offset after the value, and its cleaned text."""
        while mark := _MARK.search(self._text, self._at):
            self._out.append(_LITERAL.sub(_literal, self._text[self._at : mark.start()]))
            self._at = mark.end()
            if mark[0] in _QUOTES:
                self._string(mark)
            elif mark[0] in ("//", "/*", "#"):
                self._comment(mark)
            elif mark[0] in "{[]}":
                self._bracket(mark[0])
            else:
                raise BadReply(LOST)
            if not self._open:
                return self._at, "".join(self._out)
        raise BadReply(CUT)

    def _bracket(self, mark: str) -> None:
        if mark in BRACKETS:
            self._open.append(mark)
        elif BRACKETS[self._open.pop()] != mark:
            raise BadReply("the reply is not JSON: its brackets do not match")
        elif self._before().endswith(","):
            self._out = ["".join(self._out).rstrip().removesuffix(",")]
        self._out.append(mark)

    def _comment(self, mark: re.Match[str]) -> None:
        if self._text[mark.start() - 1] not in " \t\n,{[":
            self._out.append(mark[0])
            return
        end = self._text.find("*/" if mark[0] == "/*" else "\n", mark.end())
        if end < 0:
            raise BadReply(CUT)
        self._at = end + 2 * (mark[0] == "/*")

    def _string(self, mark: re.Match[str]) -> None:
        before = self._before()
        if before[-1] not in "{[,:":
            if self._open[-1] != "{" or not _IS_KEY.match(self._text, mark.start()):
                raise BadReply(LOST)
            self._out.append(before := ",")
        if self._text.startswith(mark[0] * 2, mark.end()):
            raise BadReply("the reply is not JSON: a string has one quote at either end, not three")
        is_key = self._open[-1] == "{" and before[-1] in "{,"
        follows = _ENDS_KEY if is_key else _ENDS_VALUE if self._open[-1] == "{" else _ENDS_ITEM
        end = self._end_of_string(_QUOTES[mark[0]], follows)
        if _SWALLOWED.search(self._text, self._at, end) or not _paired(self._text[self._at : end], mark[0]):
            raise BadReply(LOST)
        self._out.append(f'"{_INSIDE.sub(_escaped, self._text[self._at : end])}"')
        self._at = end + 1

    def _end_of_string(self, quote: str, follows: re.Pattern[str]) -> int:
        """Return the offset of the quote that ends a string: the first one that something may follow."""
        at = self._text.find(quote, self._at)
        while at >= 0:
            slashes = len(self._text[self._at : at]) - len(self._text[self._at : at].rstrip("\\"))
            if slashes % 2 == 0 and follows.match(self._text, at + 1):
                return at
            at = self._text.find(quote, at + 1)
        raise BadReply(CUT)

    def _before(self) -> str:
        """Return what is cleaned so far, as far back as its last characters that are not blank."""
        tail = "".join(self._out[-3:]).rstrip()
        return tail or "".join(self._out).rstrip() or " "


def _paired(inside: str, quote: str) -> bool:
    """Tell whether the quotes inside of a string open and close in turn, apart from apostrophes and doubled ones."""
    is_open = False
    for found in re.finditer(rf"(?<!\\)(?:{quote}(?!{quote}))", inside):
        before, after = inside[: found.start()][-1:], inside[found.end() :][:1]
        if before == quote or (before.isalnum() and after.isalnum()):
            continue
        if not is_open and before and not (before.isspace() or before in "([{=,:;/-+<>|&!*"):
            return False
        is_open = not is_open
    return not is_open


def _literal(found: re.Match[str]) -> str:
    return _LITERALS.get(found[0].lower(), "null")


def _escaped(found: re.Match[str]) -> str:
    """Return a character or escape in a string as JSON writes it."""
    text = found[0]
    if text == "\\'":
        return "'"
    if len(text) == 1:
        return "\\\\" if text == "\\" else json.dumps(text)[1:-1]
    if text[1] == "\n":
        return "\\n"
    return text if text[1] in '"\\/bfnrtu' and (text[1] != "u" or len(text) == 6) else "\\\\" + text[1:]
