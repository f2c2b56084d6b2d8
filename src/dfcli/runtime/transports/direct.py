"""Any endpoint that speaks OpenAI's protocol, on one HTTP client that keeps its connections: little work per call."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson

from dfcli.errors import EnvironmentLacks, UsageError
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Embedding, Limits, Request, Transport, TransportError
from dfcli.runtime.transports.addresses import OPENAI, address, model_name, takes_n, unserved
from dfcli.runtime.transports.chat import body, completion, embedding, said
from dfcli.runtime.transports.faults import fault
from dfcli.runtime.transports.keys import key_variable, missing_key, redact
from dfcli.runtime.transports.limits import limits

CONNECTING = 10.0
"""Seconds that a connection may take to be made."""

_KEPT, _NAMES_KEPT = 60.0, 300


class Direct(Transport):
    """Calls the models at one address; EnvironmentLacks when the key is missing, UsageError when it cannot serve."""

    keeps_time: ClassVar[bool] = True

    def __init__(self, spec: ModelSpec) -> None:
        base = address(spec)
        if base is None:
            raise UsageError(unserved(spec) or f"{spec.model} is not known to speak OpenAI's protocol")
        if name := missing_key(spec):
            raise EnvironmentLacks(f"{spec.model} needs its key in the environment variable {name}, which is not set")
        self._chat, self._embeddings = f"{base}/chat/completions", f"{base}/embeddings"
        self._openai = base == OPENAI
        self._proxy = _proxy(base)
        self._session: aiohttp.ClientSession | None = None

    async def complete(self, request: Request) -> Completion:
        spec = request.spec
        answer, left = await self._post(self._chat, body(request, self._openai), spec)
        return completion(answer, request, left)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        answer, _ = await self._post(self._embeddings, {"model": model_name(spec), "input": list(texts)}, spec)
        return embedding(answer, len(texts))

    def takes_n(self, spec: ModelSpec) -> bool:
        return takes_n(spec)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, url: str, body: Mapping[str, Any], spec: ModelSpec) -> tuple[dict[str, Any], Limits | None]:
        """Send once; return the JSON object that came back, and what its headers say of limits."""
        session = self._session = self._session or _session()
        sent, headers, timeout = orjson.dumps(body), _headers(_key(spec)), _timeout(spec.timeout)
        try:
            async with session.post(url, data=sent, headers=headers, timeout=timeout, proxy=self._proxy) as response:
                status, told, came = response.status, response.headers, await response.read()
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            raise _lost(error, spec) from None
        answer = _object(came) if status < 400 else None
        if answer is None or (answer.get("error") and not answer.get("choices")):
            raise _refused(status, told, came, spec)
        return answer, limits(told)


def _session() -> aiohttp.ClientSession:
    """Return a client for as many calls at once as are made; it belongs to the loop that is running."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, limit_per_host=0, keepalive_timeout=_KEPT, ttl_dns_cache=_NAMES_KEPT),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "dfcli"},
    )


def _key(spec: ModelSpec) -> str | None:
    name = key_variable(spec)
    return os.environ.get(name) if name else None


@lru_cache(maxsize=64)
def _headers(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.strip()}"} if key else {}


@lru_cache(maxsize=64)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, connect=CONNECTING, sock_connect=CONNECTING)


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for an address."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    return None if proxy is None or proxy_bypass(parts.hostname or "") else proxy


def _object(body: bytes) -> dict[str, Any] | None:
    """Return a JSON object, or None when it is something else. orjson is strict about what others let pass."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            given = json.loads(body)
        except ValueError:
            return None
    return given if isinstance(given, dict) else None


def _lost(error: Exception, spec: ModelSpec) -> TransportError:
    """Return the error that a call without an answer is."""
    if isinstance(error, TimeoutError):
        connecting = isinstance(error, aiohttp.ConnectionTimeoutError)
        return fault(f"no connection within {CONNECTING:g} s" if connecting else f"no answer within {spec.timeout:g} s")
    words = redact(str(error) or type(error).__name__, spec)
    if isinstance(error, aiohttp.InvalidURL):
        return TransportError("fatal", f"{words} is no address")
    return fault(words)


def _refused(status: int, headers: Mapping[str, str], body: bytes, spec: ModelSpec) -> TransportError:
    """Return the error that a refusal is; some servers refuse with status 200, or send there what is no answer."""
    words = said(body)
    message = redact(words.message, spec)
    if status < 400 and not words.refuses:
        return fault(f"what came back is no answer: {message}")
    return fault(message, words.status if status < 400 else status, headers, words.code)
