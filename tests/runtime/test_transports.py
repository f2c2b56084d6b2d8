"""Every transport against a local server: the same cases, one request per call, nothing left open or on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stub_server import Stub, serving
from transport_cases import ANSWERS, CASES, DIFFERS, REFUSALS, SCHEMA

from dfcli.errors import EnvironmentLacks, RecipeError, UsageError
from dfcli.recipes.load import parse
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import transport_for
from dfcli.runtime.transports.addresses import address, model_name, takes_n, unserved
from dfcli.runtime.transports.direct import Direct
from dfcli.runtime.transports.keys import VARIABLES
from dfcli.runtime.world import Here

SECRET = "sk-planted-secret"


@dataclass
class Session:
    kind: str
    made: dict[str, Any]
    stderr: str
    stub: Stub
    folder: Path


@pytest.fixture(scope="module", params=["direct", "litellm"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    kind, folder = request.param, tmp_path_factory.mktemp(request.param)
    known = {name for names in VARIABLES.values() for name in names}
    environment = {name: value for name, value in os.environ.items() if name not in known}
    environment |= {"STUB_KEY": "sk-stub", "OPENAI_API_KEY": SECRET}
    with serving() as stub:
        script = Path(__file__).with_name("transport_session.py")
        command = [sys.executable, "-W", "default::ResourceWarning", str(script), kind, stub.url, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    return Session(kind, json.loads(done.stdout), done.stderr, stub, folder)


@pytest.mark.parametrize("case", [*ANSWERS, *REFUSALS])
def test_the_same_comes_of_an_answer_through_every_transport(session: Session, case: str) -> None:
    got, expected = session.made["outcomes"][case], CASES[case].expected | DIFFERS.get((session.kind, case), {})
    assert {name: got.get(name) for name in expected} == expected


def test_each_call_is_exactly_one_request(session: Session) -> None:
    assert {case: session.stub.requests[case] for case in (*CASES, "embed")} == dict.fromkeys((*CASES, "embed"), 1)


def test_a_connection_that_is_refused_is_a_passing_failure(session: Session) -> None:
    refused = session.made["refused"]
    assert (refused["kind"], refused["status"], refused["retry_after"]) == ("transient", None, None)


def test_only_what_the_recipe_says_is_sent(session: Session) -> None:
    assert session.stub.bodies["plain"] == {
        "model": "m",
        "messages": [{"role": "user", "content": "plain"}],
        "temperature": 0.5,
        "seed": 3,
    }
    assert session.stub.bodies["text"].keys() == session.stub.bodies["plain"].keys()
    assert session.stub.bodies["three"]["n"] == 3


def test_the_form_of_an_answer_is_asked_for_in_the_way_that_was_chosen(session: Session) -> None:
    bodies = session.stub.bodies
    schema = {"name": "reply", "schema": SCHEMA, "strict": True}
    assert bodies["schema"]["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert bodies["json mode"]["response_format"] == {"type": "json_object"}
    (tool,) = bodies["tool"]["tools"]
    assert (tool["type"], tool["function"]) == ("function", {"name": "reply", "parameters": SCHEMA})
    assert bodies["tool"]["tool_choice"] == {"type": "function", "function": {"name": "reply"}}
    assert "response_format" not in bodies["tool"]


def test_embeddings_come_in_the_order_of_the_texts(session: Session) -> None:
    assert session.made["embed"] == {"vectors": [[1.0], [3.0]], "tokens_in": 4}


def test_a_run_retries_by_itself_and_stores_what_it_got(session: Session) -> None:
    assert session.made["texts"] == [f"you said {text} ✓" for text in ("busy m", "flaky m", "simple", "simple")]
    assert [session.stub.requests[case] for case in ("busy m", "flaky m", "simple")] == [2, 2, 1]
    usage = session.made["usage"]
    assert (usage["calls"], usage["retries"], usage["reused"]) == (6, 2, 1)
    assert (usage["tokens_in"], usage["usd"], usage["unpriced"]) == (15, 0.0, 3)


def test_the_user_s_key_goes_to_no_other_server_and_into_no_file_or_error(session: Session) -> None:
    assert session.stub.keys["plain"] == "Bearer sk-stub"
    assert session.stub.keys["simple"] in (None, "Bearer none")
    assert session.made["stopped"] == (
        f"EnvironmentLacks: openai/m at {session.stub.url} refuses the key (401): refused <OPENAI_API_KEY> is wrong"
    )
    stored = b"".join(path.read_bytes() for path in session.folder.iterdir())
    assert b"you said simple" in stored
    assert b"sk-stub" not in stored


def test_what_is_known_of_models_without_asking_them(session: Session) -> None:
    assert (session.made["takes_schema"], session.made["takes_n"]) == ([True, True], [True, True])


def test_nothing_is_printed_on_stderr_to_the_very_end(session: Session) -> None:
    assert session.stderr == ""


OWN = "http://127.0.0.1:9/v1"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for names in VARIABLES.values():
        monkeypatch.setenv(names[0], "sk-planted")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "GROQ_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("spec", "place", "name"),
    [
        ({"model": "openai/gpt-4.1"}, "https://api.openai.com/v1", "gpt-4.1"),
        ({"model": "gpt-4.1"}, "https://api.openai.com/v1", "gpt-4.1"),
        ({"model": "openrouter/meta/llama-4"}, "https://openrouter.ai/api/v1", "meta/llama-4"),
        ({"model": "openai/m", "base_url": f"{OWN}/"}, OWN, "m"),
        ({"model": "hosted_vllm/Qwen/Qwen3-8B", "base_url": OWN}, OWN, "Qwen/Qwen3-8B"),
        ({"model": "qwen3", "base_url": OWN}, OWN, "qwen3"),
        ({"model": "anthropic/claude-x", "base_url": OWN}, None, "anthropic/claude-x"),
        ({"model": "Qwen/Qwen3-8B", "base_url": OWN, "transport": "direct"}, OWN, "Qwen/Qwen3-8B"),
        ({"model": "anthropic/claude-x"}, None, "anthropic/claude-x"),
        ({"model": "hosted_vllm/m"}, None, "m"),
    ],
)
def test_a_model_has_an_address_where_openai_s_protocol_is_spoken(
    keys: pytest.MonkeyPatch, spec: dict[str, Any], place: str | None, name: str
) -> None:
    given = ModelSpec(**spec)
    assert (address(given), model_name(given)) == (place, name)
    assert place is None or isinstance(transport_for(given), Direct)


def test_variables_move_a_provider(keys: pytest.MonkeyPatch) -> None:
    keys.setenv("OPENAI_API_BASE", f"{OWN}/")
    keys.setenv("GROQ_API_BASE", "http://127.0.0.1:8/v1")
    assert address(ModelSpec(model="openai/m")) == OWN
    assert address(ModelSpec(model="groq/m")) == "http://127.0.0.1:8/v1"
    keys.setenv("OPENAI_BASE_URL", "http://127.0.0.1:7/v1")
    assert address(ModelSpec(model="openai/m")) == "http://127.0.0.1:7/v1"


def test_a_model_that_cannot_be_reached_directly_is_a_mistake_when_that_is_asked_for(keys: pytest.MonkeyPatch) -> None:
    spec = ModelSpec(model="anthropic/claude-x", transport="direct")
    assert (sentence := unserved(spec)) is not None
    with pytest.raises(UsageError) as raised:
        transport_for(spec)
    assert str(raised.value) == sentence
    assert sentence.startswith("anthropic/claude-x cannot be reached with `transport: direct`")
    assert unserved(spec.model_copy(update={"transport": "auto"})) is None
    assert unserved(spec.model_copy(update={"base_url": OWN})) is None


def test_a_check_finds_a_model_that_cannot_be_reached_as_asked_for(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"topic": "x"}\n', encoding="utf-8")
    data = {
        "input": "in.jsonl",
        "models": {"default": {"model": "anthropic/claude-x", "transport": "direct"}},
        "steps": [{"op": "ask", "prompt": "About {{ topic }}", "outputs": {"answer": "str"}}],
    }
    with pytest.raises(RecipeError, match="models: anthropic/claude-x cannot be reached with `transport: direct`"):
        parse(data, folder=tmp_path, world=Here())


@pytest.mark.parametrize("model", ["anthropic/claude-x", "openai/gpt-4.1", "groq/m"])
def test_a_missing_key_is_found_before_anything_is_sent(keys: pytest.MonkeyPatch, model: str) -> None:
    for names in VARIABLES.values():
        for name in names:
            keys.delenv(name, raising=False)
    with pytest.raises(EnvironmentLacks, match=rf"{model} needs its key in the environment variable \w+_API_KEY"):
        transport_for(ModelSpec(model=model))


def test_several_answers_to_one_request_are_asked_for_only_where_they_come() -> None:
    models = ["openai/m", "groq/m", "deepseek/m", "together_ai/m"]
    assert [takes_n(ModelSpec(model=each)) for each in models] == [True, False, False, True]
    assert takes_n(ModelSpec(model="openai/m", base_url=OWN))
