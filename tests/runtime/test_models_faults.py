"""What kind of failure an error is, how long to wait, and where keys are and are not."""

from __future__ import annotations

import email.utils
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import TransportError
from dfcli.runtime.transports.faults import fault, refuses_schema
from dfcli.runtime.transports.keys import VARIABLES, missing_key, redact
from dfcli.runtime.transports.limits import limits, retry_after, seconds

HEADERS = (
    "retry-after",
    "retry-after-ms",
    *(f"x-ratelimit-{what}-{of}" for what in ("remaining", "reset") for of in ("requests", "tokens")),
    *(f"anthropic-ratelimit-{of}-{what}" for what in ("remaining", "reset") for of in ("requests", "tokens")),
)
GOOGLE = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (429, "Rate limit reached for requests", "rate_limit"),
        (429, "You exceeded your current quota: insufficient_quota", "fatal"),
        (429, GOOGLE, "fatal"),
        (429, f"{GOOGLE} Please retry in 34.07s.", "rate_limit"),
        (402, "Payment Required", "fatal"),
        (400, "Your credit balance is too low to access the API", "fatal"),
        (401, "Incorrect API key provided", "fatal"),
        (403, "Project does not have access to model", "fatal"),
        (403, "Your input was flagged by moderation", "content_filter"),
        (404, "The model `gpt-9` does not exist", "fatal"),
        (400, "LLM Provider NOT provided", "fatal"),
        (500, "No module named 'google'", "fatal"),
        (400, "The response was filtered due to the prompt triggering content management policy", "content_filter"),
        (400, "This model's maximum context length is 8192 tokens", "context_length"),
        (400, "prompt is too long: 210000 tokens > 200000 maximum", "context_length"),
        (400, "The input token count (9) exceeds the maximum number of tokens allowed", "context_length"),
        (400, "Unsupported value: 'temperature'", "bad_request"),
        (422, "unprocessable", "bad_request"),
        (408, "timeout", "transient"),
        (409, "conflict", "transient"),
        (500, "internal", "transient"),
        (502, "bad gateway", "transient"),
        (529, "overloaded_error", "transient"),
        (404, "No endpoints found that support tool use", "bad_request"),
        (500, "tools param requires --jinja flag", "bad_request"),
        (None, "Connection refused", "transient"),
    ],
)
def test_an_error_is_of_the_kind_that_its_status_and_words_say(status: int | None, message: str, kind: str) -> None:
    assert fault(message, status).kind == kind


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({"Retry-After": "7"}, "", 7.0),
        ({"retry-after": " 1.5 "}, "", 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, "", 0.25),
        ({"retry-after": "-3"}, "", 0.0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({}, "Please try again in 20ms.", 0.02),
        ({}, "Please retry in 34.07s.", 34.07),
        ({}, "Please try again in 7m12s.", 432.0),
        ({}, "try again in 2 s", 2.0),
        ({}, "try again in a.b.c s", None),
        ({"x-other": "4"}, "nothing", None),
    ],
)
def test_the_wait_is_what_the_server_says(headers: dict[str, str], message: str, wait: float | None) -> None:
    assert retry_after(headers, message) == wait


