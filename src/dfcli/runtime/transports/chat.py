"""Chat completions in OpenAI's shapes: what a request says, and what an answer or a refusal says. Any transport's.

Answers come from servers of all kinds, so fields are taken as they come, and what has the wrong type is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from dfcli.runtime.transports import Choice, Completion, Embedding, Limits, Request, TransportError
from dfcli.runtime.transports.addresses import model_name

TOOL = "reply"
"""The name of the schema, and of the one tool that a model is made to call."""

_CHARACTERS_PER_TOKEN = 4
_FINISH = {
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "tool_calls": "stop",  # the one tool it was told to call
    "max_tokens": "length",
}
_THOUGHT = re.compile(r"\A\s*<(think|thinking)>.*?</\1>", re.DOTALL)
_LONGEST = 500


class Said(NamedTuple):
    """A refusal in the provider's words, with its type and code, and the status if it stands in the body.

    `refuses` is whether it is meant as a refusal: some servers send theirs with status 200.
    """

    message: str
    code: str = ""
    status: int | None = None
    refuses: bool = False


def parameters(request: Request) -> dict[str, Any]:
    """Return all that is sent besides model and messages: only what the recipe or the way of asking calls for."""
    spec = request.spec
    given: dict[str, Any] = {}
    if spec.temperature is not None:
        given["temperature"] = spec.temperature
    if spec.top_p is not None:
        given["top_p"] = spec.top_p
    if spec.max_tokens is not None:
        given["max_tokens"] = spec.max_tokens
    if spec.seed is not None:
        given["seed"] = spec.seed
    if request.n > 1:
        given["n"] = request.n
    if request.schema is not None or request.mode == "json":
        given |= _form(request)
    return given


def body(request: Request, openai: bool) -> dict[str, Any]:
    """Return a request as it is sent; OpenAI itself has another name for the longest reply."""
    messages = [{"role": each.role, "content": each.content} for each in request.messages]
    sent = {"model": model_name(request.spec), "messages": messages, **parameters(request)}
    if openai and "max_tokens" in sent:
        sent["max_completion_tokens"] = sent.pop("max_tokens")
    return sent


def completion(answer: Mapping[str, Any], request: Request, limits: Limits | None = None) -> Completion:
    """Return what a model answered; an answer without a choice is an empty one."""
    choices = [_choice(each) for each in answer.get("choices") or ()] or [Choice("", None)]
    usage = answer.get("usage") or {}
    tokens_in, tokens_out = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    estimated = not tokens_in and not tokens_out
    if estimated:
        tokens_in = sum(len(each.content) for each in request.messages) // _CHARACTERS_PER_TOKEN + 1
        tokens_out = sum(len(each.text) // _CHARACTERS_PER_TOKEN + 1 for each in choices)
    cached = _detail(usage, "prompt_tokens_details", "cached_tokens") or usage.get("prompt_cache_hit_tokens") or 0
    reasoning = _detail(usage, "completion_tokens_details", "reasoning_tokens")
    first, *others = choices
    return Completion(
        first.text,
        first.finish,
        tokens_in,
        tokens_out,
        answer.get("model"),
        estimated,
        cached,
        reasoning,
        limits,
        tuple(others),
    )


def embedding(answer: Mapping[str, Any], expected: int) -> Embedding:
    """Return the vectors of an answer in the order of the texts; TransportError when there are not as many."""
    data = answer.get("data") or ()
    if len(data) != expected:
        raise TransportError("transient", f"{len(data)} vectors came back for {expected} texts")
    placed = sorted(enumerate(data), key=lambda each: each[1].get("index", each[0]))
    return Embedding([each["embedding"] for _, each in placed], (answer.get("usage") or {}).get("prompt_tokens") or 0)


def said(body: bytes | str) -> Said:
    """Return what a refusal says, whoever wrote it: OpenAI, Anthropic, vLLM, FastAPI, Ollama, or a proxy in HTML."""
    try:
        given = json.loads(body)
    except ValueError:
        return Said(_plain(body if isinstance(body, str) else body.decode("utf-8", "replace")))
    if not isinstance(given, dict):
        return Said(_short(str(given)))
    error = given.get("error") or given
    if not isinstance(error, dict):
        return Said(_short(str(error)), refuses=True)
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else None
    return Said(_message(error), f"{error.get('type') or ''} {code or ''}".strip(), status, error is not given)


def _form(request: Request) -> dict[str, Any]:
    """Return how the shape of the answer is asked for."""
    match request.mode:
        case "json":
            return {"response_format": {"type": "json_object"}}
        case "json_schema":
            schema = {"name": TOOL, "schema": request.schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case "tool":
            tool = {"type": "function", "function": {"name": TOOL, "parameters": request.schema}}
            return {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": TOOL}}}
    return {}


def _choice(choice: Mapping[str, Any]) -> Choice:
    """Return a choice's text and why it ended; a refusal is the model's own content filter."""
    message = choice.get("message") or {}
    finish = choice.get("finish_reason") or None
    text = _arguments(calls[0]) if (calls := message.get("tool_calls")) else _text(message)
    if not text and (refused := message.get("refusal")):
        return Choice(refused, "content_filter")
    return Choice(text, finish and _FINISH.get(finish, finish))


def _text(message: Mapping[str, Any]) -> str:
    """Return the text without the reasoning that a provider separates from it, or marks at its beginning."""
    content = message.get("content")
    if not isinstance(content, str):  # null, or a list of parts
        parts = content if isinstance(content, list) else ()
        content = "".join(each["text"] for each in parts if isinstance(each, Mapping) and each.get("type") == "text")
    bare = _THOUGHT.sub("", content, count=1) if "<think" in content else content
    apart = bare is not content or message.get("reasoning_content") or message.get("reasoning")
    return bare.lstrip() if apart else bare


def _arguments(call: Mapping[str, Any]) -> str:
    given = (call.get("function") or {}).get("arguments")
    return given if isinstance(given, str) else "" if given is None else json.dumps(given)


def _detail(usage: Mapping[str, Any], group: str, name: str) -> int:
    return (usage.get(group) or {}).get(name) or 0


def _message(error: Mapping[str, Any]) -> str:
    message = error.get("message") or error.get("detail") or json.dumps(error, ensure_ascii=False)
    if isinstance(message, list):  # FastAPI's list of what is wrong with the request
        message = "; ".join(_misfit(each) for each in message)
    return _short(str(message))


def _misfit(each: Any) -> str:
    if not isinstance(each, Mapping):
        return str(each)
    place = ".".join(map(str, each.get("loc") or ()))
    return f"{place}: {each.get('msg')}" if place else str(each.get("msg"))


def _plain(text: str) -> str:
    """Return the words of a page."""
    if "<" in text:
        text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    return _short(" ".join(text.split()))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
