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
from collections.abc import Mapping

from dfcli.runtime.transports import Fault, TransportError
from dfcli.runtime.transports.limits import retry_after

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
_ABOUT_FORM = re.compile(
    r"response_format|response_schema|json_schema|json_object|json mode|output_format|structured[_ ]output"
    r"|guided[_ ](?:json|decoding)|tool[_ ]choice|\btools?\b|function[_ -]call",
    re.IGNORECASE,
)

_UNABLE = re.compile(
    r"not support|unsupported|found that support|requires --|not (?:yet )?(?:implemented|available)|unavailable",
    re.IGNORECASE,
)


def fault(
    message: str, status: int | None = None, headers: Mapping[str, str] | None = None, code: str = ""
) -> TransportError:
    """Return the error that a refused call is; without a status the connection failed.

    `code` is what the provider says besides, for programs.
    """
    wait = retry_after(headers or {}, message, status)
    return TransportError(_kind(f"{message} {code}", status, wait), message, status=status, retry_after=wait)


def refuses_schema(error: TransportError) -> bool:
    """Tell whether a request was refused because of the form it asked of the answer: a schema, a tool, JSON mode."""
    return error.kind == "bad_request" and _ABOUT_FORM.search(str(error)) is not None


def _kind(message: str, status: int | None, wait: float | None) -> Fault:
    if _NO_CREDIT.search(message) or (_MAYBE_NO_CREDIT.search(message) and wait is None) or _NEVER.search(message):
        return "fatal"
    if status in (400, 403, 413, 422) and _FILTERED.search(message):
        return "content_filter"
    if status in (400, 413, 422) and _TOO_LONG.search(message):
        return "context_length"
    if status in (404, 500, 501) and _ABOUT_FORM.search(message) and _UNABLE.search(message):
        return "bad_request"
    if status is None or status >= 500:
        return "transient"
    return _BY_STATUS.get(status, "bad_request")
