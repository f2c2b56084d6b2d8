"""Every provider that litellm knows. The only module that imports it, and only when a model is first asked.

litellm's own retries are off, its price list stays the one in the package, and it prints and logs nothing.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from dfcli.errors import EnvironmentLacks
from dfcli.recipes.model import ModelSpec, Price
from dfcli.runtime.transports import Completion, Embedding, Fault, Request, Transport, TransportError
from dfcli.runtime.transports.faults import fault
from dfcli.runtime.transports.keys import missing_key, provider, redact

_NO_KEY = "none"
_CHARACTERS_PER_TOKEN = 4
_PREFIX = re.compile(r"\A(?:litellm\.)?(?:\w+(?:Error|Timeout)[: ]+)*(?:\w+Exception - )?")


class LiteLLM(Transport):
    """Calls one model through litellm; EnvironmentLacks, before anything is loaded, when its key is missing."""

    def __init__(self, spec: ModelSpec) -> None:
        if name := missing_key(spec):
            raise EnvironmentLacks(f"{spec.model} needs its key in the environment variable {name}, which is not set")
        self._litellm = _loaded()

    async def complete(self, request: Request) -> Completion:
        spec = request.spec
        sampling = spec.model_dump(include={"temperature", "top_p", "max_tokens", "seed"}, exclude_none=True)
        messages = [{"role": each.role, "content": each.content} for each in request.messages]
        try:
            response = await self._litellm.acompletion(
                messages=messages, drop_params=False, **_address(spec), **sampling, **_format(request)
            )
        except Exception as error:  # noqa: BLE001  litellm raises its providers' errors and its own, of any class
            raise self._fault(error, spec) from None
        return _completion(response, request)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        try:
            response = await self._litellm.aembedding(input=list(texts), **_address(spec))
        except Exception as error:  # noqa: BLE001  as above
            raise self._fault(error, spec) from None
        vectors = [each["embedding"] for each in sorted(response.data, key=lambda each: each["index"])]
        return Embedding(vectors, getattr(response.usage, "prompt_tokens", None) or 0)

    def takes_schema(self, spec: ModelSpec) -> bool:
        """Tell what litellm's table says; a server of one's own is tried first, most of them do."""
        return spec.base_url is not None or self._litellm.supports_response_schema(model=spec.model)

    def price(self, spec: ModelSpec) -> Price | None:
        """Return the price in litellm's table, where 0 means that nobody entered one."""
        try:
            info = self._litellm.get_model_info(spec.model)
        except Exception:  # noqa: BLE001  a model that is not in the table, whatever litellm raises for it
            return None
        price = Price(
            input=1e6 * (info["input_cost_per_token"] or 0), output=1e6 * (info["output_cost_per_token"] or 0)
        )
        return price if price.input or price.output else None

    async def close(self) -> None:
        await self._litellm.close_litellm_async_clients()

    def _fault(self, error: Exception, spec: ModelSpec) -> TransportError:
        said = _PREFIX.sub("", str(error).split("\nTraceback", 1)[0]).strip().split("\n", 1)[0]
        message = redact(said or type(error).__name__, spec)
        known: dict[str, Fault] = {
            "ContextWindowExceededError": "context_length",
            "ContentPolicyViolationError": "content_filter",
        }
        status = getattr(error, "status_code", None)
        if (kind := known.get(type(error).__name__)) is not None:
            return TransportError(kind, message, status=status)
        return fault(message, status, _headers(error))


def _loaded() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    # pydantic's remark on litellm's own types, made when they are first used
    warnings.filterwarnings("ignore", message="Items? .* `ReadOnly` qualifier", category=UserWarning)
    import litellm

    litellm.suppress_debug_info = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return litellm


def _address(spec: ModelSpec) -> dict[str, Any]:
    """Return where and with which key a model is called; the user's key for OpenAI goes to no other server."""
    key = os.environ.get(spec.api_key_env) if spec.api_key_env else None
    if key is None and spec.base_url is not None and provider(spec.model) == "openai":
        key = _NO_KEY
    return {
        "model": spec.model,
        "api_base": spec.base_url,
        "api_key": key,
        "timeout": spec.timeout,
        "max_retries": 0,
    }


def _format(request: Request) -> dict[str, Any]:
    if request.schema is None:
        return {}
    schema = {"name": "reply", "schema": request.schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _completion(response: Any, request: Request) -> Completion:
    text, finish = _said(response.choices[0]) if response.choices else ("", None)
    usage = getattr(response, "usage", None)
    tokens_in, tokens_out = getattr(usage, "prompt_tokens", None) or 0, getattr(usage, "completion_tokens", None) or 0
    estimated = not tokens_in and not tokens_out
    if estimated:
        tokens_in = sum(len(each.content) for each in request.messages) // _CHARACTERS_PER_TOKEN + 1
        tokens_out = len(text) // _CHARACTERS_PER_TOKEN + 1
    return Completion(text, finish, tokens_in, tokens_out, response.model, estimated)


def _said(choice: Any) -> tuple[str, str | None]:
    """Return a choice's text and why it ended; a refusal is the model's own content filter."""
    fields = getattr(choice.message, "provider_specific_fields", None) or {}  # where litellm before 1.110 puts it
    refusal = getattr(choice.message, "refusal", None) or fields.get("refusal")
    if not choice.message.content and refusal:
        return refusal, "content_filter"
    return choice.message.content or "", choice.finish_reason


def _headers(error: Exception) -> Mapping[str, str]:
    """Return the provider's headers; where litellm keeps them depends on the provider."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("litellm_response_headers", "headers"):
            if headers := getattr(holder, name, None):
                return dict(headers)
    return {}