def test_the_wait_may_be_given_as_a_date() -> None:
    soon = email.utils.formatdate(time.time() + 30, usegmt=True)
    assert retry_after({"Retry-After": soon}) == pytest.approx(30, abs=2)
    assert retry_after({"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}) == 0.0


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-tokens": "10", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "1h"}, None),
        ({"x-ratelimit-remaining-requests": "0"}, None),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "2m",
            },
            120.0,
        ),
        ({"retry-after": "3", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 3.0),
    ],
)
def test_without_a_word_the_wait_of_a_refusal_is_until_what_is_used_up_is_full(
    headers: dict[str, str], wait: float | None
) -> None:
    assert retry_after(headers, status=429) == wait
    assert retry_after({name.title(): value for name, value in headers.items()}, status=429) == wait
    assert "retry-after" in headers or retry_after(headers, status=500) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1s", 1.0), ("6m0s", 360.0), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("12", 12.0), ("0.5", 0.5), ("-1", 0.0)],
)
def test_a_time_is_read_in_every_way_that_providers_write_it(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", None, "s", "1s later", "1.2.3", "infinity", "soon"])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert seconds(text) is None


def test_a_time_may_be_a_date_or_a_point_of_unix_time() -> None:
    soon = time.time() + 30
    dated = datetime.fromtimestamp(soon, tz=UTC).isoformat().replace("+00:00", "Z")
    assert [seconds(text) for text in (dated, str(soon), str(int(1000 * soon)))] == pytest.approx([30] * 3, abs=2)
    assert [seconds(text) for text in ("2020-01-01T00:00:00Z", "1600000000")] == [0.0, 0.0]


@given(st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=12)), st.text(max_size=40))
def test_headers_of_any_content_are_read(headers: dict[str, str], message: str) -> None:
    left, wait = limits(headers), retry_after(headers, message, 429)
    assert (left is None) == (not headers.keys() & {each for each in HEADERS if "ratelimit" in each})
    assert wait is None or wait >= 0


@pytest.mark.parametrize(
    ("message", "refuses"),
    [
        ("'response_format' of type 'json_schema' is not supported with this model", True),
        ("openai does not support parameters: ['response_format'], for model=x", True),
        ("registry.ollama.ai/library/x does not support tools", True),
        ("'tool_choice' is not supported", True),
        ("this model has no JSON mode", True),
        ("temperature is not supported", False),
    ],
)
def test_a_refusal_of_the_schema_is_told_from_other_refusals(message: str, refuses: bool) -> None:
    assert refuses_schema(fault(message, 400)) is refuses
    assert not refuses_schema(TransportError("transient", message))


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for names in VARIABLES.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("MY_KEY", raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ({"model": "openai/gpt-4.1"}, "OPENAI_API_KEY"),
        ({"model": "gpt-4.1"}, "OPENAI_API_KEY"),
        ({"model": "claude-sonnet-4-5"}, "ANTHROPIC_API_KEY"),
        ({"model": "gemini/gemini-2.5-pro"}, "GEMINI_API_KEY"),
        ({"model": "openrouter/openai/gpt-4o"}, "OPENROUTER_API_KEY"),
        ({"model": "openai/m", "base_url": "http://localhost:1"}, None),
        ({"model": "openai/m", "base_url": "http://localhost:1", "api_key_env": "MY_KEY"}, "MY_KEY"),
        ({"model": "ollama/llama3"}, None),
        ({"model": "dfcli/echo"}, None),
        ({"model": "unheard_of/m"}, None),
    ],
)
def test_a_missing_key_is_known_before_the_first_call(
    no_keys: pytest.MonkeyPatch, spec: dict[str, str], missing: str | None
) -> None:
    assert missing_key(ModelSpec(**spec)) == missing  # type: ignore[arg-type]  # strings only


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("GOOGLE_API_KEY", {"model": "gemini/m"}),
        ("OPENAI_API_KEY", {"model": "openai/m"}),
        ("MY_KEY", {"model": "openai/m", "api_key_env": "MY_KEY"}),
    ],
)
def test_a_key_that_is_set_is_not_missing_unless_it_is_empty(
    no_keys: pytest.MonkeyPatch, name: str, spec: dict[str, str]
) -> None:
    no_keys.setenv(name, "sk-planted")
    assert missing_key(ModelSpec(**spec)) is None  # type: ignore[arg-type]  # strings only
    no_keys.setenv(name, "")
    assert missing_key(ModelSpec(**spec)) is not None  # type: ignore[arg-type]  # strings only


def test_keys_are_taken_out_of_messages(no_keys: pytest.MonkeyPatch) -> None:
    no_keys.setenv("OPENAI_API_KEY", "sk-planted-1")
    no_keys.setenv("MY_KEY", "sk-planted-2")
    spec = ModelSpec(model="openai/m", api_key_env="MY_KEY")
    assert redact("keys sk-planted-1, sk-planted-2.", spec) == "keys <OPENAI_API_KEY>, <MY_KEY>."
    assert redact("nothing here", spec) == "nothing here"
