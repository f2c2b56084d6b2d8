"""Batches by OpenAI's protocol of files and batches, through litellm, which is handed in.

The address and the key are always given to litellm, so that it takes no other key from the environment.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import BatchTransport, Completion, Progress, Request, TransportError
from dfcli.runtime.transports.addresses import OPENAI, address
from dfcli.runtime.transports.chat import body, completion, said
from dfcli.runtime.transports.faults import fault
from dfcli.runtime.transports.keys import key_variable, redact

MARK = "dfcli"
"""The name under which the provider keeps our mark with a batch."""

_OVER = ("completed", "failed", "expired", "cancelled")
_PAGE, _PAGES = 100, 20
_SKEW = 3600.0
"""Seconds by which the provider's clock may differ from ours."""

_UPLOAD = 600.0
"""Seconds that a file of a batch may take."""


@dataclass(frozen=True)
class LiteLLMBatches(BatchTransport):
    """The batches of one model. The limits are OpenAI's; `failure` tells what an error of litellm's is."""

    litellm: Any
    spec: ModelSpec
    failure: Callable[[Exception, ModelSpec], TransportError]
    most_requests: int = 50_000
    most_bytes: int = 200_000_000

    def size(self, key: str, request: Request) -> int:
        return len(self._line(key, request))

    async def submit(self, requests: Mapping[str, Request], mark: str) -> str:
        lines = b"".join(self._line(key, request) for key, request in requests.items())
        file = await self._call("acreate_file", file=(f"{mark}.jsonl", lines), purpose="batch")
        batch = await self._call(
            "acreate_batch",
            completion_window="24h",
            endpoint="/v1/chat/completions",
            input_file_id=file.id,
            metadata={MARK: mark},
        )
        return str(batch.id)

    async def find(self, mark: str, since: float) -> str | None:
        after = None
        for _ in range(_PAGES):
            page = await self._call("alist_batches", limit=_PAGE, after=after)
            for batch in page.data:
                if (batch.metadata or {}).get(MARK) == mark:
                    return str(batch.id)
            if not page.data or not page.has_more or page.data[-1].created_at < since - _SKEW:
                return None
            after = page.data[-1].id
        return None

    async def poll(self, batch: str) -> Progress:
        found = await self._call("aretrieve_batch", batch_id=batch)
        counts, errors = found.request_counts, found.errors.data if found.errors else None
        why = "; ".join(f"{each.message} {each.code or ''}".strip() for each in errors or ())
        answered = counts.completed if counts else 0
        return Progress(found.status in _OVER, found.status, answered, redact(why, self.spec))

    async def results(self, batch: str) -> AsyncIterator[tuple[str, Completion | TransportError]]:
        found = await self._call("aretrieve_batch", batch_id=batch)
        for file in (found.output_file_id, found.error_file_id):
            if file:
                content = await self._call("afile_content", file_id=file)
                for each in _read(content.content, self.spec):
                    yield each

    def _line(self, key: str, request: Request) -> bytes:
        asked = {
            "custom_id": key,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": body(request, address(request.spec) == OPENAI),
        }
        return orjson.dumps(asked, option=orjson.OPT_APPEND_NEWLINE)

    async def _call(self, name: str, **given: Any) -> Any:
        variable = key_variable(self.spec)
        where = {
            "custom_llm_provider": "openai",
            "api_base": address(self.spec),
            "api_key": (os.environ.get(variable) if variable else None) or "none",
            "timeout": max(self.spec.timeout, _UPLOAD),
            "max_retries": 0,
            # litellm makes a client for each of these calls, and never closes it; only the list takes no headers
            "extra_headers": {"Connection": "close"},
            # else it would fetch the results of a batch that is over, for a log of its own
            "litellm_metadata": {"batch_ignore_default_logging": True},
        }
        try:
            return await getattr(self.litellm, name)(**given, **where)
        except Exception as error:  # noqa: BLE001  litellm raises its providers' errors and its own, of any class
            raise self.failure(error, self.spec) from None


def _read(lines: bytes, spec: ModelSpec) -> Iterator[tuple[str, Completion | TransportError]]:
    """Yield what stands in a file of results; a line that is none of it is left out."""
    for line in lines.split(b"\n"):
        try:
            given = orjson.loads(line)
            found = str(given["custom_id"]), _answer(given, spec)
        except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):  # a stranger's JSON, of any shape
            continue
        yield found


def _answer(given: Mapping[str, Any], spec: ModelSpec) -> Completion | TransportError:
    response = given.get("response") or {}
    status, came = response.get("status_code") or 200, response.get("body") or {}
    if status < 400 and came.get("choices"):
        return completion(came, Request(spec, ()))
    words = said(orjson.dumps(came or {"error": given.get("error") or {"message": "no answer"}}))
    return fault(redact(words.message, spec), status if status >= 400 else None, {}, words.code)
