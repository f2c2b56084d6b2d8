"""What kind of failure a provider's error is, from its status and words; the same for every transport.

rate_limit       too many calls for now: wait, then ask again
transient        overload, timeout, lost connection: ask again a few times
fatal            no later call can succeed: wrong key, unknown model, no credit
content_filter   the provider refuses this content
context_length   the prompt is too long for the model
bad_request      the provider refuses this request for another reason
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz

from dfcli.runtime.transports import Fault, TransportError

_BY_STATUS: dict[int, Fault] = {
    401: "fatal",
    402: "fatal",
    403: "fatal",
    404: "fatal",
    405: "fatal",
    408: "transient",
    409: "transient",
    425: "transient",
    429: "rate_limit",
}

_NO_CREDIT = re.compile(
    r"insufficient[_ ]quota|credit balance|insufficient[_ ](?:credit|balance|funds)|payment required", re.IGNORECASE
)
# Google answers 429 with these words for limits per minute as well; then it says when to come back.
_MAYBE_NO_CREDIT = re.compile(r"exceeded your current quota|check your plan and billing", re.IGNORECASE)
_NEVER = re.compile(
    r"missing credentials|provider not provided|no module named|model[_ ]not[_ ]found|unknown model", re.IGNORECASE
)
_FILTERED = re.compile(
    r"content[_ ](?:filter|policy|management)|moderation|flagged|safety system|responsible ai", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"context[_ ](?:length|window)|maximum context|prompt is too long|too many (?:input )?tokens|input is too long"
    r"|input token count|exceeds? the (?:model'?s )?(?:maximum )?(?:context|number of tokens)",
    re.IGNORECASE,
)
_ABOUT_SCHEMA = re.compile(
    r"response_format|response_schema|json_schema|output_format|structured[_ ]output|guided[_ ](?:json|decoding)",
    re.IGNORECASE,
)
_WAIT = re.compile(r"(?:retry|try again) (?:in|after) ([\d.]+) ?(ms|s)", re.IGNORECASE)


def fault(message: str, status: int | None, headers: Mapping[str, str] | None = None) -> TransportError:
    """Return the error that a refused call is; without a status the connection failed."""
    wait = retry_after(headers or {}, message)
    return TransportError(_kind(message, status, wait), message, status=status, retry_after=wait)


def refuses_schema(error: TransportError) -> bool:
    """Tell whether a request was refused because of the JSON Schema it carried."""
    return error.kind == "bad_request" and _ABOUT_SCHEMA.search(str(error)) is not None


def retry_after(headers: Mapping[str, str], message: str = "") -> float | None:
    """Return the seconds to wait that a response asks for, in a header (seconds or a date) or in its words."""
    given = {name.lower(): value.strip() for name, value in headers.items() if name.lower().startswith("retry-after")}
    if (milliseconds := _number(given.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    if (value := given.get("retry-after")) is not None:
        seconds = _number(value)
        return seconds if seconds is not None else _until(value)
    if said := _WAIT.search(message):
        seconds = _number(said[1])
        return seconds if seconds is None or said[2].lower() == "s" else seconds / 1000
    return None


def _kind(message: str, status: int | None, wait: float | None) -> Fault:
    if _NO_CREDIT.search(message) or (_MAYBE_NO_CREDIT.search(message) and wait is None) or _NEVER.search(message):
        return "fatal"
    if status in (400, 403, 413, 422) and _FILTERED.search(message):
        return "content_filter"
    if status in (400, 413, 422) and _TOO_LONG.search(message):
        return "context_length"
    if status is None or status >= 500:
        return "transient"
    return _BY_STATUS.get(status, "bad_request")


def _number(text: str) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        return None


def _until(date: str) -> float | None:
    parsed = parsedate_tz(date)
    return None if parsed is None else max(0.0, mktime_tz(parsed) - time.time())
