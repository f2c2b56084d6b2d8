"""JSON as models write it: what stands around it is left away, what is nearly JSON is mended, what is cut off is not.

Strict JSON comes first. What is not gets its strings, comments and literals put in order here, where each string's end
is decided by what follows it; the rest is mended by json-repair, and counts only if not a letter or digit was lost or
added. Whatever is not settled by that is a BadReply: an invented value is worse than a second question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from dfcli.errors import BadReply
from dfcli.ops.sentences import describe


class Found(NamedTuple):
    """A value found in a reply; `repaired` when its text was only nearly JSON."""

    value: Any
    repaired: bool


class _Doubled(Exception):
    """A key stands twice in one object, with two values."""


_CUT = "the reply is cut off: its JSON ends before the closing bracket"
_BRACKETS = {"{": "}", "[": "]"}
_STARTS = {"{": re.compile("{"), "[": re.compile("""\\[(?=\\s*["'])""")}
_WITHIN = {"{": "[", "[": ":"}
_NAMES = {"{": "object", "[": "list"}
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’"}
_MARK = re.compile("[\"'`“‘”’{}\\[\\]]|//|/\\*|#")
_COMMENT = r"(?://|/\*|#)"
_KEY = r"""(?:"[^"\n]{0,80}"|'[^'\n]{0,80}'|“[^”\n]{0,80}”|[A-Za-z_$][\w$-]*)\s*:"""
_IS_KEY = re.compile(_KEY)
_ENDS_KEY = re.compile(r"\s*:")
_ENDS_VALUE = re.compile(rf"\s*(?:[}}\]]|\Z|{_COMMENT}|,?\s*{_KEY}|,\s*(?:[}}\]]|{_COMMENT}|\Z))")
_ENDS_ITEM = re.compile(
    rf"\s*(?:\]|\Z|{_COMMENT}|,\s*(?:[\]\[{{\"'`“‘\d-]|{_COMMENT}|\Z|true|false|null|True|False|None))"
)
_SWALLOWED = re.compile(r"""["'”’`]\s*[,.]?\s*["'“‘`]\w[\w ]*["'”’`]\s*:""")
"""The end of a value and a key, inside of what seemed one string."""

_LITERALS = {"none": "null", "nan": "null", "undefined": "null", "true": "true", "false": "false", "null": "null"}
_LITERAL = re.compile(rf"(?<![\w.-])(?:{'|'.join(_LITERALS)}|-?infinity)(?![\w.-])", re.IGNORECASE)
_INSIDE = re.compile(r'\\(?:u[0-9a-fA-F]{4}|.)|["\x00-\x1f]|\\\Z', re.DOTALL)
_PARTIAL = re.compile(r"(?:[,:\s]|-?\d*\.?\d*(?:[eE][+-]?)?|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|N(?:a)?)*")
_WORD = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?|[a-z]+")
_LOST = "the reply is not JSON, and can be mended in more than one way"


def value_in(text: str, bracket: str, wanted: Callable[[Any], bool]) -> Found:
    """Return the one JSON object (`{`) or list (`[`) of a text that is wanted; BadReply when there is none, or several.

    Chatter and fences around it do not matter, nor does a second one that is equal.
    """
    whole = _strict(text)
    if whole is not None:
        return _of_kind(whole, bracket)
    found = [each for each in _all(text, bracket) if wanted(each.value)]
    if not found:
        raise BadReply(f"the reply is not JSON: it holds no {_NAMES[bracket]} of the kind that was asked for")
    if any(each.value != found[0].value for each in found):
        raise BadReply(f"the reply holds several JSON {_NAMES[bracket]}s that differ; it must be one")
    return found[0]


def _of_kind(found: Found, bracket: str) -> Found:
    if not isinstance(found.value, {"{": dict, "[": list}[bracket]):
        raise BadReply(f"the reply must be one JSON {_NAMES[bracket]}, not {describe(found.value)}")
    return found


def _all(text: str, bracket: str) -> list[Found]:
    """Return every outermost JSON value that begins with a bracket."""
    found: list[Found] = []
    opening = _STARTS[bracket].search(text)
    while opening:
        if text[: opening.start()].rstrip().endswith(_WITHIN[bracket]):
            raise BadReply(f"the JSON {_NAMES[bracket]} in the reply is part of another value; it must stand alone")
        end, value = _one(text, opening.start())
        found += [] if value is None else [value]
        opening = _STARTS[bracket].search(text, end)
        _ends(text[end : opening.start() if opening else None], bracket)
    return found


def _ends(rest: str, bracket: str) -> None:
    """Refuse what follows a value when it looks like more of it."""
    before, close, _ = rest.partition(_BRACKETS[bracket])
    if close and re.search(r"\w", before):
        raise BadReply("the reply is not JSON: its brackets do not match")


def _one(text: str, start: int) -> tuple[int, Found | None]:
    """Return where the value that begins at an offset ends, and the value if it is one."""
    repairs: list[str] = []
    try:
        value, end = _decoder(repairs).raw_decode(text, start)
        return end, Found(value, bool(repairs))
    except json.JSONDecodeError as error:
        if _only_cut(text, error):
            raise BadReply(_CUT) from None
    except _Doubled as error:
        raise BadReply(str(error)) from None
    end, cleaned = _Cleaning(text, start).run()
    return end, _mended(cleaned) if text[start] == "[" or ":" in cleaned else None


def _strict(text: str) -> Found | None:
    repairs: list[str] = []
    try:
        return Found(_decoder(repairs).decode(text), bool(repairs))
    except json.JSONDecodeError:
        return None
    except _Doubled as error:
        raise BadReply(str(error)) from None


def _decoder(repairs: list[str]) -> json.JSONDecoder:
    """Return a decoder that notes what strict JSON does not have: NaN, which is null, and a key that stands twice."""

    def unlike(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            for key, value in pairs:
                if value != values[key]:
                    raise _Doubled(f"the key {key!r} stands there twice, with different values")
            repairs.append("key")
        return values

    return json.JSONDecoder(object_pairs_hook=unlike, parse_constant=repairs.append, parse_int=_whole)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 400 else float(digits)


def _only_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Tell whether a text is strict JSON up to its end, so that only the rest of it is missing."""
    rest = text[error.pos :]
    if error.msg.startswith(("Unterminated string", "Invalid \\")):
        return error.msg.startswith("Unterminated") or '"' not in rest
    return _PARTIAL.fullmatch(rest) is not None


class _Cleaning:
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
                raise BadReply(_LOST)
            if not self._open:
                return self._at, "".join(self._out)
        raise BadReply(_CUT)

    def _bracket(self, mark: str) -> None:
        if mark in _BRACKETS:
            self._open.append(mark)
        elif _BRACKETS[self._open.pop()] != mark:
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
            raise BadReply(_CUT)
        self._at = end + 2 * (mark[0] == "/*")

    def _string(self, mark: re.Match[str]) -> None:
        before = self._before()
        if before[-1] not in "{[,:":
            if self._open[-1] != "{" or not _IS_KEY.match(self._text, mark.start()):
                raise BadReply(_LOST)
            self._out.append(before := ",")
        if self._text.startswith(mark[0] * 2, mark.end()):
            raise BadReply("the reply is not JSON: a string has one quote at either end, not three")
        is_key = self._open[-1] == "{" and before[-1] in "{,"
        follows = _ENDS_KEY if is_key else _ENDS_VALUE if self._open[-1] == "{" else _ENDS_ITEM
        end = self._end_of_string(_QUOTES[mark[0]], follows)
        if _SWALLOWED.search(self._text, self._at, end):
            raise BadReply(_LOST)
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
        raise BadReply(_CUT)

    def _before(self) -> str:
        """Return what is cleaned so far, as far back as its last characters that are not blank."""
        tail = "".join(self._out[-3:]).rstrip()
        return tail or "".join(self._out).rstrip() or " "


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


def _mended(cleaned: str) -> Found | None:
    """Return the value of a cleaned text; None when it is not one."""
    strict = _strict(cleaned)
    if strict is not None:
        return Found(strict.value, True)
    import json_repair

    value = json_repair.loads(cleaned, skip_json_loads=True)
    if not isinstance(value, dict | list):
        return None
    again = json.dumps(value)
    if _gist(again) != _gist(cleaned) or len(_EMPTY.findall(again)) > len(_EMPTY.findall(cleaned)):
        raise BadReply(_LOST)
    return Found(value, True)


_EMPTY = re.compile(r'(?<!\\)""')


def _gist(text: str) -> list[str]:
    """Return the words and numbers of a JSON text, by which two of them that say the same can be told."""
    bare = re.sub(r"\\(?:u[0-9a-fA-F]{4}|.)", " ", text).lower()
    return [repr(float(each)) if each[0].isdigit() else each for each in _WORD.findall(bare)]
