"""Batches through litellm, against a local server of OpenAI's protocol; durability case M with processes killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from benchmarks.batch_server import BatchServer, serving

from dfcli.runtime.transports.keys import VARIABLES

SECRET = "sk-planted-secret"


@dataclass
class Session:
    made: dict[str, Any]
    stderr: str
    server: BatchServer
    folder: Path


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("batches")
    known = {name for names in VARIABLES.values() for name in names}
    environment = {name: value for name, value in os.environ.items() if name not in known}
    environment |= {"STUB_KEY": "sk-stub", "OPENAI_API_KEY": SECRET}
    with serving() as server:
        script = Path(__file__).with_name("batch_session.py")
        command = [sys.executable, str(script), server.url, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    return Session(json.loads(done.stdout), done.stderr, server, folder)


@pytest.mark.parametrize("case", ["sending", "waiting"])
def test_killed_after_a_batch_was_submitted_no_second_one_is_and_its_results_are_collected(
    session: Session, case: str
) -> None:
    made = session.made[case]
    assert made["signal"] == signal.SIGKILL
    assert made["answers"] == [[f"you said {each} ✓", None] for each in made["asked"]]
    assert [session.server.asked[each] for each in made["asked"]] == [1, 1]
    assert (made["usage"]["calls"], made["usage"]["reused"]) == (2, 0)


def test_each_request_ends_as_the_provider_says_and_what_is_missing_is_sent_again(session: Session) -> None:
    made = session.made["cases"]
    assert made["answers"] == [
        ["you said plain ✓", None],
        [None, "bad_request: no such thing"],
        [None, "transient: overloaded"],
        ["you said missing ✓", None],
        ["you said malformed ✓", None],
        ["", "content_filter"],
        ["you said shape ✓", None],
    ]
    asked = session.server.asked
    assert [asked[each] for each in ("plain", "status 400 no such thing", "filter", "shape")] == [1, 1, 1, 1]
    assert [asked[each] for each in ("status 503 overloaded", "missing", "malformed")] == [3, 2, 2]
    assert (made["usage"]["calls"], made["usage"]["retries"]) == (11, 4)


def test_each_file_of_results_is_fetched_once(session: Session) -> None:
    results = [each[name] for each in session.server.batches.values() for name in ("output_file_id", "error_file_id")]
    assert session.server.fetched == dict.fromkeys(filter(None, results), 1)


def test_a_later_run_sends_no_batch_for_what_is_stored(session: Session) -> None:
    made = session.made["again"]
    assert [text for text, _ in made["answers"]] == ["you said plain ✓", "you said missing ✓"]
    assert (made["usage"]["calls"], made["usage"]["reused"]) == (0, 2)


def test_requests_in_a_batch_say_what_single_calls_say(session: Session) -> None:
    plain = session.server.bodies["plain"]
    messages = [{"role": "user", "content": "plain"}]
    assert plain == {"model": "m", "messages": messages, "temperature": 0.5, "max_tokens": 9}
    shape = session.server.bodies["shape"]["response_format"]
    assert (shape["type"], shape["json_schema"]["strict"]) == ("json_schema", True)


def test_a_batch_that_is_refused_or_reaches_nobody_stops_the_run_with_the_reason(session: Session) -> None:
    where = f"StepError: openai/m at {session.server.url} cannot be asked"
    assert session.made["refused"]["stopped"].startswith(f"{where}: a batch was not taken: no such model here")
    assert session.server.asked["refused"] == 1
    assert "http://127.0.0.1:9/v1 cannot be asked: " in session.made["nobody"]["stopped"]


def test_the_user_s_key_goes_to_no_other_server_and_into_no_file(session: Session) -> None:
    assert session.server.keys == {"Bearer sk-stub"}
    stored = b"".join(path.read_bytes() for path in session.folder.rglob("*") if path.is_file())
    assert b"you said plain" in stored
    assert b"sk-" not in stored


def test_nothing_is_printed_on_stderr_to_the_very_end(session: Session) -> None:
    assert session.stderr == ""
