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
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import (
    BatchTransport,
    Completion,
    Embedding,
    Fault,
    Request,
    Transport,
    TransportError,
)
from dfcli.runtime.transports.addresses import unbatched
from dfcli.runtime.transports.chat import completion, embedding, parameters, said
from dfcli.runtime.transports.faults import fault
from dfcli.runtime.transports.keys import VARIABLES, missing_key, provider, redact
from dfcli.runtime.transports.limits import limits
from dfcli.runtime.transports.litellm_batch import LiteLLMBatches

_NO_KEY = "none"
_MADE_UP = (408, 500)  # the status that litellm gives a call whose connection failed
_KNOWN: dict[str, Fault] = {
    "ContextWindowExceededError": "context_length",
    "ContentPolicyViolationError": "content_filter",
}
_PREFIX = re.compile(r"\A(?:litellm\.)?(?:\w+(?:Error|Timeout)[: ]+)*(?:\w+Exception - )?")


class LiteLLM(Transport):
    """Calls one model through litellm; EnvironmentLacks, before anything is loaded, when its key is missing."""

    def __init__(self, spec: ModelSpec) -> None:
        if name := missing_key(spec):
            raise EnvironmentLacks(f"{spec.model} needs its key in the environment variable {name}, which is not set")
        self._litellm = _loaded()

    async def complete(self, request: Request) -> Completion:
        spec = request.spec
        messages = [{"role": each.role, "content": each.content} for each in request.messages]
        try:
            response = await self._litellm.acompletion(
                messages=messages, drop_params=False, **_address(spec), **parameters(request)
            )
        except Exception as error:  # noqa: BLE001  litellm raises its providers' errors and its own, of any class
            raise _fault(error, spec) from None
        return completion(_answer(response), request, limits(_headers(response)))

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        try:
            response = await self._litellm.aembedding(input=list(texts), **_address(spec))
        except Exception as error:  # noqa: BLE001  as above
            raise _fault(error, spec) from None
        return embedding(response.model_dump(), len(texts))

    def takes_schema(self, spec: ModelSpec) -> bool:
        """Tell what litellm's table says; a server of one's own is tried first, most of them do."""
        return spec.base_url is not None or self._litellm.supports_response_schema(model=spec.model)

    def takes_n(self, spec: ModelSpec) -> bool:
        """Tell whether litellm passes `n` on to a model."""
        try:
            return "n" in (self._litellm.get_supported_openai_params(model=spec.model) or ())
        except Exception:  # noqa: BLE001  a provider that litellm does not know, whatever it raises for it
            return False

    def by_batch(self, spec: ModelSpec) -> BatchTransport | None:
        return None if unbatched(spec) else LiteLLMBatches(self._litellm, spec, _fault)

    async def close(self) -> None:
        await self._litellm.close_litellm_async_clients()


def _loaded() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    # pydantic's remarks on litellm's own types, made when they are first used, and on answers that do not fit them
    for remark in ("Items? .* `ReadOnly` qualifier", "Pydantic serializer warnings"):
        warnings.filterwarnings("ignore", message=remark, category=UserWarning)
    import litellm

    litellm.suppress_debug_info = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return litellm


def _address(spec: ModelSpec) -> dict[str, Any]:
    """Return where and with which key a model is called; the user's key for a provider goes to no other server."""
    key = os.environ.get(spec.api_key_env) if spec.api_key_env else None
    if key is None and spec.base_url is not None and provider(spec.model) in VARIABLES:
        key = _NO_KEY
    return {
        "model": spec.model,
        "api_base": spec.base_url,
        "api_key": key,
        "timeout": spec.timeout,
        "max_retries": 0,
    }


def _answer(response: Any) -> dict[str, Any]:
    """Return an answer in OpenAI's shapes: litellm keeps what it does not know of a message in a field of its own."""
    answer: dict[str, Any] = response.model_dump()
    for choice in answer["choices"]:
        message = choice["message"]
        message.setdefault("refusal", (message.get("provider_specific_fields") or {}).get("refusal"))
    return answer


def _fault(error: Exception, spec: ModelSpec) -> TransportError:
    """Return the error that litellm's is; the provider's own words are in its response, if there was one."""
    status, headers = getattr(error, "status_code", None), _headers(error)
    words = said(getattr(getattr(error, "response", None), "text", None) or "")
    shown = words.message or _PREFIX.sub("", str(error).split("\nTraceback", 1)[0]).strip().split("\n", 1)[0]
    if not headers and status in _MADE_UP:
        status = None
        shown = f"no answer within {spec.timeout:g} s" if type(error).__name__ == "Timeout" else shown
    message = redact(shown or type(error).__name__, spec)
    if (kind := _KNOWN.get(type(error).__name__)) is not None:
        return TransportError(kind, message, status=status)
    return fault(message, status, headers, words.code)


def _headers(holder: Any) -> Mapping[str, str]:
    """Return the provider's headers, in small letters; where litellm keeps them depends on the provider."""
    hidden = getattr(holder, "_hidden_params", None) or {}
    places = [
        hidden.get("headers"),
        getattr(holder, "litellm_response_headers", None),
        getattr(holder, "headers", None),
    ]
    places += [getattr(getattr(holder, "response", None), "headers", None), _passed_on(hidden)]
    found: Any = next((each for each in places if each), {})
    return {name.lower(): value for name, value in dict(found).items()}


def _passed_on(hidden: Mapping[str, Any]) -> dict[str, str]:
    given = hidden.get("additional_headers") or {}
    return {name.removeprefix("llm_provider-"): str(value) for name, value in given.items()}
