"""The litellm transport against a local server: what comes back, one request per attempt, nothing on stderr."""

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

from dfcli.runtime.transports.keys import VARIABLES

SECRET = "sk-planted-secret"

ANSWERS = {
    "hello": ("you said hello ✓", "stop"),
    "schema": ("you said schema ✓", "stop"),
    "null": ("", "stop"),
    "length": ("cut o", "length"),
    "filter": ("", "content_filter"),
    "refusal": ("I will not", "content_filter"),
}
FAULTS = {
    "status 400 no such parameter": ("bad_request", None),
    "status 400 maximum context length is 10 tokens": ("context_length", None),
    "status 400 our content policy": ("content_filter", None),
    "status 401 wrong key": ("fatal", None),
    "status 402 pay first": ("fatal", None),
    "status 403 not yours": ("fatal", None),
    "status 404 no such model": ("fatal", None),
    "status 422 cannot be processed": ("bad_request", None),
    "status 429 insufficient_quota": ("fatal", None),
    "status 500 oops": ("transient", None),
    "status 503 try again in 2s": ("transient", 2.0),
    "status 529 overloaded": ("transient", None),
    "busy": ("rate_limit", 0.05),
    "garbage": ("transient", None),
    "hang": ("transient", None),
}
OTHERS = ["nothing", "uncounted"]


@dataclass
class Session:
    made: dict[str, Any]
    stderr: str
    stub: Stub
    folder: Path


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("litellm")
    known = {name for names in VARIABLES.values() for name in names}
    environment = {name: value for name, value in os.environ.items() if name not in known}
    environment |= {"STUB_KEY": "sk-stub", "OPENAI_API_KEY": SECRET}
    with serving() as stub:
        script = Path(__file__).with_name("litellm_session.py")
        cases = json.dumps([*ANSWERS, *FAULTS, *OTHERS])
        command = [sys.executable, "-W", "default::ResourceWarning", str(script), stub.url, str(folder), cases]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    return Session(json.loads(done.stdout), done.stderr, stub, folder)


@pytest.mark.parametrize(("case", "answer"), ANSWERS.items())
def test_an_answer_comes_with_its_finish_and_tokens(session: Session, case: str, answer: tuple[str, str]) -> None:
    got = session.made["outcomes"][case]
    assert (got["text"], got["finish"]) == answer
    assert (got["tokens_in"], got["tokens_out"], got["estimated"]) == (5, 2, False)


@pytest.mark.parametrize(("case", "fault"), FAULTS.items())
def test_a_refusal_is_of_its_kind(session: Session, case: str, fault: tuple[str, float | None]) -> None:
    got = session.made["outcomes"][case]
    assert (got["kind"], got["retry_after"]) == fault
    if case.startswith("status"):
        assert got["message"] == case.split(maxsplit=2)[2]


def test_each_call_is_exactly_one_request(session: Session) -> None:
    assert [session.stub.requests[case] for case in (*ANSWERS, *FAULTS, *OTHERS)] == [1] * len(ANSWERS | FAULTS) + [
        1,
        1,
    ]
    assert session.stub.requests["embed"] == 1


def test_an_answer_without_a_choice_is_an_empty_one(session: Session) -> None:
    assert session.made["outcomes"]["nothing"]["text"] == ""


def test_tokens_are_estimated_where_the_server_counts_none(session: Session) -> None:
    got = session.made["outcomes"]["uncounted"]
    assert got["estimated"]
    assert (got["tokens_in"], got["tokens_out"]) == (3, 5)


def test_only_what_the_recipe_says_is_sent(session: Session) -> None:
    body = session.stub.bodies["hello"]
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0.5,
        "seed": 3,
    }
    schema = session.stub.bodies["schema"]["response_format"]
    assert (schema["type"], schema["json_schema"]["strict"]) == ("json_schema", True)
    assert schema["json_schema"]["schema"]["properties"] == {"a": {"type": "string"}}


def test_embeddings_come_in_the_order_of_the_texts(session: Session) -> None:
    assert session.made["embed"] == {"vectors": [[1.0], [3.0]], "tokens_in": 4}


def test_a_run_retries_by_itself_and_stores_what_it_got(session: Session) -> None:
    assert session.made["texts"] == ["you said busy m ✓", "you said flaky m ✓", "you said plain ✓", "you said plain ✓"]
    assert [session.stub.requests[case] for case in ("busy m", "flaky m", "plain")] == [2, 2, 1]
    usage = session.made["usage"]
    assert (usage["calls"], usage["retries"], usage["reused"]) == (6, 2, 1)
    assert (usage["tokens_in"], usage["usd"], usage["unpriced"]) == (15, 0.0, 3)


def test_the_user_s_key_goes_to_no_other_server_and_into_no_file_or_error(session: Session) -> None:
    assert session.stub.keys == {"Bearer sk-stub", "Bearer none"}
    assert session.made["stopped"] == (
        f"EnvironmentLacks: openai/m at {session.stub.url} refuses the key (401): the key <OPENAI_API_KEY> is wrong"
    )
    stored = b"".join(path.read_bytes() for path in session.folder.iterdir())
    assert b"you said plain" in stored
    assert b"sk-stub" not in stored


def test_litellm_s_tables_are_used_where_they_know_something(session: Session) -> None:
    made = session.made
    assert (made["takes_schema"], made["priced"], made["unknown_price"], made["free_price"]) == (
        [True, False],
        True,
        None,
        None,
    )


def test_a_missing_key_is_found_before_anything_is_sent(session: Session) -> None:
    assert session.made["lacking"] == (
        "EnvironmentLacks: anthropic/claude-sonnet-4-5 needs its key in the environment variable ANTHROPIC_API_KEY,"
        " which is not set"
    )


def test_nothing_is_printed_on_stderr_to_the_very_end(session: Session) -> None:
    assert session.stderr == ""
