"""The reply store: keys, commits, recordings."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.errors import EnvironmentLacks, InputError, StepError
from dfcli.ops.base import Message
from dfcli.recipes.model import ModelSpec, Price
from dfcli.runtime.replies import Recording, Replies, Stored, asked, key

ASK = {
    "spec": {"model": "openai/m"},
    "messages": [Message("user", "hi")],
    "schema": None,
    "sample": 0,
    "twin": "",
}


def key_of(**changed: Any) -> str:
    given = ASK | changed
    identity = ModelSpec(**given.pop("spec")).identity()
    return key(asked(identity, **given))


def stored(question: str, text: str | None = "an answer", failed: str | None = None) -> Stored:
    body = asked({"model": "m"}, [Message("user", question)], None, 0, "")
    return Stored(key(body), body.decode(), text, "stop", 3, 2, "m-1", failed)


@pytest.fixture
def replies(tmp_path: Path) -> Iterator[Replies]:
    store = Replies(tmp_path / "replies.sqlite")
    yield store
    store.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"messages": [Message("user", "hi ")]},
        {"messages": [Message("system", "hi")]},
        {"messages": [Message("user", "hi"), Message("assistant", "hi")]},
        {"schema": {"type": "object"}},
        {"sample": 1},
        {"twin": "1"},
        {"spec": {"model": "openai/other"}},
        {"spec": {"model": "openai/m", "base_url": "http://localhost:1"}},
        {"spec": {"model": "openai/m", "temperature": 0}},
        {"spec": {"model": "openai/m", "temperature": 0.5}},
        {"spec": {"model": "openai/m", "top_p": 0.5}},
        {"spec": {"model": "openai/m", "max_tokens": 5}},
        {"spec": {"model": "openai/m", "seed": 1}},
    ],
)
def test_whatever_decides_the_answer_changes_the_key(changed: dict[str, Any]) -> None:
    assert key_of(**changed) != key_of()


@pytest.mark.parametrize(
    "changed",
    [
        {"timeout": 1.0},
        {"concurrency": 2},
        {"attempts": 9},
        {"api_key_env": "OTHER"},
        {"price": Price(input=1, output=2)},
        {"latency": 1.0},
    ],
)
def test_what_does_not_decide_the_answer_leaves_the_key_alone(changed: dict[str, Any]) -> None:
    assert key_of(spec=ASK["spec"] | changed) == key_of()  # type: ignore[operator]  # the table is loosely typed


@pytest.mark.parametrize(("temperature", "apart"), [(None, True), (0.7, True), (0, False), (0.0, False)])
def test_equal_rows_get_replies_of_their_own_unless_the_model_would_repeat_itself(
    temperature: float | None, apart: bool
) -> None:
    spec = {"model": "m", "temperature": temperature}
    assert (key_of(spec=spec, twin="1") != key_of(spec=spec)) is apart


def test_the_order_of_a_schema_s_keys_is_no_difference() -> None:
    assert key_of(schema={"a": 1, "b": 2}) == key_of(schema={"b": 2, "a": 1})


def test_a_key_is_the_same_on_every_machine() -> None:
    assert key_of() == "ea3367be3c44d4b7d3aae9edd31b3bbb"


def test_what_is_put_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "replies.sqlite"
    first = Replies(path)
    first.put([stored("a"), stored("b", None, "transient")])
    first.close()
    again = Replies(path)
    assert again.get([stored("a").key, stored("b").key, "unknown"]) == {
        stored("a").key: stored("a")._replace(request=""),
        stored("b").key: stored("b", None, "transient")._replace(request=""),
    }
    again.close()


def test_a_good_reply_replaces_a_failure_and_is_never_replaced(replies: Replies) -> None:
    replies.put([stored("a", None, "transient")])
    assert replies.put([stored("a", "first")]) == {}
    assert replies.put([stored("b", "other"), stored("a", "second")]) == {
        stored("a").key: stored("a", "first")._replace(request=""),
        stored("b").key: stored("b", "other")._replace(request=""),
    }
    replies.put([stored("a", None, "bad_request")])
    assert replies.get([stored("a").key])[stored("a").key].text == "first"


def test_more_keys_than_one_query_takes_are_found(replies: Replies) -> None:
    many = [stored(str(number), str(number)) for number in range(2500)]
    replies.put(many)
    found = replies.get([each.key for each in many] + ["no such key"] * 3)
    assert {each.text for each in found.values()} == {str(number) for number in range(2500)}


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, question: str, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "replies.sqlite"
    store = Replies(path)
    store.put([stored(question, text)])
    (whole,) = store.whole([stored(question).key])
    store.close()
    assert whole.text == text
    assert json.loads(whole.request)["messages"] == [{"role": "user", "content": question}]


def test_many_threads_may_read_and_write(replies: Replies) -> None:
    def work(name: int) -> None:
        for number in range(20):
            replies.put([stored(f"{name} {number}")])
            assert replies.get([stored(f"{name} {number}").key])

    threads = [threading.Thread(target=work, args=(name,)) for name in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    keys = [stored(f"{name} {number}").key for name in range(5) for number in range(20)]
    assert len(replies.get(keys)) == 100


WRITER = """
import sys
from pathlib import Path
from dfcli.runtime.replies import Replies, Stored
store = Replies(Path(sys.argv[1]))
for number in range(200):
    store.put([Stored(f"{sys.argv[2]}-{number}", "{}", "x"), Stored("shared", "{}", sys.argv[2])])
