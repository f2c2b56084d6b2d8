"""What a server answers and what a transport makes of it: one table for every transport."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from dfcli.runtime.transports import Mode

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


@dataclass(frozen=True)
class Answer:
    """A server's answer; `how` it comes: whole, byte by byte, never, or broken off."""

    body: bytes | dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    how: Literal["whole", "split", "hang", "reset"] = "whole"
    kind: str = "application/json"


@dataclass(frozen=True)
class Case:
    """An answer and what comes of it: fields of a Completion, or `kind`, `message`, … of a TransportError."""

    answer: Answer
    expected: dict[str, Any]
    mode: Mode = "json_schema"
    schema: dict[str, Any] | None = None
    n: int = 1


def chat(content: Any, finish: str = "stop", usage: dict[str, Any] | None = USAGE, **message: Any) -> dict[str, Any]:
    """Return a chat completion as OpenAI sends it; `message` are further fields of the message."""
    said = {"role": "assistant", "content": content, **message}
    given = {"id": "x", "object": "chat.completion", "created": 1, "model": "stub-1"}
    choices = [{"index": 0, "message": said, "finish_reason": finish}]
    return given | {"choices": choices} | ({} if usage is None else {"usage": usage})


def _several(*texts: str) -> dict[str, Any]:
    choices = [chat(text)["choices"][0] | {"index": number} for number, text in enumerate(texts)]
    return chat("") | {"choices": choices}


def _calls(arguments: Any, finish: str = "tool_calls", content: str | None = None) -> dict[str, Any]:
    call = {"id": "c", "type": "function", "function": {"name": "reply", "arguments": arguments}}
    return chat(content, finish, tool_calls=[call])


