"""What a response's headers say of a provider's limits: how much is left, when it is full again, how long to wait."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import mktime_tz, parsedate_tz

from dfcli.runtime.transports import Limits

_PART = re.compile(r"([\d.]+)(ms|[smhd])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WAIT = re.compile(r"(?:retry|try again) (?:in|after) ((?:[\d.]+ ?(?:ms|[smh]))+)", re.IGNORECASE)
_EPOCH, _EPOCH_MS = 1e9, 1e12

# OpenAI and those who follow it; OpenRouter, without saying what it counts; Anthropic.
_REQUESTS_LEFT = ("x-ratelimit-remaining-requests", "x-ratelimit-remaining", "anthropic-ratelimit-requests-remaining")
_REQUESTS_RESET = ("x-ratelimit-reset-requests", "x-ratelimit-reset", "anthropic-ratelimit-requests-reset")
_TOKENS_LEFT = ("x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining")
_TOKENS_RESET = ("x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset")


def limits(headers: Mapping[str, str]) -> Limits | None:
    """Return what headers (in small letters, or in a mapping that does not care) say of limits, or None."""
    requests_left, requests_reset = _first(headers, _REQUESTS_LEFT), _first(headers, _REQUESTS_RESET)
    tokens_left, tokens_reset = _first(headers, _TOKENS_LEFT), _first(headers, _TOKENS_RESET)
    if requests_left is None and requests_reset is None and tokens_left is None and tokens_reset is None:
        return None
    return Limits(_count(requests_left), seconds(requests_reset), _count(tokens_left), seconds(tokens_reset))


def seconds(text: str | None) -> float | None:
    """Return a time from now: `1s`, `6m0s`, `20ms`, plain seconds, a date, or a point of Unix time."""
    text = (text or "").strip()
    number = _number(text)
    if number is not None:
        return number if number < _EPOCH else max(0.0, number / (1 if number < _EPOCH_MS else 1000) - time.time())
    parts = _PART.findall(text)
    if parts and "".join(map("".join, parts)) == text:
        numbers = [(_number(amount), _SECONDS[unit]) for amount, unit in parts]
        return sum(amount * unit for amount, unit in numbers if amount is not None)
    return _until(text)


def retry_after(headers: Mapping[str, str], message: str = "", status: int | None = None) -> float | None:
    """Return the seconds to wait that a response asks for: in a header, in its words, or (429) by what is used up."""
    given = {name.lower(): value for name, value in headers.items()}
    milliseconds = _number(given.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    if "retry-after" in given:
        return seconds(given["retry-after"])
    if words := _WAIT.search(message):
        return seconds(words[1].lower().replace(" ", ""))
    return _until_full(limits(given)) if status == 429 else None


def _until_full(left: Limits | None) -> float | None:
    """Return when what is used up is full again; where nothing is, a call was too large for the tokens left."""
    if left is None:
        return None
    resets = [(left.requests_left, left.requests_reset), (left.tokens_left, left.tokens_reset)]
    used_up = [reset for amount, reset in resets if amount == 0 and reset is not None]
    if used_up:
        return max(used_up)
    if left.tokens_reset is not None:
        return left.tokens_reset
    return left.requests_reset if left.requests_left is None else None


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    for name in names:
        if (value := headers.get(name)) is not None:
            return value
    return None


def _count(text: str | None) -> int | None:
    number = _number(text or "")
    return None if number is None else int(number)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _until(date: str) -> float | None:
    try:
        return max(0.0, datetime.fromisoformat(date).timestamp() - time.time())
    except ValueError:
        parsed = parsedate_tz(date)
    return None if parsed is None else max(0.0, mktime_tz(parsed) - time.time())
