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
from dfcli.ops._cleaning import BRACKETS, CUT, LOST, Cleaning
from dfcli.ops.sentences import describe


class Found(NamedTuple):
    """A value found in a reply; `repaired` when its text was only nearly JSON."""

    value: Any
    repaired: bool


class _Doubled(Exception):
    """A key stands twice in one object, with two values."""


_STARTS = {"{": re.compile("{"), "[": re.compile("""\\[(?=\\s*["'])""")}
_WITHIN = {"{": re.compile(r"\[\s*\Z"), "[": re.compile(r"""["'”]\s*:\s*\Z|\{[^}]*\Z""")}
_DEEP = "the reply's brackets are too deep in one another"
_NAMES = {"{": "object", "[": "list"}
_PARTIAL = re.compile(r"(?:[,:\s]|-?\d*\.?\d*(?:[eE][+-]?)?|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|N(?:a)?)*")
_WORD = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?|[a-z]+")


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
        if _WITHIN[bracket].search(text[: opening.start()]):
            raise BadReply(f"the JSON {_NAMES[bracket]} in the reply is part of another value; it must stand alone")
        end, value = _one(text, opening.start())
        found += [] if value is None else [value]
        opening = _STARTS[bracket].search(text, end)
        _ends(text[end : opening.start() if opening else None], bracket)
    return found


def _ends(rest: str, bracket: str) -> None:
    """Refuse what follows a value when it looks like more of it."""
    before, close, _ = rest.partition(BRACKETS[bracket])
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
            raise BadReply(CUT) from None
    except _Doubled as error:
        raise BadReply(str(error)) from None
    except RecursionError:
        raise BadReply(_DEEP) from None
    end, cleaned = Cleaning(text, start).run()
    return end, _mended(cleaned) if text[start] == "[" or ":" in cleaned else None


def _strict(text: str) -> Found | None:
    repairs: list[str] = []
    try:
        return Found(_decoder(repairs).decode(text), bool(repairs))
    except json.JSONDecodeError:
        return None
    except _Doubled as error:
        raise BadReply(str(error)) from None
    except RecursionError:
        raise BadReply(_DEEP) from None


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
        raise BadReply(LOST)
    return Found(value, True)


_EMPTY = re.compile(r'(?<!\\)""')


def _gist(text: str) -> list[str]:
    """Return the words and numbers of a JSON text, by which two of them that say the same can be told."""
    bare = re.sub(r"\\(?:u[0-9a-fA-F]{4}|.)", " ", text).lower()
    return [repr(float(each)) if each[0].isdigit() else each for each in _WORD.findall(bare)]