def _text(text: str, finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    usual = {"tokens_in": 5, "tokens_out": 2, "estimated": False, "tokens_cached": 0, "tokens_reasoning": 0}
    return {"text": text, "finish": finish, "further": [], "limits": None, **usual, **more}


def _fault(kind: str, message: str | None = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "retry_after": None, **({} if message is None else {"message": message}), **more}


def _openai(message: str, type_: str = "stub", code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": type_, "param": None, "code": code}}


_DETAILS = {"prompt_tokens_details": {"cached_tokens": 3}, "completion_tokens_details": {"reasoning_tokens": 1}}
_LEFT = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}
_TOKENS = {"x-ratelimit-remaining-tokens": "149984", "x-ratelimit-reset-tokens": "20ms"}
_FULL = {"anthropic-ratelimit-requests-remaining": "4", "anthropic-ratelimit-requests-reset": "2020-01-01T00:00:00Z"}
_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
_LONG = "é漢字🙂" * 400

ANSWERS = {
    "plain": Case(Answer(chat("hello")), _text("hello", model="stub-1")),
    "text": Case(Answer(chat("hello")), _text("hello"), mode="text"),
    "schema": Case(Answer(chat('{"a": "é"}')), _text('{"a": "é"}'), schema=SCHEMA),
    "tool": Case(Answer(_calls('{"a": "é"}')), _text('{"a": "é"}'), "tool", SCHEMA),
    "tool that ends with stop": Case(Answer(_calls('{"a": 1}', "stop")), _text('{"a": 1}'), "tool", SCHEMA),
    "tool with an object": Case(Answer(_calls({"a": "b"})), _text('{"a": "b"}'), "tool", SCHEMA),
    "tool cut off": Case(Answer(_calls('{"a', "length")), _text('{"a', "length"), "tool", SCHEMA),
    "tool not called": Case(Answer(chat('{"a": 1}')), _text('{"a": 1}'), "tool", SCHEMA),
    "json mode": Case(Answer(chat('{"a": 1}')), _text('{"a": 1}'), "json"),
    "three": Case(
        Answer(_several("one", "two", "three")), _text("one", further=[["two", "stop"], ["three", "stop"]]), n=3
    ),
    "fewer than three": Case(Answer(chat("one")), _text("one"), n=3),
    "null": Case(Answer(chat(None)), _text("")),
    "length": Case(Answer(chat("cut o", "length")), _text("cut o", "length")),
    "filter": Case(Answer(chat("", "content_filter")), _text("", "content_filter")),
    "refusal": Case(Answer(chat(None, refusal="I will not")), _text("I will not", "content_filter")),
    "no choice": Case(Answer(chat(None) | {"choices": []}), {"text": "", "finish": None}),
    "reasoning apart": Case(Answer(chat("\n\nhello", reasoning_content="hm")), _text("hello")),
    "reasoning alone": Case(Answer(chat(None, reasoning_content="hm")), _text("")),
    "reasoning in the text": Case(Answer(chat("<think>\nhm\n</think>\n\nhello")), _text("hello")),
    "reasoning without an end": Case(Answer(chat("<think>hm", "length")), _text("<think>hm", "length")),
    "no usage": Case(
        Answer(chat("four words of text", usage=None)),
        _text("four words of text", tokens_in=3, estimated=True) | {"tokens_out": 5},
    ),
    "usage in detail": Case(
        Answer(chat("hello", usage=USAGE | _DETAILS)), _text("hello", tokens_cached=3, tokens_reasoning=1)
    ),
    "usage without details": Case(Answer(chat("hello", usage=USAGE | {"prompt_tokens_details": None})), _text("hello")),
    "many bytes": Case(Answer(chat(_LONG)), _text(_LONG)),
    "many bytes one by one": Case(Answer(chat("é漢字🙂"), how="split"), _text("é漢字🙂")),
    "half a pair": Case(Answer(json.dumps(chat("a\ud83d")).encode()), _text("a\ud83d")),
    "limits": Case(Answer(chat("hello"), headers=_LEFT | _TOKENS), _text("hello", limits=[0, 360.0, 149984, 0.02])),
    "limits as Anthropic gives them": Case(
        Answer(chat("hello"), headers=_FULL), _text("hello", limits=[4, 0.0, None, None])
    ),
}
REFUSALS = {
    "OpenAI": Case(Answer(_openai("no such parameter"), 400), _fault("bad_request", "no such parameter", status=400)),
    "OpenAI, context": Case(
        Answer(_openai("This is too much", code="context_length_exceeded"), 400), _fault("context_length")
    ),
    "OpenAI, policy": Case(Answer(_openai("our content policy"), 400), _fault("content_filter")),
    "OpenAI, key": Case(Answer(_openai("wrong key"), 401), _fault("fatal", "wrong key", status=401)),
    "OpenAI, money": Case(Answer(_openai("pay first"), 402), _fault("fatal", "pay first")),
    "OpenAI, permission": Case(Answer(_openai("not yours"), 403), _fault("fatal", "not yours")),
    "OpenAI, model": Case(Answer(_openai("no such model"), 404), _fault("fatal", "no such model")),
    "OpenAI, quota": Case(Answer(_openai("no more", "insufficient_quota"), 429), _fault("fatal", "no more")),
    "Anthropic": Case(
        Answer({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529),
        _fault("transient", "Overloaded", status=529),
    ),
    "vLLM": Case(
        Answer({"object": "error", "message": "bad sampling", "type": "BadRequestError", "code": 400}, 400),
        _fault("bad_request", "bad sampling"),
    ),
    "vLLM, context": Case(
        Answer({"object": "error", "message": "maximum context length is 10 tokens", "code": 400}, 400),
        _fault("context_length"),
    ),
    "detail": Case(Answer({"detail": "cannot be processed"}, 422), _fault("bad_request", "cannot be processed")),
    "list of details": Case(
        Answer({"detail": [{"loc": ["body", "n"], "msg": "too large", "type": "x"}]}, 422),
        _fault("bad_request", "body.n: too large"),
    ),
    "Ollama": Case(Answer({"error": "model 'm' not found"}, 404), _fault("fatal", "model 'm' not found")),
    "no tools": Case(
        Answer(_openai("No endpoints found that support tool use"), 404), _fault("bad_request"), "tool", SCHEMA
    ),
    "proxy": Case(Answer(_PAGE, 502, kind="text/html"), _fault("transient", "502 Bad Gateway nginx")),
    "nothing said": Case(Answer(b"", 500), _fault("transient")),
    "overload": Case(Answer(_openai("try again in 2s"), 503), _fault("transient", retry_after=2.0)),
    "refusal with status 200": Case(
        Answer({"error": {"message": "upstream is full", "code": 502}}),
        _fault("transient", "upstream is full", status=502),
    ),
    "too many": Case(Answer(_openai("slow down"), 429), _fault("rate_limit", "slow down", status=429)),
    "too many, in HTML": Case(Answer(b"<h1>slow</h1>", 429, kind="text/html"), _fault("rate_limit", "slow")),
    "too many, retry-after": Case(
        Answer(_openai("slow down"), 429, {"Retry-After": "0.05", **_LEFT}), _fault("rate_limit", retry_after=0.05)
    ),
    "too many, reset": Case(
        Answer(_openai("slow down"), 429, _LEFT | _TOKENS), _fault("rate_limit", retry_after=360.0)
    ),
    "too many tokens, reset": Case(Answer(_openai("too large"), 429, _TOKENS), _fault("rate_limit", retry_after=0.02)),
    "page": Case(Answer(b"<html>a proxy</html>", kind="text/html"), _fault("transient")),
    "half a body": Case(Answer(json.dumps(chat("hello")).encode()[:60]), _fault("transient")),
    "not a completion": Case(Answer(b'["a"]'), _fault("transient")),
    "reset": Case(Answer(chat("hello"), how="reset"), _fault("transient", status=None)),
    "hang": Case(Answer(chat("hello"), how="hang"), _fault("transient", "no answer within 0.3 s", status=None)),
    "key in the answer": Case(Answer(_openai("sk-stub is no key"), 401), _fault("fatal", "<STUB_KEY> is no key")),
}
CASES = ANSWERS | REFUSALS

DIFFERS: dict[tuple[str, str], dict[str, Any]] = {}
"""What a transport makes of a case differently, by its name and the case's, where nothing can be done about it."""