"""


def test_several_processes_may_open_and_fill_one_store_at_once(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in "abc"]
    assert [each.communicate()[1] for each in writers] == [b"", b"", b""]
    store = Replies(path)
    assert len(store.get([f"{name}-{number}" for name in "abc" for number in range(200)])) == 600
    assert store.get(["shared"])["shared"].text in ("a", "b", "c")
    store.close()


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    path.write_text("this is not a database " * 100)
    with pytest.raises(EnvironmentLacks, match=r"replies\.sqlite: the reply store cannot be opened .*not a database"):
        Replies(path)


def test_a_store_that_cannot_be_written_says_so(replies: Replies) -> None:
    other = sqlite3.connect(replies.path)
    other.execute("drop table replies")
    other.close()
    with pytest.raises(StepError, match="a reply cannot be stored"):
        replies.put([stored("a")])


def test_a_recording_is_sorted_and_has_the_same_bytes_each_time(replies: Replies, tmp_path: Path) -> None:
    some = [stored("b", "β"), stored("a"), stored("c", None, "content_filter")]
    replies.put(some)
    keys = [each.key for each in some]
    replies.record(keys, tmp_path / "one.jsonl")
    replies.record(list(reversed(keys)), tmp_path / "two.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text().splitlines()]
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert [line["key"] for line in lines] == sorted(keys)
    assert {"messages": [{"role": "user", "content": "b"}], "reply": "β"}.items() <= lines[
        sorted(keys).index(some[0].key)
    ].items()
    assert list(lines[0])[:8] == ["key", "model", "messages", "sample", "reply", "finish", "tokens_in", "tokens_out"]
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_recording_gives_back_what_was_recorded(replies: Replies, tmp_path: Path) -> None:
    replies.put([stored("a"), stored("c", "", "content_filter")])
    replies.record([stored("a").key, stored("c").key], tmp_path / "r.jsonl")
    known = Recording(tmp_path / "r.jsonl").get([stored("a").key, stored("c").key, "unknown"])
    assert {each.text for each in known.values()} == {"an answer", ""}
    assert known[stored("c").key].failed == "content_filter"


@pytest.mark.parametrize("line", ["not json", "[1]", '"x"', '{"key": "k"}', '{"reply": "r"}'])
def test_a_line_that_is_no_reply_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f'{{"key": "k", "reply": "r"}}\n\n{line}\n')
    with pytest.raises(InputError, match=r"r\.jsonl:3: not a recorded reply"):
        Recording(path)


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: the recording cannot be read"):
        Recording(tmp_path / "none.jsonl")
